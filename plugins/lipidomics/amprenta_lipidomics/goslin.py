"""pygoslin, asked with care: it reads nearly everything, and more than is written.

What comes back is cut to the level that the name itself states, must carry the same chains as the name, and must read
back as itself. A name where that fails is unknown: a wrong match is worse than none.
"""

import re
from functools import cache, lru_cache
from threading import Lock
from typing import Any

from amprenta_core import Identity
from amprenta_lipidomics.levels import (
    COMPLETE_STRUCTURE,
    ETHER_PREFIXES,
    FULL_STRUCTURE,
    MOLECULAR_SPECIES,
    SN_POSITION,
    SPECIES,
    STRUCTURE_DEFINED,
    Rung,
    climb,
    fuse,
    in_order,
)
from amprenta_lipidomics.shorthand import is_plausible
from amprenta_lipidomics.trivial import is_trivial

LONGEST_NAME = 160
"""Characters. The parser's time grows with the cube of the length; the longest published name has some hundred."""
_TURNS = 3
_LEVELS = {
    8: COMPLETE_STRUCTURE,
    7: FULL_STRUCTURE,
    6: STRUCTURE_DEFINED,
    5: SN_POSITION,
    4: MOLECULAR_SPECIES,
    3: SPECIES,
}
"""By the value of pygoslin's ``LipidLevel``."""
_SN_POSITION, _MOLECULAR_SPECIES, _SPECIES = 5, 4, 3

_CHAIN = re.compile(r"(?<![\dy.:])(P-|[dte]?O-)?(\d{1,3}):(\d{1,2})(?![\d.:])")
"""A chain, but no ring (``cy5:0``)."""
_CLASS_AND_CHAIN = re.compile(r"[^:]*[A-Za-z]{2}[^:]*?[^:\d]\d{1,3}:\d")
"""A chain alone is no lipid: 20:4 may be of anything."""
_ACYLOXY = re.compile(r"\d*O\((?:FA )?\d")
"""An ester on a chain: its carbonyl is one double bond of the sum."""
_DETAILED = re.compile(r"\d[EZRS]\b|\(\d+(?:,\d+)*\)|OH|oxo|Me|Ep|cy|\[|FA ")
"""Positions, groups, stereochemistry: without any of them no name is finer than an sn-position."""
_OXYGENS = re.compile(r"(?<![A-Za-z])([dtm])(?=\d+:)|;O(\d?)(?![\w(])|;(\d)(?![\w:])")
_OXYGENS_OF_PREFIX = {"m": 1, "d": 2, "t": 3}
_IMPLIED_OXYGENS = 2
_STEROL = re.compile(r"SE \d+:\d+/")

_parsing = Lock()
"""pygoslin's parsers keep the lipid that they build in themselves."""


@lru_cache(maxsize=65_536)
def read(name: str) -> Identity | None:
    """The identity that the name states by itself; None where pygoslin, or this module, does not trust the reading."""
    if len(name) > LONGEST_NAME or not (_CLASS_AND_CHAIN.match(name) or is_trivial(name)):
        return None
    for _, spelling in _rungs(name):
        if settled := _settled(spelling):
            return climb(settled, stands=lambda rung: _rungs(rung[1])[:1] == (rung,))
    return None


def _settled(spelling: str) -> tuple[Rung, ...]:
    """The rungs of the spelling that a spelling is read back as, at last as itself; () if that does not end."""
    for _ in range(_TURNS):
        rungs = _rungs(spelling)
        if not rungs or rungs[0][1] == spelling:
            return rungs
        spelling = rungs[0][1]
    return ()


@lru_cache(maxsize=65_536)
def _rungs(name: str) -> tuple[Rung, ...]:
    """How pygoslin spells the lipid at each level that the name states, finest first; () if the reading is unsound."""
    with _parsing:
        lipid = _parse(name)
        spelt = _spellings(lipid) if lipid is not None else {}
    if lipid is None or _SPECIES not in spelt:
        return ()
    finest = _finest(name, lipid, spelt)
    rungs = fuse([(_LEVELS[value], spelling) for value, spelling in spelt.items() if value <= finest])
    if not rungs or not _is_sound(name, rungs):
        return ()
    if is_trivial(rungs[0][1]):
        return ((COMPLETE_STRUCTURE, rungs[0][1]),)
    return tuple(rungs)


@cache
def _parser() -> Any:
    from pygoslin.parser.Parser import LipidParser  # noqa: PLC0415 - costs seconds, and most names never need it

    return LipidParser()


def _parse(name: str) -> Any | None:
    parser = _parser()
    try:
        return parser.parse(name).lipid
    except Exception:  # noqa: BLE001 - it raises whatever it stumbles on; all of it means "not a lipid that I know"
        return None


def _spellings(lipid: Any) -> dict[int, str]:
    """By level value, finest first, up to the level that pygoslin claims."""
    claimed = lipid.info.level.value
    spelt = {value: _spell(lipid, value) for value in _LEVELS if value <= claimed}
    return {value: text for value, text in spelt.items() if text is not None}


def _spell(lipid: Any, value: int) -> str | None:
    from pygoslin.domain.LipidLevel import LipidLevel  # noqa: PLC0415 - as above

    try:
        text: str = lipid.get_lipid_string(LipidLevel(value))
    except Exception:  # noqa: BLE001 - a level that this lipid does not have
        return None
    return _ordered(text) if value == _MOLECULAR_SPECIES else text


def _ordered(spelling: str) -> str:
    head, space, chains = spelling.rpartition(" ")
    return f"{head}{space}{'_'.join(in_order(chains.split('_')))}" if "_" in chains else spelling


def _finest(name: str, lipid: Any, spelt: dict[int, str]) -> int:
    """The finest level that the name states; pygoslin claims more where chains are saturated or ether-bound."""
    best = max(spelt)
    if is_trivial(name):
        return best
    head_chain_is_guessed = "(FA " in spelt[best] and "(FA " not in name
    some_chains_are_summed = 1 < len(_chains(name)) < lipid.info.poss_fa
    if head_chain_is_guessed or some_chains_are_summed:
        return _SPECIES
    detailed = bool(_DETAILED.search(name))
    if "_" in name or ("/" not in name and not detailed):
        return _MOLECULAR_SPECIES
    finest = best if detailed else min(best, _SN_POSITION)
    positions_are_invented = spelt.get(finest, "").count("0:0") > name.count("0:0")
    return _MOLECULAR_SPECIES if positions_are_invented else finest


def _is_sound(name: str, rungs: list[Rung]) -> bool:
    """Each spelling carries what is written, no more and no less."""
    spellings = [spelling for _, spelling in rungs]
    if is_trivial(name) or spellings[0] == name:
        return all(_is_plausible(spelling) for spelling in spellings)
    written = _totals(name)
    if not _is_plausible(name) or any(_totals(spelling) != written for spelling in spellings):
        return False
    if _DETAILED.search(name):
        return True
    finer = [spelling for level, spelling in rungs if level != SPECIES]
    return _oxygens_agree(name, spellings[-1]) and all(_chains(spelling) == _chains(name) for spelling in finer)


def _is_plausible(name: str) -> bool:
    chains = [(carbons, double) for _, carbons, double in _CHAIN.findall(name) if (carbons, double) != ("0", "0")]
    padded = any(len(number) > 1 and number[0] == "0" for chain in chains for number in chain)
    return not padded and all(is_plausible(int(carbons), int(double)) for carbons, double in chains)


def _chains(name: str) -> list[tuple[str, ...]]:
    """Ether, carbons and double bonds of each chain that is not empty; not those of a sterol."""
    return sorted(chain for chain in _CHAIN.findall(_STEROL.sub("", name)) if chain[1] != "0")


def _totals(name: str) -> tuple[int, int, int]:
    """Carbons, double bonds and ethers of the whole name."""
    chains = _chains(name)
    vinyl = sum(ether == "P-" for ether, _, _ in chains)
    return (
        sum(int(carbons) for _, carbons, _ in chains),
        sum(int(double) for _, _, double in chains) + vinyl + len(_ACYLOXY.findall(name)),
        sum(1 if ether == "P-" else ETHER_PREFIXES.index(ether) for ether, _, _ in chains),
    )


def _oxygens_agree(name: str, species: str) -> bool:
    """A base without stated hydroxyl groups has two; whatever is stated must come back."""
    stated, understood = _oxygens(name), _oxygens(species)
    return stated == understood or (stated == 0 and understood == _IMPLIED_OXYGENS)


def _oxygens(name: str) -> int:
    total = 0
    for prefix, shorthand, goslin in _OXYGENS.findall(name):
        total += _OXYGENS_OF_PREFIX[prefix] if prefix else int(shorthand or goslin or 1)
    return total
