"""An entry's text becomes few pieces that lose nothing, and ids that say whose they are and change with the text."""

from uuid import UUID, uuid4

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from amprenta_core.outgoing import KINDS, Entry, ItemKey, Link
from amprenta_core.search.chunks import LONGEST, chunks, parse_id, text_of

ITEM = ItemKey(kind="dataset", id=UUID("6f8d2c0a-6a0e-5a57-9d53-0d1b8f6f5c11"))


def entry(text: str = "", name: str = "plasma") -> Entry:
    return Entry(key=ITEM, name=name, text=text)


def words(text: str) -> list[str]:
    return text.replace("\x00", " ").split()


def test_a_short_entry_is_one_piece_with_all_that_people_call_it() -> None:
    program = Link(key=ItemKey(kind="program", id=uuid4()), name="ALS program")
    experiment = Link(key=ItemKey(kind="experiment", id=uuid4()), name="Mouse week 12")
    said = evolve(
        entry("Ceramides are up."),
        description="Plasma of mice",
        disease="ALS",
        facts=(("Samples", "12"),),
        program=program,
        experiment=experiment,
    )
    (chunk,) = chunks(said)
    lines = ["Disease: ALS", "Program: ALS program", "Experiment: Mouse week 12", "Samples: 12"]
    assert chunk.text == "\n\n".join(["plasma", "Plasma of mice", "\n".join(lines), "Ceramides are up."])
    assert chunk.position == 0


def test_nothing_to_say_is_no_piece() -> None:
    assert chunks(entry(name="  ")) == ()


def test_an_id_says_whose_it_is_and_changes_with_the_text_alone() -> None:
    before, after = chunks(entry("one"))[0].id, chunks(entry("two"))[0].id
    assert before != after
    assert before == chunks(entry("one"))[0].id
    assert before.startswith("dataset:6f8d2c0a-6a0e-5a57-9d53-0d1b8f6f5c11:0:")
    assert parse_id(before) == parse_id(after) == ITEM
    assert before.isascii()
    assert len(before) <= 512


def test_a_change_at_the_end_leaves_the_pieces_before_it() -> None:
    long = "\n\n".join(f"Paragraph {n} says something about lipids." * 5 for n in range(60))
    old, new = chunks(entry(long)), chunks(entry(long + "\n\nOne more."))
    assert len(old) > 3
    assert [chunk.id for chunk in new[: len(old) - 1]] == [chunk.id for chunk in old[:-1]]


@pytest.mark.parametrize("kind", KINDS)
def test_ids_of_every_kind_are_understood(kind: str) -> None:
    key = next(ItemKey(kind=known, id=uuid4()) for known in KINDS if known == kind)
    assert parse_id(chunks(evolve(entry("x"), key=key))[0].id) == key


@pytest.mark.parametrize(
    "foreign",
    ["", "x", "dataset:", "dataset::0:a", f"dataset:{ITEM.id}", f"gene:{ITEM.id}:0:a", "dataset:not-a-uuid:0:a"],
)
def test_ids_of_others_are_nobodys(foreign: str) -> None:
    assert parse_id(foreign) is None


def test_it_is_cut_where_a_reader_would_pause() -> None:
    paragraph = "A sentence about ceramides. " * 20
    cut = chunks(entry(f"{paragraph.strip()}\n\n{paragraph.strip()}", name="n"), longest=600)
    assert [chunk.text[-1] for chunk in cut] == [".", "."]
    sentences = chunks(entry(paragraph.strip(), name="n"), longest=100)
    assert {chunk.text[-1] for chunk in sentences} == {"."}


def test_pieces_are_few() -> None:
    text = "word " * 4_000
    assert len(chunks(entry(text))) <= 1 + len(text) // (LONGEST // 2)


def test_text_that_nothing_can_hold_is_cleaned() -> None:
    cleaned = text_of(entry("a\x00b \ud800 c"))
    assert "\x00" not in cleaned
    cleaned.encode()


@given(text=st.text(max_size=3_000), name=st.text(max_size=50), longest=st.integers(min_value=1, max_value=200))
def test_every_word_stands_in_a_piece_and_no_piece_is_too_long(text: str, name: str, longest: int) -> None:
    said = entry(text, name=name)
    cut = chunks(said, longest)
    assert all(0 < len(chunk.text) <= longest for chunk in cut)
    assert "".join("".join(words(chunk.text)) for chunk in cut) == "".join(words(text_of(said)))
    assert [chunk.position for chunk in cut] == list(range(len(cut)))
    assert cut == chunks(said, longest)
