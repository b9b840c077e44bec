"""Tables of a quantity each: the same features and samples in any order, and why a file is left out."""

from collections.abc import Sequence

import numpy as np
from attrs import evolve
from numpy.testing import assert_array_equal

from amprenta_core.accounting import check_table
from amprenta_core.model import Contrast, FeatureRef, FeatureTable, Problem, Quantity, Sample
from amprenta_core.stacking import Stack


def table(quantity: str, rows: Sequence[str], columns: Sequence[str], first: float = 0.0) -> FeatureTable:
    """A value for each feature and sample that only these two make, from ``first`` on."""
    values = [[first + 10 * ord(row) + ord(column) for column in columns] for row in rows]
    return FeatureTable(
        omics_type="example",
        features=tuple(FeatureRef(name=row, type="gene", attributes={"chromosome": row}) for row in rows),
        samples=tuple(Sample(name=column, attributes={"batch": "1"}) for column in columns),
        quantities=(Quantity(name=quantity, values=np.array(values)),),
        rows_read=len(rows),
        rows_measured=len(rows),
    )


def stacked(*tables: FeatureTable) -> FeatureTable:
    stack = Stack()
    assert all(stack.add(f"file {n}", one) for n, one in enumerate(tables, 1))
    whole = stack.result()
    check_table(whole)
    return whole


def test_rows_and_columns_are_matched_in_any_order() -> None:
    whole = stacked(table("counts", "ABC", "st"), table("tpm", "CAB", "ts", 1000))
    assert [q.name for q in whole.quantities] == ["counts", "tpm"]
    assert_array_equal(whole.quantities[1].values, whole.quantities[0].values + 1000)
    assert ([f.name for f in whole.features], [s.name for s in whole.samples]) == (["A", "B", "C"], ["s", "t"])
    assert (whole.rows_read, whole.rows_measured) == (6, 6)


def test_reasons_move_along_with_their_values() -> None:
    other = table("tpm", "BA", "ts")
    cells = {"low": (0, 3)}  # B in t, A in s
    whole = stacked(
        table("counts", "AB", "st"), evolve(other, quantities=(evolve(other.quantities[0], missing=cells),))
    )
    assert whole.quantities[1].missing == {"low": (0, 3)}
    one = evolve(other, quantities=(evolve(other.quantities[0], missing={"low": (1,)}),))  # B in s
    assert stacked(table("counts", "AB", "st"), one).quantities[1].missing == {"low": (2,)}


def test_names_that_a_file_has_twice_are_matched_in_their_order() -> None:
    first, second = table("counts", "AA", "ss"), table("tpm", "AA", "ss")
    second = evolve(second, quantities=(evolve(second.quantities[0], values=np.array([[1.0, 2.0], [3.0, 4.0]])),))
    assert_array_equal(stacked(first, second).quantities[1].values, [[1, 2], [3, 4]])


def test_what_files_say_otherwise_is_left_away() -> None:
    other = table("tpm", "AB", "s")
    other = evolve(
        other,
        features=tuple(evolve(ref, attributes={"chromosome": "A"}, flags=("control",)) for ref in other.features),
        samples=(Sample(name="s", attributes={"batch": "2"}, flags=("pool",)),),
    )
    whole = stacked(table("counts", "AB", "s"), other)
    assert [dict(ref.attributes) for ref in whole.features] == [{"chromosome": "A"}, {}]
    assert [ref.flags for ref in whole.features] == [("control",), ("control",)]
    assert (dict(whole.samples[0].attributes), whole.samples[0].flags) == ({}, ("pool",))


def test_rows_that_were_set_aside_keep_their_problems() -> None:
    aside = (Problem(where="line 9", code="torn_row", what="cut", row=3),)
    tables = [evolve(table(name, "AB", "s"), rows_read=3, problems=aside) for name in ("counts", "tpm")]
    whole = stacked(*tables)
    assert (whole.rows_read, whole.rows_measured, [p.row for p in whole.problems]) == (6, 4, [3, 9])
    assert [p.where for p in whole.problems] == ["file 1, line 9", "file 2, line 9"]


def test_other_features_or_samples_or_the_same_quantity_stay_apart() -> None:
    stack = Stack()
    stack.add("counts", table("counts", "AB", "st"))
    for other, why in (
        (table("tpm", "ABC", "st"), "features are not"),
        (table("tpm", "AB", "su"), "samples are not"),
        (table("tpm", "AB", "s"), "samples are not"),
        (table("counts", "AB", "st"), "has the quantity counts as well"),
        (evolve(table("tpm", "AB", "st"), contrasts=(Contrast(name="a"),)), "compares samples"),
    ):
        assert why in stack.refusal(other)
        assert not stack.add("other", other)
    assert [q.name for q in stack.result().quantities] == ["counts"]
