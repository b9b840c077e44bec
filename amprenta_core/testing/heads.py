"""The head of a file that nobody has to write: what a test asks ``sniff_file`` with."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from amprenta_core.reading import read_head
from amprenta_core.written import FileHead


def head_of(content: str | bytes, name: str = "input.csv", siblings: Sequence[str] = ()) -> FileHead:
    """What a sniffer sees of a file with this name and content, and with these files beside it.

    >>> head_of("a,b").tables[0].rows[0]
    ('a', 'b')
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return evolve(read_head(path), siblings=tuple(siblings))
