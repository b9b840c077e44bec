"""A matrix in three files: ``matrix.mtx`` with ``barcodes.tsv`` and ``features.tsv`` (or ``genes.tsv``) beside it."""

import re
from pathlib import Path

from amprenta_core import (
    Annotation,
    FileHead,
    FormatInfo,
    Match,
    Matrix,
    ParsedFile,
    ParseError,
    annotation,
    read_matrix_market,
    read_tables,
)
from amprenta_transcriptomics import single_cell

FORMAT = FormatInfo(
    name="10x-mtx", versions="Cell Ranger 2 to 9, STARsolo, kb-python", title="matrix.mtx with barcodes and features"
)
FORMATS = (FORMAT,)
_BARCODES = ("barcodes.tsv", "barcodes.txt")
_FEATURES = ("features.tsv", "genes.tsv", "features.txt", "genes.txt")
_PACKED = ("", ".gz", ".bz2", ".xz")
_COLUMNS = ("id", "name", "feature_type", "chromosome", "start", "end")
_BANNER = re.compile(r"%%MatrixMarket\s+matrix\s+coordinate\s", re.IGNORECASE)
extract = single_cell.extract


def sniff(head: FileHead) -> Match | None:
    """Claim a coordinate matrix that stands beside its barcodes or features, or is called ``matrix.mtx``."""
    if not _BANNER.match(head.text):
        return None
    prefix = re.sub(r"(?:matrix)?\.mtx(?:\.\w+)?\Z", "", head.name)
    members = tuple(found for kind in (_BARCODES, _FEATURES) if (found := _beside(head, prefix, kind)))
    is_named = re.search(r"matrix\.mtx(?:\.\w+)?\Z", head.name) is not None
    if not members:
        confidence, reason = ("likely" if is_named else "possible"), "a MatrixMarket file, alone"
        return Match(format=FORMAT.name, confidence=confidence, reason=reason)  # type: ignore[arg-type]
    reason = f"a MatrixMarket file beside {' and '.join(members)}"
    return Match(format=FORMAT.name, confidence="certain", reason=reason, members=members)


def _beside(head: FileHead, prefix: str, names: tuple[str, ...]) -> str | None:
    """The first of these files that stands beside: with the prefix of the matrix, or with none."""
    wanted = (f"{start}{name}{packed}" for start in (prefix, f"{prefix}.", "") for name in names for packed in _PACKED)
    return next((name for name in wanted if name in head.siblings), None)


def parse(path: Path, match: Match) -> ParsedFile:
    """The matrix with the names of its rows and columns. Raises ``ParseError`` that says which file is missing."""
    barcodes = _member(path, match, _BARCODES)
    features = _member(path, match, _FEATURES)
    rows, columns = _columns(features, _COLUMNS), _columns(barcodes, ("barcode",))
    named = (len(rows[0].values), len(columns[0].values))
    counts, unterminated = read_matrix_market(path, "counts", named)
    single_cell.check_names(features, {"features": (named[0], counts.n_features)})
    single_cell.check_names(barcodes, {"barcodes": (named[1], counts.n_cells)})
    matrix = Matrix(rows=rows, columns=columns, sparse=(counts,), unterminated=unterminated)
    return ParsedFile(path=str(path), format=match.format, tables=(), matrix=matrix)


def _member(path: Path, match: Match, names: tuple[str, ...]) -> Path:
    found = next((member for member in match.members if any(name in member for name in names)), None)
    if found is None:
        what = f"{names[0]} is missing beside it"
        raise ParseError(what, path=path, hint="Put the three files of the matrix in one folder")
    return path.parent / found


def _columns(path: Path, names: tuple[str, ...]) -> tuple[Annotation, ...]:
    """The columns of a file without header, as far as all its rows have them."""
    (table,) = read_tables(path)
    width = min(len(names), min((len(row) for row in table.rows), default=1))
    cells = [[row[column].strip() for row in table.rows] for column in range(width)]
    return tuple(annotation(name, column) for name, column in zip(names, cells, strict=False))
