"""Findings of ``amprenta doctor``: each says what it looked at, what it found and what to do."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from attrs import evolve, frozen

from amprenta_core.errors import AmprentaError, SinkUnavailable, exit_code
from amprenta_core.plugins import Plugins
from amprenta_core.settings import (
    KEYS,
    SOURCES,
    EmbedderSettings,
    Mode,
    NotionSettings,
    PineconeSettings,
    Settings,
)
from amprenta_core.store import state

Spooled = Sequence[tuple[str, str | None]]
"""What waits on the spool, the oldest first: since when, and why it could not be replayed."""
_SECONDS = 3.0
"""How long a service is waited for."""
_WAITING = "Items wait until it answers"
_MODES: Mapping[Mode, str] = {
    "default": "Postgres alone",
    "sync": "Postgres first, Notion follows",
    "dual": "Postgres first, Notion follows; while Postgres is down, Notion is written and files are spooled",
    "rollback": "Notion leads, files are spooled, Postgres is left as it is",
}


class _Unpaced:
    """A ``Throttle`` for one question to each service."""

    def wait(self, credential: str) -> None:
        """Go on."""

    def hold(self, credential: str, seconds: float) -> None:
        """Nobody asks again."""


@frozen(kw_only=True)
class Finding:
    """``code`` is the exit code that a bad finding asks for."""

    what: str
    state: Literal["ok", "note", "bad"]
    found: str
    advice: str | None = None
    code: int = 0


def findings(settings: Settings, plugins: Plugins, spooled: Spooled = ()) -> Iterator[Finding]:
    """Look at everything; nothing is raised, what fails is a finding."""
    yield Finding(what="mode", state="ok", found=f"{settings.mode}: {_MODES[settings.mode]}")
    yield from _database(settings)
    yield from _plugins(plugins)
    yield _files(settings)
    for key in KEYS:
        there = key in settings.keys_set
        yield Finding(
            what=key, state="ok" if there else "note", found="set" if there else "not set, and not needed here"
        )
    yield from _sinks(settings)
    yield from _waiting(spooled)


def _sinks(settings: Settings) -> Iterator[Finding]:
    """Each service whose key is set: whether it is used, and whether it answers."""
    if settings.notion is not None:
        yield from _notion(settings, settings.notion)
    if "PINECONE_API_KEY" in settings.keys_set and settings.pinecone is None:
        yield Finding(what="pinecone", state="note", found="off: no index is named", advice="Set PINECONE_INDEX")
    if settings.pinecone is not None and settings.embedder is None:
        advice = "Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"
        yield Finding(what="pinecone", state="note", found="off: there is no embedder", advice=advice)
    elif settings.pinecone is not None and settings.embedder is not None:
        yield _asked(
            "pinecone", f"on, index {settings.pinecone.index}", _pinecone(settings.pinecone, settings.embedder)
        )
    if settings.embedder is not None:
        used = f"on, {settings.embedder.model} with {settings.embedder.dimensions} dimensions"
        yield _asked("embedder", used, _embedder(settings.embedder))


def _asked(what: str, used: str, ask: Callable[[], None]) -> Finding:
    """What a service answers. An outage is a note: items wait for its end."""
    try:
        ask()
    except SinkUnavailable as error:
        return Finding(what=what, state="note", found=f"{used}; {error.what}", advice=error.hint or _WAITING)
    except AmprentaError as error:
        return Finding(what=what, state="bad", found=f"{used}; {error.what}", advice=error.hint, code=exit_code(error))
    return Finding(what=what, state="ok", found=f"{used}, answers")


def _notion(settings: Settings, notion: NotionSettings) -> Iterator[Finding]:
    from amprenta_core.sinks import notion_requests  # noqa: PLC0415  # only with Notion

    def ask() -> None:
        api = notion_requests.open_api(evolve(notion, timeout=_SECONDS), _Unpaced())
        api.call(api.client.users.me)

    used = "on" if settings.mode != "default" else "off in the mode default, for --create-page only"
    yield _asked("notion", used, ask)
    missing = [name for kind, name in SOURCES.items() if kind not in notion.sources]
    if missing:
        needed = settings.mode != "default" and "dataset" not in notion.sources
        yield Finding(
            what="notion databases",
            state="bad" if needed else "note",
            found=f"not set, so that nothing of these is shown: {', '.join(missing)}",
            advice="Make them: amprenta sync setup-notion --create --parent PAGE",
            code=2 if needed else 0,
        )


def _pinecone(pinecone: PineconeSettings, embedder: EmbedderSettings) -> Callable[[], None]:
    def ask() -> None:
        from amprenta_core.sinks import pinecone as service  # noqa: PLC0415  # only with Pinecone

        made = service.make(evolve(pinecone, timeout=_SECONDS), _Unpaced(), embedder.dimensions, "doctor")
        next(made.ids("doctor"), None)

    return ask


def _embedder(embedder: EmbedderSettings) -> Callable[[], None]:
    def ask() -> None:
        from amprenta_core.search import openai_embedder  # noqa: PLC0415  # only with an embedder

        ((_, answer),) = openai_embedder.make(evolve(embedder, timeout=_SECONDS), _Unpaced()).embed(["doctor"])
        if isinstance(answer, AmprentaError):
            raise answer

    return ask


def _waiting(spooled: Spooled) -> Iterator[Finding]:
    if spooled:
        failed = sum(failure is not None for _, failure in spooled)
        found = f"{len(spooled)} wait for Postgres since {spooled[0][0]}" + (f", {failed} failed" if failed else "")
        advice = "See amprenta sync status; then amprenta sync replay"
        yield Finding(what="spool", state="note", found=found, advice=advice)


def _database(settings: Settings) -> Iterator[Finding]:
    place = state.where(settings)
    if settings.mode == "rollback" and place["running"] is False:
        yield Finding(what="database", state="note", found="does not run, and is not used in this mode")
        return
    try:
        told = state.ask(settings)
    except AmprentaError as error:
        if settings.mode == "rollback":
            yield Finding(what="database", state="note", found=f"{error.what}; it is not used in this mode")
        else:
            yield Finding(what="database", state="bad", found=error.what, advice=error.hint, code=exit_code(error))
        return
    yield Finding(what="database", state="ok", found=f"{place['kind']}, Postgres {told.version}, answers")
    if told.schema == told.newest_schema:
        yield Finding(what="schema", state="ok", found=f"{told.schema}, {told.datasets} datasets")
    elif place["kind"] == "embedded":
        yield Finding(what="schema", state="note", found=f"{told.schema or 'no tables yet'}; the first use makes them")
    else:
        advice = "Run: amprenta db upgrade"
        yield Finding(what="schema", state="bad", found=f"{told.schema or 'no tables yet'}", advice=advice, code=2)
    missing = [name for name in state.WANTED_EXTENSIONS if name not in told.extensions]
    if missing:
        advice = "Later search needs them; install the packages postgresql-contrib and postgresql-NN-pgvector"
        yield Finding(what="extensions", state="note", found=f"the server has no {', '.join(missing)}", advice=advice)
    else:
        yield Finding(what="extensions", state="ok", found=f"the server has {', '.join(told.extensions)}")


def _plugins(plugins: Plugins) -> Iterator[Finding]:
    for plugin in plugins.loaded.values():
        found = f"{plugin.distribution}, {len(plugin.info.formats)} formats"
        yield Finding(what=f"plugin {plugin.info.name}", state="ok", found=found)
    for bad in plugins.broken:
        advice = f"Reinstall or uninstall {bad.distribution}"
        yield Finding(what=f"plugin {bad.name}", state="bad", found=bad.why, advice=advice, code=4)
    if not plugins.loaded:
        yield Finding(what="plugins", state="bad", found="none works", advice="pip install amprenta-lipidomics", code=4)


def _files(settings: Settings) -> Finding:
    if settings.files is None:
        return Finding(what="raw files", state="note", found="not kept (AMPRENTA_FILES=none)")
    if "://" in settings.files:
        return Finding(what="raw files", state="note", found=f"kept at {settings.files}; not tried")
    folder = Path(settings.files)
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if os.access(existing, os.W_OK):
        return Finding(what="raw files", state="ok", found=f"kept in {folder}")
    return Finding(
        what="raw files", state="bad", found=f"{existing} cannot be written", advice="Set AMPRENTA_FILES", code=2
    )
