"""Writers at the same moment: nothing twice, nobody waits in a circle, and what one aborts hurts no other."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from amprenta_core.app import App, Outcome, Wish
from amprenta_core.errors import SinkRejected
from amprenta_core.linking import name_key, resolve
from amprenta_core.model import FeatureRef
from amprenta_core.store import naming, raw_files, writing

if TYPE_CHECKING:
    import subprocess

    from conftest import Start, ToyBox, Workspace

INGEST_LINES = """
import sys
from amprenta_core.cli.ingest import main
print("ready", flush=True)
for line in sys.stdin:
    main(["--json", "--program", "P", *line.split()])
"""
WRITERS = 20


@pytest.fixture
def toy_app(toys: "ToyBox", workspace: "Workspace") -> Iterator[App]:
    made = toys.app(workspace)
    yield made
    made.database.close()


def answer(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        pytest.fail(process.communicate()[1])
    return line.strip()


def together(processes: Sequence["subprocess.Popen[str]"], paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Tell each process at the same moment which file to ingest, and gather what they say."""
    for process, path in zip(processes, paths, strict=True):
        assert process.stdin is not None
        process.stdin.write(f"{path}\n")
        process.stdin.flush()
    return [json.loads(answer(process)) for process in processes]


@pytest.fixture
def pair(start: "Start", workspace: "Workspace") -> list["subprocess.Popen[str]"]:
    processes = [start(INGEST_LINES, environment=workspace.environment) for _ in range(2)]
    assert [answer(process) for process in processes] == ["ready", "ready"]
    return processes


def test_one_file_by_two_processes_is_one_dataset(
    pair: list["subprocess.Popen[str]"], folder: Path, workspace: "Workspace"
) -> None:
    rounds = 12
    for n in range(rounds):
        places = [folder / "x" / f"f{n}.csv", folder / ("y" if n % 2 else "x") / f"f{n}.csv"]
        for place in places:
            place.parent.mkdir(exist_ok=True)
            place.write_text(f"name,s1,s2\nPC {30 + n}:1,1,2\nPE 36:2,3,{n}\n")
        said = together(pair, places)
        assert sorted(one["status"] for one in said) == ["created", "unchanged"], said
        assert len({one["dataset_id"] for one in said}) == 1
        assert all(one["n_linked"] == 2 for one in said)
    assert workspace.one("SELECT count(*) FROM datasets") == rounds
    assert workspace.one("SELECT count(*) FROM revisions") == rounds
    assert workspace.one("SELECT count(*) FROM measured") == 2 * rounds
    assert workspace.query("SELECT name FROM programs") == [("P",)]


def test_an_updated_file_by_two_processes_is_one_revision(
    pair: list["subprocess.Popen[str]"], folder: Path, workspace: "Workspace"
) -> None:
    path = folder / "a.csv"
    for n in range(6):
        path.write_text(f"name,s1,s2\nPC 34:1,1,2\nPE 36:2,3,{n}\n")
        said = together(pair, [path, path])
        assert sorted(one["status"] for one in said) == (["unchanged", "updated"] if n else ["created", "unchanged"])
        assert {one["revision"] for one in said} == {n + 1}
    assert workspace.query("SELECT number FROM revisions ORDER BY 1") == [(n + 1,) for n in range(6)]


def shuffled_files(toys: "ToyBox", seed: int) -> list[Path]:
    """Files that name the same new features, each in its own order, spelling and with its own ids."""
    random = Random(seed)
    words = [f"n{seed}x{n}" for n in range(40)]
    paths = []
    for k in range(WRITERS):
        random.shuffle(words)
        spelled = [word.upper() if random.random() < 0.5 else word for word in words]
        rows = [f"{name}<k{seed}\tc{k}\th\t{n}\t{k}" for n, name in enumerate(spelled)]
        paths.append(toys.file(f"{seed}/f{k}.tsv", rows, "toy name\tchebi\thmdb\tArea s1\tArea s2"))
    return paths


def at_once(jobs: Sequence[Callable[[], list[Outcome]]]) -> list[Outcome]:
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], list[Outcome]]) -> list[Outcome]:
        barrier.wait(30)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [outcome for outcomes in pool.map(run, jobs) for outcome in outcomes]


def job(app: App, path: Path, wish: Wish) -> Callable[[], list[Outcome]]:
    return lambda: list(app.ingest([str(path)], wish))


def assert_complete(workspace: "Workspace", seed: int) -> None:
    like = f"{seed}/f%"
    assert workspace.one("SELECT count(*) FROM datasets WHERE name LIKE :like", like=like) == WRITERS
    accessions = [
        row[0] for row in workspace.query("SELECT accession FROM features WHERE accession LIKE :a", a=f"N{seed}X%")
    ]
    assert sorted(accessions) == sorted(f"N{seed}X{n}" for n in range(40))
    linked = (
        "SELECT count(*) FROM measured m JOIN links l ON l.name_no = m.name_no JOIN features f ON f.no = l.feature_no"
    )
    assert workspace.one(f"{linked} WHERE f.accession = :a", a=f"K{seed}") == 40 * WRITERS
    ids = workspace.query("SELECT external_ids FROM features WHERE accession LIKE :a", a=f"N{seed}X%")
    assert all(row[0] == {"chebi": sorted(f"c{k}" for k in range(WRITERS)), "hmdb": ["h"]} for row in ids)


@pytest.mark.slow
@pytest.mark.parametrize("opened_by", ["each", "all"])
def test_writers_of_the_same_new_features_do_not_deadlock(
    toys: "ToyBox", workspace: "Workspace", opened_by: str
) -> None:
    """Threads with an app each, and threads that share one, in programmes that are new at that moment."""
    with ExitStack() as opened:
        one = toys.app(workspace)
        apps = [one if opened_by == "all" else toys.app(workspace) for _ in range(WRITERS)]
        for app in apps:
            opened.callback(app.database.close)
        for seed in range(3):
            paths = shuffled_files(toys, seed)
            wishes = [Wish(program=f"P{seed}", experiment=f"E{seed}", name=f"{seed}/f{k}") for k in range(WRITERS)]
            outcomes = at_once([job(*each) for each in zip(apps, paths, wishes, strict=True)])
            assert [str(o.error) for o in outcomes if o.error] == []
            assert {outcome.status for outcome in outcomes} == {"created"}
            assert_complete(workspace, seed)


def add_line(path: Path, line: str) -> None:
    path.write_text(path.read_text() + line + "\n")


@pytest.mark.slow
def test_updating_and_creating_writers_do_not_deadlock(toys: "ToyBox", workspace: "Workspace") -> None:
    with ExitStack() as opened:
        apps = [toys.app(workspace) for _ in range(WRITERS)]
        for app in apps:
            opened.callback(app.database.close)
        for seed in range(3):
            paths = shuffled_files(toys, seed)
            plain = [Wish(name=f"{seed}/f{k}") for k in range(WRITERS)]
            at_once([job(*each) for each in list(zip(apps, paths, plain, strict=True))[::2]])
            for k, path in enumerate(paths):
                add_line(path, f"later{seed}<k{seed}\tc{k}\th\t1\t2")
            wishes = [evolve(wish, program=f"P{seed}", experiment=f"E{seed}") for wish in plain]
            outcomes = at_once([job(*each) for each in zip(apps, paths, wishes, strict=True)])
            assert [str(o.error) for o in outcomes if o.error] == []
            assert [o.status for o in outcomes] == ["updated", "created"] * (WRITERS // 2)
            assert workspace.one("SELECT count(*) FROM features WHERE accession = :a", a=f"LATER{seed}") == 1


def test_spellings_of_one_feature_with_ids_do_not_deadlock(toys: "ToyBox", workspace: "Workspace") -> None:
    """Both have linked their spelling to the feature when each gives it an identifier."""
    first, second = toys.app(workspace), toys.app(workspace)
    linked = threading.Barrier(2)

    def write(app: App, spelling: str) -> None:
        resolved = resolve([FeatureRef(name=spelling, type="lipid")], toys.plugin.normalize)
        with app.connection() as connection:
            ((no, *_),) = naming.add_names(connection, resolved, "test")
            linked.wait(30)
            naming.add_file_ids(connection, [(no, {"chebi": spelling})])

    with first.connection() as connection:
        naming.add_names(connection, resolve([FeatureRef(name="AB", type="lipid")], toys.plugin.normalize), "test")
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(write, app, name) for app, name in ((first, "ab"), (second, "Ab"))]
        for each in done:
            each.result(timeout=60)
    for app in (first, second):
        app.database.close()
    assert workspace.one("SELECT external_ids FROM features WHERE accession = 'AB'") == {"chebi": ["Ab", "ab"]}


def test_the_first_of_two_resolutions_stays(toy_app: App, toys: "ToyBox", workspace: "Workspace") -> None:
    """Two processes that asked different plugins of one name agree on what is stored."""
    ref = FeatureRef(name="A|B", type="lipid")
    ours = resolve([ref], toys.plugin.normalize)
    theirs = [evolve(ours[0], identities=ours[0].identities[:1])]
    rows = []
    for resolved in (ours, theirs):
        with toy_app.connection() as connection:
            rows.append(naming.add_names(connection, resolved, "test"))
    assert rows[0] == rows[1]
    assert workspace.one("SELECT candidates FROM names") == 2
    assert workspace.one("SELECT count(*) FROM links") == 2


def test_an_aborted_transaction_leaves_the_names_usable(
    toy_app: App, toys: "ToyBox", workspace: "Workspace", monkeypatch: pytest.MonkeyPatch
) -> None:
    path = toys.file("a.tsv", ["A\t1\t2", "B\t3\t4"])

    def full(*_args: object) -> None:
        raise SinkRejected("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "copy_measured", full)
        (failed,) = toy_app.ingest([str(path)], Wish())
    assert failed.status == "failed"
    assert workspace.content()["names"] == []
    (outcome,) = toy_app.ingest([str(path)], Wish())
    assert (outcome.status, str(outcome.error)) == ("created", "None")
    assert len(workspace.content()["measured"]) == 2


def test_names_of_an_open_transaction_are_nobody_elses(toy_app: App, toys: "ToyBox") -> None:
    ref = FeatureRef(name="A", type="lipid")
    seen: list[list[object]] = []
    with toy_app.connection() as connection:
        toy_app.database.names.add(naming.add_names(connection, resolve([ref], toys.plugin.normalize), "test"))
        other = threading.Thread(target=lambda: seen.append([*toy_app.database.names.missing([name_key(ref)])]))
        other.start()
        other.join()
    assert seen == [[name_key(ref)]]


def test_one_raw_file_by_many_threads_is_kept_once(folder: Path) -> None:
    content = Random(1).randbytes(300_000)
    (folder / "a.csv").write_bytes(content)
    barrier = threading.Barrier(8)

    def keep(_number: int) -> str:
        barrier.wait(30)
        return raw_files.keep(str(folder / "files"), "ab" * 32, folder / "a.csv")

    with ThreadPoolExecutor(8) as pool:
        (place,) = set(pool.map(keep, range(8)))
    assert raw_files.read(place) == content
    assert [path for path in (folder / "files").rglob("*") if path.is_file()] == [Path(place)]
