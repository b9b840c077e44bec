"""${title} for Amprenta: the hooks, and nothing else."""

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

from . import names, text
from .formats import FORMATS


@hookimpl
def describe_plugin() -> PluginInfo:
    """Who this is, and what it reads."""
    return PluginInfo(
        name="${name}",
        omics_type="${omics}",
        feature_types=("${feature}",),
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
    """Say which identity each name denotes by itself."""
    return [names.identities(ref.name or "") for ref in refs]


@hookimpl
def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Describe the dataset for semantic search."""
    return text.describe(dataset, features)
