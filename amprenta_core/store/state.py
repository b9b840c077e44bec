"""How the database is doing: for ``amprenta db`` and ``amprenta doctor``."""

from typing import Any

from attrs import frozen
from sqlalchemy import text

from amprenta_core.settings import Settings
from amprenta_core.store import embedded, migrations
from amprenta_core.store.database import engine, masked, translated

WANTED_EXTENSIONS = ("vector", "pg_trgm", "unaccent")


@frozen(kw_only=True)
class State:
    """What a running database says of itself: server version, schema (None: no tables), extensions it could have."""

    version: str
    schema: str | None
    newest_schema: str
    extensions: tuple[str, ...]
    datasets: int | None


def ask(settings: Settings) -> State:
    """Connect and ask. Raises ``SinkUnavailable``; the embedded database is started where it does not run."""
    made = engine(settings)
    try:
        with translated(), made.connect() as connection:
            schema = migrations.current(connection)
            available = connection.execute(
                text("SELECT name FROM pg_available_extensions WHERE name = ANY(:names)"),
                {"names": list(WANTED_EXTENSIONS)},
            )
            return State(
                version=str(connection.scalar(text("SHOW server_version"))),
                schema=schema,
                newest_schema=migrations.head(),
                extensions=tuple(sorted(available.scalars())),
                datasets=connection.scalar(text("SELECT count(*) FROM datasets"))
                if schema in migrations.revisions()
                else None,
            )
    finally:
        made.dispose()


def where(settings: Settings) -> dict[str, Any]:
    """Where the database is, without starting it."""
    if settings.postgres_url:
        return {"kind": "server", "url": masked(settings.postgres_url), "running": None}
    found = embedded.status(settings.home)
    return {"kind": "embedded", "url": found.url, "running": found.running, "pid": found.pid, "data": str(found.data)}


def migrate(settings: Settings, to: str | None) -> str | None:
    """Move the schema up (None) or down to a revision; return where it stands then."""
    made = engine(settings)
    try:
        with translated():
            if to is None:
                migrations.upgrade(made)
            else:
                migrations.downgrade(made, to)
            with made.connect() as connection:
                return migrations.current(connection)
    finally:
        made.dispose()
