"""What a worker does with items that are due: only the newest, only what changed, each by itself, none twice."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from attrs import evolve
from fakes.shelf import QUICK, Shelf, insert, open_shelf, update
from sqlalchemy import text

from amprenta_core.errors import SinkRejected, SinkUnavailable
from amprenta_core.outgoing import Chunk, Entry, ItemKey, NotSent, Outgoing, Sent, Sink
from amprenta_core.sync import Drained, drain, run_once, want_all
from amprenta_core.testing.sinks import MemorySink, SinkConformance

if TYPE_CHECKING:
    from conftest import Workspace


class TestMemorySinkConforms(SinkConformance):
    @pytest.fixture
    def sink(self, broken: Entry) -> Sink:
        return MemorySink(at_once=3, before=refuse(broken.name))

    @pytest.fixture
    def entry(self) -> Entry:
        return Entry(key=ItemKey(kind="dataset", id=uuid4()), name="plasma", external_ids={"a": 1, "b": 2})

    @pytest.fixture
    def broken(self) -> Entry:
        return Entry(key=ItemKey(kind="dataset", id=uuid4()), name="broken")


def refuse(name: str, error: Exception | None = None) -> Callable[[Outgoing], None]:
    """Fails items of this name."""

    def fail(item: Outgoing) -> None:
        if item.entry is not None and item.entry.name == name:
            raise error or SinkRejected("400: not like this")

    return fail


def always(error: Exception) -> Callable[[Outgoing], None]:
    def fail(_item: Outgoing) -> None:
        raise error

    return fail


def nothing(_item: Outgoing) -> None:
    pass


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


@pytest.fixture
def shelf(workspace: "Workspace", sink: MemorySink) -> Iterator[Shelf]:
    made = open_shelf(workspace.settings, sink)
    yield made
    made.database.close()


def run(shelf: Shelf) -> Drained:
    return drain(shelf.services, "memory", QUICK, Event())


def done(sink: MemorySink) -> list[str]:
    return [what for what, _ in sink.requests]


def shown(sink: MemorySink) -> dict[ItemKey, str]:
    """What is there: the name of each item."""
    assert len(sink.held) == len({remote.key for remote in sink.held.values()}), "something is there twice"
    return {remote.key: sink.entries[remote.key].name for remote in sink.held.values()}


def test_only_the_newest_state_is_sent(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "first")
    for n in range(5):
        shelf.change(key, name=f"name {n}")
    assert run(shelf) == Drained(sent=1)
    assert (done(sink), shown(sink)) == (["create"], {key: "name 4"})


def test_what_would_be_sent_as_it_was_is_not_sent(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "a")
    run(shelf)
    shelf.change(key, omics_type="proteomics")  # the entry does not show it
    assert run(shelf) == Drained(unchanged=1)
    assert (done(sink), shelf.pending()) == (["create"], 0)
    shelf.change(key, name="b")
    assert run(shelf) == Drained(sent=1)
    assert done(sink) == ["create", "update"]


def test_what_is_gone_is_taken_away_and_forgotten(shelf: Shelf, sink: MemorySink, workspace: "Workspace") -> None:
    key = shelf.put("dataset", "a")
    run(shelf)
    shelf.delete(key)
    assert run(shelf) == Drained(sent=1)
    assert (shown(sink), workspace.one("SELECT count(*) FROM sink_state")) == ({}, 0)


def test_a_broken_item_never_blocks_the_others(shelf: Shelf, sink: MemorySink) -> None:
    keys = [shelf.put("dataset", name) for name in ("a", "broken", "b", "c")]
    sink.before = refuse("broken")
    assert run(shelf) == Drained(sent=3, failed=1)
    state = shelf.state(keys[1])
    assert (state["failed"], state["error"], state["in_doubt_since"]) == (True, "400: not like this", None)
    assert run(shelf) == Drained()
    sink.before = nothing
    shelf.retry()
    assert run(shelf) == Drained(sent=1)


def test_an_item_that_cannot_be_told_of_never_blocks_the_others(shelf: Shelf, sink: MemorySink) -> None:
    broken = shelf.put("dataset", "unspeakable: sk-secret")
    others = {shelf.put("dataset", name): name for name in ("a", "b", "c")}
    patient = evolve(QUICK, first_delay=60.0)  # it is not due again while the others are sent, however slow that is
    assert drain(shelf.services, "memory", patient, Event()) == Drained(sent=3, postponed=1)
    assert shown(sink) == others
    state = shelf.state(broken)
    assert (state["failed"], state["attempts"]) == (False, 1)
    assert state["in_doubt_since"] is None
    assert "ValueError in shelf.py" in state["error"]
    assert "secret" not in state["error"]


def test_a_sink_that_breaks_off_delays_only_the_item_that_breaks_it(shelf: Shelf, sink: MemorySink) -> None:
    names = ("a", "broken", "b")
    keys = {shelf.put("dataset", name): name for name in names}
    sink.before = refuse("broken", KeyError("sk-secret"))
    run(shelf)
    for _ in range(2):
        shelf.run("UPDATE sink_state SET in_doubt_since = in_doubt_since - interval '1 hour', next_try = now()")
        run(shelf)
    assert sorted(shown(sink).values()) == ["a", "b"]
    (broken,) = [key for key, name in keys.items() if name == "broken"]
    error = shelf.state(broken)["error"]
    assert error.startswith("the sink broke off: KeyError in test_sync_engine.py")
    assert "secret" not in error


def test_an_answer_that_cannot_be_kept_delays_only_its_item(shelf: Shelf, sink: MemorySink) -> None:
    class Noting(MemorySink):
        def send(self, items: Sequence[Outgoing]) -> Iterator[Sent | NotSent]:
            for answer in super().send(items):
                odd = isinstance(answer, Sent) and self.entries[answer.key].name == "odd"
                yield evolve(answer, detail={"odd": object()}) if odd else answer

    keys = {name: shelf.put("dataset", name) for name in ("a", "odd", "b")}
    noting = Noting()
    assert run(evolve(shelf, sinks={"memory": noting})) == Drained(sent=2, postponed=1)
    assert "its answer cannot be kept, TypeError" in shelf.state(keys["odd"])["error"]
    shelf.age_doubts()
    sink.held, sink.entries = noting.held, noting.entries
    assert run(shelf) == Drained(sent=1)
    assert shown(sink) == {key: name for name, key in keys.items()}


def test_a_passing_failure_waits_longer_each_time(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "a")
    sink.before = always(SinkUnavailable("502"))
    waits = []
    for attempt in range(4):
        assert run(shelf).postponed == 1
        state = shelf.state(key)
        assert (state["attempts"], state["failed"], state["due"]) == (attempt + 1, False, True)
        waits.append(QUICK.delay(attempt))
        shelf.run("UPDATE sink_state SET next_try = now()")
    assert waits == sorted(set(waits))
    assert QUICK.delay(10_000) == QUICK.longest_delay
    assert evolve(QUICK, jitter=0.5).spread() <= 1.0


def test_the_attempts_decide_the_wait(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "a")
    shelf.run("UPDATE sink_state SET attempts = 12")
    sink.before = always(SinkUnavailable("502"))
    run(shelf)
    assert QUICK.delay(11) < shelf.state(key)["wait"] <= QUICK.delay(12) + QUICK.grain


def test_a_sink_that_asks_for_time_gets_it_and_no_attempt_is_counted(shelf: Shelf, sink: MemorySink) -> None:
    keys = [shelf.put("dataset", f"d{n}") for n in range(4)]
    sink.before = always(SinkUnavailable("429", retry_after=300.0))
    assert run(shelf) == Drained(postponed=4, outage=300.0)
    states = [shelf.state(key) for key in keys]
    assert {state["attempts"] for state in states} == {0}
    assert all(290 < state["wait"] <= 301 for state in states)
    shelf.retry()
    sink.before = nothing
    assert run(shelf) == Drained(sent=4)
    assert sink.batches == [4, 4], "what was put off is no longer sent together"


def test_a_sink_that_takes_nothing_is_left_alone_at_once(shelf: Shelf, sink: MemorySink) -> None:
    for n in range(30):
        shelf.put("dataset", f"d{n}")
    sink.before = always(SinkUnavailable("no answer"))
    assert run(shelf) == Drained(postponed=10, outage=0.0)
    assert shelf.pending() == 30
    assert sink.batches == [10]


def test_what_changes_while_it_is_sent_is_sent_again(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "before")

    def change(item: Outgoing) -> None:
        if item.entry is not None and item.entry.name == "before":
            with shelf.database.transaction() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '1ms'"))  # no writer waits for a request
                update(connection, key, name="after")
                shelf.want(connection, [key])

    sink.before = change
    assert run(shelf) == Drained(sent=2)
    assert (shown(sink), shelf.pending()) == ({key: "after"}, 0)


def test_what_is_deleted_while_it_is_created_is_taken_away(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "a")
    sink.before = lambda item: shelf.delete(key) if item.entry is not None else None
    assert run(shelf) == Drained(sent=2)
    assert (done(sink), shown(sink)) == (["create", "remove"], {})


def test_a_name_that_goes_and_comes_back_is_shown_as_it_is(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "a")
    run(shelf)
    shelf.change(key, name="b")
    sink.after = always(SinkUnavailable("it was written, and the answer was lost"))
    run(shelf)
    shelf.change(key, name="a")
    sink.after = nothing
    assert run(shelf) == Drained(sent=1)
    assert shown(sink) == {key: "a"}


def test_a_creation_without_an_answer_is_looked_up_when_it_has_settled(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "a")
    sink.after = always(SinkUnavailable("timed out"))
    run(shelf)
    sink.after = nothing
    assert shelf.state(key)["in_doubt_since"] is not None
    shelf.change(key, name="b")  # makes it due at once
    assert run(shelf) == Drained(postponed=1)
    assert 60 < shelf.state(key)["wait"] <= QUICK.settle
    shelf.age_doubts()
    assert run(shelf) == Drained(sent=1)
    assert (done(sink), shown(sink)) == (["create", "look up", "update"], {key: "b"})
    assert shelf.state(key)["in_doubt_since"] is None


def test_an_item_in_doubt_that_is_deleted_leaves_nothing(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "a")
    sink.after = always(SinkUnavailable("timed out"))
    run(shelf)
    sink.after = nothing
    shelf.delete(key)
    assert run(shelf) == Drained(postponed=1)
    shelf.age_doubts()
    assert run(shelf) == Drained(sent=1)
    assert shown(sink) == {}


def test_an_item_that_was_not_asked_about_stays_in_doubt(shelf: Shelf, sink: MemorySink) -> None:
    key = shelf.put("dataset", "a")
    sink.after = always(SinkUnavailable("timed out"))
    run(shelf)
    sink.after, sink.before = nothing, always(SinkUnavailable("away"))
    shelf.age_doubts()
    run(shelf)
    sink.before = nothing
    shelf.age_doubts()
    run(shelf)
    assert shown(sink) == {key: "a"}


def test_what_others_point_to_is_sent_first(shelf: Shelf, sink: MemorySink) -> None:
    dataset, program, experiment = shelf.put("dataset", "D"), shelf.put("program", "P"), shelf.put("experiment", "E")
    run(shelf)
    assert [key for _, key in sink.requests] == [program, experiment, dataset]


def test_two_workers_share_a_queue_and_send_nothing_twice(workspace: "Workspace", sink: MemorySink) -> None:
    sink.at_once = 3
    shelf = open_shelf(workspace.settings, sink)
    keys = {shelf.put("dataset", f"d{n}") for n in range(60)}
    both = Barrier(2, timeout=30)
    with ThreadPoolExecutor(2) as pool:

        def work(_: int) -> Drained:
            both.wait()
            return run(shelf)

        first, second = pool.map(work, range(2))
    assert first.sent + second.sent == 60
    assert sorted(key for _, key in sink.requests) == sorted(keys)
    shelf.database.close()


def test_a_stopped_worker_sends_no_more(shelf: Shelf, sink: MemorySink) -> None:
    for n in range(30):
        shelf.put("dataset", f"d{n}")
    stop = Event()
    sink.after = lambda _: stop.set()
    assert drain(shelf.services, "memory", QUICK, stop) == Drained(sent=10)
    assert shelf.pending() == 20


def test_a_page_is_noted_and_its_children_show_it(workspace: "Workspace") -> None:
    notion = MemorySink(name="notion")
    other = MemorySink(name="other")
    shelf = open_shelf(workspace.settings, notion, other)
    program = shelf.put("program", "P")
    dataset = shelf.put("dataset", "a", program_id=program.id)
    drain(shelf.services, "other", QUICK, Event())
    before = other.entries[dataset]
    assert before.program is not None
    assert before.program.page_id is None
    told = run_once(shelf.services, QUICK)
    assert told == {"notion": Drained(sent=2), "other": Drained(sent=1)}
    page = notion.entries[dataset].program
    assert page is not None
    assert page.page_id == workspace.one("SELECT notion_page_id FROM programs")
    assert other.entries[dataset].program == page
    assert workspace.one("SELECT notion_page_id FROM datasets") in notion.held
    shelf.database.close()


def test_a_page_that_is_thrown_away_is_forgotten_until_somebody_asks(workspace: "Workspace") -> None:
    class Trashing(MemorySink):
        """Says of every item that its page is gone, while ``thrown``."""

        thrown = False

        def send(self, items: Sequence[Outgoing]) -> Iterator[Sent | NotSent]:
            for answer in super().send(items):
                if self.thrown:
                    self.held.clear()
                    yield NotSent(key=answer.key, error=SinkRejected("in the trash"), remote_id=None, detail={"t": 1})
                else:
                    yield answer

    notion = Trashing(name="notion")
    shelf = open_shelf(workspace.settings, notion)
    key = shelf.put("program", "P")
    drain(shelf.services, "notion", QUICK, Event())
    notion.thrown = True
    shelf.change(key, description="new")
    assert drain(shelf.services, "notion", QUICK, Event()) == Drained(failed=1)
    state = shelf.state(key)
    assert (state["remote_id"], state["detail"], state["failed"]) == (None, {"t": 1}, True)
    assert workspace.one("SELECT notion_page_id FROM programs") is None
    notion.thrown = False
    shelf.retry()
    assert drain(shelf.services, "notion", QUICK, Event()) == Drained(sent=1)
    assert workspace.one("SELECT notion_page_id FROM programs") in notion.held
    shelf.database.close()


def test_a_sink_that_is_switched_on_later_gets_everything(workspace: "Workspace", sink: MemorySink) -> None:
    before = open_shelf(workspace.settings)
    with before.database.transaction() as connection:
        keys = {insert(connection, kind, kind) for kind in ("program", "dataset", "narrative")}
    sink.kinds = frozenset({"program", "dataset"})
    shelf = open_shelf(workspace.settings, sink)
    assert want_all(shelf.services) == 2
    assert run_once(shelf.services, QUICK)["memory"].sent == 2
    assert set(shown(sink)) == {key for key in keys if key.kind != "narrative"}
    assert want_all(shelf.services) == 0
    before.database.close()
    shelf.database.close()


def test_one_sink_that_is_away_does_not_keep_another_waiting(workspace: "Workspace") -> None:
    away, well = MemorySink(name="away", before=always(SinkUnavailable("no"))), MemorySink(name="well")
    shelf = open_shelf(workspace.settings, away, well)
    for n in range(25):
        shelf.put("dataset", f"d{n}")
    told = run_once(shelf.services, QUICK)
    assert told["well"] == Drained(sent=25)
    assert told["away"] == Drained(postponed=10, outage=0.0)
    shelf.database.close()


def test_the_texts_that_search_finds_follow_the_entry(shelf: Shelf, workspace: "Workspace") -> None:
    def chunks(entry: Entry) -> list[Chunk]:
        return [Chunk(id=f"{entry.key.id}:{entry.name}", text=entry.name, position=0)]

    services = evolve(shelf.services, chunker=chunks)
    key = shelf.put("dataset", "a")
    for name in ("a", "b"):
        shelf.change(key, name=name)
        drain(services, "memory", QUICK, Event())
        assert workspace.query("SELECT text FROM chunks") == [(name,)]
    shelf.delete(key)
    drain(services, "memory", QUICK, Event())
    assert workspace.query("SELECT text FROM chunks") == []
