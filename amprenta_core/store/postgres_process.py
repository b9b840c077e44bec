"""The one server process that runs over a data folder: found, started, awaited, ended.

Nothing here knows where a database lives or how it is opened: see ``embedded``. Times are seconds.
"""

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

from amprenta_core.errors import AmprentaError, SinkUnavailable
from amprenta_core.store.postgres_programs import Account, Programs, failure, surroundings

PORT = 5432
TICK = 0.01
START_SECONDS = 120.0
STOP_SECONDS = 30.0
ORPHAN_SECONDS = 3.0
LOG_BYTES = 10_000_000

_HAS_PROC = Path("/proc/self/cmdline").exists()


@contextlib.contextmanager
def locked(path: Path, seconds: float, busy: Callable[[], Exception]) -> Iterator[int]:
    """Hold the file lock ``path`` and yield its descriptor; ``busy()`` is raised when it is not free in time.

    A child that inherits the descriptor keeps the lock for as long as it lives, even when we do not.
    """
    with private_file(path) as lock:
        deadline = time.monotonic() + seconds
        while not _try_lock(lock):
            if time.monotonic() > deadline:
                raise busy()
            time.sleep(TICK)
        yield lock


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def private_file(path: Path) -> Iterator[int]:
    """Open ``path`` to read and append, making it 0600 for the owner of its folder; never through a symbolic link."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        owner = path.parent.stat()
        if os.geteuid() == 0 and os.fstat(descriptor).st_uid != owner.st_uid:
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        yield descriptor
    finally:
        os.close(descriptor)


@frozen(kw_only=True)
class Postmaster:
    """What a server says of itself in ``postmaster.pid``; ``state`` is "ready" when it takes connections."""

    pid: int
    socket: Path
    state: str

    @property
    def ready(self) -> bool:
        """Whether clients can connect: it says so, and its socket was not swept away."""
        return self.state == "ready" and (self.socket / f".s.PGSQL.{PORT}").exists()


def _written_postmaster(data: Path) -> Postmaster | None:
    try:
        lines = (data / "postmaster.pid").read_bytes().splitlines()
        pid = abs(int(lines[0]))  # negative: a server without clients, started by hand for repair
    except (FileNotFoundError, NotADirectoryError, ValueError, IndexError):
        return None
    place = Path(os.fsdecode(lines[4])) if len(lines) > 4 else data  # noqa: PLR2004  # the file's own line numbers
    state = lines[7].decode().strip() if len(lines) > 7 else ""  # noqa: PLR2004
    return Postmaster(pid=pid, socket=place, state=state)


def live_postmaster(data: Path) -> Postmaster | None:
    """The server that runs over ``data`` now. The pid file alone proves nothing: its number may be anyone's by now."""
    written = _written_postmaster(data)
    if written is None:
        return None
    if _HAS_PROC:
        return written if _runs_over(written.pid, data) else None
    return written if _exists(written.pid) and _listens(written.socket) else None


def _runs_over(pid: int, data: Path) -> bool:
    process = Path(f"/proc/{pid}")
    try:
        program, *arguments = (process / "cmdline").read_bytes().split(b"\0")
        if b"postgres" not in program.rpartition(b"/")[2] or _is_dying(process):
            return False
        try:
            return (process / "cwd").samefile(data)
        except PermissionError:
            # Root in a plain container may not look at another user's process; its command line is open to all.
            return process.stat().st_uid == data.stat().st_uid and os.fsencode(data) in arguments
    except OSError:
        return False


def _is_dying(process: Path) -> bool:
    """Whether the process was killed and just has not vanished yet."""
    pending = re.findall(r"^(?:Sig|Shd)Pnd:\s*(\w+)$", (process / "status").read_text(), re.MULTILINE)
    return any(int(signals, 16) >> (signal.SIGKILL - 1) & 1 for signals in pending)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _listens(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(folder / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


@frozen(kw_only=True)
class Server:
    """One server, running or not: its data, its log, the folder of its socket and the user it runs as.

    ``alive`` is a file that the server and all its children hold locked while they live: it tells, for certain and
    across containers that share the folder, that nobody uses the data any more.
    """

    data: Path
    log: Path
    alive: Path
    socket: Path
    account: Account

    def start(self, programs: Programs) -> Postmaster:
        """Start the server and wait until it is ready; whatever an earlier one left behind is cleared first.

        Raises SettingsError for a disk that is full or closed to us, SinkUnavailable for any other failure.
        """
        with self.nobody_left() as alive, private_file(self.log) as log:
            self._drop_stale_locks()
            if os.fstat(log).st_size > LOG_BYTES:
                os.ftruncate(log, 0)
            begin = os.fstat(log).st_size
            self._launch(programs, alive, log)
        return self.wait_ready(begin)

    def _launch(self, programs: Programs, alive: int, log: int) -> None:
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = programs.command("postgres", "-D", self.data, *options)
        # The shell leaves at once, so the server is nobody's child: it outlives us and is never our zombie.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *server],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(alive,),
            check=True,
            **surroundings(self.account),
        )

    def wait_ready(self, log_begin: int = 0) -> Postmaster:
        """Wait until the server takes connections; ``log_begin`` is where in the log this start began."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = live_postmaster(self.data)
            if found and found.ready:
                return found
            if found is None and not self._held():
                raise self._failure("The embedded Postgres did not start", log_begin)
            time.sleep(TICK)
        raise self._failure(f"The embedded Postgres was not ready within {START_SECONDS:.0f} s", log_begin)

    def shut_down(self, running: Postmaster) -> None:
        """End the server, rolling back what is open, and wait until it is gone."""
        os.kill(running.pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self._is_there(running):
            if time.monotonic() > deadline:
                raise self._failure(f"The embedded Postgres did not stop within {STOP_SECONDS:.0f} s", 0)
            time.sleep(TICK)

    def _is_there(self, running: Postmaster) -> bool:
        """Whether the server has not ended. Its pid file goes before it does."""
        if _HAS_PROC:
            return _runs_over(running.pid, self.data)
        now = live_postmaster(self.data)
        return now is not None and now.pid == running.pid

    def _held(self) -> bool:
        with private_file(self.alive) as descriptor:
            return not _try_lock(descriptor)

    @contextlib.contextmanager
    def nobody_left(self) -> Iterator[int]:
        """Hold ``alive``: wait for children that outlived a killed server, and end those that do not notice."""
        with contextlib.suppress(TimeoutError), locked(self.alive, ORPHAN_SECONDS, TimeoutError):
            pass
        for pid in self._orphans():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        with locked(self.alive, ORPHAN_SECONDS, self._in_use) as alive:
            yield alive

    def _orphans(self) -> list[int]:
        if not _HAS_PROC:
            return []
        numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [pid for pid in numbers if _runs_over(pid, self.data)]

    def _in_use(self) -> AmprentaError:
        return SinkUnavailable(
            f"Another Postgres still uses {self.data}",
            hint="Is it open in another container or on another machine? Stop it there; else try again.",
        )

    def _drop_stale_locks(self) -> None:
        """Remove lock files that name a live process of someone else: Postgres would take it for itself.

        One that names a dead process stays: Postgres reads there which shared memory must be free first.
        """
        written = _written_postmaster(self.data)
        if written and _exists(written.pid):
            (self.data / "postmaster.pid").unlink()
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.socket / name).unlink(missing_ok=True)

    def _failure(self, what: str, log_begin: int) -> AmprentaError:
        said = self.log.read_bytes()[log_begin:] if self.log.exists() else b""
        return failure(what, said.decode(errors="replace"), self.data, log=self.log)
