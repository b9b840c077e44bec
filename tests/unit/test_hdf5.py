"""HDF5 files: what sniffers see of them, and what is said of broken ones."""

import gzip
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from amprenta_core.errors import FileError
from amprenta_core.reading import hdf5, open_hdf5, read_head, read_tables
from amprenta_core.reading.compressing import by_feature
from amprenta_core.reading.hdf5 import annotation, compressed_blocks, dense_blocks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "one.h5"
    with h5py.File(made, "w") as file:
        file.attrs["version"] = np.bytes_(b"1.0")
        file["group/numbers"] = np.arange(50.0)
        file["group/names"] = np.array(["Süd".encode(), b"n\xf6rdlich"], dtype="S")
        file["scalar"] = "text"
        file["table"] = np.array([(b"a", 1)], dtype=[("index", "S1"), ("n", "i4")])
        file["matrix"] = np.eye(3)
        file["nowhere"] = h5py.SoftLink("/not/there")
    return made


def test_the_outline_tells_groups_shapes_types_and_first_values(path: Path) -> None:
    head = read_head(path)
    nodes = {node.path: node for node in head.outline}
    assert (head.kind, head.name, head.text) == ("hdf5", "one.h5", "")
    assert next(iter(nodes)) == "/"
    assert nodes["/"].attributes == {"version": "1.0"}
    assert nodes["/group"].shape is None
    assert (nodes["/group/numbers"].shape, nodes["/group/numbers"].dtype) == ((50,), "float64")
    assert nodes["/group/numbers"].first == tuple(str(float(n)) for n in range(hdf5.FIRST))
    assert nodes["/group/names"].first == ("Süd", "nördlich")
    assert (nodes["/scalar"].shape, nodes["/scalar"].first) == ((), ("text",))
    assert nodes["/table"].fields == ("index", "n")
    assert (nodes["/matrix"].shape, nodes["/matrix"].first) == ((3, 3), ())
    assert "/nowhere" not in nodes


def test_a_large_tree_is_told_from_its_root(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5, "MOST_NODES", 6)
    assert [node.path.count("/") for node in read_head(path).outline] == [1] * 5 + [2]


def test_a_packed_file_is_read_too(path: Path) -> None:
    packed = path.with_suffix(".h5.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_head(packed).outline == read_head(path).outline


def _link(file: h5py.File) -> None:
    file["group/elsewhere"] = h5py.ExternalLink("other.h5", "/x")


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(4,), dtype="f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(4,))
    file.create_virtual_dataset("group/elsewhere", layout)


def _stored_outside(file: h5py.File) -> None:
    file.create_dataset("group/elsewhere", (4,), dtype="f8", external="/etc/passwd")


@pytest.mark.parametrize("add", [_link, _virtual, _stored_outside])
def test_a_file_that_takes_data_from_another_is_refused(path: Path, add: Callable[[h5py.File], None]) -> None:
    with h5py.File(path, "a") as file:
        add(file)
    with pytest.raises(FileError, match="its group/elsewhere stands in another file"):
        read_head(path)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_cut_file_is_an_error(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FileError, match="HDF5 file cannot be read") as caught:
        read_head(path)
    assert caught.value.hint == "It may be cut or damaged: copy or download it again"


def test_what_is_missing_or_no_table_is_an_error(path: Path) -> None:
    with pytest.raises(FileError, match="not_there"), open_hdf5(path) as file:
        file["not_there"]
    with pytest.raises(FileError, match="no table"):
        read_tables(path)


def test_texts_that_repeat_are_held_once() -> None:
    made = annotation("phase", np.array([b"G1", b"S", b"G1"]))
    assert (made.values.tolist(), made.categories, made.texts()) == ([0, 1, 0], ("G1", "S"), ["G1", "S", "G1"])
    assert annotation("score", np.array([0.1, np.nan], dtype="f4")).texts() == ["0.1", ""]
    assert annotation("phase", [-1, 0], ["G1"]).texts() == ["", "G1"]


@pytest.mark.parametrize("block", [1, 2, 3, 100])
@pytest.mark.parametrize("axis", ["cells", "features"])
def test_compressed_matrices_are_read_in_blocks_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, axis: str
) -> None:
    by_cell = axis == "cells"
    monkeypatch.setattr(hdf5, "BLOCK", block)
    numbers = np.array([[1.0, 0, 2], [0, 0, 0], [0, 3, 4], [5, 0, 0]])
    first, second = np.nonzero(numbers.T if by_cell else numbers)
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["data"] = (numbers.T if by_cell else numbers)[first, second]
        file["indices"] = second
        file["indptr"] = np.concatenate([[0], np.cumsum(np.bincount(first, minlength=3 if by_cell else 4))])
        file["dense"] = numbers.T
    with open_hdf5(tmp_path / "m.h5") as file:
        made = by_feature("x", (4, 3), lambda: compressed_blocks(file, by_cell=by_cell), path=tmp_path)
        dense = by_feature("x", (4, 3), lambda: dense_blocks(file["dense"]), path=tmp_path)
    assert made == dense
    assert made.values.tolist() == [1, 2, 3, 4, 5]
    assert made.indices.tolist() == [0, 2, 1, 2, 0]


@pytest.mark.parametrize("indptr", [[0, 2, 2], [1, 2, 3], [0, 3, 2, 3], []])
def test_a_matrix_that_does_not_add_up_is_an_error(tmp_path: Path, indptr: list[int]) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["data"], file["indices"] = [1, 2, 3], [0, 1, 2]
        file["indptr"] = np.array(indptr, dtype="i8")
    with pytest.raises(FileError, match="3 values at 3 places"), open_hdf5(tmp_path / "m.h5") as file:
        list(compressed_blocks(file, by_cell=True))
