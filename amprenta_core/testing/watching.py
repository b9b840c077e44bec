"""What code does to the machine while it runs: files, folders, sockets, processes.

Python reports these through audit events. A hook can never be removed, so one is installed per process, and records
only inside ``watching``. Work of native libraries is not seen.
"""

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from attrs import define, field

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FOLDER_EVENTS = {"os.listdir", "os.scandir"}
_FORBIDDEN = {
    "os.chmod", "os.chown", "os.exec", "os.fork", "os.forkpty", "os.kill", "os.link", "os.mkdir", "os.posix_spawn",
    "os.putenv", "os.remove", "os.rename", "os.rmdir", "os.spawn", "os.startfile", "os.symlink", "os.system",
    "os.truncate", "os.unsetenv", "os.utime", "pty.spawn", "sqlite3.connect", "subprocess.Popen", "tempfile.mkdtemp",
    "tempfile.mkstemp", "urllib.Request",
}  # fmt: skip
_FORBIDDEN_FAMILIES = ("socket.", "shutil.", "ftplib.", "smtplib.", "http.client.")
_CODE = (".py", ".pyc", ".so", ".pyd", ".dll", ".dylib")
_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr/share/zoneinfo")


@define
class Watch:
    """What was done, in words, apart from reading the allowed files and Python's own."""

    allowed: frozenset[str]
    folders: tuple[str, ...]
    seen: list[str] = field(factory=list)

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Record an event unless it is allowed."""
        if event == "open":
            self._opened(*arguments)
        elif event in _FOLDER_EVENTS:
            path = _path(arguments[0] if arguments[0] is not None else ".")
            if path is not None and not self._is_code(path) and path not in sys.path_importer_cache:
                self.seen.append(f"looked into the folder {path}")
        elif event in _FORBIDDEN or event.startswith(_FORBIDDEN_FAMILIES):
            paths = [path for path in map(_path, arguments) if path is not None]
            if not paths or not all(map(_is_cache, paths[:1])):
                self.seen.append(f"{event} {', '.join(map(repr, arguments))[:200]}")

    def _opened(self, target: Any, _mode: Any, flags: Any) -> None:
        path = _path(target)
        if path is None or _is_cache(path):
            return
        if isinstance(flags, int) and flags & _WRITING and not path.startswith("/dev/"):
            self.seen.append(f"opened {path} for writing")
        elif path not in self.allowed and not self._is_code(path):
            self.seen.append(f"opened {path}")

    def _is_code(self, path: str) -> bool:
        return path.endswith(_CODE) or any(path == f or path.startswith(f + os.sep) for f in self.folders)


_active: list[Watch] = []


@contextmanager
def watching(allowed: Iterable[Path] = (), folders: Iterable[Path] = ()) -> Iterator[list[str]]:
    """A list that fills with what the code inside does to the machine; it may read ``allowed`` files.

    Reading Python's own files, those of installed packages and below ``folders`` is never listed.
    """
    _install()
    watch = Watch(allowed=frozenset(str(_real(p)) for p in allowed), folders=(*_installed(), *map(str, folders)))
    _active.append(watch)
    try:
        yield watch.seen
    finally:
        _active.remove(watch)


@cache
def _install() -> None:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        for watch in tuple(_active):
            watch.note(event, arguments)

    sys.addaudithook(hook)


@cache
def _installed() -> tuple[str, ...]:
    """Folders whose files belong to Python, to installed packages or to the system's description of itself."""
    folders = [
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
        *sysconfig.get_paths().values(),
        site.getusersitepackages(),
    ]
    return (*dict.fromkeys(str(_real(Path(f))) for f in folders), *_SYSTEM)


def _path(target: Any) -> str | None:
    """An event's path as text; None for a descriptor that is open already, and for what is no path."""
    if isinstance(target, (str, bytes, os.PathLike)):
        return str(_real(Path(os.fsdecode(target))))
    return None


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _is_cache(path: str) -> bool:
    return "__pycache__" in path or path.endswith(".pyc")
