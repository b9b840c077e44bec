"""The common shorthand, read without a parser: a class, then chains as ``carbons:double bonds``.

It reads what pygoslin reads, and answers the same, some hundred times faster and without importing it (which costs
seconds). Whatever is less plain is not read here: None.
"""

import re
from collections.abc import Sequence
from functools import cache

from attrs import frozen

from amprenta_core import Identity
from amprenta_lipidomics.levels import (
    ETHER_PREFIXES,
    MOLECULAR_SPECIES,
    SN_POSITION,
    SPECIES,
    Rung,
    climb,
    fuse,
    in_order,
)

LONGEST_LONE_ACYL = 26
"""``SM 16:0`` cannot be a sum: a sphingoid base and its acyl chain have more carbons than that together. Such a name
states the acyl chain alone (see ``dialects``) and is not for this reader."""


@frozen
class LipidClass:
    """How a class is spelt before its chains, which rule reads them, how many it bears, on how many positions."""

    head: str
    rule: str
    chains: int = 1
    positions: int = 1


_GLYCERO = {
    **dict.fromkeys(("PA", "PC", "PE", "PG", "PI", "PS", "PEt", "PMeOH", "MGDG", "DGDG", "SQDG"), (2, 2)),
    **dict.fromkeys(("LPA", "LPC", "LPE", "LPG", "LPI", "LPS"), (1, 2)),
    "MG": (1, 3),
    "DG": (2, 3),
    "TG": (3, 3),
    "BMP": (2, 4),
    "CL": (4, 4),
}
_SPHINGO = ("Cer", "CerP", "HexCer", "Hex2Cer", "Hex3Cer", "SHexCer", "SM")
_BASES = ("SPB", "SPBP", "LSM", "LHexCer", "LHex2Cer")
CLASSES = {
    **{name: LipidClass(f"{name} ", "glycero", *shape) for name, shape in _GLYCERO.items()},
    **{name: LipidClass(f"{name} ", "sphingo", 2) for name in _SPHINGO},
    **{name: LipidClass(f"{name} ", "base") for name in _BASES},
    **{name: LipidClass(f"{name} ", "single") for name in ("FA", "CAR")},
    "CE": LipidClass("SE 27:1/", "single"),
}
"""By the class as the shorthand writes it. A cholesteryl ester is a sterol ester of 27 carbons and one double bond."""

_CHAIN = r"(?:[OP]-|[dtm])?[1-9]\d{0,2}:(?:0|[1-9]\d?)(?:;O[2-9]?)?"
_CHAINS = rf"{_CHAIN}(?:[_/]{_CHAIN}){{0,3}}"
_NAME = re.compile(rf"({'|'.join(sorted(CLASSES, key=len, reverse=True))})(?: ?\(({_CHAINS})\)| ({_CHAINS}))")
_PARTS = re.compile(r"(O-|P-|[dtm])?(\d+):(\d+)(?:;O(\d?))?")
_BASE_OXYGENS = {"m": 1, "d": 2, "t": 3}
"""Hydroxyl groups of a sphingoid base in the nomenclature before 2020: mono, di, tri."""
_TYPICAL_BASE_OXYGENS = 2


@frozen
class Chain:
    """One chain: ``link`` is "O-", "P-", d, t, m or nothing; ``oxygens`` as written after it."""

    link: str
    carbons: int
    double_bonds: int
    oxygens: int

    @property
    def spelling(self) -> str:
        """As the 2020 shorthand writes it."""
        return f"{self.link}{_spell(self.carbons, self.double_bonds, self.oxygens)}"


def read(name: str) -> Identity | None:
    """The identity of a plainly written lipid; None for all else.

    >>> read("PC 18:1/16:0").accession, [broader.accession for broader in read("PC 18:1/16:0").broader]
    ('PC 18:1/16:0', ['PC 16:0_18:1', 'PC 34:1'])
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    word, inside, outside = match.groups()
    written = inside or outside
    separators = {sign for sign in "_/" if sign in written}
    if len(separators) > 1:
        return None
    separator = "".join(separators)
    chains = [_chain(text) for text in (written.split(separator) if separator else [written])]
    if not all(is_plausible(chain.carbons, chain.double_bonds) for chain in chains):
        return None
    rungs = _RULES[CLASSES[word].rule](CLASSES[word], chains, separator)
    return climb(fuse(rungs)) if rungs else None


def is_plausible(carbons: int, double_bonds: int) -> bool:
    """A chain has two carbons or more and cannot have more double bonds than pairs of them."""
    return carbons > 1 and 2 * double_bonds <= carbons


@cache
def _chain(text: str) -> Chain:
    link, carbons, double_bonds, oxygens = _PARTS.fullmatch(text).groups()  # type: ignore[union-attr] # _NAME saw to it
    count = 0 if oxygens is None else int(oxygens or 1)
    return Chain(link or "", int(carbons), int(double_bonds), count)


def _spell(carbons: int, double_bonds: int, oxygens: int) -> str:
    suffix = "" if not oxygens else ";O" if oxygens == 1 else f";O{oxygens}"
    return f"{carbons}:{double_bonds}{suffix}"


def _sum(chains: Sequence[Chain]) -> str:
    """All chains as a species states them: a vinyl ether (P-) is an ether with one double bond more."""
    ethers = sum(chain.link in ("O-", "P-") for chain in chains)
    double_bonds = sum(chain.double_bonds + (chain.link == "P-") for chain in chains)
    oxygens = sum(chain.oxygens for chain in chains)
    return ETHER_PREFIXES[ethers] + _spell(sum(chain.carbons for chain in chains), double_bonds, oxygens)


def _glycero(lipid: LipidClass, chains: Sequence[Chain], separator: str) -> list[Rung]:
    placed = separator == "/"
    if any(chain.link in _BASE_OXYGENS for chain in chains) or len(chains) > lipid.chains:
        return []
    if placed and not len(chains) == lipid.chains == lipid.positions:
        return []
    species = (SPECIES, lipid.head + _sum(chains))
    if len(chains) < lipid.chains:
        # TG 16:0_34:1 names one chain and the sum of two: of the levels, only the species is stated.
        return [] if len(chains) > 1 and any(chain.oxygens for chain in chains) else [species]
    spelt = [chain.spelling for chain in chains]
    molecular = (MOLECULAR_SPECIES, lipid.head + "_".join(in_order(spelt)))
    return [(SN_POSITION, lipid.head + "/".join(spelt)), molecular, species] if placed else [molecular, species]


def _sphingo(lipid: LipidClass, chains: Sequence[Chain], separator: str) -> list[Rung]:
    base = _with_base(chains[0])
    if base is None or len(chains) > lipid.chains or any(chain.link for chain in chains[1:]):
        return []
    if not separator:
        stated = chains[0].link or chains[0].oxygens
        return [(SPECIES, lipid.head + base.spelling)] if stated or base.carbons > LONGEST_LONE_ACYL else []
    if separator != "/":
        return []
    both = [base, chains[1]]
    molecular = "/".join(chain.spelling for chain in both)
    return [(MOLECULAR_SPECIES, lipid.head + molecular), (SPECIES, lipid.head + _sum(both))]


def _lone(lipid: LipidClass, chains: Sequence[Chain], separator: str) -> list[Rung]:
    chain = _with_base(chains[0]) if lipid.rule == "base" else chains[0]
    if separator or chain is None or chain.link:
        return []
    return [(SPECIES, lipid.head + chain.spelling)]


def _with_base(chain: Chain) -> Chain | None:
    """The sphingoid base in the shorthand of 2020, d18:1 → 18:1;O2; two hydroxyl groups where none are stated."""
    if chain.link in ("O-", "P-") or (chain.link and chain.oxygens):
        return None
    oxygens = chain.oxygens or _BASE_OXYGENS.get(chain.link, _TYPICAL_BASE_OXYGENS)
    return Chain("", chain.carbons, chain.double_bonds, oxygens)


_RULES = {"glycero": _glycero, "sphingo": _sphingo, "base": _lone, "single": _lone}
