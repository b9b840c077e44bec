"""Settings: the environment and a ``.env`` file become one frozen value. Secrets never show in its text."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from amprenta_core.errors import SettingsError

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}
KEYS = ("NOTION_API_KEY", "PINECONE_API_KEY", "OPENAI_API_KEY")


@frozen(kw_only=True)
class Settings:
    """Everything that the environment decides.

    ``postgres_url`` None is the embedded database below ``home``; ``files`` is where raw files are kept: a folder or
    an fsspec URL, None keeps none.
    """

    home: Path
    postgres_url: str | None = field(default=None, repr=False)
    postgres_echo: bool = False
    postgres_binaries: Path | None = None
    files: str | None = None
    trace_plugins: bool = False
    strict_plugins: bool = False
    keys_set: tuple[str, ...] = ()


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
        keys_set=tuple(key for key in KEYS if values.get(key)),
    )


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


def _flag(values: Mapping[str, str], name: str) -> bool:
    text = values.get(name, "").strip().casefold()
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
