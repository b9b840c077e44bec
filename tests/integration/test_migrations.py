"""The schema: tables and migrations say the same, and every database is brought up to date or refused."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from amprenta_core.app import App
from amprenta_core.errors import SettingsError
from amprenta_core.settings import Settings
from amprenta_core.store import database, migrations, state, tables
from amprenta_core.store.embedded import data_home, stop

if TYPE_CHECKING:
    from conftest import NewWorkspace, Shell, Start, Workspace

EMPTY = "template0"
SCHEMA = """
SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
NEWER = "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('0999_the_future')"
UPGRADE = """
import sys
from amprenta_core.cli.main import main
print("ready", flush=True)
sys.stdin.readline()
sys.exit(main(["db", "upgrade"]))
"""


def differences(workspace: "Workspace") -> list[object]:
    engine = create_engine(workspace.url, poolclass=NullPool)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), tables.metadata))


def test_tables_are_what_the_migrations_make(workspace: "Workspace") -> None:
    assert differences(workspace) == []


def test_constraints_and_indexes_have_the_names_of_the_convention(
    workspace: "Workspace", new_workspace: "NewWorkspace"
) -> None:
    names = "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0"
    indexes = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    by_tables = new_workspace(EMPTY)
    tables.metadata.create_all(create_engine(by_tables.url, poolclass=NullPool))
    for question in (names, indexes):
        made = {row for row in workspace.query(question) if "alembic" not in str(row) and "pg_" not in str(row[0])}
        assert {row for row in by_tables.query(question) if "pg_" not in str(row[0])} == made


def test_down_to_base_and_up_again_makes_the_same_schema(workspace: "Workspace") -> None:
    before = workspace.query(SCHEMA)
    engine = create_engine(workspace.url, poolclass=NullPool)
    migrations.downgrade(engine, "base")
    assert workspace.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("alembic_version",)]
    migrations.upgrade(engine)
    assert workspace.query(SCHEMA) == before
    assert differences(workspace) == []


def test_first_use_of_the_embedded_database_makes_its_tables(short_home: Path) -> None:
    app = App(settings=Settings(home=short_home))
    assert app.list_datasets() == []
    assert app.database_state()["schema"] == migrations.head()
    app.database.close()


def test_a_server_without_tables_says_what_to_run(new_workspace: "NewWorkspace") -> None:
    empty = new_workspace(EMPTY)
    with pytest.raises(SettingsError, match="has no tables of Amprenta yet") as caught:
        database.open_database(empty.settings)
    assert caught.value.hint == "Run: amprenta db upgrade"
    assert state.migrate(empty.settings, None) == migrations.head()
    database.open_database(empty.settings).close()


def test_upgrading_twice_at_once_upgrades_once(new_workspace: "NewWorkspace", start: "Start") -> None:
    empty = new_workspace(EMPTY)
    processes = [start(UPGRADE, environment=empty.environment) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert differences(empty) == []


MOVES: list[Callable[[Settings], object]] = [
    database.open_database,
    lambda settings: state.migrate(settings, None),
    lambda settings: state.migrate(settings, "base"),
]


@pytest.mark.parametrize("move", MOVES, ids=["open", "upgrade", "downgrade"])
def test_a_newer_schema_is_left_alone(new_workspace: "NewWorkspace", move: Callable[[Settings], object]) -> None:
    newer = new_workspace(EMPTY)
    newer.query(NEWER)
    with pytest.raises(
        SettingsError, match=r"migrated by a newer Amprenta .*0999_the_future.*Install a newer Amprenta"
    ):
        move(newer.settings)
    assert newer.one("SELECT version_num FROM alembic_version") == "0999_the_future"


def test_a_newer_schema_is_shown_by_status_and_doctor(shell: "Shell", workspace: "Workspace") -> None:
    workspace.query("UPDATE alembic_version SET version_num = '0999_the_future'")
    assert shell.amprenta("db", "status", "--json").objects[0]["schema"] == "0999_the_future"
    assert shell.amprenta("doctor").code == 2
    assert shell.ingest(".").code in {2, 5}


def test_an_unknown_revision_to_go_back_to_is_refused(workspace: "Workspace") -> None:
    with pytest.raises(SettingsError, match=r"there is no revision 0000_x.*Known: base, 0001"):
        state.migrate(workspace.settings, "0000_x")


def test_the_workspace_keeps_its_id(workspace: "Workspace") -> None:
    first, second = (database.open_database(workspace.settings) for _ in range(2))
    assert first.workspace == second.workspace
    first.close()
    second.close()


def test_stopping_a_server_that_is_not_ours_is_refused(shell: "Shell") -> None:
    ran = shell.amprenta("db", "stop")
    assert (ran.code, ran.out) == (2, "")
    assert "not ours to stop" in ran.err


def test_the_embedded_database_starts_and_stops_by_command(
    short_home: Path, monkeypatch: pytest.MonkeyPatch, shell: "Shell"
) -> None:
    monkeypatch.delenv("POSTGRES_URL")
    monkeypatch.setenv("AMPRENTA_HOME", str(short_home))
    assert shell.amprenta("db", "status", "--json").objects[0]["running"] is False
    assert not data_home(short_home).exists()
    assert shell.amprenta("db", "url").out.startswith("postgresql://amprenta:***@/amprenta?host=")
    assert shell.amprenta("db", "upgrade", "--json").objects == [{"schema": migrations.head()}]
    assert shell.amprenta("db", "status", "--json").objects[0]["schema"] == migrations.head()
    assert shell.amprenta("db", "stop", "--json").objects == [{"stopped": True}]
    assert shell.amprenta("db", "stop", "--json").objects == [{"stopped": False}]
    assert stop(short_home) is False
