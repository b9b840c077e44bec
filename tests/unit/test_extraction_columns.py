"""Features in columns, samples in rows."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from amprenta_core.accounting import check_table
from amprenta_core.errors import ParseError
from amprenta_core.extraction import extract
from amprenta_core.formats import Measure, TableFormat
from amprenta_core.model import FeatureTable, Match
from amprenta_core.reading import read_file

FREE = TableFormat(
    name="free",
    title="table with lipids in columns",
    layout="columns",
    feature_type="lipid",
    omics_type="lipidomics",
    measures=(Measure(name="abundance"),),
    names=lambda name: bool(re.match(r"[A-Z]\w+ \d+:\d", name)),
)
KIT = TableFormat(
    name="kit",
    title="kit export",
    layout="columns",
    feature_type="lipid",
    omics_type="lipidomics",
    header=("Plate", "Sample Type"),
    sample=("Sample Identification",),
    label_row="Class",
    skip_labels="metabolism indicators",
    unit_row=r"\[(.M)\]",
    measures=(Measure(name="concentration", columns=r"(?P<feature>.+)"),),
)
TWO_ROWS = TableFormat(
    name="quant",
    title="quantification",
    layout="columns",
    feature_type="lipid",
    omics_type="lipidomics",
    header=("Name", "Area"),
    header_rows=2,
    sample=("Sample|Name",),
    measures=(
        Measure(name="Area", columns=r"(?P<feature>.+?) Results\|Area\Z"),
        Measure(name="RT", columns=r"(?P<feature>.+?) Results\|RT\Z", unit="minute"),
    ),
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


def values(table: FeatureTable, quantity: int = 0) -> list[list[float | None]]:
    return [[None if np.isnan(x) else x for x in row] for row in table.quantities[quantity].values.tolist()]


def names(table: FeatureTable) -> tuple[list[str | None], list[str]]:
    return [f.name for f in table.features], [s.name for s in table.samples]


def problems(table: FeatureTable) -> dict[str, str]:
    return {p.code: p.where for p in table.problems}


class TestFreeTables:
    def test_features_are_rows_of_the_values(self, read: Read) -> None:
        table = read("sample,PC 34:1,PE 38:4\ns1,1,2\ns2,3,4\ns3,5,6\n")
        assert names(table) == (["PC 34:1", "PE 38:4"], ["s1", "s2", "s3"])
        assert values(table) == [[1, 3, 5], [2, 4, 6]]
        assert (table.rows_read, table.rows_measured, table.problems) == (3, 3, ())

    def test_reasons_point_to_the_turned_cells(self, read: Read) -> None:
        table = read("sample,PC 34:1,PE 38:4\ns1,<LOD,2\ns2,3,N/F\ns3,5,<LOD\n")
        assert values(table) == [[None, 3, 5], [2, None, None]]
        assert table.quantities[0].missing == {"<LOD": (0, 5), "N/F": (4,)}

    def test_other_columns_describe_the_samples(self, read: Read) -> None:
        table = read("group,age,sample,PC 34:1,PE 38:4\ncase,61,s1,1,2\nNA,40,s2,3,4\n")
        assert names(table)[1] == ["s1", "s2"]
        assert [s.attributes for s in table.samples] == [{"group": "case", "age": "61"}, {"age": "40"}]

    def test_compounds_of_other_kinds_between_lipids_count(self, read: Read) -> None:
        table = read("sample,age,PC 34:1,Cholesterol,PE 38:4,comment\ns1,60,1,2,3,good\ns2,61,4,5,6,bad\n")
        assert names(table)[0] == ["PC 34:1", "Cholesterol", "PE 38:4"]
        assert table.samples[0].attributes == {"age": "60", "comment": "good"}

    def test_sums_and_ratios_are_no_features_and_no_attributes(self, read: Read) -> None:
        table = read("sample,PC 34:1,PE 38:4,Sum PC,Ratio of PC to PE\ns1,1,2,3,0.5\ns2,3,4,5,0.75\n")
        assert names(table)[0] == ["PC 34:1", "PE 38:4"]
        assert problems(table) == {"derived_columns": "line 1"}
        assert table.samples[0].attributes == {}

    def test_names_that_are_numbers(self, read: Read) -> None:
        assert names(read("id,PC 34:1,PE 38:4\n1,1,2\n2,3,4\n"))[1] == ["1", "2"]

    def test_a_header_one_field_short(self, read: Read) -> None:
        table = read("PC 34:1,PE 38:4\ns1,1,2\ns2,3,4\n")
        assert names(table) == (["PC 34:1", "PE 38:4"], ["s1", "s2"])
        assert values(table) == [[1, 3], [2, 4]]

    def test_repeated_names_are_kept_and_flagged(self, read: Read) -> None:
        table = read("sample,PC 34:1,PC 34:1\ns1,1,2\ns1,3,4\n")
        assert names(table) == (["PC 34:1", "PC 34:1"], ["s1", "s1"])
        assert values(table) == [[1, 3], [2, 4]]
        assert set(problems(table)) == {"duplicate_feature_names", "duplicate_sample_names"}

    def test_rows_without_a_sample_are_set_aside(self, read: Read) -> None:
        table = read("sample,PC 34:1,PE 38:4\ns1,1,2\n,9,9\n\ns2,3,4\n")
        assert values(table) == [[1, 3], [2, 4]]
        assert (table.rows_read, table.rows_measured) == (3, 2)
        [aside] = table.problems
        assert (aside.code, aside.where, aside.row) == ("not_a_sample", "line 3", 2)

    def test_a_column_without_one_value_is_a_feature(self, read: Read) -> None:
        table = read("sample,PC 34:1,PE 38:4\ns1,1,\ns2,3,NA\n")
        assert values(table) == [[1, 3], [None, None]]

    def test_a_torn_last_row_is_set_aside(self, read: Read) -> None:
        table = read("sample,PC 34:1,PE 38:4\ns1,1,2\ns2,3")
        assert values(table) == [[1], [2]]
        assert problems(table) == {"torn_row": "line 3"}

    def test_unreadable_cells_are_told_with_their_column(self, read: Read) -> None:
        table = read("sample,PC 34:1,PE 38:4\ns1,1,2\ns2,3,about 4\n")
        assert values(table) == [[1, 3], [2, None]]
        assert problems(table) == {"unreadable_value": "line 3, column PE 38:4"}
        assert table.quantities[0].missing == {"about 4": (3,)}

    def test_without_a_known_name_there_is_no_table(self, read: Read) -> None:
        with pytest.raises(ParseError, match="no table of the format free"):
            read("sample,a,b\ns1,1,2\n")

    def test_without_rows_there_is_no_table(self, read: Read) -> None:
        with pytest.raises(ParseError):
            read("sample,PC 34:1,PE 38:4\n")


class TestKits:
    ABOVE = "Study X; concentrations [µM],,,,,,,\n"
    HEADER = "Plate,Sample Type,Sample Identification,Order,C0,PC aa C34:1,Lipid index,Ratio C2\n"
    LABELS = ",,Class,,Acylcarnitines,Glycerophospholipids,Metabolism indicators,Glycerophospholipids\n"
    LIMITS = ",,LOD (calc.) [µM],,0.1,0.2,,0.3\n"
    ROWS = "1,Sample,p1,1,5,6,7,8\n1,Pool QC,p2,2,9,< LOD,11,12\n,,,LLOQ,1,1,1,1\n"
    TEXT = ABOVE + HEADER + LABELS + LIMITS + ROWS

    def test_labels_tell_features_from_indicators(self, read: Read) -> None:
        table = read(self.TEXT, KIT)
        assert names(table)[0] == ["C0", "PC aa C34:1"]
        assert [f.attributes for f in table.features] == [
            {"label": "Acylcarnitines"},
            {"label": "Glycerophospholipids"},
        ]
        assert "2 (Lipid index first)" in next(p.what for p in table.problems if p.code == "derived_columns")

    def test_limits_of_detection_and_labels_are_no_samples(self, read: Read) -> None:
        table = read(self.TEXT, KIT)
        assert names(table)[1] == ["p1", "p2"]
        assert [(p.code, p.where) for p in table.problems if p.row is not None] == [
            ("not_a_sample", "line 3"),
            ("not_a_sample", "line 4"),
            ("not_a_sample", "line 7"),
        ]
        assert (table.rows_read, table.rows_measured) == (5, 2)

    def test_units_flags_and_reasons(self, read: Read) -> None:
        table = read(self.TEXT, KIT)
        assert table.quantities[0].unit == "µM"
        assert [s.flags for s in table.samples] == [(), ("quality_control",)]
        assert table.samples[0].attributes == {"Plate": "1", "Sample Type": "Sample", "Order": "1"}
        assert table.quantities[0].missing == {"< LOD": (3,)}

    def test_without_labels_the_columns_of_numbers_that_describe_no_sample_are_features(self, read: Read) -> None:
        table = read(self.HEADER + self.ROWS, KIT)
        assert names(table) == (["Order", "C0", "PC aa C34:1", "Lipid index"], ["p1", "p2"])


class TestMergedHeaders:
    TEXT = (
        "Sample,,PC 34:1 Method,PC 34:1 Results,,PE 38:4 Results,\n"
        "Name,Type,ISTD,Area,RT,Area,RT\n"
        "s1,Sample,x,1,0.5,2,0.6\n"
        "s2,Cal,y,3,0.5,,\n"
    )

    def test_blocks_of_columns_are_features(self, read: Read) -> None:
        table = read(self.TEXT, TWO_ROWS)
        assert names(table) == (["PC 34:1", "PE 38:4"], ["s1", "s2"])
        assert [(q.name, q.unit) for q in table.quantities] == [("Area", None), ("RT", "minute")]
        assert (values(table), values(table, 1)) == ([[1, 3], [2, None]], [[0.5, 0.5], [0.6, None]])

    def test_columns_of_a_block_describe_no_sample(self, read: Read) -> None:
        table = read(self.TEXT, TWO_ROWS)
        assert [s.attributes for s in table.samples] == [{"Type": "Sample"}, {"Type": "Cal"}]
        assert table.samples[1].flags == ("calibrator",)

    def test_a_second_quantity_for_other_features_is_left_out(self, read: Read) -> None:
        text = self.TEXT.replace("Area,RT,Area,RT", "Area,RT,Area,FWHM")
        assert [q.name for q in read(text, TWO_ROWS).quantities] == ["Area"]

    def test_the_lower_row_alone_is_no_table(self, read: Read) -> None:
        with pytest.raises(ParseError):
            read(self.TEXT.split("\n", 1)[1], TWO_ROWS)
