"""A creation that got no answer: whatever Notion did, there is one page in the end, and no more."""

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.notion import NotionFake
from fakes.notion_desk import Desk

from amprenta_core.errors import SinkUnavailable
from amprenta_core.outgoing import Outgoing, Sent


@pytest.fixture
def desk() -> Iterator[Desk]:
    with NotionFake() as notion:
        yield Desk.of(notion, timeout=0.3)
        assert notion.invalid == []


@pytest.mark.parametrize("fault", ["timeout_after_commit", "reset_after_commit", "cut"])
def test_a_page_that_was_made_without_an_answer_is_found_and_not_made_again(desk: Desk, fault: Any) -> None:
    desk.notion.faults.next(fault, method="POST", path="/v1/pages", seconds=1.0)
    lost = desk.fail(desk.entry(description="x"))
    assert isinstance(lost.error, SinkUnavailable)
    assert lost.in_doubt
    (made,) = desk.rows()
    sent = desk.send(desk.entry(description="x"), lost)
    assert sent.remote_id == made["id"]
    assert len(desk.rows()) == 1
    assert len(desk.regions(sent.remote_id)) == 1
    assert "doubt" not in sent.detail


def test_nothing_is_made_again_before_a_query_would_show_it(desk: Desk) -> None:
    desk.notion.faults.next("timeout_after_commit", method="POST", path="/v1/pages", seconds=1.0)
    lost = desk.fail(desk.entry())
    (made,) = desk.rows()
    desk.notion.unshare(made["id"])  # as a query sees it that lags behind
    desk.now += 20
    waiting = desk.fail(desk.entry(), lost)
    assert isinstance(waiting.error, SinkUnavailable)
    assert waiting.error.retry_after is None  # the others need not wait
    assert waiting.in_doubt
    assert len(desk.rows()) == 1
    desk.notion.share(made["id"])
    desk.now += 5
    assert desk.send(desk.entry(), waiting).remote_id == made["id"]


@pytest.mark.parametrize("fault", ["hang", "502", "504", "reset"])
def test_a_page_that_was_not_made_is_made_when_the_doubt_is_over(desk: Desk, fault: Any) -> None:
    desk.notion.faults.next(fault, method="POST", path="/v1/pages", seconds=1.0)
    lost = desk.fail(desk.entry())
    assert lost.in_doubt
    waiting = desk.fail(desk.entry(), lost)
    desk.now += 31
    sent = desk.send(desk.entry(), waiting)
    assert [row["id"] for row in desk.rows()] == [sent.remote_id]


def test_of_several_ghosts_the_oldest_stays(desk: Desk) -> None:
    made = [desk.send(desk.entry()).remote_id for _ in range(3)]
    entry = desk.entry(description="new")
    (answer,) = desk.sink.send([Outgoing(key=entry.key, entry=entry, in_doubt=True)])
    assert isinstance(answer, Sent)
    assert [row["id"] for row in desk.rows()] == [answer.remote_id]
    assert answer.remote_id in made


def test_what_was_refused_leaves_no_doubt(desk: Desk) -> None:
    for fault in ("429", "409"):
        desk.notion.faults.next(fault, method="POST", path="/v1/pages")
        assert not desk.fail(desk.entry()).in_doubt
    desk.send(desk.entry())
    assert desk.notion.count("POST", "/query") == 0


def test_a_gone_item_in_doubt_leaves_no_ghost(desk: Desk) -> None:
    desk.notion.faults.next("timeout_after_commit", method="POST", path="/v1/pages", seconds=1.0)
    lost = desk.fail(desk.entry())
    assert isinstance(desk.away(desk.entry(), lost), Sent)
    assert desk.rows() == []


@pytest.mark.parametrize("seed", range(3))
def test_in_a_storm_every_item_gets_one_page_with_one_region_and_all_of_its_text(desk: Desk, seed: int) -> None:
    long = {"facts": tuple((f"fact {n}", "said") for n in range(100)), "matches": (("one", "fits"),) * 60}
    entries = [desk.entry(f"run {n}", **(long if n % 3 == 0 else {"description": "short"})) for n in range(12)]
    answers: dict[Any, Any] = {entry.key: None for entry in entries}
    desk.notion.faults.storm(0.3, seed=seed)
    for round_ in range(60):
        left = [entry for entry in entries if not isinstance(answers[entry.key], Sent)]
        items = [desk.item(entry, answers[entry.key]) for entry in left]
        answers |= {answer.key: answer for answer in desk.sink.send(items)}
        desk.now += 31
        if round_ == 50:
            desk.notion.calm()
    assert all(isinstance(answer, Sent) for answer in answers.values())
    assert sorted(row["id"] for row in desk.rows()) == sorted(answer.remote_id for answer in answers.values())
    for entry in entries:
        page = answers[entry.key].remote_id
        assert len(desk.regions(page)) == 1
        assert desk.values(page)["Amprenta Hash"] == desk.sink.payload(entry)
        assert desk.notion.texts(page)[-1] == f"Amprenta ID {entry.key.id}"
