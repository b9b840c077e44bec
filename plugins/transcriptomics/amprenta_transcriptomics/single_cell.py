"""What single-cell files of every format have in common: genes are the features, libraries or donors the samples."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

import numpy as np
from attrs import evolve, frozen

from amprenta_core import (
    Annotation,
    Cells,
    FeatureRef,
    FeatureTable,
    Matrix,
    ParsedFile,
    ParseError,
    Problem,
    Quantity,
    Sample,
    SparseQuantity,
    ZeroMeaning,
    are_counts,
    pseudobulk,
)

SAMPLE_COLUMNS = (
    "sample", "sample_id", "sample_name", "donor_id", "donor", "orig.ident", "library_id", "library", "channel",
    "patient_id", "patient", "individual", "subject", "mouse_id", "batch",
)  # fmt: skip
"""Annotations of cells that say which sample they are of, the first that is there counts."""
_COUNTS = "counts"
_COUNT_NAMES = ("counts", "raw_counts", "count", "umi", "umis")
_GENERIC = re.compile(
    r"(?:matrix|input|outs?|count|counts|gex|data|(?:sample_)?(?:raw|filtered)_(?:feature|gene)_bc_matri\w+"
    r"|GRCh\d+|hg\d+|mm\d+|GRCm\d+|(?:.+[._])?Solo\.out|Gene|GeneFull\w*|Velocyto|SJ|raw|filtered|counts_unfiltered)(?:\.(?:mtx|h5|h5ad|gz|bz2|xz))*\Z",
    re.IGNORECASE,
)
"""Names of files and folders that every run of a program writes alike."""
_ENDING = re.compile(
    r"[._-]?(?:(?:raw|filtered)_(?:feature|gene)_bc_matri\w+|matrix)?(?:\.(?:mtx|h5|h5ad|gz|bz2|xz))+\Z", re.IGNORECASE
)
_ENSEMBL = re.compile(r"ENS[A-Z]*G\d{6,}(?:\.\d+)?\Z")
_IDS = ("gene_ids", "gene_id", "ensembl_id", "ensembl", "id")
_SYMBOLS = ("gene_symbols", "gene_symbol", "gene_names", "gene_name", "feature_name", "name", "symbol")
_GENES = ("", "gene expression", "gene")


@frozen(kw_only=True)
class _Samples:
    """Which sample each cell is of, and how that is known."""

    names: tuple[str, ...]
    of_cells: np.ndarray[tuple[int], np.dtype[np.int32]]
    reason: str


def check_names(path: Path, counted: Mapping[str, tuple[int, int]]) -> None:
    """Raise ``ParseError`` where there are more or fewer names than rows or columns: what → (names, size)."""
    for what, (named, size) in counted.items():
        if named != size:
            raise ParseError(f"{named} {what} are named, and the matrix has {size}", path=path)


def extract(parsed: ParsedFile) -> FeatureTable:
    """The table of a single-cell file: its quantities are pseudobulk of each sample, its cells stay as they are."""
    matrix = parsed.matrix
    if matrix is None or not any(len(quantity.values) for quantity in matrix.sparse):
        raise ParseError("the matrix holds not one value", path=parsed.path)
    barcodes = tuple(matrix.columns[0].texts())
    samples = _samples(matrix.columns, barcodes, parsed)
    described = [_described(quantity, counts=are_counts(quantity)) for quantity in matrix.sparse]
    counted = {quantity.name: quantity.unit == _COUNTS for quantity in described}
    sparse = tuple(sorted(described, key=lambda quantity: _rank(quantity.name, counted)))
    features = tuple(_features(matrix.rows))
    return FeatureTable(
        omics_type="transcriptomics",
        features=features,
        samples=tuple(_described_samples(samples, matrix.columns[1:])),
        quantities=tuple(_pseudobulk(quantity, samples, counts=counted[quantity.name]) for quantity in sparse),
        rows_read=len(features),
        rows_measured=len(features),
        problems=tuple(_problems(samples, matrix, counted)),
        cells=Cells(barcodes=barcodes, samples=samples.of_cells, annotations=matrix.columns[1:], matrices=sparse),
    )


def _rank(name: str, counted: Mapping[str, bool]) -> tuple[bool, int]:
    """Counts come first, and of them what is called so; then what is raw."""
    order = (*_COUNT_NAMES, "raw", "x")
    place = order.index(name.lower()) if name.lower() in order else len(order)
    return (not counted[name], place)


def _described(quantity: SparseQuantity, *, counts: bool) -> SparseQuantity:
    """With what the numbers are; those that a format calls counts by itself, and are none, are but values."""
    if counts:
        return evolve(quantity, unit=_COUNTS, scale="linear")
    return evolve(quantity, name="value") if quantity.name == _COUNTS else quantity


def _pseudobulk(quantity: SparseQuantity, samples: _Samples, *, counts: bool) -> Quantity:
    values = pseudobulk(quantity, samples.of_cells, len(samples.names), mean=not counts)
    return Quantity(name=quantity.name, values=values, unit=quantity.unit, scale=quantity.scale, zero=ZeroMeaning.VALUE)


# -- samples ---------------------------------------------------------------------------------------------------------


def _samples(columns: Sequence[Annotation], barcodes: Sequence[str], parsed: ParsedFile) -> _Samples:
    """By an annotation or by the barcodes' suffix, whichever tells samples apart; else all cells are one sample."""
    said = [found for column in _sample_columns(columns) if (found := _by_column(column))]
    suffixes = _by_suffix(barcodes)
    several = [found for found in (*said, suffixes) if found and len(found.names) > 1]
    if several or said:
        return (several or said)[0]
    name = parsed.part or _file_sample(PurePath(parsed.path))
    return _Samples(names=(name,), of_cells=np.zeros(len(barcodes), dtype=np.int32), reason="the file itself")


def _sample_columns(columns: Sequence[Annotation]) -> list[Annotation]:
    named = {column.name.lower(): column for column in reversed(columns[1:])}
    return [named[name] for name in SAMPLE_COLUMNS if name in named]


def _by_column(column: Annotation) -> _Samples | None:
    """The samples that an annotation names; None where it names each cell, or none, or is a measurement."""
    if column.categories is None and column.values.dtype.kind not in "iu":
        return None
    texts = column.texts()
    used = set(texts) - {""}
    ordered = [c for c in column.categories or sorted(used, key=_natural) if c in used]
    if not used or len(used) == len(texts) > 1:
        return None
    place = {name: n for n, name in enumerate(ordered)} | {"": -1}
    of_cells = np.array([place[text] for text in texts], dtype=np.int32)
    return _Samples(names=tuple(ordered), of_cells=of_cells, reason=f"the annotation {column.name}")


def _by_suffix(barcodes: Sequence[str]) -> _Samples | None:
    """The samples that the number behind each barcode tells (``ACGT-1``); None where one has none."""
    suffixes = [barcode.rpartition("-")[2] for barcode in barcodes]
    if not all(suffix.isdigit() and "-" in barcode for suffix, barcode in zip(suffixes, barcodes, strict=True)):
        return None
    names = tuple(sorted(set(suffixes), key=_natural))
    place = {name: n for n, name in enumerate(names)}
    of_cells = np.array([place[suffix] for suffix in suffixes], dtype=np.int32)
    return _Samples(names=names, of_cells=of_cells, reason="the number behind each barcode")


def _natural(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() else (1 << 62, name)


def _file_sample(path: PurePath) -> str:
    """The name of a file's only sample: of the file, or of the folder where every file is called so."""
    parts = [part for part in reversed(path.parts) if not _GENERIC.match(part)]
    return _ENDING.sub("", parts[0] if parts else path.name)


def _described_samples(samples: _Samples, annotations: Sequence[Annotation]) -> Iterator[Sample]:
    """The samples, each with what is said alike of all its cells."""
    texts = [column for column in annotations if column.categories is not None]
    for number, name in enumerate(samples.names):
        cells = np.flatnonzero(samples.of_cells == number)
        alike = {column.name: column.values[cells] for column in texts}
        said = {
            column.name: column.categories[int(alike[column.name][0])]
            for column in texts
            if column.categories and (alike[column.name] == alike[column.name][0]).all() and alike[column.name][0] >= 0
        }
        yield Sample(name=name, attributes={**said, "cells": str(len(cells))})


# -- features --------------------------------------------------------------------------------------------------------


def _features(rows: Sequence[Annotation]) -> Iterator[FeatureRef]:
    """The features as the file names them; what each is else stands in its identifiers and attributes."""
    names = rows[0].texts()
    columns = {row.name: row.texts() for row in rows[1:]}
    ids = next((columns[name] for name in _IDS if name in columns), None)
    symbols = next((columns[name] for name in _SYMBOLS if name in columns), None)
    kinds = columns.get("feature_type") or columns.get("feature_types")
    known = (ids, symbols, kinds)
    others = {name: texts for name, texts in columns.items() if not any(texts is k for k in known)}
    for n, name in enumerate(names):
        kind = kinds[n] if kinds else ""
        is_gene = kind.lower() in _GENES
        yield FeatureRef(
            name=name or None,
            type="gene" if is_gene else "capture",
            ids=_identifiers(name, ids[n] if ids else "", symbols[n] if symbols else ""),
            flags=() if is_gene else (re.sub(r"\W+", "_", kind.lower()),),
            attributes={
                **{key: texts[n] for key, texts in others.items() if texts[n]},
                **({} if is_gene else {"feature_type": kind}),
            },
        )


def _identifiers(name: str, accession: str, symbol: str) -> dict[str, str]:
    said = {"gene_symbol": symbol} if symbol and symbol != name else {}
    return {**said, "ensembl": accession} if accession != name and _ENSEMBL.match(accession) else said


# -- what to say -----------------------------------------------------------------------------------------------------


def _problems(samples: _Samples, matrix: Matrix, counted: Mapping[str, bool]) -> Iterator[Problem]:
    also = [c.name for c in _sample_columns(matrix.columns) if c.name not in samples.reason and _by_column(c)]
    others = f" (there are also: {', '.join(also)})" if also else ""
    number = "1 sample" if len(samples.names) == 1 else f"{len(samples.names)} samples"
    what = f"{len(samples.of_cells)} cells of {number}, as told by {samples.reason}{others}"
    yield Problem(where="cells", code="samples_of_cells", what=what)
    without = int((samples.of_cells < 0).sum())
    if without:
        what = f"{without} cells are of no sample that is named: they are stored, and in no pseudobulk"
        yield Problem(where="cells", code="cells_without_sample", what=what)
    means = [name for name, counts in counted.items() if not counts]
    if means:
        what = f"of {', '.join(means)}, which are no counts, a sample's value is the mean over its cells, not the sum"
        yield Problem(where="matrix", code="pseudobulk_of_means", what=what)
    for left, why in matrix.left_out.items():
        yield Problem(where=left, code="matrix_left_out", what=why)
    if matrix.unterminated:
        what = "the last line has no line end: if the file was cut, its value may be another"
        yield Problem(where=f"line {matrix.unterminated}", code="unterminated_last_line", what=what)
