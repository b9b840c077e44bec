"""Proteomics for Amprenta: the hooks, and nothing else."""

from collections.abc import Sequence
from pathlib import Path

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
from amprenta_proteomics import names, text
from amprenta_proteomics.formats import FORMATS


@hookimpl
def describe_plugin() -> PluginInfo:
    """The proteomics plugin and its formats."""
    return PluginInfo(
        name="proteomics",
        omics_type="proteomics",
        feature_types=("protein", "peptide", "site"),
        formats=tuple(declared.info for declared in FORMATS),
        names_version=names.NAMES_VERSION,
    )


@hookimpl
def sniff_file(head: FileHead) -> Match | None:
    """Claim a file whose table one of the formats declares."""
    return sniff(head, FORMATS)


@hookimpl
def parse_file(path: Path, match: Match) -> ParsedFile:
    """Read the tables as written."""
    return read_file(path, match)


@hookimpl
def extract_features(parsed: ParsedFile) -> FeatureTable:
    """Follow the format."""
    return extract(parsed, FORMATS)


@hookimpl
def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
    """Proteins by accession, groups with their members, peptides by sequence."""
    return names.normalize(refs)


@hookimpl
def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:
    """The dataset and its proteins."""
    return text.describe(dataset, features)
