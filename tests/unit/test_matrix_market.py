"""MatrixMarket files: every spelling of the same matrix, and each fault with its line."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from amprenta_core.errors import FileError, ParseError
from amprenta_core.reading import matrix_market, read_matrix_market

PLAIN = "%%MatrixMarket matrix coordinate integer general\n%made by hand\n3 2 4\n1 1 5\n3 1 7\n2 2 1\n3 2 12\n"


def written(folder: Path, content: str | bytes, name: str = "matrix.mtx") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace(" ", "\t").replace("%%MatrixMarket\tmatrix", "%%MatrixMarket matrix"),
        PLAIN.replace("\n3 1 7", "\n\n 3  1   7 "),
        PLAIN.replace("integer", "real").replace(" 12", " 1.2e1"),
        PLAIN.replace("%%MatrixMarket matrix coordinate", "%%matrixmarket MATRIX Coordinate"),
        PLAIN + "\n\n",
        "\n".join([*PLAIN.splitlines()[:3], "3 2 12", "2 2 1", "3 1 7", "1 1 5", ""]),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        gzip.compress(PLAIN.encode(), mtime=0),
    ],
)
def test_the_same_matrix_in_any_spelling(tmp_path: Path, content: str | bytes) -> None:
    made, unterminated = read_matrix_market(written(tmp_path, content), "counts")
    assert (made.n_features, made.n_cells, unterminated) == (3, 2, None)
    assert made.indptr.tolist() == [0, 1, 2, 4]
    assert made.indices.tolist() == [0, 1, 0, 1]
    assert made.values.tolist() == [5, 1, 7, 12]


def test_it_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    places = [(i, j) for i in range(40) for j in range(30) if rng.random() < 0.3]
    values = rng.random(len(places)).tolist()
    lines = [f"{i + 1} {j + 1} {value!r}" for (i, j), value in zip(places, values, strict=True)]
    banner = "%%MatrixMarket matrix coordinate real general"
    path = written(tmp_path, "\n".join([banner, f"40 30 {len(lines)}", *lines, ""]))
    monkeypatch.setattr(matrix_market, "_PIECE", 97)
    made, _ = read_matrix_market(path, "x")
    found = [(i, int(j)) for i in range(40) for j in made.of_feature(i)[0]]
    assert (found, made.values.tolist()) == (places, values)


def test_a_last_line_without_end_is_told(tmp_path: Path) -> None:
    assert read_matrix_market(written(tmp_path, PLAIN.rstrip("\n")), "counts")[1] == 7


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("%%MatrixMarket", "%%Matrix", 1, "not the one of a MatrixMarket file"),
        ("integer", "pattern", 1, "coordinate pattern general"),
        ("general", "symmetric", 1, "coordinate integer symmetric"),
        ("coordinate", "array", 1, "array integer general"),
        ("3 2 4\n", "3 2\n", 3, "rows, columns and values of the matrix"),
        ("3 2 4\n", "3 2 5\n", 3, "announces 5 values, and 4 are there"),
        ("3 2 12\n", "", 3, "announces 4 values, and 3 are there"),
        ("2 2 1\n", "2 2\n", 6, "row, column and value should stand here"),
        ("2 2 1\n", "2 2 1.5\n", 6, "row, column and value should stand here"),
        ("2 2 1\n", "2 2 one\n", 6, "row, column and value should stand here"),
        ("2 2 1\n", "4 2 1\n", 6, "row 4, and there are 3"),
        ("2 2 1\n", "2 0 1\n", 6, "column 0, and there are 2"),
        ("2 2 1\n", "3 1 1\n", None, "feature 3 has two values in cell 1"),
        (PLAIN, PLAIN[:60], 2, "ends before the size"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int | None, words: str) -> None:
    with pytest.raises(ParseError, match=words) as caught:
        read_matrix_market(written(tmp_path, PLAIN.replace(old, new)), "counts")
    assert caught.value.line == line


def test_a_cut_archive_is_told(tmp_path: Path) -> None:
    packed = gzip.compress((PLAIN + " " * 5000).encode())
    with pytest.raises(FileError, match="damaged or cut"):
        read_matrix_market(written(tmp_path, packed[:-20]), "counts")
