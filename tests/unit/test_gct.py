"""GCT: the second line says what is where, and a file that does not keep it is an error that says so."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from amprenta_core.accounting import check_table
from amprenta_core.errors import ParseError
from amprenta_core.extraction import extract
from amprenta_core.formats import Dimensions, Measure, TableFormat, gct_dimensions, sniff
from amprenta_core.model import FeatureTable, Match
from amprenta_core.reading import read_file, read_head

GCT = TableFormat(
    name="gct",
    title="GCT of things",
    layout="gct",
    feature_type="thing",
    omics_type="thingomics",
    ids={"symbol": "symbol|Description"},
    measures=(Measure(name="value", scale=None),),
)
OLD = "#1.2\t\t\t\n2\t2\t\t\nName\tDescription\ta\tb\nt1\tT\t1.5\t2.5\nt2\tU\t3.5\t\n"
NEW = (
    "#1.3\n2\t2\t2\t2\nid\tsymbol\tcode\ta\tb\ndose\t\t\t1\t-666\nsex\t\t\tF\tNA\n"
    "t1\tT\t7\t1.5\t2.5\nt2\t-666\t-666\t3.5\tNaN\n"
)
Read = Callable[..., FeatureTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A text as the table of a GCT; its shapes and its accounting are checked."""

    def run(text: str, declared: TableFormat = GCT) -> FeatureTable:
        (tmp_path / "x.gct").write_text(text, newline="")
        match = Match(format=declared.name, confidence="certain", reason="told")
        table = extract(read_file(tmp_path / "x.gct", match), [declared])
        check_table(table)
        return table

    return run


def claims(folder: Path, text: str, declared: TableFormat = GCT) -> bool:
    (folder / "x.gct").write_text(text)
    return sniff(read_head(folder / "x.gct"), [declared]) is not None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["#1.2"], ["10", "5"]], (10, 5, 1, 0)),
        ([["#1.2", "", ""], ["10", "5", ""]], (10, 5, 1, 0)),
        ([["#1.3"], ["96", "12", "11", "19"]], (96, 12, 11, 19)),
        ([["#1.3"], ["96", "12", "0", "0"]], (96, 12, 0, 0)),
    ],
)
def test_the_dimensions_of_each_version(rows: Sequence[Sequence[str]], said: tuple[int, int, int, int]) -> None:
    expected = Dimensions(rows=said[0], columns=said[1], row_labels=said[2], column_labels=said[3])
    assert gct_dimensions(rows) == expected


@pytest.mark.parametrize(
    "rows",
    [
        [], [["#1.2"]], [[], ["1", "2"]], [["#1.4"], ["1", "2"]], [["#1.2"], ["1"]], [["#1.2"], ["1", "2", "3"]],
        [["#1.3"], ["1", "2"]], [["#1.2"], ["a", "b"]], [["#1.2"], ["1", "-2"]], [["#1.2"], ["1", "", "2"]],
        [["#1.2"], ["1", "99999999999"]],
    ],
)  # fmt: skip
def test_what_states_no_dimensions_is_no_gct(rows: Sequence[Sequence[str]]) -> None:
    assert gct_dimensions(rows) is None


def test_the_older_version_has_one_description_of_each_row(read: Read) -> None:
    table = read(OLD)
    assert [(f.name, f.ids, f.attributes) for f in table.features] == [
        ("t1", {"symbol": "T"}, {}),
        ("t2", {"symbol": "U"}, {}),
    ]
    assert [s.name for s in table.samples] == ["a", "b"]
    assert np.array_equal(table.quantities[0].values, [[1.5, 2.5], [3.5, np.nan]], equal_nan=True)
    assert (table.rows_read, table.rows_measured, table.problems) == (2, 2, ())


def test_the_newer_version_describes_rows_and_columns(read: Read) -> None:
    table = read(NEW)
    assert [(f.name, f.ids, f.attributes) for f in table.features] == [
        ("t1", {"symbol": "T"}, {"code": "7"}),
        ("t2", {}, {}),
    ]
    assert [(s.name, s.attributes) for s in table.samples] == [("a", {"dose": "1", "sex": "F"}), ("b", {})]
    assert (table.rows_read, table.rows_measured) == (2, 2)


def test_a_declared_column_names_the_features(read: Read) -> None:
    table = read(NEW.replace("t2\t-666", "t2\tU"), evolve(GCT, feature=("symbol",)))
    assert [(f.name, f.attributes.get("id")) for f in table.features] == [("T", "t1"), ("U", "t2")]


def test_a_row_without_a_name_is_set_aside(read: Read) -> None:
    table = read(OLD.replace("t2\t", "\t"))
    assert [f.name for f in table.features] == ["t1"]
    assert [(p.where, p.code) for p in table.problems] == [("line 5", "no_identity")]


def test_repeated_names_are_kept_and_told(read: Read) -> None:
    table = read(OLD.replace("t2", "t1").replace("\ta\tb", "\ta\ta"))
    assert [p.code for p in table.problems] == ["duplicate_feature_names", "duplicate_sample_names"]
    assert table.quantities[0].values.shape == (2, 2)


@pytest.mark.parametrize(
    ("dimensions", "what"),
    [
        ("2\t2\t3\t2", "4 descriptive columns and 2 of values; 5 are there"),
        ("2\t3\t2\t2", "3 descriptive columns and 3 of values; 5 are there"),
        ("3\t2\t2\t2", "3 rows of values; 2 whole ones are there"),
        ("2\t2\t2\t3", "2 rows of values; 1 whole ones are there"),
    ],
)
def test_dimensions_that_are_not_kept_are_an_error(read: Read, dimensions: str, what: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(NEW.replace("2\t2\t2\t2", dimensions))
    assert what in caught.value.what
    assert caught.value.hint


def test_more_rows_than_stated_are_read_and_told(read: Read) -> None:
    table = read(NEW + "t3\tV\t9\t4.5\t5.5\n")
    assert len(table.features) == 3
    assert [(p.where, p.code) for p in table.problems] == [("line 2", "dimensions_differ")]


def test_a_file_that_ends_within_its_last_row_is_an_error(read: Read) -> None:
    with pytest.raises(ParseError, match="1 whole ones are there") as caught:
        read(NEW.removesuffix("\tNaN\n"))
    assert caught.value.hint == "The file may be cut"


def test_a_last_line_without_a_line_end_is_told(read: Read) -> None:
    assert [p.code for p in read(NEW.removesuffix("\n")).problems] == ["unterminated_last_line"]


class TestSniffing:
    def test_a_gct_is_claimed_by_its_columns(self, tmp_path: Path) -> None:
        assert claims(tmp_path, NEW)
        assert claims(tmp_path, NEW, evolve(GCT, header=("code",)))
        assert not claims(tmp_path, NEW, evolve(GCT, header=("probe",)))
        assert not claims(tmp_path, NEW, evolve(GCT, without=("code",)))

    def test_its_names_are_those_below_what_describes_columns(self, tmp_path: Path) -> None:
        assert claims(tmp_path, NEW, evolve(GCT, names=lambda name: name.startswith("t"), least_names=2))
        assert not claims(tmp_path, NEW, evolve(GCT, names=lambda name: name in ("dose", "sex")))

    @pytest.mark.parametrize("text", ["#1.2\n", "#1.2\n1\t1\n", OLD.replace("#1.2", "#2.0"), "id\ta\nt1\t1.5\n"])
    def test_what_is_no_gct_is_not_claimed(self, tmp_path: Path, text: str) -> None:
        assert not claims(tmp_path, text)
