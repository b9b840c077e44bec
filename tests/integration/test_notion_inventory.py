"""What is there of ours: beyond the rows that one query answers, and without what is people's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fakes.notion import NotionFake
from fakes.notion_desk import Desk

from amprenta_core.errors import SinkRejected

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with NotionFake(query_cap=7) as notion:
        yield Desk.of(notion)
        assert notion.invalid == []


def made(desk: Desk, count: int, *, a_minute: int) -> list[str]:
    """Pages of which so many were made in the same minute."""
    ids = []
    for n in range(count):
        ids.append(str(desk.send(desk.entry(f"run {n:03}")).remote_id))
        desk.notion.backdate(ids[-1], DAY + timedelta(minutes=n // a_minute, seconds=n % a_minute))
    return ids


def test_every_page_is_listed_once_beyond_the_cap_of_a_query(desk: Desk) -> None:
    ids = made(desk, 31, a_minute=3)
    remotes = list(desk.sink.inventory())
    assert sorted(remote.remote_id for remote in remotes) == sorted(ids)
    assert {remote.payload for remote in remotes} == {desk.sink.payload(desk.entry(f"run {n:03}")) for n in range(31)}


def test_more_pages_within_a_minute_than_a_query_answers_is_said(desk: Desk) -> None:
    made(desk, 9, a_minute=60)
    with pytest.raises(SinkRejected, match="within one minute"):
        list(desk.sink.inventory())


def test_pages_of_people_are_not_ours(desk: Desk) -> None:
    desk.notion.person_adds_page(desk.source(), "their own row")
    strange = desk.notion.person_adds_page(desk.source(), "with words in the id")
    desk.notion.person_sets(strange, **{"Amprenta ID": "ask Eva"})
    (mine,) = made(desk, 1, a_minute=1)
    assert [remote.remote_id for remote in desk.sink.inventory()] == [mine]


def test_a_page_in_the_trash_is_listed_as_that(desk: Desk) -> None:
    kept, lost = made(desk, 2, a_minute=1)
    desk.notion.person_trashes(lost)
    assert [(remote.remote_id, remote.state) for remote in desk.sink.inventory()] == [(kept, ""), (lost, "trashed")]


def test_a_duplicate_is_listed_and_can_be_removed(desk: Desk) -> None:
    first, second = (str(desk.send(desk.entry()).remote_id) for _ in range(2))
    remotes = [remote for remote in desk.sink.inventory() if remote.remote_id == second]
    desk.sink.remove(remotes[0])
    assert [row["id"] for row in desk.rows()] == [first]
