"""Settings: the environment and a ``.env`` file become one frozen value. Secrets never show in its text."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from attrs import field, frozen

from amprenta_core.errors import SettingsError

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}
KEYS = ("NOTION_API_KEY", "PINECONE_API_KEY", "OPENAI_API_KEY")
Mode = Literal["default", "sync", "dual", "rollback"]
"""``default``: Postgres alone. ``sync``: Notion follows in the background. ``dual``: as sync, and while Postgres is
down Notion is written at once. ``rollback``: Notion is primary, Postgres is caught up later, or is not there at all.
"""
_MODES: Mapping[tuple[bool, bool, bool], Mode] = {
    (True, False, False): "default",
    (True, True, False): "sync",
    (True, True, True): "dual",
    (True, False, True): "dual",
    (False, False, False): "rollback",
    (False, True, False): "rollback",
}
"""``USE_POSTGRES_AS_SOT``, ``ENABLE_NOTION_SYNC``, ``ENABLE_DUAL_WRITE`` → mode."""
SOURCES = {
    "program": "NOTION_PROGRAM_DATA_SOURCE_ID",
    "experiment": "NOTION_EXPERIMENT_DATA_SOURCE_ID",
    "dataset": "NOTION_DATASET_DATA_SOURCE_ID",
    "signature": "NOTION_SIGNATURE_DATA_SOURCE_ID",
}


@frozen(kw_only=True)
class NotionSettings:
    """How Notion is reached. ``sources`` maps a kind of item to the id of its data source."""

    key: str = field(repr=False)
    base_url: str | None = None
    sources: Mapping[str, str] = field(factory=dict)
    requests_per_second: float = 3.0
    timeout: float = 60.0


@frozen(kw_only=True)
class PineconeSettings:
    """How Pinecone is reached: an index by its name, or by its host where that is known."""

    key: str = field(repr=False)
    index: str
    host: str | None = None
    base_url: str | None = None
    namespace: str = "amprenta"
    requests_per_second: float = 50.0
    timeout: float = 60.0


@frozen(kw_only=True)
class EmbedderSettings:
    """An OpenAI-compatible embedder. ``tokens_per_request`` and ``texts_per_request`` bound one request."""

    key: str = field(repr=False)
    base_url: str | None = None
    model: str = "text-embedding-3-small"
    dimensions: int = 1536
    tokens_per_request: int = 250_000
    texts_per_request: int = 256
    requests_per_second: float = 20.0
    timeout: float = 60.0


@frozen(kw_only=True)
class Settings:
    """Everything that the environment decides.

    ``postgres_url`` None is the embedded database below ``home``; ``files`` is where raw files are kept: a folder or
    an fsspec URL, None keeps none. ``hook_seconds`` is how long a plugin may take for one answer. ``patience``
    is a factor of all waits of workers between their attempts.
    """

    home: Path
    postgres_url: str | None = field(default=None, repr=False)
    postgres_echo: bool = False
    postgres_binaries: Path | None = None
    files: str | None = None
    trace_plugins: bool = False
    strict_plugins: bool = False
    hook_seconds: float = 300.0
    mode: Mode = "default"
    notion: NotionSettings | None = None
    pinecone: PineconeSettings | None = None
    embedder: EmbedderSettings | None = None
    keys_set: tuple[str, ...] = ()
    patience: float = 1.0


def from_environment(environment: Mapping[str, str] | None = None, *, dotenv: Path | None = None) -> Settings:
    """Read the settings. Variables of the environment win over ``.env`` in the working folder.

    Raises ``SettingsError`` that names the variable.
    """
    actual = dict(os.environ if environment is None else environment)
    values = {**_dotenv(dotenv or Path(".env")), **actual}
    home = _home(values)
    files = values.get("AMPRENTA_FILES") or str(home / "files")
    binaries = values.get("AMPRENTA_POSTGRES_BIN")
    return Settings(
        home=home,
        postgres_url=_postgres_url(values),
        postgres_echo=_flag(values, "POSTGRES_ECHO"),
        postgres_binaries=Path(binaries) if binaries else None,
        files=None if files == "none" else files,
        trace_plugins=_flag(values, "AMPRENTA_TRACE_PLUGINS"),
        strict_plugins=_flag(values, "AMPRENTA_STRICT_PLUGINS"),
        hook_seconds=_number(values, "AMPRENTA_HOOK_SECONDS", 300.0),
        mode=_mode(values),
        notion=_notion(values),
        pinecone=_pinecone(values),
        embedder=_embedder(values),
        keys_set=tuple(key for key in KEYS if values.get(key)),
        patience=_number(values, "AMPRENTA_SYNC_PATIENCE", 1.0),
    )


def _mode(values: Mapping[str, str]) -> Mode:
    flags = (
        _flag(values, "USE_POSTGRES_AS_SOT", default=True),
        _flag(values, "ENABLE_NOTION_SYNC"),
        _flag(values, "ENABLE_DUAL_WRITE"),
    )
    mode = _MODES.get(flags)
    if mode is None:
        what = "USE_POSTGRES_AS_SOT=false with ENABLE_DUAL_WRITE=true is no mode"
        raise SettingsError(what, hint="Dual write needs Postgres as the system of record: set one of them back")
    if mode != "default" and not values.get("NOTION_API_KEY"):
        raise SettingsError(f"the mode {mode} writes to Notion and NOTION_API_KEY is not set", hint="Set it")
    return mode


def _notion(values: Mapping[str, str]) -> NotionSettings | None:
    key = values.get("NOTION_API_KEY")
    if not key:
        return None
    named = {kind: values.get(name) for kind, name in SOURCES.items()}
    return NotionSettings(
        key=key,
        base_url=values.get("NOTION_BASE_URL") or None,
        sources={kind: source for kind, source in named.items() if source},
        requests_per_second=_number(values, "NOTION_REQUESTS_PER_SECOND", 3.0),
        timeout=_number(values, "NOTION_TIMEOUT", 60.0),
    )


def _pinecone(values: Mapping[str, str]) -> PineconeSettings | None:
    key, index = values.get("PINECONE_API_KEY"), values.get("PINECONE_INDEX")
    if not key or not index:
        return None
    return PineconeSettings(
        key=key,
        index=index,
        host=values.get("PINECONE_HOST") or None,
        base_url=values.get("PINECONE_BASE_URL") or None,
        namespace=values.get("PINECONE_NAMESPACE") or "amprenta",
        requests_per_second=_number(values, "PINECONE_REQUESTS_PER_SECOND", 50.0),
        timeout=_number(values, "PINECONE_TIMEOUT", 60.0),
    )


def _embedder(values: Mapping[str, str]) -> EmbedderSettings | None:
    key, url = values.get("OPENAI_API_KEY"), values.get("OPENAI_BASE_URL")
    if not key and not url:
        return None
    return EmbedderSettings(
        key=key or "EMPTY",  # what servers without keys expect
        base_url=url or None,
        model=values.get("EMBEDDING_MODEL") or "text-embedding-3-small",
        dimensions=int(_number(values, "EMBEDDING_DIMENSIONS", 1536)),
        tokens_per_request=int(_number(values, "EMBEDDING_TOKENS_PER_REQUEST", 250_000)),
        texts_per_request=int(_number(values, "EMBEDDING_TEXTS_PER_REQUEST", 256)),
        requests_per_second=_number(values, "OPENAI_REQUESTS_PER_SECOND", 20.0),
        timeout=_number(values, "OPENAI_TIMEOUT", 60.0),
    )


def _number(values: Mapping[str, str], name: str, default: float) -> float:
    """A positive number."""
    said = values.get(name) or str(default)
    try:
        number = float(said)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise SettingsError(f"{name} is {said!r}", hint="Set it to a number above 0")
    return number


def _home(values: Mapping[str, str]) -> Path:
    try:
        return Path(values.get("AMPRENTA_HOME") or default_home(values)).expanduser().absolute()
    except RuntimeError as error:  # "~nobody": there is no such user
        raise SettingsError(f"AMPRENTA_HOME cannot be found ({error})", hint="Write the whole path") from error


def default_home(values: Mapping[str, str]) -> Path:
    """The user's data folder, as the system has it."""
    user = Path(values.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return user / "Library" / "Application Support" / "amprenta"
    return Path(values.get("XDG_DATA_HOME") or user / ".local" / "share") / "amprenta"


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415  # only where there is a file

    try:
        return {key: value for key, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error})", hint="Save it as UTF-8 text") from error


def _flag(values: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    text = values.get(name, "").strip().casefold() or str(default).casefold()
    if text not in _TRUE | _FALSE:
        raise SettingsError(f"{name} is {text!r}", hint="Set it to true or false")
    return text in _TRUE


def _postgres_url(values: Mapping[str, str]) -> str | None:
    """``POSTGRES_URL``, or the URL that its parts make, or None."""
    url = values.get("POSTGRES_URL")
    if url:
        scheme, colon, rest = url.partition("://")
        if not colon or scheme not in ("postgres", "postgresql", "postgresql+psycopg2"):
            raise SettingsError(
                "POSTGRES_URL is no Postgres URL", hint="Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
            )
        return f"postgresql+psycopg2://{rest}"
    if not values.get("POSTGRES_HOST"):
        return None
    from urllib.parse import quote  # noqa: PLC0415  # keeps the start cheap

    user, password = (quote(values.get(f"POSTGRES_{part}", ""), safe="") for part in ("USER", "PASSWORD"))
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    host, port = values["POSTGRES_HOST"], values.get("POSTGRES_PORT") or "5432"
    if not port.isdigit():
        raise SettingsError(f"POSTGRES_PORT is {port!r}", hint="Set it to a number")
    database = quote(values.get("POSTGRES_DB") or "amprenta", safe="")
    if host.startswith("/"):  # the folder of its socket
        return f"postgresql+psycopg2://{login}/{database}?host={quote(host, safe='/')}&port={port}"
    place = f"[{host}]" if ":" in host else host
    return f"postgresql+psycopg2://{login}{place}:{port}/{database}"
