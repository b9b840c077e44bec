"""What people wrote in Notion, as plain text: beside our region on our pages, and all of it on pages of their own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import field, frozen

from amprenta_core.errors import SinkRejected
from amprenta_core.outgoing import ItemKey, Kind
from amprenta_core.settings import NotionSettings
from amprenta_core.sinks.notion import page_key
from amprenta_core.sinks.notion_properties import PAGE_KINDS, bare, plain_text, property_text
from amprenta_core.sinks.notion_regions import trashed
from amprenta_core.sinks.notion_requests import NotionApi
from amprenta_core.sinks.notion_rows import rows
from amprenta_core.sinks.notion_schemas import Schemas
from amprenta_core.sinks.pages import is_region

MOST = 100_000
"""Characters that are read of one page."""
_DEEPEST = 20
_JUST_NOW = timedelta(minutes=2)
_PREFIX = {
    "heading_1": "# ",
    "heading_2": "## ",
    "heading_3": "### ",
    "heading_4": "#### ",
    "bulleted_list_item": "- ",
    "numbered_list_item": "1. ",
    "quote": "> ",
}
_PLACES = ("url", "external", "file")


@frozen(kw_only=True)
class Narrative:
    """The text of one page. ``key`` is the item whose page it is, None for a page that is not ours.

    ``edited_at`` is when it was last edited, as Notion says it, to the minute; None within two minutes of an edit:
    another edit may follow under the same time, so the page is to be read again.
    """

    page_id: str
    title: str
    url: str
    text: str = field(repr=False)
    edited_at: str | None
    key: ItemKey | None = None


def read_page(api: NotionApi, page_id: str) -> str:
    """The text of a page, nested blocks included and our region left out; at most ``MOST`` characters.

    Pages and databases inside it are named and not entered. Raises ``SinkRejected`` or ``SinkUnavailable``.
    """
    lines: list[str] = []
    room = MOST
    for line in _lines(api, page_id, 0):
        lines.append(line[:room])
        room -= len(line) + 1
        if room <= 0:
            break
    return "\n".join(lines)


def narratives(
    api: NotionApi,
    settings: NotionSettings,
    *,
    pages: Iterable[str] = (),
    sources: Iterable[str] = (),
    since: Mapping[str, str | None] | None = None,
    unread: Callable[[str, SinkRejected], None] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Narrative]:
    """The pages of these ids, and of these data sources, that were edited since they were last read.

    ``since`` has ``edited_at`` by page id. A page that cannot be read is told to ``unread``, or ends the reading
    where that is None. An empty text is an answer: what was there is gone, or the page lies in the trash. One in the
    trash that was never read is left out.
    """
    schemas = Schemas(api=api, settings=settings)
    known = since or {}
    for page_id, page in _found(api, pages, sources, unread):
        told = page.get("last_edited_time")
        if trashed(page):
            if page_id in known:
                yield Narrative(page_id=page_id, title="", url="", text="", edited_at=told)
            continue
        if told is not None and known.get(page_id) == told:
            continue
        try:
            yield _narrative(api, schemas, page, edited_at=_settled(told, now()))
        except SinkRejected as error:
            if unread is None:
                raise
            unread(page_id, error)


def _found(
    api: NotionApi,
    pages: Iterable[str],
    sources: Iterable[str],
    unread: Callable[[str, SinkRejected], None] | None,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, page) of all that may have been edited."""
    for page_id in pages:
        try:
            page = api.call(api.client.pages.retrieve, page_id)
        except SinkRejected as error:
            if unread is None:
                raise
            unread(page_id, error)
        else:
            yield str(page["id"]), page
    for source in sources:
        for page in rows(api, source):
            yield str(page["id"]), page


def _narrative(api: NotionApi, schemas: Schemas, page: Mapping[str, Any], *, edited_at: str | None) -> Narrative:
    titles = (told for told in (page.get("properties") or {}).values() if told.get("type") == "title")
    return Narrative(
        page_id=str(page["id"]),
        title=property_text(next(titles, None)),
        url=str(page.get("url") or ""),
        text=read_page(api, str(page["id"])),
        edited_at=edited_at,
        key=_key(schemas, page),
    )


def _key(schemas: Schemas, page: Mapping[str, Any]) -> ItemKey | None:
    kind = _kind(schemas.settings, page)
    return page_key(page, kind, schemas.columns(kind)) if kind is not None else None


def _kind(settings: NotionSettings, page: Mapping[str, Any]) -> Kind | None:
    """The kind whose data source the page is in."""
    source = bare((page.get("parent") or {}).get("data_source_id"))
    return next((kind for kind in PAGE_KINDS if source and bare(settings.sources.get(kind)) == source), None)


def _settled(told: str | None, now: datetime) -> str | None:
    """The time of the last edit, once no other edit can come under the same time."""
    try:
        return told if told is not None and now - datetime.fromisoformat(told) > _JUST_NOW else None
    except ValueError:
        return None


def _lines(api: NotionApi, block_id: str, depth: int) -> Iterator[str]:
    for block in api.children(block_id):
        if is_region(block):
            continue
        line = _line(block)
        if line:
            yield line
        inside = block.get("has_children") and block.get("type") not in ("child_page", "child_database")
        if inside and depth < _DEEPEST:
            yield from _lines(api, str(block["id"]), depth + 1)


def _line(block: Mapping[str, Any]) -> str:
    """The text of one block without what is inside it; empty where it has none."""
    kind = str(block.get("type"))
    content = block.get(kind)
    if not isinstance(content, dict):
        return ""
    match kind:
        case "table_row":
            return " | ".join(plain_text(cell) for cell in content.get("cells") or ())
        case "to_do":
            return f"[{'x' if content.get('checked') else ' '}] {plain_text(content.get('rich_text'))}"
        case "code":
            return f"```{content.get('language') or ''}\n{plain_text(content.get('rich_text'))}\n```"
        case _:
            text = _any_text(content)
            return _PREFIX.get(kind, "") + text if text else ""


def _any_text(content: Mapping[str, Any]) -> str:
    """What a block of any type has of text: its words, title or formula, and what it shows from elsewhere."""
    said = plain_text(content.get("rich_text")) or plain_text(content.get("title"))
    named = [content.get(name) for name in ("title", "expression", "name")]
    plain = [said, *(text for text in named if isinstance(text, str)), plain_text(content.get("caption"))]
    linked = [_address(content.get(place)) for place in _PLACES]
    return " ".join(text for text in (*plain, *linked) if text)


def _address(told: Any) -> str:
    """An address that is given as such or as a file. Notion's own links to files end soon and are left out."""
    if isinstance(told, dict):
        return "" if "expiry_time" in told else str(told.get("url") or "")
    return told if isinstance(told, str) else ""
