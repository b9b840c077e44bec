"""The outbox as the application sees it: want items, see what waits and what failed, put it right.

Workers use it through ``claims``.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from attrs import frozen
from sqlalchemy import Connection, text

from amprenta_core.outgoing import Chunk, ItemKey, Kind
from amprenta_core.store.copying import json_text
from amprenta_core.store.wanting import (
    CHANNEL,
    PAGES,
    TABLES,
    children,
    given,
    key_of,
    outdated,
    set_page,
    sliced,
    want,
    want_again,
)

__all__ = [
    "Failure",
    "Known",
    "SinkStatus",
    "adopt",
    "children",
    "create_again",
    "failures",
    "known",
    "next_due",
    "now",
    "outdated",
    "page_of",
    "replace_chunks",
    "retry",
    "send_again",
    "status",
    "stays",
    "unsettled",
    "want",
    "want_again",
]

_DUE = "wanted IS DISTINCT FROM sent"
_MINE = (
    "ours AS (SELECT sink, kind, item_id FROM sink_state WHERE {where} ORDER BY sink, kind, item_id FOR UPDATE) "
    "UPDATE sink_state s SET {sets} FROM ours o WHERE (s.sink, s.kind, s.item_id) = (o.sink, o.kind, o.item_id)"
)
_GIVEN = "(kind, item_id) IN (SELECT * FROM unnest(cast(:kinds AS text[]), cast(:ids AS uuid[])))"
_AFRESH = "attempts = 0, failed = false, next_try = now(), error = NULL"
_TELL = text(f"SELECT pg_notify('{CHANNEL}', '')")


@frozen(kw_only=True)
class SinkStatus:
    """How a sink is doing. ``pending`` is on its way (``oldest_seconds``: the longest wait), ``failed`` needs someone.

    ``in_doubt`` may have been created without an answer; it is looked up before it is created again.
    """

    sink: str
    items: int
    pending: int
    oldest_seconds: float | None
    failed: int
    in_doubt: int
    last_error: str | None


@frozen(kw_only=True)
class Failure:
    """An item that is not in step because of an error. ``failed``: not tried again unless it changes or is retried."""

    sink: str
    key: ItemKey
    error: str
    failed: bool
    attempts: int
    next_try: datetime


@frozen(kw_only=True)
class Known:
    """What Postgres knows of an item at a sink. ``here``: the item is there; ``settled``: it was sent some time ago."""

    key: ItemKey
    here: bool
    state: Literal["none", "due", "failed", "in step"]
    payload: str | None
    remote_id: str | None
    settled: bool


def status(connection: Connection, sink: str | None = None) -> list[SinkStatus]:
    """Every sink that was ever wanted, or one of them, by name."""
    query = text(
        f"SELECT sink, count(wanted) AS items, count(*) FILTER (WHERE {_DUE} AND NOT failed) AS pending, "  # noqa: S608
        f"extract(epoch FROM now() - min(wanted_at) FILTER (WHERE {_DUE} AND NOT failed)) AS oldest, "
        "count(*) FILTER (WHERE failed) AS failed, count(in_doubt_since) AS in_doubt, "
        "(array_agg(error ORDER BY next_try DESC) FILTER (WHERE error IS NOT NULL))[1] AS last_error "
        "FROM sink_state WHERE cast(:sink AS text) IS NULL OR sink = :sink GROUP BY sink ORDER BY sink"
    )
    return [
        SinkStatus(
            sink=row.sink,
            items=row.items,
            pending=row.pending,
            oldest_seconds=None if row.oldest is None else float(row.oldest),
            failed=row.failed,
            in_doubt=row.in_doubt,
            last_error=row.last_error,
        )
        for row in connection.execute(query, {"sink": sink})
    ]


def failures(connection: Connection, sink: str | None = None, limit: int = 100) -> list[Failure]:
    """Items with an error: those that failed for good first, then those that are tried again."""
    query = text(
        "SELECT sink, kind, item_id, error, failed, attempts, next_try FROM sink_state WHERE error IS NOT NULL "
        "AND (cast(:sink AS text) IS NULL OR sink = :sink) ORDER BY failed DESC, next_try, kind, item_id LIMIT :limit"
    )
    return [
        Failure(
            sink=row.sink,
            key=key_of(row.kind, row.item_id),
            error=row.error,
            failed=row.failed,
            attempts=row.attempts,
            next_try=row.next_try,
        )
        for row in connection.execute(query, {"sink": sink, "limit": limit})
    ]


def retry(connection: Connection, sink: str | None = None, keys: Collection[ItemKey] | None = None) -> int:
    """Make what failed, and what waits for another try, due now; how many items that are."""
    where = f"{_DUE} AND (failed OR next_try > now()) AND (cast(:sink AS text) IS NULL OR sink = :sink)"
    slices = [None] if keys is None else sliced(keys)
    count = 0
    for some in slices:
        named = "" if some is None else f" AND {_GIVEN}"
        statement = text("WITH " + _MINE.format(where=where + named, sets=_AFRESH))
        told = {"sink": sink, **({} if some is None else given(some))}
        count += connection.execute(statement, told).rowcount
    connection.execute(_TELL)
    return count


def next_due(connection: Connection, sinks: Collection[str]) -> float | None:
    """Seconds until something is due, 0 where something is; None: nothing will be."""
    query = text(
        "SELECT extract(epoch FROM min(next_try) - now()) FROM sink_state "  # noqa: S608
        f"WHERE sink = ANY(:sinks) AND {_DUE} AND NOT failed"
    )
    seconds = connection.scalar(query, {"sinks": sorted(sinks)})
    return None if seconds is None else max(0.0, float(seconds))


def unsettled(connection: Connection, keys: Collection[ItemKey]) -> list[tuple[str, ItemKey]]:
    """Which of these items are not in step, and with which sink."""
    query = text(f"SELECT sink, kind, item_id FROM sink_state WHERE {_DUE} AND {_GIVEN} ORDER BY 1, 2, 3")  # noqa: S608
    return [
        (sink, key_of(kind, item))
        for some in sliced(keys)
        for sink, kind, item in connection.execute(query, given(some))
    ]


def now(connection: Connection) -> datetime:
    """The database's clock."""
    moment = connection.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(moment, datetime)  # noqa: S101  # it is a clock
    return moment


def known(
    connection: Connection, sink: str, kinds: Collection[Kind], began: datetime, settle: float
) -> dict[ItemKey, Known]:
    """Every item that is there or has a state. ``settled``: not sent since ``settle`` seconds before ``began``."""
    each = [f"SELECT cast('{kind}' AS text) AS kind, id AS item_id FROM {TABLES[kind]}" for kind in sorted(kinds)]  # noqa: S608
    items = " UNION ALL ".join(each)
    query = text(
        f"SELECT kind, item_id, i.kind IS NOT NULL AS here, s.payload, s.remote_id, CASE WHEN s.sink IS NULL "  # noqa: S608
        f"THEN 'none' WHEN s.failed THEN 'failed' WHEN {_DUE} THEN 'due' ELSE 'in step' END AS state, "
        "coalesce(s.sent_at <= cast(:began AS timestamptz) - make_interval(secs => :settle), true) AS settled "
        f"FROM ({items}) AS i FULL JOIN (SELECT * FROM sink_state WHERE sink = :sink AND kind = ANY(:kinds)) AS s "
        "USING (kind, item_id)"
    )
    told = {"sink": sink, "kinds": sorted(kinds), "began": began, "settle": settle}
    found: dict[ItemKey, Known] = {}
    for row in connection.execute(query, told):
        key = key_of(row.kind, row.item_id)
        found[key] = Known(
            key=key,
            here=row.here,
            state=row.state,
            payload=row.payload,
            remote_id=row.remote_id,
            settled=row.settled,
        )
    return found


def send_again(connection: Connection, sink: str, keys: Collection[ItemKey]) -> None:
    """Send these items again though they seem unchanged: what is there, or what is said of them, may be another."""
    _reset(connection, sink, keys, f"sent = '', payload = NULL, {_AFRESH}")


def create_again(connection: Connection, sink: str, key: ItemKey) -> None:
    """Send an item that is not there any more, or never was: it is looked up once more, then created."""
    if sink == PAGES:
        set_page(connection, key, None)
    want(connection, [sink], [key])
    long_ago = "in_doubt_since = now() - interval '1 day'"
    _reset(connection, sink, [key], f"sent = '', payload = NULL, remote_id = NULL, {long_ago}, {_AFRESH}")


def adopt(connection: Connection, sink: str, key: ItemKey, remote_id: str) -> None:
    """Take what is there for the item's own, and bring it in step: what was noted of its content holds no more."""
    if sink == PAGES:
        set_page(connection, key, remote_id)
    want(connection, [sink], [key])
    sets = "sent = '', payload = NULL, remote_id = :remote_id, in_doubt_since = NULL"
    if sink == PAGES:
        sets += ", detail = detail - 'body' - 'region'"
    _reset(connection, sink, [key], f"{sets}, {_AFRESH}", remote_id=remote_id)


def page_of(connection: Connection, key: ItemKey) -> str | None:
    """The page of an item, None where it has none."""
    query = text(f"SELECT notion_page_id FROM {TABLES[key.kind]} WHERE id = :id")  # noqa: S608  # our own tables
    page = connection.scalar(query, {"id": key.id})
    return None if page is None else str(page)


def _reset(connection: Connection, sink: str, keys: Collection[ItemKey], sets: str, **told: str) -> None:
    statement = text("WITH " + _MINE.format(where=f"sink = :sink AND {_GIVEN}", sets=sets))
    for some in sliced(keys):
        connection.execute(statement, {"sink": sink, **given(some), **told})
    connection.execute(_TELL)


def stays(connection: Connection, key: ItemKey) -> bool:
    """Whether an item is there; it cannot be deleted before this transaction ends."""
    query = text(f"SELECT 1 FROM {TABLES[key.kind]} WHERE id = :id FOR KEY SHARE")  # noqa: S608  # our own tables
    return connection.scalar(query, {"id": key.id}) is not None


def replace_chunks(connection: Connection, key: ItemKey, chunks: Sequence[Chunk]) -> None:
    """Make these the texts that an item is found by; what is unchanged is not written."""
    one = {"kind": key.kind, "id": key.id}
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": f"chunks {key}"})
    ids = [chunk.id for chunk in chunks]
    gone = text("DELETE FROM chunks WHERE kind = :kind AND item_id = :id AND NOT id = ANY(:ids)")
    connection.execute(gone, {**one, "ids": ids})
    rows = [
        {"id": c.id, "kind": key.kind, "item_id": str(key.id), "position": c.position, "text": c.text} for c in chunks
    ]
    kept = text(
        "INSERT INTO chunks AS c SELECT k.* FROM jsonb_populate_recordset(NULL::chunks, cast(:rows AS jsonb)) AS k "
        "ON CONFLICT (id) DO UPDATE SET (kind, item_id, position, text) = "
        "(excluded.kind, excluded.item_id, excluded.position, excluded.text) "
        "WHERE (c.kind, c.item_id, c.position, c.text) IS DISTINCT FROM "
        "(excluded.kind, excluded.item_id, excluded.position, excluded.text)"
    )
    connection.execute(kept, {"rows": json_text(rows)})
