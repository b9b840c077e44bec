"""What people do in Notion while we are not looking."""

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fakes.notion_state import PERSON, Block, DataSource, Page, Thing, Workspace, block_content
from fakes.notion_values import Shown, property_schema, texts


class People:
    """The hands of people, for a fake that has a workspace and a lock. None of it is a request."""

    workspace: Workspace
    lock: threading.RLock

    def person_writes(self, page_id: str, text: str) -> str:
        """A paragraph at the end of a page; its id."""
        with self.lock:
            page = self.workspace.things[page_id]
            made = self.workspace.made
            written = {"paragraph": {"rich_text": [{"text": {"content": text}}]}}
            block = self.workspace.add_blocks(page, [written])[0]
            self.workspace.made = made  # what people make is not counted
            self.workspace.edited(block, PERSON)
            return block.id

    def person_edits_block(self, block_id: str, text: str) -> None:
        """Another text in a block."""
        with self.lock:
            block = self.workspace.things[block_id]
            assert isinstance(block, Block)
            block.content |= block_content(block.type, {"rich_text": [{"text": {"content": text}}]})
            self.workspace.edited(block, PERSON)

    def person_sets(self, page_id: str, **values: Any) -> None:
        """Other values of properties, by name, in the form in which pages show them; what is unknown is an error."""
        with self.lock:
            page = self._page(page_id)
            source = self._source(page.data_source or "")
            for name, value in values.items():
                schema = source.properties[name]
                text = schema["type"] in {"title", "rich_text"} and isinstance(value, str)
                page.values[schema["id"]] = texts([{"text": {"content": value}}]) if text else value
            self.workspace.edited(page, PERSON)

    def person_adds_page(self, data_source_id: str, title: str) -> str:
        """A row of their own; its id."""
        with self.lock:
            source = self._source(data_source_id)
            page = Page(**self.workspace.born(source.id), data_source=source.id, by=PERSON)
            page.values["title"] = texts([{"text": {"content": title}}])
            source.rows.append(page.id)
            return self.workspace.keep(page).id

    def person_trashes(self, id_: str) -> None:
        """Into the trash, from where it can be taken back."""
        with self.lock:
            self.workspace.things[id_].in_trash = True

    def person_restores(self, id_: str) -> None:
        """Out of the trash."""
        with self.lock:
            self.workspace.things[id_].in_trash = False

    def person_deletes(self, id_: str) -> None:
        """Gone for good, out of the trash as well."""
        with self.lock:
            self.workspace.forget(self.workspace.things[id_])

    def person_renames_property(self, data_source_id: str, old: str, new: str) -> None:
        """Another name; the id and the values stay."""
        with self.lock:
            source = self._source(data_source_id)
            source.properties = {
                (new if name == old else name): ({**schema, "name": new} if name == old else schema)
                for name, schema in source.properties.items()
            }

    def person_retypes_property(self, data_source_id: str, name: str, written: Mapping[str, Any]) -> None:
        """Another type, such as ``{"number": {}}``: the id stays, the values are lost."""
        with self.lock:
            source = self._source(data_source_id)
            schema = source.properties[name]
            source.properties[name] = property_schema(name, schema["id"], written)
            self._lose_values(source, schema)

    def person_removes_property(self, data_source_id: str, name: str) -> None:
        """The property and its values are gone."""
        with self.lock:
            source = self._source(data_source_id)
            self._lose_values(source, source.properties.pop(name))

    def unshare(self, id_: str) -> None:
        """The integration sees it no more, nor what is in it."""
        with self.lock:
            self.workspace.things[id_].shared = False

    def share(self, id_: str) -> None:
        """The integration sees it again."""
        with self.lock:
            self.workspace.things[id_].shared = True

    def backdate(self, id_: str, created: datetime) -> None:
        """As if it had been created, and last edited, then."""
        with self.lock:
            self.workspace.things[id_].created = self.workspace.things[id_].edited = created

    def _lose_values(self, source: DataSource, schema: Shown) -> None:
        for row in source.rows:
            self._page(row).values.pop(schema["id"], None)

    def _page(self, id_: str) -> Page:
        found: Thing = self.workspace.things[id_]
        assert isinstance(found, Page)
        return found

    def _source(self, id_: str) -> DataSource:
        found: Thing = self.workspace.things[id_]
        assert isinstance(found, DataSource)
        return found
