"""Reports of Protein Prospector: what names the searches of its columns, and reports that cannot be told apart."""

from pathlib import Path

import amprenta_proteomics
import pytest

from amprenta_core import FeatureTable, ParseError, read_head
from amprenta_core.testing.examples import loaded, read

HEADER = "Acc #\tGene\tNum Unique\tPeptide Count\tNum Unique\tPeptide Count\tProtein Name\n"
ROWS = "P02768\tALB\t3\t9\t2\t4\tAlbumin\nP69905\tHBA1\t1\t1\t\t\tHemoglobin\n"
LISTED = "Search Name:\tp/a\nSearch Name:\tp/b\n"
ABOVE = "\t\ta\t\tb\n"
PEPTIDES = "Acc #\tm/z\tDB Peptide\tFraction\tRT\tIntensity\tArea\nP02768\t500.1\tPEPTIDEK\tf1\t1.5\t7\t70\n"


def table(folder: Path, text: str) -> FeatureTable:
    (folder / "report.txt").write_text(text)
    reading = read(loaded(amprenta_proteomics), folder / "report.txt")
    assert reading is not None
    [found] = reading.tables.values()
    return found


@pytest.mark.parametrize(
    ("above", "names"),
    [
        (LISTED + ABOVE, ["a", "b"]),
        (LISTED + "\ta\t\tb\n", ["a", "b"]),
        (LISTED, ["p/a", "p/b"]),
        (LISTED + "\t\ta\t\ta\n", ["p/a", "p/b"]),
        (ABOVE, ["a", "b"]),
    ],
)
def test_searches_are_named_above_the_header_whatever_cell_they_stand_in(
    tmp_path: Path, above: str, names: list[str]
) -> None:
    found = table(tmp_path, above + HEADER + ROWS)
    assert [sample.name for sample in found.samples] == names
    assert found.quantities[0].name == "peptide_count"
    assert found.quantities[0].values[0].tolist() == [9.0, 4.0]
    assert (found.rows_read, found.rows_measured) == (2, 2)


@pytest.mark.parametrize("above", ["", "Search Name:\tp/a\n", "\t\ta\t\tb\t\tc\n"])
def test_columns_of_searches_without_names_are_not_guessed(tmp_path: Path, above: str) -> None:
    with pytest.raises(ParseError, match="2 searches"):
        table(tmp_path, above + HEADER + ROWS)


def test_peptides_of_one_search_are_summed_by_protein_and_fraction(tmp_path: Path) -> None:
    found = table(tmp_path, "Search Name:\tp/a\n" + PEPTIDES + "P02768\t600.1\tSAMPLER\tf1\t2.5\t3\t30\n")
    assert [(q.name, q.values.tolist()) for q in found.quantities] == [("area", [[100.0]]), ("intensity", [[10.0]])]


def test_peptides_of_searches_beside_each_other_are_refused(tmp_path: Path) -> None:
    header, row = PEPTIDES.splitlines()
    twice = f"{header}\t{header[6:]}\n{row}\t{row[7:]}\n"
    with pytest.raises(ParseError, match="several searches"):
        table(tmp_path, twice)


def test_a_report_without_quantities_is_not_claimed(tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text(PEPTIDES.replace("\tIntensity\tArea", "\tScore\tExpect"))
    match = loaded(amprenta_proteomics).sniff(read_head(tmp_path / "report.txt"))
    assert match is None or not match.format.startswith("prospector")
