"""GEO series matrices and SOFT datasets: a table between marks, below lines that describe samples."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve

from amprenta_core import (
    FeatureTable,
    FileHead,
    FormatInfo,
    Match,
    Measure,
    ParsedFile,
    ParseError,
    Problem,
    Sample,
    Table,
    make_sample,
)
from amprenta_core import extract as extract_declared
from amprenta_transcriptomics import soft
from amprenta_transcriptomics.declaring import declare
from amprenta_transcriptomics.slicing import sliced, with_aside, with_table
from amprenta_transcriptomics.written import read_lines

SERIES = declare(
    "geo-series-matrix",
    "GEO series matrix",
    feature_type="probe",
    header=("ID_REF",),
    feature=("ID_REF",),
    attributes=(),
    measures=(Measure(name="expression", columns=r"(?!ID_REF\Z)(?P<sample>.+)\Z", scale=None),),
)
DATASET = declare(
    "geo-soft-dataset",
    "GEO dataset (GDS) in SOFT",
    feature_type="probe",
    header=("ID_REF", "IDENTIFIER"),
    feature=("ID_REF",),
    ids={"gene_symbol": "IDENTIFIER"},
    attributes=(),
    measures=(Measure(name="expression", columns=r"(?P<sample>GSM\d+)\Z", scale=None),),
)
FORMATS: tuple[FormatInfo, ...] = (SERIES.info, DATASET.info, *soft.FORMATS)
_MARKS = {SERIES.name: "!series_matrix_table_", DATASET.name: "!dataset_table_"}
_OTHER_MOLECULES = re.compile(r"!Sample_molecule_ch1.*(?:genomic DNA|protein)", re.IGNORECASE)
_RNA = re.compile(r"!Sample_molecule_ch1.*RNA", re.IGNORECASE)


def sniff(head: FileHead) -> Match | None:
    """Claim a text by the lines that GEO begins it with."""
    text = head.text.lstrip("\ufeff\n") if head.kind == "text" else ""
    if text.startswith(("!Series_", '"!Series_')) or "\n!series_matrix_table_begin" in text:
        other = _OTHER_MOLECULES.search(text) and not _RNA.search(text)
        return _match(SERIES.name, "lines !Series_ and !Sample_", possible=bool(other))
    if text.startswith("^"):
        if re.search(r"^\^DATASET", text, re.MULTILINE):
            return _match(DATASET.name, "lines ^DATASET and !dataset_", possible=False)
        return soft.sniff(text)
    return None


def _match(name: str, reason: str, *, possible: bool) -> Match:
    confidence = "possible" if possible else "certain"
    reason = f"{reason}; the molecule is no RNA" if possible else reason
    return Match(format=name, confidence=confidence, reason=reason, omics_type="transcriptomics")  # type: ignore[arg-type]  # two words


def parse(path: Path, match: Match) -> ParsedFile:
    """All lines as written."""
    return read_lines(path, match)


def extract(parsed: ParsedFile) -> FeatureTable:
    """The table between the marks; each sample with what the lines above say of it."""
    if parsed.format == soft.FAMILY.name:
        return soft.extract(parsed)
    declared = SERIES if parsed.format == SERIES.name else DATASET
    [table] = parsed.tables
    begin = _mark(table, f"{_MARKS[declared.name]}begin", 0)
    if begin is None:
        what = f"the line {_MARKS[declared.name]}begin is not there"
        raise ParseError(what, path=parsed.path, hint="The file may be cut, or hold no table")
    end = _mark(table, "!", begin + 1)
    keep = range(begin + 1, len(table.rows) if end is None else end)
    found = extract_declared(with_table(parsed, sliced(table, keep)), [declared])
    said = _series_samples(table, begin) if declared is SERIES else _dataset_samples(table, begin)
    return evolve(
        with_aside(found, keep, (), _unclosed(declared.name, end)),
        samples=tuple(_described(sample, said) for sample in found.samples),
    )


def _mark(table: Table, start: str, first: int) -> int | None:
    rows = range(first, len(table.rows))
    return next((i for i in rows if table.rows[i][0].strip('" ').startswith(start)), None)


def _unclosed(name: str, end: int | None) -> Sequence[Problem]:
    if end is not None:
        return ()
    what = f"the line {_MARKS[name]}end is not there: if the file was cut, rows are missing"
    return (Problem(where=f"{_MARKS[name]}begin", code="section_not_closed", what=what),)


def _described(sample: Sample, said: Mapping[str, Mapping[str, str]]) -> Sample:
    return make_sample(sample.name, said.get(sample.name, {}))


def _series_samples(table: Table, end: int) -> dict[str, dict[str, str]]:
    """Accession → what the ``!Sample_`` lines say; a characteristic is known by its own word."""
    lines = [[cell.strip('" ') for cell in table.rows[i]] for i in range(end)]
    lines = [line for line in lines if line[0].startswith("!Sample_")]
    accessions = next((line[1:] for line in lines if line[0] == "!Sample_geo_accession"), [])
    found: dict[str, dict[str, str]] = {accession: {} for accession in accessions}
    for label, *cells in lines:
        for accession, cell in zip(accessions, cells, strict=False):
            if cell:
                soft.add(found[accession], label.removeprefix("!Sample_"), cell)
    return found


def _dataset_samples(table: Table, end: int) -> dict[str, dict[str, str]]:
    """Accession → its title, and the subsets that it belongs to."""
    found: dict[str, dict[str, str]] = {}
    subset: dict[str, str] = {}
    for i in range(end):
        label, value = soft.statement(table, i)
        if label.startswith("#GSM"):
            found.setdefault(label[1:], {})["title"] = value
        elif label.startswith("^SUBSET"):
            subset = {}
        elif label.startswith("!subset_"):
            subset[label.removeprefix("!subset_")] = value
            if "type" in subset and label == "!subset_type":
                for accession in subset.get("sample_id", "").split(","):
                    found.setdefault(accession.strip(), {})[subset["type"]] = subset.get("description", "")
    return found
