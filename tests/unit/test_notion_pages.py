"""An entry as a page: what it says, and that no entry passes Notion's limits."""

import json
from typing import Any
from uuid import UUID

import pytest
from fakes.notion_limits import Limits, hold
from hypothesis import given, settings
from hypothesis import strategies as st

from amprenta_core.model import Problem
from amprenta_core.outgoing import Entry, ItemKey, Kind, Link
from amprenta_core.sinks.notion_properties import (
    WANTED,
    Column,
    match_columns,
    pieces,
    plain_text,
    property_value,
    rich_texts,
)
from amprenta_core.sinks.pages import batches, is_region, option, region, render

ID = UUID("00000000-0000-4000-8000-00000000000a")
HUGE: dict[str, Any] = {
    "description": "long description, " * 40_000,
    "facts": tuple((f"fact {n}", "said " * 900) for n in range(150)),
    "top_features": tuple((f"PC {n}:1 " + "x" * 500, "why " * 200) for n in range(50)),
    "matches": tuple((f"signature {n}", "fits " * 500) for n in range(140)),
    "problems": tuple(Problem(where=f"row {n}", code="odd", what="w" * 3000) for n in range(50)),
    "n_problems": 12_345,
}


def entry(kind: Kind = "dataset", **said: Any) -> Entry:
    return Entry(**{"key": ItemKey(kind=kind, id=ID), "name": "plasma", **said})


def lines(made: Entry) -> list[str]:
    return [plain_text(block[block["type"]].get("rich_text")) for block in render(made).blocks]


def holds(blocks: tuple[dict[str, Any], ...]) -> None:
    """Every request that these blocks come to is within the limits."""
    first, *rest = batches(blocks)
    for children in ([region(first, "0" * 32)], *rest):
        body = {"children": children}
        hold(body, len(json.dumps(body, ensure_ascii=False).encode()), Limits())


def test_the_longest_entry_stays_within_every_limit_of_a_request() -> None:
    holds(render(entry(**HUGE)).blocks)
    holds(render(entry(**{**HUGE, "description": "😀" * 300_000})).blocks)


def test_a_page_has_at_most_four_hundred_blocks_and_says_what_was_cut() -> None:
    made = entry(**HUGE)
    assert len(render(made).blocks) <= 400
    said = lines(made)
    assert "and 50 more" in said
    assert "and 40 more" in said
    assert "and 12,295 more" in said
    assert "… the rest of the description is in Amprenta." in said


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=5000),
    facts=st.lists(st.tuples(st.text(max_size=50), st.text(max_size=3000)), max_size=30),
    name=st.text(max_size=3000),
)
def test_any_text_can_be_sent(text: str, facts: list[tuple[str, str]], name: str) -> None:
    made = render(entry(description=text, facts=tuple(facts), omics_type=text, name=name))
    holds(made.blocks)
    properties = {key: property_value("dataset", key, value) for key, value in made.values.items()}
    hold(properties, len(json.dumps(properties, ensure_ascii=False).encode()), Limits())
    assert properties["omics_type"]["select"] != {"name": ""}


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300))
def test_pieces_of_a_text_are_the_text_and_none_is_too_long_in_utf_16(text: str) -> None:
    cut = pieces(text, 7)
    assert "".join(cut) == text
    assert all(len(piece.encode("utf-16-le")) // 2 <= 7 for piece in cut)


def test_half_a_pair_of_utf_16_does_not_stop_a_page() -> None:
    assert json.dumps(rich_texts("a\ud800b"), ensure_ascii=False).encode()


@pytest.mark.parametrize("empty", [None, "", "   "])
def test_an_empty_select_value_is_cleared_and_never_an_empty_option(empty: str | None) -> None:
    values = render(entry(omics_type=empty, disease=empty)).values
    assert property_value("dataset", "omics_type", values["omics_type"]) == {"select": None}
    assert property_value("dataset", "disease", values["disease"]) == {"select": None}


def test_select_options_have_no_commas_and_at_most_a_hundred_characters() -> None:
    assert option("breast, ovarian\nand other") == "breast; ovarian and other"
    assert len(option("x" * 300) or "") == 100


@pytest.mark.parametrize(
    ("said", "number"), [("1,735 (82 unknown)", 1735), ("16", 16), ("1 234 rows", 1234), ("12.5", None), ("many", None)]
)
def test_counts_are_read_from_the_facts(said: str, number: int | None) -> None:
    values = render(entry(facts=(("Features", said), ("Samples", "8")))).values
    assert (values["features"], values["samples"]) == (number, 8)


def test_the_hash_changes_with_anything_that_is_shown_and_with_nothing_else() -> None:
    plain = render(entry())
    assert render(entry(text="what search finds", features=("PC 34:1",))).hash == plain.hash
    for changed in (
        {"name": "serum"},
        {"description": "x"},
        {"program": Link(key=ItemKey(kind="program", id=ID), name="P")},
        {"facts": (("Format", "x"),)},
        {"n_problems": 3},
    ):
        assert render(entry(**changed)).hash != plain.hash
    assert render(entry(name="serum")).body_hash == plain.body_hash


def test_links_lead_to_the_pages_of_program_and_experiment() -> None:
    link = Link(key=ItemKey(kind="program", id=ID), name="ALS", page_id="0a0b0c0d-0000-4000-8000-000000000001")
    made = render(entry(program=link))
    assert made.values["program"] == link.page_id
    assert "https://www.notion.so/0a0b0c0d000040008000000000000001" in json.dumps(made.blocks)


def test_each_kind_says_only_what_its_database_has() -> None:
    for kind in ("program", "experiment", "dataset", "signature"):
        made = render(entry(kind=kind, omics_type="lipidomics"))
        assert set(made.values) <= set(WANTED[kind])


def test_our_region_is_known_by_its_mark_and_a_persons_toggle_is_not() -> None:
    ours = region([], "0123456789abcdef")
    shown = {**ours, "toggle": {"rich_text": [{"plain_text": ours["toggle"]["rich_text"][0]["text"]["content"]}]}}
    assert is_region(shown)
    assert not is_region({"type": "toggle", "toggle": {"rich_text": [{"plain_text": "Kept by Amprenta? Ask Eva"}]}})
    assert not is_region({**shown, "type": "paragraph"})


def test_a_property_is_found_by_id_before_description_before_name() -> None:
    title = Column(id="title", name="Name", type="title")
    own = Column(id="%3A1", name="Nummer", type="rich_text")
    told = Column(id="%3A2", name="Kennung", type="rich_text", description="Kept by Amprenta (program.id)")
    named = Column(id="%3A3", name="Amprenta ID", type="rich_text")
    found = [
        match_columns("program", columns, sources={}, remembered={"id": "%3A1"}).ids["id"]
        for columns in ([title, named, told, own], [title, named, told], [title, named])
    ]
    assert found == ["%3A1", "%3A2", "%3A3"]
