"""From paths to outcomes: what waits goes first, then files are read ahead and stored, or in several processes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from amprenta_core import grouping, ingest
from amprenta_core.ahead import one_ahead
from amprenta_core.app import replaying
from amprenta_core.app.ingesting import read, store
from amprenta_core.app.values import Outcome, Wish
from amprenta_core.errors import NotFound, SettingsError, SinkUnavailable
from amprenta_core.ingest import Target
from amprenta_core.settings import Settings

if TYPE_CHECKING:
    from amprenta_core.app import App


def ingest_paths(app: "App", paths: Sequence[str], wish: Wish, workers: int) -> Iterator[Outcome]:
    """Ingest files in their order. Raises where nothing can go on: settings, no database, the only path not there."""
    found = grouping.combined(ingest.without_members(list(_targets(paths)), app.plugins, wish.options))
    if not found:
        raise NotFound(f"there is no file in {', '.join(paths)}", hint="Name a file, or a folder with files")
    if wish.name and len(found) > 1:
        raise SettingsError("--name names one dataset", hint=f"These paths hold {len(found)} files")
    if wish.create_page:
        _check_pages(app.settings)
    without = not wish.check and not _postgres_is_there(app)
    if not (wish.check or without):
        without = yield from replaying.replay_first(app)
    if workers == 1 or without:
        for reading in one_ahead(lambda target: read(app, target, wish), found):
            yield from store(app, reading, wish, without_postgres=without)
    else:
        yield from _in_processes(app.settings, found, wish, workers)


def _check_pages(settings: Settings) -> None:
    """Raises ``SettingsError`` where no page of a dataset can be made, before anything is stored."""
    if settings.notion is None:
        raise SettingsError("--create-page needs Notion", hint="Set NOTION_API_KEY")
    if "dataset" not in settings.notion.sources:
        hint = "Set NOTION_DATASET_DATA_SOURCE_ID, or make it: amprenta sync setup-notion --create --parent PAGE"
        raise SettingsError("Notion has no database for datasets yet", hint=hint)


def _postgres_is_there(app: "App") -> bool:
    """Whether to write to Postgres. It fails once and first, not for each file, unless the mode has a spool."""
    if app.settings.mode == "rollback":
        return False
    try:
        _ = app.database
    except SinkUnavailable:
        if app.settings.mode != "dual":
            raise
        return False
    return True


def _targets(paths: Sequence[str]) -> Iterator[Target]:
    """The files that paths stand for; of several paths one that is not there fails alone."""
    if len(paths) == 1:
        yield from ingest.targets(paths)
        return
    for path in paths:
        try:
            yield from ingest.targets([path])
        except NotFound as error:
            yield Target(path=Path(path), name=path, label=path, error=error)


def _in_processes(settings: Settings, found: Sequence[Target], wish: Wish, workers: int) -> Iterator[Outcome]:
    """Ingest files in several processes; outcomes come in the files' order."""
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor  # noqa: PLC0415  # only for --workers
    from multiprocessing import get_context  # noqa: PLC0415

    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (settings,)) as pool:
        try:
            for outcomes in pool.map(_work, found, [wish] * len(found)):
                yield from outcomes
        except BrokenExecutor as error:
            hint = "Say the same again, with fewer --workers if memory is short: what is stored is not stored twice"
            raise SettingsError("a worker process was killed", hint=hint) from error


_worker: dict[str, "App"] = {}


def _start_worker(settings: Settings) -> None:
    from amprenta_core.app import App  # noqa: PLC0415  # it imports this module

    _worker["app"] = App(settings=settings)


def _work(target: Target, wish: Wish) -> list[Outcome]:
    return list(_worker["app"].ingest_target(target, wish))
