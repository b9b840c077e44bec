"""No key or password shows anywhere: not in what commands say, in the database, on the spool, nor in any file."""

import subprocess
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field, frozen
from fakes.faults import Kind
from fakes.listening import Answer, Request
from fakes.notion import NotionFake
from fakes.openai import OpenAIFake
from fakes.pinecone import PineconeFake
from fakes.serving import Fake
from storming.place import DIMENSIONS, INDEX, Place, Ran, Services

if TYPE_CHECKING:
    from conftest import Workspace

SECRETS = {
    "NOTION_API_KEY": "ntn_4Fq9LxT2vWc8RzKe7HjYp3BnUd6MsGa1QoXi5",
    "PINECONE_API_KEY": "pcsk_7Zt3JwNb_9KqVhXr5EyMd2CfUg8SaPo4LiTz6",
    "OPENAI_API_KEY": "sk-proj-8Hc5RkQw2YnTb7MvXe4JdZp9LgFs3UaKo6",
    "POSTGRES_PASSWORD": "Pw1VrKc6ZqNt9XhLm4DyBs8FjEg3TaWu",
}
PIECE = 10
"""So many letters of a secret in a row are as bad as the whole."""
PIECES = {
    name: [secret[at : at + PIECE] for at in range(5, len(secret) - PIECE + 1)] for name, secret in SECRETS.items()
}
PATIENT = 30.0
ROLE = "keeper"
TABLE = "name,s1,s2\nPC 34:1,1.5,2.5\nSM 36:1,3.5,4.5\nnobody knows it,5.5,6.5\n"


class Echo:
    """Errors that quote the key of the request, after so many letters that a text that is cut may end within it."""

    _letters = cycle((0, 165, 180, 465, 480))

    def error(self, request: Request, status: int, code: str, message: str) -> Answer:
        padding = "x" * next(self._letters)
        assert isinstance(self, Fake)
        said = f"{padding} {self.key(request)} {message}"
        answer: Answer = super().error(request, status, code, said)  # type: ignore[misc]  # the fake's
        return answer


class EchoingNotion(Echo, NotionFake):
    pass


class EchoingPinecone(Echo, PineconeFake):
    pass


class EchoingOpenAI(Echo, OpenAIFake):
    pass


def found_in(where: str, content: bytes | str) -> Iterator[str]:
    data = content if isinstance(content, bytes) else content.encode()
    for name, pieces in PIECES.items():
        hit = next((piece for piece in pieces if piece.encode() in data), None)
        if hit is not None:
            at = data.index(hit.encode())
            yield f"{name} in {where}: …{data[max(0, at - 80) : at + 60]!r}"


@frozen(kw_only=True)
class Scene:
    """A place with secrets, the services around it, and what was found of the secrets."""

    place: Place
    services: Services
    workspace: "Workspace"
    home: Path
    leaks: list[str] = field(factory=list)

    def run(self, program: str, *arguments: object, **settings: str) -> Ran:
        done = self.place.with_settings(**settings).run(program, *arguments)
        self.leaks.extend(found_in(f"stdout of {done.command}", done.out))
        self.leaks.extend(found_in(f"stderr of {done.command}", done.err))
        return done

    def look(self, when: str) -> None:
        """Through every column of every table."""
        names = (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type LIKE 'BASE%'"
        )
        for (table,) in self.workspace.query(names):
            rows = self.workspace.query(f"SELECT t::text FROM {table} t")
            self.leaks.extend(found_in(f"table {table}, {when}", "\n".join(row for (row,) in rows)))

    def look_through_files(self, root: Path) -> int:
        paths = [path for path in root.rglob("*") if path.is_file()]
        for path in paths:
            self.leaks.extend(found_in(str(path), path.read_bytes()))
        return len(paths)

    def state(self) -> list[tuple[Any, ...]]:
        return self.workspace.query("SELECT sink, error FROM sink_state WHERE error IS NOT NULL")


@pytest.fixture
def scene(workspace: "Workspace", folder: Path) -> Iterator[Scene]:
    """A server with a password of ours, and services that quote keys."""
    password = SECRETS["POSTGRES_PASSWORD"]
    exists = workspace.one("SELECT count(*) FROM pg_roles WHERE rolname = :role", role=ROLE)
    workspace.query(f"{'ALTER' if exists else 'CREATE'} ROLE {ROLE} LOGIN SUPERUSER PASSWORD '{password}'")
    home = folder / "home"
    made = Services(
        notion=EchoingNotion(),
        pinecone=EchoingPinecone(index=INDEX, dimension=DIMENSIONS),
        openai=EchoingOpenAI(),
    )
    with made:
        environment = {
            "AMPRENTA_HOME": str(home),
            "POSTGRES_URL": address(workspace, password),
            "ENABLE_NOTION_SYNC": "true",
            "AMPRENTA_SYNC_PATIENCE": "0.005",
            **{f"{name}_TIMEOUT": "0.3" for name in ("NOTION", "PINECONE", "OPENAI")},
            **{f"{name}_REQUESTS_PER_SECOND": "300" for name in ("NOTION", "PINECONE", "OPENAI")},
            **made.environment,
            **{name: secret for name, secret in SECRETS.items() if name.endswith("KEY")},
        }
        place = Place(folder=folder, environment=environment).with_notion(made.notion)
        yield Scene(place=place, services=made, workspace=workspace, home=home)


def address(workspace: "Workspace", password: str, **changes: Any) -> str:
    from sqlalchemy import make_url

    plain = make_url(workspace.url).set(drivername="postgresql", username=ROLE, password=password, **changes)
    return plain.render_as_string(hide_password=False)


KINDS: tuple[Kind, ...] = ("wrong_version", "quota", "409", "500", "503", "504", "hang", "reset", "cut")
"""Of the faults of the fakes; a wrong key and a service that is not there are tried besides."""


@define
class Trouble:
    """Lets a worker meet one failure after another, and looks at the database after each."""

    scene: Scene
    seen: set[str] = field(factory=set)

    def all(self, fakes: tuple[Fake, ...], sinks: set[str]) -> None:
        for kind in KINDS:
            for fake in fakes:
                fake.faults.next(kind, count=None, seconds=0.6)
            self.wait(kind, sinks)
            for fake in fakes:
                fake.calm()
        self._with(fakes, lambda fake: setattr(fake, "keys", frozenset({"another"})), "wrong key", sinks)
        for fake in fakes:
            fake.keys = None
        self._with(fakes, lambda fake: fake.stop(), "refused", sinks)
        for fake in fakes:
            fake.start()

    def _with(self, fakes: tuple[Fake, ...], act: Callable[[Fake], None], what: str, sinks: set[str]) -> None:
        for fake in fakes:
            act(fake)
        self.wait(what, sinks)

    def wait(self, what: str, sinks: set[str]) -> None:
        """Until the worker has noted an error for each of these sinks."""
        self.scene.workspace.query("UPDATE sink_state SET error = NULL, failed = false, next_try = now()")
        self.scene.workspace.query("NOTIFY amprenta_sync")
        end = monotonic() + PATIENT
        while not sinks <= {sink for sink, _ in self.scene.state()}:
            assert monotonic() < end, f"{what}: {self.scene.state()}"
            Event().wait(0.05)
        self.scene.look(what)
        self.seen |= {error for _, error in self.scene.state()}


@pytest.fixture
def worker(scene: Scene, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = scene.place.with_settings(POSTGRES_ECHO="true").worker(folder / "worker.log")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_no_secret_shows_anywhere(scene: Scene, folder: Path, worker: "subprocess.Popen[bytes]") -> None:
    services = scene.services
    for fake in services.all:
        fake.faults.next("500", count=None)
    (folder / "a.csv").write_text(TABLE)
    told = {"POSTGRES_ECHO": "true", "AMPRENTA_TRACE_PLUGINS": "true"}
    assert scene.run("amprenta-ingest", "a.csv", "--program", "P", "--experiment", "E", **told).code == 0
    services.notion.calm()
    services.openai.calm()
    services.pinecone.calm()
    trouble = Trouble(scene)
    trouble.all((services.notion, services.openai), {"notion", "pinecone", "pgvector"})
    trouble.all((services.notion, services.pinecone), {"notion", "pinecone"})
    assert len(trouble.seen) > 20, "the failures do not differ"
    assert any("…" in error or "***" in error for error in trouble.seen), "no service quoted a key"

    for fake in services.all:
        fake.keys = frozenset({"another"})
    ask_everything(scene)
    spool_something(scene, folder)
    worker.terminate()
    assert worker.wait(PATIENT) == 0
    scene.leaks.extend(found_in("the worker's log", (folder / "worker.log").read_bytes()))
    assert scene.look_through_files(scene.home) > 3
    scene.look("at the end")
    assert not scene.leaks, "\n".join(scene.leaks)


def ask_everything(scene: Scene) -> None:
    """What people look at when something is wrong."""
    scene.workspace.query("UPDATE sink_state SET failed = false, next_try = now()")
    for command in ("run", "status", "retry", "verify", "setup-notion", "pull-notion"):
        scene.run("amprenta", "sync", command)
        scene.run("amprenta", "sync", command, "--json", POSTGRES_ECHO="true")
    away = address(scene.workspace, SECRETS["POSTGRES_PASSWORD"], host="127.0.0.1", port=1, query={})
    wrong = away.replace("127.0.0.1:1", "127.0.0.1:none")
    for url in (scene.place.environment["POSTGRES_URL"], away, wrong):
        for words in ("db url", "db status", "doctor", "sync status --json"):
            scene.run("amprenta", *words.split(), POSTGRES_URL=url)
    for url in (away, wrong):
        scene.run("amprenta", "worker", POSTGRES_URL=url)
    spoiled = {name: f"{SECRETS[name]} \N{BULLET}" for name in SECRETS if name.endswith("KEY")}
    for name, secret in spoiled.items():  # a letter too many, as copied from a page
        scene.run("amprenta", "sync", "run", **{name: secret})
        scene.run("amprenta", "sync", "retry", **{name: secret})
    scene.look("after wrong keys")


def spool_something(scene: Scene, folder: Path) -> None:
    """While the database is not there."""
    away = address(scene.workspace, SECRETS["POSTGRES_PASSWORD"], host="127.0.0.1", port=1, query={})
    (folder / "b.csv").write_text(TABLE.replace("1.5", "7.5"))
    told = {"POSTGRES_URL": away, "ENABLE_DUAL_WRITE": "true"}
    done = scene.run("amprenta-ingest", "b.csv", "--create-page", **told)
    assert done.code == 0, str(done)
    assert list((scene.home / "spool").iterdir())
    scene.run("amprenta", "sync", "replay")
