"""What Notion does with pages and blocks when it is asked to."""

from collections.abc import Mapping
from typing import Any

from fakes import notion_limits
from fakes.notion_limits import Limits, block_type
from fakes.notion_query import Call, Cursors, listed
from fakes.notion_state import TITLE_ONLY, Block, Database, DataSource, Page, Thing, Workspace, block_content
from fakes.notion_values import Shown, shown_value, written_value, wrong
from fakes.serving import Refused

ARCHIVED = "Can't edit block that is archived. You must unarchive the block before editing."


class PageActs:
    """The acts on pages and blocks; each takes a call and gives what is shown. Raises ``Refused``."""

    workspace: Workspace
    limits: Limits
    cursors: Cursors
    block_limit: int | None
    block_limit_status: int

    def create_page(self, call: Call) -> Shown:
        for unplayed in ("markdown", "template", "content"):
            if unplayed in call.body:
                raise wrong(f"{unplayed} is not played by this fake")
        self._hold_block_limit(1 + notion_limits.blocks(call.body))
        parent = self.parent_of(call.body["parent"])
        page = Page(**self.workspace.born(parent.id), icon=call.body.get("icon"), cover=call.body.get("cover"))
        source = parent if isinstance(parent, DataSource) else None
        page.data_source = source.id if source else None
        values = self._values(source, call.body["properties"])
        self.workspace.keep(page).values.update(values)
        (source.rows if source else parent.children).append(page.id)
        self.workspace.made += 1
        self.workspace.add_blocks(page, call.body.get("children") or [])
        return self.workspace.show_page(page)

    def parent_of(self, written: Mapping[str, Any]) -> Thing:
        if "data_source_id" in written:
            found: Thing = self.workspace.source(written["data_source_id"])
        elif "database_id" in written:
            found = self._only_source(self.workspace.database(written["database_id"]))
        elif "page_id" in written:
            found = self.workspace.page(written["page_id"])
        else:
            raise wrong("Internal integrations cannot create pages at the top of a workspace.")
        if self.workspace.trashed(found):
            raise wrong(ARCHIVED)
        return found

    def _only_source(self, database: Database) -> DataSource:
        if len(database.sources) != 1:
            message = "Databases with multiple data sources are not supported in this API version."
            raise Refused(400, "validation_error", message)
        return self.workspace.source(database.sources[0])

    def _values(self, source: DataSource | None, written: Mapping[str, Any]) -> dict[str, Any]:
        values = {}
        for name, value in written.items():
            schema = source.find(name) if source else TITLE_ONLY.get(name)
            if schema is None:
                raise wrong(f"{name} is not a property that exists.")
            short = schema["type"] == "title" and isinstance(value, list)  # which the real one takes too
            given = {"title": value} if short else value
            values[schema["id"]] = written_value(schema, given, self.limits, self.workspace.is_page)
        return values

    def get_page(self, call: Call) -> Shown:
        return self.workspace.show_page(self.workspace.page(call.id))

    def update_page(self, call: Call) -> Shown:
        page = self.workspace.page(call.id)
        gone = call.body.get("in_trash", call.body.get("archived"))
        if self.workspace.trashed(page) and gone is not False:
            raise wrong(ARCHIVED)
        source = self.workspace.things.get(page.data_source or "")
        values = self._values(source if isinstance(source, DataSource) else None, call.body.get("properties", {}))
        page.values.update(values)
        if gone is not None:
            page.in_trash = gone
        page.icon, page.cover = call.body.get("icon", page.icon), call.body.get("cover", page.cover)
        self.workspace.edited(page)
        return self.workspace.show_page(page)

    def get_property(self, call: Call) -> Shown:
        page = self.workspace.page(call.id)
        source = self.workspace.things.get(page.data_source or "")
        schema = source.find(call.name) if isinstance(source, DataSource) else TITLE_ONLY.get(call.name)
        if schema is None:
            raise Refused(404, "object_not_found", f"Could not find property with ID: {call.name}")
        type_ = schema["type"]
        shown = shown_value(schema, page.values.get(schema["id"]), whole=True)
        if type_ not in {"title", "rich_text", "relation", "people"}:
            return {"object": "property_item", **shown}
        items = shown[type_]
        at = int(call.request.one("start_cursor", "0"))
        end = at + call.size
        part = [{"object": "property_item", "type": type_, "id": schema["id"], type_: one} for one in items[at:end]]
        following = str(end) if end < len(items) else None
        made = listed(part, following, "property_item")
        return {**made, "property_item": {"id": schema["id"], "next_url": None, "type": type_, type_: {}}}

    def list_children(self, call: Call) -> Shown:
        above = self.workspace.any_block(call.id)
        ids, following, _ = self.cursors.page(
            call, lambda: [one.id for one in self.workspace.below(above)], call.request.one("start_cursor") or None
        )
        found = [self.workspace.things[one] for one in ids if one in self.workspace.things]
        return listed([self.workspace.show_block(one) for one in found], following, "block")

    def append_children(self, call: Call) -> Shown:
        above = self._editable(call.id)
        self._hold_block_limit(notion_limits.blocks(call.body))
        if above.parent and isinstance(above, Database):
            raise wrong("Databases have no block children.")
        at = self._place(above, call.body)
        added = self.workspace.add_blocks(above, call.body["children"], at)
        self.workspace.edited(above)
        return listed([self.workspace.show_block(one) for one in added], None, "block")

    def _place(self, above: Thing, body: Shown) -> int | None:
        position = body.get("position") or {}
        if position.get("type") == "start":
            return 0
        after = body.get("after") or (position.get("after_block") or {}).get("id")
        if after is None:
            return None
        block = self.workspace.any_block(after)
        if block.id not in above.children:
            raise wrong(f"Block to append children after is not a child of {above.id}: {after}")
        return above.children.index(block.id) + 1

    def get_block(self, call: Call) -> Shown:
        return self.workspace.show_block(self.workspace.any_block(call.id))

    def update_block(self, call: Call) -> Shown:
        block = self.workspace.any_block(call.id)
        gone = call.body.get("in_trash", call.body.get("archived"))
        if self.workspace.trashed(block) and gone is not False:
            raise wrong(ARCHIVED)
        written = {name: value for name, value in call.body.items() if name not in {"archived", "in_trash"}}
        if written:
            self._write_block(block, written)
        if gone is not None:
            block.in_trash = gone
        self.workspace.edited(block)
        return self.workspace.show_block(block)

    def _write_block(self, block: Thing, written: Shown) -> None:
        type_ = block_type(written)
        if not isinstance(block, Block) or block.type != type_:
            type_ = getattr(block, "type", "child_page")
            raise notion_limits.invalid(f"body.{type_} should be defined, instead was `undefined`.")
        block.content = {**block.content, **block_content(type_, written[type_])}

    def delete_block(self, call: Call) -> Shown:
        block = self._editable(call.id)
        block.in_trash = True
        self.workspace.edited(block)
        return self.workspace.show_block(block)

    def _editable(self, id_: str) -> Thing:
        found = self.workspace.any_block(id_)
        if self.workspace.trashed(found):
            raise wrong(ARCHIVED)
        return found

    def _hold_block_limit(self, more: int) -> None:
        if self.block_limit is not None and self.workspace.made + more > self.block_limit:
            code = "restricted_resource" if self.block_limit_status == 403 else "validation_error"
            message = (
                "This workspace has reached its limit of blocks made by connections. Upgrade the plan to add more."
            )
            raise Refused(self.block_limit_status, code, message)
