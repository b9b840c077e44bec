"""Files that no installed plugin claims, and a known package would: what the message then names.

The list is data (``known_formats.json``, made from the plugins' declarations); nothing here knows an omics.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from amprenta_core.formats import fold
from amprenta_core.written import FileHead

_HEADER_SEARCH = 80


@cache
def known() -> Sequence[Mapping[str, Any]]:
    """All formats that packages of the project read: ``package``, ``title``, and how a file of it is told."""
    text = files("amprenta_core").joinpath("known_formats.json").read_text("utf-8")
    return tuple(json.loads(text))


def is_package(name: str) -> bool:
    """Whether this is a package of the project; nobody is told to install another's, or none's."""
    return any(entry["package"] == name for entry in known())


def is_sample_sheet(head: FileHead) -> bool:
    """Whether a file tells of samples, as SDRF and the studies of ISA-Tab do: names first, then their properties."""
    return any(
        row and fold(row[0]) == "source name" and any(fold(cell).startswith("characteristics[") for cell in row)
        for table in head.tables
        for row in table.rows[:1]
    )


def package_for(head: FileHead, installed: Collection[str]) -> tuple[str, str] | None:
    """(package, title) of the first known format of another package that a file looks like, None where of none."""
    rows = [frozenset(map(fold, row)) for table in head.tables for row in table.rows[:_HEADER_SEARCH]]
    others = (entry for entry in known() if entry["package"] not in installed)
    found = next((entry for entry in others if _looks_like(entry, head, rows)), None)
    return None if found is None else (found["package"], found["title"])


def _looks_like(entry: Mapping[str, Any], head: FileHead, rows: Sequence[frozenset[str]]) -> bool:
    if "header" in entry:
        return any(_has(row, entry["header"]) and not _has_any(row, entry["without"]) for row in rows)
    if "name" in entry and not re.search(entry["name"], head.name, re.IGNORECASE):
        return False
    if "kind" in entry and entry["kind"] != head.kind:
        return False
    return "text" not in entry or re.search(entry["text"], _text(head), re.MULTILINE) is not None


def _text(head: FileHead) -> str:
    """The beginning of a text, or of the sheets of a workbook."""
    rows = (row for table in head.tables for row in table.rows[:_HEADER_SEARCH]) if not head.text else ()
    return head.text or "\n".join("\t".join(row) for row in rows)


def _has(row: frozenset[str], required: Sequence[str]) -> bool:
    return all(any(fold(name) in row for name in either.split("|")) for either in required)


def _has_any(row: frozenset[str], excluded: Sequence[str]) -> bool:
    return any(fold(name) in row for name in excluded)
