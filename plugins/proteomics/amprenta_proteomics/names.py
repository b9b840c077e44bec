"""Protein names → identities: accessions of databases, reagents, groups of them, and peptides by their plain sequence.

Nothing needs a vocabulary: what has not the shape of an accession (an entry name, a gene) denotes nothing by itself.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from amprenta_core import FeatureRef, Identity

NAMES_VERSION = "5"
"""Changes whenever ``normalize`` would answer differently."""
UNIPROT = "uniprot"
GROUP = "protein_group"
PEPTIDE = "peptide"
UNKNOWN = "protein_id"
"""Where identifiers go whose database their shape does not tell."""

_ACCESSION = r"(?:[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2})"
_PROTEIN = re.compile(
    rf">?(?:(?:sp|tr|up)\||SWISS-PROT:|TREMBL:)?(?P<accession>{_ACCESSION})(?P<isoform>-\d{{1,3}})?(?:\.\d{{1,3}})?"
    r"(?:\|\S*)?(?: .*)?\Z"
)
_OTHERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "ensembl_protein",
        re.compile(r"(?:ENSEMBL:)?(?P<accession>(?:ENS[A-Z]{0,4}|MGP_\w{1,12}_)P\d{8,11})(?:\.\d+)?\Z"),
    ),
    (
        "refseq_protein",
        re.compile(r"(?:REFSEQ:|(?:gi\|\d+\|)?ref\|)?(?P<accession>[NXYWA]P_\d{6,9})(?:\.\d{1,3})?(?:\|.*)?\Z"),
    ),
    ("olink", re.compile(r"(?P<accession>OID\d{5})\Z")),
    ("somalogic", re.compile(r"(?P<accession>[1-9]\d{3,4}-[1-9]\d{0,2})(?:_\d{1,2})?\Z")),
)
"""Namespace → accessions of proteins and of reagents that measure one; versions are left away."""
_SPECIES = (
    "HUMAN|MOUSE|RAT|YEAST|ECOLI|BOVIN|PIG|CHICK|DROME|CAEEL|ARATH|DANRE|XENLA|SHEEP|RABIT|HORSE|CANLF|SCHPO|BACSU"
)
_ENTRY_NAME = re.compile(rf"[A-Z0-9]{{1,10}}_(?:{_SPECIES})\Z")
_DECOY = re.compile(
    r"(?:##+|#DECOY#|(?:REV(?:ERSED?)?|DECOY|X{3}|[Rr]ev(?:ersed?)?|[Dd]ecoy|RND|SHUFFLED)_+|decoy\Z)", re.ASCII
)
_CONTAMINANT = re.compile(
    r"(?i:con__|(?:(?:sp|tr)\|)?cont(?:am(?:inant)?)?[_|]+|conta\||crap[_|-]|contaminant[ :]|#contam#)"
)
_SEPARATORS = re.compile(r"\s*[;,]\s*|\|(?=(?:sp|tr|up)\|)")
_COUNTED = re.compile(r"(?P<mark>[A-Za-z]+_+)?(?P<count>[1-9]\d{0,3})/(?P<members>.+)\Z")
"""A group as OpenSWATH spells it: how many members, then each behind a slash; one mark for a decoy of all of them."""
_RESIDUES = r"[ACDEFGHIKLMNPQRSTUVWYO]{5,}"
_BESIDE = r"(?:\[[A-Z-](?:/[A-Z-])*\]|[A-Z-])"
_PEPTIDE = re.compile(rf"{_RESIDUES}\Z|{_BESIDE}\.(?P<within>{_RESIDUES})\.{_BESIDE}\Z")
"""The plain sequence of a peptide, or the same between the residues beside it: ``[K].LVNEVTEFAK.[T]``."""


def normalize(refs: Sequence[FeatureRef]) -> list[tuple[Identity, ...]]:
    """The identity that each name denotes by itself; () where it denotes none."""
    return [_identities(ref.type, ref.name) if ref.name else () for ref in refs]


@lru_cache(maxsize=65_536)
def _identities(kind: str, name: str) -> tuple[Identity, ...]:
    if kind == "protein":
        return _proteins(name)
    if kind == "peptide" and (match := _PEPTIDE.match(name)):
        return (Identity(namespace=PEPTIDE, accession=match["within"] or name),)
    return ()


def _proteins(name: str) -> tuple[Identity, ...]:
    """One protein, or the group as written, which implies its members; a decoy is no protein."""
    parts = members(name)
    if not parts or any(map(_is_one_decoy, parts)):
        return ()
    known = [_protein(part) for part in parts]
    spelt = [one.accession if one else part for one, part in zip(known, parts, strict=True)]
    found = tuple(dict.fromkeys(one for one in known if one))
    if not found or len(set(spelt)) == 1:
        return found
    broader = tuple(dict.fromkeys(i for one in found for i in (one, *one.broader)))
    return (Identity(namespace=GROUP, accession=";".join(dict.fromkeys(spelt)), broader=broader),)


def members(name: str) -> list[str]:
    """What a group names, one after the other.

    >>> members("sp|P02768|ALBU_HUMAN;P02768-2")
    ['sp|P02768|ALBU_HUMAN', 'P02768-2']
    >>> members("2/P02768/P02769"), members("P02768|P02769"), members("DECOY_1/P02768")
    (['P02768', 'P02769'], ['P02768', 'P02769'], ['DECOY_P02768'])
    """
    parts = (part for part in _SEPARATORS.split(name.strip()) if part)
    return [member for part in parts for member in _counted(part) or _piped(part) or [part]]


def _counted(part: str) -> list[str]:
    """The members of a group that says how many it has; empty where it is none, as the gene 1/2-SBSRNA4."""
    if "/" not in part or not (match := _COUNTED.match(part)):
        return []
    found, mark = match["members"].split("/"), match["mark"] or ""
    counted = len(found) == int(match["count"]) and any(_protein(_unmarked(one)) for one in found)
    if not counted or (mark and not _DECOY.fullmatch(mark)):
        return []
    return [one if _is_one_decoy(one) else mark + one for one in found]


def _piped(part: str) -> list[str]:
    """The members of a group that ``|`` joins; empty where not all are accessions of one database, as in a header."""
    if "|" not in part:
        return []
    pieces = part.split("|")
    known = [_protein(_unmarked(piece)) for piece in pieces]
    databases = {one.namespace if one else None for one in known}
    return pieces if len(databases) == 1 and not databases & {None, "olink", "somalogic"} else []


def _unmarked(part: str) -> str:
    """A name without the marks of decoys and contaminants."""
    return _bare(_DECOY.sub("", _bare(part), count=1))


def _protein(part: str) -> Identity | None:
    bare = _bare(part)
    match = _PROTEIN.match(bare)
    if match is None:
        return _other(bare)
    protein = Identity(namespace=UNIPROT, accession=match["accession"])
    if match["isoform"] is None:
        return protein
    accession = match["accession"] + match["isoform"]
    return Identity(namespace=UNIPROT, accession=accession, level="isoform", broader=(protein,))


def _other(bare: str) -> Identity | None:
    """The identity of a protein or reagent that is named by another accession than UniProt's."""
    for namespace, pattern in _OTHERS:
        if match := pattern.match(bare):
            return Identity(namespace=namespace, accession=match["accession"])
    return None


def database(part: str) -> str:
    """The namespace of an identifier of a protein, by its shape.

    >>> database("P02768-2"), database("ENSP00000269305.4"), database("INC1")
    ('uniprot', 'ensembl_protein', 'protein_id')
    """
    found = _protein(part)
    return found.namespace if found else UNKNOWN


def _bare(part: str) -> str:
    """A name without the mark of contaminants: these are proteins as well."""
    while match := _CONTAMINANT.match(part):
        part = part[match.end() :]
    return part


def _is_one_decoy(part: str) -> bool:
    return _DECOY.match(_bare(part)) is not None or part.endswith("_REVERSED")


@lru_cache(maxsize=65_536)
def is_decoy(name: str) -> bool:
    """Whether all that a name stands for are decoys: sequences that no sample holds.

    >>> [is_decoy(n) for n in ("REV__P02768", "rev_sp|P02768|ALBU_HUMAN", "##P02768", "P02768")]
    [True, True, True, False]
    """
    parts = members(name)
    return bool(parts) and all(map(_is_one_decoy, parts))


@lru_cache(maxsize=65_536)
def is_contaminant(name: str) -> bool:
    """Whether all that a name stands for are marked as contaminants, in any program's spelling.

    >>> [is_contaminant(n) for n in ("CON__P00761", "contam_sp|P00761|X", "conta|P00761", "cRAP-P00761", "P00761")]
    [True, True, True, True, False]
    """
    parts = [_DECOY.sub("", part, count=1) for part in members(name)]
    return bool(parts) and all(map(_CONTAMINANT.match, parts))


@lru_cache(maxsize=65_536)
def looks_like_protein(name: str) -> bool:
    """Whether a cell names a protein or a group: an accession or an entry name of UniProt, or of Ensembl or RefSeq.

    >>> [looks_like_protein(n) for n in ("P02768;P02769", "REV__sp|P02768|ALBU_HUMAN", "ALBU_HUMAN", "ALB")]
    [True, True, True, False]
    """
    parts = members(name)
    plain = map(_unmarked, parts[:5])
    return bool(parts) and all(_PROTEIN.match(p) or _ENTRY_NAME.match(p) or _is_of_a_database(p) for p in plain)


def _is_of_a_database(part: str) -> bool:
    return any(pattern.match(part) for _, pattern in _OTHERS[:2])
