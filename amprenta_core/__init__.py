"""What a plugin author imports, and nothing else. Loaded on first use (PEP 562), so that importing it costs nothing."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amprenta_core.cells import NumberReader, is_missing, to_number
    from amprenta_core.describing import dataset_text, first_names
    from amprenta_core.errors import FileError, ParseError
    from amprenta_core.extraction import extract
    from amprenta_core.extraction.grid import make_sample
    from amprenta_core.extraction.pseudobulk import are_counts, pseudobulk
    from amprenta_core.formats import Dictionary, Level, Lookup, Measure, Section, TableFormat, sniff
    from amprenta_core.hookspecs import hookimpl
    from amprenta_core.matrices import Annotation, Cells, Matrix, Node, SparseQuantity
    from amprenta_core.model import (
        Axis,
        Contrast,
        Dataset,
        Feature,
        FeatureRef,
        FeatureTable,
        FormatInfo,
        Identity,
        Match,
        PluginInfo,
        Problem,
        Quantity,
        Related,
        Sample,
        ZeroMeaning,
    )
    from amprenta_core.reading import (
        by_feature,
        open_hdf5,
        read_file,
        read_head,
        read_matrix_market,
        read_tables,
        whole_text,
    )
    from amprenta_core.reading.hdf5 import annotation, compressed_blocks, decoded, dense_blocks, texts
    from amprenta_core.vocabularies.kinds import Layout, Names, Refs, VocabularyKind
    from amprenta_core.written import FileHead, ParsedFile, Table, TableHead

__version__ = "0.1.0"

_HOMES = {
    "cells": ("NumberReader", "is_missing", "to_number"),
    "describing": ("dataset_text", "first_names"),
    "errors": ("FileError", "ParseError"),
    "extraction": ("extract",),
    "extraction.grid": ("make_sample",),
    "extraction.pseudobulk": ("are_counts", "pseudobulk"),
    "formats": ("Dictionary", "Level", "Lookup", "Measure", "Section", "TableFormat", "sniff"),
    "hookspecs": ("hookimpl",),
    "matrices": ("Annotation", "Cells", "Matrix", "Node", "SparseQuantity"),
    "model": (
        "Axis", "Contrast", "Dataset", "Feature", "FeatureRef", "FeatureTable", "FormatInfo", "Identity", "Match",
        "PluginInfo", "Problem", "Quantity", "Related", "Sample", "ZeroMeaning",
    ),
    "reading": ("by_feature", "open_hdf5", "read_file", "read_head", "read_matrix_market", "read_tables", "whole_text"),
    "written": ("FileHead", "ParsedFile", "Table", "TableHead"),
    "reading.hdf5": ("annotation", "compressed_blocks", "decoded", "dense_blocks", "texts"),
    "vocabularies.kinds": ("Layout", "Names", "Refs", "VocabularyKind"),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Annotation",
    "Axis",
    "Cells",
    "Contrast",
    "Dataset",
    "Dictionary",
    "Feature",
    "FeatureRef",
    "FeatureTable",
    "FileError",
    "FileHead",
    "FormatInfo",
    "Identity",
    "Layout",
    "Level",
    "Lookup",
    "Match",
    "Matrix",
    "Measure",
    "Names",
    "Node",
    "NumberReader",
    "ParseError",
    "ParsedFile",
    "PluginInfo",
    "Problem",
    "Quantity",
    "Refs",
    "Related",
    "Sample",
    "Section",
    "SparseQuantity",
    "Table",
    "TableFormat",
    "TableHead",
    "VocabularyKind",
    "ZeroMeaning",
    "annotation",
    "are_counts",
    "by_feature",
    "compressed_blocks",
    "dataset_text",
    "decoded",
    "dense_blocks",
    "extract",
    "first_names",
    "hookimpl",
    "is_missing",
    "make_sample",
    "open_hdf5",
    "pseudobulk",
    "read_file",
    "read_head",
    "read_matrix_market",
    "read_tables",
    "sniff",
    "texts",
    "to_number",
    "whole_text",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
