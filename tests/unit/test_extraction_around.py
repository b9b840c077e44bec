"""What stands around a table: rows above it that describe samples, sheets that explain it, columns left out."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openpyxl  # type: ignore[import-untyped]  # has no types
import pytest
from attrs import evolve

from amprenta_core.accounting import check_table
from amprenta_core.extraction import extract
from amprenta_core.formats import Dictionary, Measure, TableFormat, sniff
from amprenta_core.model import FeatureTable, Match
from amprenta_core.reading import read_file, read_head

FREE = TableFormat(
    name="free",
    title="table with compounds in rows",
    layout="rows",
    feature_type="metabolite",
    omics_type="metabolomics",
    measures=(Measure(name="abundance"),),
    names=lambda name: name.startswith("C-"),
)
STACKED = TableFormat(
    name="stacked",
    title="table below its samples",
    layout="rows",
    feature_type="metabolite",
    omics_type="metabolomics",
    header=("Compound", "RT"),
    feature=("Compound",),
    ids={"database": "ID|Other ID", "cas": "CAS"},
    accessions=lambda namespace, cell: {namespace: cell.lower()},
    attributes=("Formula",),
    ignored=("Score",),
    rt=("RT", "RT (min)"),
    labels_above=True,
    sample_where=("File type", "sample|qc"),
    measures=(Measure(name="area"),),
)
BLOCKS = TableFormat(
    name="blocks",
    title="table with blocks of quantities",
    layout="rows",
    feature_type="metabolite",
    omics_type="metabolomics",
    header=("Compound", "m/z"),
    header_rows=3,
    feature=("Description",),
    key=("Compound",),
    mz=("m/z",),
    measures=(
        Measure(name="normalised", columns=r"Normal\|(?P<sample>.+)\Z"),
        Measure(name="raw", columns=r"Raw\|(?P<sample>.+)\Z"),
    ),
    nameless=True,
)
BOOK = TableFormat(
    name="book",
    title="workbook with sheets of names and samples",
    layout="columns",
    feature_type="metabolite",
    omics_type="metabolomics",
    header=("SampleID",),
    sample=("SampleID",),
    names_sheet=Dictionary(key="Key", label="Name|Title", header=("Order",), ids={"kegg": "KEGG"}),
    samples_sheet=Dictionary(key="SampleID", header=("Dose",)),
    attributes=("Order",),
    sheets={"Log.*": Measure(name="log area", scale="log2")},
    measures=(Measure(name="area"),),
)
Read = Callable[..., FeatureTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(text: str, declared: TableFormat = FREE) -> FeatureTable:
        path = tmp_path / "input.csv"
        path.write_text(text, newline="")
        table = extract(read_file(path, Match(format=declared.name, confidence="certain", reason="told")), [declared])
        check_table(table)
        return table

    return run


Rows = Sequence[Sequence[object]]


def book(path: Path, **sheets: Rows) -> Path:
    written = openpyxl.Workbook()
    written.remove(written.active)
    for name, rows in sheets.items():
        sheet = written.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    written.save(path)
    return path


def values(table: FeatureTable, quantity: int = 0) -> list[list[float | None]]:
    return [[None if np.isnan(x) else x for x in row] for row in table.quantities[quantity].values.tolist()]


class TestRowsAbove:
    ABOVE = ",,,Group,a,b,,a\n,,,File type,Sample,QC,Average,Blank\nCompound,RT,Score,Formula,s1,s2,a,s3\n"

    def test_label_samples_and_say_which_they_are(self, read: Read) -> None:
        table = read(self.ABOVE + "Urea,1,7,CH4N2O,5,6,5.5,1\n", STACKED)
        assert [s.name for s in table.samples] == ["s1", "s2"]
        assert table.samples[0].attributes == {"Group": "a", "File type": "Sample"}
        assert table.samples[1].flags == ("quality_control",)
        assert values(table) == [[5, 6]]

    def test_without_a_row_of_kinds_all_behind_the_labels_are_samples(self, read: Read) -> None:
        table = read(",,,Group,a,b\nCompound,RT,Score,Formula,101,102\nUrea,1,7,CH4N2O,5,6\n", STACKED)
        assert [s.name for s in table.samples] == ["101", "102"]

    def test_without_any_row_above_columns_of_numbers_are_samples_but_ignored_ones(self, read: Read) -> None:
        table = read("Compound,RT,Score,Formula,s1,s2\nUrea,1,7,CH4N2O,5,6\n", STACKED)
        assert [s.name for s in table.samples] == ["s1", "s2"]
        assert table.features[0].attributes == {"Formula": "CH4N2O"}

    def test_a_title_is_no_row_of_labels(self, read: Read) -> None:
        table = read("My study,,,,,\n,,,Group,a,b\nCompound,RT,Score,Formula,s1,s2\nUrea,1,7,x,5,6\n", STACKED)
        assert table.samples[0].attributes == {"Group": "a"}

    def test_two_labels_in_one_cell_are_told_apart(self, read: Read) -> None:
        text = ",,,Group,a,b\nCompound,RT,Score,   Sample   Other ID,s1,s2\nUrea,1,7,HMDB1,5,6\n"
        assert read(text, STACKED).features[0].ids == {"database": "hmdb1"}

    def test_a_header_says_the_unit_of_time_itself(self, read: Read) -> None:
        minutes = read("Compound,RT (min),RT,s1\nUrea,2,3,5\n", evolve(STACKED, rt=("RT (min)",)))
        assert minutes.features[0].rt == 120
        assert read("Compound,RT,s1\nUrea,2,5\n", STACKED).features[0].rt == 2


class TestRowsBelow:
    def test_the_group_of_each_sample_is_no_feature(self, read: Read) -> None:
        table = read("Sample,m1,m2\nGroup,old,young\nC-1,1,2\nC-2,3,4\n")
        assert [f.name for f in table.features] == ["C-1", "C-2"]
        assert [dict(s.attributes) for s in table.samples] == [{"Group": "old"}, {"Group": "young"}]
        [problem] = table.problems
        assert (problem.code, problem.where, table.rows_set_aside) == ("describes_samples", "line 2", 1)

    def test_groups_may_be_numbers(self, read: Read) -> None:
        table = read("Sample,m1,m2\nLabel,0,1\nBatch,7,8\nC-1,1,2\nC-2,3,4\n")
        assert table.samples[1].attributes == {"Label": "1", "Batch": "8"}
        assert values(table) == [[1, 2], [3, 4]]


class TestBlocks:
    TEXT = ",,Normal,,Raw,,\n,,fed,,fed,,\nCompound,m/z,a,b,a,b,Description\n1,90.5,1,2,3,4,Alanine\n2,91.5,5,6,7,8,\n"

    def test_three_header_rows_name_quantity_group_and_sample(self, read: Read) -> None:
        table = read(self.TEXT, BLOCKS)
        assert [(q.name, q.values.tolist()) for q in table.quantities] == [
            ("normalised", [[1, 2], [5, 6]]),
            ("raw", [[3, 4], [7, 8]]),
        ]
        assert [f.name for f in table.features] == ["Alanine", None]
        assert [dict(s.attributes) for s in table.samples] == [{"header 2": "fed"}, {"header 2": "fed"}]


class TestSheets:
    SHEETS: tuple[dict[str, Rows], ...] = (
        {"Data": [["SampleID", "M1", "M2", "Age"], ["s1", 1, 2, 40], ["s2", 3, None, 50]]},
        {
            "Names": [
                ["Order", "Key", "Name", "KEGG"],
                [1, "M1", "Urea", "C00086"],
                [2, "M2", None, None],
                [3, "M3", "x", None],
            ]
        },
        {"Samples": [["SampleID", "Dose"], ["s1", "high"]]},
    )

    def test_one_names_features_another_describes_samples(self, tmp_path: Path) -> None:
        sheets = {name: rows for sheet in self.SHEETS for name, rows in sheet.items()}
        path = book(tmp_path / "x.xlsx", **sheets)
        match = sniff(read_head(path), [BOOK])
        assert match is not None
        assert match.parts == ("Data",)
        table = extract(read_file(path, match, beside=True), [BOOK])
        assert [(f.name, dict(f.ids), dict(f.attributes)) for f in table.features] == [
            ("Urea", {"kegg": "C00086"}, {"Key": "M1", "Order": "1"}),
            ("M2", {}, {"Key": "M2", "Order": "2"}),
        ]
        assert [dict(s.attributes) for s in table.samples] == [{"Age": "40", "Dose": "high"}, {"Age": "50"}]
        assert [p.code for p in table.problems] == ["names_without_values"]

    def test_a_sheet_without_the_sheet_of_names_is_another_format(self, tmp_path: Path) -> None:
        path = book(tmp_path / "x.xlsx", **self.SHEETS[0])
        assert sniff(read_head(path), [BOOK]) is None

    def test_keys_may_be_numbers_and_sheets_say_what_they_hold(self, tmp_path: Path) -> None:
        data: Rows = [["SampleID", 101, 102], ["s1", 1, 2]]
        names: Rows = [["Order", "Key", "Title"], [1, 101, "Urea"], [2, 102, "Glucose"]]
        path = book(tmp_path / "x.xlsx", Areas=data, Log_areas=data, Names=names)
        match = sniff(read_head(path), [BOOK])
        assert match is not None
        assert match.parts == ("Areas", "Log areas")
        for part, quantity in zip(match.parts, [("area", "linear"), ("log area", "log2")], strict=True):
            table = extract(read_file(path, evolve(match, parts=(part,)), beside=True), [BOOK])
            assert (table.quantities[0].name, table.quantities[0].scale) == quantity
            assert [f.name for f in table.features] == ["Urea", "Glucose"]

    def test_other_sheets_stay_out_unless_they_are_wanted(self, tmp_path: Path) -> None:
        path = book(tmp_path / "x.xlsx", A=[["x", 1]], B=[["y", 2]])
        match = Match(format="any", confidence="certain", reason="told", parts=("B",))
        assert [t.name for t in read_file(path, match).tables] == ["B"]
        assert [t.name for t in read_file(path, match, beside=True).tables] == ["A", "B"]


def test_numbers_that_describe_samples_are_no_features(read: Read) -> None:
    columns = evolve(FREE, layout="columns")
    table = read("Subject,C-1,Age (years),C-2,Mystery,Group\np1,1,40,2,3,0\np2,4,50,5,6,1\n", columns)
    assert [f.name for f in table.features] == ["C-1", "C-2", "Mystery"]
    assert table.samples[0].attributes == {"Age (years)": "40", "Group": "0"}
