"""A file of tab-separated lines as a table: its free text would mislead whoever looks for a delimiter."""

import bz2
import csv
import gzip
import lzma
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from amprenta_core import FileError, Match, ParsedFile, Table

_UNPACKERS: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ\x00": lzma.decompress,
}


def read_lines(path: Path, match: Match) -> ParsedFile:
    """The lines that are not blank, cut at tabs, quotes around cells taken off. Raises ``FileError``."""
    try:
        content = path.read_bytes()
        unpack = next((u for magic, u in _UNPACKERS.items() if content.startswith(magic)), None)
        content = unpack(content) if unpack else content
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        what = f"the file cannot be read ({' '.join(str(error).split())})"
        raise FileError(what, path=path, hint="Copy or download it again") from error
    text = _decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        what = "a zero byte stands in the text, which is damaged"
        raise FileError(what, path=path, line=line, hint="Copy or download the file again")
    numbered = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    rows = [_cells(line) for _, line in numbered]
    torn = bool(text) and not text.endswith("\n")
    table = Table(name="", rows=rows, lines=[n for n, _ in numbered], torn=torn)
    return ParsedFile(path=str(path), format=match.format, tables=(table,))


def _cells(line: str) -> tuple[str, ...]:
    if '"' not in line:
        return tuple(line.split("\t"))
    try:
        return tuple(next(csv.reader([line], delimiter="\t", strict=True)))
    except csv.Error:  # a stray quote is text
        return tuple(line.split("\t"))


def _decoded(content: bytes) -> str:
    """UTF-16 where a mark says so, else UTF-8, else the old Western code page."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
