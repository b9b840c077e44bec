"""Tables side by side: the same features in any order, what a file lacks, and each row accounted for."""

from collections.abc import Sequence

import numpy as np
from attrs import evolve
from numpy.testing import assert_array_equal

from amprenta_core.accounting import check_table
from amprenta_core.joining import ABSENT, Joiner
from amprenta_core.model import Axis, Contrast, FeatureRef, FeatureTable, Problem, Quantity, Sample


def table(
    names: Sequence[str],
    values: Sequence[float],
    *,
    sample: str = "s",
    quantity: str = "counts",
    problems: tuple[Problem, ...] = (),
    **said: str,
) -> FeatureTable:
    numbers = np.array(values, dtype=np.float64).reshape(-1, 1)
    aside = sum(1 for problem in problems if problem.row is not None)
    return FeatureTable(
        omics_type="example",
        features=tuple(FeatureRef(name=name, type="gene", attributes=said) for name in names),
        samples=(Sample(name=sample),),
        quantities=(Quantity(name=quantity, values=numbers, unit="reads"),),
        rows_read=len(names) + aside,
        rows_measured=len(names),
        problems=problems,
    )


def joined(*tables: FeatureTable) -> FeatureTable:
    joiner = Joiner()
    assert all(joiner.add(f"file {n}", one) for n, one in enumerate(tables, 1))
    whole = joiner.result()
    check_table(whole)
    return whole


def test_features_are_matched_in_any_order() -> None:
    whole = joined(table(["A", "B", "C"], [1, 2, 3]), table(["C", "A", "B"], [30, 10, 20], sample="t"))
    assert [ref.name for ref in whole.features] == ["A", "B", "C"]
    assert_array_equal(whole.quantities[0].values, [[1, 10], [2, 20], [3, 30]])
    assert [(s.name, s.attributes["file"]) for s in whole.samples] == [("s", "file 1"), ("t", "file 2")]
    assert whole.quantities[0].unit == "reads"


def test_what_a_file_lacks_is_missing_with_that_reason() -> None:
    whole = joined(table(["A", "B"], [1, 2]), table(["B", "C"], [20, 30], sample="t"))
    assert [ref.name for ref in whole.features] == ["A", "B", "C"]
    assert_array_equal(whole.quantities[0].values, [[1, np.nan], [2, 20], [np.nan, 30]])
    assert whole.quantities[0].missing == {ABSENT: (1, 4)}
    assert "features_not_in_file" in {problem.code for problem in whole.problems}


def test_reasons_move_along_with_their_values() -> None:
    one, other = table(["A", "B"], [1, 2]), table(["B", "A"], [np.nan, 10], sample="t")
    [quantity] = other.quantities
    marked = Quantity(name="counts", values=quantity.values, missing={"<LOD": (0,)})
    whole = joined(one, evolve(other, quantities=(marked,)))
    assert whole.quantities[0].missing == {"<LOD": (3,)}


def test_a_name_that_stands_there_twice_is_matched_in_its_order() -> None:
    whole = joined(table(["A", "A", "B"], [1, 2, 3]), table(["B", "A", "A"], [30, 10, 20], sample="t"))
    assert [ref.name for ref in whole.features] == ["A", "A", "B"]
    assert_array_equal(whole.quantities[0].values, [[1, 10], [2, 20], [3, 30]])


def test_other_features_are_not_joined() -> None:
    joiner = Joiner()
    assert joiner.add("a", table(["A", "B", "C"], [1, 2, 3]))
    assert not joiner.add("b", table(["X", "Y", "A"], [1, 2, 3]))
    assert [sample.name for sample in joiner.result().samples] == ["s"]


def test_results_are_not_joined() -> None:
    values = np.ones((1, 1))
    result = FeatureTable(
        omics_type="example",
        features=(FeatureRef(name="A", type="gene"),),
        contrasts=(Contrast(name="a_vs_b"),),
        quantities=(Quantity(name="p_value", values=values, axis=Axis.CONTRASTS),),
        rows_read=1,
        rows_measured=1,
    )
    assert not Joiner().add("a", result)


def test_a_quantity_that_one_file_lacks_is_kept_and_noted() -> None:
    whole = joined(table(["A"], [1]), table(["A"], [2], sample="t", quantity="tpm"))
    assert [q.name for q in whole.quantities] == ["counts", "tpm"]
    assert_array_equal(whole.quantities[1].values, [[np.nan, 2]])
    assert [p.code for p in whole.problems].count("quantity_not_in_file") == 2


def test_only_what_all_files_say_of_a_feature_is_kept() -> None:
    whole = joined(table(["A"], [1], length="7", cover="3"), table(["A"], [2], sample="t", length="7", cover="4"))
    assert whole.features[0].attributes == {"length": "7"}


def test_problems_name_their_file_and_rows_add_up() -> None:
    aside = Problem(where="line 3", code="torn_row", what="the file ends here", row=2)
    note = Problem(where="header", code="odd", what="a column is odd")
    whole = joined(table(["A", "B"], [1, 2], problems=(aside, note)), table(["A", "B"], [3, 4], problems=(note, aside)))
    assert (whole.rows_read, whole.rows_measured) == (6, 4)
    wheres = {problem.where for problem in whole.problems}
    assert {"file 1, line 3", "file 2, line 3", "file 1, header (and 1 other file)"} <= wheres
    rows = [problem.row for problem in whole.problems if problem.row is not None]
    assert len(set(rows)) == len(rows) == 2


def test_samples_of_one_name_are_kept_apart_and_noted() -> None:
    whole = joined(table(["A"], [1]), table(["A"], [2]))
    assert [sample.name for sample in whole.samples] == ["s", "s"]
    assert "duplicate_sample_names" in {problem.code for problem in whole.problems}
