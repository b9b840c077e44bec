"""A sink of Notion before a fake workspace, with what tests ask of both."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

from attrs import define, evolve, field

from amprenta_core.outgoing import Entry, ItemKey, Kind, NotSent, Outgoing, Sent
from amprenta_core.settings import NotionSettings
from amprenta_core.sinks import notion_setup
from amprenta_core.sinks.notion import NotionSink, make
from amprenta_core.sinks.notion_properties import property_text
from fakes.notion import NotionFake

KEY = "secret_of_the_test"
SPACE = UUID("00000000-0000-4000-8000-000000000001")
START = 1_790_000_000.0


@define
class Turns:
    """A throttle that lets everybody through and remembers."""

    waits: list[str] = field(factory=list)
    holds: list[tuple[str, float]] = field(factory=list)

    def wait(self, credential: str) -> None:
        self.waits.append(credential)

    def hold(self, credential: str, seconds: float) -> None:
        self.holds.append((credential, seconds))


@define
class Desk:
    """The sink with its databases made. ``now`` is the sink's clock."""

    notion: NotionFake
    home: str
    settings: NotionSettings
    turns: Turns
    now: float = START
    sink: NotionSink = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.sink = self.another()

    @classmethod
    def of(cls, notion: NotionFake, timeout: float = 30.0) -> "Desk":
        home, turns = notion.add_page("Home"), Turns()
        settings = NotionSettings(key=KEY, base_url=notion.url, timeout=timeout)
        prepared = notion_setup.set_up(settings, turns, parent=home)
        assert all(found.ok for found in prepared.findings), prepared.findings
        notion.requests.clear()
        return cls(notion, home, evolve(settings, sources=prepared.sources), turns)

    def another(self, **settings: Any) -> NotionSink:
        """A sink of another process: it remembers nothing."""
        made = make(evolve(self.settings, **settings), self.turns)
        return evolve(made, now=lambda: self.now)

    def source(self, kind: str = "dataset") -> str:
        return self.settings.sources[kind]

    def entry(self, name: str = "plasma", *, kind: Kind = "dataset", **said: Any) -> Entry:
        return Entry(key=ItemKey(kind=kind, id=uuid5(SPACE, name)), name=said.pop("name", name), **said)

    def item(self, entry: Entry, before: Sent | NotSent | None = None) -> Outgoing:
        """The entry to send, with what was noted when it was sent before."""
        if before is None:
            return Outgoing(key=entry.key, entry=entry)
        doubt = before.in_doubt if isinstance(before, NotSent) else False
        return Outgoing(
            key=entry.key, entry=entry, remote_id=before.remote_id, detail=before.detail or {}, in_doubt=doubt
        )

    def try_(self, entry: Entry, before: Sent | NotSent | None = None) -> Sent | NotSent:
        answer = next(iter(self.sink.send([self.item(entry, before)])))
        assert answer.key == entry.key
        return answer

    def send(self, entry: Entry, before: Sent | NotSent | None = None) -> Sent:
        answer = self.try_(entry, before)
        assert isinstance(answer, Sent), answer
        return answer

    def fail(self, entry: Entry, before: Sent | NotSent | None = None) -> NotSent:
        answer = self.try_(entry, before)
        assert isinstance(answer, NotSent), answer
        assert KEY not in f"{answer.error!r} {answer.error} {answer.detail}"
        return answer

    def away(self, entry: Entry, before: Sent | NotSent) -> Sent | NotSent:
        """The item is gone: take its page away."""
        gone = evolve(self.item(entry, before), entry=None)
        return next(iter(self.sink.send([gone])))

    def rows(self, kind: str = "dataset") -> list[dict[str, Any]]:
        return self.notion.rows(self.source(kind))

    def values(self, page_id: str | None) -> Mapping[str, Any]:
        """The properties of a page by name, texts as texts."""
        shown = self.notion.pages[str(page_id)]["properties"]
        return {name: _value(told) for name, told in shown.items()}

    def top(self, page_id: str | None) -> Iterator[tuple[str, str]]:
        """(id, text) of the blocks right below a page."""
        for block in self.sink.api.children(str(page_id)):
            texts = block[block["type"]].get("rich_text", [])
            yield block["id"], "".join(text["plain_text"] for text in texts)

    def regions(self, page_id: str | None) -> list[str]:
        return [an_id for an_id, text in self.top(page_id) if text.startswith("Kept by Amprenta")]


def _value(told: Mapping[str, Any]) -> Any:
    value = told[told["type"]]
    match told["type"]:
        case "title" | "rich_text":
            return property_text(told)
        case "select":
            return value["name"] if value else None
        case "relation":
            return [one["id"] for one in value]
        case _:
            return value
