"""Opening a file: what it is, and its bytes whatever packs them."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from amprenta_core.errors import FileError

HEAD_BYTES = 65_536
LONGEST_HEAD = 2_097_152
LEAST_LINES = 8
"""So many lines tell a table from a list; where they are as long as thousands of samples make them, more is read."""
HDF5 = b"\x89HDF\r\n\x1a\n"
_OPENERS: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError)
_NO_CONTROL = bytes(byte for byte in range(256) if not (byte < 9 or 13 < byte < 27))  # noqa: PLR2004  # C0 but white space


def first_bytes(path: Path) -> bytes:
    """The first 64 KiB, unpacked. Raises ``FileError`` where they cannot be had."""
    try:
        with opened(path) as stream:
            return stream.read(HEAD_BYTES)
    except READ_ERRORS as error:
        raise FileError(reason_of(error), path=path, hint="Check the file, or copy it again") from error


def head_bytes(path: Path, start: bytes) -> bytes:
    """The first bytes of a text, more than 64 KiB where these are but a few long lines: up to 2 MiB."""
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))  # of two bytes a character: not cut at a byte
    if len(start) < HEAD_BYTES or wide or len(start.splitlines()) > LEAST_LINES:
        return start
    try:
        with opened(path) as stream:
            longer = stream.read(LONGEST_HEAD)
    except READ_ERRORS:
        return start  # what is behind the first bytes is damaged: the reader will say so
    lines = longer.splitlines(keepends=True)[:LEAST_LINES]
    whole = lines if lines[-1].endswith((b"\n", b"\r")) else lines[:-1]
    return b"".join(whole) if len(whole) > 1 else start


def opened(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked as they are read."""
    plain = path.open("rb")
    magic = plain.read(6)
    plain.seek(0)
    opener = next((o for m, o in _OPENERS.items() if magic.startswith(m)), None)
    if opener is None:
        return plain
    plain.close()
    packed: IO[bytes] = opener(path)
    return packed


def reason_of(error: Exception) -> str:
    """Why a file cannot be read, for its user."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be opened: {error.strerror}"
    return f"its compressed content is damaged or cut ({one_line(error)})"


def one_line(error: Exception) -> str:
    """An error's text without line ends."""
    return " ".join(str(error).split())


def kind_of(path: Path, start: bytes) -> str:
    """What a file is by its first bytes: text, workbook, parquet, hdf5 or other."""
    if start.startswith(HDF5):
        return "hdf5"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "workbook"
    if start.startswith(b"PK\x03\x04"):
        return "workbook" if _is_workbook(path) else "other"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    return "other" if b"\x00" in start or start[:4096].translate(None, _NO_CONTROL) else "text"


def _is_workbook(path: Path) -> bool:
    import zipfile  # noqa: PLC0415  # only for what may be a workbook

    try:
        with opened(path) as stream, zipfile.ZipFile(io.BytesIO(stream.read())) as archive:
            names = archive.namelist()
    except (*READ_ERRORS, zipfile.BadZipFile, NotImplementedError, ValueError):
        return True  # a cut or damaged workbook: let the reader say so
    return any(name.startswith("xl/") or name == "content.xml" for name in names)
