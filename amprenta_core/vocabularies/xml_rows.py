"""Records of a large XML file as columns of text, some thousand at a time."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from amprenta_core.errors import FileError

RECORDS = 5_000
SEVERAL = "\x1f"
"""Between the texts of an element that a record has several of."""
Rows = dict[str, list[str]]


def rows_of(stream: Any, path: Path, record: str, columns: Sequence[str]) -> Iterator[Rows]:
    """Columns of text by the paths of elements below a record; namespaces are left out. Raises ``FileError``."""
    rows: Rows = {column: [] for column in columns}
    try:
        for event, element in ET.iterparse(stream, events=("start", "end")):  # noqa: S314  # no entity is resolved
            element.tag = element.tag.rpartition("}")[2]
            if event == "start" or element.tag != record:
                continue
            for column in columns:
                rows[column].append(SEVERAL.join(e.text for e in element.findall(column) if e.text))
            element.clear()
            if len(rows[columns[0]]) == RECORDS:
                yield rows
                rows = {column: [] for column in columns}
    except ET.ParseError as error:
        hint = "The file is damaged or cut: fetch it again"
        raise FileError(f"no whole XML: {error}", path=path, line=error.position[0], hint=hint) from error
    yield rows
