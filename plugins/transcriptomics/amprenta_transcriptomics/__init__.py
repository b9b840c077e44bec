"""Transcriptomics for Amprenta: the hooks, and nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

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
    hookimpl,
)
from amprenta_transcriptomics import gctx, h5ad, tenx, triplet

_CODED: tuple[ModuleType, ...] = (tenx, h5ad, triplet, gctx)
_OWN: Mapping[str, ModuleType] = {info.name: module for module in _CODED for info in module.FORMATS}


@hookimpl
def describe_plugin() -> PluginInfo:
    """The transcriptomics plugin and its formats."""
    return PluginInfo(
        name="transcriptomics",
        omics_type="transcriptomics",
        feature_types=("gene", "capture", "probe"),
        formats=tuple(info for module in _CODED for info in module.FORMATS),
    )


@hookimpl
def sniff_file(head: FileHead) -> Match | None:
    """Claim a file in a format of its own."""
    return next((match for module in _CODED if (match := module.sniff(head)) is not None), None)


@hookimpl
def parse_file(path: Path, match: Match) -> ParsedFile:
    """Read the matrix as written."""
    parsed: ParsedFile = _OWN[match.format].parse(path, match)
    return parsed


@hookimpl
def extract_features(parsed: ParsedFile) -> FeatureTable:
    """Follow the format."""
    table: FeatureTable = _OWN[parsed.format].extract(parsed)
    return table


@hookimpl
def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
    """Genes by the name that the file gives."""
    return [
        (Identity(namespace="gene", accession=ref.name),) if ref.name and ref.type == "gene" else () for ref in refs
    ]


@hookimpl
def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:
    """The dataset and its first genes."""
    return f"{dataset.name}: " + ", ".join(feature.accession[:40] for feature in features[:50])
