"""What Notion does with databases and data sources when it is asked to, and its search."""

from fakes.notion_pages import PageActs
from fakes.notion_people import People
from fakes.notion_query import Call, listed, matching, ordered
from fakes.notion_state import Database, DataSource, Page, Thing
from fakes.notion_values import Shown, plain, texts


class DatabaseActs(PageActs, People):
    """The acts on databases and data sources; each takes a call and gives what is shown. Raises ``Refused``."""

    query_cap: int

    def create_database(self, call: Call) -> Shown:
        parent = self.parent_of(call.body["parent"])
        title = texts(call.body.get("title", []))
        database = self.workspace.add_database(parent.id, title)
        parent.children.append(database.id)
        self.workspace.add_source(database, title, (call.body.get("initial_data_source") or {}).get("properties") or {})
        return self.workspace.show_database(database)

    def get_database(self, call: Call) -> Shown:
        return self.workspace.show_database(self.workspace.database(call.id))

    def update_database(self, call: Call) -> Shown:
        database = self.workspace.database(call.id)
        self._update(database, call.body)
        return self.workspace.show_database(database)

    def create_source(self, call: Call) -> Shown:
        database = self.workspace.database(call.body["parent"]["database_id"])
        source = self.workspace.add_source(database, texts(call.body.get("title", [])), call.body["properties"])
        source.icon = call.body.get("icon")
        return self.workspace.show_source(source)

    def get_source(self, call: Call) -> Shown:
        return self.workspace.show_source(self.workspace.source(call.id))

    def update_source(self, call: Call) -> Shown:
        source = self.workspace.source(call.id)
        self._update(source, call.body)
        for name, written in call.body.get("properties", {}).items():
            self._update_property(source, name, written)
        return self.workspace.show_source(source)

    def _update(self, thing: Database | DataSource, body: Shown) -> None:
        if "title" in body:
            thing.title = texts(body["title"])
        thing.icon = body.get("icon", thing.icon)
        thing.in_trash = bool(body.get("in_trash", body.get("archived", thing.in_trash)))
        self.workspace.edited(thing)

    def _update_property(self, source: DataSource, name: str, written: Shown | None) -> None:
        known = source.find(name)
        if known is None:
            source.add(name, written or {})
        elif written is None:
            self.person_removes_property(source.id, known["name"])
        else:
            old = str(known["name"])
            if written.keys() - {"name"}:
                self.person_retypes_property(source.id, old, written)
            self.person_renames_property(source.id, old, str(written.get("name", old)))

    def query(self, call: Call) -> Shown:
        source = self.workspace.source(call.id)
        test = matching(self.workspace, source, call.body.get("filter"))
        gone = bool(call.body.get("in_trash", call.body.get("archived", False)))

        def found() -> list[str]:
            pages = [page for page in map(self.workspace.things.get, source.rows) if isinstance(page, Page)]
            kept = [page for page in pages if page.in_trash is gone and page.shared and test(page)]
            return [page.id for page in ordered(source, kept, call.body.get("sorts", []))]

        ids, following, capped = self.cursors.page(call, found, call.body.get("start_cursor"), self.query_cap)
        pages = [page for page in map(self.workspace.things.get, ids) if isinstance(page, Page)]
        shown = [self.workspace.show_page(page) for page in pages if page.in_trash is gone]
        return listed(shown, following, "page_or_data_source", capped=capped)

    def search(self, call: Call) -> Shown:
        kind = (call.body.get("filter") or {}).get("value")
        wanted = call.body.get("query", "").lower()
        oldest = (call.body.get("sort") or {}).get("direction") == "ascending"

        def found() -> list[str]:
            kinds = {"page": (Page,), "data_source": (DataSource,)}.get(str(kind), (Page, DataSource))
            things = [one for one in self.workspace.things.values() if isinstance(one, kinds)]
            hits = [one for one in things if wanted in plain(self._title(one)).lower()]
            seen = [one for one in hits if self.workspace.visible(one) and not self.workspace.trashed(one)]
            return [one.id for one in sorted(seen, key=lambda one: one.edited, reverse=not oldest)]

        ids, following, _ = self.cursors.page(call, found, call.body.get("start_cursor"))
        things = [self.workspace.things[id_] for id_ in ids if id_ in self.workspace.things]
        return listed([self._show(one) for one in things], following, "page_or_data_source")

    def _title(self, thing: Thing) -> list[Shown]:
        return self.workspace.title(thing) if isinstance(thing, Page) else list(getattr(thing, "title", []))

    def _show(self, thing: Thing) -> Shown:
        if isinstance(thing, DataSource):
            return self.workspace.show_source(thing)
        assert isinstance(thing, Page)
        return self.workspace.show_page(thing)
