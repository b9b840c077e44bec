"""Long tables whose rows are of a lower level: combined as declared, or read at that level."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from amprenta_core.accounting import check_table
from amprenta_core.errors import SettingsError
from amprenta_core.extraction import extract
from amprenta_core.formats import Level, Measure, TableFormat
from amprenta_core.ingest import with_level
from amprenta_core.model import FeatureTable, Match, PluginInfo
from amprenta_core.plugins import Plugin
from amprenta_core.reading import read_file

REPORT = TableFormat(
    name="report",
    title="spectra",
    layout="long",
    feature_type="protein",
    omics_type="proteomics",
    header=("Group", "Peptide", "Run"),
    feature=("Group",),
    sample=("Mixture+Repeat", "Mixture", "Run"),
    channel=("Label",),
    no_channel=("none",),
    level="group",
    lower={"peptide": Level(feature_type="peptide", feature=("Peptide",), measures=(Measure(name="area"),))},
    unassigned="no group",
    measures=(
        Measure(name="total", columns="Total", combine="first"),
        Measure(name="area", columns="Area", combine="sum"),
        Measure(name="best", columns="Score", combine="max"),
    ),
)
CHANNELS = evolve(
    REPORT,
    measures=(
        Measure(name="corrected", columns=r"Corrected (?P<sample>\d+)", combine="sum"),
        Measure(name="raw", columns=r"Raw (?P<sample>\d+)", combine="sum"),
        Measure(name="area", columns="Area", combine="sum"),
    ),
)
Read = Callable[..., FeatureTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(text: str, declared: TableFormat = REPORT, level: str = "") -> FeatureTable:
        path = tmp_path / "input.csv"
        path.write_text(text, newline="")
        match = Match(format="report", confidence="certain", reason="told", level=level)
        table = extract(read_file(path, match), [declared])
        check_table(table)
        return table

    return run


def values(table: FeatureTable, quantity: str) -> list[list[float | None]]:
    found = next(q for q in table.quantities if q.name == quantity)
    return [[None if np.isnan(x) else x for x in row] for row in found.values.tolist()]


ROWS = "Group,Peptide,Run,Total,Area,Score\nP1,AA,r1,9,1,0.5\nP1,BB,r1,9,2,0.7\nP2,CC,r1,4,,NA\nP1,AA,r2,8,5,0.1\n"


def test_rows_of_a_lower_level_are_combined_as_declared(read: Read) -> None:
    table = read(ROWS)
    assert [f.name for f in table.features] == ["P1", "P2"]
    assert values(table, "total") == [[9, 8], [4, None]]
    assert values(table, "area") == [[3, 5], [None, None]]
    assert values(table, "best") == [[0.7, 0.1], [None, None]]
    assert (table.rows_read, table.rows_measured) == (4, 4)


def test_the_rule_is_said_and_how_to_keep_rows_apart(read: Read) -> None:
    [problem] = read(ROWS).problems
    assert problem.code == "rows_combined"
    assert "4 rows are 3 values of total" in problem.what
    assert "--level peptide" in problem.what


def test_each_row_stays_apart_at_its_own_level(read: Read) -> None:
    table = read(ROWS, level="peptide")
    assert [(f.name, f.type) for f in table.features] == [("AA", "peptide"), ("BB", "peptide"), ("CC", "peptide")]
    assert values(table, "area") == [[1, 5], [2, None], [None, None]]
    assert table.problems == ()


def test_a_row_that_stands_twice_at_its_own_level_is_set_aside(read: Read) -> None:
    table = read(ROWS + "P1,AA,r2,8,6,0.1\n", level="peptide")
    [problem] = table.problems
    assert (problem.code, problem.where) == ("measured_twice", "line 6")
    assert values(table, "area")[0] == [1, 5]


def test_values_that_should_be_the_same_and_are_not_are_counted(read: Read) -> None:
    table = read(ROWS + "P1,CC,r2,8.5,1,0\n")
    assert values(table, "total")[0] == [9, 8]
    told = next(p for p in table.problems if p.code == "differing_values")
    assert (told.where, told.row) == ("line 6", None)


def test_rows_without_a_group_are_measured_under_a_name_that_says_so(read: Read) -> None:
    table = read(ROWS + ",DD,r2,0,7,1\n")
    assert (table.features[2].name, table.features[2].flags) == ("no group", ("unassigned",))
    assert values(table, "area")[2] == [None, 7]


def test_rows_without_a_sample_are_set_aside(read: Read) -> None:
    table = read(ROWS + "P1,DD,,0,7,1\n")
    assert [(p.code, p.row) for p in table.problems if p.row] == [("no_identity", 5)]


def test_channels_in_columns_are_samples_of_their_run(read: Read) -> None:
    text = "Group,Peptide,Run,Area,Corrected 1,Corrected 2,Raw 1,Raw 2\nP1,AA,r1,7,1,2,3,4\nP1,BB,r1,7,10,,30,NA\n"
    table = read(text, CHANNELS)
    assert [s.name for s in table.samples] == ["r1_1", "r1_2"]
    assert [q.name for q in table.quantities] == ["corrected", "raw"]
    assert (values(table, "corrected"), values(table, "raw")) == ([[11, 2]], [[33, 4]])


def test_channels_in_rows_are_samples_and_fractions_of_a_mixture_are_one(read: Read) -> None:
    text = (
        "Group,Peptide,Run,Mixture,Repeat,Label,Total,Area\nP1,AA,f1,m1,1,126,1,10\nP1,AA,f2,m1,1,126,1,5\n"
        "P1,AA,f1,m1,1,127,1,7\nP1,AA,f3,m1,2,none,1,8\n"
    )
    table = read(text)
    assert [s.name for s in table.samples] == ["m1_1_126", "m1_1_127", "m1_2"]
    assert values(table, "area") == [[15, 7, 8]]


def test_what_all_rows_of_a_sample_say_describes_it(read: Read) -> None:
    rows = "".join(f"P{n},AA,r{n % 3},1,1,{n},c{n % 3},x\n" for n in range(200))
    table = read("Group,Peptide,Run,Total,Area,Score,Condition,Study\n" + rows)
    assert [dict(s.attributes) for s in table.samples] == [
        {"Peptide": "AA", "Condition": f"c{n}", "Study": "x"} for n in range(3)
    ]


def test_a_reason_is_kept_where_no_row_has_a_value(read: Read) -> None:
    table = read("Group,Peptide,Run,Total,Area\nP1,AA,r1,<LOD,1\nP1,BB,r1,3,1\nP2,CC,r1,Filtered,1\n")
    assert values(table, "total") == [[3], [None]]
    assert table.quantities[0].missing == {"Filtered": (1,)}


def test_many_rows_are_read_block_by_block(read: Read) -> None:
    rows = "".join(f"P{n % 50},S{n},r{n % 7},1,1,{n}\n" for n in range(10_000))
    table = read("Group,Peptide,Run,Total,Area,Score\n" + rows)
    assert sum(filter(None, (v for row in values(table, "area") for v in row))) == 10_000
    assert max(filter(None, (v for row in values(table, "best") for v in row))) == 9_999


def test_a_level_that_the_format_lacks_is_refused_with_those_it_has() -> None:
    info = PluginInfo(name="p", omics_type="proteomics", feature_types=("protein",), formats=(REPORT.info,))
    plugin = Plugin(info=info, distribution="p", hooks={})
    match = Match(format="report", confidence="certain", reason="told")
    assert with_level(match, plugin, "Peptide").level == "peptide"
    assert with_level(match, plugin, "group").level == ""
    with pytest.raises(SettingsError) as caught:
        with_level(match, plugin, "atom")
    assert "group, peptide" in str(caught.value.hint)


def test_combining_bit_by_bit_says_the_same(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(
        f"P{n % 5},S{n},r{n % 3},{'<LOD' if n % 5 == 3 else n % 5 + n // 9000},{n % 11},{'NA' if n % 4 else n}\n"
        for n in range(10_000)
    )
    text = "Group,Peptide,Run,Total,Area,Score\n" + rows
    whole = read(text)
    monkeypatch.setattr("amprenta_core.extraction.long._ROWS_HELD", 100)
    assert read(text) == whole
    assert {p.code for p in whole.problems} == {"rows_combined", "differing_values"}
