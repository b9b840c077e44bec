"""The feature that a row names: its name, what tells it apart, its identifiers and marks."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from attrs import frozen

from amprenta_core.cells import is_missing
from amprenta_core.extraction.grid import Grid
from amprenta_core.formats import TableFormat, compiled, fold
from amprenta_core.model import FeatureRef, Related

_UNIT_OF_TIME = re.compile(r"(?:\b|(?<=_))(?:min(?:ute)?s?|s|sec(?:ond)?s?)\b")


@frozen(kw_only=True)
class Columns:
    """Where a format's descriptive columns stand; a row's name is the first that is there."""

    names: tuple[int, ...]
    key: tuple[int, ...]
    ids: tuple[tuple[str, int], ...]
    mz: int | None
    rt: int | None
    rt_seconds: float
    attributes: tuple[tuple[str, int], ...]
    ignored: tuple[int, ...]
    flags: tuple[tuple[str, int], ...] = ()

    @property
    def only_name(self) -> int | None:
        """The column of names of a table that describes features by nothing else."""
        alone = len(self.names) == 1 and not self.ids and self.used() == {*self.names}
        return self.names[0] if alone else None

    def used(self) -> set[int]:
        """All of them."""
        pairs = [j for _, j in (*self.ids, *self.attributes, *self.flags)]
        return {j for j in (self.mz, self.rt, *self.names, *self.key, *self.ignored, *pairs) if j is not None}


def columns(grid: Grid) -> Columns:
    """The descriptive columns of a grid."""
    declared = grid.declared
    rt = grid.column(declared.rt)
    named = [(name, grid.column((name,))) for name in declared.attributes]
    marked = [(flag, grid.column(column.split("|"))) for flag, column in declared.flag_columns.items()]
    ids = [(namespace, grid.column(column.split("|"))) for namespace, column in declared.ids.items()]
    return Columns(
        names=tuple(j for n in declared.feature if (j := grid.column((n,))) is not None)
        or (() if declared.feature else (grid.found.column,)),
        key=tuple(j for k in declared.key if (j := grid.column(tuple(k.split("|")))) is not None),
        ids=tuple((n, j) for n, j in ids if j is not None),
        mz=grid.column(declared.mz),
        rt=rt,
        rt_seconds=_seconds(grid, rt),
        attributes=tuple((n, j) for n, j in named if j is not None),
        ignored=tuple(j for name in declared.ignored if (j := grid.column((name,))) is not None),
        flags=tuple((flag, j) for flag, j in marked if j is not None),
    )


def _seconds(grid: Grid, rt: int | None) -> float:
    """How many seconds the unit of retention times has: as the header says, else as declared."""
    unit = _UNIT_OF_TIME.search(fold(grid.header[rt])) if rt is not None else None
    if unit is None:
        return grid.declared.rt_seconds
    return 60.0 if unit[0].startswith("min") else 1.0


def reference(grid: Grid, place: Columns, index: int) -> FeatureRef | None:
    """The feature that a row names, None where nothing identifies it."""
    name = _name(grid, place, index)
    mz, rt = grid.number(index, place.mz), grid.number(index, place.rt)
    flags = _flags(grid, place, index, name)
    if name is None and grid.declared.unassigned:
        name, flags = grid.declared.unassigned, (*flags, "unassigned")
    keys = {grid.header[j].strip(): cell for j in place.key if (cell := grid.cell(index, j))}
    if name is None and mz is None and not keys:
        return None
    ids = {namespace: text for namespace, j in place.ids if (text := grid.text(index, j)) is not None}
    said = ((name, grid.text(index, j)) for name, j in place.attributes)
    nothing = compiled(grid.declared.unnamed)
    rest = {name: text for name, text in said if text is not None and not nothing.match(text)}
    clean = cleaned(grid.declared, ids)
    return FeatureRef(
        name=name,
        type=grid.declared.feature_type,
        ids=clean,
        related=_related(grid.declared, clean),
        mz=mz,
        rt=None if rt is None else round(rt * place.rt_seconds, 6),
        flags=flags,
        attributes={**keys, **rest},
    )


def _flags(grid: Grid, place: Columns, index: int, name: str | None) -> tuple[str, ...]:
    """The marks of a row: of its columns where the file has these, else those that the name earns."""
    if not place.flags:
        return flags_of(grid.declared, name)
    told = {flag: fold(grid.cell(index, j)) not in _NOT_MARKED for flag, j in place.flags}
    by_name = [flag for flag in flags_of(grid.declared, name) if flag not in told]
    return (*by_name, *(flag for flag, said in told.items() if said))


_NOT_MARKED = frozenset({"", "-", "0", "na", "nan", "no", "false", "f"})


def named_only(grid: Grid, column: int, rows: Sequence[int]) -> list[FeatureRef | None]:
    """What ``reference`` says of rows that only have names, all of one column: most tables are like that."""
    return [_named(grid.declared, cell) for cell in grid.cells(column, rows)]


@lru_cache(maxsize=65_536)  # the tables of one laboratory name the same features
def _named(declared: TableFormat, cell: str) -> FeatureRef | None:
    name = cell.strip()
    if is_missing(name) or compiled(declared.unnamed).match(name):
        return None
    return FeatureRef(name=name, type=declared.feature_type, flags=flags_of(declared, name))


def _name(grid: Grid, place: Columns, index: int) -> str | None:
    """The first name that the row has; a word for "unknown" is none."""
    for j in place.names:
        name = grid.text(index, j)
        if name is not None:
            return None if compiled(grid.declared.unnamed).match(name) else name
    return None


def cleaned(declared: TableFormat, ids: Mapping[str, str]) -> dict[str, str]:
    """Identifiers by the format's own rules, where it has any."""
    if declared.accessions is None:
        return clean_ids(ids)
    cleaned: dict[str, str] = {}
    for namespace, text in ids.items():
        for found, accession in declared.accessions(namespace, text).items():
            cleaned.setdefault(found, accession)
    return cleaned


def _related(declared: TableFormat, ids: Mapping[str, str]) -> tuple[Related, ...]:
    """The features that a row's identifiers name beside its own."""
    return tuple(
        Related(relation=kind, type=kind, name=name)
        for namespace, kind in declared.related.items()
        for name in ids.get(namespace, "").split("|")
        if name
    )


def clean_ids(ids: Mapping[str, str]) -> dict[str, str]:
    """Identifiers under their own namespace: ``LM:LMSP02010012`` in a general column is a LIPID MAPS id."""
    cleaned = {}
    for namespace, text in ids.items():
        prefix, colon, accession = text.partition(":")
        known = _PREFIXES.get(prefix.casefold()) if colon else None
        if known:
            cleaned[known] = accession.strip()
        elif namespace != "database":
            cleaned[namespace] = text
    return cleaned


_PREFIXES = {
    "lm": "lipidmaps", "lipidmaps": "lipidmaps", "slm": "swisslipids", "swisslipids": "swisslipids", "hmdb": "hmdb",
    "chebi": "chebi", "kegg": "kegg", "cid": "pubchem", "pubchem": "pubchem",
}  # fmt: skip


def flags_of(declared: TableFormat, name: str | None) -> tuple[str, ...]:
    """The marks that a feature's name earns."""
    return tuple(flag for flag, test in declared.feature_flags.items() if name is not None and test(name))
