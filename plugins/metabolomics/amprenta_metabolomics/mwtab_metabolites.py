"""The METABOLITES section of mwTab: identifiers, m/z and the like of the metabolites by name."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from amprenta_core import is_missing, to_number
from amprenta_metabolomics import accessions
from amprenta_metabolomics.mwtab_sections import Block

_MZ = re.compile(r"(?:moverz(?: quant)?|m/z|mz|quant(?:ified)? ?m/z|quant ?mz)\Z")
_RT = re.compile(r"(?:retention ?time|rt)\W*(?P<unit>s|secs?|seconds?|min|mins|minutes?)\W*\Z")
_SPACES = re.compile(r"[\s_]+")
_ALIKE = re.compile(r"[\s,_]+")
_MINUTE = 60.0


@frozen(kw_only=True)
class Said:
    """What the section says of a metabolite: ``rt`` in seconds, only where the column states its unit."""

    ids: Mapping[str, str] = field(factory=dict)
    mz: float | None = None
    rt: float | None = None
    attributes: Mapping[str, str] = field(factory=dict)


def by_place(names: Sequence[str], section: Block | None) -> list[Said]:
    """What is said of each name of the data, in their order.

    The n-th of several equal names has the n-th entry; a single entry speaks of them all; any other number is not
    told apart, and nothing is taken. A name without an entry of its own has the entry that differs from it in nothing
    but commas, underscores, blanks and case, where that is one for one. A section that was cut says nothing.
    """
    if section is None or not section.is_whole:
        return [Said() for _ in names]
    entries: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in section.rows:
        entries[row[0]].append(row)
    times, seen = Counter(names), Counter[str]()
    alike = _alike(names, entries)
    found = []
    for name in names:
        rows = entries.get(name) or entries.get(alike.get(name, ""), [])
        n = 0 if len(rows) == 1 else seen[name] if len(rows) == times[name] else None
        seen[name] += 1
        found.append(Said() if n is None or not rows else _said(section.header, rows[n]))
    return found


def _alike(names: Sequence[str], entries: Mapping[str, object]) -> dict[str, str]:
    """Name without an entry → the only entry without a name that is spelt alike."""
    left: defaultdict[str, set[str]] = defaultdict(set)
    right: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        if name not in entries:
            left[_folded(name)].add(name)
    for entry in entries:
        if entry not in set(names):
            right[_folded(entry)].add(entry)
    pairs = [(left[key], right[key]) for key in left if len(left[key]) == len(right[key]) == 1]
    return {next(iter(ours)): next(iter(theirs)) for ours, theirs in pairs}


def _folded(name: str) -> str:
    return _ALIKE.sub("_", name.casefold()).strip("_")


def _said(header: Sequence[str], row: Sequence[str]) -> Said:
    ids: dict[str, str] = {}
    attributes: dict[str, str] = {}
    mz = rt = None
    for column, cell in list(zip(header, row, strict=False))[1:]:
        folded = _SPACES.sub(" ", column).strip().casefold()
        namespace = accessions.namespace_of(column)
        time = _RT.match(folded)
        if is_missing(cell):
            continue
        if namespace and namespace not in ids and (accession := accessions.in_column(namespace, cell)):
            ids[namespace] = accession
        elif _MZ.match(folded) and mz is None and to_number(cell) is not None:
            mz = to_number(cell)
        elif time and rt is None and (seconds := to_number(cell)) is not None:
            rt = round(seconds * (_MINUTE if time["unit"].startswith("m") else 1.0), 6)
        elif column:
            attributes[column] = cell
    return Said(ids=ids, mz=mz, rt=rt, attributes=attributes)
