"""What people wrote in Notion, kept with where it came from, found by search, and gone when it is gone there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from fakes.laboratory import Laboratory, laboratory

from amprenta_core.app import App, Wish

if TYPE_CHECKING:
    from conftest import Workspace


@pytest.fixture
def lab(tmp_path: Path, workspace: "Workspace") -> Iterator[Laboratory]:
    with laboratory(tmp_path, workspace.url) as made:
        yield made
        made.held()


@pytest.fixture
def app(lab: Laboratory) -> App:
    made = lab.app("sync")
    list(made.ingest([str(lab.table())], Wish(program="Ageing")))
    assert lab.catch_up() == []
    return made


def long_ago(lab: Laboratory) -> None:
    """All that was written was written some time ago: pages that were read since are not read again."""
    for page in lab.notion.pages:
        lab.notion.backdate(page, datetime.now(UTC) - timedelta(hours=1))


def narratives(workspace: "Workspace") -> list[tuple[Any, ...]]:
    return workspace.query("SELECT title, text, kind, item_id FROM narratives ORDER BY title")


def vectors(lab: Laboratory) -> list[dict[str, Any]]:
    found = [record for some in lab.pinecone.vectors.values() for record in some.values()]
    return [record["metadata"] for record in found if record["metadata"]["kind"] == "narrative"]


def test_what_stands_on_an_items_page_is_kept_as_said_of_it(lab: Laboratory, app: App, workspace: "Workspace") -> None:
    (page,) = lab.pages()
    lab.notion.person_writes(page["id"], "The freezer broke on day 3.")
    assert app.pull_notion() == {"pages": 2, "changed": 1, "unread": []}
    dataset = workspace.one("SELECT id FROM datasets")
    assert narratives(workspace) == [("files/plasma", "The freezer broke on day 3.", "dataset", dataset)]
    assert workspace.one("SELECT notion_page_id FROM narratives") == page["id"]
    assert lab.catch_up() == []
    (said,) = vectors(lab)
    item = workspace.one("SELECT id FROM narratives")
    assert (said["item"], "freezer broke" in said["text"]) == (str(item), True)
    chunks = workspace.query("SELECT item_id, text FROM chunks WHERE kind = 'narrative'")
    assert [(UUID(str(owner)), "freezer broke" in text) for owner, text in chunks] == [(item, True)]
    assert len(lab.pages()) == 1  # no page is made of what came from one


def test_what_is_unchanged_is_not_read_again_and_embedded_once(
    lab: Laboratory, app: App, workspace: "Workspace"
) -> None:
    (page,) = lab.pages()
    lab.notion.person_writes(page["id"], "The freezer broke on day 3.")
    long_ago(lab)
    app.pull_notion()
    lab.catch_up()
    paid, before = len(lab.openai.embedded), narratives(workspace)
    blocks = lab.notion.count("GET", f"/v1/blocks/{page['id']}")
    assert app.pull_notion()["changed"] == 0
    assert lab.catch_up() == []
    assert (len(lab.openai.embedded), narratives(workspace)) == (paid, before)
    assert lab.notion.count("GET", f"/v1/blocks/{page['id']}") == blocks


def test_pages_and_data_sources_of_peoples_own_are_read_where_they_are_named(
    lab: Laboratory, app: App, workspace: "Workspace"
) -> None:
    notebook = lab.notion.add_data_source("Notebook", {"Name": {"title": {}}})
    row = lab.notion.person_adds_page(notebook, "Extraction")
    lab.notion.person_writes(row, "MTBE was old.")
    page = lab.notion.add_page("Protocol 7")
    lab.notion.person_writes(page, "Shake gently.")
    found = app.pull_notion([page, "11111111111111111111111111111111"], [notebook])
    assert found["changed"] == 2
    (unread,) = found["unread"]
    assert "11111111" in unread
    assert narratives(workspace) == [
        ("Extraction", "MTBE was old.", None, None),
        ("Protocol 7", "Shake gently.", None, None),
    ]
    assert lab.catch_up() == []
    assert sorted(said["name"] for said in vectors(lab)) == ["Extraction", "Protocol 7"]
    lab.notion.person_writes(page, "Not so gently.")
    assert app.pull_notion()["changed"] == 1  # what was read once is looked at again by itself
    assert "Not so gently." in workspace.one("SELECT text FROM narratives WHERE title = 'Protocol 7'")


@pytest.mark.parametrize("way", ["erased", "in the trash"])
def test_text_that_vanished_is_taken_away(lab: Laboratory, app: App, workspace: "Workspace", way: str) -> None:
    page = lab.notion.add_page("Protocol 7")
    block = lab.notion.person_writes(page, "Shake gently.")
    app.pull_notion([page])
    assert (lab.catch_up(), len(vectors(lab))) == ([], 1)
    lab.notion.person_trashes(block if way == "erased" else page)
    assert app.pull_notion()["changed"] == 1
    assert lab.catch_up() == []
    assert (narratives(workspace), vectors(lab)) == ([], [])
    assert workspace.one("SELECT count(*) FROM chunks WHERE kind = 'narrative'") == 0


def test_what_was_said_of_a_dataset_outlives_it(lab: Laboratory, app: App, workspace: "Workspace") -> None:
    (page,) = lab.pages()
    lab.notion.person_writes(page["id"], "The freezer broke on day 3.")
    app.pull_notion()
    assert lab.catch_up() == []
    app.delete_dataset("files/plasma")
    assert lab.catch_up() == []
    assert lab.page_ids() == [""]  # the page is people's now
    app.pull_notion()
    assert narratives(workspace)[0][1:] == ("The freezer broke on day 3.", None, None)
