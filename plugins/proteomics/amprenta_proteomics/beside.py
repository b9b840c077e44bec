"""What a program writes beside its tables and that holds no quantities: logs, settings, libraries, lists of spectra."""

import re
from collections.abc import Mapping

from amprenta_core import FileHead

_MAXQUANT = (
    r"(?:summary|parameters|msms|msmsScans|msScans|ms3Scans|mzRange|allPeptides|matchedFeatures|libraryMatch|"
    r"dependentPeptides)\.txt|mqpar\.xml|tables\.pdf|#runningTimes\.txt"
)
_DIANN = (
    r".*\.(?:log\.txt|stats\.tsv|manifest\.txt|protein_description\.tsv|speclib|predicted\.speclib|quant|tsv\.speclib)"
)
_FRAGPIPE = (
    r"log_.*\.txt|.*\.workflow|.*\.fp-manifest|.*\.fas|fragger\.params|experiment_annotation\.tsv|filelist_.*\.txt|"
    r"sdrf\.tsv|.*\.pep\.xml|.*\.prot\.xml|modmasses_ionquant\.txt|.*\.pepXML|.*\.pin|.*\.mzBIN.*"
)
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    program: re.compile(rf"(?:{pattern})\Z")
    for program, pattern in (("maxquant-", _MAXQUANT), ("diann-", _DIANN), ("fragpipe-", _FRAGPIPE))
}
"""The beginning of the names of a program's formats → what else it writes."""


def names(head: FileHead, form: str) -> tuple[str, ...]:
    """The names beside a file that are its program's and hold nothing to be read."""
    known = next((pattern for program, pattern in _PATTERNS.items() if form.startswith(program)), None)
    return () if known is None else tuple(sibling for sibling in head.siblings if known.match(sibling))
