"""Workers as processes and threads: killed, restarted, cut off from the database, beside each other."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from attrs import evolve
from fakes.shelf import QUICK, Shelf, open_shelf

from amprenta_core.errors import SinkUnavailable
from amprenta_core.outgoing import ItemKey, Outgoing, Remote
from amprenta_core.settings import Settings
from amprenta_core.store.embedded import ensure_running, stop
from amprenta_core.sync import drain, work
from amprenta_core.sync.policy import Policy
from amprenta_core.testing.sinks import MemorySink

if TYPE_CHECKING:
    from conftest import Start, Workspace

PATIENT = 30.0
SENDING = """
import json, os, signal, sys
from threading import Event
from fakes.shelf import QUICK, open_shelf
from amprenta_core.settings import from_environment
from amprenta_core.sync import drain
from amprenta_core.testing.sinks import MemorySink

path, last = sys.argv[1], int(sys.argv[2])

def keep(item):
    remote = next(one for one in sink.held.values() if one.key == item.key)
    with open(path, "a") as stream:
        stream.write(json.dumps([remote.remote_id, remote.key.kind, str(remote.key.id), remote.payload]) + "\\n")
    if len(sink.held) == last:
        os.kill(os.getpid(), signal.SIGKILL)

sink = MemorySink(at_once=4, after=keep)
print(drain(open_shelf(from_environment(), sink).services, "memory", QUICK, Event()).sent)
"""
TESTS = Path(__file__).parents[1]


def held(path: Path) -> dict[str, Remote]:
    """What processes have put there."""
    made = {}
    for line in path.read_text().splitlines():
        remote_id, kind, item, payload = json.loads(line)
        made[remote_id] = Remote(key=ItemKey(kind=kind, id=UUID(item)), remote_id=remote_id, payload=payload)
    return made


def until(true: Callable[[], bool]) -> None:
    end = monotonic() + PATIENT
    while not true():
        assert monotonic() < end, "it did not happen"
        Event().wait(0.02)


@contextmanager
def worker(shelf: Shelf, policy: Policy = QUICK) -> Iterator[Thread]:
    """A worker in a thread; it must end when it is told to."""
    halt = Event()
    thread = Thread(target=work, args=(shelf.services, policy, halt))
    thread.start()
    try:
        yield thread
        assert thread.is_alive(), "the worker ended by itself"
    finally:
        halt.set()
        thread.join(PATIENT)
        assert not thread.is_alive(), "the worker does not end"


@pytest.fixture
def environment(workspace: "Workspace") -> dict[str, str]:
    return {**workspace.environment, "PYTHONPATH": str(TESTS)}


def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    workspace: "Workspace", environment: dict[str, str], start: "Start", folder: Path
) -> None:
    shelf = open_shelf(workspace.settings, MemorySink())
    keys = {shelf.put("dataset", f"d{n}") for n in range(12)}
    there = folder / "held"
    killed = start(SENDING, there, 6, environment=environment)
    assert killed.wait(timeout=60) == -signal.SIGKILL, killed.communicate()[1]

    sink = MemorySink(held=held(there))
    assert len(sink.held) == 6
    after = evolve(shelf, sinks={"memory": sink})
    told = drain(after.services, "memory", QUICK, Event())
    assert (told.sent, told.postponed) == (4, 3), "what it had claimed is free, what may be there is left alone"
    after.age_doubts()
    assert drain(after.services, "memory", QUICK, Event()).sent == 3
    assert {remote.key for remote in sink.held.values()} == keys
    assert len(sink.held) == 12, "something is there twice"
    assert sum(what == "look up" for what, _ in sink.requests) == 3
    assert after.pending() == 0
    shelf.database.close()


def test_two_processes_share_a_queue_and_send_nothing_twice(
    workspace: "Workspace", environment: dict[str, str], start: "Start", folder: Path
) -> None:
    shelf = open_shelf(workspace.settings, MemorySink())
    keys = [shelf.put("dataset", f"d{n}") for n in range(60)]
    there = folder / "held"
    processes = [start(SENDING, there, 0, environment=environment) for _ in range(2)]
    counts = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        counts.append(int(out))
    assert sum(counts) == 60
    assert sorted(remote.key for remote in held(there).values()) == sorted(keys)
    shelf.database.close()


def test_a_worker_is_woken_by_what_is_wanted(workspace: "Workspace") -> None:
    sink = MemorySink()
    shelf = open_shelf(workspace.settings, sink)
    with worker(shelf, evolve(QUICK, idle=3600.0, shortest_wait=3600.0)):
        for n in range(3):
            shelf.put("dataset", f"d{n}")
            until(lambda: shelf.pending() == 0)
    assert len(sink.held) == 3
    shelf.database.close()


def test_a_worker_sends_what_no_sink_was_told_of(workspace: "Workspace") -> None:
    silent = open_shelf(workspace.settings)
    silent.put("dataset", "a")
    sink = MemorySink()
    shelf = open_shelf(workspace.settings, sink)
    with worker(shelf):
        until(lambda: len(sink.held) == 1)
    silent.database.close()
    shelf.database.close()


def test_a_sink_that_hangs_does_not_slow_another(workspace: "Workspace") -> None:
    free = Event()

    def hang(_item: Outgoing) -> None:
        free.wait(PATIENT)

    hanging = MemorySink(name="hanging", before=hang)
    well = MemorySink(name="well")
    shelf = open_shelf(workspace.settings, hanging, well)
    with worker(shelf):
        for n in range(30):
            shelf.put("dataset", f"d{n}")
        until(lambda: len(well.held) == 30)
        assert hanging.held == {}
        free.set()
        until(lambda: len(hanging.held) == 30)
    shelf.database.close()


def test_a_sink_that_comes_back_gets_everything_by_itself(workspace: "Workspace") -> None:
    def away(_item: Outgoing) -> None:
        raise SinkUnavailable("503")

    sink = MemorySink(before=away)
    shelf = open_shelf(workspace.settings, sink)
    for n in range(25):
        shelf.put("dataset", f"d{n}")
    with worker(shelf, evolve(QUICK, longest_delay=0.1)):
        until(lambda: len(sink.batches) > 5)
        assert shelf.pending() == 25
        sink.before = lambda _: None
        until(lambda: shelf.pending() == 0)
    assert len(sink.held) == 25
    shelf.database.close()


def test_a_worker_outlives_a_plugin_that_fails_in_any_way(workspace: "Workspace") -> None:
    def break_off(_item: Outgoing) -> None:
        raise RuntimeError("anything")

    sink = MemorySink(before=break_off)
    shelf = open_shelf(workspace.settings, sink)
    shelf.put("dataset", "a")
    with worker(shelf, evolve(QUICK, settle=0.0)):
        until(lambda: len(sink.batches) > 2)
        sink.before = lambda _: None
        until(lambda: shelf.pending() == 0)
    shelf.database.close()


def test_a_worker_goes_on_after_the_database_was_restarted(short_home: Path) -> None:
    settings = Settings(home=short_home)
    ensure_running(short_home)
    sink = MemorySink()
    shelf = open_shelf(settings, sink)
    restarted = Event()

    def restart(item: Outgoing) -> None:
        if not restarted.is_set() and item.entry is not None and item.entry.name == "d1":
            stop(short_home)
            ensure_running(short_home)
            restarted.set()

    sink.after = restart
    keys = {shelf.put("dataset", f"d{n}") for n in range(3)}
    with worker(shelf):
        until(restarted.is_set)
        until(lambda: quietly(lambda: shelf.put("dataset", "later")))
        until(lambda: "later" in {entry.name for entry in sink.entries.values()})
        until(lambda: quietly(shelf.age_doubts) and shelf.pending() == 0)
    assert {remote.key for remote in sink.held.values()} >= keys
    assert len(sink.held) == 4, "something is there twice, or not at all"
    shelf.database.close()


def quietly(act: Callable[[], object]) -> bool:
    """Whether it could be done."""
    with suppress(SinkUnavailable):
        act()
        return True
    return False
