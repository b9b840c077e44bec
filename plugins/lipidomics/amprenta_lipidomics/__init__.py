"""Lipidomics for Amprenta: the hooks, and nothing else."""

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
from amprenta_lipidomics import names, text
from amprenta_lipidomics.formats import FORMATS


@hookimpl
def describe_plugin() -> PluginInfo:
    """The lipidomics plugin and its formats."""
    return PluginInfo(
        name="lipidomics",
        omics_type="lipidomics",
        feature_types=("lipid",),
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
    """Follow the declared format."""
    return extract(parsed, FORMATS)


@hookimpl
def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
    """Lipid names at the level that they state."""
    return names.normalize(refs)


@hookimpl
def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:
    """The dataset and its lipids by class."""
    return text.describe(dataset, features)
