"""What waited on the spool goes to Postgres: the oldest first, by one process at a time."""

import fcntl
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from attrs import evolve

from amprenta_core import ingest, spool
from amprenta_core.app import ingesting
from amprenta_core.app.values import Outcome, Shown, Wish
from amprenta_core.errors import AmprentaError, SettingsError, SinkUnavailable
from amprenta_core.ingest import Options, Target
from amprenta_core.outgoing import Kind

if TYPE_CHECKING:
    from amprenta_core.app import App

_LOCK = ".lock"


def replay_first(app: "App") -> Generator[Outcome, None, bool]:
    """Replay before new files are ingested; whether Postgres went away meanwhile, in a mode that has a spool."""
    try:
        yield from replay(app)
    except SinkUnavailable:
        if app.settings.mode != "dual":
            raise
        return True
    return False


def replay(app: "App", *, again: bool = False) -> Iterator[Outcome]:
    """Write what waits to Postgres, the oldest first; what fails stays on the spool and is an outcome with its error.

    ``again``: what failed before is tried as well. Another process that replays at the same time is waited for. Raises
    ``SinkUnavailable`` where Postgres is down, ``SettingsError`` where it is to be left as it is.
    """
    home = app.settings.home
    if not _due(home, again=again):
        return
    if app.settings.mode == "rollback":
        hint = "Set USE_POSTGRES_AS_SOT=true first: the next ingestion replays by itself"
        raise SettingsError("in rollback mode Postgres is left as it is", hint=hint)
    with _alone(home / "spool" / _LOCK):
        spool.sweep(home)
        for spooled in _due(home, again=again):
            outcomes = list(_replay(app, spooled))
            failed = next((outcome.error for outcome in outcomes if outcome.error is not None), None)
            if failed is None:
                spool.done(home, spooled)
            else:
                spool.note(home, spooled, failure=str(failed))
            yield from outcomes


def _due(home: Path, *, again: bool) -> list[spool.Spooled]:
    return [spooled for spooled in spool.waiting(home) if again or spooled.failure is None]


def _replay(app: "App", spooled: spool.Spooled) -> Iterator[Outcome]:
    """An outcome for each of its datasets, or one with the error. Raises ``SinkUnavailable``."""
    try:
        if spooled.what == "file":
            yield from _replay_file(app, spooled)
        else:
            yield _replay_entity(app, spooled)
    except SinkUnavailable:
        raise
    except AmprentaError as error:
        yield Outcome(path=spooled.label, status="failed", error=error, replayed=True)


def _replay_file(app: "App", spooled: spool.Spooled) -> Iterator[Outcome]:
    wish = _wish(spooled)
    reading = ingesting.read(app, _target(app, spooled, wish), wish)
    for outcome in ingesting.write_all(app, reading, wish, _shown(spooled)):
        yield evolve(outcome, path=spooled.label, replayed=True)
    if reading.error is not None:
        raise reading.error


def _target(app: "App", spooled: spool.Spooled, wish: Wish) -> Target:
    """The file on the spool under the name that it had; of a joined dataset its folder, with the files in it."""
    path = Path(str(spooled.file))
    target = Target(path=path, name=spooled.asked["target"], label=spooled.asked["source"])
    if not path.is_dir():
        return target
    below = ingest.without_members(list(ingest.targets([str(path)])), app.plugins, wish.options)
    known = tuple(one for one in below if one.choice is not None)
    if not known:
        return evolve(target, error=below[0].error)
    return evolve(target, choice=known[0].choice, root=path, joined=known)


def _replay_entity(app: "App", spooled: spool.Spooled) -> Outcome:
    name, kind = str(spooled.asked["name"]), cast("Kind", spooled.what)
    found = app.save(kind, spooled.asked, _shown(spooled).get(name))
    page = spooled.pages.get(name)
    return Outcome(
        path=f"{kind} {name}", status="updated", name=name, dataset_id=found, notion_page_id=page, replayed=True
    )


def _shown(spooled: spool.Spooled) -> dict[str, Shown]:
    """What was shown of each while Postgres was not asked."""
    return {name: Shown(id=UUID(made), page=spooled.pages.get(name)) for name, made in spooled.ids.items()}


def _wish(spooled: spool.Spooled) -> Wish:
    asked: Mapping[str, Any] = spooled.asked
    sheet = Path(spooled.sheet) if spooled.sheet else None
    return Wish(
        options=Options(
            omics_type=asked["omics_type"], quantity=asked["quantity"], level=asked.get("level"), samples=sheet
        ),
        name=asked["name"],
        description=asked["description"],
        program=asked["program"],
        experiment=asked["experiment"],
        update=asked["update"],
    )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until no other process replays, and keep the others waiting."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
