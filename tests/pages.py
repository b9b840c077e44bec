"""Pages as tests read them: their fenced blocks, and what console blocks type and show."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b[0-9a-f]{8}-…")


@frozen(kw_only=True)
class Block:
    """A fenced block: the comment above it, its language, its text."""

    mark: str
    kind: str
    text: str


def read(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str) -> list[Block]:
    return [
        Block(mark=found["mark"] or "", kind=found["kind"], text=found["text"]) for found in BLOCK.finditer(read(page))
    ]


def sessions(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Each command of a console block, and the lines that the page says it prints."""
    command, printed = "", list[str]()
    for line in [*text.splitlines(), "$ "]:
        if line.startswith("$ "):
            if command:
                yield shlex.split(command), printed
            command, printed = line[2:], []
        else:
            printed.append(line)
