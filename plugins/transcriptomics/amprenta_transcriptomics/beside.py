"""What a program writes beside its counts and that holds no counts: logs, settings, alignments, junctions."""

import re
from collections.abc import Mapping

from amprenta_core import FileHead

_ALIGNMENTS = r"(?:.*\.(?:bam|sam|cram)(?:\.bai|\.csi|\.crai)?)"
_PATTERNS: Mapping[str, str] = {
    "salmon": r"cmd_info\.json|lib_format_counts\.json|meta_info\.json|aux_info|libParams|logs|.*\.log",
    "kallisto": r"run_info\.json|abundance\.h5|fusion\.txt|.*\.log|pseudoalignments\.bam(?:\.bai)?",
    "rsem-genes": rf"{{stem}}\.(?:stat|log|temp|time|.*\.bam)|{_ALIGNMENTS}",
    "rsem-isoforms": rf"{{stem}}\.(?:stat|log|temp|time|.*\.bam)|{_ALIGNMENTS}",
    "star-genes": rf"{{stem}}(?:Log(?:\.\w+)?\.out|SJ\.out\.tab|_STAR\w*|Chimeric\..*|Unmapped\..*)|{_ALIGNMENTS}",
    "featurecounts": rf"{{name}}\.(?:summary|jcounts)|{_ALIGNMENTS}",
    "10x-h5": rf"metrics_summary\.csv|web_summary\.html|cloupe\.cloupe|molecule_info\.h5|analysis|{_ALIGNMENTS}",
    "stringtie-transcripts": r"(?:e_data|i_data|e2t|i2t)\.ctab",
}
_OWN = re.compile(r"(?:ReadsPerGene\.out\.tab|\.(?:genes|isoforms)\.results)(?:\.gz)?\Z")


def names(head: FileHead, form: str) -> tuple[str, ...]:
    """The names beside a file that are its program's and hold nothing to be read."""
    pattern = _PATTERNS.get(form)
    if pattern is None:
        return ()
    stem, name = re.escape(_OWN.sub("", head.name)), re.escape(head.name)
    known = re.compile(rf"(?:{pattern.replace('{stem}', stem).replace('{name}', name)})\Z")
    return tuple(sibling for sibling in head.siblings if known.match(sibling))
