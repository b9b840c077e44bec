"""kill -9 at any moment, then the same command again: the database says what it says without the kill."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from attrs import evolve, frozen

from amprenta_core.settings import Settings
from amprenta_core.store import database, embedded

if TYPE_CHECKING:
    import subprocess

    from conftest import NewWorkspace, Server, Start, Workspace

WORKSPACE = UUID("11111111-2222-3333-4444-555555555555")
PREPARED = "prepared"
PLAIN = """
import sys
from amprenta_core.cli.ingest import main
sys.exit(main(sys.argv[1:]))
"""
DYING = """
import os, signal, sys
from collections.abc import Callable
from pathlib import Path
from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from amprenta_core.cli.ingest import main
from amprenta_core.store import naming, raw_files, writing

point, number, *arguments = sys.argv[1:]
counted = 0

def reach(name):
    global counted
    if name == point:
        counted += 1
        if counted == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

def surround(owner, function, name):
    inner = getattr(owner, function)
    def outer(*args, **kwargs):
        reach("before " + name)
        answer = inner(*args, **kwargs)
        reach("after " + name)
        return answer
    setattr(owner, function, outer)

surround(raw_files, "keep", "raw file")
surround(Path, "replace", "raw file's move")
surround(writing, "copy_measured", "copy")
surround(naming, "add_names", "names")
surround(PGDialect_psycopg2, "do_commit", "commit")
event.listen(Engine, "before_cursor_execute", lambda *_: reach("statement"))
code = main(arguments)
print(counted, file=sys.stderr)
sys.exit(code)
"""
NAMED = [
    *(("before raw file", n) for n in (1, 3)),
    *((f"{when} raw file's move", n) for when in ("before", "after") for n in (1, 2)),
    ("after raw file", 2),
    *((f"{when} copy", n) for when in ("before", "after") for n in (1, 2, 4)),
    *((f"{when} names", n) for when in ("before", "after") for n in (1, 3)),
    *((f"{when} commit", n) for when in ("before", "after") for n in (1, 3, 4, 6, 8)),
]
DELAYS = [0.45, 0.6, 0.75, 0.9]


def write_files(root: Path, count: int, seed: int = 0) -> Path:
    """Small tables whose names overlap."""
    random = Random(seed)
    root.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        lipids = random.sample(
            [f"{head} {carbons}:1" for head in ("PC", "PE", "SM", "TG") for carbons in range(30, 40)], 12
        )
        lines = [f"{lipid},{random.random()!r},{random.random()!r}" for lipid in lipids]
        (root / f"f{n:02}.csv").write_text("\n".join(["name,s1,s2", *lines]) + "\n")
    return root


@frozen(kw_only=True)
class Command:
    """An ingestion of a folder, which updates one dataset and creates others, and its outcome when nobody kills it."""

    arguments: tuple[str, ...]
    content: dict[str, list[str]]
    statements: int


@pytest.fixture(scope="module")
def prepared(server: "Server") -> Iterator[str]:
    """A template database whose workspace has a known id."""
    server.run(f"CREATE DATABASE {PREPARED} TEMPLATE {server.template}")
    made = database.engine(Settings(home=server.home, postgres_url=server.address(PREPARED)))
    with made.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO workspace (id) VALUES ('{WORKSPACE}')")
    made.dispose()
    yield PREPARED
    server.run(f"DROP DATABASE {PREPARED}")


Run = Callable[..., "subprocess.Popen[str]"]


def end(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.fixture
def begun(prepared: str, new_workspace: "NewWorkspace", start: "Start", folder: Path) -> Callable[[], "Workspace"]:
    """Makes workspaces that have an older content of the first file."""
    first = write_files(folder / "in", 1, seed=99)
    start_one = new_workspace(prepared)
    code, _, err = end(start(PLAIN, str(first), environment=start_one.environment))
    assert code == 0, err
    return lambda: new_workspace(start_one.database)


@pytest.fixture
def command(begun: Callable[[], "Workspace"], start: "Start", folder: Path) -> Command:
    arguments = (str(write_files(folder / "in", 4)), "--program", "P", "--experiment", "E", "--json")
    reference = begun()
    code, out, err = end(start(DYING, "statement", 0, *arguments, environment=reference.environment))
    assert code == 0, err
    assert [json.loads(line)["status"] for line in out.splitlines()] == ["updated", "created", "created", "created"]
    statements = int(err.splitlines()[-1])
    return Command(arguments=arguments, content=reference.content(), statements=statements)


def assert_whole(workspace: "Workspace", command: Command, start: "Start") -> None:
    """The same command again completes; what the killed one had stored is unchanged."""
    code, out, err = end(start(PLAIN, *command.arguments, environment=workspace.environment))
    assert code == 0, err
    assert {json.loads(line)["status"] for line in out.splitlines()} <= {"created", "updated", "unchanged"}
    assert workspace.content() == command.content
    kept = {row[0] for row in workspace.query("SELECT raw_file FROM revisions WHERE raw_file IS NOT NULL")}
    assert all(Path(place).exists() for place in kept)


@pytest.mark.slow
def test_killed_at_any_point_of_an_ingestion(
    begun: Callable[[], "Workspace"], command: Command, start: "Start"
) -> None:
    points = [*NAMED, *(("statement", n) for n in range(1, command.statements, 11))]
    assert len(points) >= 25

    def survive(at: tuple[tuple[str, int], "Workspace"]) -> None:
        (point, number), workspace = at
        code, _, err = end(start(DYING, point, number, *command.arguments, environment=workspace.environment))
        assert code == -signal.SIGKILL, (point, number, err)
        assert_whole(workspace, command, start)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(survive, [(point, begun()) for point in points]))


@pytest.mark.slow
def test_killed_after_any_time(begun: Callable[[], "Workspace"], command: Command, start: "Start") -> None:
    for delay in DELAYS:
        workspace = begun()
        process = start(PLAIN, *command.arguments, environment=workspace.environment)
        try:
            process.wait(timeout=delay)
        except TimeoutExpired:
            process.kill()
        process.communicate()
        assert_whole(workspace, command, start)


def outcomes(process: "subprocess.Popen[str]", count: int) -> list[dict[str, Any]]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(count)]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc for the workers")
def test_a_killed_worker_is_told_and_the_next_run_completes(
    new_workspace: "NewWorkspace", start: "Start", folder: Path
) -> None:
    arguments = (str(write_files(folder / "in", 60)), "--json", "--workers", "2")
    harmed, whole = new_workspace(), new_workspace()
    for workspace in (harmed, whole):
        workspace.settle(WORKSPACE)
    process = start(PLAIN, *arguments, environment=harmed.environment)
    outcomes(process, 3)
    children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    os.kill(next(pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()), signal.SIGKILL)
    code, _, err = end(process)
    assert (code, "error: a worker process was killed. Say the same again" in err) == (2, True), err
    for workspace in (harmed, whole):
        code, _, err = end(start(PLAIN, *arguments[:2], environment=workspace.environment))
        assert code == 0, err
    assert harmed.content() == whole.content()


@pytest.mark.slow
def test_a_killed_server_fails_the_rest_and_the_next_run_completes(
    short_home: Path, new_workspace: "NewWorkspace", start: "Start", folder: Path
) -> None:
    environment = {"AMPRENTA_HOME": str(short_home), "AMPRENTA_FILES": str(folder / "kept")}
    opened = database.open_database(Settings(home=short_home))
    for stored in (1, 5, 9):
        root = write_files(folder / f"in{stored}" / f"run{stored}", 40, seed=stored).parent
        process = start(PLAIN, str(root), "--json", environment=environment)
        first = outcomes(process, stored)
        assert {one["status"] for one in first} == {"created"}, first
        pid = embedded.status(short_home).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        code, out, err = end(process)
        said = [json.loads(line) for line in out.splitlines()]
        failed = [one["error"] for one in said if one["status"] == "failed"]
        assert code in {1, 6}, err
        assert {error["kind"] for error in failed} == {"SinkUnavailable"}
        assert "Traceback" not in err
        again, out, err = end(start(PLAIN, str(root), "--json", environment=environment))
        assert again == 0, err
        assert {json.loads(line)["status"] for line in out.splitlines()} == {"created", "unchanged"}
    opened.close()
    assert_like_an_unharmed_one(short_home, new_workspace(), opened.workspace, start, folder)


def assert_like_an_unharmed_one(
    home: Path, reference: "Workspace", namespace: UUID, start: "Start", folder: Path
) -> None:
    reference.settle(namespace)
    for root in sorted(folder.glob("in*")):
        assert end(start(PLAIN, str(root), environment=reference.environment))[0] == 0
    harmed = evolve(reference, settings=Settings(home=home, postgres_url=embedded.ensure_running(home)))
    assert harmed.content() == reference.content()
