"""``amprenta vocab``: vocabularies that make names meet."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict

from amprenta_core.cli.running import console, print_json, table

if TYPE_CHECKING:
    from amprenta_core.app import App
    from amprenta_core.app.vocabularies import Changed, Telling
    from amprenta_core.store.relinking import Move
    from amprenta_core.store.vocabularies import Pack

_MOST_MOVES = 20


def add(arguments: argparse.Namespace, app: "App") -> int:
    """Add a vocabulary, or say what it would move."""
    from amprenta_core.app.vocabularies import Wanted

    wanted = Wanted(
        kind=arguments.kind,
        file=arguments.file,
        url=arguments.url,
        name=arguments.name,
        version=arguments.version,
        organism=arguments.organism,
    )
    with _progress(Path(arguments.file) if arguments.file else None) as telling:
        changed = app.add_vocabulary(wanted, telling, dry_run=arguments.dry_run)
    return _told(arguments, changed)


def remove(arguments: argparse.Namespace, app: "App") -> int:
    """Remove a vocabulary."""
    with _progress(None) as telling:
        changed = app.remove_vocabulary(arguments.vocabulary, telling)
    return _told(arguments, changed)


def resolve(arguments: argparse.Namespace, app: "App") -> int:
    """Resolve all stored names again."""
    with _progress(None) as telling:
        changed = app.resolve_names(telling)
    return _told(arguments, changed)


def diff(arguments: argparse.Namespace, app: "App") -> int:
    """What stored names denote by one vocabulary and by another."""
    moves = app.compare_vocabularies(arguments.old, arguments.new)
    if arguments.json:
        print_json({"moved": len(moves), "moves": [asdict(move) for move in moves]})
    else:
        _show_moves(moves, most=None)
    return 0


def list_all(arguments: argparse.Namespace, app: "App") -> int:
    """The vocabularies that are there, then the kinds that can be added."""
    packs, settled = app.list_vocabularies()
    if arguments.json:
        kinds = [{"kind": k.name, "title": k.title, "home": k.home} for k in app.kinds.loaded.values()]
        broken = [asdict(wreck) for wreck in app.kinds.broken]
        print_json({"vocabularies": [_as_json(p) for p in packs], "settled": settled, "kinds": kinds, "broken": broken})
        return 0
    if packs:
        columns = ("no", "kind", "name", "version", "in force", "entries", "of", "licence", "added")
        table(columns, [_row(pack) for pack in packs])
    else:
        print("no vocabulary is there yet")
    if not settled:
        print("stored names are not all resolved by these: amprenta vocab resolve", file=sys.stderr)
    table(("kind", "is", "its file"), [(k.name, k.title, k.home or "-") for k in app.kinds.loaded.values()])
    for wreck in app.kinds.broken:
        print(f"broken: {wreck.name} ({wreck.distribution}): {wreck.why}", file=sys.stderr)
    return 0


def _row(pack: "Pack") -> tuple[Any, ...]:
    force = "yes" if pack.in_force else "older"
    day = f"{pack.added_at:%Y-%m-%d}"
    return (pack.no, pack.kind, pack.name, pack.version, force, pack.entries, pack.feature_type, pack.licence, day)


def _as_json(pack: "Pack") -> dict[str, Any]:
    return {**asdict(pack), "added_at": pack.added_at.isoformat()}


def _told(arguments: argparse.Namespace, changed: "Changed") -> int:
    if arguments.json:
        pack = _as_json(changed.pack) if changed.pack else None
        moves = [asdict(move) for move in changed.moves]
        replaced = changed.replaced.title if changed.replaced else None
        told = {"status": changed.status, "vocabulary": pack, "replaced": replaced}
        print_json({**told, "moved": len(moves), "moves": moves})
        return 0
    if changed.pack:
        print(_sentence(changed.status, changed.pack))
    if changed.replaced:
        print(f"{changed.replaced.title} counts no more: to have both, give one of them another --name")
    _show_moves(changed.moves, most=_MOST_MOVES)
    return 0


def _sentence(status: str, pack: "Pack") -> str:
    left_out = [
        f"{n:,} {what}" for n, what in ((pack.withdrawn, "withdrawn"), (pack.unread, "without all columns")) if n
    ]
    beside = f" ({', '.join(left_out)} left out)" if left_out else ""
    return f"{pack.title} {status}: {pack.entries:,} entries{beside}, {pack.terms:,} names and identifiers"


def _show_moves(moves: "Sequence[Move]", *, most: int | None) -> None:
    """How many names moved, and the first of them."""
    names = "stored name denotes" if len(moves) == 1 else "stored names denote"
    print(f"{len(moves):,} {names} something else")
    shown = moves if most is None else moves[:most]
    if shown:
        table(("type", "name", "before", "after"), [_as_cells(move) for move in shown])
    if len(shown) < len(moves):
        console().print(f"… and {len(moves) - len(shown):,} more: see them with --json", markup=False)


def _as_cells(move: "Move") -> tuple[str, str, str, str]:
    return move.feature_type, move.text, ", ".join(move.before) or "-", ", ".join(move.after) or "-"


@contextmanager
def _progress(path: Path | None) -> "Iterator[Telling]":
    """A bar on stderr, on a terminal only."""
    from amprenta_core.app.vocabularies import Telling

    if not sys.stderr.isatty():
        yield Telling()
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    size = path.stat().st_size if path and path.is_file() else None
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        read = bar.add_task("reading", total=size)
        yield Telling(read=lambda n: bar.advance(read, n), resolved=lambda _: bar.update(read, description="resolving"))
