"""A whole Amprenta before fakes of Notion, Pinecone and OpenAI: what tests of the front doors start from."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from amprenta_core import sync
from amprenta_core.app import App, keeping
from amprenta_core.outgoing import Discrepancy
from amprenta_core.settings import NotionSettings, Settings, from_environment
from amprenta_core.sinks import notion_setup
from amprenta_core.sinks.notion_properties import property_text
from fakes.notion import NotionFake
from fakes.notion_desk import Turns
from fakes.openai import OpenAIFake
from fakes.pinecone import PineconeFake

CLOSED = "postgresql://nobody@127.0.0.1:1/nothing"
"""A port at which nobody listens."""
NOTION_KEY = "ntn_of_the_test"
FLAGS: Mapping[str, Mapping[str, str]] = {
    "default": {},
    "sync": {"ENABLE_NOTION_SYNC": "true"},
    "dual": {"ENABLE_DUAL_WRITE": "true"},
    "rollback": {"USE_POSTGRES_AS_SOT": "false"},
}
QUICK = "0.01"
NOTHING: Mapping[str, str] = {}


@frozen(kw_only=True)
class Laboratory:
    """Services, a home folder and a database of one test. ``url`` is the database's address."""

    home: Path
    url: str
    notion: NotionFake
    pinecone: PineconeFake
    openai: OpenAIFake
    sources: Mapping[str, str]

    def environment(self, mode: str, more: Mapping[str, str] = NOTHING, *, postgres: bool = True) -> dict[str, str]:
        """The variables of a mode."""
        return {
            "AMPRENTA_HOME": str(self.home),
            "AMPRENTA_SYNC_PATIENCE": QUICK,
            "POSTGRES_URL": self.url if postgres else CLOSED,
            "NOTION_API_KEY": NOTION_KEY,
            "NOTION_BASE_URL": self.notion.url,
            "NOTION_REQUESTS_PER_SECOND": "1000",
            "NOTION_TIMEOUT": "2",
            "PINECONE_API_KEY": "pc_of_the_test",
            "PINECONE_INDEX": "amprenta",
            "PINECONE_BASE_URL": self.pinecone.url,
            "PINECONE_REQUESTS_PER_SECOND": "1000",
            "PINECONE_TIMEOUT": "2",
            "OPENAI_API_KEY": "sk-of-the-test",
            "OPENAI_BASE_URL": f"{self.openai.url}/v1",
            "OPENAI_REQUESTS_PER_SECOND": "1000",
            "OPENAI_TIMEOUT": "2",
            "EMBEDDING_DIMENSIONS": "16",
            **notion_setup.variables(dict(self.sources)),
            **FLAGS[mode],
            **more,
        }

    def settings(self, mode: str, more: Mapping[str, str] = NOTHING, *, postgres: bool = True) -> Settings:
        given = {name: value for name, value in self.environment(mode, more, postgres=postgres).items() if value}
        return from_environment(given, dotenv=self.home / "no.env")

    def app(self, mode: str, more: Mapping[str, str] = NOTHING, *, postgres: bool = True) -> App:
        """An application of its own, as a new process has one."""
        return App(settings=self.settings(mode, more, postgres=postgres))

    def table(self, name: str = "plasma.csv", *, value: float = 1.0, lipids: int = 3) -> Path:
        """A file of lipids; other values are other content."""
        path = self.home.parent / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [f"PC {30 + n}:1,{value + n},{2 * value + n}" for n in range(lipids)]
        path.write_text("\n".join(["name,s1,s2", *rows]) + "\n")
        return path

    def pages(self, kind: str = "dataset") -> list[dict[str, Any]]:
        """The pages of a kind that are not in the trash."""
        return [dict(page) for page in self.notion.rows(self.sources[kind])]

    def page_ids(self, kind: str = "dataset") -> list[str]:
        """Which item each page is of."""
        return [property_text(page["properties"]["Amprenta ID"]) for page in self.pages(kind)]

    def vector_items(self) -> list[str]:
        """Which items have vectors in Pinecone, as ``kind:id``."""
        found = [id_ for some in self.pinecone.vectors.values() for id_ in some]
        return sorted({":".join(id_.split(":")[:2]) for id_ in found})

    def catch_up(self, mode: str = "sync") -> list[Discrepancy]:
        """All services are up, the mode has Postgres lead: replay, send, and compare."""
        for fake in (self.notion, self.pinecone, self.openai):
            fake.__enter__()
        app = self.app(mode)
        failed = [outcome.error for outcome in app.replay() if outcome.error is not None]
        assert failed == []
        app.sync_retry()
        app.sync_run()
        return self.differences(app)

    def differences(self, app: App) -> list[Discrepancy]:
        """Where the sinks differ from Postgres, what was sent just now included."""
        made = keeping.services(app)
        return [one for name in made.sinks for one in sync.verify(made, name, policy=sync.Policy(settle=0.0))]

    def held(self) -> None:
        """No client sent what it could have known to be wrong, no fake answered what its service would not."""
        for fake in (self.notion, self.pinecone, self.openai):
            assert (fake.invalid, fake.own_faults) == ([], [])


@contextmanager
def laboratory(folder: Path, url: str) -> Iterator[Laboratory]:
    """A laboratory whose Notion has its databases."""
    with NotionFake() as notion, PineconeFake(dimension=16) as pinecone, OpenAIFake() as openai:
        given = NotionSettings(key=NOTION_KEY, base_url=notion.url)
        sources = notion_setup.set_up(given, Turns(), parent=notion.add_page("Home")).sources
        home = folder / "home"
        yield Laboratory(home=home, url=url, notion=notion, pinecone=pinecone, openai=openai, sources=sources)
