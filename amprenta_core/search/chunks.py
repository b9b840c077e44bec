"""Chunks: an entry's text, cut at the ends of paragraphs, sentences and words into pieces that can be embedded."""

import hashlib
import re
from collections.abc import Iterator
from uuid import UUID

from amprenta_core.outgoing import KINDS, Chunk, Entry, ItemKey

LONGEST = 2_000
"""Characters of a chunk: below the 8,192 tokens of one text even where each byte is a token."""
_ENDS = (re.compile(r"\n[ \t]*\n"), re.compile(r"\n|(?<=[.!?;])\s"), re.compile(r"\s"))
"""Where to cut, the best first: after a paragraph, a line or sentence, a word."""
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH_LETTERS = 12


def chunks(entry: Entry, longest: int = LONGEST) -> tuple[Chunk, ...]:
    """The pieces of an entry's text, each at most ``longest`` characters; the same entry gives the same pieces.

    All words of the text stand in one piece each. An id names kind, item, place and the text's hash, in ASCII.
    """
    pieces = enumerate(_pieces(text_of(entry), longest))
    return tuple(Chunk(id=_id(entry.key, n, piece), text=piece, position=n) for n, piece in pieces)


def parse_id(chunk_id: str) -> ItemKey | None:
    """The item that a chunk's id belongs to; None where it is no chunk's id.

    >>> parse_id("dataset:6f8d2c0a-6a0e-5a57-9d53-0d1b8f6f5c11:0:0123456789ab").kind
    'dataset'
    >>> parse_id("somebody else's") is None
    True
    """
    kind, _, rest = chunk_id.partition(":")
    item, _, rest = rest.partition(":")
    known = next((name for name in KINDS if name == kind), None)
    if known is None or not rest or not _UUID.fullmatch(item):
        return None
    return ItemKey(kind=known, id=UUID(item))


def text_of(entry: Entry) -> str:
    """All text that an entry is found by: what people called it, what it belongs to, what its plugin says."""
    labelled = [
        ("Disease", entry.disease),
        ("Program", entry.program.name if entry.program else None),
        ("Experiment", entry.experiment.name if entry.experiment else None),
        *entry.facts,
    ]
    lines = "\n".join(f"{label}: {said}" for label, said in labelled if said)
    parts = (entry.name, entry.description or "", lines, entry.text)
    return "\n\n".join(part for part in map(_clean, parts) if part)


def _clean(text: str) -> str:
    """Without what neither Postgres nor JSON can hold: NUL and halves of characters."""
    return text.encode("utf-8", "replace").decode().replace("\x00", " ").strip()


def _pieces(text: str, longest: int) -> Iterator[str]:
    rest = text.strip()
    while len(rest) > longest:
        end = _end(rest, longest)
        yield rest[:end].rstrip()
        rest = rest[end:].lstrip()
    if rest:
        yield rest


def _end(text: str, longest: int) -> int:
    """Where the first piece ends: at the last good place of its second half, or else in the midst of a word."""
    for ends in _ENDS:
        found = [match.start() for match in ends.finditer(text, longest // 2, longest + 1)]
        if found and 0 < found[-1] <= longest:
            return found[-1]
    return longest


def _id(key: ItemKey, position: int, text: str) -> str:
    return f"{key.kind}:{key.id}:{position}:{hashlib.sha256(text.encode()).hexdigest()[:_HASH_LETTERS]}"
