"""What a declared format can say beside columns of names and values: marks, descriptions, tests and contrasts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from amprenta_core.accounting import check_table
from amprenta_core.extraction import extract
from amprenta_core.formats import Measure, TableFormat, sniff
from amprenta_core.model import Axis, FeatureTable, Match
from amprenta_core.reading import read_file, read_head

FREE = TableFormat(
    name="things",
    title="table of things",
    layout="rows",
    feature_type="thing",
    omics_type="thingomics",
    header=("Thing",),
    feature=("Thing",),
    measures=(Measure(name="amount"),),
)
SIZED = evolve(FREE, measures=(Measure(name="size", columns=r"Size (?P<sample>.+)\Z"),))
Read = Callable[..., FeatureTable]
Claim = Callable[..., Match | None]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A text as the table of a format; its shapes and its accounting are checked."""

    def run(text: str, declared: TableFormat) -> FeatureTable:
        (tmp_path / "input.csv").write_text(text, newline="")
        match = Match(format=declared.name, confidence="certain", reason="told")
        table = extract(read_file(tmp_path / "input.csv", match), [declared])
        check_table(table)
        return table

    return run


@pytest.fixture
def claim(tmp_path: Path) -> Claim:
    """The claim on a text by one format."""

    def run(text: str, declared: TableFormat) -> Match | None:
        (tmp_path / "input.csv").write_text(text, newline="")
        return sniff(read_head(tmp_path / "input.csv"), [declared])

    return run


class TestFlagColumns:
    MARKED = evolve(
        SIZED,
        flag_columns={"odd": "Odd|Strange", "decoy": "Decoy"},
        feature_flags={"odd": lambda name: name.startswith("o"), "loud": str.isupper},
    )

    @pytest.mark.parametrize("mark", ["+", "true", "1", "yes", "Contaminant"])
    def test_a_cell_that_says_so_marks_the_feature(self, read: Read, mark: str) -> None:
        table = read(f"Thing,Size s1,Odd\nx,1,{mark}\ny,2,\n", self.MARKED)
        assert [f.flags for f in table.features] == [("odd",), ()]

    @pytest.mark.parametrize("mark", ["", "-", "0", "NA", "NaN", "No", "FALSE", "f"])
    def test_a_cell_that_denies_it_does_not(self, read: Read, mark: str) -> None:
        assert read(f"Thing,Size s1,Odd\nx,1,{mark}\n", self.MARKED).features[0].flags == ()

    def test_the_column_counts_instead_of_the_name_and_other_names_still_count(self, read: Read) -> None:
        table = read("Thing,Size s1,Strange\nox,1,\nOX,2,+\n", self.MARKED)
        assert [f.flags for f in table.features] == [(), ("loud", "odd")]

    def test_without_the_column_the_name_counts(self, read: Read) -> None:
        table = read("Thing,Size s1\nox,1\nx,2\n", self.MARKED)
        assert [f.flags for f in table.features] == [("odd",), ()]

    def test_it_is_no_sample_although_it_holds_numbers(self, read: Read) -> None:
        table = read("Thing,s1,Odd\nx,1.5,0\ny,2.5,1\n", evolve(FREE, flag_columns={"odd": "Odd"}))
        assert [s.name for s in table.samples] == ["s1"]


class TestColumnsLike:
    LIKE = evolve(FREE, columns_like=(r"Size .+\Z", r".+_raw\Z"))

    def test_a_table_with_such_columns_is_claimed(self, claim: Claim) -> None:
        assert claim("Thing,Size a,b_raw\nx,1,2\n", self.LIKE) is not None

    @pytest.mark.parametrize(
        "header", ["Thing,Size a,b", "Thing,b_raw,c_raw", "Thing,size a,b_raw", "Thing,Size a,b_raw2"]
    )
    def test_each_pattern_must_match_a_header(self, claim: Claim, header: str) -> None:
        assert claim(f"{header}\nx,1,2\n", self.LIKE) is None

    def test_the_last_of_several_header_rows_is_the_one(self, claim: Claim) -> None:
        declared = evolve(self.LIKE, header_rows=2)
        assert claim(",q,\nThing,Size a,b_raw\nx,1,2\n", declared) is not None
        assert claim("Thing,Size a,b_raw\nThing,a,b\nx,1,2\n", declared) is None


class TestDescribedBelow:
    BELOW = evolve(
        FREE, described_below=r"#\{(?P<label>\w+)\}", sample_rows={"type": 1}, sample_where=("type", r".*E\Z")
    )
    TEXT = "Thing,a,b,c\n#{Type}T,E,E,N\n#{Group},x,y,\nt1,1.5,2.5,7\nt2,3.5,,8\n"

    def test_the_rows_below_the_header_are_set_aside(self, read: Read) -> None:
        table = read(self.TEXT, self.BELOW)
        assert [f.name for f in table.features] == ["t1", "t2"]
        assert (table.rows_read, table.rows_measured) == (4, 2)
        assert [(p.where, p.code) for p in table.problems] == [
            ("line 2", "describes_columns"),
            ("line 3", "describes_columns"),
        ]

    def test_they_say_which_columns_are_samples_and_describe_them(self, read: Read) -> None:
        table = read(self.TEXT, self.BELOW)
        assert [(s.name, s.attributes) for s in table.samples] == [
            ("a", {"type": "E", "Group": "x"}),
            ("b", {"type": "E", "Group": "y"}),
        ]

    def test_in_the_first_column_the_label_is_no_part_of_what_is_said(self, read: Read) -> None:
        text = "a,b,Thing\n#{Type}E,E,T\n#{Group}x,y,\n1.5,2.5,t1\n"
        table = read(text, self.BELOW)
        assert [dict(s.attributes) for s in table.samples] == [{"type": "E", "Group": "x"}, {"type": "E", "Group": "y"}]

    def test_without_a_label_in_the_pattern_nothing_more_is_said(self, read: Read) -> None:
        table = read(self.TEXT, evolve(self.BELOW, described_below=r"#\{"))
        assert [dict(s.attributes) for s in table.samples] == [{"type": "E"}, {"type": "E"}]

    def test_the_table_is_where_such_a_row_is(self, claim: Claim) -> None:
        assert claim(self.TEXT, self.BELOW) is not None
        assert claim("Thing,a,b\nt1,1.5,2.5\n", self.BELOW) is None
        assert claim("Other,a,b\n#{Type}T,E,E\nt1,1.5,2.5\n", self.BELOW) is None


class TestStatisticsAndContrast:
    TESTED = "Thing,Group,log2FC,pvalue\nx,A-B,1.5,0.25\nx,A-C,2.5,0.5\ny,A-B,3.5,0.75\n"

    def test_columns_of_tests_are_over_contrasts(self, read: Read) -> None:
        table = read(self.TESTED, FREE)
        assert {q.axis for q in table.quantities} == {Axis.CONTRASTS}
        assert table.samples == ()

    def test_where_they_are_none_they_are_samples(self, read: Read) -> None:
        table = read("Thing,FC1,pvalue\nx,1.5,0.25\ny,2.5,0.5\n", evolve(FREE, statistics=False))
        assert ([s.name for s in table.samples], table.contrasts) == (["FC1", "pvalue"], ())

    def test_the_declared_column_names_the_contrast_of_each_row(self, read: Read) -> None:
        table = read(self.TESTED, evolve(FREE, contrast=("Group",)))
        assert [c.name for c in table.contrasts] == ["A-B", "A-C"]
        assert [f.name for f in table.features] == ["x", "y"]
        assert table.quantities[0].values[0].tolist() == [1.5, 2.5]

    def test_one_contrast_is_named_too(self, read: Read) -> None:
        text = "Thing,Group,log2FC,pvalue\nx,A-B,1.5,0.25\ny,A-B,3.5,0.75\n"
        assert [c.name for c in read(text, evolve(FREE, contrast=("Group",))).contrasts] == ["A-B"]
        assert [c.name for c in read(text, FREE).contrasts] == ["input"]

    def test_an_average_that_stands_once_is_of_all_contrasts(self, read: Read) -> None:
        text = "Thing,AveExpr,logFC.A_vs_B,P.Value.A_vs_B,logFC.A_vs_C,P.Value.A_vs_C\nx,7.5,1.5,0.25,2.5,0.5\n"
        table = read(text, FREE)
        assert [c.name for c in table.contrasts] == ["A_vs_B", "A_vs_C"]
        assert table.quantities[-1].name == "average_expression"
        assert table.quantities[-1].values.tolist() == [[7.5, 7.5]]

    def test_p_values_by_the_number_of_spectra_stand_beside_the_plain_ones(self, read: Read) -> None:
        text = "Thing,logFC,P.Value,adj.P.Val,count,sca.t,sca.P.Value,sca.adj.pval\nx,1.5,0.25,0.5,3,2.5,0.125,0.375\n"
        table = read(text, FREE)
        found = {q.name: q.values.tolist() for q in table.quantities}
        assert found == {
            "log2_fold_change": [[1.5]],
            "p_value": [[0.25]],
            "adjusted_p_value": [[0.5]],
            "sca_t_statistic": [[2.5]],
            "sca_p_value": [[0.125]],
            "sca_adjusted_p_value": [[0.375]],
        }
        assert len(table.contrasts) == 1
        assert table.samples == ()


class TestAccessions:
    SAID = evolve(
        SIZED,
        ids={"first": "A", "second": "B"},
        accessions=lambda namespace, cell: {} if cell == "?" else {cell[0]: cell[1:], namespace: cell},
    )

    def test_a_cell_may_say_several_identifiers(self, read: Read) -> None:
        [feature] = read("Thing,Size s1,A\nx,1,u12\n", self.SAID).features
        assert feature.ids == {"u": "12", "first": "u12"}

    def test_a_cell_may_say_none(self, read: Read) -> None:
        [feature] = read("Thing,Size s1,A\nx,1,?\n", self.SAID).features
        assert feature.ids == {}

    def test_of_two_columns_that_say_one_namespace_the_first_counts(self, read: Read) -> None:
        [feature] = read("Thing,Size s1,B,A\nx,1,u34,u12\n", self.SAID).features
        assert feature.ids == {"u": "12", "first": "u12", "second": "u34"}

    def test_the_column_of_names_may_say_identifiers_too(self, read: Read) -> None:
        [feature] = read("Thing,Size s1\nx1,1\n", evolve(self.SAID, ids={"first": "Thing"})).features
        assert (feature.name, feature.ids) == ("x1", {"x": "1", "first": "x1"})
