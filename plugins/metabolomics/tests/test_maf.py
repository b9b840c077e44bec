"""MetaboLights assignments with and without their study, and compared with metabolights-utils where it is installed."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amprenta_metabolomics import isa, maf

from amprenta_core import FeatureTable, ParseError
from amprenta_core.accounting import check_table
from amprenta_core.reading import read_head
from amprenta_core.sample_sheets import join

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "metabolomics"
STUDIES = sorted(SHARED.glob("metabolights_*/*"))
RESULTS = [path for path in STUDIES if path.name.startswith("m_")]
here = pytest.mark.skipif(not STUDIES, reason="the shared result files are not here")
HEADER = [
    "database_identifier", "chemical_formula", "smiles", "inchi", "metabolite_identification", "mass_to_charge",
    "retention_time", "smallmolecule_abundance_sub", "smallmolecule_abundance_stdev_sub",
]  # fmt: skip
Rows = Sequence[Sequence[str]]
Read = Callable[..., FeatureTable]


def read_path(path: Path) -> FeatureTable:
    match = maf.sniff(read_head(path))
    assert match is not None
    table = maf.extract(maf.parse(path, match))
    check_table(table)
    return table


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reader(rows: Rows, beside: Mapping[str, Rows] | None = None) -> FeatureTable:
        for name, content in {"m_x_maf.tsv": rows, **(beside or {})}.items():
            (tmp_path / name).write_text("\n".join(map("\t".join, content)) + "\n", encoding="utf-8")
        return read_path(tmp_path / "m_x_maf.tsv")

    return reader


def row(name: str, *values: str, db: str = "", mz: str = "", rt: str = "", mean: str = "") -> list[str]:
    return [db, "", "", "", name, mz, rt, mean, "", *values]


def assay(*rows: Sequence[str]) -> Rows:
    columns = ["Sample Name", "Protocol REF", "MS Assay Name", "Raw Spectral Data File", "Metabolite Assignment File"]
    return [columns, *rows]


def samples(table: FeatureTable) -> list[str]:
    return [sample.name for sample in table.samples]


def codes(table: FeatureTable) -> list[str]:
    return [problem.code for problem in table.problems]


def test_without_a_study_the_columns_behind_the_standard_ones_are_samples(read: Read) -> None:
    rows = [
        [*HEADER, "s1", "adduct", "p-value", "mean of all", "s2"],
        row("Urea", "1", "M+H", "0.1", "9", "", mean="5"),
    ]
    table = read(rows)
    assert samples(table) == ["s1", "s2"]
    assert np.array_equal(table.quantities[0].values, [[1, np.nan]], equal_nan=True)
    assert table.features[0].attributes["smallmolecule_abundance_sub"] == "5"


def test_the_assay_that_names_the_file_tells_its_samples(read: Read) -> None:
    ours = assay(["one", "MS", "r1", "FILES/r1.raw", "m_x_maf.tsv"], ["two", "MS", "r2", "FILES/r2.raw", "m_x_maf.tsv"])
    other = assay(["one", "MS", "s9", "s9.raw", "m_other_maf.tsv"])
    rows = [[*HEADER, "r1", "s9", "r2"], row("Urea", "1", "2", "3")]
    table = read(rows, {"a_one.txt": ours, "a_other.txt": other})
    assert samples(table) == ["r1", "r2"]
    assert table.samples[0].attributes == {"Sample Name": "one", "Raw Spectral Data File": "FILES/r1.raw"}
    assert codes(table) == ["columns_not_in_study"]


@pytest.mark.parametrize("column", ["one", "r1", "FILES/r1.raw", "r1.raw", "ONE"])
def test_a_column_may_be_named_after_sample_run_or_raw_file(read: Read, column: str) -> None:
    study = [
        ["Source Name", "Characteristics[Organ]", "Sample Name", "Factor Value[Dose]", "Unit", "Factor Value[Organ]"],
        ["d1", "liver", "one", "5", "mg", "left liver"],
    ]
    ours = assay(["one", "MS", "r1", "FILES/r1.raw" if "." in column else "r1.raw", "m_x_maf.tsv"])
    beside = {"s_x.txt": study, "a_x.txt": ours}
    said = read([[*HEADER, column], row("Urea", "1")], beside).samples[0].attributes
    assert said["Dose"] == "5 mg"
    assert (said["Organ"], said["Characteristics[Organ]"]) == ("left liver", "liver")


def test_a_sample_of_several_runs_is_described_by_what_they_share(read: Read) -> None:
    ours = assay(["one", "MS", "r1", "r1.raw", "m_x_maf.tsv"], ["one", "MS", "r2", "r2.raw", "m_x_maf.tsv"])
    study = [["Source Name", "Sample Name", "Factor Value[Sex]"], ["d1", "one", "F"]]
    table = read([[*HEADER, "one"], row("Urea", "1")], {"a_x.txt": ours, "s_x.txt": study})
    assert table.samples[0].attributes == {"Source Name": "d1", "Sex": "F"}


def test_a_study_of_other_samples_tells_nothing(read: Read) -> None:
    study = [["Source Name", "Sample Name"], ["d1", "elsewhere"]]
    table = read([[*HEADER, "s1", "s2"], row("Urea", "1", "2")], {"s_x.txt": study})
    assert (samples(table), codes(table)) == (["s1", "s2"], ["samples_not_in_study"])


def test_a_study_that_cannot_be_read_stops_nothing(read: Read, tmp_path: Path) -> None:
    (tmp_path / "s_x.txt").write_bytes(b"PK\x03\x04 no workbook")
    assert codes(read([[*HEADER, "s1"], row("Urea", "1")])) == ["study_not_read"]


def test_unnamed_rows_are_told_by_mass_or_whatever_else_they_say(read: Read) -> None:
    rows = [
        row("unknown", "1", mz="101.5", rt="2.5"),
        row("", "2", db="CHEBI:1"),
        row("", "3"),
        row("Unidentified", "4"),
    ]
    table = read([[*HEADER, "s1"], *rows])
    assert [(ref.name, ref.mz, ref.rt) for ref in table.features] == [(None, 101.5, None), (None, None, None)]
    assert table.features[0].attributes["retention_time"] == "2.5"
    assert sorted(codes(table)) == ["no_identity", "no_identity", "time_without_unit"]


def test_identifiers_of_several_databases_are_told_apart(read: Read) -> None:
    cells = {
        "CHEBI:16199|HMDB00294": {"chebi": "16199", "hmdb": "HMDB0000294"},
        "C00086": {"kegg": "C00086"},
        "LMFA01010001 | LMFA01010002": {"lipidmaps": "LMFA01010001|LMFA01010002"},
        "CID 1176": {"pubchem": "1176"},
        "unknown": {},
        "1176": {},
    }
    table = read([[*HEADER, "s1"], *(row("Urea", "1", db=cell) for cell in cells)])
    assert [dict(ref.ids) for ref in table.features] == list(cells.values())


@pytest.mark.parametrize("rows", [[row("Urea", "", "")], [row("Urea", "", "", mean="5")], []])
def test_identifications_without_a_value_are_declined_with_a_hint(read: Read, rows: Rows) -> None:
    with pytest.raises(ParseError) as error:
        read([[*HEADER, "s1", "s2"], *rows])
    assert error.value.hint


@here
def test_real_files_have_the_experts_counts() -> None:
    [path] = [path for path in RESULTS if "MTBLS1_" in path.name]
    table = read_path(path)
    assert (len(table.features), len(table.samples)) == (218, 132)
    assert [table.features[n].attributes["chemical_shift"] for n in (0, -1)] == ["[0.10 .. 0.14]", "[9.31 .. 9.35]"]
    assert all({"Gender", "Metabolic syndrome", "Organism"} <= sample.attributes.keys() for sample in table.samples)


@here
def test_real_files_without_values_are_declined_with_a_hint() -> None:
    empty = [path for path in RESULTS if "MTBLS1755" in path.name]
    assert len(empty) == 3
    for path in empty:
        with pytest.raises(ParseError) as error:
            read_path(path)
        assert error.value.hint


@here
@pytest.mark.parametrize("path", [p for p in STUDIES if p not in RESULTS], ids=lambda p: f"{p.parent.name}/{p.name}")
def test_studies_and_assays_are_declined_with_a_hint(path: Path) -> None:
    head = read_head(path)
    assert maf.sniff(head) is None
    match = isa.sniff(head)
    assert match is not None
    with pytest.raises(ParseError) as error:
        isa.parse(path, match)
    hint = error.value.hint or ""
    assert ("--samples" in hint) is not path.name.startswith("i_")


@here
def test_a_study_joins_as_a_sample_sheet() -> None:
    [path] = [path for path in RESULTS if "MTBLS1_" in path.name]
    [sheet] = [p for p in path.parent.iterdir() if p.name.startswith("s_")]
    joined = join(read_path(path), sheet)
    assert {sample.attributes["Factor Value[Gender]"] for sample in joined.samples} == {"Male", "Female"}
    assert not [code for code in codes(joined) if code.startswith("sample_")]


def as_package(path: Path) -> Any:
    package = pytest.importorskip("metabolights_utils.isatab", reason="metabolights-utils is not installed")
    return package.Reader.get_assignment_file_reader(results_per_page=100_000).read(path).isa_table_file.table


def number(text: str) -> float:
    return float(text) if text.strip() else float("nan")


@here
def test_values_equal_those_of_metabolights_utils() -> None:
    [path] = [path for path in RESULTS if "MTBLS1_" in path.name]
    theirs, table = as_package(path), read_path(path)
    wanted = np.array([[number(cell) for cell in theirs.data[name]] for name in samples(table)]).T
    ours = table.quantities[0].values
    assert np.array_equal(wanted[: len(ours)], ours, equal_nan=True)
    assert np.isnan(wanted[len(ours) :]).all()
    named = [name.strip() or None for name in theirs.data["metabolite_identification"]][: len(ours)]
    assert [ref.name for ref in table.features] == [None if name == "unknown" else name for name in named]


@here
def test_values_equal_those_of_a_plain_reader() -> None:
    [path] = [path for path in RESULTS if "MTBLS1_" in path.name]
    records = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), delimiter="\t"))
    table = read_path(path)
    wanted = [[number(record[name] or "") for name in samples(table)] for record in records[: len(table.features)]]
    assert np.array_equal(wanted, table.quantities[0].values, equal_nan=True)
