"""What is written while Postgres is down: complete on disk, replayed once, linked to its page, never in the way."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from fakes.laboratory import Laboratory, laboratory

from amprenta_core import spool
from amprenta_core.app import Outcome, Wish, outside
from amprenta_core.errors import Conflict
from amprenta_core.ingest import Options

if TYPE_CHECKING:
    from conftest import Server, Shell, Start, Workspace

TWO_SHEETS = ("PC 34:1", "PE 36:2", "SM 34:1")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_FIRST_WAIT", 0.001)


@pytest.fixture
def lab(tmp_path: Path, workspace: "Workspace") -> Iterator[Laboratory]:
    with laboratory(tmp_path, workspace.url) as made:
        yield made
        made.held()


def away(lab: Laboratory, *paths: Path, **wish: Any) -> list[Outcome]:
    """Ingest while Postgres is down."""
    return list(lab.app("dual", postgres=False).ingest([str(path) for path in paths], Wish(**wish)))


def seen(lab: Laboratory) -> None:
    """Let the home folder see the database."""
    assert lab.app("dual").list_datasets() == []


def test_the_next_ingestion_replays_by_itself(lab: Laboratory) -> None:
    (spooled,) = away(lab, lab.table("a.csv"), program="Ageing")
    first, second = lab.app("dual").ingest([str(lab.table("b.csv", value=7.0))], Wish())
    assert (first.replayed, first.status, first.dataset_id) == (True, "created", spooled.dataset_id)
    assert first.notion_page_id == spooled.notion_page_id is not None
    assert (second.replayed, second.status) == (False, "created")
    assert spool.waiting(lab.home) == []
    assert lab.catch_up() == []
    assert (len(lab.pages()), len(lab.pages("program"))) == (2, 1)


def test_the_page_becomes_the_datasets_and_ids_are_the_same_where_the_database_was_seen(
    lab: Laboratory, workspace: "Workspace"
) -> None:
    seen(lab)
    (outcome,) = away(lab, lab.table())
    assert lab.page_ids() == [str(outcome.dataset_id)]
    assert lab.catch_up() == []
    assert workspace.query("SELECT id, notion_page_id FROM datasets") == [(outcome.dataset_id, outcome.notion_page_id)]
    assert len(lab.notion.pages) == 2  # with the home page: nothing was made and thrown away


def test_a_new_database_takes_over_the_ids_that_were_given_out(lab: Laboratory, workspace: "Workspace") -> None:
    (outcome,) = away(lab, lab.table())
    assert lab.catch_up() == []
    assert workspace.one("SELECT id FROM datasets") == outcome.dataset_id


@pytest.mark.parametrize("mode", ["dual", "rollback"])
def test_a_page_under_a_made_up_id_is_adopted_by_a_database_that_has_ids_of_its_own(
    lab: Laboratory, workspace: "Workspace", mode: str
) -> None:
    elsewhere = evolve(lab, home=lab.home.parent / "elsewhere")
    seen(elsewhere)
    (outcome,) = lab.app(mode, postgres=False).ingest([str(lab.table())], Wish())
    assert lab.catch_up() == []
    ((dataset, page),) = workspace.query("SELECT id, notion_page_id FROM datasets")
    assert (dataset != outcome.dataset_id, page) == (True, outcome.notion_page_id)
    assert lab.page_ids() == [str(dataset)]
    assert lab.vector_items() == [f"dataset:{dataset}"]  # those under the made-up id are gone


def test_a_second_page_beside_the_datasets_own_is_taken_away(lab: Laboratory, workspace: "Workspace") -> None:
    elsewhere = evolve(lab, home=lab.home.parent / "elsewhere")
    list(elsewhere.app("sync").ingest([str(lab.table())], Wish()))
    assert elsewhere.catch_up() == []
    (own,) = lab.pages()
    away(lab, lab.table())
    assert len(lab.pages()) == 2
    assert lab.catch_up() == []
    assert [page["id"] for page in lab.pages()] == [own["id"]]
    assert workspace.one("SELECT notion_page_id FROM datasets") == own["id"]


def test_sample_sheets_names_and_relative_paths_come_along(
    lab: Laboratory, workspace: "Workspace", monkeypatch: pytest.MonkeyPatch
) -> None:
    table = lab.table("plasma.csv")
    sheet = lab.home.parent / "sheets" / "plasma.csv"  # of the same name
    sheet.parent.mkdir()
    sheet.write_text("sample,group\ns1,case\ns2,control\n")
    monkeypatch.chdir(table.parent)
    options = Options(samples=Path("../sheets/plasma.csv"), omics_type="lipidomics")
    wish = {"options": options, "name": "my plasma", "description": "d", "program": "P", "experiment": "E"}
    (outcome,) = away(lab, Path("plasma.csv"), **wish)
    assert (outcome.name, outcome.path) == ("my plasma", "plasma.csv")
    monkeypatch.chdir("/")
    sheet.unlink()
    table.unlink()
    assert lab.catch_up() == []
    row = workspace.query(
        "SELECT d.name, d.description, p.name, e.name, d.source_path FROM datasets d "
        "JOIN programs p ON p.id = d.program_id JOIN experiments e ON e.id = d.experiment_id"
    )
    assert row == [("my plasma", "d", "P", "E", str(table))]
    groups = workspace.query("SELECT attributes ->> 'group' FROM samples ORDER BY position")
    assert groups == [("case",), ("control",)]


def test_a_folder_that_is_one_dataset_comes_along(lab: Laboratory, workspace: "Workspace") -> None:
    cohort = lab.home.parent / "cohort"
    for n in range(3):
        (cohort / f"S{n}").mkdir(parents=True)
        rows = "".join(f"ENST0000000000{g}\t900\t700.5\t{n}.25\t{g}{n}\n" for g in range(5))
        (cohort / f"S{n}" / "quant.sf").write_text("Name\tLength\tEffectiveLength\tTPM\tNumReads\n" + rows)
    (outcome,) = away(lab, cohort)
    assert (outcome.status, outcome.name) == ("spooled", "cohort")
    for n in range(3):
        (cohort / f"S{n}" / "quant.sf").unlink()
    assert lab.catch_up() == []
    assert workspace.query("SELECT name, source_path FROM datasets") == [("cohort", str(cohort))]
    assert [name for (name,) in workspace.query("SELECT name FROM samples ORDER BY position")] == ["S0", "S1", "S2"]


def test_a_home_that_is_moved_takes_its_spool_along(lab: Laboratory) -> None:
    away(lab, lab.table())
    moved = evolve(lab, home=lab.home.parent / "moved")
    lab.home.rename(moved.home)
    assert moved.catch_up() == []
    assert len(lab.pages()) == 1


def test_a_workbook_of_several_datasets_has_a_page_for_each(lab: Laboratory, workspace: "Workspace") -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for n, sheet in enumerate((book.active, book.create_sheet("second"))):
        for row in (["name", "s1", "s2"], *([name, n + 1.5, n + 2.5] for name in TWO_SHEETS)):
            sheet.append(row)
    path = lab.home.parent / "files" / "book.xlsx"
    path.parent.mkdir(parents=True)
    book.save(path)
    outcomes = away(lab, path)
    assert len(outcomes) == len(lab.pages()) == 2
    assert len(spool.waiting(lab.home)) == 1
    assert lab.catch_up() == []
    assert {(str(i), p) for i, p in workspace.query("SELECT id, notion_page_id FROM datasets")} == {
        (str(outcome.dataset_id), outcome.notion_page_id) for outcome in outcomes
    }


def test_a_conflict_stays_is_shown_and_is_in_nobodys_way(lab: Laboratory) -> None:
    other = lab.table("one.csv")
    away(lab, lab.table("two.csv", value=9.0), name="taken")
    late = evolve(lab, home=lab.home.parent / "elsewhere")
    list(late.app("sync").ingest([str(other)], Wish(name="taken")))
    app = lab.app("dual")
    failed, new = app.ingest([str(lab.table("three.csv", value=4.0))], Wish())
    assert (failed.replayed, type(failed.error)) == (True, Conflict)
    assert (new.replayed, new.error, new.status) == (False, None, "created")
    (waiting,) = spool.waiting(lab.home)
    assert "is taken by other content" in str(waiting.failure)
    (again,) = app.ingest([str(lab.table("three.csv", value=4.0))], Wish())  # told once, not every time
    assert (again.replayed, again.status) == (False, "unchanged")
    (asked,) = app.replay()
    assert isinstance(asked.error, Conflict)
    app.delete_dataset("taken")
    (mended,) = app.replay()
    assert (mended.status, spool.waiting(lab.home)) == ("created", [])
    assert lab.catch_up() == []
    assert len(lab.pages()) == 2


def test_two_that_replay_at_once_replay_each_entry_once(lab: Laboratory, workspace: "Workspace") -> None:
    seen(lab)
    for n in range(6):
        away(lab, lab.table(f"t{n}.csv", value=n + 1.0))
    apps = [lab.app("dual") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        told = [outcome.status for found in pool.map(lambda app: list(app.replay()), apps) for outcome in found]
    assert sorted(told) == ["created"] * 6
    assert lab.catch_up() == []
    assert (workspace.one("SELECT count(*) FROM datasets"), len(lab.pages())) == (6, 6)


def test_postgres_that_goes_away_between_two_datasets_spools_the_rest(
    lab: Laboratory, server: "Server", workspace: "Workspace"
) -> None:
    found = lab.app("dual").ingest([str(lab.table(f"t{n}.csv", value=n + 1.0)) for n in range(3)], Wish())
    assert next(found).status == "created"
    server.run(f"ALTER DATABASE {workspace.database} ALLOW_CONNECTIONS false")
    server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{workspace.database}'")
    assert [outcome.status for outcome in found] == ["spooled", "spooled"]
    server.run(f"ALTER DATABASE {workspace.database} ALLOW_CONNECTIONS true")
    assert lab.catch_up() == []
    assert len(lab.pages()) == 3


KILLED = """
import os, signal, sys
from amprenta_core import spool
from amprenta_core.app import outside, spooling
from amprenta_core.sinks.notion import NotionSink
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

point, number, command, *arguments = sys.argv[1:]
counted = 0

def surround(owner, function, name):
    inner = getattr(owner, function)
    def outer(*args, **kwargs):
        reach("before " + name)
        answer = inner(*args, **kwargs)
        reach("after " + name)
        return answer
    setattr(owner, function, outer)

def reach(name):
    global counted
    counted += name == point
    if name == point and counted == int(number):
        os.kill(os.getpid(), signal.SIGKILL)

outside._FIRST_WAIT = 0.001
surround(spool, "add", "spooling")
surround(spool, "_copy", "copy")
surround(spool, "_write", "record")
surround(spool, "note", "note")
surround(spool, "done", "done")
surround(spool.shutil, "rmtree", "removal")
surround(NotionSink, "_create", "page")
surround(PGDialect_psycopg2, "do_commit", "commit")
if command == "ingest":
    from amprenta_core.cli.ingest import main
else:
    from amprenta_core.cli.main import main
sys.exit(main(arguments))
"""
SPOOLING = [
    ("before spooling", 1), ("after copy", 1), ("before record", 1), ("after record", 1), ("after spooling", 1),
    ("before page", 1), ("after page", 1), ("before note", 1), ("after note", 1), ("after page", 2), ("after copy", 2),
]  # fmt: skip
REPLAYING = [
    ("before commit", 1), ("after commit", 1), ("after commit", 2), ("before commit", 3), ("after commit", 4),
    ("before commit", 5), ("before done", 1), ("after done", 1), ("before removal", 1), ("before done", 2),
]  # fmt: skip


def ended(process: Any) -> tuple[int, str]:
    _, err = process.communicate(timeout=120)
    return process.returncode, err


@pytest.mark.slow
@pytest.mark.parametrize(("point", "number"), SPOOLING, ids=str)
def test_killed_while_spooling(
    lab: Laboratory, workspace: "Workspace", start: "Start", point: str, number: int
) -> None:
    seen(lab)
    tables = [lab.table(f"t{n}.csv", value=n + 1.0) for n in range(2)]
    away_from = lab.environment("dual", postgres=False)
    code, err = ended(start(KILLED, point, number, "ingest", tables[0].parent, environment=away_from))
    assert code == -signal.SIGKILL, err
    code, err = ended(start(KILLED, "never", 1, "ingest", tables[0].parent, environment=away_from))
    assert code == 0, err
    assert_each_is_there_once(lab, workspace)


@pytest.mark.slow
@pytest.mark.parametrize(("point", "number"), REPLAYING, ids=str)
def test_killed_while_replaying(
    lab: Laboratory, workspace: "Workspace", start: "Start", point: str, number: int
) -> None:
    seen(lab)
    away(lab, *[lab.table(f"t{n}.csv", value=n + 1.0) for n in range(2)])
    code, err = ended(start(KILLED, point, number, "amprenta", "sync", "replay", environment=lab.environment("dual")))
    assert code == -signal.SIGKILL, err
    assert_each_is_there_once(lab, workspace)


def assert_each_is_there_once(lab: Laboratory, workspace: "Workspace") -> None:
    assert lab.catch_up() == []
    stored = workspace.query("SELECT name, current FROM datasets ORDER BY name")
    assert [(name.rpartition("/")[2], current) for name, current in stored] == [("t0", 1), ("t1", 1)]
    assert len(lab.pages()) == 2
    assert spool.waiting(lab.home) == []
    left = [path.name for path in (lab.home / "spool").iterdir() if not path.name.startswith(".")]
    assert left == []


def test_nothing_of_the_keys_is_on_the_spool(lab: Laboratory) -> None:
    away(lab, lab.table())
    said = "".join(path.read_text(errors="replace") for path in (lab.home / "spool").rglob("*") if path.is_file())
    for key in ("ntn_of_the_test", "pc_of_the_test", "sk-of-the-test"):
        assert key not in said


def test_commands_say_what_waits_and_what_came_of_it(
    lab: Laboratory, shell: "Shell", monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lab.environment("dual", postgres=False).items():
        monkeypatch.setenv(name, value)
    ran = shell.ingest(lab.table(), "--json")
    assert (ran.code, [one["status"] for one in ran.objects]) == (0, ["spooled"])
    assert "it waits on the spool" in ran.err
    status = shell.amprenta("sync", "status")
    assert status.code == 6
    assert "1 on the spool" in status.out
    assert shell.amprenta("sync", "replay").code == 6
    monkeypatch.setenv("POSTGRES_URL", lab.url)
    ran = shell.ingest(lab.table("other.csv", value=8.0), "--json")
    assert ([one["path"] for one in ran.objects], ran.code) == ([str(lab.table("other.csv", value=8.0))], 0)
    assert "replayed from the spool" in ran.err
    assert "nothing waits" in shell.amprenta("sync", "replay").out
    (doctor,) = [one for one in shell.amprenta("doctor", "--json").objects if one["what"] == "mode"]
    assert doctor["found"].startswith("dual")
