"""A workspace of Notion in memory: databases, data sources, pages and blocks, and how answers show them."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from attrs import define, field

from fakes.notion_limits import Limits, block_type
from fakes.notion_values import Shown, missing, plain, property_id, property_schema, same_id, shown_value, texts

BOT = {"object": "user", "id": "7b1f0c1e-0000-4000-8000-00000000b075"}
PERSON = {"object": "user", "id": "7b1f0c1e-0000-4000-8000-0000000000e1"}


def identified(text: str) -> str:
    """An id with its dashes, however it was written; what is no id stays as it is."""
    return str(UUID(text)) if re.fullmatch(r"[0-9a-fA-F]{32}", text.replace("-", "")) else text


def utc_now() -> datetime:
    return datetime.now(UTC)


def minute(moment: datetime) -> str:
    """As pages and blocks show times: cut to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


@define(kw_only=True)
class Thing:
    """What pages, blocks, databases and data sources have in common. ``parent`` is an id; empty: the workspace."""

    id: str
    parent: str
    created: datetime
    edited: datetime
    by: Mapping[str, str] = field(factory=lambda: BOT)
    in_trash: bool = False
    shared: bool = True
    icon: Shown | None = None
    cover: Shown | None = None
    children: list[str] = field(factory=list)


T = TypeVar("T", bound=Thing)


@define(kw_only=True)
class Page(Thing):
    """``values`` by the id of the property; a page outside a data source has only its title."""

    data_source: str | None = None
    values: dict[str, Any] = field(factory=dict)


@define(kw_only=True)
class Block(Thing):
    type: str
    content: Shown


@define(kw_only=True)
class DataSource(Thing):
    title: list[Shown] = field(factory=list)
    properties: dict[str, Shown] = field(factory=dict)
    rows: list[str] = field(factory=list)
    made_properties: int = 0

    def find(self, name: str) -> Shown | None:
        """A property by name or id."""
        if name in self.properties:
            return self.properties[name]
        return next((one for one in self.properties.values() if same_id(one["id"], name)), None)

    def add(self, name: str, written: Mapping[str, Any]) -> None:
        self.made_properties += 1
        kinds = {written.get("type"), *written}
        id_ = "title" if "title" in kinds else property_id(self.made_properties, name)
        self.properties[name] = property_schema(name, id_, written)


@define(kw_only=True)
class Database(Thing):
    title: list[Shown] = field(factory=list)
    sources: list[str] = field(factory=list)


@define(kw_only=True)
class Workspace:
    """All things by id. ``clock`` says what time it is."""

    clock: Callable[[], datetime] = utc_now
    limits: Limits = field(factory=Limits)
    things: dict[str, Thing] = field(factory=dict)
    made: int = 0
    """Blocks that the integration made in its life, deleted ones too."""

    # Finding.

    def page(self, id_: str) -> Page:
        return self._found(id_, Page, "page")

    def database(self, id_: str) -> Database:
        return self._found(id_, Database, "database")

    def source(self, id_: str) -> DataSource:
        return self._found(id_, DataSource, "data_source")

    def any_block(self, id_: str) -> Thing:
        """A block, or a page or database taken as one."""
        found = self.things.get(identified(id_))
        if found is None or isinstance(found, DataSource) or not self.visible(found):
            raise missing("block", id_)
        return found

    def _found(self, id_: str, kind: type[T], name: str) -> T:
        found = self.things.get(identified(id_))
        if not isinstance(found, kind) or not self.visible(found):
            raise missing(name, id_)
        return found

    def visible(self, thing: Thing) -> bool:
        """Whether it and all that it is in is shared with the integration."""
        return all(above.shared for above in self.chain(thing))

    def trashed(self, thing: Thing) -> bool:
        return any(above.in_trash for above in self.chain(thing))

    def chain(self, thing: Thing | None) -> Iterator[Thing]:
        """The thing and all that it is in."""
        while thing is not None:
            yield thing
            thing = self.things.get(thing.parent)

    def is_page(self, id_: str) -> bool:
        found = self.things.get(identified(id_))
        return isinstance(found, Page) and self.visible(found)

    # Making.

    def born(self, parent: str) -> dict[str, Any]:
        """What a new thing starts with."""
        now = self.clock()
        return {"id": str(uuid4()), "parent": parent, "created": now, "edited": now}

    def keep(self, thing: T) -> T:
        self.things[thing.id] = thing
        return thing

    def add_database(self, parent: str, title: list[Shown]) -> Database:
        return self.keep(Database(**self.born(parent), title=title))

    def add_source(self, database: Database, title: list[Shown], properties: Mapping[str, Any]) -> DataSource:
        source = DataSource(**self.born(database.id), title=title)
        for name, written in (properties or {"Name": {"title": {}}}).items():
            source.add(name, written)
        database.sources.append(source.id)
        return self.keep(source)

    def add_blocks(self, parent: Thing, written: list[Any], at: int | None = None) -> list[Block]:
        """Blocks below a thing, with what is inside them; at the end, or at a place."""
        added = [self._add_block(parent, one) for one in written]
        place = len(parent.children) if at is None else at
        parent.children[place:place] = [block.id for block in added]
        return added

    def _add_block(self, parent: Thing, written: Mapping[str, Any]) -> Block:
        type_ = block_type(written)
        content = {key: value for key, value in written[type_].items() if key != "children"}
        block = self.keep(Block(**self.born(parent.id), type=type_, content=block_content(type_, content)))
        self.made += 1
        self.add_blocks(block, written[type_].get("children") or written.get("children") or [])
        return block

    def edited(self, thing: Thing, by: Mapping[str, str] = BOT) -> None:
        """The thing and what it is in, up to its page, was edited now."""
        for above in self.chain(thing):
            above.edited, above.by = self.clock(), by
            if isinstance(above, Page):
                return

    def forget(self, thing: Thing) -> None:
        """It is gone for good, with all that is in it."""
        for child in list(thing.children):
            if child in self.things:
                self.forget(self.things[child])
        above = self.things.get(thing.parent)
        if above is not None and thing.id in above.children:
            above.children.remove(thing.id)
        if isinstance(above, DataSource) and thing.id in above.rows:
            above.rows.remove(thing.id)
        del self.things[thing.id]

    # Showing.

    def below(self, thing: Thing) -> list[Thing]:
        """What is directly in it and not in the trash."""
        return [self.things[id_] for id_ in thing.children if id_ in self.things and not self.things[id_].in_trash]

    def title(self, page: Page) -> list[Shown]:
        return list(page.values.get("title") or [])

    def show_page(self, page: Page) -> Shown:
        source = self.things.get(page.data_source or "")
        schemas = source.properties if isinstance(source, DataSource) else TITLE_ONLY
        properties = {name: self._shown(page, schema) for name, schema in schemas.items()}
        flat = page.id.replace("-", "")
        name = re.sub(r"[^0-9A-Za-z]+", "-", plain(self.title(page))).strip("-")
        return {
            "object": "page",
            "id": page.id,
            **self._times(page),
            "cover": page.cover,
            "icon": page.icon,
            "parent": self._parent(page),
            "in_trash": self.trashed(page),
            "is_archived": False,
            "is_locked": False,
            "properties": properties,
            "url": f"https://app.notion.com/p/{name}-{flat}" if name else f"https://app.notion.com/p/{flat}",
            "public_url": None,
            "archived": self.trashed(page),
        }

    def _shown(self, page: Page, schema: Shown) -> Shown:
        computed = {
            "created_time": minute(page.created),
            "last_edited_time": minute(page.edited),
            "created_by": BOT,
            "last_edited_by": page.by,
        }
        return shown_value(schema, computed.get(schema["type"], page.values.get(schema["id"])))

    def show_block(self, thing: Thing) -> Shown:
        match thing:
            case Block():
                type_, content = thing.type, thing.content
            case Page():
                type_, content = "child_page", {"title": plain(self.title(thing))}
            case _:
                type_, content = "child_database", {"title": plain(getattr(thing, "title", []))}
        return {
            "object": "block",
            "id": thing.id,
            "parent": self._parent(thing),
            **self._times(thing),
            "has_children": bool(self.below(thing)),
            "in_trash": self.trashed(thing),
            "type": type_,
            type_: content,
            "archived": self.trashed(thing),
        }

    def show_database(self, database: Database) -> Shown:
        sources = [self.things[id_] for id_ in database.sources if not self.things[id_].in_trash]
        return {
            "object": "database",
            "id": database.id,
            "title": database.title,
            "description": [],
            "parent": self._parent(database),
            "is_inline": False,
            "in_trash": self.trashed(database),
            "is_locked": False,
            "created_time": database.created.isoformat(timespec="milliseconds"),
            "last_edited_time": database.edited.isoformat(timespec="milliseconds"),
            "data_sources": [{"id": one.id, "name": plain(getattr(one, "title", []))} for one in sources],
            "icon": database.icon,
            "cover": database.cover,
            "url": f"https://app.notion.com/p/{database.id.replace('-', '')}",
            "public_url": None,
            "archived": self.trashed(database),
        }

    def show_source(self, source: DataSource) -> Shown:
        database = self.things[source.parent]
        return {
            "object": "data_source",
            "id": source.id,
            "cover": source.cover,
            "icon": source.icon,
            **self._times(source),
            "title": source.title,
            "description": [],
            "is_inline": False,
            "properties": dict(source.properties),
            "parent": self._parent(source),
            "database_parent": self._parent(database),
            "url": f"https://app.notion.com/p/{database.id.replace('-', '')}",
            "public_url": None,
            "in_trash": self.trashed(source),
            "archived": self.trashed(source),
        }

    def _times(self, thing: Thing) -> Shown:
        return {
            "created_time": minute(thing.created),
            "last_edited_time": minute(thing.edited),
            "created_by": dict(BOT),
            "last_edited_by": dict(thing.by),
        }

    def _parent(self, thing: Thing) -> Shown:
        above = self.things.get(thing.parent)
        match above:
            case None:
                return {"type": "workspace", "workspace": True}
            case DataSource():
                return {"type": "data_source_id", "data_source_id": above.id, "database_id": above.parent}
            case Database():
                return {"type": "database_id", "database_id": above.id}
            case Block():
                return {"type": "block_id", "block_id": above.id}
            case _:
                return {"type": "page_id", "page_id": above.id}


TITLE_ONLY: Mapping[str, Shown] = {"title": {"id": "title", "name": "title", "type": "title", "title": {}}}


def block_content(type_: str, written: Mapping[str, Any]) -> Shown:
    """What a block holds, as it is shown."""
    content = dict(written)
    for name in ("rich_text", "caption"):
        if name in content:
            content[name] = texts(content[name])
    if type_ == "table_row":
        content["cells"] = [texts(cell) for cell in content.get("cells", [])]
    if type_ == "paragraph":
        content.setdefault("icon", None)
    if "rich_text" in content and type_ != "code":
        content.setdefault("color", "default")
    return content
