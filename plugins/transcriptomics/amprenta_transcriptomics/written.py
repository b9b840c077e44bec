"""A file of tab-separated lines as a table: its free text would mislead whoever looks for a delimiter."""

import csv
from pathlib import Path

from amprenta_core import Match, ParsedFile, Table, whole_text


def read_lines(path: Path, match: Match) -> ParsedFile:
    """The lines that are not blank, cut at tabs, quotes around cells taken off. Raises ``FileError``."""
    text = whole_text(path)
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
