"""A declared format recognises its files from their head, and no others."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from amprenta_core.formats import (
    Found,
    Measure,
    Section,
    TableFormat,
    combined_header,
    feature_columns,
    find_column,
    fold,
    locate,
    sniff,
)
from amprenta_core.model import Match
from amprenta_core.reading import read_head
from amprenta_core.written import FileHead, TableHead


def is_lipid(name: str) -> bool:
    return bool(re.match(r"(?:PC|PE|SM) \d+:\d", name))


def declare(name: str, **settings: object) -> TableFormat:
    common = {"layout": "rows", "feature_type": "lipid", "omics_type": "lipidomics", "title": f"{name} table"}
    return TableFormat(name=name, **{**common, **settings})  # type: ignore[arg-type]  # few of them, named


VENDOR = declare("vendor", header=("Compound|Name", "m/z"), feature=("Compound", "Name"))
SHARED = declare("shared", header=("Molecule", "Area"), feature=("Molecule",), names=is_lipid)
UNNAMED = declare("unnamed", header=("id", "MZ", "Time"), feature=("name",), confidence="possible")
ROWS = declare("rows", names=is_lipid, confidence="likely")
COLUMNS = declare("columns", names=is_lipid, layout="columns", measures=(Measure(name="a"),), confidence="likely")
SECTION = declare("section", section=Section(header="SMH", rows="SML"), header=("SML_ID",), feature=("SML_ID",))
FORMATS = (UNNAMED, ROWS, COLUMNS, SHARED, VENDOR, SECTION)


def head_of(*tables: Sequence[Sequence[str]], names: Sequence[str] = ("",)) -> FileHead:
    heads = tuple(TableHead(name=n, rows=tuple(map(tuple, rows))) for n, rows in zip(names, tables, strict=True))
    return FileHead(name="x", kind="text", size=1, tables=heads)


def sniffed(tmp_path: Path, text: str, formats: Sequence[TableFormat] = FORMATS) -> Match | None:
    (tmp_path / "x.csv").write_text(text)
    return sniff(read_head(tmp_path / "x.csv"), formats)


class TestSniffing:
    @pytest.mark.parametrize(
        ("text", "name", "confidence"),
        [
            ("Compound,m/z,s1\nx,1,2\n", "vendor", "certain"),
            ("COMPOUND ,M/Z,s1\nx,1,2\n", "vendor", "certain"),
            ("made by a tool\n\nName,m/z,s1\nx,1,2\n", "vendor", "certain"),
            ("Molecule,Area\nPC 34:1,1\nPE 38:4,2\n", "shared", "certain"),
            ("name,s1,s2\nPC 34:1,1,2\nPE 38:4,3,4\n", "rows", "likely"),
            ("sample,PC 34:1,PE 38:4\ns1,1,2\n", "columns", "likely"),
            ("id,MZ,Time,s1\n1,2,3,4\n", "unnamed", "possible"),
            ("MTD\ta\tb\nSMH\tSML_ID\nSML\t1\n", "section", "certain"),
        ],
    )
    def test_each_format_claims_its_own(self, tmp_path: Path, text: str, name: str, confidence: str) -> None:
        match = sniffed(tmp_path, text)
        assert match is not None
        assert (match.format, match.confidence, match.omics_type) == (name, confidence, "lipidomics")
        assert match.reason

    def test_the_most_confident_wins_whatever_the_order(self, tmp_path: Path) -> None:
        text = "id,Name,m/z,MZ,Time,s1\n1,PC 34:1,2,3,4,5\n2,PE 38:4,2,3,4,5\n"
        for formats in (FORMATS, FORMATS[::-1]):
            match = sniffed(tmp_path, text, formats)
            assert match is not None
            assert match.format == "vendor"
        likely = sniffed(tmp_path, text, (UNNAMED, ROWS))
        assert likely is not None
        assert likely.format == "rows"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "\n\n",
            "PC 34:1\nPE 38:4\nSM 34:1\n",
            "name,class\nPC 34:1,PC\nPE 38:4,PE\n",
            "sample,group,file\ns1,case,a.raw\ns2,control,b.raw\n",
            "gene,s1,s2\nTP53,1,2\nPCSK9,3,4\n",
            "Molecule,Area\nGlucose,1\nTryptophan,2\n",
            "It was a bright cold day, and PC 34:1 was high.\nSo was PE 38:4, they say.\n",
            "a,b\n1,2\n",
            "Compound\nPC 34:1\n",
        ],
        ids=[
            "empty",
            "blank",
            "list",
            "names and classes",
            "sample sheet",
            "genes",
            "metabolites",
            "prose",
            "numbers",
            "half",
        ],
    )
    def test_what_is_no_table_of_lipids_is_declined(self, tmp_path: Path, text: str) -> None:
        assert sniffed(tmp_path, text) is None

    def test_most_names_must_be_the_plugins_own(self, tmp_path: Path) -> None:
        few = "Molecule,Area\nPC 34:1,1\nGlucose,2\nAlanine,3\n"
        assert sniffed(tmp_path, few) is None
        match = sniffed(tmp_path, few + "PE 38:4,4\n")
        assert match is not None
        assert "2 of 4 names looked at are lipids" in match.reason

    def test_repeated_and_missing_names_do_not_count(self, tmp_path: Path) -> None:
        text = "Molecule,Area\n" + "PC 34:1,1\n" * 3 + "NA,1\nunknown,1\nGlucose,5\nAlanine,6\n"
        assert sniffed(tmp_path, text) is None

    def test_a_header_without_rows_is_no_claim(self, tmp_path: Path) -> None:
        assert sniffed(tmp_path, "Compound,m/z,s1\n") is None

    def test_every_fitting_sheet_is_a_part(self) -> None:
        rows = [["name", "s1"], ["PC 34:1", "1"], ["PE 38:4", "2"]]
        match = sniff(head_of([["about"]], rows, rows, names=("about", "pos", "neg")), FORMATS)
        assert match is not None
        assert match.parts == ("pos", "neg")
        text = sniff(head_of(rows), FORMATS)
        assert text is not None
        assert text.parts == ()

    def test_a_binary_file_is_declined(self) -> None:
        assert sniff(FileHead(name="x", kind="other", size=9), FORMATS) is None


class TestLocating:
    def test_a_header_far_below(self) -> None:
        above = [[f"parameter {n}", "on"] for n in range(60)]
        assert locate([*above, ["Name", "m/z"], ["x", "1"]], VENDOR) == Found(header=60)

    def test_a_header_below_many_numbers_is_not_looked_for(self) -> None:
        assert locate([*[["1", "2"]] * 20, ["Name", "m/z"]], VENDOR) is None

    def test_names_in_a_later_column(self) -> None:
        rows = [["id", "class", "lipid", "s1"], ["1", "PC", "PC 34:1", "5"], ["2", "PE", "PE 38:4", "6"]]
        assert locate(rows, ROWS) == Found(header=0, column=2)

    def test_no_header(self) -> None:
        rows = [["PC 34:1", "1", "2"], ["PE 38:4", "3", "4"]]
        assert locate(rows, ROWS) == Found(header=-1, column=0)
        assert combined_header(rows, ROWS, Found(header=-1)) == ["column 1", "column 2", "column 3"]

    def test_rows_of_words_between_header_and_names(self) -> None:
        rows = [["name", "s1", "s2"], ["", "case", "control"], ["PC 34:1", "1", "2"], ["PE 38:4", "1", "2"]]
        assert locate(rows, ROWS) == Found(header=1, column=0)

    def test_one_name_in_the_header_is_too_few(self) -> None:
        assert locate([["sample", "PC 34:1"], ["s1", "1"]], COLUMNS) is None

    def test_nothing_is_nowhere(self) -> None:
        assert [locate([], declared) for declared in FORMATS] == [None] * len(FORMATS)


class TestHeaders:
    @pytest.mark.parametrize(
        "text", ["Precursor.Mz", "precursor_mz", " PRECURSOR   Mz ", "Precursor\nMz", "Precursor._Mz"]
    )
    def test_spelling_does_not_matter(self, text: str) -> None:
        assert fold(text) == "precursor mz"

    def test_the_first_name_that_is_there(self) -> None:
        assert find_column(["b", "A", "a"], ["x", "a", "b"]) == 1
        assert find_column(["b"], ["x"]) is None
        assert find_column([], ["x"]) is None

    def test_columns_of_a_quantity(self) -> None:
        measure = Measure(name="Area", columns=r"Area\[(?P<sample>.+)\]\Z")
        assert feature_columns(["x", " Area[s 1] ", "Area[s2]x", "Area[2]"], measure) == [(1, "s 1"), (3, "2")]
        assert feature_columns(["x"], Measure(name="any")) == []

    def test_merged_cells_are_carried_to_the_right(self) -> None:
        declared = declare("two", header_rows=2)
        rows = [["Sample", "", "PC 34:1\n Results", ""], ["Name", "Type", "Area", "RT", "late"]]
        assert combined_header(rows, declared, Found(header=0)) == [
            "Sample|Name",
            "Sample|Type",
            "PC 34:1 Results|Area",
            "PC 34:1 Results|RT",
            "PC 34:1 Results|late",
        ]

    def test_a_format_describes_itself(self) -> None:
        assert (VENDOR.info.name, VENDOR.info.title, VENDOR.info.versions) == ("vendor", "vendor table", "any")
