"""Each mode with each of Postgres, Notion and Pinecone up or down: what an ingestion does, and that nothing is lost."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import frozen
from fakes.laboratory import Laboratory, laboratory

from amprenta_core import spool
from amprenta_core.app import Outcome, Wish, outside
from amprenta_core.errors import SettingsError, SinkUnavailable, exit_code
from amprenta_core.settings import from_environment

if TYPE_CHECKING:
    from conftest import Workspace

NAME = "files/plasma"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_FIRST_WAIT", 0.001)


@pytest.fixture
def lab(tmp_path: Path, workspace: "Workspace") -> Iterator[Laboratory]:
    with laboratory(tmp_path, workspace.url) as made:
        yield made
        made.held()


@frozen
class Weather:
    """What is up. ``mode`` is as the table has it: Postgres-less is rollback without a database."""

    mode: str
    postgres: bool
    notion: bool
    pinecone: bool

    def __str__(self) -> str:
        up = [name for name in ("postgres", "notion", "pinecone") if getattr(self, name)]
        return f"{self.mode}: {'+'.join(up) or 'nothing'} up"

    @property
    def spools(self) -> bool:
        return self.mode in {"rollback", "postgres-less"} or (self.mode == "dual" and not self.postgres)

    @property
    def flags(self) -> str:
        return "rollback" if self.mode == "postgres-less" else self.mode


WEATHERS = [
    Weather(mode, postgres, notion, pinecone)
    for mode in ("default", "sync", "dual", "rollback", "postgres-less")
    for postgres, notion, pinecone in product((True, False), repeat=3)
    if not (mode == "postgres-less" and postgres)
]


def ingest(lab: Laboratory, weather: Weather) -> list[Outcome]:
    for fake, up in ((lab.notion, weather.notion), (lab.pinecone, weather.pinecone)):
        if not up:
            fake.stop()
    app = lab.app(weather.flags, postgres=weather.postgres)
    return list(app.ingest([str(lab.table())], Wish(description="as measured")))


@pytest.mark.parametrize("weather", WEATHERS, ids=str)
def test_an_ingestion_loses_nothing_whatever_is_down(lab: Laboratory, workspace: "Workspace", weather: Weather) -> None:
    if not weather.postgres and not weather.spools:
        with pytest.raises(SinkUnavailable) as told:
            ingest(lab, weather)
        assert exit_code(told.value) == 6
        assert (spool.waiting(lab.home), lab.pages()) == ([], [])
        weather = Weather(weather.mode, postgres=True, notion=weather.notion, pinecone=weather.pinecone)
    (outcome,) = ingest(lab, weather)
    assert (outcome.status, outcome.error) == ("spooled" if weather.spools else "created", None)
    assert outcome.name == NAME
    stored = 0 if weather.spools else 1
    assert workspace.one("SELECT count(*) FROM datasets") == stored
    assert len(spool.waiting(lab.home)) == 1 - stored
    at_once = weather.spools and weather.notion
    assert len(lab.pages()) == int(at_once)
    assert (outcome.notion_page_id is not None) == at_once
    embedded_at_once = weather.flags == "rollback" and weather.pinecone
    assert lab.vector_items() == ([f"dataset:{outcome.dataset_id}"] if embedded_at_once else [])
    assert_all_is_there_in_the_end(lab, workspace, weather, outcome)


def assert_all_is_there_in_the_end(lab: Laboratory, workspace: "Workspace", weather: Weather, outcome: Outcome) -> None:
    """Everything is up again, and the mode is one in which Postgres leads: one dataset, one page, its vectors."""
    mode = "default" if weather.mode == "default" else "sync"
    assert lab.catch_up(mode) == []
    assert spool.waiting(lab.home) == []
    ((dataset, description, page),) = workspace.query("SELECT id, description, notion_page_id FROM datasets")
    assert (dataset, description) == (outcome.dataset_id, "as measured")
    assert lab.page_ids() == ([] if mode == "default" else [str(dataset)])
    if mode == "sync":
        assert page == lab.pages()[0]["id"]
        assert outcome.notion_page_id in (None, page)
    assert lab.vector_items() == [f"dataset:{dataset}"]
    assert workspace.one("SELECT count(*) > 0 FROM vectors")
    pages = len(lab.notion.pages)
    assert lab.catch_up(mode) == []  # and again: nothing is left to do
    assert len(lab.notion.pages) == pages


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"USE_POSTGRES_AS_SOT": "false", "ENABLE_DUAL_WRITE": "true"}, "is no mode"),
        (
            {"USE_POSTGRES_AS_SOT": "false", "ENABLE_DUAL_WRITE": "true", "ENABLE_NOTION_SYNC": "true"},
            "is no mode",
        ),
        ({"ENABLE_NOTION_SYNC": "true"}, "NOTION_API_KEY is not set"),
        ({"ENABLE_DUAL_WRITE": "true"}, "NOTION_API_KEY is not set"),
        ({"USE_POSTGRES_AS_SOT": "false"}, "NOTION_API_KEY is not set"),
    ],
)
def test_a_combination_that_is_no_mode_is_refused(tmp_path: Path, flags: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        from_environment({"HOME": str(tmp_path), **flags}, dotenv=tmp_path / "no.env")


def test_either_word_on_notion_gives_dual_and_rollback(tmp_path: Path) -> None:
    for sync in ("true", "false"):
        given = {"HOME": str(tmp_path), "NOTION_API_KEY": "k", "ENABLE_NOTION_SYNC": sync}
        modes = [
            from_environment({**given, **flags}, dotenv=tmp_path / "no.env").mode
            for flags in ({"ENABLE_DUAL_WRITE": "true"}, {"USE_POSTGRES_AS_SOT": "false"})
        ]
        assert modes == ["dual", "rollback"]


def test_switching_notion_on_makes_pages_of_all_that_is_stored(lab: Laboratory, workspace: "Workspace") -> None:
    app = lab.app("default")
    for n in range(3):
        list(app.ingest([str(lab.table(f"t{n}.csv", value=n + 1.0))], Wish(program="Ageing")))
    assert (lab.pages(), lab.catch_up("sync")) == ([], [])
    assert (len(lab.pages()), len(lab.pages("program"))) == (3, 1)
    assert workspace.one("SELECT count(*) FROM datasets WHERE notion_page_id IS NULL") == 0


def test_switching_a_sink_off_for_one_run_forgets_nothing(lab: Laboratory, workspace: "Workspace") -> None:
    path = lab.table()
    list(lab.app("sync").ingest([str(path)], Wish()))
    assert lab.catch_up() == []
    (page,), vectors = lab.pages(), lab.vector_items()
    bare = lab.app("default", dict.fromkeys(("PINECONE_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"), ""))
    lab.table(value=5.0)
    (outcome,) = bare.ingest([str(path)], Wish(update=True))
    assert (outcome.status, bare.sync_run()) == ("updated", [])
    assert (lab.pages(), lab.vector_items()) == ([page], vectors)
    assert lab.catch_up() == []
    ((again,), revision) = lab.pages(), workspace.one("SELECT current FROM datasets")
    assert (again["id"], revision, lab.vector_items()) == (page["id"], 2, vectors)
    assert "Revision: 2" in " ".join(lab.notion.texts(page["id"]))


def test_datasets_of_the_same_content_are_deleted_each_on_its_own(lab: Laboratory) -> None:
    app, path = lab.app("sync"), lab.table()
    for name in ("first", "second"):
        list(app.ingest([str(path)], Wish(name=name)))
    assert lab.catch_up() == []
    assert (len(lab.pages()), len(lab.vector_items())) == (2, 2)
    app.delete_dataset("first")
    assert lab.catch_up() == []
    (left,) = app.list_datasets()
    assert (left["name"], lab.page_ids()) == ("second", [str(left["id"])])
    assert lab.vector_items() == [f"dataset:{left['id']}"]
    app.delete_dataset("second")
    assert lab.catch_up() == []
    assert (lab.pages(), lab.vector_items()) == ([], [])


def test_ingesting_some_files_again_never_touches_the_others(lab: Laboratory) -> None:
    app = lab.app("sync")
    paths = [lab.table(f"t{n}.csv", value=n + 1.0) for n in range(3)]
    list(app.ingest([str(path) for path in paths], Wish()))
    assert lab.catch_up() == []
    before = {page["id"]: page["last_edited_time"] for page in lab.pages()}
    paid = len(lab.openai.embedded)
    list(app.ingest([str(paths[0])], Wish()))
    assert lab.catch_up() == []
    assert {page["id"]: page["last_edited_time"] for page in lab.pages()} == before
    assert (len(lab.openai.embedded), len(lab.vector_items())) == (paid, 3)


def test_rollback_leaves_postgres_alone_and_going_back_brings_the_page_in_step(
    lab: Laboratory, workspace: "Workspace"
) -> None:
    path = lab.table()
    list(lab.app("sync").ingest([str(path)], Wish()))
    assert lab.catch_up() == []
    before = workspace.rows()
    (page,) = lab.pages()
    lab.notion.person_writes(page["id"], "the freezer broke on day 3")
    away = lab.app("rollback")
    (outcome,) = away.ingest([str(path)], Wish(description="again"))
    assert (outcome.status, outcome.notion_page_id) == ("spooled", page["id"])
    for forbidden in (away.sync_run, lambda: list(away.replay())):
        with pytest.raises(SettingsError, match="rollback mode"):
            forbidden()
    assert workspace.rows() == before
    assert lab.catch_up() == []
    assert [one["id"] for one in lab.pages()] == [page["id"]]
    texts = " ".join(lab.notion.texts(page["id"]))
    assert ("the freezer broke on day 3" in texts, "Revision" in texts) == (True, True)
    assert lab.vector_items() == [f"dataset:{outcome.dataset_id}"]


def test_a_page_is_made_now_in_any_mode_that_stores(lab: Laboratory, workspace: "Workspace") -> None:
    (outcome,) = lab.app("default").ingest([str(lab.table())], Wish(create_page=True))
    assert lab.page_ids() == [str(outcome.dataset_id)]
    assert outcome.notion_page_id == workspace.one("SELECT notion_page_id FROM datasets")
    (again,) = lab.app("sync").ingest([str(lab.table())], Wish(create_page=True))
    assert (again.status, again.notion_page_id, len(lab.pages())) == ("unchanged", outcome.notion_page_id, 1)


def test_a_page_that_cannot_be_made_is_said_before_anything_is_stored(lab: Laboratory, workspace: "Workspace") -> None:
    for missing, said in (("NOTION_API_KEY", "needs Notion"), ("NOTION_DATASET_DATA_SOURCE_ID", "no database")):
        app = lab.app("default", {missing: ""})
        with pytest.raises(SettingsError, match=said):
            list(app.ingest([str(lab.table())], Wish(create_page=True)))
    assert workspace.one("SELECT count(*) FROM datasets") == 0


def test_waiting_waits_for_all_sinks(lab: Laboratory) -> None:
    lab.notion.faults.next("503", count=2)
    (outcome,) = lab.app("sync").ingest([str(lab.table())], Wish(wait=True))
    assert (outcome.note, [page["id"] for page in lab.pages()]) == (None, [outcome.notion_page_id])
    assert lab.vector_items() == [f"dataset:{outcome.dataset_id}"]


def test_a_sink_that_is_down_leaves_a_note_and_not_a_failure(lab: Laboratory) -> None:
    lab.notion.stop()
    (outcome,) = lab.app("sync").ingest([str(lab.table())], Wish(create_page=True))
    assert (outcome.status, outcome.error, outcome.notion_page_id) == ("created", None, None)
    assert outcome.note is not None
    assert "notion" in outcome.note
