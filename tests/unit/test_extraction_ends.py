"""Where tables and samples end: names at the end of a file, groups behind the samples, texts of which none is known."""

from pathlib import Path

from amprenta_core import FeatureTable, Match, Measure, TableFormat, extract, read_file

GROUPED = TableFormat(
    name="grouped",
    title="table with groups behind the samples",
    layout="rows",
    feature_type="protein",
    omics_type="proteomics",
    header=("Name",),
    feature=("Name",),
    measures=(Measure(name="area", columns=r"(?P<sample>.+) Area\Z", before="Profile"),),
)
NAMED_LAST = TableFormat(
    name="last",
    title="long table that ends with its names",
    layout="long",
    feature_type="protein",
    omics_type="proteomics",
    header=("Run", "Value", "Name"),
    feature=("Name",),
    sample=("Run",),
    measures=(Measure(name="value", columns="Value"),),
)


def read(path: Path, text: str, declared: TableFormat) -> FeatureTable:
    path.write_text(text)
    match = Match(format=declared.name, confidence="certain", reason="told")
    return extract(read_file(path, match), [declared])


def test_columns_behind_the_end_of_the_samples_are_none(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", "Name,s1 Area,s2 Area,Profile,G Area\nx,1,2,1:2,1.5\n", GROUPED)
    assert [sample.name for sample in table.samples] == ["s1", "s2"]


def test_where_the_end_is_not_there_all_columns_count(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", "Name,s1 Area,s2 Area\nx,1,2\n", GROUPED)
    assert [sample.name for sample in table.samples] == ["s1", "s2"]


def test_a_name_that_may_be_cut_is_set_aside(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", "Run,Value,Name\nr1,1,abc\nr1,2,de", NAMED_LAST)
    assert [feature.name for feature in table.features] == ["abc"]
    assert [(problem.code, problem.row) for problem in table.problems] == [("torn_row", 2)]
    assert (table.rows_read, table.rows_measured) == (2, 1)


def test_a_name_that_another_row_has_is_whole(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", "Run,Value,Name\nr1,1,abc\nr2,2,abc", NAMED_LAST)
    assert [sample.name for sample in table.samples] == ["r1", "r2"]
    assert [problem.code for problem in table.problems] == ["unterminated_last_line"]


def test_a_name_before_a_line_end_is_whole(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", "Run,Value,Name\nr1,1,abc\nr1,2,de\n", NAMED_LAST)
    assert [feature.name for feature in table.features] == ["abc", "de"]
    assert table.problems == ()


FREE = TableFormat(
    name="free",
    title="table of proteins",
    layout="rows",
    feature_type="protein",
    omics_type="proteomics",
    names=lambda name: name.startswith("P"),
    measures=(Measure(name="abundance"),),
)


def test_a_sample_in_which_nothing_was_measured_stands_beside_others(tmp_path: Path) -> None:
    text = "Name,Function,Kinase,s1,s2,s3,s4\nP1,NA,abl,NA,1,NA,NA\nP2,NA,NA,NA,2,NA,NA\n"
    table = read(tmp_path / "a.csv", text, FREE)
    assert [sample.name for sample in table.samples] == ["s1", "s2", "s3", "s4"]
