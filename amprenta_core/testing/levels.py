"""Whether a file can be read at every level that its format names, and at no other."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import evolve

from amprenta_core.accounting import check_table
from amprenta_core.errors import AmprentaError
from amprenta_core.ingest import with_level
from amprenta_core.model import FeatureTable, Match
from amprenta_core.plugins import Plugin
from amprenta_core.testing.remains import is_measured

_NONE = "no such level"


def levels_of(plugin: Plugin, match: Match) -> tuple[str, ...]:
    """The levels of a match's format, () where it has none."""
    return next((declared.levels for declared in plugin.info.formats if declared.name == match.format), ())


def level_faults(plugin: Plugin, path: Path, match: Match) -> Iterator[str]:
    """What is wrong with a file at the levels of its format, in words; nothing where it has one level."""
    parts = match.parts or ("",) if levels_of(plugin, match) else ()
    for part in parts:
        yield from _faults(plugin, path, evolve(match, parts=(part,) if part else ()))


def _faults(plugin: Plugin, path: Path, match: Match) -> Iterator[str]:
    first, *lower = levels_of(plugin, match)
    rows = _accounted(_read(plugin, path, with_level(match, plugin, first)))
    for level in lower:
        try:
            table = _read(plugin, path, with_level(match, plugin, level))
            check_table(table)
        except (AmprentaError, ValueError) as error:
            yield f"at the level {level}: {error}"
        else:
            yield from (f"at the level {level}: {fault}" for fault in _odd(plugin, level, table, rows))
    try:
        _read(plugin, path, evolve(match, level=_NONE))
    except AmprentaError:
        return
    yield f"it is read at the level {_NONE!r}"


def _odd(plugin: Plugin, level: str, table: FeatureTable, rows: int) -> Iterator[str]:
    if _accounted(table) != rows:
        yield f"it accounts for {_accounted(table)} rows, not {rows}"
    if not is_measured(table):
        yield "the table holds not one value"
    kinds = {ref.type for ref in table.features}
    if not _is_right(kinds, level, plugin.info.feature_types):
        yield f"its features are of the types {sorted(kinds)}"


def _accounted(table: FeatureTable) -> int:
    """Rows measured and set aside; that they are all that were read is a promise of its own."""
    return table.rows_measured + sum(problem.row is not None for problem in table.problems)


def _is_right(kinds: set[str], level: str, declared: Sequence[str]) -> bool:
    """Whether features are of one type that is declared: that of the level's name, where it is one."""
    return len(kinds) == 1 and kinds <= set(declared) and (level not in declared or kinds == {level})


def _read(plugin: Plugin, path: Path, match: Match) -> FeatureTable:
    return plugin.extract(plugin.parse(path, match))
