"""The outbox as a worker uses it: claim what is due, read it, note what became of it.

A claim is a session's advisory lock on the worker's own connection: it ends with the worker, however that ends, and no
row is locked while a request runs.
"""

import select
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, Engine, text

from amprenta_core.errors import SinkUnavailable
from amprenta_core.outgoing import ItemKey, NotSent, Sent
from amprenta_core.store.copying import json_text
from amprenta_core.store.database import translated
from amprenta_core.store.wanting import CHANNEL, PAGES, given, key_of, set_page, sliced

_LONGEST_ERROR = 2_000
_DUE = "sink = :sink AND wanted IS DISTINCT FROM sent AND NOT failed AND next_try <= now()"
_ONE = "sink = :sink AND kind = :kind AND item_id = :id"
_OURS = (
    "ours AS (SELECT sink, kind, item_id FROM sink_state JOIN unnest(cast(:kinds AS text[]), cast(:ids AS uuid[])) "
    "AS k(kind, id) USING (kind) WHERE sink = :sink AND item_id = k.id ORDER BY sink, kind, item_id "
    "FOR UPDATE OF sink_state)"
)
"""The states of some items, locked in the order in which all lock."""
_CLAIM = text(
    f"WITH due AS MATERIALIZED (SELECT kind, item_id FROM sink_state WHERE {_DUE} AND kind = :kind "  # noqa: S608
    "ORDER BY next_try, item_id LIMIT :count OFFSET :skip) "
    "SELECT item_id, pg_try_advisory_lock(hashtextextended("
    "concat_ws(' ', 'amprenta', cast(:sink AS text), kind, item_id), 0)) FROM due"
)
"""The limit stands inside: a lock is tried for exactly the rows that come back."""
_STATES = text(
    "SELECT kind, item_id, wanted, payload, remote_id, detail, attempts, error, "  # noqa: S608
    f"extract(epoch FROM now() - in_doubt_since) AS doubt FROM sink_state WHERE {_DUE} AND (kind, item_id) IN "
    "(SELECT * FROM unnest(cast(:kinds AS text[]), cast(:ids AS uuid[])))"
)
_BEGIN = text(
    f"WITH {_OURS}, new AS (SELECT * FROM unnest(cast(:new_kinds AS text[]), cast(:new_ids AS uuid[])) AS n(kind, id)) "  # noqa: S608
    "UPDATE sink_state s SET payload = NULL, sent = '', in_doubt_since = CASE WHEN "
    "(s.kind, s.item_id) IN (SELECT * FROM new) THEN now() ELSE s.in_doubt_since END FROM ours o "
    "WHERE (s.sink, s.kind, s.item_id) = (o.sink, o.kind, o.item_id)"
)
_ANNOUNCE = text(
    f"WITH {_OURS} UPDATE sink_state s SET detail = cast(:details AS jsonb) -> concat(s.kind, ' ', s.item_id) "  # noqa: S608
    "FROM ours o WHERE (s.sink, s.kind, s.item_id) = (o.sink, o.kind, o.item_id)"
)
_SENT = text(
    "UPDATE sink_state SET sent = :wanted, payload = :payload, remote_id = :remote_id, "  # noqa: S608
    "detail = cast(:detail AS jsonb), attempts = 0, failed = false, in_doubt_since = NULL, error = NULL, "
    f"sent_at = now() WHERE {_ONE}"
)
_TAKEN_AWAY = text(f"DELETE FROM sink_state WHERE {_ONE} AND wanted IS NULL")  # noqa: S608
_SAME = "wanted IS NOT DISTINCT FROM :wanted"
_REMOTE = "CASE WHEN cast(:detail AS jsonb) IS NULL THEN coalesce(:remote_id, remote_id) ELSE :remote_id END"
_FAILED = text(
    f"UPDATE sink_state SET failed = CASE WHEN {_SAME} THEN :failed ELSE failed END, "  # noqa: S608
    f"attempts = CASE WHEN {_SAME} THEN attempts + :counted ELSE attempts END, "
    f"next_try = CASE WHEN {_SAME} OR :in_doubt THEN to_timestamp(ceil(extract(epoch FROM clock_timestamp() "
    "+ make_interval(secs => :seconds)) / :grain) * :grain) ELSE next_try END, "
    f"error = CASE WHEN {_SAME} THEN :error ELSE error END, "
    f"in_doubt_since = CASE WHEN :in_doubt THEN now() END, remote_id = {_REMOTE}, "
    "detail = coalesce(cast(:detail AS jsonb), detail), sent = CASE WHEN :in_doubt "
    f"OR {_REMOTE} IS NOT NULL THEN sent ELSE nullif(sent, '') END WHERE {_ONE}"
)


@frozen(kw_only=True)
class Claimed:
    """A state that is due. ``wanted`` None: the item is gone. ``doubt``: seconds since a creation without an answer."""

    key: ItemKey
    wanted: str | None
    payload: str | None = None
    remote_id: str | None = None
    detail: Mapping[str, Any] = field(factory=dict)
    attempts: int = 0
    error: str | None = None
    doubt: float | None = None


@frozen(kw_only=True)
class Later:
    """When an item that was not sent is tried again.

    ``seconds`` from now, rounded up to a multiple of ``grain``, so that what failed together is tried together.
    """

    seconds: float
    grain: float = 1.0
    counted: bool = True


@contextmanager
def dedicated(engine: Engine) -> Iterator[Connection]:
    """A worker's own connection: its claims end with it, and it hears of what was wanted.

    Raises ``SinkUnavailable`` where the database does not answer.
    """
    with translated(), engine.connect() as connection:
        own = connection.execution_options(isolation_level="AUTOCOMMIT")
        own.detach()
        own.execute(text(f"LISTEN {CHANNEL}"))
        yield own


def heard(own: Connection, seconds: float) -> bool:
    """Wait until something is wanted, at most so long. What was wanted since the last call counts."""
    with translated():
        driver: Any = own.connection.dbapi_connection
        if not driver.notifies and select.select([driver], [], [], seconds)[0]:
            driver.poll()
        woken = bool(driver.notifies)
        driver.notifies.clear()
        return woken


def claim(own: Connection, sink: str, kinds: Sequence[str], limit: int) -> list[ItemKey]:
    """Claim what is due of the first of these kinds that has anything due; what others have claimed is passed over.

    Of one kind, so that what the others point to has its page before they are read. Read it with ``states`` in a
    transaction begun afterwards: another worker may just have sent it.
    """
    with translated():
        each = (_claim(own, sink, kind, limit) for kind in kinds)
        return next((ours for ours in each if ours), [])


def _claim(own: Connection, sink: str, kind: str, limit: int) -> list[ItemKey]:
    ours: dict[ItemKey, None] = {}
    skip = 0
    while len(ours) < limit:
        count = limit - len(ours)
        rows = own.execute(_CLAIM, {"sink": sink, "kind": kind, "count": count, "skip": skip}).all()
        ours.update((key_of(kind, item), None) for item, free in rows if free)
        skip += len(rows)
        if len(rows) < count:
            break
    return list(ours)


def release(own: Connection) -> None:
    """Give all claims of this connection back."""
    with translated():
        own.execute(text("SELECT pg_advisory_unlock_all()"))


def one_snapshot(connection: Connection) -> None:
    """First in a transaction: states and items are then read as they were at one moment."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def states(connection: Connection, sink: str, keys: Sequence[ItemKey]) -> list[Claimed]:
    """The states of these items that are still due, in the order of the keys."""
    rows = connection.execute(_STATES, {"sink": sink, **given(keys)})
    found = {key_of(row.kind, row.item_id): row for row in rows}
    return [
        Claimed(
            key=key,
            wanted=found[key].wanted,
            payload=found[key].payload,
            remote_id=found[key].remote_id,
            detail=found[key].detail,
            attempts=found[key].attempts,
            error=found[key].error,
            doubt=None if found[key].doubt is None else float(found[key].doubt),
        )
        for key in keys
        if key in found
    ]


def begin(connection: Connection, sink: str, keys: Sequence[ItemKey], new: Sequence[ItemKey]) -> None:
    """Note before a request, and commit: these items may soon be another way there, and ``new`` ones may be created.

    So nothing that a killed worker leaves behind is taken for what was there before.
    """
    created = {f"new_{name}": values for name, values in given(new).items()}
    connection.execute(_BEGIN, {"sink": sink, **given(keys), **created})


def announce(connection: Connection, sink: str, details: Mapping[ItemKey, Mapping[str, Any]]) -> None:
    """Note the details of items before a request, so that whoever goes on after a kill knows what may be there."""
    keyed = {f"{key.kind} {key.id}": detail for key, detail in details.items()}
    connection.execute(_ANNOUNCE, {"sink": sink, "details": json_text(keyed), **given(sorted(details))})


def sent(connection: Connection, sink: str, done: Sent, wanted: str | None, payload: str | None) -> None:
    """Note that an item is in step with ``wanted``; one that changed meanwhile stays due. ``payload`` None: gone."""
    if sink == PAGES:
        set_page(connection, done.key, done.remote_id)
    one = {"sink": sink, "kind": done.key.kind, "id": done.key.id}
    if payload is None and connection.execute(_TAKEN_AWAY, one).rowcount:
        return
    noted = {"wanted": wanted, "payload": payload, "remote_id": done.remote_id, "detail": json_text(dict(done.detail))}
    connection.execute(_SENT, {**one, **noted})


def failed(connection: Connection, sink: str, answer: NotSent, wanted: str | None, later: Later) -> None:
    """Note that an item was not sent: tried again where the sink was unavailable, kept as failed otherwise.

    An item that changed meanwhile is due with its new state at once, unless it may have been created. With a
    ``detail``, ``remote_id`` None says that there is none any more; without, that it is what it was.
    """
    if sink == PAGES and answer.detail is not None and answer.remote_id is None:
        set_page(connection, answer.key, None)
    passing = isinstance(answer.error, SinkUnavailable)
    told = {
        "sink": sink,
        "kind": answer.key.kind,
        "id": answer.key.id,
        "wanted": wanted,
        "failed": not passing,
        "counted": int(later.counted),
        "seconds": later.seconds if passing else 0.0,
        "grain": later.grain,
        "error": str(answer.error).replace("\0", "")[:_LONGEST_ERROR],
        "in_doubt": answer.in_doubt,
        "remote_id": answer.remote_id,
        "detail": None if answer.detail is None else json_text(dict(answer.detail)),
    }
    connection.execute(_FAILED, told)


def postpone(connection: Connection, sink: str, keys: Sequence[ItemKey], settle: float) -> None:
    """Leave items that may have been created alone until ``settle`` seconds after the request."""
    statement = text(
        f"WITH {_OURS} UPDATE sink_state s SET next_try = greatest(s.next_try, s.in_doubt_since "  # noqa: S608
        "+ make_interval(secs => :settle)) FROM ours o "
        "WHERE (s.sink, s.kind, s.item_id) = (o.sink, o.kind, o.item_id) AND s.in_doubt_since IS NOT NULL"
    )
    for some in sliced(keys):
        connection.execute(statement, {"sink": sink, "settle": settle, **given(some)})
