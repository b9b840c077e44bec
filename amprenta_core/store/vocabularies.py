"""Vocabulary packs in Postgres: pages of terms each, put in force at once.

Who changes packs holds a lock for the session, one at a time. Who writes datasets holds a shared lock on what is in
force until the transaction ends, so that a name is never stored by vocabularies that are no longer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen
from sqlalchemy import Connection, text

from amprenta_core.errors import Conflict, NotFound
from amprenta_core.store.database import Database
from amprenta_core.vocabularies import paging
from amprenta_core.vocabularies.reading import LABEL
from amprenta_core.vocabularies.resolving import Book, Hit

FeatureKey = tuple[str, str, str]
"""Type, namespace and accession."""

IN_FORCE_LOCK = 0x616D70_766F63
"""Shared by who writes names, exclusive for the moment in which other vocabularies come into force."""
_CHANGE_LOCK = IN_FORCE_LOCK + 1
_LOOK_UP = text(
    "SELECT t.terms FROM unnest(cast(:pages AS int[])) AS k CROSS JOIN LATERAL (SELECT terms FROM vocabulary_pages p "
    "WHERE p.vocabulary_no = :no AND p.page = k OFFSET 0) t"
)
"""One look into the index for each page, whatever the planner thinks of a table that it has not analysed yet."""
_SOURCES = text(
    "SELECT no, feature_type, folding, organism, pages, sources, namespaces FROM vocabularies "
    "WHERE no = ANY(cast(:packs AS int[])) ORDER BY no"
)
_PACKS = "SELECT no, kind, name, version, source, licence, organism, feature_type, folding, content_sha256, entries, "
_PACKS += "terms, withdrawn, unread, in_force, added_at FROM vocabularies"


@frozen(kw_only=True)
class Pack:
    """A stored vocabulary. ``no`` is its number in this database; ``in_force`` says whether names resolve by it."""

    no: int
    kind: str
    name: str
    version: str
    source: str
    licence: str | None
    organism: str | None
    feature_type: str
    folding: str
    content_sha256: str
    entries: int
    terms: int
    withdrawn: int
    unread: int
    in_force: bool
    added_at: datetime

    @property
    def title(self) -> str:
        """How a person calls it."""
        return f"{self.kind}/{self.name}@{self.version}"


@frozen(kw_only=True)
class NewPack:
    """What is known of a vocabulary before it is read."""

    name: str
    version: str
    source: str
    licence: str | None
    organism: str | None
    content_sha256: str


def generation(connection: Connection) -> int:
    """How often what is in force has changed."""
    return int(connection.scalar(text("SELECT generation FROM vocabulary_state")) or 0)


def settled(connection: Connection) -> bool:
    """Whether all stored names were resolved by what is in force."""
    return bool(connection.scalar(text("SELECT generation = settled FROM vocabulary_state")))


def settle(connection: Connection) -> None:
    """Note that all stored names were resolved by what is in force."""
    connection.execute(text("UPDATE vocabulary_state SET settled = generation"))


def packs(connection: Connection) -> list[Pack]:
    """All packs by kind and name, the newest of each first."""
    rows = connection.execute(text(f"{_PACKS} ORDER BY kind, name, in_force DESC, no DESC")).mappings()
    return [Pack(**row) for row in rows]


def packs_in_force(connection: Connection) -> list[Pack]:
    """The packs that names resolve by."""
    rows = connection.execute(text(f"{_PACKS} WHERE in_force ORDER BY no")).mappings()
    return [Pack(**row) for row in rows]


def find_pack(connection: Connection, said: str) -> Pack:
    """The pack that is meant: a number, ``name``, ``kind``, ``name@version`` or ``kind/name@version``.

    Raises ``NotFound``, or ``Conflict`` where it could be several.
    """
    hint = "See them with: amprenta vocab list"
    found = [pack for pack in packs(connection) if said in _calls(pack)]
    chosen = [pack for pack in found if pack.in_force] if len(found) > 1 and "@" not in said else found
    if not found:
        raise NotFound(f"there is no vocabulary {said}", hint=hint)
    if len(chosen) != 1:
        raise Conflict(f"{said} could be {' or '.join(p.title for p in found)}", hint=f"{hint}, and name it by number")
    return chosen[0]


def _calls(pack: Pack) -> set[str]:
    names = {pack.name, pack.kind, f"{pack.kind}/{pack.name}"}
    return {str(pack.no), *names, *(f"{name}@{pack.version}" for name in names)}


@contextmanager
def changing(database: Database) -> Iterator[None]:
    """While packs are changed: one process at a time."""
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _CHANGE_LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _CHANGE_LOCK})
            connection.commit()


def same_content(connection: Connection, kind: str, new: NewPack) -> Pack | None:
    """The pack that was made of the same bytes."""
    keys = {"kind": kind, "name": new.name, "hash": new.content_sha256}
    query = text(f"{_PACKS} WHERE kind = :kind AND name = :name AND content_sha256 = :hash")
    row = connection.execute(query, keys).mappings().first()
    return Pack(**row) if row else None


def put_in_force(connection: Connection, no: int) -> None:
    """Let a pack count from now on, in the place of others of its kind and name. Waits for who is writing names."""
    _change(
        connection,
        "in_force = (no = :no) WHERE (kind, name) = (SELECT kind, name FROM vocabularies WHERE no = :no)",
        no,
    )


def take_out_of_force(connection: Connection, no: int) -> None:
    """Let a pack count no longer; the newest older one of its kind and name counts again."""
    older = "SELECT max(o.no) FROM vocabularies o WHERE o.no <> :no AND (o.kind, o.name) = (v.kind, v.name)"
    same = "(SELECT kind, name FROM vocabularies WHERE no = :no AND in_force)"
    _change(connection, f"in_force = (v.no = ({older})) IS TRUE WHERE (v.kind, v.name) = {same}", no)


def _change(connection: Connection, what: str, no: int) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IN_FORCE_LOCK})
    changed = connection.execute(text(f"UPDATE vocabularies v SET {what}"), {"no": no})  # noqa: S608  # fixed texts
    if changed.rowcount:
        connection.execute(text("UPDATE vocabulary_state SET generation = generation + 1"))


def drop_pack(connection: Connection, no: int) -> None:
    """Drop a pack that is out of force, and that no link is from."""
    connection.execute(text("DELETE FROM vocabulary_pages WHERE vocabulary_no = :no"), {"no": no})
    connection.execute(text("DELETE FROM vocabularies WHERE no = :no"), {"no": no})


def look_up(connection: Connection, keys: Iterable[str], packs_in_force: Sequence[int]) -> Book:
    """The terms that have these keys, in these packs."""
    book: dict[str, list[Hit]] = {}
    for pack, cells in _terms_of(connection, keys, packs_in_force):
        if cells[2] != LABEL:
            book.setdefault(cells[0], []).append(_hit(pack, cells))
    return book


def labels(connection: Connection, features: Iterable[FeatureKey]) -> dict[FeatureKey, str]:
    """What the vocabularies in force call features (type, namespace, accession), of those that they have a name for.

    The vocabulary whose own identifier it is goes first, then the one that was added first.
    """
    wanted = set(features)
    found: dict[FeatureKey, tuple[bool, int, str]] = {}
    packs_there = [pack.no for pack in packs_in_force(connection)]
    for pack, cells in _terms_of(connection, {key for _, _, key in wanted}, packs_there):
        feature = (pack.feature_type, pack.namespaces[int(cells[3])], cells[0])
        if cells[2] == LABEL and feature in wanted:
            said = (cells[3] != "0", pack.no, cells[1])
            found[feature] = min(found.get(feature, said), said)
    return {feature: label for feature, (_, _, label) in found.items()}


def _terms_of(
    connection: Connection, keys: Iterable[str], packs_in_force: Sequence[int]
) -> Iterator[tuple[Any, Sequence[str]]]:
    """(pack, cells) of the lines that have these keys, in these packs."""
    asked = set(keys)
    if not asked or not packs_in_force:
        return
    numbers = paging.hashes(pa.array(list(asked), pa.string()))
    for pack in connection.execute(_SOURCES, {"packs": list(packs_in_force)}).all():
        wanted = np.unique(numbers & np.uint64(pack.pages - 1)).tolist()
        for page in connection.execute(_LOOK_UP, {"pages": wanted, "no": pack.no}).scalars():
            yield from ((pack, cells) for cells in paging.terms_on(page, asked))


def _hit(pack: Any, cells: Sequence[str]) -> Hit:
    key, said, number, denotes, accession, organism, _ = cells
    source: Mapping[str, Any] = pack.sources[int(number)]
    return Hit(
        vocabulary=pack.no,
        feature_type=pack.feature_type,
        folding=pack.folding,
        space=source["space"],
        evidence=source["evidence"],
        rank=source["rank"],
        said=said or key,
        namespace=pack.namespaces[int(denotes)],
        accession=accession,
        organism=organism or pack.organism,
    )
