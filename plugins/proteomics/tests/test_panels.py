"""Panels of reagents: what their files say beside what the examples show, and files that are not whole."""

from collections.abc import Callable, Sequence
from pathlib import Path

import amprenta_proteomics
import numpy as np
import pytest

from amprenta_core import FeatureTable, Match, ParseError, read_head
from amprenta_core.testing.examples import loaded, read

Table = Callable[..., FeatureTable]
ADAT = (
    "^HEADER\n!Version\t1.2\n^TABLE_BEGIN\n"
    "\t\tSeqId\t10000-28\t2171-12\n\t\tUnits\tRFU\tRFU\n\t\tType\tProtein\tSpuriomer\n"
    "SampleId\tSampleType\t\t\t\nS1\tSample\t\t1.5\t2.5\nS2\tSample\t\t3.5\t\n"
)
WIDE = (
    "Project,,\nNPX data,,\nPanel,P,P\nAssay,IL8,VEGFA\nUniprot ID,P10145,P15692\nOlinkID,OID00471,OID00472\n"
    "A1,1.5,2.5\nA2,3.5,4.5\nLOD,0.5,0.25\n"
)
LONG = "SampleID;OlinkID;UniProt;Assay;NPX\nA;OID00471;P10145;IL8;1,5\nA;OID00472;P15692;VEGFA;2,5\n"


def claim(folder: Path, text: str, name: str = "input.txt") -> Match | None:
    (folder / name).write_text(text, newline="")
    return loaded(amprenta_proteomics).sniff(read_head(folder / name))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """What the plugin reads in a text."""

    def run(text: str, name: str = "input.txt") -> FeatureTable:
        (tmp_path / name).write_text(text, newline="")
        reading = read(loaded(amprenta_proteomics), tmp_path / name)
        assert reading is not None
        [found] = reading.tables.values()
        return found

    return run


def numbers(found: FeatureTable) -> list[list[float | None]]:
    rows: Sequence[Sequence[float]] = found.quantities[0].values.tolist()
    return [[None if np.isnan(value) else value for value in row] for row in rows]


class TestAdat:
    def test_aptamers_are_rows_and_controls_are_marked(self, table: Table) -> None:
        found = table(ADAT)
        assert [(f.name, f.flags) for f in found.features] == [("10000-28", ()), ("2171-12", ("control",))]
        assert numbers(found) == [[1.5, 3.5], [2.5, None]]
        assert (found.quantities[0].unit, found.rows_read, found.rows_measured) == ("RFU", 2, 2)

    def test_units_that_differ_are_no_unit_of_all(self, table: Table) -> None:
        assert table(ADAT.replace("RFU\tRFU", "RFU\tlog10 RFU")).quantities[0].unit is None

    @pytest.mark.parametrize(
        ("kind", "flag"),
        [
            ("Hybridization Control Elution", "control"),
            ("Non-Biotin", "control"),
            ("Non-Cleavable", "control"),
            ("Non-Human", "non_human"),
            ("Deprecated", "deprecated"),
        ],
    )
    def test_the_type_of_a_reagent_marks_it(self, table: Table, kind: str, flag: str) -> None:
        assert table(ADAT.replace("Spuriomer", kind)).features[1].flags == (flag,)

    @pytest.mark.parametrize(
        ("kind", "flag"), [("Calibrator", "calibrator"), ("QC", "quality_control"), ("Buffer", "blank")]
    )
    def test_the_type_of_a_sample_marks_it(self, table: Table, kind: str, flag: str) -> None:
        assert table(ADAT.replace("S2\tSample", f"S2\t{kind}")).samples[1].flags == (flag,)

    def test_a_row_that_names_no_sample_is_set_aside(self, table: Table) -> None:
        found = table(ADAT.replace("S2\tSample", "\t"))
        assert [s.name for s in found.samples] == ["S1"]
        assert [(p.where, p.code) for p in found.problems] == [("line 9", "not_a_sample")]

    def test_a_value_that_is_no_number_is_told(self, table: Table) -> None:
        found = table(ADAT.replace("3.5", "saturated"))
        assert [(p.where, p.code) for p in found.problems] == [("line 9, column 10000-28", "unreadable_value")]
        assert found.quantities[0].missing == {"saturated": (1,)}

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            (ADAT[: ADAT.index("SampleId")], "ends before its samples"),
            (ADAT[: ADAT.index("S1")], "no complete row"),
            (ADAT.replace("SeqId", "Oligo"), "no row of the ADAT says the SeqId"),
            (ADAT.replace("1.5\t2.5", "\t").replace("3.5", ""), "not one value"),
        ],
    )
    def test_what_is_not_there_is_said(self, table: Table, text: str, what: str) -> None:
        with pytest.raises(ParseError, match=what):
            table(text)

    def test_other_texts_are_not_claimed(self, tmp_path: Path) -> None:
        assert claim(tmp_path, "^HEADER\nfree text\n") is None


class TestOlink:
    def test_rows_below_the_samples_describe_the_assays(self, table: Table) -> None:
        found = table(WIDE, "npx.csv")
        assert [f.attributes["LOD"] for f in found.features] == ["0.5", "0.25"]
        assert [(p.where, p.code) for p in found.problems] == [("line 9", "not_a_sample")]
        assert (found.rows_read, found.rows_measured) == (3, 2)

    @pytest.mark.parametrize(
        ("text", "name", "unit", "scale"),
        [
            (WIDE, "npx", "NPX", "log2"),
            (WIDE.replace("NPX data", "Ct Data"), "ct", None, "log2"),
            (
                WIDE.replace("NPX data", "Quantified data").replace("A1,", "Unit,pg/mL,pg/mL\nA1,"),
                "concentration",
                "pg/mL",
                "linear",
            ),
        ],
    )
    def test_the_title_says_what_is_in_it(
        self, table: Table, text: str, name: str, unit: str | None, scale: str
    ) -> None:
        [quantity] = table(text, "npx.csv").quantities
        assert (quantity.name, quantity.unit, quantity.scale) == (name, unit, scale)

    @pytest.mark.parametrize(
        ("name", "flags"),
        [
            ("IPC 1", ("calibrator",)),
            ("NEG_CTRL 2", ("blank",)),
            ("CONTROL_SAMPLE_AS 1", ("quality_control",)),
            ("Negroni", ()),
            ("Scott", ()),
        ],
    )
    def test_its_controls_are_marked(self, table: Table, name: str, flags: tuple[str, ...]) -> None:
        assert table(WIDE.replace("A2", name), "npx.csv").samples[1].flags == flags

    def test_a_file_without_samples_is_an_error(self, table: Table) -> None:
        with pytest.raises(ParseError, match="no complete row"):
            table(WIDE[: WIDE.index("A1")], "npx.csv")

    def test_long_tables_may_have_decimal_commas(self, table: Table) -> None:
        assert numbers(table(LONG, "npx.csv")) == [[1.5], [2.5]]

    def test_samples_that_share_a_name_are_kept_apart(self, table: Table) -> None:
        found = table(LONG + "A;OID00471;P10145;IL8;3,5\nB;OID00471;P10145;IL8;4,5\n", "npx.csv")
        assert [s.name for s in found.samples] == ["A", "A", "B"]
        assert numbers(found) == [[1.5, 3.5, 4.5], [2.5, None, None]]


def test_the_type_of_a_sample_says_what_it_is_whatever_it_is_called(table: Table) -> None:
    types = {"PLATE_CTRL_1": "PLATE_CONTROL", "n": "NEGATIVE_CONTROL", "s": "SAMPLE_CONTROL", "control 7": "SAMPLE"}
    lines = [f"{name},{kind},{oid},P10145,IL8,1.5" for name, kind in types.items() for oid in ("OID00471", "OID00472")]
    found = table("\n".join(["SampleID,SampleType,OlinkID,UniProt,Assay,NPX", *lines]) + "\n", "input.csv")
    flags = [sample.flags for sample in found.samples]
    assert flags == [("calibrator",), ("blank",), ("quality_control",), ()]
