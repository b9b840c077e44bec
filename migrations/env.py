"""Alembic's entry: the connection is handed in by ``amprenta_core.store.migrations``, or made from the settings."""

from alembic import context

from amprenta_core.settings import from_environment
from amprenta_core.store import database, tables


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is kept by migrations: the one of vectors is made on first use, where the server has pgvector."""
    return (kind, name) != ("table", "vectors")


def run(connection: object) -> None:
    """Run the migrations in the caller's transaction."""
    context.configure(connection=connection, target_metadata=tables.metadata, include_name=ours)  # type: ignore[arg-type]
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with database.engine(from_environment()).begin() as made:
        run(made)
