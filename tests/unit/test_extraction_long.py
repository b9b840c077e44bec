"""Long tables: one row for each feature in each sample."""

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

LONG = TableFormat(
    name="long",
    title="transitions",
    layout="long",
    feature_type="lipid",
    omics_type="lipidomics",
    header=("Molecule|Peptide", "Replicate"),
    feature=("Molecule", "Peptide"),
    sample=("Replicate",),
    key=("Precursor Mz", "Product Mz"),
    attributes=("List",),
    mz=("Precursor Mz",),
    measures=(
        Measure(name="Area", columns="Area|Total Area"),
        Measure(name="RT", columns="Retention Time", unit="minute"),
        Measure(name="Background", columns="Background"),
    ),
)
Read = Callable[[str], FeatureTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(text: str) -> FeatureTable:
        path = tmp_path / "input.csv"
        path.write_text(text, newline="")
        table = extract(read_file(path, Match(format="long", confidence="certain", reason="told")), [LONG])
        check_table(table)
        return table

    return run


def values(table: FeatureTable, quantity: int = 0) -> list[list[float | None]]:
    return [[None if np.isnan(x) else x for x in row] for row in table.quantities[quantity].values.tolist()]


HEADER = "Molecule,Replicate,Precursor Mz,Product Mz,Area,Retention Time,Background\n"
ROWS = (
    "PC 34:1,r1,760.5,184,10,1.5,\nPE 38:4,r1,768.5,141,20,2.5,\n"
    "PC 34:1,r2,760.5,184,30,1.6,\nPE 38:4,r2,768.5,141,40,2.6,\n"
)


def test_features_and_samples_stand_in_the_order_of_their_first_row(read: Read) -> None:
    table = read(HEADER + ROWS)
    assert [f.name for f in table.features] == ["PC 34:1", "PE 38:4"]
    assert [s.name for s in table.samples] == ["r1", "r2"]
    assert values(table) == [[10, 30], [20, 40]]
    assert (table.rows_read, table.rows_measured, table.problems) == (4, 4, ())
    assert [(f.mz, f.attributes["Product Mz"]) for f in table.features] == [
        (760.5, "184"),
        (768.5, "141"),
    ]


def test_the_order_of_rows_does_not_move_values(read: Read) -> None:
    table = read(HEADER + "".join(reversed(ROWS.splitlines(keepends=True))))
    at = {f.name: n for n, f in enumerate(table.features)}
    in_sample = {s.name: n for n, s in enumerate(table.samples)}
    assert values(table)[at["PC 34:1"]][in_sample["r2"]] == 30
    assert values(table)[at["PE 38:4"]][in_sample["r1"]] == 20


def test_every_transition_is_a_feature_of_its_own(read: Read) -> None:
    table = read(HEADER + ROWS + "PC 34:1,r1,760.5,283,5,1.5,\n")
    assert [f.name for f in table.features] == ["PC 34:1", "PE 38:4", "PC 34:1"]
    assert values(table)[2] == [5, None]
    assert [p.code for p in table.problems] == ["duplicate_feature_names"]


def test_a_quantity_without_values_is_left_out_and_the_first_never(read: Read) -> None:
    assert [(q.name, q.unit) for q in read(HEADER + ROWS).quantities] == [("Area", None), ("RT", "minute")]


def test_reasons_point_to_their_cells(read: Read) -> None:
    table = read(HEADER + ROWS.replace(",30,", ",#N/A,").replace(",20,", ",<LOD,"))
    assert values(table) == [[10, None], [None, 40]]
    assert table.quantities[0].missing == {"<LOD": (2,)}


def test_what_was_measured_before_is_set_aside(read: Read) -> None:
    table = read(HEADER + ROWS + "PC 34:1,r1,760.5,184,99,1.5,\n")
    assert values(table) == [[10, 30], [20, 40]]
    [problem] = table.problems
    assert (problem.code, problem.where, problem.row) == ("measured_twice", "line 6", 5)
    assert problem.what == "PC 34:1 in r1 was measured before (line 2)"
    assert (table.rows_read, table.rows_measured) == (5, 4)


def test_rows_without_a_feature_or_a_sample_are_set_aside(read: Read) -> None:
    table = read(HEADER + ROWS + ",r1,,,7,,\nSM 34:1,,703.5,184,8,,\n")
    assert [(p.code, p.where) for p in table.problems] == [("no_identity", "line 6"), ("no_identity", "line 7")]
    assert len(table.features) == 2


def test_an_unnamed_transition_is_told_by_its_masses(read: Read) -> None:
    table = read(HEADER + ROWS + ",r1,500.5,99,7,,\n")
    assert (table.features[2].name, table.features[2].mz) == (None, 500.5)
    assert table.rows_measured == 5


def test_names_that_are_numbers(read: Read) -> None:
    assert [s.name for s in read(HEADER + ROWS.replace("r1", "1").replace("r2", "02")).samples] == ["1", "02"]


def test_samples_keep_what_all_their_rows_say(read: Read) -> None:
    head = HEADER.rstrip() + ",Group,Note,List\n"
    lines = ROWS.splitlines()
    rows = [f"{line},{'case' if 'r1' in line else ''},n{n},a" for n, line in enumerate(lines)]
    table = read(head + "\n".join(rows) + "\n")
    assert [s.attributes for s in table.samples] == [{"Group": "case"}, {}]
    assert table.features[0].attributes["List"] == "a"


def test_numbers_and_switches_alike_in_all_rows_and_missing_texts_describe_no_sample(read: Read) -> None:
    header = "Molecule,Replicate,Area,PEP,IsDecoy,Batch,Fraction,Note,Site\n"
    rows = "A,r1,1,0,False,1,1,NA,Bonn\nB,r1,2,0,False,1,1,NA,Bonn\nA,r2,3,0,False,2,1,,Bonn\n"
    attributes = [dict(sample.attributes) for sample in read(header + rows).samples]
    alike = {"Fraction": "1", "Site": "Bonn"}
    assert attributes == [{"Batch": "1", **alike}, {"Batch": "2", **alike}]


def test_a_torn_last_row_is_set_aside(read: Read) -> None:
    table = read(HEADER + ROWS + "SM 34:1,r1,703.5")
    assert [p.code for p in table.problems] == ["torn_row"]
    assert (table.rows_read, table.rows_measured) == (5, 4)


def test_unreadable_cells_are_told(read: Read) -> None:
    table = read(HEADER + ROWS.replace(",30,", ",1_0,"))
    assert [(p.code, p.where) for p in table.problems] == [("unreadable_value", "line 4, column Area")]
    assert table.quantities[0].missing == {"1_0": (1,)}


def test_without_a_column_of_values_there_is_no_table(read: Read) -> None:
    with pytest.raises(ParseError, match="no column holds the samples or the values"):
        read("Molecule,Replicate,Mass\nPC 34:1,r1,1\n")


def test_rows_without_any_sample_are_no_table(read: Read) -> None:
    with pytest.raises(ParseError):
        read("Molecule,Replicate,Area\nPC 34:1,,1\nPE 38:4,,2\n")
