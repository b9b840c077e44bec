"""Notion as a sink: a page for each item, of which its properties and one marked region are ours."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import time
from typing import Any
from uuid import UUID

from attrs import define, field

from amprenta_core.errors import AmprentaError, SinkRejected
from amprenta_core.outgoing import Entry, ItemKey, Kind, NotSent, Outgoing, Remote, Sent, Throttle
from amprenta_core.settings import NotionSettings
from amprenta_core.sinks.notion_properties import PAGE_KINDS, WANTED, Columns, property_text, property_value
from amprenta_core.sinks.notion_regions import (
    fill_region,
    find_regions,
    remove_regions,
    replace_region,
    trashed,
    written_by_people,
)
from amprenta_core.sinks.notion_requests import NotionApi, NotionRefused, NotionUnavailable, open_api
from amprenta_core.sinks.notion_rows import rows
from amprenta_core.sinks.notion_schemas import Schemas
from amprenta_core.sinks.pages import Rendered, batches, region, render

SETTLE = 30.0
"""Seconds after an attempt that ended without an answer before a page that a query does not show is made again."""
_REFUSED, _NO_SUCH = 400, 404
GONE = "gone"
"""The Amprenta Hash of a page that was kept for what people wrote, when its item was gone."""


def make(settings: NotionSettings, throttle: Throttle, *, patience: float = 1.0) -> "NotionSink":
    """A sink for these settings; no request is made. ``patience`` is a factor of ``SETTLE``."""
    api = open_api(settings, throttle)
    kinds = frozenset(kind for kind in PAGE_KINDS if kind in settings.sources)
    schemas = Schemas(api=api, settings=settings)
    return NotionSink(settings=settings, api=api, schemas=schemas, settle=SETTLE * patience, kinds=kinds)


@define(kw_only=True)
class _Attempt:
    """What an attempt has come to by now: kept when it ends half-way.

    ``detail``: ``properties`` our keys → property ids; ``set`` the keys that we gave a value; ``body`` the hash and
    ``region`` the id of our region; ``notes`` what could not be written; ``doubt`` when a creation got no answer
    (seconds since 1970); ``page`` "trashed" where people threw ours away.
    """

    item: Outgoing
    page: str | None
    detail: dict[str, Any]
    in_doubt: bool

    @property
    def kind(self) -> Kind:
        return self.item.key.kind

    @property
    def remembered(self) -> Mapping[str, str]:
        return self.detail.get("properties") or {}


@define(kw_only=True)
class NotionSink:
    """Pages in the data sources of the settings; ``kinds`` are those that have one. It serves one thread at a time."""

    settings: NotionSettings
    api: NotionApi = field(repr=False)
    schemas: Schemas = field(repr=False)
    settle: float = SETTLE
    now: Callable[[], float] = field(default=time, repr=False)
    name: str = "notion"
    kinds: frozenset[Kind]
    at_once: int = 10

    def payload(self, entry: Entry) -> str:
        """A hash of properties, blocks and the renderer's version."""
        return render(entry).hash

    def send(self, items: Sequence[Outgoing]) -> Iterator[Sent | NotSent]:
        """One attempt for each item, in turn; when Notion as a whole is away, the rest is answered without asking.

        An item that is gone has its page moved to the trash, unless people wrote something there beside our region or
        into properties of their own: such a page is kept as theirs, without our region, without an Amprenta ID and
        with the Amprenta Hash "gone". A page that people moved to the trash is refused once, so that they are heard;
        the next attempt, which somebody asked for, takes it up again where it was restored, and else makes a new one.
        """
        away: NotionUnavailable | None = None
        for item in items:
            answer = self._attempted(item) if away is None else _kept(item, away)
            error = answer.error if isinstance(answer, NotSent) else None
            if isinstance(error, NotionUnavailable) and error.everywhere:
                away = error
            yield answer

    def inventory(self) -> Iterator[Remote]:
        """Every page of ours, those in the trash after the others; pages without an Amprenta ID are people's."""
        for in_trash in (False, True):
            for kind in PAGE_KINDS:
                if kind in self.settings.sources:
                    yield from self._listed(kind, in_trash=in_trash)

    def remove(self, remote: Remote) -> None:
        """Take one page away, with the same care for what people wrote as when an item is gone."""
        self._clear(remote.remote_id, remote.key.kind, {})

    def _attempted(self, item: Outgoing) -> Sent | NotSent:
        tried = _Attempt(item=item, page=item.remote_id, detail=dict(item.detail), in_doubt=item.in_doubt)
        try:
            if item.entry is None:
                self._take_away(tried)
            else:
                self._bring(tried, item.entry)
        except AmprentaError as error:
            return NotSent(
                key=item.key, error=error, in_doubt=tried.in_doubt, remote_id=tried.page, detail=tried.detail
            )
        return Sent(key=item.key, remote_id=tried.page, detail=tried.detail)

    def _bring(self, tried: _Attempt, entry: Entry) -> None:
        self.schemas.source(tried.kind)
        rendered = render(entry)
        if "page" in tried.detail:  # thrown away and asked for again: perhaps it was restored meanwhile
            tried.page = None
        elif tried.page is None:
            tried.page = entry.page_id
        if tried.page is None and (tried.in_doubt or {"doubt", "page"} & tried.detail.keys()):
            self._adopt(tried)
        if tried.page is None:
            self._create(tried, rendered)
        else:
            self._update(tried, rendered)
        tried.detail.pop("page", None)

    def _take_away(self, tried: _Attempt) -> None:
        if tried.page is None and (tried.in_doubt or "doubt" in tried.detail):
            self._adopt(tried)
        if tried.page is not None:
            self._clear(tried.page, tried.kind, tried.remembered)
        tried.page, tried.detail = None, {}

    def _adopt(self, tried: _Attempt) -> None:
        """Find what an attempt without an answer may have made: the oldest stays, its ghosts go.

        A query shows a new page only after a while: nothing is made again before ``settle`` has passed since an answer
        failed to come, where that is known; whoever says ``in_doubt`` without it has waited.
        """
        found = self._with_id(tried)
        first = next(iter(found), None)
        waited = self.now() - float(tried.detail.get("doubt") or 0.0)
        if first is None and waited < self.settle:
            what = "an attempt to make the Notion page ended without an answer, and no query shows the page yet"
            raise NotionUnavailable(what)
        tried.page, tried.in_doubt = first, False
        tried.detail.pop("doubt", None)
        for ghost in found[1:]:
            self._clear(ghost, tried.kind, tried.remembered)

    def _with_id(self, tried: _Attempt) -> list[str]:
        """The pages of the item, the oldest first."""
        columns = self.schemas.columns(tried.kind, tried.remembered)
        where = {"property": columns.ids["id"], "rich_text": {"equals": str(tried.item.key.id)}}
        found = rows(self.api, self.schemas.source(tried.kind), where=where)
        return [str(row["id"]) for row in found if not trashed(row)]

    def _create(self, tried: _Attempt, rendered: Rendered) -> None:
        """Make the page. Its hash is written when all of its body is there."""
        first, *rest = batches(rendered.blocks)
        body = region(first, rendered.body_hash)
        said = "" if rest else rendered.hash

        def write(columns: Columns) -> None:
            properties = _properties(rendered, columns, said, cleared=frozenset())
            parent = {"type": "data_source_id", "data_source_id": self.schemas.source(tried.kind)}
            make = self.api.client.pages.create
            tried.page = str(self.api.call(make, parent=parent, properties=properties, children=[body])["id"])

        try:
            self._written(tried, rendered, write)
        except NotionUnavailable as error:
            if error.maybe_done:
                tried.in_doubt, tried.detail["doubt"] = True, self.now()
            raise
        tried.in_doubt = False
        tried.detail.pop("region", None)
        if rest and tried.page is not None:
            fill_region(self.api, find_regions(self.api, tried.page).ids[0], rest)
            self._say(tried, rendered)
        tried.detail["body"] = rendered.body_hash

    def _update(self, tried: _Attempt, rendered: Rendered) -> None:
        page = str(tried.page)
        try:
            if tried.detail.get("body") != rendered.body_hash:
                tried.detail.pop("body", None)
                tried.detail["region"] = replace_region(self.api, page, rendered, tried.detail.get("region"))
                tried.detail["body"] = rendered.body_hash
            self._say(tried, rendered)
        except NotionRefused as error:
            if error.status in (_REFUSED, _NO_SUCH) and self._threw_away(page, tried.kind):
                self._thrown_away(tried)
            raise

    def _say(self, tried: _Attempt, rendered: Rendered) -> None:
        """Write the properties of the page that is there."""
        set_before = tried.detail.get("set")
        cleared = frozenset(WANTED[tried.kind] if set_before is None else set_before)

        def write(columns: Columns) -> None:
            properties = _properties(rendered, columns, rendered.hash, cleared=cleared)
            answer = self.api.call(self.api.client.pages.update, str(tried.page), properties=properties)
            if trashed(answer):
                self._thrown_away(tried)

        self._written(tried, rendered, write)

    def _written(self, tried: _Attempt, rendered: Rendered, write: Callable[[Columns], None]) -> None:
        values = rendered.values
        related = {key: str(values[key]) for key in ("program", "experiment") if values.get(key)}
        columns = self.schemas.writing(tried.kind, tried.remembered, related, write)
        tried.detail["properties"] = {**tried.remembered, **columns.ids}
        tried.detail["set"] = sorted(key for key in columns.ids if values.get(key) is not None)
        tried.detail.pop("notes", None)
        if columns.notes:
            tried.detail["notes"] = list(columns.notes)

    def _threw_away(self, page: str, kind: Kind) -> bool:
        """Whether the page is gone while its database is there. Raises what Notion says of the database otherwise."""
        try:
            return trashed(self.api.call(self.api.client.pages.retrieve, page))
        except NotionRefused as error:
            if error.status != _NO_SUCH:
                raise
            self.api.call(self.api.client.data_sources.retrieve, self.schemas.source(kind))
            return True

    def _thrown_away(self, tried: _Attempt) -> None:
        tried.page = None
        tried.detail = {"page": "trashed", "properties": dict(tried.remembered)}
        what = f"the Notion page of the {tried.kind} was moved to the trash by a person, or out of sight"
        raise SinkRejected(what, hint="Restore it in Notion, or `amprenta sync retry` makes a new one")

    def _clear(self, page: str, kind: Kind, remembered: Mapping[str, str]) -> None:
        """Move a page to the trash, or leave it to the people who wrote there. One that is gone is no error."""
        try:
            there = self.api.call(self.api.client.pages.retrieve, page)
        except NotionRefused as error:
            if error.status != _NO_SUCH:
                raise
            return
        if trashed(there):
            return
        columns = self.schemas.columns(kind, remembered)
        found = find_regions(self.api, page)
        if not found.others and not written_by_people(there, frozenset({*columns.ids.values(), *remembered.values()})):
            self.api.call(self.api.client.pages.update, page, in_trash=True)
            return
        remove_regions(self.api, found)
        left = {"id": None, **({"hash": GONE} if "hash" in columns.ids else {})}
        properties = {columns.ids[key]: property_value(kind, key, value) for key, value in left.items()}
        self.api.call(self.api.client.pages.update, page, properties=properties)

    def _listed(self, kind: Kind, *, in_trash: bool) -> Iterator[Remote]:
        columns = self.schemas.columns(kind)
        where = {"property": columns.ids["id"], "rich_text": {"is_not_empty": True}}
        for row in rows(self.api, self.schemas.source(kind), where=where, in_trash=in_trash):
            item = page_key(row, kind, columns)
            if item is not None:
                payload = _told(row, columns.ids.get("hash")) or None
                state = "trashed" if trashed(row) else ""
                yield Remote(key=item, remote_id=str(row["id"]), payload=payload, state=state)


def page_key(page: Mapping[str, Any], kind: Kind, columns: Columns) -> ItemKey | None:
    """Which item a page is of; None where it says none, or something that is no id."""
    try:
        return ItemKey(kind=kind, id=UUID(_told(page, columns.ids["id"]).strip()))
    except ValueError:
        return None


def _told(page: Mapping[str, Any], property_id: str | None) -> str:
    properties = (page.get("properties") or {}).values()
    return property_text(next((told for told in properties if told.get("id") == property_id), None))


def _properties(rendered: Rendered, columns: Columns, said: str, *, cleared: frozenset[str]) -> dict[str, Any]:
    """The properties to write, by their ids. What has no value is cleared only where we gave it one before."""
    values = {**rendered.values, "hash": said}
    return {
        an_id: property_value(rendered.kind, key, values.get(key))
        for key, an_id in columns.ids.items()
        if values.get(key) is not None or key in cleared
    }


def _kept(item: Outgoing, error: AmprentaError) -> NotSent:
    """The answer for an item that was not tried."""
    return NotSent(key=item.key, error=error, in_doubt=item.in_doubt, remote_id=item.remote_id, detail=item.detail)
