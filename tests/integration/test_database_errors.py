"""A database that does not answer, refuses or breaks off: one line for whoever must act, and no secret in it."""

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg2
import pytest
from attrs import evolve
from sqlalchemy import Connection, make_url, text

from amprenta_core.app import App, Wish
from amprenta_core.errors import SettingsError, SinkRejected, SinkUnavailable
from amprenta_core.settings import Settings, from_environment
from amprenta_core.store import copying, database, writing

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Ingest, Shell, ToyBox, Workspace

SECRET = "open-sesame"
GOOD = "name,s1,s2\nPC 34:1,1,2\nPE 36:2,3,4\n"
COMMANDS = [["datasets", "list"], ["features", "show", "A"], ["db", "status"], ["db", "upgrade"], ["doctor"]]


@pytest.fixture
def deaf() -> Iterator[str]:
    """The URL of a port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"postgresql://amprenta:{SECRET}@127.0.0.1:{held.getsockname()[1]}/amprenta"


@pytest.fixture
def wrong(workspace: "Workspace") -> str:
    """The URL of the test's own database with another password."""
    return make_url(workspace.url).set(password=SECRET).render_as_string(hide_password=False)


@pytest.mark.parametrize("which", ["deaf", "wrong"])
def test_a_database_that_does_not_answer_is_exit_code_6(
    shell: "Shell", folder: "Path", monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, which: str
) -> None:
    monkeypatch.setenv("POSTGRES_URL", request.getfixturevalue(which))
    (folder / "a.csv").write_text(GOOD)
    runs = [shell.ingest("a.csv"), shell.ingest("a.csv", "--json"), *(shell.amprenta(*command) for command in COMMANDS)]
    assert [ran.code for ran in runs] == [6] * len(runs)
    assert all(SECRET not in ran.out + ran.err for ran in runs)
    assert all("the database does not answer" in ran.err for ran in runs[:-1])
    assert "the database does not answer" in runs[-1].out
    assert runs[1].out == ""


def test_the_password_is_shown_only_where_asked_for(shell: "Shell", workspace: "Workspace") -> None:
    secret = str(make_url(workspace.url).password)
    for command in (["db", "url"], ["db", "status"], ["db", "status", "--json"], ["doctor"], ["doctor", "--json"]):
        ran = shell.amprenta(*command)
        assert (ran.code, secret in ran.out + ran.err) == (0, False)
    assert "amprenta:***@" in shell.amprenta("db", "url").out
    assert shell.amprenta("db", "url", "--secret").out.strip() == workspace.url.replace("+psycopg2", "")
    assert secret not in repr(workspace.settings)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg2://me:{SECRET}@host:5432/db",
        f"postgresql+psycopg2://host/db?user=me&password={SECRET}",
        f"postgresql+psycopg2://me@host/db?sslpassword={SECRET}",
    ],
)
def test_a_password_anywhere_in_the_url_is_masked(url: str) -> None:
    assert SECRET not in database.masked(url)
    assert "host" in database.masked(url)


@pytest.mark.parametrize("url", [f"postgresql://me:{SECRET}@host:port/db", f"mysql://me:{SECRET}@host/db", SECRET])
def test_a_url_that_is_none_is_a_setting_to_correct(
    shell: "Shell", folder: "Path", monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("POSTGRES_URL", url)
    (folder / "a.csv").write_text(GOOD)
    for ran in (shell.ingest("a.csv"), shell.amprenta("db", "status"), shell.amprenta("db", "url")):
        assert (ran.code, SECRET in ran.out + ran.err) == (2, False)
        assert "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in ran.err


def test_the_parts_of_an_address_become_one(workspace: "Workspace") -> None:
    parts = {"POSTGRES_HOST": "h", "POSTGRES_USER": "u@x", "POSTGRES_PASSWORD": "p:/@ %", "POSTGRES_DB": "d"}
    url = from_environment({**parts, "HOME": "/h"}).postgres_url
    assert url is not None
    read = make_url(url)
    assert (read.host, read.username, read.password, read.database) == ("h", "u@x", "p:/@ %", "d")


def test_a_failing_statement_shows_no_parameters(app: App) -> None:
    with pytest.raises(SinkRejected, match="nothing_there") as caught, app.connection() as connection:
        connection.execute(text("INSERT INTO nothing_there VALUES (:secret)"), {"secret": SECRET})
    assert SECRET not in str(caught.value)


def test_logged_statements_show_no_parameters_and_leave_stdout_to_results(
    shell: "Shell", folder: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_ECHO", "true")
    (folder / "a.csv").write_text(GOOD)
    ran = shell.ingest("a.csv", "--json", "--program", SECRET)
    assert ran.objects[0]["status"] == "created"
    assert "INSERT INTO" in ran.err
    assert SECRET not in ran.err


class Cut:
    """Ends the backend of the connection that comes by, as a server does that dies."""

    def __init__(self, workspace: "Workspace") -> None:
        self.workspace = workspace
        self.left = 1

    def __call__(self, *arguments: object) -> None:
        connection = next(argument for argument in arguments if isinstance(argument, Connection))
        if self.left:
            self.left -= 1
            pid = connection.connection.get_backend_pid()
            self.workspace.query("SELECT pg_terminate_backend(:pid, 5000)", pid=pid)


@pytest.mark.parametrize("place", ["copy_measured", "_external_ids", "_revision"])
def test_a_connection_that_breaks_fails_one_file_and_not_the_next(
    app: App, workspace: "Workspace", folder: "Path", monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.csv").write_text(GOOD.replace("4", str(ord(name))))
    cut, inner = Cut(workspace), getattr(writing, place)

    def outer(*arguments: object) -> object:
        cut(*arguments)
        return inner(*arguments)

    monkeypatch.setattr(writing, place, outer)
    broken, whole = app.ingest([str(folder)], Wish())
    assert isinstance(broken.error, SinkUnavailable)
    assert (whole.status, whole.name) == ("created", "b")
    (again, _) = app.ingest([str(folder)], Wish())
    assert again.status == "created"


def test_a_connection_that_breaks_while_reading_is_told(app: App, workspace: "Workspace") -> None:
    def read_from_a_broken_one() -> None:
        with app.connection() as connection:
            Cut(workspace)(connection)
            list(copying.copy_out(connection, "SELECT 1, 'a', ARRAY[1.0]", 1))

    with pytest.raises(SinkUnavailable):
        read_from_a_broken_one()


def test_rights_that_are_missing_are_a_setting(app: App) -> None:
    without = "CREATE ROLE nobody_much; SET LOCAL ROLE nobody_much; SELECT count(*) FROM datasets"
    with pytest.raises(SettingsError, match="the database refuses: permission denied"), app.connection() as connection:
        connection.execute(text(without))


def test_what_the_database_cannot_hold_fails_one_file(
    toys: "ToyBox", workspace: "Workspace", monkeypatch: pytest.MonkeyPatch
) -> None:
    app = toys.app(workspace)
    toys.file("a.tsv", ["A\t1"], "toy name\tArea s1")
    toys.file("b.tsv", ["B\t1"], "toy name\tArea s1")
    inner = copying.copy_measured

    def refuse(*arguments: object) -> None:
        monkeypatch.setattr(writing, "copy_measured", inner)
        raise psycopg2.errors.NumericValueOutOfRange("a number is out of range")

    monkeypatch.setattr(writing, "copy_measured", refuse)
    refused, stored = app.ingest([str(toys.folder)], Wish())
    assert isinstance(refused.error, SinkRejected)
    assert stored.status == "created"
    app.database.close()


def test_a_raw_file_that_cannot_be_kept_is_a_setting(
    workspace: "Workspace", folder: "Path", ingest_all: "Ingest"
) -> None:
    (folder / "a.csv").write_text(GOOD)
    app = App(settings=evolve(workspace.settings, files=str(folder / "a.csv" / "files")))
    (outcome,) = ingest_all(app, folder / "a.csv")
    assert isinstance(outcome.error, SettingsError)
    assert "AMPRENTA_FILES" in str(outcome.error)
    assert workspace.content()["datasets"] == []
    app.database.close()


def test_raw_files_are_not_kept_where_not_wanted(workspace: "Workspace", folder: "Path", ingest_all: "Ingest") -> None:
    (folder / "a.csv").write_text(GOOD)
    app = App(settings=evolve(workspace.settings, files=None))
    (outcome,) = ingest_all(app, folder / "a.csv")
    assert outcome.status == "created"
    assert workspace.query("SELECT raw_file FROM revisions") == [(None,)]
    app.database.close()


def test_a_server_that_is_too_old_is_refused(workspace: "Workspace", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST_POSTGRES", 990_000)
    with pytest.raises(SettingsError, match="this is Postgres 18"):
        database.open_database(Settings(home=workspace.settings.home, postgres_url=workspace.url))
