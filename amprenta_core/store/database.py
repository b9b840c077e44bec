"""The connection to Postgres: the embedded one by default, any other by its URL, the same code on both."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from attrs import field, frozen
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from amprenta_core.errors import SettingsError, SinkUnavailable
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
            self.names.known.clear()  # names that were added may have been rolled back
            raise

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def address(settings: Settings) -> str:
    """The URL of the database; the embedded one is started where it does not run."""
    return settings.postgres_url or embedded.ensure_running(settings.home, binaries=settings.postgres_binaries)


def masked(url: str) -> str:
    """A URL that may be shown: its password is hidden."""
    return make_url(url).render_as_string(hide_password=True)


def engine(settings: Settings) -> Engine:
    """An engine for the database; nothing is connected yet."""
    return create_engine(address(settings), echo=settings.postgres_echo, pool_size=2, hide_parameters=True)


def open_database(settings: Settings) -> Database:
    """Connect, and make sure of the schema: the embedded database is brought up to date, another one must be.

    Raises ``SettingsError`` for a server or schema that is too old, ``SinkUnavailable`` where none answers.
    """
    made = engine(settings)
    with translated():
        with made.connect() as connection:
            version = connection.connection.server_version  # type: ignore[attr-defined]
            current = migrations.current(connection)
        if version < OLDEST_POSTGRES:
            raise SettingsError(f"this is Postgres {version // 10_000}", hint="Amprenta needs Postgres 15 or later")
        _bring_up_to_date(settings, made, current)
        with made.begin() as connection:
            return Database(engine=made, workspace=_workspace(connection))


def _bring_up_to_date(settings: Settings, made: Engine, current: str | None) -> None:
    head = migrations.head()
    if current == head:
        return
    if current is not None and current not in migrations.revisions():
        hint = "Install a newer Amprenta"
        raise SettingsError(
            f"the database was migrated by a newer Amprenta ({current}, this one knows {head})", hint=hint
        )
    if settings.postgres_url is not None:
        what = "has no tables of Amprenta yet" if current is None else f"is at migration {current}, not {head}"
        raise SettingsError(f"the database {what}", hint="Run: amprenta db upgrade")
    migrations.upgrade(made)


def _workspace(connection: Connection) -> UUID:
    query = text("SELECT id FROM workspace")
    found = connection.scalar(query)
    if found is None:
        insert = text("INSERT INTO workspace (id) VALUES (:id) ON CONFLICT DO NOTHING")
        connection.execute(insert, {"id": uuid4()})
        found = connection.scalar(query)
    return UUID(str(found))


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
        hint = "Check that it runs and the address, with: amprenta doctor"
        raise SinkUnavailable(f"the database does not answer ({reason})", hint=hint) from error
    except ProgrammingError as error:
        if "permission denied" in str(error.orig):
            reason = str(error.orig).strip().splitlines()[0]
            raise SettingsError(f"the database refuses: {reason}", hint="Grant the rights to its user") from error
        raise
