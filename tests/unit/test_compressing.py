"""Sparse numbers in any order become rows of features, exactly."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amprenta_core.errors import ParseError
from amprenta_core.matrices import SparseQuantity
from amprenta_core.reading import compressing
from amprenta_core.reading.compressing import Block, by_feature, disordered

PATH = Path("matrix.mtx")


def compressed(shape: tuple[int, int], numbers: dict[tuple[int, int], float], size: int = 3) -> SparseQuantity:
    """Numbers in blocks of some, in the order in which they are given."""
    places = np.array(list(numbers), dtype=np.int64).reshape(-1, 2)
    values = np.array(list(numbers.values()), dtype=np.float64)
    blocks = [
        Block(features=places[i : i + size, 0], cells=places[i : i + size, 1], values=values[i : i + size])
        for i in range(0, len(values), size)
    ]
    return by_feature("x", shape, lambda: blocks, path=PATH)


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 6), st.integers(0, 4)), st.floats(allow_nan=False, allow_infinity=False), max_size=30
    )
)
def test_every_number_is_where_it_was_said_to_be(numbers: dict[tuple[int, int], float]) -> None:
    made = compressed((7, 5), numbers)
    found = {(f, int(c)): float(v) for f in range(7) for c, v in zip(*made.of_feature(f), strict=True)}
    assert found == numbers
    assert disordered(made.indptr, made.indices) == []


def test_single_precision_is_used_where_it_is_exact_and_double_where_not() -> None:
    small = {(0, 0): 1.0, (1, 0): 0.5, (0, 1): 2.0**24}
    assert compressed((2, 3), small).values.dtype == np.float32
    for value in (0.1, 2.0**24 + 1, 1e300):
        made = compressed((2, 3), {**small, (1, 2): value})
        assert made.values.dtype == np.float64
        assert made.of_feature(1)[1].tolist() == [0.5, value]


def test_a_place_with_two_numbers_is_refused() -> None:
    block = Block(features=np.array([1, 0, 1]), cells=np.array([2, 0, 2]), values=np.array([1.0, 1.0, 3.0]))
    with pytest.raises(ParseError, match="feature 2 has two values in cell 3"):
        by_feature("x", (2, 3), lambda: [block], path=PATH)


@pytest.mark.parametrize(("feature", "cell", "words"), [(2, 0, "feature 3, and there are 2"), (0, -1, "cell 0, and")])
def test_a_number_outside_is_refused(feature: int, cell: int, words: str) -> None:
    block = Block(features=np.array([feature]), cells=np.array([cell]), values=np.array([1.0]))
    with pytest.raises(ParseError, match=words):
        by_feature("x", (2, 3), lambda: [block], path=PATH)


def test_rows_out_of_order_are_found_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressing, "BLOCK", 2)
    indptr = np.array([0, 3, 3, 5, 8])
    assert disordered(indptr, np.array([1, 2, 5, 0, 1, 0, 4, 9])) == []
    assert disordered(indptr, np.array([1, 2, 2, 0, 1, 0, 9, 4])) == [0, 3]
