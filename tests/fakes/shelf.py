"""Items in a real database, and all that a worker needs to bring a sink in step with them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from attrs import evolve, field, frozen
from sqlalchemy import Connection, text

from amprenta_core.outgoing import Entry, ItemKey, Kind, Link, Sink
from amprenta_core.settings import Settings
from amprenta_core.store import outbox
from amprenta_core.store.database import Database, open_database
from amprenta_core.sync import Policy, Services

QUICK = Policy(first_delay=0.02, jitter=0.0, grain=0.001, shortest_wait=0.02, idle=0.5, longest_pause=0.05)
"""A worker that does not let a test wait; the settling time is the real one."""
_NEEDED: Mapping[str, Mapping[str, Any]] = {
    "dataset": {"omics_type": "lipidomics", "source_path": "/data/a.tsv", "current": 1},
    "narrative": {"notion_page_id": "", "text": "They said so.", "edited_at": "2026-01-01"},
}


@frozen(kw_only=True)
class Shelf:
    """Items of one database and the sinks that show them."""

    database: Database
    sinks: Mapping[str, Sink] = field(factory=dict)

    @property
    def services(self) -> Services:
        return Services(database=self.database, sinks=self.sinks, entries=entries)

    def put(self, kind: Kind, name: str, /, *, key: ItemKey | None = None, **columns: Any) -> ItemKey:
        """Create an item, and want it, in one transaction."""
        with self.database.transaction() as connection:
            made = insert(connection, kind, name, key=key, **columns)
            self.want(connection, [made])
        return made

    def change(self, key: ItemKey, **columns: Any) -> None:
        """Change an item, and want it, in one transaction."""
        with self.database.transaction() as connection:
            update(connection, key, **columns)
            self.want(connection, [key])

    def delete(self, key: ItemKey) -> None:
        with self.database.transaction() as connection:
            connection.execute(text(f"DELETE FROM {key.kind}s WHERE id = :id"), {"id": key.id})
            self.want(connection, [key])

    def want(self, connection: Connection, keys: Sequence[ItemKey]) -> None:
        for name, sink in sorted(self.sinks.items()):
            outbox.want(connection, [name], [key for key in keys if key.kind in sink.kinds])

    def state(self, key: ItemKey, sink: str | None = None) -> dict[str, Any]:
        """The row of the outbox."""
        one = {"sink": sink or next(iter(self.sinks)), "kind": key.kind, "id": key.id}
        query = text(
            "SELECT *, wanted IS DISTINCT FROM sent AS due, extract(epoch FROM next_try - now())::float AS wait "
            "FROM sink_state WHERE sink = :sink AND kind = :kind AND item_id = :id"
        )
        with self.database.transaction() as connection:
            return dict(connection.execute(query, one).mappings().one())

    def pending(self) -> int:
        with self.database.transaction() as connection:
            return sum(one.pending for one in outbox.status(connection))

    def retry(self) -> int:
        """Make what waits due now."""
        with self.database.transaction() as connection:
            return outbox.retry(connection)

    def run(self, sql: str, **parameters: Any) -> None:
        with self.database.transaction() as connection:
            connection.execute(text(sql), parameters)

    def age_doubts(self) -> None:
        """Let every creation without an answer lie long ago."""
        self.run("UPDATE sink_state SET in_doubt_since = in_doubt_since - interval '1 hour', next_try = now()")


def open_shelf(settings: Settings, *sinks: Sink) -> Shelf:
    return Shelf(database=open_database(settings), sinks={sink.name: sink for sink in sinks})


def insert(connection: Connection, kind: Kind, name: str, /, *, key: ItemKey | None = None, **columns: Any) -> ItemKey:
    made = key or ItemKey(kind=kind, id=uuid4())
    title = "title" if kind == "narrative" else "name"
    row = {"id": made.id, title: name, **_NEEDED.get(kind, {}), **columns}
    if kind == "narrative":
        row["notion_page_id"] = row["notion_page_id"] or str(made.id)
    names = ", ".join(row)
    values = ", ".join(f":{column}" for column in row)
    connection.execute(text(f"INSERT INTO {kind}s ({names}) VALUES ({values})"), row)
    return made


def update(connection: Connection, key: ItemKey, **columns: Any) -> None:
    sets = ", ".join(f"{column} = :{column}" for column in columns)
    connection.execute(text(f"UPDATE {key.kind}s SET {sets} WHERE id = :id_"), {**columns, "id_": key.id})


def entries(connection: Connection, keys: Sequence[ItemKey]) -> dict[ItemKey, Entry | None]:
    """A plain maker of entries: names, descriptions, programs. A name that begins with "unspeakable" breaks it."""
    return {key: _entry(connection, key) for key in keys}


def _entry(connection: Connection, key: ItemKey) -> Entry | None:
    row = connection.execute(text(f"SELECT * FROM {key.kind}s WHERE id = :id"), {"id": key.id}).mappings().first()
    if row is None:
        return None
    name = row.get("name") or row["title"]
    if name.startswith("unspeakable"):
        raise ValueError(name)
    made = Entry(key=key, name=name, description=row.get("description"), page_id=row["notion_page_id"])
    program = row.get("program_id")
    return made if program is None else evolve(made, program=_program(connection, program))


def _program(connection: Connection, program: UUID) -> Link:
    row = connection.execute(text("SELECT name, notion_page_id FROM programs WHERE id = :id"), {"id": program}).one()
    return Link(key=ItemKey(kind="program", id=program), name=row.name, page_id=row.notion_page_id)
