"""The same file as another program would have written it, and the places where a file may be cut."""

import codecs
import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from attrs import field, frozen

from amprenta_core.reading import LONGEST_RECORD, detect_dialect

_GZIP = b"\x1f\x8b"
_CONTAINERS = (b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0", b"BZh", b"\xfd7zXZ\x00")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SPREAD = 40
"""Cuts at even distances over a file."""
BORDERS = 40
"""Line ends that are cut around, at most."""


@frozen(kw_only=True)
class Variant:
    """A file under another dress: what was done, its name and bytes; ``ends_line`` says that a line end was added."""

    label: str
    name: str
    content: bytes = field(repr=False)
    ends_line: bool = False


def text_of(content: bytes) -> str | None:
    """The text of a text file, packed or not, line ends as they are; None for any other file."""
    unpacked = gzip.decompress(content) if content.startswith(_GZIP) else content
    if unpacked.startswith(_UTF16):
        return unpacked.decode("utf-16")
    if unpacked.startswith(_CONTAINERS) or b"\x00" in unpacked[:4096]:
        return None
    try:
        return unpacked.decode("utf-8-sig")
    except UnicodeDecodeError:
        return unpacked.decode("cp1252", errors="replace")


def variants(name: str, content: bytes) -> Iterator[Variant]:
    """A text file packed, in other encodings, with other line ends, with blank lines behind and with quoted fields.

    Nothing for workbooks and other containers.
    """
    text = text_of(content)
    if text is None:
        return
    bare = name.removesuffix(".gz")
    plain = text.replace("\r\n", "\n").encode()
    lines = text.replace("\r\n", "\n").splitlines(keepends=True)
    yield Variant(label="gzip", name=f"{bare}.gz", content=gzip.compress(text.encode(), mtime=0))
    yield Variant(label="LF line ends", name=bare, content=plain)
    yield Variant(label="CRLF line ends", name=bare, content=plain.replace(b"\n", b"\r\n"))
    yield Variant(label="mixed line ends", name=bare, content=_mixed(lines))
    yield Variant(label="a byte-order mark", name=bare, content=codecs.BOM_UTF8 + text.encode())
    yield Variant(label="UTF-16", name=bare, content=text.encode("utf-16"))
    yield Variant(label="trailing blank lines", name=bare, content=text.encode() + b"\n\n\n", ends_line=True)
    yield from _single_byte(bare, text)
    yield from _quoted(bare, text)


def _mixed(lines: Sequence[str]) -> bytes:
    return "".join(line.replace("\n", "\r\n") if n % 2 else line for n, line in enumerate(lines)).encode()


def _single_byte(name: str, text: str) -> Iterator[Variant]:
    """The text in the old Western code page, where it says other than plain ASCII there."""
    try:
        content = text.encode("cp1252")
    except UnicodeEncodeError:
        return
    if not text.isascii():
        yield Variant(label="Windows-1252", name=name, content=content)


def _quoted(name: str, text: str) -> Iterator[Variant]:
    """Every field in quotes, where the file is nothing but one table (all its records are of one length)."""
    delimiter, _ = detect_dialect(text)
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if len({len(record) for record in records if record}) != 1 or len(records[0]) == 1:
        return
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(records)
    ended = text.endswith("\n")
    yield Variant(label="all fields in quotes", name=name, content=out.getvalue().encode(), ends_line=not ended)


def is_plain_text(content: bytes) -> bool:
    """Whether the bytes are text one byte or a few for each character, not packed: then a cut leaves whole lines."""
    return not content.startswith((_GZIP, *_UTF16)) and text_of(content) is not None


def cut_points(content: bytes) -> list[int]:
    """Where to cut a file: 0 < place < size, always the same for the same bytes.

    Everywhere: 40 even steps. In text also around line ends, inside quoted fields, inside characters of several bytes,
    and at each place of the last fields of a row in the middle and of the last row.
    """
    places = {len(content) * step // SPREAD for step in range(1, SPREAD)}
    if is_plain_text(content):
        ends = line_ends(content)
        places.update(end + step for end in _some(ends, BORDERS) for step in (-1, 0, 1))
        places.update(_some([i + 1 for i, byte in enumerate(content) if byte == ord('"')], 16))
        places.update(_some([i for i, byte in enumerate(content) if byte & 0xC0 == 0x80], 8))  # noqa: PLR2004  # UTF-8
        tails = {ends[len(ends) // 2], ends[-1], len(content)} if ends else {len(content)}
        places.update(end - step for end in tails for step in range(1, 15))
    return sorted(place for place in places if 0 < place < len(content))


def line_ends(content: bytes) -> list[int]:
    """The place after each line end."""
    return list(accumulate(len(line) for line in content.splitlines(keepends=True) if line.endswith(b"\n")))


def _some(places: Sequence[int], most: int) -> Iterable[int]:
    """All places, or that many spread evenly, the first and the last with them."""
    if len(places) <= most:
        return places
    return [places[n * (len(places) - 1) // (most - 1)] for n in range(most)]


@frozen(kw_only=True)
class Record:
    """A record of a text table: its bytes stand from ``start`` to ``end``, from the 1-based ``line`` on."""

    start: int
    end: int
    line: int


def records(content: bytes) -> list[Record]:
    """The records of a text file: its lines, or several where a quoted field spans them."""
    found = _split(content, quotes=True)
    return found if found is not None else _split(content, quotes=False) or []


def _split(content: bytes, *, quotes: bool) -> list[Record] | None:
    """None where quotes are not closed again: they are no quotes then."""
    found: list[Record] = []
    place = start = 0
    first, is_open = 1, False
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        place += len(line)
        is_open ^= quotes and line.count(b'"') % 2 == 1
        if is_open and number - first > LONGEST_RECORD:
            return None
        if not is_open:
            found.append(Record(start=start, end=place, line=first))
            start, first = place, number + 1
    return None if is_open else found
