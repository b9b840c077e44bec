"""Lines of a text: in memory while they are few, in a temporary file beyond.

So a report of a gigabyte is read within the memory of a small one; what it takes instead is room for temporary files.
"""

import tempfile
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import IO, overload

from attrs import define, field

Line = str | tuple[str, ...]
IN_MEMORY = 1 << 26
"""Characters that are held in memory before the first goes to disk."""
_AT_ONCE = 1 << 19
"""Characters that are read together."""


@define(eq=False)
class Lines(Sequence[Line]):
    r"""Lines without their ends, or records that were already cut (these stay in memory: they are few).

    >>> lines = Lines(room=4)
    >>> for line in ("one", "two", "three"):
    ...     lines.append(line)
    >>> lines[2], lines[0], len(lines), lines.is_spilled
    ('three', 'one', 3, True)
    """

    room: int = IN_MEMORY
    """Characters that still have room in memory."""
    _held: list[Line] = field(factory=list, init=False, repr=False)
    _cut: dict[int, tuple[str, ...]] = field(factory=dict, init=False, repr=False)
    _file: IO[bytes] | None = field(default=None, init=False, repr=False)
    _starts: "array[int]" = field(factory=lambda: array("q", [0]), init=False, repr=False)
    _waiting: list[bytes] = field(factory=list, init=False, repr=False)
    _near: tuple[int, list[str]] = field(factory=lambda: (0, list[str]()), init=False, repr=False)

    @property
    def is_spilled(self) -> bool:
        """Whether the lines stand in a file."""
        return self._file is not None

    def __len__(self) -> int:
        return len(self._held) if self._file is None else len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if self._file is None:
            return self._held[index]
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if self._cut and index in self._cut:
            return self._cut[index]
        first, lines = self._near
        if not 0 <= index - first < len(lines):
            first, lines = self._near = self._read(index)
        return lines[index - first]

    def append(self, line: Line) -> None:
        """Add a line, which holds no line end, or a record."""
        if self._file is not None:
            self._spill(line)
            return
        self._held.append(line)
        self.room -= len(line) if isinstance(line, str) else sum(map(len, line))
        if self.room < 0:
            self._file = tempfile.TemporaryFile(prefix="amprenta-")  # noqa: SIM115  # it lives as long as the lines
            for held in self._held:
                self._spill(held)
            self._held.clear()

    def _spill(self, line: Line) -> None:
        if isinstance(line, tuple):
            self._cut[len(self)] = line
            line = ""
        data = line.encode("utf-8", "surrogatepass") + b"\n"
        self._starts.append(self._starts[-1] + len(data))
        self._waiting.append(data)
        if len(self._waiting) >= 1 << 12:
            self._flush()

    def _flush(self) -> None:
        assert self._file is not None  # noqa: S101  # only what is spilled waits
        self._file.seek(0, 2)
        self._file.write(b"".join(self._waiting))
        self._waiting.clear()

    def _read(self, index: int) -> tuple[int, list[str]]:
        """The lines from one on that are read together, and which is the first of them."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        if self._waiting:
            self._flush()
        assert self._file is not None  # noqa: S101  # asked only then
        start = self._starts[index]
        last = max(bisect_right(self._starts, start + _AT_ONCE) - 1, index + 1)
        self._file.seek(start)
        data = self._file.read(self._starts[last] - start)
        return index, data.decode("utf-8", "surrogatepass").split("\n")[:-1]
