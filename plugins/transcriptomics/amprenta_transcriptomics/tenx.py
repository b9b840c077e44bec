"""10x Genomics HDF5 matrices: of Cell Ranger 3 and later (one matrix of features), and 2 (a group for each genome)."""

from pathlib import Path
from typing import Any

from amprenta_core import (
    FileHead,
    FormatInfo,
    Match,
    Matrix,
    ParsedFile,
    annotation,
    by_feature,
    compressed_blocks,
    decoded,
    open_hdf5,
)
from amprenta_transcriptomics import single_cell

THREE = FormatInfo(name="10x-h5", versions="Cell Ranger 3 to 9", title="10x feature-barcode matrix (HDF5)")
TWO = FormatInfo(name="10x-h5-v2", versions="Cell Ranger 1 and 2", title="10x gene-barcode matrix (HDF5)")
FORMATS = (THREE, TWO)
_PARTS = ("barcodes", "data", "indices", "indptr", "shape")
_FEATURES = ("id", "name", "feature_type", "genome")
extract = single_cell.extract


def sniff(head: FileHead) -> Match | None:
    """Claim what has the groups and datasets of such a file."""
    paths = {node.path for node in head.outline}
    if {*(f"/matrix/{part}" for part in _PARTS), "/matrix/features/id"} <= paths:
        return Match(format=THREE.name, confidence="certain", reason="HDF5 with /matrix/features and /matrix/barcodes")
    genomes = [p[1:] for p in sorted(paths) if p.count("/") == 1 and {f"{p}/{x}" for x in (*_PARTS, "genes")} <= paths]
    if not genomes:
        return None
    reason = f"HDF5 with genes and barcodes in /{genomes[0]}"
    return Match(format=TWO.name, confidence="certain", reason=reason, parts=tuple(genomes))


def parse(path: Path, match: Match) -> ParsedFile:
    """The matrix, by feature. Raises ``FileError``."""
    with open_hdf5(path) as file:
        if match.format == TWO.name:
            matrix = _old(file[match.parts[0]], path)
        else:
            matrix = _matrix(file["matrix"], _features(file["matrix/features"]), path)
    part = match.parts[0] if match.parts else ""
    return ParsedFile(path=str(path), format=match.format, tables=(), part=part, matrix=matrix)


def _features(group: Any) -> tuple[Any, ...]:
    """The id of each feature, then what else is said of it."""
    tags = [decoded(tag) for tag in group["_all_tag_keys"][:]] if "_all_tag_keys" in group else []
    names = [*_FEATURES, *(tag for tag in tags if tag not in _FEATURES)]
    return tuple(annotation(name, group[name][:]) for name in names if name in group)


def _old(group: Any, path: Path) -> Matrix:
    names = {"genes": "id", "gene_names": "name"}
    rows = tuple(annotation(new, group[old][:]) for old, new in names.items() if old in group)
    return _matrix(group, rows, path)


def _matrix(group: Any, rows: tuple[Any, ...], path: Path) -> Matrix:
    n_features, n_cells = map(int, group["shape"][:])
    barcodes = annotation("barcode", group["barcodes"][:])
    single_cell.check_names(path, {"features": (len(rows[0].values), n_features)})
    single_cell.check_names(path, {"barcodes": (len(barcodes.values), n_cells)})
    counts = by_feature("counts", (n_features, n_cells), lambda: compressed_blocks(group, by_cell=True), path=path)
    return Matrix(rows=rows, columns=(barcodes,), sparse=(counts,))
