"""mzTab: sections among others, names of assays, units, and masses that another section says."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from amprenta_core.accounting import check_table
from amprenta_core.errors import ParseError
from amprenta_core.extraction import extract, mztab
from amprenta_core.formats import Lookup, Measure, Section, TableFormat
from amprenta_core.model import FeatureTable, Match
from amprenta_core.reading import read_file

SECTION = Section(header="SMH", rows="SML")
FORMAT = TableFormat(
    name="mztab",
    title="mzTab",
    layout="rows",
    feature_type="lipid",
    omics_type="lipidomics",
    section=SECTION,
    header=("SML_ID", "chemical_name"),
    feature=("chemical_name",),
    key=("SML_ID",),
    ids={"database": "database_identifier"},
    lookup=Lookup(
        section=Section(header="SFH", rows="SMF"),
        refs="SMF_ID_REFS",
        key="SMF_ID",
        mz="exp_mass_to_charge",
        rt="rt_seconds",
    ),
    measures=(Measure(name="abundance", columns=r"abundance_assay\[(?P<sample>\d+)\]\Z"),),
)
LINES = (
    "MTD\tmzTab-version\t2.0.0-M",
    "MTD\tsmall_molecule-quantification_unit\t[PRIDE, PRIDE:0000330, Arbitrary quantification unit, ]",
    "MTD\tms_run[1]-location\tfile:///data/liver 1.mzML",
    "MTD\tms_run[2]-location\tfile://C:\\data\\liver_2.raw",
    "MTD\tms_run[3]-location\tnull",
    "MTD\tassay[1]-ms_run_ref\tms_run[1]",
    "MTD\tassay[2]-ms_run_ref\tms_run[2]",
    "MTD\tassay[3]\tpool",
    "MTD\tassay[3]-ms_run_ref\tms_run[3]",
    "",
    "SMH\tSML_ID\tSMF_ID_REFS\tdatabase_identifier\tchemical_name\tabundance_assay[1]\tabundance_assay[2]\tabundance_assay[3]",
    "SML\t1\t11|12\tLM:LMGP01\tPC 34:1\t1\t2\tnull",
    "COM\ta remark between",
    "SML\t2\t12\tnull\tnull\t3\t4\t5",
    "SML\t3\tnull\tnull\tPE 38:4",
    "",
    "SFH\tSMF_ID\texp_mass_to_charge\trt_seconds",
    "SMF\t11\t760.585\t150.5",
    "SMF\t12\t700.5\tnull",
)
Read = Callable[..., FeatureTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(*lines: str) -> FeatureTable:
        path = tmp_path / "input.mzTab"
        path.write_text("\n".join(lines or LINES) + "\n", newline="")
        table = extract(read_file(path, Match(format="mztab", confidence="certain", reason="told")), [FORMAT])
        check_table(table)
        return table

    return run


def test_only_rows_of_the_section_are_rows(read: Read) -> None:
    table = read()
    assert (table.rows_read, table.rows_measured) == (3, 3)


def test_named_or_not_a_row_is_a_feature(read: Read) -> None:
    assert [(f.name, f.attributes) for f in read().features] == [
        ("PC 34:1", {"SML_ID": "1"}),
        (None, {"SML_ID": "2"}),
        ("PE 38:4", {"SML_ID": "3"}),
    ]


def test_assays_are_named_after_themselves_or_their_raw_files(read: Read) -> None:
    assert [s.name for s in read().samples] == ["liver 1", "liver_2", "pool"]
    assert read().samples[2].flags == ("quality_control",)


def test_null_and_short_rows_are_missing(read: Read) -> None:
    values = read().quantities[0].values
    assert values[:2, :2].tolist() == [[1, 2], [3, 4]]
    assert np.argwhere(np.isnan(values)).tolist() == [[0, 2], [2, 0], [2, 1], [2, 2]]
    assert read().quantities[0].missing == {}


def test_masses_and_times_come_from_the_first_feature_that_is_referred_to(read: Read) -> None:
    assert [(f.mz, f.rt) for f in read().features] == [(760.585, 150.5), (700.5, None), (None, None)]


def test_identifiers_and_units(read: Read) -> None:
    assert [f.ids for f in read().features] == [{"lipidmaps": "LMGP01"}, {}, {}]
    assert read().quantities[0].unit == "Arbitrary quantification unit"


def test_a_file_without_the_other_section_has_no_masses(read: Read) -> None:
    assert [f.mz for f in read(*LINES[:15]).features] == [None, None, None]


def test_a_file_without_the_section_is_an_error(read: Read) -> None:
    with pytest.raises(ParseError, match="no table of the format mztab"):
        read(*LINES[:10], *LINES[16:])


def test_a_section_without_rows_is_an_error(read: Read) -> None:
    with pytest.raises(ParseError):
        read(*LINES[:11])


def test_metadata_of_any_shape() -> None:
    rows = [["MTD"], ["MTD", "key"], ["MTD", " a ", " b "], ["COM", "x", "y"]]
    assert mztab.metadata(rows) == {"a": "b"}
    assert mztab.unit({}) is None
    assert mztab.unit({"protein-quantification_unit": "ng"}) == "ng"
    assert mztab.assay_name({}, "7") == "assay[7]"


def test_assays_that_share_a_run_are_named_by_their_channels_too() -> None:
    meta = {
        "ms_run[1]-location": "file:///data/run_1.mzML",
        "assay[1]-ms_run_ref": "ms_run[1]",
        "assay[1]-quantification_reagent": "[PRIDE, PRIDE:0000114, iTRAQ reagent 114, ]",
        "assay[2]-ms_run_ref": "ms_run[1]",
        "assay[2]-quantification_reagent": "[PRIDE, PRIDE:0000288, TMT reagent 127N, ]",
        "assay[3]-ms_run_ref": "ms_run[1]",
        "assay[3]-quantification_reagent": "[MS, MS:1002038, unlabeled sample, ]",
        "assay[4]": "control",
        "assay[4]-ms_run_ref": "ms_run[1]",
        "assay[4]-quantification_reagent": "[PRIDE, PRIDE:0000114, iTRAQ reagent 114, ]",
    }
    names = [mztab.assay_name(meta, f"assay[{n}]") for n in range(1, 5)]
    assert names == ["run_1 114", "run_1 127N", "run_1", "control"]
