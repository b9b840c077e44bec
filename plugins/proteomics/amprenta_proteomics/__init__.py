"""Proteomics for Amprenta: the hooks, and nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from attrs import evolve

from amprenta_core import (
    Dataset,
    Feature,
    FeatureRef,
    FeatureTable,
    FileHead,
    Identity,
    Match,
    ParsedFile,
    PluginInfo,
    extract,
    hookimpl,
    read_file,
    sniff,
)
from amprenta_proteomics import adat, beside, names, olink, olink_long, prospector, single_runs, text
from amprenta_proteomics.formats import FORMATS

_CODED: tuple[ModuleType, ...] = (adat, olink, olink_long)
"""Formats that a declaration cannot say: they are asked first."""
_OWN: Mapping[str, ModuleType] = {
    known.name: module for module in (*_CODED, prospector, single_runs) for known in module.FORMATS
}
_RECORDS: Mapping[str, str] = {declared.name: declared.records for declared in FORMATS if declared.records}


@hookimpl
def describe_plugin() -> PluginInfo:
    """The proteomics plugin and its formats."""
    coded = (info for module in _CODED for info in module.FORMATS)
    return PluginInfo(
        name="proteomics",
        omics_type="proteomics",
        feature_types=("protein", "peptide", "site"),
        formats=(*coded, *(declared.info for declared in FORMATS)),
        names_version=names.NAMES_VERSION,
    )


@hookimpl
def sniff_file(head: FileHead) -> Match | None:
    """Claim a file in a format of its own, or whose table one of the formats declares."""
    own = (match for module in _CODED if (match := module.sniff(head)) is not None)
    match = next(own, None) or sniff(head, FORMATS)
    return None if match is None else evolve(match, beside=beside.names(head, match.format))


@hookimpl
def parse_file(path: Path, match: Match) -> ParsedFile:
    """Read the tables as written."""
    return read_file(path, match, records=_RECORDS.get(match.format))


@hookimpl
def extract_features(parsed: ParsedFile) -> FeatureTable:
    """Follow the format."""
    module = _OWN.get(parsed.format)
    return module.extract(parsed) if module else extract(parsed, FORMATS)


@hookimpl
def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
    """Proteins by accession, groups with their members, peptides by sequence."""
    return names.normalize(refs)


@hookimpl
def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:
    """The dataset and its proteins."""
    return text.describe(dataset, features)
