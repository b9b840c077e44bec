"""Findings of ``amprenta doctor``: each says what it looked at, what it found and what to do."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from attrs import frozen

from amprenta_core.errors import AmprentaError, exit_code
from amprenta_core.plugins import Plugins
from amprenta_core.settings import KEYS, Settings
from amprenta_core.store import state


@frozen(kw_only=True)
class Finding:
    """``code`` is the exit code that a bad finding asks for."""

    what: str
    state: Literal["ok", "note", "bad"]
    found: str
    advice: str | None = None
    code: int = 0


def findings(settings: Settings, plugins: Plugins) -> Iterator[Finding]:
    """Look at everything; nothing is raised, what fails is a finding."""
    yield from _database(settings)
    yield from _plugins(plugins)
    yield _files(settings)
    for key in KEYS:
        there = key in settings.keys_set
        yield Finding(
            what=key, state="ok" if there else "note", found="set" if there else "not set, and not needed here"
        )


def _database(settings: Settings) -> Iterator[Finding]:
    place = state.where(settings)
    try:
        told = state.ask(settings)
    except AmprentaError as error:
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
