"""Transcriptomics for Amprenta: the hooks, and nothing else."""

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
    hookimpl,
    read_file,
)
from amprenta_transcriptomics import (
    beside,
    counting,
    cuffdiff,
    elsewhere,
    families,
    gctx,
    geo,
    h5ad,
    names,
    nanostring,
    tenx,
    text,
    triplet,
)
from amprenta_transcriptomics.finishing import finish, numbered, of_genes
from amprenta_transcriptomics.formats import FORMATS, claim
from amprenta_transcriptomics.matrices import ENTREZ
from amprenta_transcriptomics.quantifiers import OF_GENES

_CODED: tuple[ModuleType, ...] = (tenx, h5ad, triplet, gctx, nanostring, geo, cuffdiff, counting)
"""Formats that a declaration cannot say: they are asked first."""
_OWN: Mapping[str, ModuleType] = {info.name: module for module in _CODED for info in module.FORMATS}

_NUMBERED = {declared.name for declared in ENTREZ}


@hookimpl
def describe_plugin() -> PluginInfo:
    """The transcriptomics plugin and its formats."""
    coded = (info for module in _CODED for info in module.FORMATS)
    return PluginInfo(
        name="transcriptomics",
        omics_type="transcriptomics",
        feature_types=("gene", "transcript", "probe", "capture"),
        formats=(*coded, *(declared.info for declared in FORMATS)),
        names_version=names.NAMES_VERSION,
    )


@hookimpl
def sniff_file(head: FileHead) -> Match | None:
    """Claim a file in a format of its own, or whose table one of the formats declares."""
    if elsewhere.is_other(head):
        return None
    own = (match for module in _CODED if (match := module.sniff(head)) is not None)
    match = next(own, None) or claim(head)
    return None if match is None else evolve(match, beside=beside.names(head, match.format))


@hookimpl
def parse_file(path: Path, match: Match) -> ParsedFile:
    """Read the tables as written."""
    module = _OWN.get(match.format)
    return module.parse(path, match) if module else read_file(path, match)


@hookimpl
def extract_features(parsed: ParsedFile) -> FeatureTable:
    """Follow the format, then name what the file does not."""
    module = _OWN.get(parsed.format)
    table = (
        module.extract(parsed) if module else counting.without_counters(parsed, families.told_apart(parsed, FORMATS))
    )
    table = numbered(table) if parsed.format in _NUMBERED else table
    table = of_genes(table) if parsed.format in OF_GENES else table
    return finish(table, parsed.path) if table.cells is None else table


@hookimpl
def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
    """Genes and transcripts by accession; a symbol denotes nothing by itself."""
    return names.normalize(refs)


@hookimpl
def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:
    """The dataset and its genes."""
    return text.describe(dataset, features)
