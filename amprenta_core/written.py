"""The nouns of a file as it is written: what a sniffer sees of it, and all that stands in it, nothing changed."""

from collections.abc import Sequence

from attrs import field, frozen

from amprenta_core.matrices import Matrix, Node
from amprenta_core.text_rows import TextRows


@frozen(kw_only=True)
class TableHead:
    """The first rows of one table of a file: ``name`` is the sheet ("" for text), cells are text as written."""

    name: str
    rows: Sequence[Sequence[str]]
    n_rows: int | None = None


@frozen(kw_only=True)
class FileHead:
    """All that a sniffer may see of a file.

    ``kind`` is text, workbook, parquet, hdf5 or other; ``text`` the decompressed first 64 KiB of a text file;
    ``tables`` its first rows cut into cells (per sheet for a workbook); ``siblings`` the names of the files beside it;
    ``outline`` what an HDF5 file holds, from its root down.
    """

    name: str
    kind: str
    size: int
    text: str = ""
    tables: tuple[TableHead, ...] = ()
    siblings: tuple[str, ...] = ()
    outline: tuple[Node, ...] = ()


@frozen(kw_only=True)
class Table:
    """A table as written: rows of text cells, and the 1-based line (text) or row (sheet) where each begins.

    ``torn`` says that the last row ends without a line end, as a file does that was cut; ``decimal`` is the mark that
    its numbers use; ``counts`` is what ``lines`` counts.
    """

    name: str
    rows: Sequence[Sequence[str]] = field(repr=False)
    lines: Sequence[int] = field(repr=False)
    torn: bool = False
    decimal: str = "."
    counts: str = "line"

    def width(self, index: int) -> int:
        """How many cells a row has."""
        return self.rows.width(index) if isinstance(self.rows, TextRows) else len(self.rows[index])

    def place(self, index: int) -> str:
        """Where the row stands, in words that a person can follow."""
        line = self.lines[index]
        if not line:  # the columns of a parquet file have their names beside the rows
            return "header"
        return f"sheet {self.name}, row {line}" if self.name else f"{self.counts} {line}"


@frozen(kw_only=True)
class ParsedFile:
    """A file as written: its tables, nothing renamed and nothing dropped; ``level`` is that of the match, ``matrix`` is
    there where it is no table of text.
    """

    path: str
    format: str
    tables: tuple[Table, ...]
    part: str = ""
    level: str = ""
    matrix: Matrix | None = None
