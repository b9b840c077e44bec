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


SDRF = "source name\tcharacteristics[organism]\tcharacteristics[disease]\tcomment[data file]\tcomment[label]\t"
MODIFIED = "comment[modification parameters]\tcomment[modification parameters]\tfactor value[disease]\n"


def sdrf(*rows: tuple[str, str, str, str]) -> str:
    """An SDRF: source name, disease, data file and label of each row."""
    return f"{SDRF}{MODIFIED}" + "".join(
        f"{source}\tHomo sapiens\t{disease}\t{file}\t{label}\tNT=Oxidation\tNT=Acetyl\t{disease}\n"
        for source, disease, file, label in rows
    )


def test_what_repeated_columns_say_is_put_together(described: Join) -> None:
    table = described(measured("s1", "s2"), "sample,drug,drug,drug\ns1,A,B,A\ns2,,C,\n")
    assert attributes(table) == [{"drug": "A; B"}, {"drug": "C"}]


def test_an_sdrf_joins_by_its_data_files(described: Join) -> None:
    text = sdrf(
        ("P-1", "normal", "run_1.raw", "label free sample"), ("P-2", "tumour", "run_2.raw", "label free sample")
    )
    table = described(measured("run_1", "run_2"), text, "a.sdrf.tsv")
    assert attributes(table)[1] == {
        "source name": "P-2",
        "characteristics[organism]": "Homo sapiens",
        "characteristics[disease]": "tumour",
        "comment[label]": "label free sample",
        "comment[modification parameters]": "NT=Oxidation; NT=Acetyl",
        "factor value[disease]": "tumour",
    }
    assert told(table) == {}


def test_all_rows_of_a_sample_that_was_fractionated_describe_it(described: Join) -> None:
    text = sdrf(("P-1", "normal", "f1.raw", "x"), ("P-1", "normal", "f2.raw", "x"), ("P-2", "tumour", "f3.raw", "x"))
    table = described(measured("P-1", "P-2"), text, "a.sdrf.tsv")
    assert [a["comment[data file]"] for a in attributes(table)] == ["f1.raw; f2.raw", "f3.raw"]
    assert [a["characteristics[disease]"] for a in attributes(table)] == ["normal", "tumour"]
    assert told(table) == {}


@pytest.mark.parametrize(
    "names", [("run_1_126", "run_1_127N"), ("126 run_1", "127N run_1"), ("run_1.126", "run_1.127N")]
)
def test_an_sdrf_joins_by_data_file_and_channel(described: Join, names: tuple[str, str]) -> None:
    text = sdrf(("P-1", "normal", "run_1.raw", "TMT126"), ("P-2", "tumour", "run_1.raw", "AC=PRIDE:1;NT=TMT127N"))
    table = described(measured(*names), text, "a.sdrf.tsv")
    assert [a["source name"] for a in attributes(table)] == ["P-1", "P-2"]
    assert told(table) == {}


def test_a_run_of_several_channels_is_all_their_samples(described: Join) -> None:
    text = sdrf(("P-1", "normal", "run_1.raw", "TMT126"), ("P-2", "tumour", "run_1.raw", "TMT127N"))
    [said] = attributes(described(measured("run_1"), text, "a.sdrf.tsv"))
    assert (said["source name"], said["comment[label]"]) == ("P-1; P-2", "TMT126; TMT127N")


def test_channels_and_runs_without_a_partner_are_told(described: Join) -> None:
    text = sdrf(("P-1", "normal", "run_1.raw", "TMT126"), ("P-2", "tumour", "run_9.raw", "TMT127N"))
    table = described(measured("run_1_126", "run_1_131"), text, "a.sdrf.tsv")
    assert told(table) == {
        "sample_not_described": "samples that are not in the sample sheet: 1 (run_1_131 first)",
        "sample_not_measured": "rows that describe no sample of the file: 1 (run 9 127n first)",
    }
