"""``amprenta sync …`` and ``amprenta worker`` as a user runs them: what they print, and their exit codes."""

import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.laboratory import CLOSED, NOTION_KEY, Laboratory, laboratory

from amprenta_core.app import Wish, outside

if TYPE_CHECKING:
    from conftest import Ran, Shell, Start, Workspace

Set = Callable[..., None]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_FIRST_WAIT", 0.001)


@pytest.fixture
def lab(tmp_path: Path, workspace: "Workspace") -> Iterator[Laboratory]:
    with laboratory(tmp_path, workspace.url) as made:
        yield made
        made.held()


@pytest.fixture
def mode(lab: Laboratory, shell: "Shell", monkeypatch: pytest.MonkeyPatch) -> Set:  # after the shell's own
    """Sets the variables of a mode; those that are empty are taken away."""

    def to(name: str, **more: str) -> None:
        for flag in ("ENABLE_NOTION_SYNC", "ENABLE_DUAL_WRITE", "USE_POSTGRES_AS_SOT"):
            monkeypatch.delenv(flag, raising=False)
        for variable, value in lab.environment(name, more).items():
            monkeypatch.setenv(variable, value)

    to("sync")
    return to


def without_secrets(ran: "Ran") -> "Ran":
    for secret in (NOTION_KEY, "pc_of_the_test", "sk-of-the-test"):
        assert secret not in ran.out + ran.err
    return ran


@pytest.mark.usefixtures("mode")
def test_from_ingestion_to_all_in_step(lab: Laboratory, shell: "Shell") -> None:
    ran = shell.ingest(lab.table(), "--program", "Ageing")
    assert ran.code == 0
    status = without_secrets(shell.amprenta("sync", "status"))
    assert status.code == 0
    assert re.search(r"mode sync\n.*sink +items +pending +oldest +failed +in doubt", status.out, re.DOTALL)
    assert [line.split() for line in status.out.splitlines() if "notion" in line] == [
        ["notion", "2", "2", "0", "s", "0", "0"]
    ]
    run = shell.amprenta("sync", "run")
    assert run.code == 0
    assert [line.split() for line in run.out.splitlines() if "pinecone" in line] == [["pinecone", "2", "0", "0", "0"]]
    assert shell.amprenta("sync", "verify").out == "nothing differs\n"
    again = json.loads(shell.amprenta("sync", "run", "--json").out)
    assert [one["sent"] for one in again] == [0, 0, 0]
    (said,) = shell.amprenta("sync", "status", "--json").objects
    assert ([one["pending"] for one in said["sinks"]], said["failures"], said["spooled"]) == ([0, 0, 0], [], [])
    assert said["mode"] == "sync"


def test_an_outage_is_shown_with_what_to_do_and_passes(lab: Laboratory, shell: "Shell", mode: Set) -> None:
    mode("sync", AMPRENTA_SYNC_PATIENCE="5")
    shell.ingest(lab.table())
    lab.notion.stop()
    run = shell.amprenta("sync", "run")
    assert (run.code, "Not all is in step: amprenta sync status says why" in run.out) == (6, True)
    status = shell.amprenta("sync", "status")
    assert "Notion cannot be reached" in status.out
    assert "is tried again by itself" in status.out
    (doctor,) = [one for one in shell.amprenta("doctor", "--json").objects if one["what"] == "notion"]
    assert (doctor["state"], "cannot be reached" in doctor["found"]) == ("note", True)
    lab.notion.start()
    assert re.match(r"\d+ due again: amprenta sync run", shell.amprenta("sync", "retry", "--sink", "notion").out)
    assert shell.amprenta("sync", "run").code == 0
    assert "nothing has failed" in shell.amprenta("sync", "retry").out
    assert shell.amprenta("sync", "retry", "--json").objects == [{"retried": 0}]


@pytest.mark.usefixtures("mode")
def test_a_refusal_waits_for_a_person(lab: Laboratory, shell: "Shell") -> None:
    lab.notion.unshare(lab.sources["dataset"])
    for n in range(3):
        shell.ingest(lab.table(f"t{n}.csv", value=n + 1.0))
    assert shell.amprenta("sync", "run").code == 6
    status = shell.amprenta("sync", "status").out
    assert "and 2 more" in status
    assert "Open the page or database in Notion" in status
    assert "What failed waits for you: mend the cause, then say amprenta sync retry" in status
    (said,) = shell.amprenta("sync", "status", "--json").objects
    assert [(one["sink"], one["failed"]) for one in said["failures"]] == [("notion", True)] * 3
    lab.notion.share(lab.sources["dataset"])
    assert shell.amprenta("sync", "retry", "--json").objects == [{"retried": 3}]
    assert (shell.amprenta("sync", "run").code, len(lab.pages())) == (0, 3)


def test_what_differs_is_told_and_repaired(lab: Laboratory, shell: "Shell", mode: Set) -> None:
    mode("sync", NOTION_TIMEOUT="0.1", PINECONE_TIMEOUT="0.1", OPENAI_TIMEOUT="0.1", AMPRENTA_SYNC_PATIENCE="0.001")
    shell.ingest(lab.table())
    shell.amprenta("sync", "run")
    time.sleep(0.3)
    lab.pinecone.emptied()
    differs = shell.amprenta("sync", "verify", "--sink", "pinecone")
    assert differs.code == 1
    assert "missing" in differs.out
    assert "Put it right with: amprenta sync verify --repair" in differs.out
    (one,) = shell.amprenta("sync", "verify", "--json").objects
    assert (one["sink"], one["what"], one["kind"], one["repaired"]) == ("pinecone", "missing", "dataset", False)
    repaired = shell.amprenta("sync", "verify", "--repair")
    assert (repaired.code, "the rest is due again" in repaired.out) == (0, True)
    assert shell.amprenta("sync", "run").code == 0
    assert shell.amprenta("sync", "verify").code == 0
    assert len(lab.vector_items()) == 1


@pytest.mark.usefixtures("mode")
def test_a_sink_that_is_off_or_unknown_is_told(shell: "Shell") -> None:
    for command in ("retry", "verify"):
        ran = shell.amprenta("sync", command, "--sink", "slack")
        assert (ran.code, "These are: notion, pgvector, pinecone" in ran.err) == (2, True)


def test_without_any_sink_every_command_has_a_plain_answer(shell: "Shell", workspace: "Workspace") -> None:
    assert "no sink is switched on" in shell.amprenta("sync", "status").out
    assert "no sink is switched on" in shell.amprenta("sync", "run").out
    assert "nothing waits on the spool" in shell.amprenta("sync", "replay").out
    assert "nothing differs" in shell.amprenta("sync", "verify").out
    assert "there is nothing to do" in shell.amprenta("worker").err
    for command in ("setup-notion", "pull-notion"):
        ran = shell.amprenta("sync", command)
        assert (ran.code, "Set NOTION_API_KEY" in ran.err) == (2, True)
    assert workspace.one("SELECT count(*) FROM sink_state") == 0


def test_rollback_says_who_leads(lab: Laboratory, shell: "Shell", mode: Set) -> None:
    mode("rollback", POSTGRES_URL=CLOSED)
    ran = shell.ingest(lab.table())
    assert (ran.code, "spooled" in ran.out, "it waits on the spool" in ran.out) == (0, True, True)
    status = shell.amprenta("sync", "status")
    assert (status.code, "Notion leads" in status.out, "1 on the spool" in status.out) == (0, True, True)
    for command in (("run",), ("replay",), ("verify",)):
        ran = shell.amprenta("sync", *command)
        assert (ran.code, "rollback mode" in ran.err, "USE_POSTGRES_AS_SOT=true" in ran.err) == (2, True, True)
    assert shell.amprenta("worker").code == 2
    doctor = shell.amprenta("doctor")
    assert (doctor.code, "rollback: Notion leads" in doctor.out, "1 wait for Postgres" in doctor.out) == (0, True, True)


def test_a_page_now_in_the_default_mode(lab: Laboratory, shell: "Shell", mode: Set) -> None:
    mode("default")
    (one,) = shell.ingest(lab.table(), "--create-page", "--json").objects
    assert one["notion_page_id"] == lab.pages()[0]["id"]
    assert lab.pages()[0]["id"] in shell.ingest(lab.table(), "--create-page").out
    assert "notion (off)" in shell.amprenta("sync", "status").out


@pytest.mark.usefixtures("mode")
def test_waiting_ends_when_all_is_in_step(lab: Laboratory, shell: "Shell") -> None:
    (one,) = shell.ingest(lab.table(), "--wait", "--json").objects
    assert (one["notion_page_id"], len(lab.vector_items())) == (lab.pages()[0]["id"], 1)


@pytest.mark.usefixtures("mode")
def test_a_deleted_dataset_is_taken_away_everywhere(lab: Laboratory, shell: "Shell") -> None:
    shell.ingest(lab.table(), "--wait")
    refused = shell.amprenta("datasets", "delete", "files/plasma")
    assert (refused.code, "--yes" in refused.err) == (2, True)
    (told,) = shell.amprenta("datasets", "delete", "files/plasma", "--yes", "--json").objects
    assert set(told) == {"deleted"}
    assert shell.amprenta("sync", "run").code == 0
    assert (lab.pages(), lab.vector_items(), shell.amprenta("sync", "verify").code) == ([], [], 0)
    assert shell.amprenta("datasets", "delete", "files/plasma", "--yes").code == 5


def test_the_databases_are_checked_and_made(lab: Laboratory, shell: "Shell", mode: Set) -> None:
    ran = without_secrets(shell.amprenta("sync", "setup-notion"))
    assert (ran.code, ran.out.count("ok  ")) == (0, 4)
    lab.notion.person_retypes_property(lab.sources["dataset"], "Amprenta ID", {"number": {}})
    ran = shell.amprenta("sync", "setup-notion")
    assert (ran.code, "BAD  dataset: Amprenta ID" in ran.out) == (2, True)
    found = json.loads(shell.amprenta("sync", "setup-notion", "--json").out)
    assert {one["kind"] for one in found if not one["ok"]} == {"dataset"}
    mode("sync", NOTION_DATASET_DATA_SOURCE_ID="")
    page = lab.notion.add_page("Another home")
    ran = shell.amprenta("sync", "setup-notion", "--create", "--parent", page)
    assert (ran.code, "Set NOTION_DATASET_DATA_SOURCE_ID=" in ran.out) == (0, True)


@pytest.mark.usefixtures("mode")
def test_what_people_wrote_is_read_back(lab: Laboratory, shell: "Shell") -> None:
    page = lab.notion.add_page("Protocol 7")
    lab.notion.person_writes(page, "Shake gently.")
    assert shell.amprenta("sync", "pull-notion", page).out == "1 pages looked at, 1 new, changed or gone\n"
    (said,) = shell.amprenta("sync", "pull-notion", "2" * 32, "--json").objects
    assert (said["pages"], said["changed"], len(said["unread"])) == (2, 0, 1)


WORKER = """
import sys
from amprenta_core.cli.main import main
sys.exit(main(["worker"]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_sends_what_comes_and_stops_when_told(
    lab: Laboratory, start: "Start", workspace: "Workspace", number: signal.Signals
) -> None:
    process = start(WORKER, environment=lab.environment("sync"))
    assert process.stderr is not None
    assert process.stderr.readline() == "keeping in step: notion, pgvector, pinecone\n"
    (outcome,) = lab.app("sync").ingest([str(lab.table())], Wish())
    until = time.monotonic() + 30
    while time.monotonic() < until and workspace.one(
        "SELECT count(*) FROM sink_state WHERE wanted IS DISTINCT FROM sent"
    ):
        time.sleep(0.05)
    assert lab.page_ids() == [str(outcome.dataset_id)]
    process.send_signal(number)
    _, err = process.communicate(timeout=15)
    assert (process.returncode, err) == (0, "")


def test_json_is_one_object_a_line_and_nothing_else(lab: Laboratory, shell: "Shell", mode: Set) -> None:
    mode("dual", POSTGRES_URL=CLOSED)
    ran = shell.ingest(lab.table(), "--json")
    assert [json.loads(line)["status"] for line in ran.out.splitlines()] == ["spooled"]
    (status,) = shell.amprenta("sync", "status", "--json").objects
    assert (status["sinks"], len(status["spooled"]), "does not answer" in status["error"]) == ([], 1, True)
    mode("dual")
    (one,) = shell.amprenta("sync", "replay", "--json").objects
    assert (one["status"], one["notion_page_id"]) == ("created", lab.pages()[0]["id"])
