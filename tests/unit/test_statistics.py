"""Results tables: fold changes and p-values over contrasts, by the names that tools use."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from amprenta_core.accounting import check_table
from amprenta_core.extraction import extract
from amprenta_core.extraction.results import make_contrast
from amprenta_core.extraction.statistics import find_statistics
from amprenta_core.formats import Measure, TableFormat
from amprenta_core.model import Axis, FeatureTable, Match
from amprenta_core.reading import read_file

FREE = TableFormat(
    name="free",
    title="table with lipids in rows",
    layout="rows",
    feature_type="lipid",
    omics_type="lipidomics",
    measures=(Measure(name="abundance"),),
    names=lambda name: name[:2] in ("PC", "PE", "SM"),
)
Read = Callable[..., FeatureTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(text: str, name: str = "input.csv") -> FeatureTable:
        path = tmp_path / name
        path.write_text(text, newline="")
        table = extract(read_file(path, Match(format="free", confidence="certain", reason="told")), [FREE])
        check_table(table)
        return table

    return run


def by_name(table: FeatureTable) -> dict[str, list[list[float | None]]]:
    return {q.name: [[None if np.isnan(x) else x for x in row] for row in q.values.tolist()] for q in table.quantities}


def found(*header: str) -> list[tuple[str, str]]:
    return [(s.name, s.contrast) for s in find_statistics(header)]


SPELLINGS = {
    "log2(FC)": "log2_fold_change",
    "Fold Change": "fold_change",
    "FC": "fold_change",
    "p-value": "p_value",
    "P": "p_value",
    "Pr(>|t|)": "p_value",
    "q_value": "q_value",
    "FDR": "fdr",
    "p.adj": "adjusted_p_value",
    "adjusted p-value": "adjusted_p_value",
    "Log2 Ratio": "log2_fold_change",
    "L2FC": "log2_fold_change",
    "AVG Log2 Ratio": "log2_fold_change",
}


class TestHeaders:
    def test_limma(self) -> None:
        assert found("", "logFC", "AveExpr", "t", "P.Value", "adj.P.Val", "B") == [
            ("log2_fold_change", ""),
            ("average_expression", ""),
            ("t_statistic", ""),
            ("p_value", ""),
            ("adjusted_p_value", ""),
        ]

    def test_deseq2(self) -> None:
        assert [name for name, _ in found("gene", "baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj")] == [
            "average_expression",
            "log2_fold_change",
            "standard_error",
            "t_statistic",
            "p_value",
            "adjusted_p_value",
        ]

    @pytest.mark.parametrize(("header", "name"), SPELLINGS.items())
    def test_other_spellings(self, header: str, name: str) -> None:
        assert found("lipid", header) == [(name, "")]

    def test_a_fold_change_without_its_sign_is_none(self) -> None:
        assert found("AVG Log2 Ratio", "Absolute AVG Log2 Ratio") == [("log2_fold_change", "")]

    def test_contrasts_before_and_behind(self) -> None:
        assert found("logFC_A_vs_B", "P.Value_A_vs_B") == [("log2_fold_change", "A_vs_B"), ("p_value", "A_vs_B")]
        assert found("KO.vs.WT log2FC", "KO.vs.WT: pvalue") == [
            ("log2_fold_change", "KO.vs.WT"),
            ("p_value", "KO.vs.WT"),
        ]

    def test_every_statistic_of_a_contrast(self) -> None:
        words = {
            "adj.P.Val": "adjusted_p_value",
            "Fold change": "fold_change",
            "t": "t_statistic",
            "P.Value": "p_value",
        }
        header = [f"{word}_KO_vs_WT" for word in words]
        assert found("name", *header) == [(name, "KO_vs_WT") for name in words.values()]

    def test_contrasts_that_are_spelled_otherwise_are_the_same(self) -> None:
        assert {contrast for _, contrast in found("logFC.A.vs.B", "P.Value_A_vs_B", "a vs b FDR")} == {"A.vs.B"}

    @pytest.mark.parametrize("header", ["FC_ctrl", "FC_1", "se_ko", "T_1", "P_7"])
    def test_samples_alone_are_no_statistics(self, header: str) -> None:
        assert found("name", header, "HC_ctrl") == []

    def test_without_a_test_nothing_is_a_statistic(self) -> None:
        assert found("name", "baseMean", "stat", "s1") == []

    @pytest.mark.parametrize("header", ["FC_1", "FC_02", "SE 3", "stat.1"])
    def test_a_number_behind_a_short_word_is_a_sample(self, header: str) -> None:
        assert found("name", "p_value", header) == [("p_value", "")]

    def test_the_same_statistic_once_more_has_a_name_of_its_own(self) -> None:
        assert found("P.Value", "pval", "logFC") == [("p_value", ""), ("p_value_2", ""), ("log2_fold_change", "")]


class TestContrastsInColumns:
    def test_one_contrast_is_named_after_the_file(self, read: Read) -> None:
        table = read(
            "lipid,logFC,AveExpr,P.Value,adj.P.Val,B\nPC 34:1,-1.5,9,0.01,0.02,1\nPE 38:4,NA,8,0.5,1,2\n",
            "KO_vs_WT.csv",
        )
        assert table.samples == ()
        assert [(c.name, c.numerator, c.denominator) for c in table.contrasts] == [("KO_vs_WT", "KO", "WT")]
        assert all(q.axis is Axis.CONTRASTS for q in table.quantities)
        assert by_name(table) == {
            "log2_fold_change": [[-1.5], [None]],
            "p_value": [[0.01], [0.5]],
            "adjusted_p_value": [[0.02], [1]],
            "average_expression": [[9], [8]],
        }
        assert [q.name for q in table.quantities][:2] == ["log2_fold_change", "p_value"]
        assert [q.scale for q in table.quantities] == ["log2", "linear", "linear", None]
        assert (table.rows_read, table.rows_measured) == (2, 2)

    def test_several_contrasts(self, read: Read) -> None:
        table = read("lipid,logFC_A_vs_C,logFC_B_vs_C,P.Value_B_vs_C\nPC 34:1,1,2,0.5\nPE 38:4,3,4,0.25\n")
        assert [c.name for c in table.contrasts] == ["A_vs_C", "B_vs_C"]
        assert by_name(table) == {"log2_fold_change": [[1, 2], [3, 4]], "p_value": [[None, 0.5], [None, 0.25]]}

    def test_repeated_features_are_kept_and_flagged(self, read: Read) -> None:
        table = read("lipid,logFC,pvalue\nPC 34:1,1,0.5\nPC 34:1,2,0.25\nPE 38:4,3,1\n")
        assert len(table.features) == 3
        assert [p.code for p in table.problems] == ["duplicate_feature_names"]

    def test_rows_without_a_name_are_set_aside(self, read: Read) -> None:
        table = read("lipid,logFC,pvalue\nPC 34:1,1,0.5\n,2,0.25\n")
        assert [(p.code, p.where, p.row) for p in table.problems] == [("no_identity", "line 3", 2)]
        assert (table.rows_read, table.rows_measured) == (2, 1)

    def test_a_matrix_with_statistics_has_both(self, read: Read) -> None:
        table = read("lipid,s1,s2,mean A,logFC,P.Value\nPC 34:1,10,20,15,1.5,0.01\nPE 38:4,30,<LOD,30,2,0.5\n")
        assert [s.name for s in table.samples] == ["s1", "s2"]
        assert [(q.name, q.axis) for q in table.quantities] == [
            ("abundance", Axis.SAMPLES),
            ("log2_fold_change", Axis.CONTRASTS),
            ("p_value", Axis.CONTRASTS),
        ]
        assert by_name(table)["abundance"] == [[10, 20], [30, None]]
        assert by_name(table)["p_value"] == [[0.01], [0.5]]

    def test_summaries_of_a_contrast_are_no_samples(self, read: Read) -> None:
        table = read("lipid,logFC_A_vs_B,B_A_vs_B,A_vs_B_rank,pvalue_A_vs_B\nPC 34:1,1,7,1,0.5\nPE 38:4,2,8,2,0.25\n")
        assert table.samples == ()
        assert [c.name for c in table.contrasts] == ["A_vs_B"]

    @pytest.mark.parametrize("summary", ["absFC", "CV", "mean ctrl", "median", "SD", "df", "n", "rank", "CI.low"])
    def test_summaries_beside_statistics_are_no_samples(self, read: Read, summary: str) -> None:
        table = read(f"lipid,logFC,{summary},pvalue\nPC 34:1,1,7,0.5\nPE 38:4,2,8,0.25\n")
        assert table.samples == ()


class TestContrastsInRows:
    TEXT = (
        "lipid,tissue,logFC,pvalue\nPC 34:1,liver,1,0.5\nPC 34:1,brain,2,0.25\nPE 38:4,liver,3,NA\n"
        "PE 38:4,brain,x,0.75\nSM 34:1,brain,5,1\n"
    )

    def test_each_feature_stands_once_over_all_contrasts(self, read: Read) -> None:
        table = read(self.TEXT)
        assert [f.name for f in table.features] == ["PC 34:1", "PE 38:4", "SM 34:1"]
        assert [c.name for c in table.contrasts] == ["liver", "brain"]
        assert by_name(table) == {
            "log2_fold_change": [[1, 2], [3, None], [None, 5]],
            "p_value": [[0.5, 0.25], [None, 0.75], [None, 1]],
        }
        assert (table.rows_read, table.rows_measured) == (5, 5)

    def test_what_is_no_number_is_told_with_its_line(self, read: Read) -> None:
        problems = {p.code: p.where for p in read(self.TEXT).problems}
        assert problems == {"contrasts_in_rows": "line 1", "unreadable_value": "line 5, column logFC"}
        assert read(self.TEXT).quantities[0].missing == {"x": (3,)}

    def test_a_column_without_a_telling_name_is_found_by_what_it_says(self, read: Read) -> None:
        assert [c.name for c in read(self.TEXT.replace("tissue", "where")).contrasts] == ["liver", "brain"]

    def test_a_statistic_that_stands_twice_is_two_quantities(self, read: Read) -> None:
        text = self.TEXT.replace("logFC", "pval")
        assert [q.name for q in read(text).quantities] == ["p_value", "p_value_2"]


@pytest.mark.parametrize(
    ("name", "sides"),
    [
        ("A_vs_B", ("A", "B")),
        ("A versus B", ("A", "B")),
        ("a.VS.b", ("a", "b")),
        ("avsb", (None, None)),
        ("_vs_B", (None, None)),
    ],
)
def test_the_sides_of_a_contrast(name: str, sides: tuple[str | None, str | None]) -> None:
    made = make_contrast(name)
    assert (made.name, made.numerator, made.denominator) == (name, *sides)
