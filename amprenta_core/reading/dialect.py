"""The delimiter and the decimal mark of a text."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from math import log

from amprenta_core.text_rows import TextRows

DIALECT_CHARACTERS = 24_000
"""How much of a text is looked at to find its delimiter."""
_FEW_LINES = 4
DELIMITERS = ("\t", ",", ";", "|")
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+(?:[eE][-+]?\d+)?\s*\Z")
_DECIMAL_POINT = re.compile(r"\s*[-+]?\d+\.\d+(?:[eE][-+]?\d+)?\s*\Z")
_THOUSANDS = re.compile(r"\s*[-+]?[1-9]\d{0,2}(?:,\d{3})+\s*\Z")


@lru_cache(maxsize=4)  # head and whole file ask for the same text
def detect_dialect(text: str) -> tuple[str, str]:
    r"""Delimiter and decimal mark of a text, from its first lines.

    >>> detect_dialect("name;a;b\nx;1,5;2,25\ny;3;4,1\n")
    (';', ',')
    """
    best, score, decimal = ",", (False, 0.0), "."
    lines = list(io.StringIO(text[:DIALECT_CHARACTERS], newline=None))
    if len(text) > DIALECT_CHARACTERS:
        few = len(lines) < _FEW_LINES  # of thousands of samples: all of them together are looked at
        lines = list(islice(io.StringIO(text, newline=None), 2 * _FEW_LINES)) if few else lines[:-1]
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        records = _plain_records(lines, delimiter)
        mark = _decimal_mark(records) if delimiter != "," and "," in text else "."
        all_alike, evenness = _evenness(records)
        points = all_alike, evenness * (2 if "," in mark or delimiter == "\t" else 1)  # tabs and "1,5" are no chance
        if points > score:
            best, score, decimal = delimiter, points, mark
    return best, decimal


def _plain_records(lines: Sequence[str], delimiter: str) -> Sequence[Sequence[str]]:
    """Records that say anything; cut only where somebody looks at their cells."""
    if any('"' in line for line in lines):
        return [r for r in csv.reader(lines, delimiter=delimiter) if any(r)]
    return TextRows([line for written in lines if (line := written.rstrip("\n")).strip(delimiter)], delimiter)


def _evenness(records: Sequence[Sequence[str]]) -> tuple[bool, float]:
    """Whether all records have the same number of fields; and a number, high where many have, and many of them.

    A long preamble of single fields may stand above the table: it counts against every delimiter alike.
    """
    if not records:
        return False, 0.0
    widths = map(records.width, range(len(records))) if isinstance(records, TextRows) else map(len, records)
    counted = Counter(widths)
    evenness = max(times * log(count) for count, times in counted.items()) / len(records)
    return len(records) > 1 and len(counted) == 1 and evenness > 0, evenness


def _decimal_mark(records: Sequence[Sequence[str]]) -> str:
    cells = [cell for record in records for cell in record if "," in cell or "." in cell]
    commas = [c for c in cells if _DECIMAL_COMMA.match(c)]
    points = sum(1 for c in cells if _DECIMAL_POINT.match(c))
    sure = sum(1 for c in commas if not _THOUSANDS.match(c))
    return "," if sure and len(commas) > points else "."
