"""What goes on in the storm: people ingest, change and delete; workers are killed; the database is restarted."""

import random
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic

from attrs import define, field, frozen

from amprenta_core.app import App, Wish
from amprenta_core.errors import SinkUnavailable
from storming.place import Place, Ran

Step = tuple[str, ...]
"""A program and its arguments."""
GROUP = 6
RESTLESS = 8
TRIES = 6
LIVES = (2.5, 6.0)
"""Seconds from and to which a worker lives."""
_HEADS, _CARBONS = ("PC", "PE", "SM", "TG"), range(30, 44)


def write_table(path: Path, seed: str) -> Path:
    """A small table of lipids; another seed is another content."""
    chance = random.Random(seed)
    names = chance.sample([f"{head} {carbons}:1" for head in _HEADS for carbons in _CARBONS], 14)
    lines = [f"{name},{chance.uniform(1, 9)!r},{chance.uniform(1, 9)!r}" for name in names]
    path.write_text("\n".join(["name,s1,s2", *lines]) + "\n")
    return path


def plan(folder: Path, count: int, chance: random.Random) -> tuple[list[Step], list[Step]]:
    """What two people do: new tables in groups, new contents of some, one deleted; half-way a restart."""
    folder.mkdir()
    paths = [write_table(folder / f"t{n:03}.csv", f"t{n}") for n in range(count)]
    lanes: tuple[list[Step], list[Step]] = ([], [])
    for n, at in enumerate(range(0, count, GROUP)):
        group, lane = paths[at : at + GROUP], lanes[n % 2]
        where = ("--program", f"Program {n % 2}", "--experiment", f"Experiment {n % 4}")
        processes = ("--workers", "2") if n % 5 == 3 else ()
        lane.append(("amprenta-ingest", *map(str, group), *where, *processes))
        lane.append(("new content", *map(str, chance.sample(group, min(3, len(group))))))
    lanes[1].append(("amprenta", "datasets", "delete", f"{folder.name}/{paths[GROUP].stem}", "--yes"))
    lanes[0].insert(len(lanes[0]) // 2, ("restart",))
    return lanes


def down_meanwhile(restarts: Sequence[tuple[float, float]], began: float) -> bool:
    """Whether the database was down at some time since."""
    return any(began <= end for _, end in restarts)


@define
class Person:
    """Does one step after another. What fails while the database restarts is said again, as a user would."""

    place: Place
    restarts: list[tuple[float, float]]
    failures: list[str] = field(factory=list)
    retried: int = 0

    def work(self, steps: Sequence[Step]) -> None:
        for n, (what, *arguments) in enumerate(steps):
            match what:
                case "restart":
                    self.restart()
                case "new content":
                    for path in arguments:
                        write_table(Path(path), f"{path} {n}")
                    self.insist("amprenta-ingest", *arguments, "--update")
                case _:
                    self.insist(what, *arguments)

    def insist(self, program: str, *arguments: str) -> None:
        for _ in range(TRIES):
            began = monotonic()
            done = self.place.run(program, *arguments)
            if done.code == 0 or not self._excused(began, done):
                return
            self.retried += 1
        self.failures.append(f"{TRIES} times: {done}")

    def _excused(self, began: float, done: Ran) -> bool:
        """Whether the database was down while it ran; else the failure is kept."""
        if down_meanwhile(self.restarts, began):
            return True
        self.failures.append(str(done))
        return False

    def restart(self) -> None:
        began = monotonic()
        self.restarts.append((began, float("inf")))
        for command in ("stop", "url"):  # the next use starts it
            done = self.place.run("amprenta", "db", command)
            if done.code:
                self.failures.append(str(done))
        self.restarts[:] = [(began, monotonic())]


@define
class Restless:
    """A program that changes datasets of its own all the time, a few at once."""

    app: App
    restarts: list[tuple[float, float]]
    over: Event = field(factory=Event)
    failures: list[str] = field(factory=list)
    changes: int = 0

    def work(self, folder: Path, chance: random.Random) -> None:
        folder.mkdir()
        paths = [folder / f"r{n}.csv" for n in range(RESTLESS)]
        while not self.over.wait(0.2):
            some, began = chance.sample(paths, 3), monotonic()
            for path in some:
                write_table(path, f"{path} {self.changes}")
            try:
                done = list(self.app.ingest([str(path) for path in some], Wish(update=True)))
            except SinkUnavailable as error:
                self._failed(began, str(error))
            else:
                self.changes += len(done)
                for why in (str(one.error) for one in done if one.error is not None):
                    self._failed(began, why)

    def _failed(self, began: float, why: str) -> None:
        if not down_meanwhile(self.restarts, began):
            self.failures.append(why)


@define
class Workers:
    """Two workers, each killed after a while and started again, until the storm is over."""

    place: Place
    folder: Path
    restarts: list[tuple[float, float]]
    calm: Event = field(factory=Event)
    over: Event = field(factory=Event)
    kills: int = 0
    ended: list[str] = field(factory=list)
    _lock: Lock = field(factory=Lock)

    def log(self, number: int) -> Path:
        return self.folder / f"worker-{number}.log"

    def serve(self, number: int, chance: random.Random) -> None:
        """Keep one worker going: after the storm it is left alone, and told to end when all is over."""
        while not self.over.is_set():
            began = monotonic()
            process = self.place.worker(self.log(number))
            try:
                self.calm.wait(chance.uniform(*LIVES))
                while self.calm.is_set() and process.poll() is None and not self.over.wait(0.1):
                    pass
                self._end(process, number, began)
            finally:
                process.kill()
                process.wait()

    def _end(self, process: "subprocess.Popen[bytes]", number: int, began: float) -> None:
        code = process.poll()
        if code is None and not self.over.is_set():
            with self._lock:
                self.kills += 1
            return
        if code is None:
            process.send_signal(signal.SIGTERM)
            code = process.wait(20)
            expected = code == 0
        else:
            expected = down_meanwhile(self.restarts, began)
        if not expected:
            self.ended.append(f"worker {number} ended with {code}: {self.log(number).read_text()[-1500:]}")


@frozen(kw_only=True)
class Sky:
    """Whom the storm is over: two people, a program and two workers."""

    people: tuple[Person, Person]
    restless: Restless
    workers: Workers

    @property
    def troubles(self) -> list[str]:
        failures = (one.failures for one in (*self.people, self.restless))
        return [*(why for some in failures for why in some), *self.workers.ended]


@contextmanager
def blowing(place: Place, app: App, folder: Path, seed: int) -> Iterator[Sky]:
    """Two workers that are killed again and again, while the block runs."""
    restarts: list[tuple[float, float]] = []
    workers = Workers(place=place, folder=folder, restarts=restarts)
    threads = [Thread(target=workers.serve, args=(n, random.Random(seed + n))) for n in range(2)]
    for thread in threads:
        thread.start()
    try:
        people = (Person(place, restarts), Person(place, restarts))
        yield Sky(people=people, restless=Restless(app, restarts), workers=workers)
    finally:
        workers.calm.set()
        workers.over.set()
        for thread in threads:
            thread.join(30)


@contextmanager
def together(sky: Sky, lanes: Sequence[Sequence[Step]], folder: Path, chance: random.Random) -> Iterator[None]:
    """The people do their steps at the same time; the block runs when they have, and then the program ends."""
    restless = Thread(target=sky.restless.work, args=(folder, chance))
    threads = [Thread(target=one.work, args=(steps,)) for one, steps in zip(sky.people, lanes, strict=True)]
    for thread in (restless, *threads):
        thread.start()
    try:
        for thread in threads:
            thread.join()
        yield
    finally:
        sky.restless.over.set()
        restless.join()
