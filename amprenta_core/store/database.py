"""The connection to Postgres: the embedded one by default, any other by its URL, the same code on both."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg2
import psycopg2.errors
from attrs import field, frozen
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from amprenta_core.errors import AmprentaError, SettingsError, SinkRejected, SinkUnavailable
from amprenta_core.settings import Settings
from amprenta_core.store import embedded, migrations
from amprenta_core.store.naming import NameCache

OLDEST_POSTGRES = 150_000


@frozen(kw_only=True)
class Database:
    """An open database, its migrations applied. ``workspace`` is the namespace of the ids of named things."""

    engine: Engine = field(repr=False)
    workspace: UUID
    names: NameCache = field(factory=NameCache, repr=False)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction; raises ``SinkUnavailable`` where the database does not answer."""
        try:
            with translated(), self.engine.begin() as connection:
                yield connection
        except BaseException:
            self.names.clear()  # names that were added may have been rolled back
            raise

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def address(settings: Settings) -> str:
    """The URL of the database; the embedded one is started where it does not run."""
    return settings.postgres_url or embedded.ensure_running(settings.home, binaries=settings.postgres_binaries)


def masked(url: str) -> str:
    """A URL that may be shown: its password is hidden."""
    parsed = _parsed(url)
    hidden = {key: "***" if "password" in key else value for key, value in parsed.query.items()}
    return parsed.set(query=hidden).render_as_string(hide_password=True)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        hint = "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        raise SettingsError("POSTGRES_URL is no Postgres URL", hint=hint) from None  # the cause may tell the password


def engine(settings: Settings) -> Engine:
    """An engine for the database; nothing is connected yet."""
    if settings.postgres_echo:
        _log_to_stderr()
    return create_engine(
        _parsed(address(settings)),
        echo=settings.postgres_echo,
        pool_size=2,
        hide_parameters=True,
        use_native_hstore=False,
    )


def _log_to_stderr() -> None:
    """SQLAlchemy's own choice is stdout, which belongs to results."""
    logger = logging.getLogger("sqlalchemy.engine.Engine")
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())


def open_database(settings: Settings, workspace: UUID | None = None) -> Database:
    """Connect, and make sure of the schema: the embedded database is brought up to date, another one must be.

    A database that is new takes ``workspace`` over (None: one of its own).

    Raises ``SettingsError`` for a server or schema that is too old, ``SinkUnavailable`` where none answers.
    """
    made = engine(settings)
    with translated():
        with made.connect() as connection:
            version = connection.connection.server_version
            current = migrations.current(connection)
        if version < OLDEST_POSTGRES:
            raise SettingsError(f"this is Postgres {version // 10_000}", hint="Amprenta needs Postgres 15 or later")
        _bring_up_to_date(settings, made, current)
        with made.begin() as connection:
            return Database(engine=made, workspace=_workspace(connection, workspace))


def _bring_up_to_date(settings: Settings, made: Engine, current: str | None) -> None:
    head = migrations.head()
    if current == head:
        return
    migrations.refuse_newer(current)
    if settings.postgres_url is not None:
        what = "has no tables of Amprenta yet" if current is None else f"is at migration {current}, not {head}"
        raise SettingsError(f"the database {what}", hint="Run: amprenta db upgrade")
    migrations.upgrade(made)


def _workspace(connection: Connection, given: UUID | None) -> UUID:
    query = text("SELECT id FROM workspace")
    found = connection.scalar(query)
    if found is None:
        insert = text("INSERT INTO workspace (id) VALUES (:id) ON CONFLICT DO NOTHING")
        connection.execute(insert, {"id": given or uuid4()})
        found = connection.scalar(query)
    return UUID(str(found))


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours; COPY raises them bare, SQLAlchemy wraps the others."""
    try:
        yield
    except (DBAPIError, psycopg2.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = (str(cause).strip() or "no answer").splitlines()[0]  # the lines below it quote the statement's values
        raise _ours(cause, reason) from error


def _ours(cause: BaseException | None, reason: str) -> AmprentaError:
    """The error for whoever must act."""
    if isinstance(cause, psycopg2.errors.InsufficientPrivilege):
        return SettingsError(f"the database refuses: {reason}", hint="Grant the rights to its user")
    if isinstance(cause, psycopg2.errors.ProgramLimitExceeded | psycopg2.DataError | psycopg2.IntegrityError):
        return SinkRejected(f"the database refuses: {reason}", hint="It cannot hold what this file says")
    if isinstance(cause, psycopg2.ProgrammingError | psycopg2.NotSupportedError):
        return SinkRejected(f"the database refuses: {reason}", hint="This is a fault of Amprenta, or of its tables")
    hint = "Check that it runs and the address, with: amprenta doctor"
    return SinkUnavailable(f"the database does not answer ({reason})", hint=hint)
