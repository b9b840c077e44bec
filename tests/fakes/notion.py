"""Notion on this machine, for the real client: ``notion_client.Client(auth=…, base_url=fake.url)``.

As a script it prints its address and the ids of its data sources, and serves until SIGTERM.
"""

import json
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])  # the folder of the package, not the one with an openai.py

from attrs import frozen

from fakes import notion_limits
from fakes.faults import Faults
from fakes.listening import Answer, Request
from fakes.notion_databases import DatabaseActs
from fakes.notion_limits import Limits
from fakes.notion_query import Call, Cursors
from fakes.notion_spec import specification
from fakes.notion_state import BOT, Block, Database, DataSource, Page, Thing, Workspace, utc_now
from fakes.notion_values import Shown, plain, texts
from fakes.schemas import Spec
from fakes.serving import Fake, Refused, parser, serve

ID = r"([0-9a-fA-F-]{32,36})"


@frozen
class View(Mapping[str, Shown]):
    """Things of one kind by id, each shown as an answer shows it when it is looked at."""

    things: Mapping[str, Thing]
    kind: type[Thing]
    show: Callable[[Any], Shown]

    def __getitem__(self, id_: str) -> Shown:
        if id_ not in self:
            raise KeyError(id_)
        return self.show(self.things[id_])

    def __contains__(self, id_: object) -> bool:
        return isinstance(self.things.get(str(id_)), self.kind)

    def __iter__(self) -> Iterator[str]:
        return iter([id_ for id_, thing in list(self.things.items()) if isinstance(thing, self.kind)])

    def __len__(self) -> int:
        return sum(1 for _ in self)


class NotionFake(Fake, DatabaseActs):
    """A workspace whose pages are all shared with the integration, until someone unshares them.

    ``query_cap``: rows that a query returns at most. ``block_limit``: blocks and pages that the integration may make
    in its life (None: any), refused with ``block_limit_status`` above. ``capabilities``: of read, insert, update;
    what is missing is refused with 403. ``clock``: what time it is.
    """

    service = "Notion"
    fault_errors: ClassVar = {
        "429": (429, "rate_limited", "You have been rate limited. Please try again in a few minutes."),
        "409": (409, "conflict_error", "Conflict occurred while saving. Please try again."),
        "500": (500, "internal_server_error", "Unexpected error occurred."),
        "503": (503, "service_unavailable", "Public API service is temporarily unavailable, please try again later."),
        "529": (529, "service_overload", "Notion is overloaded. Please try again later."),
        "quota": (403, "restricted_resource", "This workspace has used up its blocks. Upgrade the plan to add more."),
        "wrong_version": (
            400,
            "validation_error",
            "Notion-Version header failed validation: it is no longer supported.",
        ),
    }

    def __init__(
        self,
        *,
        versions: Collection[str] = ("2025-09-03",),
        query_cap: int = 10_000,
        block_limit: int | None = None,
        block_limit_status: int = 403,
        capabilities: Collection[str] = ("read", "insert", "update"),
        limits: Limits | None = None,
        clock: Callable[[], datetime] | None = None,
        **serving: Any,
    ) -> None:
        super().__init__(**serving)
        self.versions, self.query_cap = tuple(versions), query_cap
        self.block_limit, self.block_limit_status = block_limit, block_limit_status
        self.capabilities = set(capabilities)
        self.limits = limits or Limits()
        self.workspace = Workspace(limits=self.limits, clock=clock or utc_now)
        self.cursors = Cursors()

    # To look at.

    @property
    def pages(self) -> Mapping[str, Shown]:
        """Every page by id, those in the trash too."""
        return View(self.workspace.things, Page, self.workspace.show_page)

    @property
    def blocks(self) -> Mapping[str, Shown]:
        """Every block by id, those in the trash too."""
        return View(self.workspace.things, Block, self.workspace.show_block)

    @property
    def data_sources(self) -> Mapping[str, Shown]:
        return View(self.workspace.things, DataSource, self.workspace.show_source)

    def rows(self, data_source_id: str) -> list[Shown]:
        """The pages of a data source that are not in the trash."""
        source = self.workspace.things[data_source_id]
        assert isinstance(source, DataSource)
        pages = [self.workspace.things[id_] for id_ in source.rows]
        return [self.workspace.show_page(page) for page in pages if isinstance(page, Page) and not page.in_trash]

    def texts(self, id_: str) -> list[str]:
        """The texts of the blocks below a page or block, in order, those inside other blocks too."""
        found: list[str] = []
        for thing in self.workspace.below(self.workspace.things[id_]):
            if isinstance(thing, Block):
                found += [plain(thing.content.get("rich_text", [])), *self.texts(thing.id)]
        return found

    def add_page(self, title: str = "Home") -> str:
        """A page at the top of the workspace; its id."""
        page = Page(**self.workspace.born(""))
        page.values["title"] = texts([{"text": {"content": title}}])
        return self.workspace.keep(page).id

    def add_data_source(self, name: str, properties: Mapping[str, Any], database_id: str | None = None) -> str:
        """A data source, in a database of its own or in this one; its id. ``properties`` as requests have them."""
        title = texts([{"text": {"content": name}}])
        with self.lock:
            known = self.workspace.things.get(database_id or "")
            database = known if isinstance(known, Database) else self.workspace.add_database("", title)
            return self.workspace.add_source(database, title, properties).id

    # What the server asks.

    def specification(self) -> Spec | None:
        return specification()

    def key(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def error(self, request: Request, status: int, code: str, message: str) -> Answer:  # noqa: ARG002  # one shape
        body = {"object": "error", "status": status, "code": code, "message": message, "request_id": str(uuid4())}
        if status == 429:
            body["additional_data"] = {"rate_limit_reason": "connection_limit"}
        return Answer(status=status, body=body)

    def check(self, request: Request) -> None:
        key = self.key(request)
        if not key or (self.keys is not None and key not in self.keys):
            raise Refused(401, "unauthorized", "API token is invalid.")
        version = request.headers.get("notion-version")
        if version is None:
            text = "Notion-Version header should be defined, instead was `undefined`."
            raise Refused(400, "missing_version", f"Notion-Version header failed validation: {text}", invalid=True)
        if version not in self.versions:
            known = " or ".join(f'`"{one}"`' for one in self.versions)
            text = f"Notion-Version header failed validation: Notion-Version header should be {known}, instead was "
            raise Refused(400, "validation_error", f'{text}`"{version}"`.', invalid=True)
        notion_limits.hold(request.body, request.size, self.limits)
        most = self.limits.page_size
        if not 1 <= (size := Call(request=request, most=most).size) <= most:
            raise notion_limits.invalid(f"body.page_size should be ≤ `{most}`, instead was `{size}`.")

    def carry_out(self, request: Request) -> Answer:
        for method, pattern, capability, act in ROUTES:
            matched = pattern.fullmatch(request.path)
            if matched is None or method != request.method:
                continue
            if capability not in self.capabilities:
                raise Refused(403, "restricted_resource", f"Insufficient permissions: {capability} is not allowed.")
            id_, name = (*matched.groups(), "", "")[:2]
            shown = act(self, Call(request=request, most=self.limits.page_size, id=id_, name=name))
            return Answer(status=200, body={**shown, "request_id": str(uuid4())})
        raise Refused(400, "invalid_request_url", "Invalid request URL.")

    def me(self, _: Call) -> Shown:
        owner = {"type": "workspace", "workspace": True}
        return {**BOT, "name": "Amprenta", "avatar_url": None, "type": "bot", "bot": {"owner": owner}}


Act = Callable[[NotionFake, Call], Shown]


def _route(method: str, path: str, capability: str, act: Act) -> tuple[str, re.Pattern[str], str, Act]:
    return method, re.compile(path.replace("ID", ID)), capability, act


ROUTES = (
    _route("GET", "/v1/users/me", "read", NotionFake.me),
    _route("POST", "/v1/search", "read", NotionFake.search),
    _route("POST", "/v1/pages", "insert", NotionFake.create_page),
    _route("GET", "/v1/pages/ID", "read", NotionFake.get_page),
    _route("PATCH", "/v1/pages/ID", "update", NotionFake.update_page),
    _route("GET", "/v1/pages/ID/properties/(.+)", "read", NotionFake.get_property),
    _route("GET", "/v1/blocks/ID/children", "read", NotionFake.list_children),
    _route("PATCH", "/v1/blocks/ID/children", "insert", NotionFake.append_children),
    _route("GET", "/v1/blocks/ID", "read", NotionFake.get_block),
    _route("PATCH", "/v1/blocks/ID", "update", NotionFake.update_block),
    _route("DELETE", "/v1/blocks/ID", "update", NotionFake.delete_block),
    _route("POST", "/v1/databases", "insert", NotionFake.create_database),
    _route("GET", "/v1/databases/ID", "read", NotionFake.get_database),
    _route("PATCH", "/v1/databases/ID", "update", NotionFake.update_database),
    _route("POST", "/v1/data_sources", "insert", NotionFake.create_source),
    _route("GET", "/v1/data_sources/ID", "read", NotionFake.get_source),
    _route("PATCH", "/v1/data_sources/ID", "update", NotionFake.update_source),
    _route("POST", "/v1/data_sources/ID/query", "read", NotionFake.query),
)


def main() -> None:
    """Serve, with a page and the data sources that are named."""
    options = parser("Notion")
    options.add_argument("--data-source", action="append", default=[], metavar="NAME[=FILE]", help="FILE: properties")
    given = options.parse_args()
    fake = NotionFake(
        port=given.port, keys=given.key, rate=given.rate, faults=Faults(seed=given.seed, rate=given.storm)
    )
    lines = [f"page {fake.add_page()}"]
    for one in given.data_source:
        name, _, file = one.partition("=")
        properties = json.loads(Path(file).read_text(encoding="utf-8")) if file else {"Name": {"title": {}}}
        lines.append(f"{name} {fake.add_data_source(name, properties)}")
    serve(fake, lines)


if __name__ == "__main__":
    main()
