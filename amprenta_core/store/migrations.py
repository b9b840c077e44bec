"""Migrations: where the schema stands, and moving it. Alembic is only imported to move."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from amprenta_core.errors import SettingsError

_LOCK = 7_216_450_218


@cache
def folder() -> Path:
    """Where the migrations lie: in the wheel inside the package, in a checkout beside it."""
    spec = find_spec("amprenta_core")
    assert spec is not None and spec.origin is not None  # noqa: S101, PT018  # this very package
    package = Path(spec.origin).parent
    return next(place for place in (package / "migrations", package.parent / "migrations") if place.is_dir())


@cache
def revisions() -> tuple[str, ...]:
    """The revisions in order: each file is named after its own."""
    return tuple(sorted(path.stem for path in (folder() / "versions").glob("[0-9]*.py")))


def head() -> str:
    """The newest revision that this Amprenta knows."""
    return revisions()[-1]


def current(connection: Connection) -> str | None:
    """The revision of a database, None where it has none."""
    try:
        with connection.begin_nested():
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    except ProgrammingError:
        return None


def upgrade(engine: Engine, to: str = "head") -> None:
    """Move the schema up. Several processes may call it at once: one works, the others wait."""
    _move(engine, "upgrade", to)


def downgrade(engine: Engine, to: str) -> None:
    """Move the schema down to a revision, or ``base``. Tables that a revision made are dropped with their rows."""
    if to != "base" and to not in revisions():
        raise SettingsError(f"there is no revision {to}", hint=f"Known: base, {', '.join(revisions())}")
    _move(engine, "downgrade", to)


def refuse_newer(at: str | None) -> None:
    """Raise ``SettingsError`` for a revision that this Amprenta does not know."""
    if at is not None and at not in revisions():
        what = f"the database was migrated by a newer Amprenta ({at}, this one knows {head()})"
        raise SettingsError(what, hint="Install a newer Amprenta")


def _move(engine: Engine, direction: str, to: str) -> None:
    from alembic import command  # noqa: PLC0415  # half a second

    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        refuse_newer(current(connection))
        configuration = config()
        configuration.attributes["connection"] = connection
        getattr(command, direction)(configuration, to)


def config() -> Any:
    """Alembic's configuration for our migrations."""
    from alembic.config import Config  # noqa: PLC0415

    made = Config()
    made.set_main_option("script_location", str(folder()))
    made.set_main_option("path_separator", "os")
    return made
