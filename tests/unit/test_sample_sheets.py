"""A sample sheet describes the samples of a file, and what does not fit is told."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import openpyxl  # type: ignore[import-untyped]  # has no types
import pytest

from amprenta_core.errors import FileError
from amprenta_core.model import FeatureRef, FeatureTable, Problem, Quantity, Sample
from amprenta_core.sample_sheets import join

Join = Callable[..., FeatureTable]


def measured(*names: str, **attributes: Mapping[str, str]) -> FeatureTable:
    samples = tuple(Sample(name=name, attributes=attributes.get(name, {})) for name in names)
    return FeatureTable(
        omics_type="lipidomics",
        features=(FeatureRef(name="x", type="lipid"),),
        samples=samples,
        quantities=(Quantity(name="q", values=np.ones((1, len(samples)))),),
        rows_read=1,
        rows_measured=1,
        problems=(Problem(where="line 1", code="earlier", what="before"),),
    )


@pytest.fixture
def described(tmp_path: Path) -> Join:
    """A table joined with a sheet of this text."""

    def run(table: FeatureTable, text: str, name: str = "sheet.csv") -> FeatureTable:
        (tmp_path / name).write_text(text, newline="")
        return join(table, tmp_path / name)

    return run


def attributes(table: FeatureTable) -> list[dict[str, str]]:
    return [dict(sample.attributes) for sample in table.samples]


def told(table: FeatureTable) -> dict[str, str]:
    return {p.code: p.what for p in table.problems if p.code != "earlier"}


def test_columns_become_attributes(described: Join) -> None:
    table = described(measured("s1", "s2"), "sample,group,age\ns2,control,40\ns1,case,61\n")
    assert attributes(table) == [{"group": "case", "age": "61"}, {"group": "control", "age": "40"}]
    assert [p.code for p in table.problems] == ["earlier"]


def test_the_column_that_names_most_samples_is_the_one(described: Join) -> None:
    table = described(measured("s1", "s2", "s3"), "pair,group,id\ns1,case,s3\ns1,control,s2\nx,case,s1\n")
    assert [a["group"] for a in attributes(table)] == ["case", "control", "case"]
    assert attributes(table)[2] == {"pair": "s1", "group": "case"}


@pytest.mark.parametrize("written", ["s1.raw", "s1.mzML", "s1.d", "C:\\data\\run 7\\s1.RAW", "/data/s1.wiff", " s1 "])
def test_raw_files_name_their_samples(described: Join, written: str) -> None:
    assert attributes(described(measured("s1"), f"file,group\n{written},case\n")) == [{"group": "case"}]
    assert attributes(described(measured(written), "file,group\ns1,case\n")) == [{"group": "case"}]


def test_other_points_in_names_are_no_suffixes(described: Join) -> None:
    table = described(measured("s.1", "s.2"), "file,group\ns.1,case\ns.2,control\n")
    assert [a["group"] for a in attributes(table)] == ["case", "control"]


def test_what_does_not_fit_is_told_both_ways(described: Join) -> None:
    table = described(measured("s1", "s2", "s3"), "sample,group\ns1,case\ns8,case\ns9,case\n")
    assert attributes(table) == [{"group": "case"}, {}, {}]
    assert told(table) == {
        "sample_not_described": "samples that are not in the sample sheet: 2 (s2 first)",
        "sample_not_measured": "rows that describe no sample of the file: 2 (s8 first)",
    }


def test_of_several_rows_the_first_is_used_and_it_is_told(described: Join) -> None:
    table = described(measured("s1", "s2"), "sample,group\ns1,case\ns1.raw,control\ns2,case\n")
    assert attributes(table) == [{"group": "case"}, {"group": "case"}]
    assert told(table) == {
        "sample_described_twice": "samples with several rows, of which the first is used: 1 (s1 first)"
    }


def test_repeated_samples_are_all_described(described: Join) -> None:
    assert attributes(described(measured("s1", "s1"), "sample,group\ns1,case\n")) == [{"group": "case"}] * 2


def test_the_sheet_wins_over_what_the_file_says(described: Join) -> None:
    table = described(measured("s1", s1={"group": "?", "batch": "1"}), "sample,group\ns1,case\n")
    assert attributes(table) == [{"group": "case", "batch": "1"}]


def test_empty_cells_and_columns_say_nothing(described: Join) -> None:
    table = described(measured("s1", "s2"), "sample,group,,note\ns1,,x, \ns2\n,case,,\n")
    assert attributes(table) == [{}, {}]
    assert told(table) == {}


def test_a_header_one_field_short(described: Join) -> None:
    assert attributes(described(measured("s1", "s2"), "group,age\ns1,case,61\ns2,control,40\n")) == [
        {"group": "case", "age": "61"},
        {"group": "control", "age": "40"},
    ]


@pytest.mark.parametrize("text", ["", "\n", "sample,group\n"])
def test_a_sheet_without_rows_is_an_error(described: Join, text: str) -> None:
    with pytest.raises(FileError, match="the sample sheet has no rows"):
        described(measured("s1"), text)


def test_a_sheet_of_other_samples_is_an_error_that_shows_names(described: Join) -> None:
    with pytest.raises(FileError, match="names none of the file's samples") as caught:
        described(measured("s1", "s2", "s3", "s4"), "sample,group\na,case\n")
    assert (caught.value.hint or "").endswith("such as s1, s2, s3")


def test_a_file_without_samples_is_an_error_that_says_so(described: Join) -> None:
    with pytest.raises(FileError, match="The file has no samples"):
        described(measured(), "sample,group\na,case\n")


def test_a_missing_sheet_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be opened"):
        join(measured("s1"), tmp_path / "none.csv")


def test_a_workbook_may_begin_with_an_empty_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("samples")
    sheet.append(["id", "dose"])
    sheet.append([1001, 2.5])
    book.save(tmp_path / "sheet.xlsx")
    assert attributes(join(measured("1001"), tmp_path / "sheet.xlsx")) == [{"dose": "2.5"}]
