"""Comparing Postgres with a sink, both ways, and putting it right."""

from collections.abc import Iterator
from threading import Event
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from attrs import evolve
from fakes.shelf import QUICK, Shelf, insert, open_shelf

from amprenta_core.errors import SinkRejected
from amprenta_core.outgoing import Discrepancy, ItemKey, Outgoing, Remote
from amprenta_core.sync import drain, verify
from amprenta_core.testing.sinks import MemorySink

if TYPE_CHECKING:
    from conftest import Workspace

POLICY = evolve(QUICK, settle=0.0)


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink(name="notion")


@pytest.fixture
def shelf(workspace: "Workspace", sink: MemorySink) -> Iterator[Shelf]:
    made = open_shelf(workspace.settings, sink)
    yield made
    made.database.close()


@pytest.fixture
def keys(shelf: Shelf) -> list[ItemKey]:
    """Items that are in step."""
    made = [shelf.put("dataset", f"d{n}") for n in range(4)]
    run(shelf)
    return made


def run(shelf: Shelf) -> None:
    drain(shelf.services, "notion", POLICY, Event())


def remote(sink: MemorySink, key: ItemKey) -> Remote:
    return next(one for one in sink.held.values() if one.key == key)


def compare(shelf: Shelf, *, repair: bool = False) -> list[Discrepancy]:
    return verify(shelf.services, "notion", repair=repair, policy=POLICY)


def told(shelf: Shelf) -> set[tuple[str, ItemKey]]:
    return {(one.what, one.key) for one in compare(shelf)}


def mended(shelf: Shelf, sink: MemorySink) -> None:
    """Repair, send, and compare: nothing differs and nothing is there twice."""
    assert all(one.repaired for one in compare(shelf, repair=True))
    run(shelf)
    assert compare(shelf) == []
    live = [one.key for one in sink.held.values() if not one.state]
    assert len(live) == len(set(live))


def test_what_is_in_step_does_not_differ(shelf: Shelf, keys: list[ItemKey]) -> None:
    assert compare(shelf) == []


def test_comparing_changes_nothing(shelf: Shelf, sink: MemorySink, keys: list[ItemKey], workspace: "Workspace") -> None:
    sink.held.clear()
    before = workspace.rows()
    assert {one.repaired for one in compare(shelf)} == {False}
    assert workspace.rows() == before


def test_what_was_deleted_there_is_missing_and_made_again(
    shelf: Shelf, sink: MemorySink, keys: list[ItemKey], workspace: "Workspace"
) -> None:
    del sink.held[remote(sink, keys[0]).remote_id]
    assert told(shelf) == {("missing", keys[0])}
    mended(shelf, sink)
    pages = {page for (page,) in workspace.query("SELECT notion_page_id FROM datasets")}
    assert pages == set(sink.held)


def test_what_was_changed_there_is_stale_and_written_again(shelf: Shelf, sink: MemorySink, keys: list[ItemKey]) -> None:
    for key, payload in ((keys[0], "other"), (keys[1], None)):
        one = remote(sink, key)
        sink.held[one.remote_id] = evolve(one, payload=payload)
    assert told(shelf) == {("stale", keys[0]), ("stale", keys[1])}
    mended(shelf, sink)


def test_what_postgres_does_not_know_is_removed(shelf: Shelf, sink: MemorySink, keys: list[ItemKey]) -> None:
    stranger = ItemKey(kind="dataset", id=uuid4())
    sink.held["x"] = Remote(key=stranger, remote_id="x", payload="p")
    assert told(shelf) == {("unknown", stranger)}
    mended(shelf, sink)
    assert "x" not in sink.held


def test_of_two_the_one_that_postgres_knows_stays(shelf: Shelf, sink: MemorySink, keys: list[ItemKey]) -> None:
    own = remote(sink, keys[0])
    sink.held["a"] = evolve(own, remote_id="a")
    sink.held["z"] = evolve(own, remote_id="z")
    found = compare(shelf)
    assert [(one.what, one.remote_id) for one in found] == [("duplicate", "a"), ("duplicate", "z")]
    mended(shelf, sink)
    assert remote(sink, keys[0]) == own


def test_another_page_of_an_item_is_adopted(shelf: Shelf, sink: MemorySink, keys: list[ItemKey]) -> None:
    own = remote(sink, keys[0])
    del sink.held[own.remote_id]
    sink.held["other"] = evolve(own, remote_id="other")
    assert told(shelf) == {("stale", keys[0])}
    mended(shelf, sink)
    assert remote(sink, keys[0]).remote_id == shelf.state(keys[0])["remote_id"] == "other"


def test_what_lies_in_the_trash_is_gone_and_made_again(shelf: Shelf, sink: MemorySink, keys: list[ItemKey]) -> None:
    own = remote(sink, keys[0])
    sink.held[own.remote_id] = evolve(own, state="trashed")
    assert told(shelf) == {("gone", keys[0])}
    assert all(one.repaired for one in compare(shelf, repair=True))
    del sink.held[own.remote_id]  # no look-up finds it
    run(shelf)
    sink.held[own.remote_id] = evolve(own, state="trashed")
    assert compare(shelf) == []


def test_what_no_sink_was_told_of_is_missing(shelf: Shelf, sink: MemorySink, keys: list[ItemKey]) -> None:
    with shelf.database.transaction() as connection:
        new = insert(connection, "dataset", "new")
    assert told(shelf) == {("missing", new)}
    mended(shelf, sink)


def test_what_is_on_its_way_is_not_reported(shelf: Shelf, sink: MemorySink, keys: list[ItemKey]) -> None:
    shelf.change(keys[0], name="changed")
    shelf.delete(keys[1])
    shelf.put("dataset", "new")
    assert compare(shelf) == []


def test_what_was_sent_a_moment_ago_may_not_be_shown_yet(shelf: Shelf, sink: MemorySink, keys: list[ItemKey]) -> None:
    sink.held.clear()
    assert verify(shelf.services, "notion", policy=QUICK) == []


def test_what_failed_for_good_is_reported_and_tried_again(shelf: Shelf, sink: MemorySink, keys: list[ItemKey]) -> None:
    def refuse(item: Outgoing) -> None:
        raise SinkRejected("no")

    sink.before = refuse
    new = shelf.put("dataset", "new")
    run(shelf)
    assert told(shelf) == {("missing", new)}
    sink.before = lambda _: None
    mended(shelf, sink)


def test_a_removal_that_fails_is_said_and_the_rest_is_put_right(
    shelf: Shelf, sink: MemorySink, keys: list[ItemKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.held["x"] = Remote(key=ItemKey(kind="dataset", id=uuid4()), remote_id="x")
    del sink.held[remote(sink, keys[0]).remote_id]

    def refuse(_remote: Remote) -> None:
        raise SinkRejected("not allowed")

    monkeypatch.setattr(MemorySink, "remove", lambda _self, one: refuse(one))
    with pytest.raises(SinkRejected):
        compare(shelf, repair=True)
    run(shelf)
    assert {one.what for one in compare(shelf)} == {"unknown"}
