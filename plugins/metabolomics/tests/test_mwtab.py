"""mwTab as its writers vary it, and compared with the ``mwtab`` package where that is installed."""

import csv
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from amprenta_metabolomics import mwtab, mwtab_sections

from amprenta_core import FeatureTable, FileError, ParseError
from amprenta_core.accounting import check_table
from amprenta_core.reading import read_head

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "metabolomics"
FILES = sorted(SHARED.glob("mwtab_*/*"))
EXAMPLES = sorted((Path(__file__).parent / "examples").glob("mwtab-*/input.*"))
HEADER = "#METABOLOMICS WORKBENCH STUDY_ID:ST9 ANALYSIS_ID:AN9"
Read = Callable[..., FeatureTable]


def read_path(path: Path) -> FeatureTable:
    match = mwtab.sniff(read_head(path))
    assert match is not None
    table = mwtab.extract(mwtab.parse(path, match))
    check_table(table)
    return table


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reader(*lines: str, name: str = "study.txt", end: str = "\n") -> FeatureTable:
        path = tmp_path / name
        path.write_text("\n".join(lines) + end, encoding="utf-8", newline="")
        return read_path(path)

    return reader


def block(*rows: Sequence[str], name: str = "MS_METABOLITE_DATA", end: bool = True) -> list[str]:
    return [f"#{name}", f"{name}_START", *map("\t".join, rows), *([f"{name}_END"] if end else [])]


def names(table: FeatureTable) -> list[str | None]:
    return [ref.name for ref in table.features]


def test_sample_names_that_are_numbers_are_samples(read: Read) -> None:
    header = ["Samples", *map(str, range(421700, 421720))]
    table = read(HEADER, *block(header, ["Urea", *map(str, range(20))]), "#END")
    assert [sample.name for sample in table.samples] == header[1:]
    assert table.quantities[0].values.tolist() == [list(map(float, range(20)))]


@pytest.mark.parametrize("label", ["Samples", "metabolite_name", "Metabolite Name", ""])
def test_the_first_row_is_the_header_whatever_it_is_called(read: Read, label: str) -> None:
    table = read(HEADER, *block([label, "a"], ["Urea", "1"], ["Uric acid", "2"]), "#END")
    assert names(table) == ["Urea", "Uric acid"]


def test_a_row_of_factors_is_no_metabolite_and_may_be_missing(read: Read) -> None:
    rows = ["Factors", "Sex:F | Time:10:30"], ["Urea", "1"]
    assert read(HEADER, *block(["Samples", "a"], *rows), "#END").samples[0].attributes == {"Sex": "F", "Time": "10:30"}
    assert names(read(HEADER, *block(["Samples", "a"], rows[1]), "#END")) == ["Urea"]


@pytest.mark.parametrize("section", ["NMR_METABOLITE_DATA", "DIRECT_INFUSION_METABOLITE_DATA", "METABOLITE_DATA"])
def test_every_section_of_values_is_read(read: Read, section: str) -> None:
    table = read(HEADER, f"{section}:UNITS\tlog10 area", *block(["Samples", "a"], ["Urea", "1"], name=section), "#END")
    quantity = table.quantities[0]
    assert (quantity.unit, quantity.scale, quantity.values.tolist()) == ("log10 area", "log10", [[1.0]])


def test_tabs_at_the_end_of_rows_make_no_samples(read: Read) -> None:
    table = read(HEADER, *block(["Samples", "a", "b", "", ""], ["Urea", "1", "2", "", ""], ["Uric acid", "3"]), "#END")
    assert [sample.name for sample in table.samples] == ["a", "b"]
    assert np.array_equal(table.quantities[0].values, np.array([[1, 2], [3, np.nan]]), equal_nan=True)


def test_a_value_below_no_sample_name_is_kept_and_said(read: Read) -> None:
    table = read(HEADER, *block(["Samples", "a"], ["Urea", "1", "2"]), "#END")
    assert [sample.name for sample in table.samples] == ["a", "column 3"]
    assert [problem.code for problem in table.problems] == ["unnamed_sample"]


def test_metabolites_and_samples_that_share_a_name_are_kept_apart(read: Read) -> None:
    table = read(HEADER, *block(["Samples", "a", "a"], ["Urea", "1", "2"], ["Urea", "3", "4"]), "#END")
    assert table.quantities[0].values.tolist() == [[1, 2], [3, 4]]
    assert [problem.code for problem in table.problems] == ["duplicate_feature_names", "duplicate_sample_names"]


IDENTIFIED = ["metabolite_name\tPubChem CID\tInChIKey\tKEGG ID\tHMDB_ID\tlipid_maps_id\tquantified m/z\trt (min)\tnote"]


def metabolites(*rows: str) -> list[str]:
    return ["#METABOLITES", "METABOLITES_START", *IDENTIFIED, *rows, "METABOLITES_END", "#END"]


def test_identifiers_are_found_whatever_their_columns_are_called(read: Read) -> None:
    said = "Urea\t1176\tXSQUKJJJFZCRTK-UHFFFAOYSA-N\tC00086\tHMDB00294\t-\t61.04\t1.5\tfresh"
    [ref] = read(HEADER, *block(["Samples", "a"], ["Urea", "1"]), *metabolites(said)).features
    keys = {"pubchem": "1176", "inchikey": "XSQUKJJJFZCRTK-UHFFFAOYSA-N", "kegg": "C00086", "hmdb": "HMDB0000294"}
    assert (ref.ids, ref.mz, ref.rt, ref.attributes) == (keys, 61.04, 90.0, {"note": "fresh"})


def test_a_name_spelt_with_commas_there_and_underscores_here_is_the_same_only_if_nothing_else_is(read: Read) -> None:
    one = metabolites("2,3-diol\t11", "2 3_x\t12", "2,3 x\t13")
    table = read(HEADER, *block(["Samples", "a"], ["2_3-diol", "1"], ["2_3_x", "2"]), *one)
    assert [ref.ids for ref in table.features] == [{"pubchem": "11"}, {}]


def test_several_entries_of_one_name_go_to_its_rows_in_order_or_to_none(read: Read) -> None:
    rows = block(["Samples", "a"], ["Urea", "1"], ["Urea", "2"])
    found = [read(HEADER, *rows, *metabolites(*(f"Urea\t{n}" for n in range(1, k + 1)))) for k in (1, 2, 3)]
    numbers = [[ref.ids.get("pubchem") for ref in table.features] for table in found]
    assert numbers == [["1", "1"], ["1", "2"], [None, None]]


def test_an_identifier_without_its_shape_is_no_identifier(read: Read) -> None:
    [ref] = read(HEADER, *block(["Samples", "a"], ["Urea", "1"]), *metabolites("Urea\t0\tyes\tsee text\tHMDB")).features
    assert ref.ids == {}


def test_unknown_is_no_name_and_sodium_is_one(read: Read) -> None:
    table = read(HEADER, *block(["Samples", "a"], ["Na", "1"], ["unknown", "2"], ["NA", "3"]), "#END")
    assert names(table) == ["Na", None]
    assert [(problem.code, problem.row) for problem in table.problems] == [("no_identity", 2)]


def test_numbers_in_another_file_are_named(read: Read) -> None:
    with pytest.raises(ParseError) as error:
        read(HEADER, "#MS", "MS:MS_RESULTS_FILE\tST9_AN9_Results.txt UNITS:area Has m/z:Yes", "#END")
    assert error.value.hint == "Its numbers are in another file: read ST9_AN9_Results.txt"


@pytest.mark.parametrize("lines", [["#MS", "MS:ION_MODE\tPOSITIVE", "#END"], block(["Samples", "a"]), block()])
def test_a_study_without_values_is_declined_with_a_hint(read: Read, lines: list[str]) -> None:
    with pytest.raises(ParseError) as error:
        read(HEADER, *lines, "#END")
    assert error.value.hint


def test_a_section_that_is_not_ended_is_an_error_with_its_line(read: Read) -> None:
    with pytest.raises(ParseError) as error:
        read(HEADER, *block(["Samples", "a"], ["Urea", "1"], end=False))
    assert error.value.line == 3
    assert "cut" in (error.value.hint or "")


def test_a_section_that_the_next_one_ends_is_whole(read: Read) -> None:
    rows = block(["Samples", "a"], ["Urea", "1"], end=False)
    assert names(read(HEADER, *rows, *metabolites("Urea\t1176"))) == ["Urea"]


def test_an_analysis_without_values_of_its_own_is_said_beside_others(read: Read) -> None:
    whole = [HEADER, *block(["Samples", "a"], ["Urea", "1"]), "#END"]
    other = ["#METABOLOMICS WORKBENCH STUDY_ID:ST9 ANALYSIS_ID:AN10", "#MS", "MS:MS_RESULTS_FILE\tx.txt", "#END"]
    table = read(*whole, *other)
    assert [(p.where, p.code) for p in table.problems] == [("analysis AN10", "analysis_without_values")]
    assert "x.txt" in table.problems[0].what


def test_extended_rows_beside_a_wide_table_are_said(read: Read) -> None:
    long = block(["metabolite_name", "sample_id", "area"], ["Urea", "a", "1"], name="EXTENDED_MS_METABOLITE_DATA")[1:]
    table = read(HEADER, *block(["Samples", "a"], ["Urea", "1"]), *long, "#END")
    assert [problem.code for problem in table.problems] == ["extended_not_read"]


JSON_START = {"METABOLOMICS WORKBENCH": {"STUDY_ID": "ST9", "ANALYSIS_ID": "AN9"}}
JSON_DATA = {"MS_METABOLITE_DATA": {"Units": "uM", "Data": [{"Metabolite": "Urea", "a": 1.5, "b": None}]}}


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(JSON_START | JSON_DATA),
        json.dumps([JSON_START | JSON_DATA]),
        json.dumps({"1": JSON_START | JSON_DATA}),
        json.dumps({"1": JSON_START | JSON_DATA, "2": JSON_START}, indent=2),
        json.dumps(JSON_START | JSON_DATA) + "\n" + json.dumps(JSON_START),
    ],
)
def test_json_is_read_alone_in_a_list_by_number_or_one_behind_the_other(read: Read, document: str) -> None:
    table = read(document, name="study.json")
    assert np.array_equal(table.quantities[0].values, [[1.5, np.nan]], equal_nan=True)
    assert (names(table), [sample.name for sample in table.samples]) == (["Urea"], ["a", "b"])


def test_numbers_of_json_arrive_to_the_last_digit(read: Read) -> None:
    data = '"NMR_METABOLITE_DATA":{"Data":[{"metabolite_name":"Urea","a":0.10000000000000001}]}'
    assert read(f'{{"METABOLOMICS WORKBENCH":{{}},{data}}}', name="study.json").quantities[0].values.tolist() == [[0.1]]


@pytest.mark.parametrize("text", ['{"METABOLOMICS WORKBENCH":{}', '{"METABOLOMICS WORKBENCH":1,}', "[" * 100_000])
def test_damaged_json_is_an_error_of_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "study.json"
    path.write_text(text)
    match = mwtab.sniff(read_head(path)) or mwtab._match(mwtab.JSON, "told")
    with pytest.raises(FileError):
        mwtab.parse(path, match)


def test_a_packed_file_that_is_cut_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "study.txt.gz"
    packed = gzip.compress("\n".join([HEADER, *block(["Samples", "a"], ["Urea", "1"]), "#END\n"]).encode())
    path.write_bytes(packed)
    assert names(read_path(path)) == ["Urea"]
    path.write_bytes(packed[:-12])
    with pytest.raises(FileError):
        mwtab.parse(path, mwtab._match(mwtab.TEXT, "told"))


def test_pairs_keep_marks_inside_values() -> None:
    assert mwtab_sections.pairs("A:1 | B:x | y | C:", "|", ":") == {"A": "1", "B": "x | y"}


@pytest.mark.skipif(not FILES, reason="the shared result files are not here")
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("ST000017_AN000035.txt", (319, 42)),
        ("ST000048_AN000084.txt", (162, 117)),
        ("ST000122_AN000204.txt", (14, 42)),
        ("ST000122_AN000204.json", (14, 42)),
    ],
)
def test_real_files_have_the_experts_counts(name: str, counts: tuple[int, int]) -> None:
    table = read_path(next(path for path in FILES if path.name == name))
    assert (len(table.features), len(table.samples)) == counts


@pytest.mark.skipif(not FILES, reason="the shared result files are not here")
def test_text_and_json_of_one_analysis_say_the_same() -> None:
    text, other = (read_path(path) for path in FILES if path.name.startswith("ST000122"))
    assert text.features == other.features
    assert [(s.name, dict(s.attributes)) for s in text.samples] == [(s.name, dict(s.attributes)) for s in other.samples]
    assert text.quantities == other.quantities


def as_package(path: Path) -> Any:
    package = pytest.importorskip("mwtab", reason="the mwtab package is not installed")
    found = next(package.read_files(str(path)))
    return found[0] if isinstance(found, tuple) else found


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


COMPARED = [p for p in (*FILES, *EXAMPLES) if p.parent.name not in ("mwtab-two-analyses", "mwtab-extended")]


@pytest.mark.parametrize("path", [p for p in COMPARED if "nested" not in p.parent.name], ids=lambda p: p.parent.name)
def test_values_equal_those_of_the_mwtab_package(path: Path) -> None:
    frame = as_package(path).get_metabolites_data_as_pandas()
    rows = frame[frame.iloc[:, 0] != ""]
    theirs = np.array([[number(cell) for cell in row] for row in rows.iloc[:, 1:].to_numpy(dtype=str)])
    table = read_path(path)
    if "Bin range(ppm)" in frame.columns:
        theirs = theirs[:, : len(table.samples)]
    assert np.array_equal(theirs, table.quantities[0].values, equal_nan=True)
    said = [ref.name or ref.attributes.get("chemical_shift") for ref in table.features]
    assert [name.strip("'\" ") for name in rows.iloc[:, 0]] == [(name or "").strip("'\" ") for name in said]


COMMAS = """#METABOLOMICS WORKBENCH kiln_20240302 STUDY_ID:ST999999 ANALYSIS_ID:AN999999 PROJECT_ID:PR999999,,
CREATED_ON             ,"March 5, 2024, 9:58 pm",
#SUBJECT_SAMPLE_FACTORS:         ,SUBJECT(optional)[tab]SAMPLE[tab]FACTORS(NAME:VALUE pairs separated by |),
SUBJECT_SAMPLE_FACTORS           ,-,K1,Heat:low,
SUBJECT_SAMPLE_FACTORS           ,-,K2,Heat:high,
#MS_METABOLITE_DATA,,
MS_METABOLITE_DATA:UNITS,Peak area,
MS_METABOLITE_DATA_START,,
Samples,K1,K2
Factors,Heat:low,Heat:high
Citric acid,12.5,14
"1,5-Anhydrosorbitol",120.5,
MS_METABOLITE_DATA_END,,
#END,,
"""


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_spreadsheet_may_have_saved_it_with_commas(tmp_path: Path, quoting: Literal[0, 1]) -> None:
    rows = list(csv.reader(COMMAS.splitlines()))
    with (tmp_path / "study.csv").open("w", newline="") as file:
        csv.writer(file, quoting=quoting).writerows(rows)
    table = read_path(tmp_path / "study.csv")
    assert [feature.name for feature in table.features] == ["Citric acid", "1,5-Anhydrosorbitol"]
    assert [(sample.name, sample.attributes) for sample in table.samples] == [
        ("K1", {"Heat": "low"}),
        ("K2", {"Heat": "high"}),
    ]
    assert table.quantities[0].unit == "Peak area"
    np.testing.assert_equal(table.quantities[0].values, [[12.5, 14], [120.5, np.nan]])
