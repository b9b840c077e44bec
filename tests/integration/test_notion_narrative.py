"""What people wrote, read back as text."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.notion import NotionFake
from fakes.notion_desk import Desk

from amprenta_core.errors import SinkRejected
from amprenta_core.sinks.narrative import MOST, Narrative, narratives, read_page


@pytest.fixture
def desk() -> Iterator[Desk]:
    with NotionFake() as notion:
        yield Desk.of(notion)
        assert notion.invalid == []


def later() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


def text(words: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": {"content": words}}]


def block(kind: str, words: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, kind: {"rich_text": text(words), **more}}


def write(desk: Desk, page: str, *blocks: dict[str, Any]) -> None:
    api = desk.sink.api
    api.call(api.client.blocks.children.append, page, children=list(blocks))


def read(desk: Desk, **wish: Any) -> list[Narrative]:
    return list(narratives(desk.sink.api, desk.settings, now=later, **wish))


def test_every_block_with_text_is_read_and_nested_ones_too(desk: Desk) -> None:
    page = desk.notion.add_page("Protocol 7")
    cells = {"type": "table_row", "table_row": {"cells": [text("PC 34:1"), text("up")]}}
    write(
        desk,
        page,
        block("heading_1", "Extraction"),
        block(
            "toggle", "Steps", children=[block("numbered_list_item", "Shake", children=[block("paragraph", "gently")])]
        ),
        block("to_do", "Order MTBE", checked=True),
        block("code", "x <- 1", language="r"),
        {"type": "table", "table": {"table_width": 2, "has_column_header": False, "children": [cells]}},
        {"type": "divider", "divider": {}},
        {"type": "equation", "equation": {"expression": "e=mc^2"}},
        {"type": "bookmark", "bookmark": {"url": "https://example.org/paper", "caption": text("the paper")}},
    )
    assert read_page(desk.sink.api, page).splitlines() == [
        "# Extraction",
        "Steps",
        "1. Shake",
        "gently",
        "[x] Order MTBE",
        "```r",
        "x <- 1",
        "```",
        "PC 34:1 | up",
        "e=mc^2",
        "the paper https://example.org/paper",
    ]


def test_our_own_page_gives_what_people_wrote_and_whose_page_it_is(desk: Desk) -> None:
    entry = desk.entry(description="ours")
    sent = desk.send(entry)
    desk.notion.person_writes(str(sent.remote_id), "freezer broke on day 3")
    desk.notion.person_adds_page(desk.source(), "their own row")
    found = {one.title: one for one in read(desk, sources=[desk.source()])}
    assert (found["plasma"].text, found["plasma"].key) == ("freezer broke on day 3", entry.key)
    assert (found["their own row"].text, found["their own row"].key) == ("", None)


def test_pages_of_other_databases_and_by_id_are_read_whole(desk: Desk) -> None:
    notebook = desk.notion.add_data_source("Notebook", {"Entry": {"title": {}}})
    day = desk.notion.person_adds_page(notebook, "3 March")
    desk.notion.person_writes(day, "pooled the samples")
    alone = desk.notion.add_page("Protocol 7")
    found = read(desk, sources=[notebook], pages=[alone])
    assert [(one.title, one.text, one.key) for one in found] == [
        ("Protocol 7", "", None),
        ("3 March", "pooled the samples", None),
    ]
    assert found[1].url.startswith("https://")


def test_a_page_that_was_not_edited_is_not_read_again(desk: Desk) -> None:
    page = desk.notion.add_page("Protocol 7")
    (first,) = read(desk, pages=[page])
    desk.notion.requests.clear()
    assert read(desk, pages=[page], since={page: first.edited_at}) == []
    assert desk.notion.count("GET", "/children") == 0


def test_a_page_that_was_edited_just_now_is_read_again(desk: Desk) -> None:
    page = desk.notion.add_page("Protocol 7")
    (first,) = narratives(desk.sink.api, desk.settings, pages=[page])
    assert first.edited_at is None
    assert len(read(desk, pages=[page], since={page: first.edited_at})) == 1


def test_a_long_page_is_read_over_its_pages_and_no_further_than_the_bound(desk: Desk) -> None:
    page = desk.notion.add_page("Long")
    for _ in range(2):
        write(desk, page, *(block("paragraph", f"{n:03} " + "w" * 900) for n in range(75)))
    found = read_page(desk.sink.api, page)
    assert len(found) == MOST
    assert found.splitlines()[75].startswith("000 ")


def test_a_page_that_cannot_be_read_stops_the_rest_only_if_nobody_listens(desk: Desk) -> None:
    hidden, page = desk.notion.add_page("Hidden"), desk.notion.add_page("Shown")
    desk.notion.unshare(hidden)
    with pytest.raises(SinkRejected):
        read(desk, pages=[hidden, page])
    told: list[str] = []
    found = read(desk, pages=[hidden, page], unread=lambda page_id, _: told.append(page_id))
    assert [one.title for one in found] == ["Shown"]
    assert told == [hidden]


def test_a_page_in_the_trash_is_left_out(desk: Desk) -> None:
    page = desk.notion.add_page("Old")
    desk.notion.person_trashes(page)
    assert read(desk, pages=[page]) == []
