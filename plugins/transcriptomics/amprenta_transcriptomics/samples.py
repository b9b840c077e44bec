"""What a sample is called where the header does not say it: after the file, or after its folder."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from attrs import evolve

from amprenta_core import FeatureTable, Sample, make_sample

_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst)\Z", re.IGNORECASE)
_TOOLS = re.compile(
    r"[._-]?(?:ReadsPerGene\.out(?:\.tab)?|(?:rsem\.)?(?:genes|isoforms)\.(?:(?:normalized_)?results|fpkm_tracking)|"
    r"quant(?:\.genes)?\.sf|quant|results\.xprs|"
    r"abundance\.tsv|t_data\.ctab|gene_abund(?:ances?)?\.(?:tab|tsv|txt|out)|"
    r"(?:htseq|(?:rna_seq\.)?augmented_star_gene_counts|mirnas\.quantification|featurecounts?|feature_counts|counts?|gene_?counts?|readcounts?)(?:\.(?:out|tab|tsv|txt|csv|gz))*)\Z|"
    r"\.(?:sf|results|xprs|rcc|tsv|csv|txt|tab|ctab|out|counts?|fpkm_tracking|soft|xlsx|xls|parquet)\Z",
    re.IGNORECASE,
)
_ALIGNED = re.compile(
    r"(?:[._-]?(?:Aligned(?:\.toTranscriptome)?(?:\.sortedBy(?:Coord|Name|CoordQueryname))?\.out|sorted(?:By\w+)?|markdup(?:licates)?|dedup))*"
    r"(?:\.(?:bam|sam|cram)|\.(?:genes|isoforms)\.results)\Z",
    re.IGNORECASE,
)
_RUNNERS = frozenset(
    {"salmon", "kallisto", "rsem", "star", "htseq", "stringtie", "cufflinks", "quant", "quants", "counts"}
)
_VALUES = re.compile(
    r"(?:counts?|reads?|read_?counts?|value|expression|x|v2|tpm|fpkm|rpkm|cpm|est_counts|numreads|signal|)\Z",
    re.IGNORECASE,
)
"""Headers of the only column of values that name the quantity, not the sample."""


def of_file(path: str) -> str:
    """The sample of a file: its name without what the tool adds, else the folder's, as ``quant.sf`` has it.

    >>> of_file("/d/S1_ReadsPerGene.out.tab"), of_file("/d/ERR188021/quant.sf.gz"), of_file("/d/S2/salmon/quant.sf")
    ('S1', 'ERR188021', 'S2')
    """
    whole = PurePath(path)
    name, before = whole.name, None
    while before != name:
        before, name = name, _TOOLS.sub("", _PACKED.sub("", name))
    if name.strip("._- "):
        return name
    return _folder(whole) or whole.name


def _folder(whole: PurePath) -> str:
    """The nearest folder that is not called after a program; "" where there is none."""
    folders = [part for part in reversed(whole.parts[:-1]) if part.strip("/\\")]
    own = next((folder for folder in folders if folder.casefold() not in _RUNNERS), None)
    return own or next(iter(folders), "")


def of_alignment(header: str) -> str:
    """The sample of a column that is named after an alignment, or a file of RSEM: its name without folders and
    suffixes, else the folder's, where every file is called alike.

    >>> of_alignment("/data/run1/S1Aligned.sortedByCoord.out.bam"), of_alignment("plasma 1/2")
    ('S1', 'plasma 1/2')
    >>> of_alignment("S3.genes.results")
    'S3'
    >>> of_alignment("/data/S2/star/Aligned.sortedByCoord.out.bam")
    'S2'
    """
    if not _ALIGNED.search(header):
        return header
    windows = "\\" in header and "/" not in header
    whole = PureWindowsPath(header) if windows else PurePosixPath(header)
    return _ALIGNED.sub("", whole.name) or _folder(whole) or header


def named(table: FeatureTable, path: str) -> FeatureTable:
    """The table with samples that have names: of one file, or of the alignments that its columns are named after."""
    if len(table.samples) == 1 and _VALUES.match(table.samples[0].name):
        return evolve(table, samples=(make_sample(of_file(path), table.samples[0].attributes),))
    short = [of_alignment(sample.name) for sample in table.samples]
    before = [sample.name for sample in table.samples]
    if short == before or max(Counter(short).values()) > max(Counter(before).values()):
        return table
    return evolve(table, samples=tuple(_renamed(table.samples, short)))


def _renamed(samples: Sequence[Sample], names: Sequence[str]) -> list[Sample]:
    return [
        sample if sample.name == name else make_sample(name, {**sample.attributes, "column": sample.name})
        for sample, name in zip(samples, names, strict=True)
    ]
