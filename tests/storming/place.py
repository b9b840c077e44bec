"""A home with a database of its own, the services around it, and the real commands that run there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from attrs import evolve, field, frozen
from fakes.faults import Faults
from fakes.notion import NotionFake
from fakes.openai import OpenAIFake
from fakes.pinecone import PineconeFake
from fakes.serving import Fake, Refused

from amprenta_core.settings import KEYS

BIN, ROOT = Path(sys.executable).parent, Path(__file__).parents[2]
INDEX, DIMENSIONS = "storm", 64
WORKER, COMMAND = "of-a-worker", "of-a-command"
"""The keys that workers and other commands have: the fakes see who asked."""
_SOURCE = re.compile(r"(NOTION_\w+_DATA_SOURCE_ID)=(\S+)")
LONGEST_COMMAND = 60.0


class PickyPinecone(PineconeFake):
    """Fails an upsert as a whole for one in ``every`` of the vectors that it meets for the first time."""

    every = 12

    def __init__(self, **serving: Any) -> None:
        super().__init__(**serving)
        self.met: set[str] = set()

    def _refuse(self, id_: str) -> None:
        first = id_ not in self.met
        self.met.add(id_)
        if first and int(id_[-8:], 16) % self.every == 0:
            raise Refused(503, "UNAVAILABLE", f"Vector '{id_}' could not be written now")
        super()._refuse(id_)


@frozen(kw_only=True)
class Services:
    """The fakes of Notion, Pinecone and the embedder."""

    notion: NotionFake
    pinecone: PineconeFake
    openai: OpenAIFake
    _open: ExitStack = field(factory=ExitStack, init=False)

    @property
    def all(self) -> tuple[Fake, ...]:
        return (self.notion, self.pinecone, self.openai)

    def __enter__(self) -> Self:
        for fake in self.all:
            self._open.enter_context(fake)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def storm(self, rate: float, seed: int) -> None:
        for n, fake in enumerate(self.all):
            fake.faults.storm(rate, seed=seed + n)

    def calm(self) -> None:
        for fake in self.all:
            fake.calm()

    @property
    def environment(self) -> dict[str, str]:
        """Where they are."""
        return {
            "NOTION_BASE_URL": self.notion.url,
            "PINECONE_BASE_URL": self.pinecone.url,
            "PINECONE_INDEX": INDEX,
            "OPENAI_BASE_URL": f"{self.openai.url}/v1",
            "EMBEDDING_DIMENSIONS": str(DIMENSIONS),
        }


def services(**faults: float) -> Services:
    """Services that are well; Pinecone shows what was written a while later. ``faults``: how long they take."""
    told: dict[str, Any] = {"keep_bodies": False}
    notion, pinecone, openai = (Faults(**faults) for _ in range(3))  # type: ignore[arg-type]  # only times
    return Services(
        notion=NotionFake(faults=notion, **told),
        pinecone=PickyPinecone(index=INDEX, dimension=DIMENSIONS, visible_after=0.3, faults=pinecone, **told),
        openai=OpenAIFake(faults=openai, **told),
    )


@frozen(kw_only=True)
class Ran:
    """What a command came to."""

    command: str
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        """The JSON on stdout, one value a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def __str__(self) -> str:
        return f"{self.command} → {self.code}\n{self.out[-2000:]}\n{self.err[-2000:]}"


@frozen(kw_only=True)
class Place:
    """Commands run in ``folder`` with ``environment`` and nothing else."""

    folder: Path
    environment: Mapping[str, str]

    def with_settings(self, **settings: str) -> "Place":
        return evolve(self, environment={**self.environment, **settings})

    def settings(self, key: str) -> dict[str, str]:
        """The environment of a process that has these keys."""
        system = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": str(ROOT)}
        return {**system, **dict.fromkeys(KEYS, key), **self.environment}

    def run(self, program: str, *arguments: object) -> Ran:
        """Run a command to its end."""
        told = [str(BIN / program), *map(str, arguments)]
        place, limit = self.settings(COMMAND), LONGEST_COMMAND
        done = subprocess.run(
            told, check=False, cwd=self.folder, env=place, capture_output=True, text=True, timeout=limit
        )
        return Ran(command=" ".join([program, *told[1:]])[:300], code=done.returncode, out=done.stdout, err=done.stderr)

    def worker(self, log: Path) -> "subprocess.Popen[bytes]":
        """Start a worker; what it says is added to a file."""
        with log.open("ab") as stream:
            command = [str(BIN / "amprenta"), "worker"]
            return subprocess.Popen(
                command, cwd=self.folder, env=self.settings(WORKER), stdout=stream, stderr=subprocess.STDOUT
            )

    def with_notion(self, notion: NotionFake) -> "Place":
        """The same with databases in Notion, made as the how-to says."""
        parent = notion.add_page()
        made = self.run("amprenta", "sync", "setup-notion", "--create", "--parent", parent, "--json")
        assert made.code == 0, str(made)
        found = _SOURCE.findall(" ".join(str(one["hint"]) for one in made.objects[0]))
        assert len(found) == 4, str(made)
        return self.with_settings(**dict(found))
