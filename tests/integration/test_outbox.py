"""The outbox: what is wanted is written with the rows, claims end with their worker, and nobody waits for a request."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from fakes.shelf import Shelf, insert, open_shelf, update
from sqlalchemy import Connection, text

from amprenta_core.errors import SinkRejected, SinkUnavailable
from amprenta_core.outgoing import KINDS, Chunk, ItemKey, Kind, NotSent, Sent
from amprenta_core.store import claims, outbox
from amprenta_core.store.claims import Later
from amprenta_core.testing.sinks import MemorySink

if TYPE_CHECKING:
    from conftest import Workspace

SINK = "memory"


@pytest.fixture
def shelf(workspace: "Workspace") -> Iterator[Shelf]:
    made = open_shelf(workspace.settings, MemorySink())
    yield made
    made.database.close()


class Undone(Exception):
    pass


def read_states(shelf: Shelf, keys: list[ItemKey]) -> list[claims.Claimed]:
    with shelf.database.transaction() as connection:
        return claims.states(connection, SINK, keys)


def note_sent(shelf: Shelf, key: ItemKey, wanted: str | None, remote_id: str | None = "r1") -> None:
    with shelf.database.transaction() as connection:
        payload = None if wanted is None else "p"
        claims.sent(connection, SINK, Sent(key=key, remote_id=remote_id), wanted, payload)


# -- wanting ---------------------------------------------------------------------------------------------------------


def test_rows_and_the_wish_are_there_together_or_not_at_all(shelf: Shelf, workspace: "Workspace") -> None:
    def fail() -> None:
        with shelf.database.transaction() as connection:
            shelf.want(connection, [insert(connection, "program", "P")])
            raise Undone

    with pytest.raises(Undone):
        fail()
    assert workspace.one("SELECT count(*) FROM programs") == workspace.one("SELECT count(*) FROM sink_state") == 0
    key = shelf.put("program", "P")
    assert shelf.state(key)["due"]


def test_what_is_unchanged_is_not_written(shelf: Shelf, workspace: "Workspace") -> None:
    key = shelf.put("dataset", "a")
    before = workspace.rows()
    shelf.change(key, description=None, name="a")
    assert workspace.rows()["sink_state"] == before["sink_state"]


def test_a_change_gives_a_failed_item_a_fresh_start(shelf: Shelf) -> None:
    key = shelf.put("dataset", "a")
    shelf.run("UPDATE sink_state SET failed = true, attempts = 7, error = 'no', next_try = now() + interval '1 day'")
    shelf.change(key, description="mended")
    state = shelf.state(key)
    assert (state["failed"], state["attempts"], state["error"]) == (False, 0, None)
    assert state["wait"] <= 0


def test_a_deleted_item_is_wanted_away_only_where_it_may_be(shelf: Shelf) -> None:
    seen, unseen = shelf.put("dataset", "seen"), shelf.put("dataset", "unseen")
    note_sent(shelf, seen, shelf.state(seen)["wanted"])
    shelf.delete(seen)
    shelf.delete(unseen)
    assert shelf.state(seen)["wanted"] is None
    assert [shelf.state(key)["due"] for key in (seen, unseen)] == [True, False]


def test_an_item_deleted_while_it_is_created_is_wanted_away(shelf: Shelf) -> None:
    key = shelf.put("dataset", "a")
    with shelf.database.transaction() as connection:
        claims.begin(connection, SINK, [key], [key])
    shelf.delete(key)
    assert shelf.state(key)["due"]


CHANGES: list[tuple[Kind, dict[str, Any]]] = [
    ("program", {"name": "Q"}),
    ("program", {"disease": "ALS"}),
    ("program", {"external_ids": json.dumps({"a": 1})}),
    ("experiment", {"description": "d"}),
    ("signature", {"description": "d"}),
    ("dataset", {"description": "d"}),
    ("dataset", {"description": ""}),
    ("dataset", {"omics_type": "proteomics"}),
    ("dataset", {"current": 2}),
    ("narrative", {"text": "They said more."}),
]


@pytest.mark.parametrize(("kind", "columns"), CHANGES)
def test_every_shown_column_changes_what_is_wanted(shelf: Shelf, kind: Kind, columns: dict[str, Any]) -> None:
    key = shelf.put(kind, "P")
    before = shelf.state(key)["wanted"]
    shelf.change(key, **columns)
    assert shelf.state(key)["wanted"] != before


def test_a_component_changes_its_signature_and_a_narrative_its_item(shelf: Shelf) -> None:
    signature, dataset = shelf.put("signature", "S"), shelf.put("dataset", "a")
    before = [shelf.state(key)["wanted"] for key in (signature, dataset)]
    with shelf.database.transaction() as connection:
        sql = "INSERT INTO signature_components VALUES (:id, 0, 'gene', 'TP53', 'up', 1.0)"
        connection.execute(text(sql), {"id": signature.id})
        insert(connection, "narrative", "N", kind="dataset", item_id=dataset.id)
        shelf.want(connection, [signature, dataset])
    after = [shelf.state(key)["wanted"] for key in (signature, dataset)]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_children_show_the_name_and_page_of_their_program(shelf: Shelf) -> None:
    program = shelf.put("program", "P")
    experiment = shelf.put("experiment", "E", program_id=program.id)
    dataset = shelf.put("dataset", "a", experiment_id=experiment.id)
    other = shelf.put("dataset", "b")
    before = {key: shelf.state(key)["wanted"] for key in (experiment, dataset, other)}
    with shelf.database.transaction() as connection:
        update(connection, program, name="P2")
        assert outbox.children(connection, [program]) == [experiment]
        assert outbox.children(connection, [experiment]) == [dataset]
        outbox.want_again(connection, [program, experiment, dataset, other])
    changed = {key for key, wanted in before.items() if shelf.state(key)["wanted"] != wanted}
    assert changed == {experiment}


def test_writers_in_any_order_do_not_wait_in_a_circle(shelf: Shelf) -> None:
    keys = [shelf.put("dataset", f"d{n}") for n in range(8)]
    met = Barrier(4, timeout=30)

    def write(n: int) -> None:
        for turn in range(10):
            met.wait()
            with shelf.database.transaction() as connection:
                insert(connection, "narrative", f"{n} {turn}", kind="dataset", item_id=keys[n].id)
                shelf.want(connection, keys if n % 2 else keys[::-1])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with shelf.database.transaction() as connection:
        assert outbox.outdated(connection, SINK, ["dataset"]) == []


def test_of_two_writers_the_later_one_wants_what_both_wrote(shelf: Shelf) -> None:
    key = shelf.put("dataset", "a")

    def comment() -> None:
        with shelf.database.transaction() as connection:
            insert(connection, "narrative", "N", kind="dataset", item_id=key.id)
            shelf.want(connection, [key])

    with ThreadPoolExecutor(1) as pool, shelf.database.transaction() as connection:
        update(connection, key, description="mine")
        shelf.want(connection, [key])
        other = pool.submit(comment)
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while not other.done() and not connection.scalar(text(waiting)):
            connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        connection.commit()
        other.result(timeout=30)
    with shelf.database.transaction() as connection:
        assert outbox.outdated(connection, SINK, ["dataset"]) == []


def test_what_no_sink_was_told_of_is_found(shelf: Shelf) -> None:
    told = {kind: shelf.put(kind, f"a {kind}") for kind in KINDS}
    with shelf.database.transaction() as connection:
        assert outbox.outdated(connection, SINK, KINDS) == []
        new = insert(connection, "dataset", "new")
        update(connection, told["program"], name="other")
        connection.execute(text("DELETE FROM signatures"))
        assert set(outbox.outdated(connection, SINK, KINDS)) == {new, told["program"], told["signature"]}
        assert outbox.outdated(connection, SINK, ["dataset"]) == [new]
        outbox.want(connection, [SINK], outbox.outdated(connection, SINK, KINDS))
        assert outbox.outdated(connection, SINK, KINDS) == []


# -- claims ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(shelf: Shelf) -> Iterator[Callable[[], Connection]]:
    """Connections of workers."""
    made: list[Any] = []

    def new() -> Connection:
        made.append(claims.dedicated(shelf.database.engine))
        return made[-1].__enter__()  # type: ignore[no-any-return]

    yield new
    for one in made:
        with suppress(SinkUnavailable):
            one.__exit__(None, None, None)


def test_two_workers_never_claim_the_same(shelf: Shelf, own: Callable[[], Connection]) -> None:
    keys = {shelf.put("dataset", f"d{n}") for n in range(5)}
    first, second = own(), own()
    mine, others = claims.claim(first, SINK, KINDS, 3), claims.claim(second, SINK, KINDS, 3)
    assert (len(mine), len(others)) == (3, 2)
    assert {*mine, *others} == keys
    assert claims.claim(second, SINK, KINDS, 0) == []
    claims.release(first)
    assert set(claims.claim(second, SINK, KINDS, 9)) == keys


def test_a_claim_locks_exactly_what_it_returns(shelf: Shelf, own: Callable[[], Connection]) -> None:
    for n in range(20):
        shelf.put("dataset", f"d{n}")
    assert len(claims.claim(own(), SINK, KINDS, 3)) == 3
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    with shelf.database.transaction() as connection:
        assert connection.scalar(text(held)) == 3


def test_what_others_point_to_is_claimed_first(shelf: Shelf, own: Callable[[], Connection]) -> None:
    made = [shelf.put(kind, kind) for kind in reversed(KINDS)]
    worker = own()
    assert [claims.claim(worker, SINK, KINDS, 9) for _ in made] == [[made[-1]]] * len(made), (
        "its own claims are its own"
    )
    claimed = []
    for _ in made:
        claimed += claims.claim(worker, SINK, KINDS, 9)
        note_sent(shelf, claimed[-1], shelf.state(claimed[-1])["wanted"])
    assert claimed == made[::-1]


def test_a_worker_that_dies_holds_nothing(shelf: Shelf, own: Callable[[], Connection]) -> None:
    key = shelf.put("dataset", "a")
    dying = own()
    assert claims.claim(dying, SINK, KINDS, 1) == [key]
    dying.connection.dbapi_connection.close()  # type: ignore[union-attr]  # as a killed process does
    waiting = own()
    while not (free := claims.claim(waiting, SINK, KINDS, 1)):  # the server hears of it soon
        pass
    assert free == [key]


def test_what_another_worker_has_just_sent_is_not_read_again(shelf: Shelf) -> None:
    key = shelf.put("dataset", "a")
    note_sent(shelf, key, shelf.state(key)["wanted"])
    assert read_states(shelf, [key]) == []


def test_no_writer_waits_while_an_item_is_on_its_way(shelf: Shelf, own: Callable[[], Connection]) -> None:
    key = shelf.put("dataset", "a")
    assert claims.claim(own(), SINK, KINDS, 1) == [key]
    with shelf.database.transaction() as connection:
        claims.begin(connection, SINK, [key], [key])
    with shelf.database.transaction() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '1ms'"))
        update(connection, key, description="meanwhile")
        shelf.want(connection, [key])


def test_a_worker_hears_of_what_is_wanted(shelf: Shelf, own: Callable[[], Connection]) -> None:
    listening = own()
    assert not claims.heard(listening, 0.0)
    shelf.put("dataset", "a")
    assert claims.heard(listening, 30.0)
    assert not claims.heard(listening, 0.0)


# -- answers ---------------------------------------------------------------------------------------------------------


def test_an_item_that_changed_on_its_way_stays_due(shelf: Shelf) -> None:
    key = shelf.put("dataset", "a")
    (state,) = read_states(shelf, [key])
    shelf.change(key, description="meanwhile")
    note_sent(shelf, key, state.wanted)
    after = shelf.state(key)
    assert (after["due"], after["remote_id"], after["sent"]) == (True, "r1", state.wanted)


def test_the_failure_of_an_older_state_does_not_stop_the_newer(shelf: Shelf) -> None:
    key = shelf.put("dataset", "a")
    (state,) = read_states(shelf, [key])
    shelf.change(key, description="meanwhile")
    with shelf.database.transaction() as connection:
        claims.failed(connection, SINK, NotSent(key=key, error=SinkRejected("no")), state.wanted, Later(seconds=99))
    after = shelf.state(key)
    assert (after["failed"], after["error"], after["attempts"]) == (False, None, 0)
    assert after["wait"] <= 0


def test_next_tries_fall_together(shelf: Shelf) -> None:
    keys = [shelf.put("dataset", f"d{n}") for n in range(3)]
    for key in keys:
        with shelf.database.transaction() as connection:
            answer = NotSent(key=key, error=SinkUnavailable("later"))
            claims.failed(connection, SINK, answer, shelf.state(key)["wanted"], Later(seconds=100, grain=3600))
    assert len({shelf.state(key)["next_try"] for key in keys}) == 1


def test_what_is_gone_leaves_no_state_behind(shelf: Shelf, workspace: "Workspace") -> None:
    key = shelf.put("dataset", "a")
    note_sent(shelf, key, shelf.state(key)["wanted"])
    shelf.delete(key)
    note_sent(shelf, key, None, None)
    assert workspace.one("SELECT count(*) FROM sink_state") == 0


def test_an_item_that_came_back_while_it_was_taken_away_is_sent_anew(shelf: Shelf) -> None:
    key = shelf.put("dataset", "a")
    note_sent(shelf, key, shelf.state(key)["wanted"])
    shelf.delete(key)
    shelf.put("dataset", "a", key=key)
    note_sent(shelf, key, None, None)
    after = shelf.state(key)
    assert (after["due"], after["remote_id"], after["payload"]) == (True, None, None)


# -- what people see -------------------------------------------------------------------------------------------------


def test_the_report_tells_what_waits_and_what_failed(shelf: Shelf) -> None:
    keys = [shelf.put("dataset", f"d{n}") for n in range(4)]
    note_sent(shelf, keys[0], shelf.state(keys[0])["wanted"])
    for key, error in ((keys[1], SinkRejected("refused")), (keys[2], SinkUnavailable("away"))):
        with shelf.database.transaction() as connection:
            doubt = isinstance(error, SinkUnavailable)
            answer = NotSent(key=key, error=error, in_doubt=doubt)
            claims.failed(connection, SINK, answer, shelf.state(key)["wanted"], Later(seconds=500))
    with shelf.database.transaction() as connection:
        (told,) = outbox.status(connection)
        assert (told.items, told.pending, told.failed, told.in_doubt) == (4, 2, 1, 1)
        assert told.oldest_seconds is not None
        assert told.last_error == "away"
        assert [(f.key, f.error, f.failed) for f in outbox.failures(connection)] == [
            (keys[1], "refused", True),
            (keys[2], "away", False),
        ]
        assert outbox.failures(connection, "other") == []
        assert outbox.unsettled(connection, keys) == [(SINK, key) for key in sorted(keys[1:])]
        assert outbox.next_due(connection, [SINK]) == 0
        assert outbox.next_due(connection, ["other"]) is None


def test_a_retry_makes_due_what_failed_and_what_waits(shelf: Shelf) -> None:
    keys = [shelf.put("dataset", f"d{n}") for n in range(3)]
    shelf.run("UPDATE sink_state SET failed = true, attempts = 3, error = 'no'")
    with shelf.database.transaction() as connection:
        assert outbox.retry(connection, SINK, keys[:1]) == 1
        assert outbox.retry(connection, "other") == 0
    assert [shelf.state(key)["failed"] for key in keys] == [False, True, True]
    assert shelf.retry() == 2
    assert [(shelf.state(key)["failed"], shelf.state(key)["attempts"]) for key in keys] == [(False, 0)] * 3


def test_a_page_that_is_adopted_is_known_everywhere(workspace: "Workspace") -> None:
    shelf = open_shelf(workspace.settings, MemorySink(name="notion"))
    program = shelf.put("program", "P")
    dataset = shelf.put("dataset", "a", program_id=program.id)
    before = shelf.state(dataset)["wanted"]
    with shelf.database.transaction() as connection:
        assert outbox.page_of(connection, program) is None
        outbox.adopt(connection, "notion", program, "page-1")
        assert outbox.page_of(connection, program) == "page-1"
    state = shelf.state(program)
    assert (state["remote_id"], state["due"], state["in_doubt_since"]) == ("page-1", True, None)
    assert shelf.state(dataset)["wanted"] != before
    shelf.database.close()


def test_the_texts_of_an_item_are_replaced_and_unchanged_ones_stay(shelf: Shelf, workspace: "Workspace") -> None:
    key, other = ItemKey(kind="dataset", id=uuid4()), ItemKey(kind="dataset", id=UUID(int=1))
    texts = [Chunk(id=f"c{n}", text=f"text {n}\0", position=n) for n in range(3)]
    for one, chunks in ((key, texts), (other, [Chunk(id="o", text="o", position=0)])):
        with shelf.database.transaction() as connection:
            outbox.replace_chunks(connection, one, chunks)
    before = dict(workspace.query("SELECT id, xmin::text FROM chunks"))
    with shelf.database.transaction() as connection:
        outbox.replace_chunks(connection, key, [texts[0], Chunk(id="c1", text="new", position=1)])
    after = dict(workspace.query("SELECT id, xmin::text FROM chunks"))
    assert sorted(after) == ["c0", "c1", "o"]
    assert {name for name in after if after[name] != before[name]} == {"c1"}
