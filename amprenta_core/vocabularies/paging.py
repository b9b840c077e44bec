"""Terms on pages: which page a key is on follows from the key, so a few pages hold all that a few keys ask for.

A page is a text of lines, which Postgres takes and gives a hundred times faster than a row for each term.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

Numbers = np.ndarray[Any, np.dtype[np.uint64]]
_MOST_PAGES = 1 << 20
_BYTES_OF_A_PAGE = 2_048
_CELL, _LINE = "\x1f", "\x1e"
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_AT_ONCE = 8_192
"""Keys of which the numbers fit in a processor's own memory."""
_FORBIDDEN = "\x00\x1e\x1f"
_BYTES = tuple(bytes([byte]) for byte in _FORBIDDEN.encode())
"""What ends cells and lines, and what Postgres takes in no text."""


def pages_for(size: int) -> int:
    """How many pages a vocabulary gets, by the bytes of its file: a power of two.

    >>> pages_for(100), pages_for(6_500_000)
    (1, 4096)
    """
    return min(_MOST_PAGES, 1 << (size // _BYTES_OF_A_PAGE).bit_length())


def hashes(keys: pa.Array) -> Numbers:
    """A number for each key (text, no nulls), the same everywhere and always: a polynomial over its bytes.

    >>> [int(h) % 8192 for h in hashes(pa.array(["TP53", "", "TP53"]))]
    [6085, 0, 6085]
    """
    some = [_hashes(keys.slice(first, _AT_ONCE)) for first in range(0, len(keys), _AT_ONCE)]
    return np.concatenate(some) if some else np.empty(0, np.uint64)


def _hashes(keys: pa.Array) -> Numbers:
    _, ends, data = keys.buffers()
    offsets = np.frombuffer(ends, np.int32)[keys.offset : keys.offset + len(keys) + 1]
    letters = np.frombuffer(data or b"", np.uint8)[offsets[0] : offsets[-1]]
    lengths, starts = np.diff(offsets), offsets - offsets[0]
    powers = np.multiply.accumulate(np.full(int(lengths.max()) + 1, _MULTIPLIER))
    places = np.arange(len(letters), dtype=np.int32) - np.repeat(starts[:-1], lengths)
    sums = np.zeros(len(letters) + 1, np.uint64)
    np.cumsum(powers[places] * letters, out=sums[1:])
    mixed = (sums[starts[1:]] - sums[starts[:-1]]) * _MULTIPLIER
    return np.asarray(mixed >> np.uint64(32))


@frozen(kw_only=True)
class Lined:
    """Terms as lines, and the hash of each line's key."""

    hashes: Numbers
    lines: pa.Array


def lined(terms: pa.Table) -> Lined:
    """A line for each term of a table of text: its cells, the key first; nothing for null."""
    columns = [_clean(column.combine_chunks()) for column in terms.columns]
    lines = pc.binary_join_element_wise(*columns, _LINE, _CELL, null_handling="replace", null_replacement="")
    return Lined(hashes=hashes(columns[0]), lines=lines)


def _clean(column: pa.Array) -> pa.Array:
    """A column without what ends cells and lines."""
    data = column.buffers()[2]
    written = data.to_pybytes() if data else b""
    return pc.replace_substring_regex(column, f"[{_FORBIDDEN}]", " ") if any(map(written.count, _BYTES)) else column


def pages(read: Sequence[Lined], count: int) -> Iterator[tuple[int, memoryview]]:
    """The pages of some terms, in order: (number of the page, UTF-8 of its lines)."""
    at = np.concatenate([some.hashes for some in read]) & np.uint64(count - 1)
    at = at.astype(np.uint16 if count <= 1 << 16 else np.uint32)  # numpy sorts the short ones in a quarter of the time
    order = np.argsort(at, kind="stable")
    lines = pa.concat_arrays([some.lines for some in read]).take(pa.array(order))
    at = at[order]
    first = [0, *(np.flatnonzero(np.diff(at)) + 1).tolist()]
    _, ends, data = lines.buffers()
    bounds = np.frombuffer(ends, np.int32)[[*first, len(lines)]].tolist()
    text = memoryview(data)
    for page, start, end in zip(at[first].tolist(), bounds, bounds[1:], strict=False):
        yield page, text[start:end]


def terms_on(page: str, keys: Collection[str]) -> Iterator[Sequence[str]]:
    """The cells of the lines of a page that have one of these keys."""
    for line in page.split(_LINE):
        if line[: line.find(_CELL)] in keys:
            yield line.split(_CELL)
