"""What a plugin author imports, and nothing else. Loaded on first use (PEP 562), so that importing it costs nothing."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amprenta_core.cells import NumberReader, is_missing, to_number
    from amprenta_core.errors import FileError, ParseError
    from amprenta_core.extraction import extract
    from amprenta_core.extraction.grid import make_sample
    from amprenta_core.formats import Dictionary, Lookup, Measure, Section, TableFormat, sniff
    from amprenta_core.hookspecs import hookimpl
    from amprenta_core.model import (
        Axis,
        Contrast,
        Dataset,
        Feature,
        FeatureRef,
        FeatureTable,
        FileHead,
        FormatInfo,
        Identity,
        Match,
        ParsedFile,
        PluginInfo,
        Problem,
        Quantity,
        Sample,
        Table,
        TableHead,
        ZeroMeaning,
    )
    from amprenta_core.reading import read_file, read_head, read_tables
    from amprenta_core.vocabularies.kinds import Layout, Names, Refs, VocabularyKind

__version__ = "0.1.0"

_HOMES = {
    "cells": ("NumberReader", "is_missing", "to_number"),
    "errors": ("FileError", "ParseError"),
    "extraction": ("extract",),
    "extraction.grid": ("make_sample",),
    "formats": ("Dictionary", "Lookup", "Measure", "Section", "TableFormat", "sniff"),
    "hookspecs": ("hookimpl",),
    "model": (
        "Axis", "Contrast", "Dataset", "Feature", "FeatureRef", "FeatureTable", "FileHead", "FormatInfo", "Identity",
        "Match", "ParsedFile", "PluginInfo", "Problem", "Quantity", "Sample", "Table", "TableHead", "ZeroMeaning",
    ),
    "reading": ("read_file", "read_head", "read_tables"),
    "vocabularies.kinds": ("Layout", "Names", "Refs", "VocabularyKind"),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Axis",
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
    "Lookup",
    "Match",
    "Measure",
    "Names",
    "NumberReader",
    "ParseError",
    "ParsedFile",
    "PluginInfo",
    "Problem",
    "Quantity",
    "Refs",
    "Sample",
    "Section",
    "Table",
    "TableFormat",
    "TableHead",
    "VocabularyKind",
    "ZeroMeaning",
    "extract",
    "hookimpl",
    "is_missing",
    "make_sample",
    "read_file",
    "read_head",
    "read_tables",
    "sniff",
    "to_number",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
