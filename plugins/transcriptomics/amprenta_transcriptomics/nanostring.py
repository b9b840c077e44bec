"""NanoString RCC: sections of text, the counts of one sample among them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve

from amprenta_core import (
    FeatureRef,
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
    TableHead,
    ZeroMeaning,
    make_sample,
    read_file,
)
from amprenta_core import extract as extract_declared
from amprenta_transcriptomics.declaring import declare
from amprenta_transcriptomics.slicing import sliced, with_aside, with_table

RCC = declare(
    "nanostring-rcc",
    "NanoString RCC",
    versions="1.6, 1.7",
    header=("CodeClass", "Name", "Accession", "Count"),
    feature=("Name",),
    key=("CodeClass", "Accession"),
    ids={},
    attributes=(),
    measures=(Measure(name="counts", columns=r"Count(?P<sample>)\Z", unit="counts", zero=ZeroMeaning.VALUE),),
)
COLLECTED = evolve(
    RCC,
    name="nanostring-collected",
    title="NanoString counts of many samples, as the RCC Collector and nSolver export them",
    versions="any",
    header=("CodeClass", "Name", "Accession"),
    measures=(
        Measure(
            name="counts",
            columns=r"(?!(?:CodeClass|Name|Accession)\Z)(?P<sample>.+?)(?:\.[Rr][Cc][Cc])?\Z",
            unit="counts",
            zero=ZeroMeaning.VALUE,
        ),
    ),
)
FORMATS: tuple[FormatInfo, ...] = (RCC.info, COLLECTED.info)
_LABELS = len(COLLECTED.header)
"""So many columns say what a row is; those behind them are samples."""
_FILE_NAME = "File Name"
_SECTIONS = ("<Sample_Attributes>", "<Lane_Attributes>")
_CLASSES = {"positive": "positive_control", "negative": "negative_control", "housekeeping": "housekeeping"}
_ENDINGS = {"_POS": "positive_control", "_NEG": "negative_control", "_CTL": "control", "_NORM": "control"}


def sniff(head: FileHead) -> Match | None:
    """Claim a text by its sections; samples of one set of codes belong together."""
    if any(map(_is_collected, head.tables)):
        reason = "a row File Name of RCC files"
        return Match(format=COLLECTED.name, confidence="certain", reason=reason, omics_type="transcriptomics")
    if (
        head.kind != "text"
        or "<Code_Summary>" not in head.text
        or not head.text.lstrip("\ufeff\n").startswith("<Header>")
    ):
        return None
    rlf = next((line for line in head.text.splitlines() if line.startswith("GeneRLF")), "")
    return Match(
        format=RCC.name,
        confidence="certain",
        reason="sections <Header> and <Code_Summary>",
        omics_type="transcriptomics",
        combine=rlf or "GeneRLF",
    )


def parse(path: Path, match: Match) -> ParsedFile:
    """All sections as written."""
    return read_file(path, match)


def extract(parsed: ParsedFile) -> FeatureTable:
    """The codes of the sample, or of many, each with its class."""
    if parsed.format == COLLECTED.name:
        return _collected(parsed)
    [table] = parsed.tables
    begin = _index(table, "<Code_Summary>", 0)
    end = _index(table, "<", begin + 1)
    keep = range(min(begin + 1, len(table.rows)), end)
    found = extract_declared(with_table(parsed, sliced(table, keep)), [RCC])
    [sample] = found.samples
    return evolve(
        with_aside(found, keep, (), _unclosed(table, end)),
        features=tuple(map(_reference, found.features)),
        samples=(make_sample(sample.name, _said(table)),),
    )


def _is_collected(table: TableHead) -> bool:
    first = table.rows[0] if table.rows else ()
    named = [cell.strip().casefold() for cell in first[_LABELS:] if cell.strip()]
    return bool(named) and first[0].strip() == _FILE_NAME and all(cell.endswith(".rcc") for cell in named)


def _collected(parsed: ParsedFile) -> FeatureTable:
    """The codes of many samples, below rows that describe these."""
    table = next((table for table in parsed.tables if table.rows and table.rows[0][0].strip() == _FILE_NAME), None)
    if table is None:
        raise ParseError(f"the row {_FILE_NAME} is not there", path=parsed.path)
    codes = [i for i, row in enumerate(table.rows) if len(row) > 1 and row[1].strip()]
    keep = range(codes[0] if codes else len(table.rows), len(table.rows))
    header = (*COLLECTED.header, *(cell.strip() for cell in table.rows[0][_LABELS:]))
    found = extract_declared(with_table(parsed, sliced(table, keep, header)), [COLLECTED])
    above = [table.rows[i] for i in range(keep.start)]
    return evolve(
        with_aside(found, keep, (), above=1),
        features=tuple(map(_reference, found.features)),
        samples=tuple(_labelled(sample, above, _LABELS + n) for n, sample in enumerate(found.samples)),
    )


def _labelled(sample: Sample, above: Sequence[Sequence[str]], column: int) -> Sample:
    """The sample with what the rows above the counts say of its column."""
    said = {row[0].strip(): row[column].strip() for row in above[1:] if column < len(row) and row[column].strip()}
    return make_sample(sample.name, said)


def _index(table: Table, start: str, first: int) -> int:
    """The first row from here on that begins so; the number of rows where none does."""
    rows = range(first, len(table.rows))
    return next((i for i in rows if table.rows[i][0].startswith(start)), len(table.rows))


def _unclosed(table: Table, end: int) -> Sequence[Problem]:
    if end < len(table.rows):
        return ()
    what = "the section of counts is not closed: if the file was cut, codes are missing"
    return (Problem(where="<Code_Summary>", code="section_not_closed", what=what),)


def _reference(ref: FeatureRef) -> FeatureRef:
    """The code with the flag that its class earns; RefSeq accessions are among the file's own ids."""
    kind = ref.attributes.get("CodeClass", "")
    flag = _CLASSES.get(kind.casefold()) or next((f for end, f in _ENDINGS.items() if kind.upper().endswith(end)), None)
    accession = ref.attributes.get("Accession", "")
    ids = {"refseq": accession.partition(".")[0]} if accession[:3] in ("NM_", "NR_", "XM_", "XR_") else {}
    flags = (*(f for f in ref.flags if f != "control"), *((flag,) if flag else ()))
    return evolve(ref, ids=ids, flags=flags)


def _said(table: Table) -> Mapping[str, str]:
    """What the sections before the counts say of the sample and its lane."""
    said: dict[str, str] = {}
    section = ""
    for row in table.rows:
        cell = row[0].strip()
        if cell.startswith("<"):
            section = cell
        elif section in _SECTIONS and len(row) > 1 and row[1].strip():
            said[f"Lane {cell}" if section == _SECTIONS[1] else cell] = ",".join(row[1:]).strip()
    return said
