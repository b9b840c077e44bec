"""Other programs create entities in Postgres and Notion: known by their names, never twice, with one id everywhere."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from fakes.laboratory import CLOSED, Laboratory, laboratory

from amprenta_core import spool
from amprenta_core.app import DualWriteManager, outside
from amprenta_core.errors import NotFound, SettingsError, SinkUnavailable

if TYPE_CHECKING:
    from conftest import Workspace

SIGNATURE = {
    "name": "Ceramides up",
    "description": "of insulin resistance",
    "components": [
        {"feature_type": "lipid", "name": "Cer 34:1", "direction": "up", "weight": 2.0},
        {"feature_type": "lipid", "name": "PC 34:1", "direction": "down"},
    ],
}
PROGRAM = {"name": "Ageing", "description": "how we age", "disease": "ALS", "external_ids": {"grant": "7"}}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_FIRST_WAIT", 0.001)


@pytest.fixture
def lab(tmp_path: Path, workspace: "Workspace") -> Iterator[Laboratory]:
    with laboratory(tmp_path, workspace.url) as made:
        yield made
        made.held()


def create_all(manager: DualWriteManager, lab: Laboratory) -> dict[str, UUID]:
    program = manager.create_program(PROGRAM)
    experiment = manager.create_experiment({"name": "Exp 1", "description": "mice", "program_id": program})
    dataset = {
        "name": "plasma",
        "description": "as measured",
        "file_paths": [lab.table()],
        "program": "Ageing",
        "experiment": "Exp 1",
        "external_ids": {"lims": "12"},
    }
    return {
        "program": program,
        "experiment": experiment,
        "signature": manager.create_signature(SIGNATURE),
        "dataset": manager.create_dataset(dataset),
    }


def content(workspace: "Workspace") -> list[tuple[Any, ...]]:
    return [
        *workspace.query("SELECT id, name, description, disease, external_ids FROM programs"),
        *workspace.query("SELECT id, name, description, program_id FROM experiments"),
        *workspace.query("SELECT id, name, description, program_id, experiment_id, external_ids FROM datasets"),
        *workspace.query("SELECT s.id, s.name, c.name, direction, weight FROM signatures s "
                         "JOIN signature_components c ON c.signature_id = s.id ORDER BY position"),
    ]  # fmt: skip


def test_what_is_created_twice_is_there_once_under_one_id(lab: Laboratory, workspace: "Workspace") -> None:
    manager = DualWriteManager(lab.app("sync"))
    made = create_all(manager, lab)
    first = content(workspace)
    assert create_all(manager, lab) == made
    assert content(workspace) == first
    assert lab.catch_up() == []
    assert {kind: lab.page_ids(kind) for kind in made} == {kind: [str(item)] for kind, item in made.items()}
    assert first[0] == (made["program"], "Ageing", "how we age", "ALS", {"grant": "7"})
    assert first[1][3] == made["program"]
    assert first[2][3:] == (made["program"], made["experiment"], {"lims": "12"})
    assert [row[2:] for row in first[3:]] == [("Cer 34:1", "up", 2.0), ("PC 34:1", "down", None)]


@pytest.mark.parametrize("way", ["Postgres is down", "Postgres is off"])
def test_ids_are_the_same_when_postgres_comes_back(lab: Laboratory, workspace: "Workspace", way: str) -> None:
    down = way == "Postgres is down"
    lab.app("sync").list_datasets()  # seen once
    manager = DualWriteManager(lab.app("dual", postgres=not down), enable_postgres=down)
    made = create_all(manager, lab)
    assert create_all(manager, lab) == made
    assert all(lab.page_ids(kind) == [str(item)] for kind, item in made.items())
    assert (content(workspace), len(spool.waiting(lab.home))) == ([], 10)
    assert lab.catch_up() == []
    assert {kind: lab.page_ids(kind) for kind in made} == {kind: [str(item)] for kind, item in made.items()}
    back = DualWriteManager(lab.app("sync"))
    assert create_all(back, lab) == made


def test_notion_is_written_while_it_leads_and_shows_all_that_was_said(lab: Laboratory) -> None:
    manager = DualWriteManager(settings=lab.settings("rollback"), enable_postgres=False)
    manager.create_signature(SIGNATURE)
    (page,) = lab.pages("signature")
    assert page["properties"]["Name"]["title"][0]["plain_text"] == "Ceramides up"
    assert any("Cer 34:1" in str(dict(block)) for block in lab.notion.blocks.values())


def test_postgres_alone_asks_notion_for_nothing(lab: Laboratory, workspace: "Workspace") -> None:
    asked = len(lab.notion.requests)
    made = create_all(DualWriteManager(lab.app("sync"), enable_notion=False), lab)
    assert (len(content(workspace)), len(lab.notion.requests)) == (5, asked)
    assert lab.catch_up() == []  # switched on: pages follow
    assert lab.page_ids() == [str(made["dataset"])]


def test_the_address_of_a_database_will_do(
    lab: Laboratory, workspace: "Workspace", monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lab.environment("sync", postgres=False).items():
        monkeypatch.setenv(name, value)
    DualWriteManager(workspace.url).create_program(PROGRAM)
    assert workspace.one("SELECT count(*) FROM programs") == 1
    with pytest.raises(SinkUnavailable):
        DualWriteManager(CLOSED, enable_notion=False).create_program(PROGRAM)


def test_a_dataset_is_brought_up_to_date(lab: Laboratory, workspace: "Workspace") -> None:
    manager = DualWriteManager(lab.app("sync"))
    made = manager.create_dataset({"name": "plasma", "file_paths": [str(lab.table())], "description": "first"})
    assert manager.create_dataset({"name": "plasma", "description": "second"}) == made
    other = lab.table("other.csv", value=9.0)
    assert manager.create_dataset({"name": "plasma", "file_paths": [str(other), "b.raw"]}) == made
    row = workspace.query("SELECT description, current, external_ids FROM datasets")
    assert row == [("second", 2, {"file_paths": [str(other), "b.raw"]})]


@pytest.mark.parametrize("mode", ["sync", "rollback"])
@pytest.mark.parametrize(
    ("create", "values", "said"),
    [
        ("create_program", {"name": "P", "colour": "red"}, "has no colour"),
        ("create_program", {"description": "nameless"}, "has no name"),
        ("create_experiment", {"name": "E", "disease": "ALS"}, "has no disease"),
        ("create_signature", {"name": "S", "program_id": "x"}, "has no program_id"),
        ("create_dataset", {"name": "D", "file_paths": ["t.csv"], "colour": "red"}, "has no colour"),
        ("create_dataset", {"name": "D", "program": "P"}, "comes with its file"),
        ("create_dataset", {"description": "nameless"}, "has no name"),
        ("create_dataset", {"name": "D", "file_paths": ["/"]}, "is a folder"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    lab: Laboratory, workspace: "Workspace", mode: str, create: str, values: dict[str, Any], said: str
) -> None:
    manager = DualWriteManager(lab.app(mode), enable_postgres=mode == "sync")
    made: Callable[[dict[str, Any]], UUID] = getattr(manager, create)
    with pytest.raises(SettingsError, match=said):
        made(values)
    assert (content(workspace), spool.waiting(lab.home)) == ([], [])


@pytest.mark.parametrize("component", [{"name": "PC 34:1"}, {"feature_type": "lipid", "name": "x", "direction": "off"}])
def test_a_component_that_makes_no_sense_is_refused(lab: Laboratory, component: dict[str, str]) -> None:
    for mode in ("sync", "rollback"):
        manager = DualWriteManager(lab.app(mode), enable_postgres=mode == "sync")
        with pytest.raises(SettingsError, match="component"):
            manager.create_signature({"name": "S", "components": [component]})
    assert spool.waiting(lab.home) == []


def test_a_dataset_that_there_is_not_needs_a_file(lab: Laboratory) -> None:
    manager = DualWriteManager(lab.app("sync"))
    with pytest.raises(NotFound, match="there is no dataset"):
        manager.create_dataset({"name": "nowhere", "description": "d"})
    with pytest.raises(NotFound, match="is not there"):
        manager.create_dataset({"name": "D", "file_paths": ["gone.csv"]})


def test_something_must_be_written_and_notion_needs_its_key(lab: Laboratory) -> None:
    with pytest.raises(SettingsError, match="neither"):
        DualWriteManager(lab.app("sync"), enable_notion=False, enable_postgres=False)
    with pytest.raises(SettingsError, match="NOTION_API_KEY"):
        DualWriteManager(lab.app("default", {"NOTION_API_KEY": ""}))
