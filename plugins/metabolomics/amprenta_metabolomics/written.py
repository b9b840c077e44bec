"""The whole text of a file that is no table: unpacked, decoded, its line ends made alike."""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from amprenta_core import FileError

_UNPACKERS: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ\x00": lzma.decompress,
}
_NO_UTF8 = re.compile("[\udc80-\udcff]")


def whole_text(path: Path) -> str:
    """The text of a file. Raises ``FileError`` where it cannot be opened, or is cut or damaged."""
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
    return text


def _decoded(content: bytes) -> str:
    """UTF-16 where a mark says so, else UTF-8; single bytes that are none are read by the old Western code page."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    return _NO_UTF8.sub(lambda found: _western(ord(found[0]) - 0xDC00), text)


def _western(byte: int) -> str:
    return bytes([byte]).decode("cp1252", errors="ignore") or chr(byte)
