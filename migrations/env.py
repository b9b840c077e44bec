"""Alembic's entry: the connection is handed in by ``amprenta_core.store.migrations``, or made from the settings."""

from alembic import context

from amprenta_core.settings import from_environment
from amprenta_core.store import database, tables


def run(connection: object) -> None:
    """Run the migrations in the caller's transaction."""
    context.configure(connection=connection, target_metadata=tables.metadata)  # type: ignore[arg-type]
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with database.engine(from_environment()).begin() as made:
        run(made)
