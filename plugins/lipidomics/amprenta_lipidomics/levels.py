"""Levels of detail of a lipid name, and the identity that climbs them.

The levels are those of the shorthand nomenclature (Liebisch et al., J. Lipid Res. 2020, 61, 1539): a species states
the sum of its chains (PC 34:1), a molecular species each chain (PC 16:0_18:1), an sn-position where each sits
(PC 16:0/18:1), a defined structure where double bonds and groups are, a full structure their geometry, a complete
structure the stereochemistry.
"""

import re
from collections.abc import Callable, Sequence

from amprenta_core import Identity

NAMESPACE = "lipid"
SPECIES = "species"
MOLECULAR_SPECIES = "molecular species"
SN_POSITION = "sn-position"
STRUCTURE_DEFINED = "structure defined"
FULL_STRUCTURE = "full structure"
COMPLETE_STRUCTURE = "complete structure"

Rung = tuple[str, str]
"""A level and how the lipid is spelt there."""
ETHER_PREFIXES = ("", "O-", "dO-", "tO-", "eO-")
"""How a species states its number of ether-bound chains, by that number."""

_CHAIN = re.compile(r"(?P<ether>O-|P-)?(?P<carbons>\d+):(?P<double>\d+)(?P<rest>.*)")


def fuse(rungs: Sequence[Rung]) -> list[Rung]:
    """Each spelling once, finest first, under the coarsest level that spells it so.

    LPC 16:0 says no more as a molecular species than as a species, so a species is all that it claims to be.

    >>> fuse([("molecular species", "LPC 16:0"), ("species", "LPC 16:0")])
    [('species', 'LPC 16:0')]
    """
    coarsest = {spelling: level for level, spelling in rungs}
    return [(level, spelling) for spelling, level in coarsest.items()]


def climb(rungs: Sequence[Rung], stands: Callable[[Rung], bool] = lambda _: True) -> Identity:
    """The identity of the first rung; its broader ones are those further rungs that stand by themselves."""
    broader: tuple[Identity, ...] = ()
    for rung in reversed(rungs[1:]):
        if stands(rung):
            broader = (_identity(rung, broader), *broader)
    return _identity(rungs[0], broader)


def _identity(rung: Rung, broader: tuple[Identity, ...]) -> Identity:
    level, spelling = rung
    return Identity(namespace=NAMESPACE, accession=spelling, level=level, broader=broader)


def in_order(chains: Sequence[str]) -> list[str]:
    """Chains without a position in one order, so that PC 18:1_16:0 and PC 16:0_18:1 are one: ethers first, then by
    carbons, double bonds, and what they carry.
    """
    return sorted(chains, key=_rank)


def _rank(chain: str) -> tuple[bool, str, int, int, str]:
    match = _CHAIN.fullmatch(chain)
    if match is None:
        return (True, "", 0, 0, chain)
    ether = match["ether"] or ""
    return (not ether, ether, int(match["carbons"]), int(match["double"]), match["rest"])
