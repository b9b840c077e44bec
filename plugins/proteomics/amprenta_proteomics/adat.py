"""ADAT, the format of SomaLogic: samples in rows, aptamers in columns, rows above that describe each aptamer."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

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
    ZeroMeaning,
    is_missing,
    make_sample,
    read_file,
)
from amprenta_proteomics.declaring import identifiers
from amprenta_proteomics.panels import Panel, feature_table, labelled, whole_rows

ADAT = FormatInfo(name="adat", versions="1.0 to 1.2", title="SomaLogic ADAT")
FORMATS = (ADAT,)
_TABLE = "^TABLE_BEGIN"
_SECTIONS = ("^HEADER", "^COL_DATA", "^ROW_DATA", _TABLE)
_FIRST_LINES = 200
_IDS = {"UniProt": "uniprot", "EntrezGeneID": "ncbi_gene", "EntrezGeneSymbol": "gene_symbol", "SomaId": "somamer"}
_FLAGS = {
    "control": re.compile(r"hyb|spuriomer|non-?biotin|non-?cleavable|.*control", re.IGNORECASE),
    "non_human": re.compile(r"non-?human", re.IGNORECASE),
    "deprecated": re.compile(r"deprecated", re.IGNORECASE),
}
"""Types of reagents that measure no protein of the sample: they are measured like all others, and marked."""
_BUFFER = re.compile(r"(?:no protein )?buffer|blank", re.IGNORECASE)
_SAMPLE_NAMES = ("SampleId", "SampleName", "ExtIdentifier", "Barcode2d", "SampleUniqueID")


@frozen(kw_only=True)
class _Layout:
    """Where the parts of the table stand: descriptions of aptamers, header of sample columns, column of labels."""

    described: Mapping[str, int]
    header: int
    label: int


def sniff(head: FileHead) -> Match | None:
    """Claim a text with the sections of an ADAT."""
    if head.kind != "text":
        return None
    begins = [line.split("\t")[0].strip('" ,;|') for line in head.text.split("\n")[:_FIRST_LINES]]
    found = [section for section in _SECTIONS if section in begins]
    if _TABLE not in found and len(found) < 2:  # noqa: PLR2004  # the table of a long header lies behind the head
        return None
    return Match(format=ADAT.name, confidence="certain", reason=f"sections {', '.join(found)}", omics_type="proteomics")


def parse(path: Path, match: Match) -> ParsedFile:
    """All lines as written. Raises ``FileError``."""
    return read_file(path, match)


def extract(parsed: ParsedFile) -> FeatureTable:
    """Aptamers over samples. Raises ``ParseError`` where the file ends before its samples begin."""
    table = parsed.tables[0]
    found = _layout(table, parsed.path)
    places = [j for j, cell in enumerate(table.rows[found.described["SeqId"]]) if j > found.label and cell.strip()]
    rows, problems = whole_rows(table, found.header + 1, places[-1] + 1 if places else 0)
    samples, nameless = _samples(table, found, rows)
    features = tuple(_aptamer(table, found, j) for j in places)
    return feature_table(
        Panel(
            table=table,
            header=found.described["SeqId"],
            below=rows,
            samples=samples,
            aside=(*problems, *nameless),
            places=places,
            features=features,
            measure=Measure(name="rfu", unit=_unit(features), zero=ZeroMeaning.VALUE),
            path=parsed.path,
        )
    )


def _layout(table: Table, path: str) -> _Layout:
    begin = next((i for i, row in enumerate(table.rows) if row[0].strip() == _TABLE), len(table.rows))
    header = next((i for i in range(begin + 1, len(table.rows)) if table.rows[i][0].strip()), None)
    if header is None:
        raise ParseError("the table of an ADAT is not there, or ends before its samples", path=path, hint=_CUT)
    described = {next(filter(None, map(str.strip, table.rows[i])), ""): i for i in range(begin + 1, header)}
    if "SeqId" not in described:
        what = "no row of the ADAT says the SeqId of each aptamer"
        raise ParseError(what, path=path, line=table.lines[header], hint="Export it anew")
    row = table.rows[described["SeqId"]]
    label = next(j for j, cell in enumerate(row) if cell.strip())
    return _Layout(described=described, header=header, label=label)


_CUT = "The file may be cut"


def _aptamer(table: Table, found: _Layout, column: int) -> FeatureRef:
    """The reagent of a column; what rows above it say is kept, its references to genes and proteins as ids."""
    cells = {label: labelled(table.rows[i], column) for label, i in found.described.items()}
    said = {label: cell for label, cell in cells.items() if not is_missing(cell)}
    name, kind = said.pop("SeqId"), said.get("Type", "Protein")
    ids: dict[str, str] = {}
    for label, namespace in _IDS.items():
        ids |= identifiers(namespace, said.pop(label, "").replace(" ", ";").replace("|", ";"))
    flags = [flag for flag, pattern in _FLAGS.items() if pattern.match(kind)]
    return FeatureRef(
        name=name,
        type="protein",
        ids=ids,
        flags=tuple(flags),
        attributes=said,
    )


def _unit(features: Sequence[FeatureRef]) -> str | None:
    """The unit that all reagents have."""
    units = {ref.attributes.get("Units") for ref in features}
    return units.pop() if len(units) == 1 else None


def _samples(table: Table, found: _Layout, rows: Sequence[int]) -> tuple[dict[int, Sample], list[Problem]]:
    """Row → sample; rows that name none are set aside."""
    header = [cell.strip() for cell in table.rows[found.header]]
    samples: dict[int, Sample] = {}
    aside = []
    for i in rows:
        cells = {label: labelled(table.rows[i], j) for j, label in enumerate(header[: found.label + 1]) if label}
        said = {label: cell for label, cell in cells.items() if not is_missing(cell)}
        name = next((said[label] for label in _SAMPLE_NAMES if label in said), _well(said))
        if name is None:
            what = "the row names no sample"
            aside.append(Problem(where=table.place(i), code="not_a_sample", what=what, row=i))
            continue
        samples[i] = _sample(name, said)
    return samples, aside


def _sample(name: str, said: Mapping[str, str]) -> Sample:
    sample = make_sample(name, {label: cell for label, cell in said.items() if cell != name or label != "SampleId"})
    is_buffer = bool(_BUFFER.match(said.get("SampleType", "")))
    return evolve(sample, flags=(*sample.flags, "blank")) if is_buffer and "blank" not in sample.flags else sample


def _well(said: Mapping[str, str]) -> str | None:
    """Where a sample without a name was measured: buffers have none."""
    place = [said[label] for label in ("PlateId", "SlideId", "Subarray", "PlatePosition") if label in said]
    return " ".join(place) or None
