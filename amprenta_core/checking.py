"""What each plugin sees in a file and why, for authors: the answers, and the declared formats that nearly fit."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from attrs import field, frozen

from amprenta_core.formats import TableFormat, compiled, fold
from amprenta_core.guarding import TookTooLong
from amprenta_core.plugins import Claim, Plugin, Plugins
from amprenta_core.written import FileHead, TableHead

_ROWS, _COLUMNS, _NEAREST, _SHOWN = 80, 6, 3, 2


@frozen(kw_only=True)
class NearMiss:
    """A declared format that does not fit: ``has`` of the columns that it asks for, and what is ``missing``.

    ``in_the_way`` are columns that the format must not have; ``why`` is what else keeps it from fitting.
    """

    format: str
    has: tuple[str, ...]
    missing: tuple[str, ...] = ()
    in_the_way: tuple[str, ...] = ()
    why: str | None = None
    fit: float = field(default=0.0, repr=False)

    @property
    def said(self) -> str:
        """The same in words."""
        parts = [f"no column {', no column '.join(self.missing)}"] if self.missing else []
        parts += [f"the column {name} is there, which it must not have" for name in self.in_the_way]
        parts += [self.why] if self.why else []
        has = f" (has {', '.join(self.has)})" if self.has else ""
        return "; ".join(parts) + has


@frozen(kw_only=True)
class Answer:
    """What one plugin said of a file, and of the formats that it declares which come nearest where it declined."""

    plugin: str
    distribution: str
    claim: Claim
    nearest: tuple[NearMiss, ...] = ()


def answers(plugins: Plugins, head: FileHead) -> list[Answer]:
    """The answer of every installed plugin, best first."""
    return [_answer(plugins.loaded[claim.plugin], claim, head) for claim in plugins.claims(head)]


def _answer(plugin: Plugin, claim: Claim, head: FileHead) -> Answer:
    nearest: tuple[NearMiss, ...] = ()
    if claim.match is None and not plugin.standing.set_aside:
        try:
            nearest = plugin.watchdog.run(lambda: tuple(_nearest(plugin, head)))
        except (Exception, TookTooLong):  # noqa: BLE001  # a test of names is the plugin's code; its answer stands anyway
            nearest = ()
    return Answer(plugin=plugin.info.name, distribution=plugin.distribution, claim=claim, nearest=nearest)


def _nearest(plugin: Plugin, head: FileHead) -> list[NearMiss]:
    misses = [_miss(declared, table) for declared in declared_by(plugin) for table in head.tables[:_NEAREST]]
    found = [miss for miss in misses if miss is not None]
    return sorted(found, key=lambda miss: -miss.fit)[:_NEAREST]


def declared_by(plugin: Plugin) -> list[TableFormat]:
    """The formats that stand in the modules of a plugin, each once; those read by code of its own are not known."""
    found: dict[str, TableFormat] = {}
    package = plugin.module.split(".")[0]
    for name, module in sorted(sys.modules.items()):
        if name == plugin.module or name.startswith(f"{package}."):
            found |= {declared.name: declared for declared in _formats_in(tuple(vars(module).values()))}
    names = {info.name for info in plugin.info.formats}
    return [declared for name, declared in found.items() if name in names]


def _formats_in(values: Iterable[object]) -> Iterator[TableFormat]:
    for value in values:
        if isinstance(value, TableFormat):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from (one for one in value if isinstance(one, TableFormat))


def _miss(declared: TableFormat, table: TableHead) -> NearMiss | None:
    """How far a table is from a format: by the row that has most of its columns; None where it has none."""
    if not declared.header:
        return _free_miss(declared, table)
    best: NearMiss | None = None
    for row in islice(table.rows, _ROWS):
        there = {fold(cell) for cell in row}
        has = tuple(_words(name) for name in declared.header if _is_in(name, there))
        if has and (best is None or len(has) > len(best.has)):
            missing = tuple(_words(name) for name in declared.header if not _is_in(name, there))
            best = NearMiss(
                format=declared.name,
                has=has,
                missing=missing,
                in_the_way=tuple(name for name in declared.without if _is_in(name, there)),
                why=_beside_columns(declared, row) if not missing else None,
                fit=len(has) / len(declared.header),
            )
    return best


def _beside_columns(declared: TableFormat, row: Sequence[str]) -> str:
    """What may be wrong where all required columns are there."""
    cells = [cell.strip() for cell in row]
    unlike = [pattern for pattern in declared.columns_like if not any(map(compiled(pattern).match, cells))]
    if unlike:
        return f"no column is like {' or '.join(unlike)}"
    names = f" that are {declared.feature_type}s" if declared.names else ""
    return f"its columns are there, but no names{names} or no numbers below them"


def _free_miss(declared: TableFormat, table: TableHead) -> NearMiss | None:
    """A format without a header of its own goes by names alone."""
    if declared.names is None or declared.section is not None:
        return None
    rows = list(islice(table.rows, _ROWS))
    cells = {cell.strip() for row in rows for cell in row[:_COLUMNS]} | {c.strip() for row in rows[:1] for c in row}
    ours = sum(1 for cell in cells if cell and declared.names(cell))
    if not ours:
        return None
    why = f"{ours} of {len(cells)} cells looked at are {declared.feature_type}s, too few or without numbers beside them"
    return NearMiss(format=declared.name, has=(), why=why, fit=ours / len(cells) / 2)


def _is_in(either: str, there: set[str]) -> bool:
    return any(fold(name) in there for name in either.split("|"))


def _words(either: str) -> str:
    names = either.split("|")
    others = len(names) - _SHOWN
    rest = [f"{others} other name{'s' if others > 1 else ''}"] if others > 0 else []
    return " or ".join([*names[:_SHOWN], *rest])
