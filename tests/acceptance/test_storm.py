"""The promise of the outbox, tried: everything fails in every way, and in the end all systems say the same, once.

``AMPRENTA_STORM_DATASETS`` (30) is the size, ``AMPRENTA_STORM_SEED`` (1) chooses the faults and the kills.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from fakes.faults import STORM
from sqlalchemy import text
from storming import looking
from storming.place import COMMAND, WORKER, Place, Services, services
from storming.weather import RESTLESS, Sky, blowing, plan, together

from amprenta_core.app import App
from amprenta_core.settings import from_environment

DATASETS = int(os.environ.get("AMPRENTA_STORM_DATASETS", "30"))
SEED = int(os.environ.get("AMPRENTA_STORM_SEED", "1"))
RATE, LONGEST_STORM = 0.05, 15.0
"""The share of requests that meet a fault; seconds that the storm goes on for, until each fault was met."""
TIMEOUT, PATIENCE = 0.7, 0.04
DEADLINE = 30 + DATASETS
"""Seconds after the storm until nothing may be pending."""
SETTINGS = {
    "ENABLE_NOTION_SYNC": "true",
    "NOTION_REQUESTS_PER_SECOND": "300",  # 100 times what Notion gives
    "PINECONE_REQUESTS_PER_SECOND": "300",
    "OPENAI_REQUESTS_PER_SECOND": "300",
    **{f"{name}_TIMEOUT": str(TIMEOUT) for name in ("NOTION", "PINECONE", "OPENAI")},
    "AMPRENTA_SYNC_PATIENCE": str(PATIENCE),
}


@pytest.fixture
def outside() -> Iterator[Services]:
    with services(hang_seconds=2 * TIMEOUT, slow_seconds=0.2) as made:
        yield made


@pytest.fixture
def place(short_home: Path, folder: Path, outside: Services) -> Place:
    """A home with databases in Notion."""
    bare = Place(folder=folder, environment={"AMPRENTA_HOME": str(short_home), **SETTINGS, **outside.environment})
    made = bare.with_notion(outside.notion)
    for fake in outside.all:
        fake.keys_seen.clear()
    return made


@pytest.fixture
def app(place: Place) -> Iterator[App]:
    made = App(settings=from_environment(place.settings(COMMAND), dotenv=place.folder / "none"))
    yield made
    made.database.close()


def dumped(app: App, sky: Sky) -> str:
    told = {"status": app.sync_status(), "failures": app.sync_failures(), "troubles": sky.troubles}
    logs = "\n".join(sky.workers.log(n).read_text()[-3000:] for n in range(2))
    return f"seed {SEED}\n{json.dumps(told, indent=1, default=str)}\n{logs}"


def wait_until_in_step(app: App, sky: Sky) -> None:
    end, quiet = monotonic() + DEADLINE, 0
    while quiet < 3:
        told = app.sync_status()
        quiet = 0 if any(one["pending"] or one["failed"] for one in told) else quiet + 1
        assert monotonic() < end, f"not in step after {DEADLINE} s: {dumped(app, sky)}"
        Event().wait(0.2)


def wait_for_all_faults(outside: Services) -> None:
    """Until every kind of fault was met, at most so long."""
    end = monotonic() + LONGEST_STORM
    while len(met(outside)) < len(STORM) and monotonic() < end:
        Event().wait(0.1)


def met(outside: Services) -> Counter[str]:
    return sum((fake.faults.given for fake in outside.all), Counter[str]())


@pytest.mark.slow
def test_after_a_storm_all_systems_say_the_same_once(
    place: Place, app: App, outside: Services, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = monotonic()
    chance = random.Random(SEED)
    lanes = plan(folder / "tables", DATASETS, chance)
    with blowing(place, app, folder, SEED) as sky:
        outside.storm(RATE, SEED)
        with together(sky, lanes, folder / "restless", chance):
            wait_for_all_faults(outside)
        stormed = monotonic() - began
        outside.calm()
        sky.workers.calm.set()
        wait_until_in_step(app, sky)
    calm = monotonic() - began - stormed
    assert not sky.troubles, "\n\n".join([f"seed {SEED}", *sky.troubles])
    for fake in outside.all:
        assert fake.keys_seen <= {WORKER}, f"a command asked {fake.service} itself"
    look(place, app, outside, sky)
    with capsys.disabled():
        print(f"\n{told(outside, sky)}; storm {stormed:.0f} s, then {calm:.0f} s until all was in step")


def look(place: Place, app: App, outside: Services, sky: Sky) -> None:
    """Everything is in step on all sides."""
    known = looking.entries(app)
    assert Counter(key.kind for key in known)["dataset"] == DATASETS - 1 + RESTLESS
    assert app.settings.notion is not None
    sources = {kind: source for kind, source in app.settings.notion.sources.items() if kind != "signature"}
    outside.pinecone.settle()
    wrong = [*looking.wrong_pages(outside.notion, sources, known), *looking.wrong_vectors(app, outside, known)]
    assert not wrong, "\n".join([*wrong, dumped(app, sky)])
    with app.connection() as connection:  # what was sent just now is not compared
        connection.execute(text("UPDATE sink_state SET sent_at = sent_at - interval '1 hour'"))
    compared = place.run("amprenta", "sync", "verify", "--json")
    assert (compared.code, compared.out) == (0, ""), str(compared)
    for one in place.run("amprenta", "sync", "status", "--json").objects[0]["sinks"]:
        assert (one["on"], one["pending"], one["failed"], one["in_doubt"]) == (True, 0, 0, 0), one
    for fake in outside.all:
        assert fake.invalid == []
        assert fake.own_faults == []


def told(outside: Services, sky: Sky) -> str:
    faults = met(outside)
    asked = ", ".join(f"{len(fake.requests)} requests to {fake.service}" for fake in outside.all)
    asked += f", {sky.restless.changes} changes"
    retried = sum(one.retried for one in sky.people)
    return (
        f"storm with seed {SEED}: {DATASETS} tables, {asked}, {sum(faults.values())} faults of {len(faults)} kinds, "
        f"{sky.workers.kills} kills, {retried} commands said again"
    )
