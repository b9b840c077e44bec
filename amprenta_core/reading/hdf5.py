"""HDF5: what a file holds, and the file itself for those who read it."""

import io
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from amprenta_core.errors import AmprentaError, FileError
from amprenta_core.matrices import Annotation, IntegerArray, Node
from amprenta_core.reading.compressing import BLOCK, Block
from amprenta_core.reading.opening import HDF5, one_line, opened

MOST_NODES = 2_000
"""Groups and datasets that an outline names, those nearest to the root first."""
FIRST = 20
"""Values of a dataset that an outline shows."""
_ERRORS = (OSError, RuntimeError, KeyError, ValueError, TypeError, EOFError, zlib.error)


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """The open ``h5py.File``, packed or not (a packed one is unpacked in memory).

    What is wrong with it is a ``FileError``, also within: a dataset that is not there, a block that is damaged. So is
    a file that takes data from another one, which nobody named.
    """
    import h5py  # noqa: PLC0415  # a tenth of a second

    try:
        with opened(path) as stream:
            plain = stream.read(len(HDF5)) == HDF5 and isinstance(stream, io.BufferedReader)
            source = path if plain else io.BytesIO(HDF5 + stream.read())
        with h5py.File(source, "r") as file:
            elsewhere = file.visititems_links(partial(_elsewhere, file))
            if elsewhere is not None:
                raise ValueError(f"its {elsewhere} stands in another file")
            yield file
    except AmprentaError:
        raise
    except _ERRORS as error:
        what = f"the HDF5 file cannot be read ({one_line(error)})"
        raise FileError(what, path=path, hint="It may be cut or damaged: copy or download it again") from error


def _elsewhere(file: Any, name: str, link: Any) -> str | None:
    """The name of a member whose data stand in another file; None goes on looking."""
    kind = type(link).__name__
    item = file[name] if kind == "HardLink" else None
    is_elsewhere = kind == "ExternalLink" or getattr(item, "is_virtual", False) or getattr(item, "external", None)
    return name if is_elsewhere else None


def outline(path: Path) -> tuple[Node, ...]:
    """What the file holds, from its root down. Raises ``FileError``."""
    found: list[Node] = []
    with open_hdf5(path) as file:
        waiting = deque([file])
        while waiting and len(found) < MOST_NODES:
            item = waiting.popleft()
            found.append(_node(item))
            if not hasattr(item, "shape"):
                waiting.extend(item[name] for name in item if _stands_here(item, name))
    return tuple(found)


def _stands_here(group: Any, name: str) -> bool:
    """Whether a group's member is no link to elsewhere, which may lead nowhere."""
    return type(group.get(name, getlink=True)).__name__ == "HardLink"


def _node(item: Any) -> Node:
    attributes = {name: _text_of_any(value) for name, value in _attributes(item)}
    if not hasattr(item, "shape"):
        return Node(path=item.name, attributes=attributes)
    shape = tuple(map(int, item.shape or ()))
    return Node(
        path=item.name,
        shape=shape,
        dtype="text" if _is_text(item.dtype) else str(item.dtype) if item.dtype.names is None else "compound",
        fields=item.dtype.names or (),
        attributes=attributes,
        first=_first(item, shape),
    )


def _attributes(item: Any) -> Iterator[tuple[str, Any]]:
    """The attributes that can be read: some kinds h5py does not know."""
    for name in item.attrs:
        try:
            yield name, item.attrs[name]
        except (OSError, TypeError):
            continue


def _first(item: Any, shape: tuple[int, ...]) -> tuple[str, ...]:
    if item.dtype.names is not None or item.shape is None or len(shape) > 1 or item.dtype.kind == "V":
        return ()
    values = item[:FIRST] if shape else np.asarray([item[()]])
    return tuple(texts(values)) if _is_text(item.dtype) else tuple(map(_text_of_any, values.tolist()))


def _is_text(dtype: Any) -> bool:
    return dtype.kind in "SOU"


def _text_of_any(value: Any) -> str:
    return decoded(value) if isinstance(value, bytes | str) else str(value)


def decoded(value: Any) -> str:
    """A text as HDF5 holds it: bytes of UTF-8, or of the old Western code page where they are none."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("cp1252", errors="replace")
    return str(value)


def texts(values: Any) -> list[str]:
    """Texts of an array of texts."""
    return [decoded(value) for value in np.asarray(values).tolist()]


def annotation(name: str, values: Any, categories: Iterable[str] | None = None) -> Annotation:
    """An annotation from an array as HDF5 holds it; texts that repeat are held once."""
    array = np.asarray(values)
    if categories is not None:
        return Annotation(name=name, values=array.astype(np.int32), categories=tuple(categories))
    if not _is_text(array.dtype):
        return Annotation(name=name, values=array)
    places: dict[str, int] = {}
    codes = np.fromiter((places.setdefault(t, len(places)) for t in texts(array)), dtype=np.int32, count=len(array))
    return Annotation(name=name, values=codes, categories=tuple(places))


def compressed_blocks(group: Any, *, by_cell: bool) -> Iterator[Block]:
    """The numbers of a compressed matrix (``data``, ``indices``, ``indptr``) in blocks.

    ``by_cell``: ``indptr`` is over cells and ``indices`` are features, else the other way round.
    """
    indptr, indices, data = group["indptr"][:], group["indices"], group["data"]
    _check_compressed(indptr, len(indices), len(data))
    for start in range(0, len(indices), BLOCK):
        stop = min(start + BLOCK, len(indices))
        minor = indices[start:stop].astype(np.int64)
        major = _majors(indptr, start, stop)
        features, cells = (minor, major) if by_cell else (major, minor)
        yield Block(features=features, cells=cells, values=data[start:stop])


def _check_compressed(indptr: IntegerArray, n_indices: int, n_data: int) -> None:
    is_sound = len(indptr) and indptr[0] == 0 and (np.diff(indptr.astype(np.int64)) >= 0).all()
    if not is_sound or int(indptr[-1]) != n_indices or n_indices != n_data:
        end = int(indptr[-1]) if len(indptr) else 0
        raise ValueError(f"its matrix has {n_data} values at {n_indices} places, and indptr ends at {end}")


def _majors(indptr: IntegerArray, start: int, stop: int) -> IntegerArray:
    """The row of the compressed axis of each place from ``start`` to ``stop``."""
    first = int(np.searchsorted(indptr, start, side="right")) - 1
    last = int(np.searchsorted(indptr, stop, side="left"))
    edges = np.clip(indptr[first : last + 1].astype(np.int64), start, stop)
    return np.repeat(np.arange(first, last), np.diff(edges))


def dense_blocks(dataset: Any) -> Iterator[Block]:
    """The numbers of a dense (cells, features) dataset that are not zero, in blocks of cells."""
    n_cells, n_features = dataset.shape
    height = max(1, BLOCK // max(1, n_features))
    for start in range(0, n_cells, height):
        piece = dataset[start : start + height]
        cells, features = np.nonzero(piece)
        yield Block(features=features, cells=cells + start, values=piece[cells, features])
