"""What a worker that is killed while it sends leaves to the next one: it knows what may be there, and since when."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from fakes.openai import OpenAIFake
from fakes.shelf import QUICK, open_shelf

from amprenta_core.app import App, Wish
from amprenta_core.errors import AmprentaError
from amprenta_core.outgoing import Outgoing, Vector
from amprenta_core.settings import EmbedderSettings
from amprenta_core.store.vectors import PgVectorIndex
from amprenta_core.sync import drain
from amprenta_core.testing.sinks import MemorySink

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Workspace

NOBODY = "http://127.0.0.1:9/v1"
"""Where no embedder is."""


class Killed(BaseException):
    """Nothing is noted after it, as after kill -9."""


@pytest.fixture
def searching(workspace: "Workspace") -> Iterator[App]:
    """An app whose texts get vectors in its own database."""
    with OpenAIFake() as openai:
        embedder = EmbedderSettings(key="k", base_url=f"{openai.url}/v1", dimensions=8, requests_per_second=1000)
        made = App(settings=evolve(workspace.settings, embedder=embedder))
        yield made
        made.database.close()


def ingest(app: App, path: "Path", value: float) -> None:
    path.write_text(f"name,s1,s2\nPC 34:1,{value},2.5\n")
    [outcome] = list(app.ingest([str(path)], Wish(update=True, description=f"of {value}")))
    assert outcome.error is None


def test_vectors_of_a_killed_update_are_taken_away_by_the_next(
    searching: App, workspace: "Workspace", folder: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    write = PgVectorIndex.upsert

    def die(index: PgVectorIndex, vectors: Sequence[Vector]) -> Mapping[str, AmprentaError]:
        write(index, vectors)
        raise Killed

    ingest(searching, folder / "a.csv", 1.5)
    searching.sync_run()
    ingest(searching, folder / "a.csv", 2.5)
    with monkeypatch.context() as patched:
        patched.setattr(PgVectorIndex, "upsert", die)
        with pytest.raises(Killed):
            searching.sync_run()
    assert workspace.one("SELECT count(*) FROM vectors") == 2

    ingest(searching, folder / "a.csv", 3.5)
    searching.sync_run()
    assert workspace.query("SELECT id FROM vectors") == workspace.query("SELECT id FROM chunks")


def test_the_doubt_about_an_item_begins_when_it_is_its_turn(workspace: "Workspace") -> None:
    since: list[datetime] = []

    def look(item: Outgoing) -> None:
        since.append(shelf.state(item.key)["in_doubt_since"])

    shelf = open_shelf(workspace.settings, MemorySink(before=look))
    for n in range(4):
        shelf.put("dataset", f"d{n}")
    assert drain(shelf.services, "memory", evolve(QUICK, settle=0.0), Event()).sent == 4
    assert since == sorted(set(since)), "what came late in the batch was not noted anew"
    shelf.database.close()


def test_texts_of_a_dataset_that_was_deleted_before_any_sink_had_it_go_with_it(
    searching: App, workspace: "Workspace", folder: "Path"
) -> None:
    assert searching.settings.embedder is not None
    away = App(settings=evolve(searching.settings, embedder=evolve(searching.settings.embedder, base_url=NOBODY)))
    ingest(away, folder / "a.csv", 1.5)
    assert away.sync_run()[0]["postponed"] == 1
    assert workspace.one("SELECT count(*) FROM chunks") == 1
    away.delete_dataset(f"{folder.name}/a")
    assert workspace.one("SELECT count(*) FROM chunks") == 0
    away.database.close()
