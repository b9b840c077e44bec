"""Raw files, kept compressed and named by their content, so that a later plugin can read them again."""

import os
import threading
from pathlib import Path

import zstandard

from amprenta_core.errors import NotFound, SettingsError

_LEVEL = 1
_BLOCK = 1 << 17


def place(files: str, sha256: str) -> str:
    """Where the content with this hash is kept below ``files`` (a folder or an fsspec URL)."""
    return f"{files.rstrip('/')}/{sha256[:2]}/{sha256}.zst"


def keep(files: str, sha256: str, source: Path) -> str:
    """Keep a file's content and return its place. The content is on disk before this returns; kept twice is kept once.

    Raises ``SettingsError`` where the folder cannot be written.
    """
    target = place(files, sha256)
    try:
        if "://" in files:
            _keep_remote(target, source)
        elif not Path(target).exists():
            _keep_local(Path(target), source)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"the raw file cannot be kept in {files} ({reason})", hint="Set AMPRENTA_FILES") from error
    return target


def read(target: str) -> bytes:
    """The content of a kept file. Raises ``NotFound``."""
    try:
        if "://" in target:
            import fsspec  # noqa: PLC0415  # only for URLs

            with fsspec.open(target, "rb") as stream:
                packed = stream.read()
        else:
            packed = Path(target).read_bytes()
    except OSError as error:
        raise NotFound(f"the raw file {target} is gone", hint="Check AMPRENTA_FILES") from error
    return zstandard.ZstdDecompressor().decompressobj().decompress(packed)


def _keep_local(target: Path, source: Path) -> None:
    """Write beside the place, make it durable, move it there: no half file is ever seen."""
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}.tmp")
    with source.open("rb") as stream, draft.open("wb") as copy:
        zstandard.ZstdCompressor(level=_LEVEL).copy_stream(stream, copy, read_size=_BLOCK)
        copy.flush()
        os.fsync(copy.fileno())
    draft.replace(target)


def _keep_remote(target: str, source: Path) -> None:
    import fsspec  # noqa: PLC0415  # only for URLs

    with source.open("rb") as stream, fsspec.open(target, "wb") as copy:
        zstandard.ZstdCompressor(level=_LEVEL).copy_stream(stream, copy, read_size=_BLOCK)
