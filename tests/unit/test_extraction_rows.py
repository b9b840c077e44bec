"""Features in rows: what is a sample, what is a feature, and where each row went."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl  # type: ignore[import-untyped]  # has no types
import pytest

from amprenta_core.accounting import check_table
from amprenta_core.errors import ParseError
from amprenta_core.extraction import extract
from amprenta_core.formats import Measure, TableFormat
from amprenta_core.model import Axis, FeatureTable, Match, Problem
from amprenta_core.reading import read_file

FREE = TableFormat(
    name="free",
    title="table with lipids in rows",
    layout="rows",
    feature_type="lipid",
    omics_type="lipidomics",
    measures=(Measure(name="abundance"),),
    names=lambda name: bool(re.match(r"[A-Z]\w+ \d+:\d", name)),
)
VENDOR = TableFormat(
    name="vendor",
    title="vendor table",
    layout="rows",
    feature_type="lipid",
    omics_type="lipidomics",
    header=("Compound|Name", "m/z"),
    feature=("Compound", "Name"),
    key=("Peak",),
    ids={"hmdb": "HMDB", "database": "Accession"},
    attributes=("Formula",),
    mz=("m/z",),
    rt=("RT",),
    rt_seconds=60.0,
    measures=(
        Measure(name="Area", columns=r"Area \[(?P<sample>.+)\]\Z", unit="counts"),
        Measure(name="Height", columns=r"Height \[(?P<sample>.+)\]\Z"),
    ),
    feature_flags={"internal_standard": lambda name: "IS" in name},
)
Read = Callable[..., FeatureTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A text as the table of a format; its shapes and its accounting are checked."""

    def run(text: str, declared: TableFormat = FREE, name: str = "input.csv") -> FeatureTable:
        path = tmp_path / name
        path.write_text(text, newline="")
        match = Match(format=declared.name, confidence="certain", reason="told")
        table = extract(read_file(path, match), [declared])
        check_table(table)
        return table

    return run


def names(table: FeatureTable) -> list[str | None]:
    return [feature.name for feature in table.features]


def samples(table: FeatureTable) -> list[str]:
    return [sample.name for sample in table.samples]


def codes(table: FeatureTable) -> list[str]:
    return [problem.code for problem in table.problems]


def problem(table: FeatureTable, code: str) -> Problem:
    [found] = [p for p in table.problems if p.code == code]
    return found


def values(table: FeatureTable, quantity: int = 0) -> list[list[float | None]]:
    return [[None if np.isnan(x) else x for x in row] for row in table.quantities[quantity].values.tolist()]


BODY = "PC 34:1,1,2\nPE 38:4,3,4\n"


class TestHeaders:
    def test_a_plain_table(self, read: Read) -> None:
        table = read("name,s1,s2\n" + BODY)
        assert names(table) == ["PC 34:1", "PE 38:4"]
        assert samples(table) == ["s1", "s2"]
        assert values(table) == [[1, 2], [3, 4]]
        assert (table.rows_read, table.rows_measured, table.problems) == (2, 2, ())
        assert (table.quantities[0].name, table.quantities[0].axis) == ("abundance", Axis.SAMPLES)

    def test_an_empty_first_name(self, read: Read) -> None:
        assert samples(read(",s1,s2\n" + BODY)) == ["s1", "s2"]

    def test_a_header_one_field_short(self, read: Read) -> None:
        table = read("s1,s2\n" + BODY)
        assert samples(table) == ["s1", "s2"]
        assert values(table) == [[1, 2], [3, 4]]

    def test_no_header_at_all(self, read: Read) -> None:
        table = read(BODY + "SM 34:1,5,6\n")
        assert names(table) == ["PC 34:1", "PE 38:4", "SM 34:1"]
        assert samples(table) == ["column 2", "column 3"]
        assert table.rows_read == 3

    def test_names_that_are_numbers(self, read: Read) -> None:
        assert samples(read("name,1001,1002\n" + BODY)) == ["1001", "1002"]

    @pytest.mark.parametrize("lines", [1, 12, 37])
    def test_text_above_the_header(self, read: Read, lines: int) -> None:
        table = read("".join(f"Parameter {n},on\n" for n in range(lines)) + "name,s1,s2\n" + BODY)
        assert samples(table) == ["s1", "s2"]
        assert table.rows_read == 2

    def test_comment_lines_above_the_header(self, read: Read) -> None:
        assert samples(read("# made by a tool\n# version 2\n\nname,s1,s2\n" + BODY)) == ["s1", "s2"]

    def test_a_header_that_begins_like_a_comment(self, read: Read) -> None:
        table = read("#name,#1,#2\n" + BODY)
        assert samples(table) == ["#1", "#2"]
        assert table.rows_read == 2

    def test_rows_of_annotation_above_the_header_describe_the_samples(self, read: Read) -> None:
        table = read("group,case,control\nname,s1,s2\n" + BODY)
        assert samples(table) == ["s1", "s2"]
        assert [sample.attributes for sample in table.samples] == [{"header 1": "case"}, {"header 1": "control"}]

    def test_names_beside_other_columns(self, read: Read) -> None:
        table = read("class,lipid,s1,s2\nPC,PC 34:1,1,2\nPE,PE 38:4,3,4\n")
        assert names(table) == ["PC 34:1", "PE 38:4"]
        assert samples(table) == ["s1", "s2"]

    def test_a_header_longer_than_every_row_is_refused(self, read: Read) -> None:
        with pytest.raises(ParseError, match="the header has 4 fields and no row more than 3") as caught:
            read("name,s1,s2,late\n" + BODY)
        assert caught.value.line == 2
        assert "quote it" in str(caught.value)

    def test_delimiters_behind_the_last_name_do_not_matter(self, read: Read) -> None:
        assert samples(read("name,s1,s2,,\n" + BODY)) == ["s1", "s2"]

    def test_two_rows_of_header(self, read: Read) -> None:
        declared = TableFormat(
            name="two",
            title="two rows",
            layout="rows",
            feature_type="lipid",
            omics_type="lipidomics",
            header=("name", "Area"),
            header_rows=2,
            feature=("info|name",),
            measures=(
                Measure(name="Area", columns=r"(?P<sample>.+)\|Area\Z"),
                Measure(name="RT", columns=r"(?P<sample>.+)\|RT\Z"),
            ),
        )
        table = read("info,s1,,s2,\nname,Area,RT,Area,RT\nPC 34:1,1,0.5,2,0.6\n", declared)
        assert samples(table) == ["s1", "s2"]
        assert (values(table), values(table, 1)) == ([[1, 2]], [[0.5, 0.6]])


NO_SAMPLES = (
    "total;Sum of all;mean;Average;SD;stdev;CV(%);RSD;m/z;mz;RT;rt (min);Retention time;ratio;case/control ratio;count;"
    "npeaks;charge;median;score;id;cluster;Formula;class"
)


class TestWhatIsNoSample:
    @pytest.mark.parametrize("header", NO_SAMPLES.split(";"))
    def test_summaries_and_annotations(self, read: Read, header: str) -> None:
        table = read(f"name,s1,{header},s2\nPC 34:1,1,9,2\nPE 38:4,3,8,4\n")
        assert samples(table) == ["s1", "s2"]
        assert values(table) == [[1, 2], [3, 4]]

    @pytest.mark.parametrize("header", ["STD1", "Std 2", "Summer_1", "SUMO_KO", "Country", "rtPA", "CVB3"])
    def test_samples_that_only_begin_like_one(self, read: Read, header: str) -> None:
        assert samples(read(f"name,s1,{header}\n" + BODY)) == ["s1", header]

    def test_columns_of_words(self, read: Read) -> None:
        table = read("name,comment,s1\nPC 34:1,good,1\nPE 38:4,bad,2\n")
        assert samples(table) == ["s1"]

    def test_a_sample_without_one_value_is_a_sample(self, read: Read) -> None:
        table = read("name,s1,s2\nPC 34:1,1,NA\nPE 38:4,3,N/F\n")
        assert samples(table) == ["s1", "s2"]
        assert values(table) == [[1, None], [3, None]]
        assert table.quantities[0].missing == {"N/F": (3,)}

    def test_pools_blanks_and_calibrators_are_samples_with_a_flag(self, read: Read) -> None:
        table = read("name,QC_1,blank 2,STD-3,pooled,patient\nPC 34:1,1,2,3,4,5\n")
        flags = [sample.flags for sample in table.samples]
        assert flags == [("quality_control",), ("blank",), ("calibrator",), ("quality_control",), ()]

    def test_without_a_sample_there_is_no_table(self, read: Read) -> None:
        with pytest.raises(ParseError, match="no column holds values of samples"):
            read("name,comment\nPC 34:1,good\nPE 38:4,bad\n")

    def test_without_a_value_there_is_no_table(self, read: Read) -> None:
        with pytest.raises(ParseError, match="not one value"):
            read("name,s1\nPC 34:1,NA\nPE 38:4,n.d.\n")

    def test_names_alone_are_no_table(self, read: Read) -> None:
        with pytest.raises(ParseError, match="no column holds values"):
            read("name\nPC 34:1\nPE 38:4\n")


class TestRows:
    def test_repeated_features_are_kept_and_flagged(self, read: Read) -> None:
        table = read("name,s1\nPC 34:1,1\nPC 34:1,2\nPE 38:4,3\n")
        assert names(table) == ["PC 34:1", "PC 34:1", "PE 38:4"]
        assert values(table) == [[1], [2], [3]]
        assert "1 (PC 34:1)" in problem(table, "duplicate_feature_names").what

    def test_repeated_samples_are_kept_and_flagged(self, read: Read) -> None:
        table = read("name,s1,s1,s2\nPC 34:1,1,2,3\n")
        assert samples(table) == ["s1", "s1", "s2"]
        assert values(table) == [[1, 2, 3]]
        assert "1 (s1)" in problem(table, "duplicate_sample_names").what

    def test_blank_rows_are_no_rows(self, read: Read) -> None:
        table = read("name,s1\n\nPC 34:1,1\n,\n  ,\nPE 38:4,2\n\n")
        assert (table.rows_read, table.rows_measured) == (2, 2)

    def test_a_row_without_a_name_is_set_aside_with_its_line(self, read: Read) -> None:
        table = read("name,s1\nPC 34:1,1\n,2\nNA,3\nPE 38:4,4\n")
        assert (table.rows_read, table.rows_measured, table.rows_set_aside) == (4, 2, 2)
        aside = [(p.where, p.code, p.row) for p in table.problems]
        assert aside == [("line 3", "no_identity", 2), ("line 4", "no_identity", 3)]

    def test_a_row_whose_values_are_missing_counts(self, read: Read) -> None:
        table = read("name,s1,s2\nPC 34:1,1,2\nPE 38:4,,\nSM 34:1\n")
        assert names(table) == ["PC 34:1", "PE 38:4", "SM 34:1"]
        assert values(table)[1:] == [[None, None], [None, None]]
        assert table.rows_measured == 3

    def test_fields_beyond_the_header_are_told(self, read: Read) -> None:
        table = read("name,s1\nPC 34:1,1\nPE 38:4,2,77\nSM 34:1,3,\nSM 36:1,4\nSM 38:1,5\n")
        assert values(table) == [[1], [2], [3], [4], [5]]
        assert problem(table, "long_row").where == "line 3"
        assert "'77'" in problem(table, "long_row").what

    def test_values_that_are_none_are_missing_and_told_once(self, read: Read) -> None:
        table = read(
            "name,s1,s2\nPC 34:1,1_000,2\nPE 38:4,3,see note\n" + "".join(f"SM {n}:1,1,1\n" for n in range(20))
        )
        assert values(table)[:2] == [[None, 2], [3, None]]
        told = problem(table, "unreadable_value")
        assert told.where == "line 2, column s1"
        assert told.what.endswith("2 ('1_000' first)")
        assert table.quantities[0].missing == {"1_000": (0,), "see note": (3,)}

    def test_a_number_too_large_is_missing_and_told(self, read: Read) -> None:
        table = read("name,s1\nPC 34:1,1e400\n" + "".join(f"SM {n}:1,1\n" for n in range(20)))
        assert values(table)[0] == [None]
        assert "'1e400'" in problem(table, "unreadable_value").what

    def test_decimal_commas(self, read: Read) -> None:
        assert values(read("name;s1;s2\nPC 34:1;1,5;2,25\nPE 38:4;3;1.234,5\n")) == [[1.5, 2.25], [3, 1234.5]]


class TestCutFiles:
    def test_a_torn_last_row_is_set_aside(self, read: Read) -> None:
        table = read("name,s1,s2\n" + BODY + "SM 34:1,5")
        assert names(table) == ["PC 34:1", "PE 38:4"]
        torn = problem(table, "torn_row")
        assert (torn.where, torn.row, table.rows_read, table.rows_measured) == ("line 4", 3, 3, 2)
        assert "2 of 3 fields" in torn.what

    def test_a_last_line_without_an_end_is_measured_and_told(self, read: Read) -> None:
        table = read("name,s1,s2\n" + BODY.rstrip())
        assert values(table) == [[1, 2], [3, 4]]
        told = problem(table, "unterminated_last_line")
        assert (told.where, told.row) == ("line 3", None)

    def test_a_short_last_row_that_ends_its_line_is_measured(self, read: Read) -> None:
        table = read("name,s1,s2\n" + BODY + "SM 34:1,5\n")
        assert values(table)[-1] == [5, None]
        assert codes(table) == []

    def test_nothing_but_a_torn_row_is_no_table(self, read: Read) -> None:
        with pytest.raises(ParseError):
            read("name,s1,s2\nPC 34:1,5")


class TestDeclaredColumns:
    TEXT = (
        "Compound,Peak,m/z,RT,Formula,HMDB,Accession,Area [s1],Area [s2],Height [s2]\n"
        "PC 34:1,1,760.585,2.5,C42,HMDB01,LM:LMGP1,1,2,20\n"
        "IS PE,2,700.1,,,,CHEBI:17,3,<LOD,40\n"
        ",3,500.25,1,NA,,null,5,6,60\n"
        ",,,,,,,7,8,80\n"
    )

    def test_everything_that_the_file_says_of_a_feature_is_kept(self, read: Read) -> None:
        first, second, third = read(self.TEXT, VENDOR).features
        assert (first.name, first.mz, first.rt, first.ids) == (
            "PC 34:1",
            760.585,
            150.0,
            {"hmdb": "HMDB01", "lipidmaps": "LMGP1"},
        )
        assert first.attributes == {"Peak": "1", "Formula": "C42"}
        assert (second.flags, second.ids, second.rt) == (("internal_standard",), {"chebi": "17"}, None)
        assert (third.name, third.mz, third.attributes) == (None, 500.25, {"Peak": "3"})

    def test_an_unnamed_feature_counts_and_a_row_without_any_identity_does_not(self, read: Read) -> None:
        table = read(self.TEXT, VENDOR)
        assert (table.rows_read, table.rows_measured) == (4, 3)
        assert (problem(table, "no_identity").where, problem(table, "no_identity").row) == ("line 5", 4)

    def test_quantities_stand_under_the_same_samples_where_a_family_lacks_one(self, read: Read) -> None:
        table = read(self.TEXT, VENDOR)
        assert samples(table) == ["s1", "s2"]
        assert [(q.name, q.unit) for q in table.quantities] == [("Area", "counts"), ("Height", None)]
        assert values(table) == [[1, 2], [3, None], [5, 6]]
        assert values(table, 1) == [[None, 20], [None, 40], [None, 60]]
        assert table.quantities[0].missing == {"<LOD": (3,)}

    def test_repeated_samples_keep_their_own_second_quantity(self, read: Read) -> None:
        table = read("Name,m/z,Area [s],Area [s],Height [s],Height [s]\nPC 34:1,7,1,2,10,20\n", VENDOR)
        assert (values(table), values(table, 1)) == ([[1, 2]], [[10, 20]])

    def test_an_impossible_mass_is_no_mass(self, read: Read) -> None:
        table = read("Name,m/z,Area [s]\nPC 34:1,1e400,1\nPE 38:4,inf,1\n", VENDOR)
        assert [feature.mz for feature in table.features] == [None, None]

    def test_columns_match_whatever_their_case_and_spaces(self, read: Read) -> None:
        assert names(read("COMPOUND,M/Z,Area [s]\nPC 34:1,1,1\n", VENDOR)) == ["PC 34:1"]

    def test_a_file_without_the_columns_says_which(self, read: Read) -> None:
        with pytest.raises(ParseError, match=r"needs Compound\|Name, m/z"):
            read("a,b\n1,2\n", VENDOR)

    def test_a_header_without_rows(self, read: Read) -> None:
        with pytest.raises(ParseError, match="no complete row"):
            read("Name,m/z,Area [s]\n", VENDOR)

    def test_an_undeclared_format_is_an_error(self, tmp_path: Path) -> None:
        parsed = read_file(_put(tmp_path), Match(format="other", confidence="certain", reason=""))
        with pytest.raises(ParseError, match="other is not declared"):
            extract(parsed, [FREE, VENDOR])

    def test_a_blank_column_among_samples_is_a_sample(self, read: Read) -> None:
        table = read("name,s1,s2,s3,comment\nPC 34:1,1,,2,\nPE 38:4,3,,4,\n")
        assert samples(table) == ["s1", "s2", "s3"]
        assert values(table) == [[1, None, 2], [3, None, 4]]

    def test_counts_below_their_total_are_no_samples(self, read: Read) -> None:
        declared = TableFormat(
            name="counted",
            title="counted",
            layout="rows",
            feature_type="lipid",
            omics_type="lipidomics",
            header=("name", "npeaks"),
            feature=("name",),
            count_column="npeaks",
            measures=(Measure(name="intensity"),),
        )
        table = read("name,npeaks,KO,WT,s1,s2\na,4,2,2,100,300\nb,3,3,0,50,70\n", declared)
        assert samples(table) == ["s1", "s2"]

    def test_rows_above_say_which_columns_are_samples(self, read: Read) -> None:
        declared = TableFormat(
            name="above",
            title="above",
            layout="rows",
            feature_type="lipid",
            omics_type="lipidomics",
            header=("ID", "name"),
            feature=("name",),
            sample_rows={"Class": -2, "Type": -1},
            sample_where=("Type", r"(?:sample|qc)\Z"),
            measures=(Measure(name="intensity"),),
        )
        table = read(",Class,fed,fast,NA\n,Type,Sample,QC,NA\nID,name,s1,s2,s3\n1,PC 34:1,5,6,5.5\n", declared)
        assert [(s.name, s.attributes) for s in table.samples] == [
            ("s1", {"Class": "fed", "Type": "Sample"}),
            ("s2", {"Class": "fast", "Type": "QC"}),
        ]

    @pytest.mark.parametrize("above", [",Type,Sample,QC,NA\n", ",,Sample,QC,NA\n", ",,fed,fast,NA\n,,Sample,QC,NA\n"])
    def test_the_row_that_says_it_is_found_wherever_it_stands_and_without_a_label(self, read: Read, above: str) -> None:
        declared = TableFormat(
            name="above",
            title="above",
            layout="rows",
            feature_type="lipid",
            omics_type="lipidomics",
            header=("ID", "name"),
            feature=("name",),
            labels_above=True,
            sample_where=("Type", r"(?:sample|qc)\Z"),
            measures=(Measure(name="intensity"),),
        )
        body = "ID,name,s1,s2,s3\n1,PC 34:1,5,6,5.5\n"
        assert samples(read(f"{above}{body}", declared)) == ["s1", "s2"]
        assert samples(read(f",Unit,nM,nM,nM\n{body}", declared)) == ["s1", "s2", "s3"]
        assert samples(read(body, declared)) == ["s1", "s2", "s3"]

    def test_lines_above_say_which_file_a_sample_is(self, read: Read) -> None:
        declared = TableFormat(
            name="files",
            title="files",
            layout="rows",
            feature_type="lipid",
            omics_type="lipidomics",
            header=("name", "mass"),
            feature=("name",),
            ignored=("mass",),
            sample_files=r"#\[(?P<sample>\w+)\]:(?P<file>.+)\Z",
            measures=(Measure(name="Area", columns=r"Area\[(?P<sample>.+)\]\Z"),),
        )
        table = read("#[a]:x/1.raw\n#[c]:3.raw\nname,mass,Area[a],Area[b]\nPC 34:1,760.5,5,6\n", declared)
        assert [(s.name, s.attributes) for s in table.samples] == [("x/1.raw", {"header": "a"}), ("b", {})]


def _put(folder: Path) -> Path:
    (folder / "x.csv").write_text("a,b\n1,2\n")
    return folder / "x.csv"


def test_each_sheet_is_read_for_itself(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title, number in (("pos", 1), ("neg", 2)):
        sheet = book.create_sheet(title)
        sheet.append(["name", "s1"])
        sheet.append(["PC 34:1", number])
    book.save(tmp_path / "a.xlsx")
    found = []
    for part in ("pos", "neg"):
        match = Match(format="free", confidence="certain", reason="", parts=(part,))
        table = extract(read_file(tmp_path / "a.xlsx", match), [FREE])
        found.append(values(table))
    assert found == [[[1]], [[2]]]


def test_packed_files_read_alike(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"name,s1,s2\n" + BODY.encode()))
    match = Match(format="free", confidence="certain", reason="")
    assert values(extract(read_file(tmp_path / "a.csv.gz", match), [FREE])) == [[1, 2], [3, 4]]
