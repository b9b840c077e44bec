"""Rows of a text that are cut when they are asked for are the rows as written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amprenta_core.cells import NumberReader
from amprenta_core.text_rows import TextRows

CELLS = st.text(alphabet='ab1.5-, \t;"µ', max_size=6)
NUMBERS = st.sampled_from(
    ["1", "-2.5", "1e3", "", "NA", " ", " 7", "1 2", "1,5", "inf", "nan", "1_0", "0x1f", "<LOD", "1e400", "٣", "5\t"]
)


def written(rows: list[list[str]], delimiter: str) -> list[str]:
    lines = []
    for row in rows:
        quoted = ['"' + cell.replace('"', '""') + '"' if delimiter in cell or '"' in cell else cell for cell in row]
        lines.append(delimiter.join(quoted))
    return lines


@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=6), delimiter=st.sampled_from(",;\t"))
def test_cells_widths_and_columns_are_those_that_were_written(rows: list[list[str]], delimiter: str) -> None:
    found = TextRows(written(rows, delimiter), delimiter)
    every = range(len(rows))
    assert [list(row) for row in found] == rows
    assert found == rows
    assert found.widths(every) == [len(row) for row in rows]
    assert found.column(1, every) == [row[1] if len(row) > 1 else "" for row in rows]
    assert [list(row) for row in found.starts(2)] == [row[:2] for row in rows]


@given(
    rows=st.lists(st.lists(CELLS, min_size=4, max_size=6), min_size=1, max_size=6),
    first=st.integers(0, 3),
    width=st.integers(1, 3),
)
def test_a_span_is_the_text_of_its_cells_or_none(rows: list[list[str]], first: int, width: int) -> None:
    spans = TextRows(written(rows, ";"), ";").spans(range(len(rows)), first, first + width - 1)
    if spans is not None:
        assert [s.split(";") for s in spans] == [r[first : first + width] for r in rows]


def test_a_span_behind_a_quoted_name_needs_no_cell() -> None:
    rows = TextRows(['"PC(16:0,18:1)",1,2,x', "PE 38:4,3,4,y"], ",")
    assert rows.spans([0, 1], 1, 2) == ["1,2", "3,4"]
    assert rows.spans([0, 1], 0, 2) is None
    assert rows.spans([1], 1, 4) is None


@given(
    rows=st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=1, max_size=5), delimiter=st.sampled_from(",;\t")
)
def test_numbers_read_from_text_are_those_read_from_cells(rows: list[list[str]], delimiter: str) -> None:
    plain = [[cell for cell in row if delimiter not in cell] for row in rows]
    plain = [([*row, "0", "0", "0"])[:3] for row in plain]
    by_cell, by_text = NumberReader(width=3), NumberReader(width=3)
    wanted = by_cell.read(plain)
    found = by_text.read_texts([delimiter.join(row) for row in plain], delimiter)
    np.testing.assert_array_equal(found, wanted)
    assert (by_text.missing, by_text.unreadable) == (by_cell.missing, by_cell.unreadable)


def test_the_last_row_counts_from_the_end() -> None:
    rows = TextRows(["a,b", "c,d"], ",")
    assert rows[-1] == ("c", "d")
    with pytest.raises(IndexError):
        _ = rows[2]


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=8),
    asked=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=4),
    room=st.sampled_from([0, 4, 1000]),
)
def test_slices_are_the_rows_in_whatever_order_they_are_asked_for(
    rows: list[list[str]], asked: list[tuple[int, int]], room: int
) -> None:
    found = TextRows(written(rows, ";"), ";")
    found._room = room
    for start, stop in asked:
        assert [list(row) for row in found[start:stop]] == rows[start:stop]


def test_the_row_that_begins_with_a_word_is_found_with_and_without_quotes() -> None:
    rows = TextRows(["MTD,1", ("SMH", "2"), '"PRH",3', "PR,4"], ",")
    assert [rows.beginning(word) for word in ("MTD", "SMH", "PRH", "PR", "PRT", "1")] == [0, 1, 2, 3, None, None]
