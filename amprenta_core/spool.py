"""The spool: what could not be written to Postgres waits on disk, complete in itself, until it is replayed.

Each entry is a folder with ``wish.json`` and a copy of the files that it needs. It gets its name when it is whole,
and loses it before it is taken apart, so that no half entry is ever replayed whatever kills the process.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from attrs import asdict, evolve, field, frozen

from amprenta_core.errors import SettingsError

What = Literal["file", "program", "experiment", "signature", "dataset"]
_RECORD = "wish.json"
_FILE, _SHEET = "file", "sheet"
"""Folders of an entry: a file and its sample sheet may have the same name."""
_DONE = ".done-"
_WORKSPACE = "workspace"
_MADE_UP = "made-up"


@frozen(kw_only=True)
class Spooled:
    """One thing that waits. ``asked`` is what the user asked, as plain data.

    For a file, ``file`` is its copy, ``sheet`` that of the sample sheet, ``label`` how the user named it. ``ids`` and
    ``pages`` have, by the name of each dataset or entity, the id that was given out and the Notion page that was made.
    ``failure`` is why it could not be replayed: it is not tried again by itself.
    """

    id: str
    what: What
    asked: Mapping[str, Any]
    label: str = ""
    file: Path | None = None
    sheet: Path | None = None
    ids: Mapping[str, str] = field(factory=dict)
    pages: Mapping[str, str] = field(factory=dict)
    since: str = ""
    failure: str | None = None


def add(
    home: Path,
    what: What,
    asked: Mapping[str, Any],
    *,
    label: str = "",
    files: Sequence[Path] = (),
    folder: Path | None = None,
    sheet: Path | None = None,
    ids: Mapping[str, str] | None = None,
) -> Spooled:
    """Put something on the spool; it is on disk when this returns.

    ``files``: the file, and those beside or below its folder that it is made of; or the files below ``folder`` that are
    one dataset. Raises ``SettingsError`` where the spool cannot be written.
    """
    since = datetime.now(UTC)
    name = f"{since:%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}"
    draft, entry = _spool(home) / f".{name}", _spool(home) / name
    first = folder or next(iter(files), None)
    file = entry / _FILE / first.name if first else None
    made = Spooled(
        id=name,
        what=what,
        asked=dict(asked),
        label=label,
        file=file,
        sheet=entry / _SHEET / sheet.name if sheet else None,
        ids=dict(ids or {}),
        since=since.isoformat(timespec="seconds"),
    )
    try:
        draft.mkdir(parents=True)
        for path in files:
            _copy(path, draft / _FILE / path.relative_to((first or path).parent))
        if sheet is not None:
            _copy(sheet, draft / _SHEET / sheet.name)
        _write(draft / _RECORD, made)
        draft.rename(entry)
        _on_disk(entry.parent)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        what_happened = f"the spool below {home} cannot be written ({error.strerror or error})"
        raise SettingsError(what_happened, hint="Free some space, or set AMPRENTA_HOME") from error
    return made


def note(home: Path, spooled: Spooled, **changed: Any) -> Spooled:
    """Remember more of something on the spool, such as its ``pages`` or its ``failure``."""
    noted = evolve(spooled, **changed)
    with suppress(FileNotFoundError):  # another process has replayed it meanwhile
        _write(_spool(home) / spooled.id / _RECORD, noted)
    return noted


def waiting(home: Path) -> list[Spooled]:
    """All that waits, the oldest first."""
    return list(_read(home))


def done(home: Path, spooled: Spooled) -> None:
    """Take something off the spool: Postgres has it."""
    gone = _spool(home) / f"{_DONE}{spooled.id}"
    with suppress(FileNotFoundError):
        (_spool(home) / spooled.id).rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def sweep(home: Path) -> None:
    """Remove what a kill left of entries that were done. Drafts stay: another process may be writing them."""
    for folder in _spool(home).glob(f"{_DONE}*"):
        shutil.rmtree(folder, ignore_errors=True)


def workspace(home: Path) -> str | None:
    """The namespace of ids: the database's as it was last seen, or one that was made up while none was to be seen."""
    return next(iter(_noted(home)), None)


def made_up_workspace(home: Path) -> str | None:
    """The one that was made up and that no database has taken over yet; None where there is none."""
    noted = _noted(home)
    return noted[0] if noted[1:] == [_MADE_UP] else None


def _noted(home: Path) -> list[str]:
    with suppress(FileNotFoundError):
        return (home / _WORKSPACE).read_text().split()
    return []


def make_up_workspace(home: Path) -> str:
    """A namespace of ids for a folder that has none, which the next new database takes over."""
    draft = home / f".{_WORKSPACE}-{uuid4().hex[:8]}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        draft.write_text(f"{uuid4()} {_MADE_UP}\n")
        with suppress(FileExistsError):  # another process was faster: its word counts
            (home / _WORKSPACE).hardlink_to(draft)
        draft.unlink()
        return _noted(home)[0]
    except OSError as error:
        what = f"{home} cannot be written ({error.strerror or error})"
        raise SettingsError(what, hint="Free some space, or set AMPRENTA_HOME") from error


def remember_workspace(home: Path, workspace_id: str) -> None:
    """Note the workspace, so that ids are the same while the database is down. A folder that is read-only is let be."""
    if _noted(home) != [workspace_id]:
        draft = home / f".{_WORKSPACE}-{uuid4().hex[:8]}"
        with suppress(OSError):
            home.mkdir(parents=True, exist_ok=True)
            draft.write_text(f"{workspace_id}\n")
            draft.replace(home / _WORKSPACE)


def _spool(home: Path) -> Path:
    return home / "spool"


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
    _on_disk(target.parent)


def _write(place: Path, spooled: Spooled) -> None:
    """The record, with the places of files as the folder sees them: a home may be moved."""
    said = asdict(spooled)
    for name in (_FILE, _SHEET):
        said[name] = said[name] and said[name].name
    draft = place.with_suffix(".tmp")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(said, stream, ensure_ascii=False, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(place)
    _on_disk(place.parent)


def _on_disk(folder: Path) -> None:
    """Names in a folder are on disk when the folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _read(home: Path) -> Iterator[Spooled]:
    folders = sorted(_spool(home).iterdir()) if _spool(home).is_dir() else []
    for folder in folders:
        if folder.name.startswith("."):
            continue
        with suppress(FileNotFoundError, NotADirectoryError):  # replayed meanwhile, or not ours
            said = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
            for name in (_FILE, _SHEET):
                said[name] = said[name] and folder / name / said[name]
            yield Spooled(**said)
