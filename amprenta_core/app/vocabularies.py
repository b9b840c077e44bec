"""Adding, removing and comparing vocabularies; stored names follow, and no file is read again."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit, urlunsplit

from attrs import field, frozen

from amprenta_core import ingest
from amprenta_core.errors import FileError, SettingsError
from amprenta_core.store import packs, relinking, vocabularies
from amprenta_core.store.relinking import Move
from amprenta_core.store.vocabularies import NewPack, Pack
from amprenta_core.vocabularies import reading
from amprenta_core.vocabularies.kinds import VocabularyKind
from amprenta_core.vocabularies.organisms import organism_named
from amprenta_core.vocabularies.reading import Opened

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from amprenta_core.app import App

_DATE = re.compile(r"(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_HASH_SHOWN = 12


@frozen(kw_only=True)
class Wanted:
    """A vocabulary that is to be added: its kind, where its file is, and what it is to be called."""

    kind: str
    file: str | None = None
    url: str | None = None
    name: str | None = None
    version: str | None = None
    organism: str | None = None


@frozen(kw_only=True)
class Changed:
    """What became of a vocabulary, and the names whose links moved. ``pack`` is None where only asked (dry run).

    ``replaced`` counts no more: the one of the same kind and name that was in force before.
    """

    status: Literal["added", "unchanged", "removed", "compared", "resolved"]
    pack: Pack | None
    moves: Sequence[Move] = ()
    replaced: Pack | None = None


@frozen(kw_only=True)
class Telling:
    """Who hears of progress: the bytes of a file that were read, the stored names that were resolved."""

    read: Callable[[int], None] = field(default=lambda _: None)
    resolved: Callable[[int], None] = field(default=lambda _: None)


class _Undo(Exception):
    """Takes back what a dry run stored: not an error, but how its transaction ends."""


def add(app: "App", wanted: Wanted, telling: Telling, *, dry_run: bool = False) -> Changed:
    """Add a vocabulary and resolve stored names by it. The same bytes again change nothing.

    Raises ``FileError`` for a file that is none of its kind, cut or damaged; then nothing is stored.
    """
    kind = app.kinds.named(wanted.kind)
    path, source = _file(kind, wanted)
    file = reading.understand(path, kind)
    new = _described(wanted, kind, path, source)
    if dry_run:
        return Changed(status="compared", pack=None, moves=_tried(app, file, new, telling))
    with vocabularies.changing(app.database):
        with app.connection() as connection:
            pack = vocabularies.same_content(connection, kind.name, new)
            status: Literal["added", "unchanged"] = "unchanged" if pack and pack.in_force else "added"
            before = [p for p in vocabularies.packs_in_force(connection) if (p.kind, p.name) == (kind.name, new.name)]
            no = pack.no if pack else _stored(connection, file, new, telling)
            if status == "added":
                vocabularies.put_in_force(connection, no)
        moved = _resolve_stored(app, telling)
        with app.connection() as connection:
            pack = vocabularies.find_pack(connection, str(no))
    replaced = next((p for p in before if p.no != pack.no), None)
    return Changed(status=status, pack=pack, moves=moved, replaced=replaced)


def remove(app: "App", said: str, telling: Telling) -> Changed:
    """Remove a vocabulary; links that came from it go, and what names denoted without it comes back."""
    with vocabularies.changing(app.database):
        with app.connection() as connection:
            pack = vocabularies.find_pack(connection, said)
            vocabularies.take_out_of_force(connection, pack.no)
        moved = _resolve_stored(app, telling)
        with app.connection() as connection:
            vocabularies.drop_pack(connection, pack.no)
    return Changed(status="removed", pack=pack, moves=moved)


def resolve(app: "App", telling: Telling) -> Changed:
    """Resolve all stored names again, as after an interruption."""
    with vocabularies.changing(app.database):
        return Changed(status="resolved", pack=None, moves=_resolve_stored(app, telling, again=True))


def diff(app: "App", old: str, new: str) -> list[Move]:
    """The stored names that denote something else by one pack than by another."""
    with app.connection() as connection:
        one, other = (vocabularies.find_pack(connection, said) for said in (old, new))
        rest = [p.no for p in vocabularies.packs_in_force(connection) if p.no not in (one.no, other.no)]
        before, after = ([*rest, one.no], [*rest, other.no])
        return list(relinking.moves(connection, before, after, app.kinds.rules))


def packs_stored(app: "App") -> tuple[list[Pack], bool]:
    """All packs, and whether all stored names were resolved by those in force."""
    with app.connection() as connection:
        return vocabularies.packs(connection), vocabularies.settled(connection)


def _file(kind: VocabularyKind, wanted: Wanted) -> tuple[Path, str]:
    if (wanted.file is None) == (wanted.url is None):
        where = f"{kind.title}: {kind.home}" if kind.home else kind.title
        raise SettingsError("say --file or --url", hint=f"The file is published here, {where}")
    if wanted.url is not None:
        [target] = ingest.targets([wanted.url])
        return target.path, _without_secrets(wanted.url)
    path = Path(str(wanted.file))
    if not path.is_file():
        raise FileError("there is no such file", path=path, hint="Check the path")
    return path, path.name


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _described(wanted: Wanted, kind: VocabularyKind, path: Path, source: str) -> NewPack:
    content = ingest.content_hash(path)
    return NewPack(
        name=wanted.name or kind.name,
        version=wanted.version or version_of(source) or content[:_HASH_SHOWN],
        source=source,
        licence=kind.licence,
        organism=kind.organism or organism_named(wanted.organism),
        content_sha256=content,
    )


def version_of(source: str) -> str | None:
    """The date in a file's name, None where there is none.

    >>> version_of("hgnc_complete_set_2024-05-01.txt"), version_of("refmet.csv")
    ('2024-05-01', None)
    """
    match = _DATE.search(source)
    return "-".join(part for part in match.groups() if part) if match else None


def _stored(connection: "Connection", file: Opened, new: NewPack, telling: Telling) -> int:
    unread = reading.Unread()
    no = packs.add_pack(connection, file, new, reading.batches(file, unread, telling.read), unread)
    if not vocabularies.find_pack(connection, str(no)).entries:
        raise FileError("it has no entry", path=file.path, hint="The file is cut, or all its entries are withdrawn")
    return no


def _tried(app: "App", file: Opened, new: NewPack, telling: Telling) -> list[Move]:
    moved: list[Move] = []
    try:
        with app.connection() as connection:
            no = _stored(connection, file, new, telling)
            others = vocabularies.packs_in_force(connection)
            rest = [p.no for p in others if (p.kind, p.name) != (file.kind.name, new.name)]
            moved = list(relinking.moves(connection, None, [*rest, no], app.kinds.rules))
            raise _Undo
    except _Undo:
        return moved


def _resolve_stored(app: "App", telling: Telling, *, again: bool = False) -> list[Move]:
    """Resolve all stored names by what is in force, unless they were: a batch, a transaction."""
    with app.connection() as connection:
        if vocabularies.settled(connection) and not again:
            return []
        numbers = [pack.no for pack in vocabularies.packs_in_force(connection)]
    moved = [move for batch in _batches(app, numbers, telling) for move in batch]
    with app.connection() as connection:
        vocabularies.settle(connection)
    return moved


def _batches(app: "App", numbers: Sequence[int], telling: Telling) -> Iterator[list[Move]]:
    last: int | None = 0
    while last is not None:
        with app.connection() as connection:
            last, moved = relinking.resolve_batch(connection, last, numbers, app.kinds.rules)
        telling.resolved(len(moved))
        yield moved
