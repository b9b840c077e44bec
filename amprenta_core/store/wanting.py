"""What is wanted of each sink: a hash of every item, written in the transaction that changes the item.

A hash is computed while the item's states are locked, so of two writers the later one hashes what both wrote, and a
hash that comes back stands for the same content. Locks are taken in one order everywhere: sink, kind, item.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from amprenta_core.outgoing import KINDS, ItemKey, Kind

CHANNEL = "amprenta_sync"
SLICE = 1_000
"""Items of one statement."""
PARENTS: tuple[Kind, ...] = ("program", "experiment")
PAGES = "notion"
"""The sink whose ``remote_id`` is the page of an item."""

TABLES: Mapping[Kind, str] = {kind: f"{kind}s" for kind in KINDS}
_NARRATIVES = (
    "(SELECT array_agg(ROW(n.id, n.title, n.url, sha256(convert_to(n.text, 'UTF8'))) ORDER BY n.id) "
    "FROM narratives n WHERE n.kind = k.kind AND n.item_id = k.id)"
)
_COMPONENTS = (
    "(SELECT array_agg(ROW(c.feature_type, c.name, c.direction, c.weight) ORDER BY c.position) "
    "FROM signature_components c WHERE c.signature_id = i.id)"
)
_PROGRAM = "p.id, p.name, p.notion_page_id"
_PARENTS = f"{_PROGRAM}, e.id, e.name, e.notion_page_id, e.program_id"
_JOINS = (
    "LEFT JOIN revisions r ON r.dataset_id = i.id AND r.number = i.current "
    "LEFT JOIN programs p ON p.id = i.program_id LEFT JOIN experiments e ON e.id = i.experiment_id"
)
_CONTENT: Mapping[Kind, tuple[str, str]] = {
    "program": (f"i.name, i.description, i.disease, i.external_ids, {_NARRATIVES}", ""),
    "experiment": (
        f"i.name, i.description, i.external_ids, {_PROGRAM}, {_NARRATIVES}",
        "LEFT JOIN programs p ON p.id = i.program_id",
    ),
    "signature": (
        f"i.name, i.description, i.external_ids, {_COMPONENTS}, {_NARRATIVES}",
        "",
    ),
    "dataset": (
        f"i.name, i.description, i.omics_type, i.external_ids, i.current, r.fingerprint, {_PARENTS}, {_NARRATIVES}",
        _JOINS,
    ),
    "narrative": ("i.title, i.url, i.kind, i.item_id, sha256(convert_to(i.text, 'UTF8'))", ""),
}
"""Of each kind: what of an item is shown outside, and the joins that it takes."""
_GIVEN = "SELECT * FROM unnest(cast(:kinds AS text[]), cast(:ids AS uuid[])) AS g(kind, id)"
_MAKE_AND_LOCK = (
    f"INSERT INTO sink_state (sink, kind, item_id) SELECT s.name, k.kind, k.id FROM ({_GIVEN}) AS k "  # noqa: S608
    "CROSS JOIN unnest(cast(:sinks AS text[])) AS s(name) ORDER BY s.name, k.kind, k.id "
    "ON CONFLICT (sink, kind, item_id) DO UPDATE SET sink = excluded.sink WHERE false; "
)
"""An update of nothing still locks the row that is there."""
_LOCK = (
    f"SELECT FROM sink_state JOIN ({_GIVEN}) AS k USING (kind) WHERE item_id = k.id AND sink = ANY(:sinks) "
    "ORDER BY sink, kind, item_id FOR UPDATE OF sink_state; "
)


def want(connection: Connection, sinks: Iterable[str], keys: Iterable[ItemKey]) -> None:
    """Note in the caller's transaction what these items are now; the sinks' workers are told when it commits.

    Say it last: what is changed after it is not seen. Items that are gone are wanted away. What is unchanged is not
    written. Never waits for a request of a worker, only for other writers of the same items. Name the sinks that show
    items of these kinds, all in one call or in the order of their names.
    """
    _want(connection, _MAKE_AND_LOCK, sinks, keys)


def want_again(connection: Connection, keys: Iterable[ItemKey]) -> None:
    """The same for every sink that has seen these items."""
    sinks = connection.scalars(text("SELECT DISTINCT sink FROM sink_state"))
    _want(connection, _LOCK, sinks, keys)


def _want(connection: Connection, lock: str, sinks: Iterable[str], keys: Iterable[ItemKey]) -> None:
    slices, ordered = sliced(keys), sorted(set(sinks))
    together = [ordered] if len(slices) == 1 and ordered else [[sink] for sink in ordered]
    for some_sinks in together:
        for some in slices:
            connection.execute(_wanting(lock, _kinds(some)), {"sinks": some_sinks, **given(some)})


def children(connection: Connection, keys: Iterable[ItemKey]) -> list[ItemKey]:
    """The experiments and datasets that show the name or page of these programs and experiments."""
    query = text(
        f"WITH k AS ({_GIVEN}) SELECT 'experiment', e.id FROM experiments e "  # noqa: S608
        "JOIN k ON k.kind = 'program' AND k.id = e.program_id UNION "
        "SELECT 'dataset', d.id FROM datasets d JOIN k ON (k.kind, k.id) IN (('program', d.program_id), "
        "('experiment', d.experiment_id)) ORDER BY 1, 2"
    )
    parents = [key for key in keys if key.kind in PARENTS]
    return [key_of(kind, item) for kind, item in connection.execute(query, given(parents))] if parents else []


def outdated(connection: Connection, sink: str, kinds: Collection[Kind]) -> list[ItemKey]:
    """The items of which the sink's state is not what they are now: new, changed or gone."""
    items = [f"SELECT cast('{kind}' AS text) AS kind, id FROM {TABLES[kind]}" for kind in sorted(kinds)]  # noqa: S608
    known = "SELECT kind, item_id FROM sink_state WHERE sink = :sink AND kind = ANY(:kinds)"
    query = text(
        f"WITH {_hashed(' UNION ALL '.join(items) + ' UNION ' + known, tuple(sorted(kinds)))} SELECT w.kind, w.id "  # noqa: S608
        "FROM w LEFT JOIN sink_state s ON s.sink = :sink AND s.kind = w.kind AND s.item_id = w.id "
        "WHERE s.wanted IS DISTINCT FROM w.hash ORDER BY 1, 2"
    )
    return [key_of(kind, item) for kind, item in connection.execute(query, {"sink": sink, "kinds": sorted(kinds)})]


def set_page(connection: Connection, key: ItemKey, page: str | None) -> None:
    """Write which page an item has; the items that show it are wanted again.

    Want ``children`` again once more when this is committed: one that is written meanwhile sees the old page, and is
    not seen here. Say it before any other lock on states.
    """
    if key.kind == "narrative":  # its page is where it came from
        return
    statement = text(
        f"UPDATE {TABLES[key.kind]} SET notion_page_id = :page "  # noqa: S608  # names of our own tables
        "WHERE id = :id AND notion_page_id IS DISTINCT FROM :page"
    )
    if connection.execute(statement, {"page": page, "id": key.id}).rowcount and key.kind in PARENTS:
        want_again(connection, [key, *children(connection, [key])])  # all in one order


def sliced(keys: Iterable[ItemKey]) -> list[Sequence[ItemKey]]:
    """Each item once, in the order in which all lock, in slices that fit a statement."""
    ordered = sorted(set(keys))
    return [ordered[at : at + SLICE] for at in range(0, len(ordered), SLICE)]


def given(keys: Sequence[ItemKey]) -> dict[str, Any]:
    """The parameters ``kinds`` and ``ids`` of a statement over items."""
    return {"kinds": [key.kind for key in keys], "ids": [str(key.id) for key in keys]}


def key_of(kind: Any, item: Any) -> ItemKey:
    """A key from what the database says."""
    return ItemKey(kind=kind, id=UUID(str(item)))


def _kinds(keys: Sequence[ItemKey]) -> tuple[Kind, ...]:
    return tuple(sorted({key.kind for key in keys}))


@lru_cache
def _wanting(lock: str, kinds: tuple[Kind, ...]) -> TextClause:
    """Locks the states, then hashes with a new snapshot: two statements, one round trip."""
    return text(
        f"{lock} WITH {_hashed(_GIVEN, kinds)}, changed AS (UPDATE sink_state s SET wanted = w.hash, "  # noqa: S608
        "attempts = 0, failed = false, next_try = now(), error = NULL, wanted_at = now() FROM w WHERE s.kind = w.kind "
        "AND s.item_id = w.id AND s.sink = ANY(:sinks) AND s.wanted IS DISTINCT FROM w.hash RETURNING 1) "
        f"SELECT pg_notify('{CHANNEL}', '') WHERE EXISTS (SELECT FROM changed)"
    )


def _hashed(items: str, kinds: tuple[Kind, ...]) -> str:
    """SQL of ``w``: (kind, id, hash) of the items of these kinds, the hash NULL where an item is gone."""
    found = " UNION ALL ".join(
        f"SELECT k.kind, k.id, ROW({_CONTENT[kind][0]})::text AS what FROM k "  # noqa: S608
        f"JOIN {TABLES[kind]} i ON k.kind = '{kind}' AND i.id = k.id {_CONTENT[kind][1]}"
        for kind in kinds
    )
    return (
        f"k AS MATERIALIZED ({items}), w AS MATERIALIZED (SELECT k.kind, k.id, "  # noqa: S608
        "left(encode(sha256(convert_to(f.what, 'UTF8')), 'hex'), 32) AS hash "
        f"FROM k LEFT JOIN ({found}) AS f USING (kind, id))"
    )
