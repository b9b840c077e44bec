"""Lipid names → identities: quickly where the shorthand is plain, through pygoslin where it is not, never by guess."""

import re
from collections.abc import Sequence
from functools import lru_cache

from amprenta_core import FeatureRef, Identity
from amprenta_lipidomics import goslin, shorthand
from amprenta_lipidomics.dialects import CLASSES, WORDS, Cleaned, clean, is_internal_standard

__all__ = ["NAMES_VERSION", "Cleaned", "clean", "is_internal_standard", "looks_like_lipid", "normalize"]

NAMES_VERSION = "1"
"""Changes whenever ``normalize`` would answer differently."""

_OTHER_CLASSES = (
    "AHexCer", "ADGGA", "BA", "CPA", "DGGA", "DGCC", "DGTS", "DE", "DMPE", "DiCA", "EPC", "FAHFA", "FAL", "GA2", "GB3",
    "GD1a", "GD3", "GM1", "GM3", "GPNAE", "Ga2", "Gb3", "Gb4", "GalCer", "GlcCer", "IPC", "LCL", "LDGTS", "LHex3Cer",
    "LNAPE", "LNAPS", "LacCer", "M(IP)2C", "MIPC", "MMPE", "NAE", "NAGly", "NAGlySer", "NAOrn", "NAPE", "NAPS", "PIP",
    "PIP2", "PIP3", "P-PC", "P-PE", "O-PC", "O-PE", "DG-O", "SE", "SL", "SQMG", "ST", "VAE", "WE", "ZyE", "Ac2PIM1",
    "CmE", "SiE", "StE", "plasmenyl-PC", "plasmenyl-PE", "LIPC", "plasmanyl-PC", "plasmanyl-PE",
    "PE-NMe", "PE-NMe2", "CoA",
)  # fmt: skip
_WORDS = sorted({*shorthand.CLASSES, *CLASSES, *_OTHER_CLASSES}, key=len, reverse=True)
_LOOKS = re.compile(
    r"\s*(?:(?:w/o MS2|no MS2|low score)\s*:\s*|(?:IS|ES|ISTD)_)?"
    rf"(?:{'|'.join(map(re.escape, _WORDS))}|(?i:{'|'.join(WORDS)}))"
    r"(?:[-_]?\[?(?:[ABEN]D?[SPH]|NS|EOS)\]?(?=[ (]))?"
    r" ?(?:aa |ae |ee |a |e |\(OH\) )?\(?"
    r"C?(?:[dte]?[OPop][- ] ?|[dtm] ?)?(\d{1,3}):(\d{1,2})(?![\d:])"
)
_BY_WORD = re.compile(r"(?i)\s*(?:DH)?(?:ceramide|hexosylceramide|sphingomyelin) C\d{2}(?::\d)?\s*\Z")
_CLASS_LAST = re.compile(r"\s*\d{2}:\d-\d{2}:\d(?:\(d\d\))? L?P[ACEGIS]\Z")
_LONGEST_CARBONS = 120


@lru_cache(maxsize=65_536)  # the files of a laboratory repeat their names
@lru_cache(maxsize=65_536)
def looks_like_lipid(name: str) -> bool:
    """Whether a cell may be the name of a lipid: a class and its chains, in any dialect. Cheap; proves nothing.

    A class alone, or a chain alone as acylcarnitines are written (C16:1), is not enough: genes, samples and clinical
    covariates are called so as well.

    >>> [looks_like_lipid(name) for name in ("PC aa C34:1", "TG(16:0/18:1/18:2)+NH4", "PCSK9", "C16:1", "PC_01")]
    [True, True, False, False, False]
    """
    match = _LOOKS.match(name)
    if match is None:
        return bool(_BY_WORD.match(name) or _CLASS_LAST.match(name))
    carbons, double_bonds = map(int, match.groups())
    is_empty = not (carbons or double_bonds)
    return is_empty or (shorthand.is_plausible(carbons, double_bonds) and carbons <= _LONGEST_CARBONS)


def normalize(refs: Sequence[FeatureRef]) -> list[tuple[Identity, ...]]:
    """The identity that each name denotes by itself: () is unknown, several are genuinely possible, best first."""
    return [_identities(ref.name) if ref.name else () for ref in refs]


@lru_cache(maxsize=65_536)
def _identities(name: str) -> tuple[Identity, ...]:
    plain = shorthand.read(name)
    if plain is not None:
        return (plain,)
    read = {candidate: _read(candidate) for candidate in clean(name).candidates}
    known = {identity.accession: identity for identity in read.values() if identity is not None}
    if _leaves_a_class_unread(read):
        return ()
    coarser = {identity.accession for finer in known.values() for identity in finer.broader}
    return tuple(identity for accession, identity in known.items() if accession not in coarser)


def _read(candidate: str) -> Identity | None:
    return shorthand.read(candidate) or goslin.read(candidate)


def _leaves_a_class_unread(read: dict[str, Identity | None]) -> bool:
    """Of two lipids under one name one alone would be half the truth; a finer spelling that is not read is no loss."""
    known = {_class(name) for name, identity in read.items() if identity is not None}
    unknown = {_class(name) for name, identity in read.items() if identity is None}
    return not unknown <= known


def _class(name: str) -> str:
    return re.split(r"[ (]", name, maxsplit=1)[0]
