"""One budget of requests for each credential, whoever makes them."""

from threading import Event
from typing import TYPE_CHECKING

import pytest
from attrs import define, field
from sqlalchemy import create_engine

from amprenta_core.errors import SinkUnavailable
from amprenta_core.outgoing import Throttle
from amprenta_core.store.budgets import RateBudget

if TYPE_CHECKING:
    from conftest import Start, Workspace

    from amprenta_core.app import App

PER_SECOND = 40.0
ASKING = """
import sys
from sqlalchemy import create_engine
from amprenta_core.store.budgets import RateBudget
budget = RateBudget(engine=create_engine(sys.argv[1]), per_second={"key": float(sys.argv[2])})
for _ in range(20):
    budget.wait("key")
print("done")
"""
WATCHED = """
CREATE TABLE turns (free_at timestamptz, given_at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN INSERT INTO turns (free_at) VALUES (NEW.free_at); RETURN NULL; END';
CREATE TRIGGER note AFTER UPDATE ON rate_budgets FOR EACH ROW EXECUTE FUNCTION note()
"""


def budget(app: "App", stop: Event | None = None) -> RateBudget:
    return RateBudget(engine=app.database.engine, per_second={"key": PER_SECOND, "slow": 1.0}, stop=stop or Event())


@define
class Watch(Event):
    """An event whose waits are noted and take no time; ``then`` happens in the first, and the last one stops."""

    waits: list[float] = field(factory=list)
    then: object = None
    last: int = 2

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        if len(self.waits) == 1 and callable(self.then):
            self.then()
        return len(self.waits) >= self.last


def test_it_is_a_throttle(app: "App") -> None:
    made: Throttle = budget(app)
    made.wait("key")


def test_two_processes_share_one_budget(workspace: "Workspace", app: "App", start: "Start") -> None:
    workspace.query(WATCHED)
    processes = [
        start(ASKING, workspace.url, PER_SECOND, environment={**workspace.environment, "PYTHONPATH": ""})
        for _ in range(2)
    ]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert out == "done\n", err
    closest, turns = workspace.query(
        "SELECT extract(epoch FROM min(gap))::float, count(*) FROM "
        "(SELECT free_at - lag(free_at) OVER (ORDER BY free_at) AS gap FROM turns) AS t"
    )[0]
    assert turns == 40
    assert closest > 0.999 / PER_SECOND
    early = "SELECT count(*) FROM turns WHERE free_at - given_at > interval '1 second'"
    assert workspace.one(early) == 0, "turns are given away far ahead, where no hold reaches them"


def test_credentials_have_budgets_of_their_own(app: "App") -> None:
    made = budget(app)
    made.wait("slow")
    assert made.turn("slow")[0] > 0
    made.wait("key")


def test_turns_follow_each_other(app: "App") -> None:
    made = budget(app)
    made.wait("slow")
    seconds, ours = made.turn("slow")
    assert 0 < seconds <= 1
    assert not ours, "it is too far ahead to be given away"


def test_a_hold_is_for_all_and_the_longer_one_counts(app: "App") -> None:
    made = budget(app)
    made.hold("key", 60.0)
    made.hold("key", 5.0)
    seconds, ours = budget(app).turn("key")
    assert not ours
    assert 50 < seconds <= 60


def test_a_hold_reaches_those_who_wait_already(app: "App") -> None:
    watch = Watch(then=lambda: budget(app).hold("key", 60.0))
    made = budget(app, watch)
    for _ in range(3):
        made.turn("key")
    with pytest.raises(SinkUnavailable):
        made.wait("key")
    soon, later = watch.waits
    assert soon <= 0.5
    assert later > 50


def test_stopping_ends_the_wait_and_asks_for_no_patience(app: "App") -> None:
    stop = Event()
    stop.set()
    made = budget(app, stop)
    made.hold("key", 600.0)
    with pytest.raises(SinkUnavailable) as raised:
        made.wait("key")
    assert raised.value.retry_after == 0.0


def test_a_database_that_is_gone_is_said_so() -> None:
    made = RateBudget(engine=create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none"), per_second={"key": 1.0})
    with pytest.raises(SinkUnavailable, match="database"):
        made.wait("key")
    with pytest.raises(SinkUnavailable, match="database"):
        made.hold("key", 1.0)
