"""Names of genes, transcripts and probes → identities, and what marks controls and damaged names.

Only accessions denote something by themselves. A symbol is a matter for a vocabulary: symbols were renamed, are shared
by species, and one may be another's alias.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from amprenta_core import FeatureRef, Identity

NAMES_VERSION = "2"
"""Changes whenever ``normalize`` would answer differently."""
ENSEMBL = "ensembl"
ENSEMBL_TRANSCRIPT = "ensembl_transcript"
REFSEQ = "refseq"
ENTREZ = "entrez"

_SPECIES = r"(?:ENS[A-Z]{0,6}|MGP_[A-Za-z0-9]+_)"
_ENSEMBL = re.compile(
    rf"(?:gene:|transcript:)?(?P<accession>{_SPECIES}(?P<kind>[GT])\d{{7,11}})(?:\.\d{{1,3}})?(?P<par>_PAR_Y)?(?:\|.*)?\Z",
    re.ASCII,
)
"""A version, the prefix of Ensembl's own annotation files, and what GENCODE writes behind a bar may stand with it."""
_REFSEQ = re.compile(r"(?P<accession>[NX][MR]_\d{6,12})(?:\.\d{1,3})?\Z", re.ASCII)
_ENTREZ = re.compile(r"(?:GeneID:|NCBIGene:)(?P<number>[1-9]\d{0,9})\Z", re.ASCII)
_WITH_NUMBER = re.compile(r"(?P<symbol>[A-Z][A-Z0-9-]{1,14}(?:orf\d{1,4})?) \((?P<number>[1-9]\d{1,8})\)\Z", re.ASCII)
"""A symbol with its number in NCBI Gene, as DepMap names its columns; one digit may as well count samples."""
_NUMBER = re.compile(r"[1-9]\d{0,9}\Z", re.ASCII)
_OTHER_GENES = re.compile(
    r"FBgn\d{7}|WBGene\d{8}|AT[1-5CM]G\d{5}|Y[A-P][LR]\d{3}[WC](?:-[A-Z])?|MGI:\d+|HGNC:\d+|"
    r"XLOC_\d{4,8}|(?:MSTRG|STRG)\.\d{1,7}(?:\|\S+)?|"
    r"[a-z]{3,4}-(?:miR|mir|let|lin|bantam)(?:-[\w.*-]+)?|MI(?:MAT)?\d{7}",
    re.ASCII,
)
"""Of model organisms; of loci that Cufflinks and StringTie assemble; and of microRNAs, as miRBase has them."""
_ASSEMBLED = re.compile(r"TCONS_\d{4,8}|(?:MSTRG|STRG)\.\d{1,7}\.\d{1,5}", re.ASCII)
"""Transcripts that Cufflinks and StringTie assemble."""
_PROBE = re.compile(
    r"(?:\d{3,9}(?:_[a-z]{1,2})?_at|AFFX-\S+|ILMN_\d{5,8}|A_\d\d_P\d{5,9}|TC\d{8,10}\.\w{2,5}\.\d|"
    r"\d{3,9}_[a-z](?:_[a-z])?_at|H\d{9}|GE\d{5,8}|ENS\w+_at)\Z",
    re.ASCII,
)
_SPIKE = re.compile(r"(?:ERCC-?\d{5}|NIST_ConsensusVector|SIRV(?:ome|\d{1,4})\S*|gSpikein_\S+)\Z", re.IGNORECASE)
_CONTROL_PROBE = re.compile(
    r"(?:AFFX-\S+|\(?[+-]\)E?\w*|DarkCorner|GE_BrightCorner|NegativeControl|ERCC-?\d{5}_\w+|(?:POS|NEG)_[A-H]\b.*)\Z"
)
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
_DAMAGED = re.compile(
    rf"(?:\d{{1,4}}[-/. ](?:{_MONTHS})(?:[-/. ]\d{{2,4}})?|(?:{_MONTHS})[-/. ]\d{{1,4}}|\d(?:\.\d{{1,4}})?E\+\d{{1,2}}|"
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?: 00:00:00)?|\d{1,2}/\d{1,2}/\d{2,4})\Z",
    re.IGNORECASE,
)


def normalize(refs: Sequence[FeatureRef]) -> list[tuple[Identity, ...]]:
    """The identity that each name denotes by itself; () where it denotes none, as a symbol or a probe."""
    return [_identities(ref.name) if ref.name else () for ref in refs]


@lru_cache(maxsize=262_144)
def _identities(name: str) -> tuple[Identity, ...]:
    match = _ENSEMBL.match(name)
    if match is not None:
        return (_ensembl(match["accession"], match["kind"], match["par"] or ""),)
    if entrez := _ENTREZ.match(name):
        return (Identity(namespace=ENTREZ, accession=entrez_name(entrez["number"])),)
    refseq = _REFSEQ.match(name)
    return (Identity(namespace=REFSEQ, accession=refseq["accession"]),) if refseq else ()


def is_entrez_number(name: str) -> bool:
    """Whether a cell may be a number of NCBI Gene. Only a header can say that it is one.

    >>> [is_entrez_number(n) for n in ("7157", "0", "7157.5", "TP53")]
    [True, False, False, False]
    """
    return _NUMBER.match(name) is not None


def with_number(name: str) -> tuple[str, str] | None:
    """The symbol and the number of NCBI Gene that a name says.

    >>> with_number("TP53 (7157)"), with_number("Sample (12)")
    (('TP53', '7157'), None)
    """
    match = _WITH_NUMBER.match(name)
    return (match["symbol"], match["number"]) if match else None


def entrez_name(number: str) -> str:
    """The name of a gene that a file tells by its number alone, so that no other number is taken for it.

    >>> entrez_name("7157")
    'GeneID:7157'
    """
    return f"GeneID:{number}"


def _ensembl(accession: str, kind: str, copy: str) -> Identity:
    """A gene or transcript without its version; the copy on chromosome Y is another thing, and implies the gene."""
    whole = Identity(namespace=ENSEMBL if kind == "G" else ENSEMBL_TRANSCRIPT, accession=accession)
    return Identity(namespace=whole.namespace, accession=accession + copy, broader=(whole,)) if copy else whole


@lru_cache(maxsize=262_144)
def type_of(name: str) -> str | None:
    """The feature type that a name has by its shape; None where it tells none.

    >>> [type_of(n) for n in ("ENSG00000141510.17", "NM_000546.6", "MSTRG.12.3", "1007_s_at", "TP53")]
    ['gene', 'transcript', 'transcript', 'probe', None]
    """
    match = _ENSEMBL.match(name)
    if match is not None:
        return "gene" if match["kind"] == "G" else "transcript"
    if _REFSEQ.match(name) or _ASSEMBLED.fullmatch(name):
        return "transcript"
    if _ENTREZ.match(name):
        return "gene"
    return "probe" if _PROBE.match(name) else None


@lru_cache(maxsize=262_144)
def is_gene_id(name: str) -> bool:
    """Whether a cell is an identifier that only genes, transcripts or probes have.

    >>> [is_gene_id(n) for n in ("ENSMUSG00000000001", "XR_953325.3", "hsa-let-7a-5p", "FBgn0000003", "TP53", "P04637")]
    [True, True, True, True, False, False]
    """
    return bool(type_of(name) or _OTHER_GENES.fullmatch(name) or _WITH_NUMBER.match(name) or is_spike_in(name))


@lru_cache(maxsize=65_536)
def is_spike_in(name: str) -> bool:
    """Whether it was added to the sample in a known amount.

    >>> [is_spike_in(n) for n in ("ERCC-00002", "NIST_ConsensusVector", "ERCC2")]
    [True, True, False]
    """
    return _SPIKE.match(name) is not None


@lru_cache(maxsize=65_536)
def is_control(name: str) -> bool:
    """Whether it is a control probe of an array or a panel.

    >>> [is_control(n) for n in ("AFFX-BioB-5_at", "POS_A(128)", "200000_s_at")]
    [True, True, False]
    """
    return _CONTROL_PROBE.match(name) is not None


@lru_cache(maxsize=65_536)
def is_damaged(name: str) -> bool:
    """Whether a spreadsheet has made a date or a number of the name: which gene it was cannot be told.

    >>> [is_damaged(n) for n in ("1-Mar", "Sep-02", "2.31E+13", "2001/03/01", "MARCHF1", "2310009E13Rik")]
    [True, True, True, True, False, False]
    """
    return _DAMAGED.match(name) is not None
