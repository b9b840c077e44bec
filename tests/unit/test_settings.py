"""The environment and ``.env`` become one value; mistakes name the variable, secrets stay hidden."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import make_url

from amprenta_core.errors import SettingsError
from amprenta_core.settings import Settings, default_home, from_environment

NOWHERE = Path("/nonexistent/.env")


def settings(**values: str) -> Settings:
    return from_environment({"HOME": "/home/ada", **values}, dotenv=NOWHERE)


class TestDatabase:
    def test_nothing_said_is_the_embedded_one(self) -> None:
        assert settings().postgres_url is None
        assert settings(POSTGRES_USER="ada", POSTGRES_DB="x").postgres_url is None

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
    def test_a_url_gets_the_driver(self, scheme: str) -> None:
        url = settings(POSTGRES_URL=f"{scheme}://u:p@h:1/d?sslmode=require").postgres_url
        assert url == "postgresql+psycopg2://u:p@h:1/d?sslmode=require"

    @pytest.mark.parametrize("url", ["mysql://u:geheim@h/d", "h:5432/geheim", "postgresql:geheim"])
    def test_another_url_is_refused_without_showing_it(self, url: str) -> None:
        with pytest.raises(SettingsError, match="POSTGRES_URL") as caught:
            settings(POSTGRES_URL=url)
        assert "geheim" not in str(caught.value)

    def test_parts_make_a_url(self) -> None:
        assert settings(POSTGRES_HOST="db").postgres_url == "postgresql+psycopg2://db:5432/amprenta"
        url = settings(POSTGRES_HOST="db", POSTGRES_PORT="6000", POSTGRES_USER="ada", POSTGRES_DB="lab").postgres_url
        assert url == "postgresql+psycopg2://ada@db:6000/lab"

    def test_parts_may_hold_any_character(self) -> None:
        user, password, database = "a@b:c", "p/w%?#[ä ]", "my/db?x"
        url = settings(
            POSTGRES_HOST="db", POSTGRES_USER=user, POSTGRES_PASSWORD=password, POSTGRES_DB=database
        ).postgres_url
        assert url is not None
        made = make_url(url)
        assert (made.username, made.password, made.host) == (user, password, "db")
        assert unquote(made.database or "") == database

    def test_parts_that_are_empty_are_not_said(self) -> None:
        empty = dict.fromkeys(
            ("POSTGRES_URL", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"), ""
        )
        assert settings(POSTGRES_HOST="db", **empty).postgres_url == "postgresql+psycopg2://db:5432/amprenta"
        assert settings(POSTGRES_HOST="", **empty).postgres_url is None

    def test_hosts_that_are_numbers_or_folders(self) -> None:
        six = make_url(settings(POSTGRES_HOST="::1").postgres_url or "")
        assert (six.host, six.port) == ("::1", 5432)
        socket = make_url(settings(POSTGRES_HOST="/run/postgresql", POSTGRES_USER="ada").postgres_url or "")
        assert (socket.username, socket.host, socket.database) == ("ada", None, "amprenta")
        assert dict(socket.query) == {"host": "/run/postgresql", "port": "5432"}

    def test_a_port_is_a_number(self) -> None:
        with pytest.raises(SettingsError, match="POSTGRES_PORT is 'five'"):
            settings(POSTGRES_HOST="db", POSTGRES_PORT="five")


class TestFlags:
    @pytest.mark.parametrize(
        ("text", "value"), [("1", True), ("Yes", True), (" on ", True), ("", False), ("FALSE", False)]
    )
    def test_words_for_yes_and_no(self, text: str, value: bool) -> None:  # noqa: FBT001
        assert settings(POSTGRES_ECHO=text).postgres_echo is value

    @pytest.mark.parametrize("name", ["POSTGRES_ECHO", "AMPRENTA_TRACE_PLUGINS", "AMPRENTA_STRICT_PLUGINS"])
    def test_any_other_word_is_refused_by_name(self, name: str) -> None:
        with pytest.raises(SettingsError, match=f"{name} is 'maybe'"):
            settings(**{name: "maybe"})


class TestFolders:
    def test_files_stand_below_home_unless_said(self) -> None:
        assert settings(AMPRENTA_HOME="/srv/a").files == "/srv/a/files"
        assert settings(AMPRENTA_FILES="s3://bucket/x").files == "s3://bucket/x"
        assert settings(AMPRENTA_FILES="none").files is None

    def test_home_is_absolute(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", "/home/bob")
        assert settings(AMPRENTA_HOME="rel").home == tmp_path / "rel"
        assert settings(AMPRENTA_HOME="~/a").home == Path("/home/bob/a")

    def test_the_home_of_nobody_is_refused(self) -> None:
        with pytest.raises(SettingsError, match="AMPRENTA_HOME"):
            settings(AMPRENTA_HOME="~no-such-user-here/a")

    @pytest.mark.parametrize(
        ("platform", "values", "home"),
        [
            ("linux", {"HOME": "/home/ada"}, "/home/ada/.local/share/amprenta"),
            ("linux", {"HOME": "/home/ada", "XDG_DATA_HOME": "/data"}, "/data/amprenta"),
            ("darwin", {"HOME": "/Users/ada"}, "/Users/ada/Library/Application Support/amprenta"),
        ],
    )
    def test_the_default_home(
        self, platform: str, values: dict[str, str], home: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.platform", platform)
        assert default_home(values) == Path(home)


class TestDotenv:
    def test_the_environment_wins(self, tmp_path: Path) -> None:
        file = tmp_path / ".env"
        file.write_text('POSTGRES_HOST=from-file\nPOSTGRES_USER="ada"\nEMPTY\n')
        url = from_environment({"POSTGRES_HOST": "from-environment"}, dotenv=file).postgres_url
        assert url == "postgresql+psycopg2://ada@from-environment:5432/amprenta"

    def test_it_is_looked_for_in_the_working_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".env").write_text("AMPRENTA_FILES=none\n")
        monkeypatch.chdir(tmp_path)
        assert from_environment({}).files is None

    def test_a_file_that_is_no_text_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_bytes(b"POSTGRES_USER=\xff\xfe\n")
        with pytest.raises(SettingsError, match=r"\.env cannot be read"):
            from_environment({}, dotenv=tmp_path / ".env")


def test_secrets_are_not_shown() -> None:
    made = settings(POSTGRES_URL="postgresql://u:geheim@h/d", NOTION_API_KEY="geheim2", OPENAI_API_KEY="")
    assert made.keys_set == ("NOTION_API_KEY",)
    assert "geheim" not in repr(made)
    assert "geheim" not in str(made)


FLAGS = ("USE_POSTGRES_AS_SOT", "ENABLE_NOTION_SYNC", "ENABLE_DUAL_WRITE")


@pytest.mark.parametrize(
    ("flags", "mode"),
    [
        ((None, None, None), "default"),
        (("true", "false", "false"), "default"),
        (("true", "true", None), "sync"),
        ((None, "true", "true"), "dual"),
        ((None, None, "true"), "dual"),
        (("false", None, None), "rollback"),
        (("false", "true", None), "rollback"),
    ],
)
def test_the_flags_name_a_mode(flags: tuple[str | None, ...], mode: str) -> None:
    given = {name: flag for name, flag in zip(FLAGS, flags, strict=True) if flag is not None}
    assert settings(**given, NOTION_API_KEY="k").mode == mode


def test_dual_write_without_postgres_is_no_mode() -> None:
    with pytest.raises(SettingsError, match="is no mode"):
        settings(USE_POSTGRES_AS_SOT="false", ENABLE_DUAL_WRITE="true", NOTION_API_KEY="k")


@pytest.mark.parametrize("flag", [{"ENABLE_NOTION_SYNC": "1"}, {"USE_POSTGRES_AS_SOT": "0"}])
def test_a_mode_that_writes_to_notion_needs_its_key(flag: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="NOTION_API_KEY is not set"):
        settings(**flag)


def test_sinks_are_set_up_by_their_keys_and_keep_them_to_themselves() -> None:
    made = settings(
        NOTION_API_KEY="secret1",
        NOTION_DATASET_DATA_SOURCE_ID="d",
        PINECONE_API_KEY="secret2",
        PINECONE_INDEX="i",
        OPENAI_API_KEY="secret3",
        EMBEDDING_DIMENSIONS="256",
    )
    assert made.notion is not None
    assert made.pinecone is not None
    assert made.embedder is not None
    assert dict(made.notion.sources) == {"dataset": "d"}
    assert (made.pinecone.index, made.embedder.dimensions) == ("i", 256)
    assert "secret" not in repr(made)


def test_a_compatible_server_needs_no_key() -> None:
    made = settings(OPENAI_BASE_URL="http://localhost:11434/v1")
    assert made.embedder is not None
    assert made.embedder.key == "EMPTY"
    assert settings().embedder is None


@pytest.mark.parametrize("number", ["0", "-1", "many", "inf"])
def test_a_budget_is_a_positive_number(number: str) -> None:
    with pytest.raises(SettingsError, match="NOTION_REQUESTS_PER_SECOND"):
        settings(NOTION_API_KEY="k", NOTION_REQUESTS_PER_SECOND=number)
