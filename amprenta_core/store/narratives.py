"""What people wrote in Notion, kept with the page it came from."""

from uuid import UUID

from attrs import field, frozen
from sqlalchemy import Connection, text

from amprenta_core.outgoing import ItemKey, Kind

_OURS = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, id, notion_page_id FROM {kind}s WHERE notion_page_id IS NOT NULL"  # noqa: S608  # our own tables
    for kind in ("program", "experiment", "dataset", "signature")
)
_SAVE = text(
    "INSERT INTO narratives AS n (id, kind, item_id, notion_page_id, title, url, text, edited_at) "
    "VALUES (:id, :kind, :item, :page, :title, :url, :text, :edited) ON CONFLICT (notion_page_id) DO UPDATE SET "
    "kind = excluded.kind, item_id = excluded.item_id, title = excluded.title, url = excluded.url, "
    "text = excluded.text, edited_at = excluded.edited_at, fetched_at = now()"
)


@frozen(kw_only=True)
class Stored:
    """The text of a page. ``about`` is the item whose page it is; None: a page of its own."""

    id: UUID
    about: ItemKey | None
    page_id: str
    title: str
    url: str | None
    text: str = field(repr=False)
    edited_at: str = ""


def pages(connection: Connection) -> tuple[dict[str, ItemKey], dict[str, str | None]]:
    """(our items' pages, page → when it was edited as it was last read)."""
    ours: dict[str, ItemKey] = {}
    for kind, item, page in connection.execute(text(_OURS)):
        known: Kind = kind
        ours[page] = ItemKey(kind=known, id=item)
    read = connection.execute(text("SELECT notion_page_id, nullif(edited_at, '') FROM narratives"))
    return ours, {page: edited for page, edited in read}  # noqa: C416  # rows are no pairs to a type checker


def save(connection: Connection, narrative: Stored) -> bool:
    """Keep a page's text; an empty one takes it away. Whether anything changed."""
    old = connection.execute(
        text("SELECT title, text FROM narratives WHERE notion_page_id = :page"), {"page": narrative.page_id}
    ).first()
    if not narrative.text.strip():
        connection.execute(text("DELETE FROM narratives WHERE notion_page_id = :page"), {"page": narrative.page_id})
        connection.execute(text("DELETE FROM chunks WHERE kind = 'narrative' AND item_id = :id"), {"id": narrative.id})
        return old is not None
    about = narrative.about
    told = {
        "id": narrative.id,
        "kind": about.kind if about else None,
        "item": about.id if about else None,
        "page": narrative.page_id,
        "title": narrative.title,
        "url": narrative.url,
        "text": narrative.text,
        "edited": narrative.edited_at,
    }
    connection.execute(_SAVE, told)
    return old is None or (old.title, old.text) != (narrative.title, narrative.text)
