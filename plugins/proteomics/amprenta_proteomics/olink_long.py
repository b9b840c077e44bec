"""Olink's long tables, of Target and Explore: one row for each sample and assay."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from amprenta_core import (
    FeatureRef,
    FeatureTable,
    FileHead,
    Match,
    Measure,
    ParsedFile,
    Sample,
    Table,
    ZeroMeaning,
    read_file,
)
from amprenta_core import extract as extract_declared
from amprenta_core import sniff as sniff_declared
from amprenta_proteomics.declaring import declare, is_control_assay
from amprenta_proteomics.panels import labelled, marked

LONG = declare(
    "olink-long",
    "Olink NPX, one row for each sample and assay (Target, Explore)",
    versions="NPX Signature 1, NPX Map 1, Explore 384 to HT",
    layout="long",
    header=("SampleID|Sample_ID", "OlinkID", "NPX|Quantified_value"),
    feature=("OlinkID",),
    sample=("SampleID", "Sample_ID"),
    ids={"uniprot": "UniProt"},
    attributes=("Assay", "AssayType", "Panel", "Block", "MissingFreq"),
    measures=(
        Measure(name="npx", columns="NPX", unit="NPX", scale="log2", zero=ZeroMeaning.VALUE),
        Measure(name="pc_normalized_npx", columns="PCNormalizedNPX", unit="NPX", scale="log2", zero=ZeroMeaning.VALUE),
        Measure(name="ext_npx", columns="ExtNPX", unit="NPX", scale="log2", zero=ZeroMeaning.VALUE),
        Measure(name="count", columns="Count", unit="counts", zero=ZeroMeaning.VALUE),
        Measure(name="concentration", columns="Quantified_value", zero=ZeroMeaning.VALUE),
    ),
)
FORMATS = (LONG.info,)
_APART = "\x1f"
"""Between a sample's name and what tells it from others of that name."""


def sniff(head: FileHead) -> Match | None:
    """Claim a table with a sample, an assay and its NPX in each row."""
    return sniff_declared(head, (LONG,))


def parse(path: Path, match: Match) -> ParsedFile:
    """The rows as written. Raises ``FileError``."""
    return read_file(path, match)


def extract(parsed: ParsedFile) -> FeatureTable:
    """Assays over samples; of controls that share a name, each is a sample of its own. Raises ``ParseError``."""
    found = extract_declared(evolve(parsed, tables=tuple(map(_apart, parsed.tables))), (LONG,))
    return evolve(
        found,
        features=tuple(map(_assay, found.features)),
        samples=tuple(_sample(sample) for sample in found.samples),
    )


def _assay(ref: FeatureRef) -> FeatureRef:
    """The assay, marked where it measures the run alone."""
    said = ref.attributes
    control = is_control_assay(said.get("Assay", "")) or said.get("AssayType", "").endswith("_ctrl")
    return evolve(ref, flags=(*ref.flags, "control")) if control else ref


def _sample(sample: Sample) -> Sample:
    return marked(evolve(sample, name=sample.name.partition(_APART)[0]))


def _apart(table: Table) -> Table:
    """The table with other names for samples that were measured several times by one assay: their rows would be one."""
    header = next((i for i, row in enumerate(table.rows[:_HEADER_SEARCH]) if "OlinkID" in map(str.strip, row)), None)
    names = [cell.strip() for cell in table.rows[header]] if header is not None else []
    sample = next((names.index(name) for name in LONG.sample if name in names), None)
    if header is None or sample is None:
        return table
    body = range(header + 1, len(table.rows))
    pairs = Counter((labelled(table.rows[i], sample), labelled(table.rows[i], names.index("OlinkID"))) for i in body)
    repeated = {name for (name, _), times in pairs.items() if times > 1 and name}
    if not repeated:
        return table
    rows = list(map(tuple, table.rows))
    nth: Counter[tuple[str, str]] = Counter()
    for i in body:
        name, assay = labelled(rows[i], sample), labelled(rows[i], names.index("OlinkID"))
        nth[name, assay] += 1
        if name in repeated:
            index = _index(rows[i], names) or f"#{nth[name, assay]}"
            rows[i] = (*rows[i][:sample], f"{name}{_APART}{index}", *rows[i][sample + 1 :])
    return evolve(table, rows=rows)


_HEADER_SEARCH = 10


def _index(row: Sequence[str], names: Sequence[str]) -> str:
    """The number of the row's sample in its file, "" where the file has none."""
    return labelled(row, names.index("Index")) if "Index" in names else ""
