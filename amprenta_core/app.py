"""The composition root: both front doors call only this."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

from attrs import define, evolve, field, frozen

from amprenta_core import ingest, linking, plugins
from amprenta_core.ahead import one_ahead
from amprenta_core.errors import AmprentaError, FileError, NotFound, SettingsError
from amprenta_core.ingest import Options, Target
from amprenta_core.model import FeatureRef, Ingested, Match, Problem
from amprenta_core.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlalchemy import Connection

    from amprenta_core.diagnosis import Finding
    from amprenta_core.store.database import Database
    from amprenta_core.store.queries import Row, Stored
    from amprenta_core.store.writing import Request


@frozen(kw_only=True)
class Wish:
    """What the user asked of an ingestion."""

    options: Options = field(factory=Options)
    name: str | None = None
    description: str | None = None
    program: str | None = None
    experiment: str | None = None
    update: bool = False
    check: bool = False


@frozen(kw_only=True)
class Counts:
    """How the measured features are linked."""

    linked: int
    ambiguous: int
    unresolved: int


@frozen(kw_only=True)
class Report:
    """What was read from a file, without its numbers."""

    omics_type: str
    feature_type: str
    match: Match
    quantities: tuple[tuple[str, str | None], ...]
    n_features: int
    n_samples: int
    n_contrasts: int
    rows_read: int
    rows_measured: int
    counts: Counts
    problems: tuple[Problem, ...]


@frozen(kw_only=True)
class Outcome:
    """What became of one dataset, or of a file that gave none (``error``)."""

    path: str
    status: str
    name: str | None = None
    dataset_id: UUID | None = None
    revision: int | None = None
    report: Report | None = None
    elapsed_ms: float = 0.0
    error: AmprentaError | None = None


@frozen(kw_only=True)
class Reading:
    """A file that was read: its datasets, and the error that ended the reading."""

    target: Target
    found: Sequence[Ingested]
    raw_file: str | None
    error: AmprentaError | None
    seconds: float


@define
class App:
    """Amprenta with its settings. Plugins are loaded and the database is opened when first needed."""

    settings: Settings

    @cached_property
    def plugins(self) -> plugins.Plugins:
        """The installed plugins."""
        trace = plugins.trace_to_stderr if self.settings.trace_plugins else None
        return plugins.load(strict=self.settings.strict_plugins, trace=trace)

    @cached_property
    def database(self) -> "Database":
        """The open database."""
        from amprenta_core.store.database import open_database  # noqa: PLC0415  # not needed for --help

        return open_database(self.settings)

    @contextmanager
    def connection(self) -> Iterator["Connection"]:
        """A transaction on the database."""
        with self.database.transaction() as connection:
            yield connection

    def ingest(self, paths: Sequence[str], wish: Wish, *, workers: int = 1) -> Iterator[Outcome]:
        """Ingest files in their order; what fails is an outcome with its error, the others go on.

        Raises where nothing can go on: settings, no database, the only path not there.
        """
        found = list(_targets(paths))
        if not found:
            raise NotFound(f"there is no file in {', '.join(paths)}", hint="Name a file, or a folder with files")
        if wish.name and len(found) > 1:
            raise SettingsError("--name names one dataset", hint=f"These paths hold {len(found)} files")
        if not wish.check:
            _ = self.database  # the database fails once and first, not for each file
        if workers == 1:
            for reading in one_ahead(lambda target: self._read(target, wish), found):
                yield from self._store(reading, wish)
        else:
            yield from _in_processes(self.settings, found, wish, workers)

    def ingest_target(self, target: Target, wish: Wish) -> Iterator[Outcome]:
        """Ingest one file: an outcome for each dataset in it, or one with the error."""
        yield from self._store(self._read(target, wish), wish)

    def _read(self, target: Target, wish: Wish) -> "Reading":
        """Read a file and keep its raw content before anything is stored; never raises an ``AmprentaError``."""
        began = perf_counter()
        found: list[Ingested] = []
        raw, failure = None, None
        try:
            for ingested in ingest.ingest(target, self.plugins, wish.options):
                if raw is None and self.settings.files and not wish.check:
                    from amprenta_core.store import raw_files  # noqa: PLC0415  # not needed for --check

                    raw = raw_files.keep(self.settings.files, ingested.source.sha256, target.path)
                found.append(ingested)
        except AmprentaError as error:
            failure = error
        return Reading(target=target, found=found, raw_file=raw, error=failure, seconds=perf_counter() - began)

    def _store(self, reading: "Reading", wish: Wish) -> Iterator[Outcome]:
        began = perf_counter() - reading.seconds
        target = reading.target
        try:
            for ingested in reading.found:
                outcome = self._check(target, ingested, wish) if wish.check else self._write(reading, ingested, wish)
                yield evolve(outcome, elapsed_ms=(perf_counter() - began) * 1000)
                began = perf_counter()
            if reading.error is not None:
                raise reading.error
        except AmprentaError as error:
            elapsed = (perf_counter() - began) * 1000
            yield Outcome(path=target.label, status="failed", elapsed_ms=elapsed, error=error)

    def _check(self, target: Target, ingested: Ingested, wish: Wish) -> Outcome:
        resolved = linking.resolve(ingested.table.features, self._normalize(ingested))
        candidates = {r.key: len(r.identities) for r in resolved}
        report = _report(ingested, [candidates[linking.name_key(ref)] for ref in ingested.table.features])
        return Outcome(path=target.label, status="checked", name=_name(target, ingested, wish), report=report)

    def _write(self, reading: "Reading", ingested: Ingested, wish: Wish) -> Outcome:
        from amprenta_core.store import writing  # noqa: PLC0415  # not needed for --check

        keys = [linking.name_key(ref) for ref in ingested.table.features]
        missing = self.database.names.missing(keys)
        resolved = self._resolve_unknown(ingested, keys, missing) if missing else []
        request = _request(reading.target, ingested, wish, reading.raw_file)
        with self.connection() as connection:
            written = writing.write(self.database, connection, ingested, request, resolved, keys)
            if missing:  # another writer may have stored them
                writing.known_names(self.database, connection, keys, ingested.plugin)
            stored = self.database.names.known
            candidates = [stored[key].candidates for key in keys]
        return Outcome(
            path=reading.target.label,
            status=written.status,
            name=written.name,
            dataset_id=written.dataset_id,
            revision=written.revision,
            report=_report(ingested, candidates),
        )

    def _resolve_unknown(
        self, ingested: Ingested, keys: Sequence[linking.NameKey], missing: Sequence[linking.NameKey]
    ) -> list[linking.Resolved]:
        """What the plugin says of the names that are stored nowhere."""
        from amprenta_core.store import writing  # noqa: PLC0415

        with self.connection() as connection:
            unknown = writing.known_names(self.database, connection, list(dict.fromkeys(missing)), ingested.plugin)
        refs = dict(zip(keys, ingested.table.features, strict=True))
        return linking.resolve([refs[key] for key in unknown], self._normalize(ingested)) if unknown else []

    def _normalize(self, ingested: Ingested) -> linking.Normalize:
        return self.plugins.loaded[ingested.plugin.name].normalize

    def list_datasets(self) -> list["Row"]:
        """Every dataset with its current revision."""
        from amprenta_core.store import queries  # noqa: PLC0415  # SQLAlchemy

        with self.connection() as connection:
            return queries.list_datasets(connection)

    def read_dataset(
        self, name_or_id: str, *, revision: int | None = None, quantity: str | None = None
    ) -> tuple["Stored", Counts]:
        """A dataset with its numbers, and how its names are linked."""
        from amprenta_core.store import queries  # noqa: PLC0415

        with self.connection() as connection:
            summary = queries.find_dataset(connection, name_or_id, revision)
            stored = queries.read_revision(connection, summary, quantity)
            linked, ambiguous, unresolved = queries.link_counts(connection, summary["revision_no"])
        return stored, Counts(linked=linked, ambiguous=ambiguous, unresolved=unresolved)

    def chosen(self, name_or_id: str, revision: int | None = None) -> str:
        """The quantity of choice of a dataset."""
        from amprenta_core.store import queries  # noqa: PLC0415

        with self.connection() as connection:
            return str(queries.find_dataset(connection, name_or_id, revision)["quantity"])

    def show_feature(self, name: str) -> list[tuple["Row", list["Row"]]]:
        """The features that a name means, each with all its measurements. Raises ``NotFound``."""
        from amprenta_core.store import queries  # noqa: PLC0415

        with self.connection() as connection:
            found = queries.find_features(connection, [name], name)
            if not found:
                found = queries.find_features(connection, self._understood(name), name)
            if not found:
                raise NotFound(f"no dataset measured {name}", hint="Check the spelling, or see a dataset's features")
            return [(feature, self._measured(connection, feature)) for feature in found]

    def _understood(self, name: str) -> list[str]:
        """What the installed plugins say that a name means."""
        return [
            identity.accession
            for plugin in self.plugins.loaded.values()
            for kind in plugin.info.feature_types
            for identity in plugin.normalize([FeatureRef(name=name, type=kind)])[0]
        ]

    def _measured(self, connection: "Connection", feature: Mapping[str, Any]) -> list["Row"]:
        from amprenta_core.store import queries  # noqa: PLC0415

        rows = queries.measurements(connection, feature["no"])
        names = queries.axis_names(connection, sorted({row["revision_no"] for row in rows}))
        return [{**row, "columns": names.get((row["revision_no"], row["axis"]), [])} for row in rows]

    def database_state(self) -> dict[str, Any]:
        """Where the database is and how far its schema is; a stopped embedded one is not started."""
        from amprenta_core.store import state  # noqa: PLC0415  # SQLAlchemy

        place = state.where(self.settings)
        if place["running"] is False:
            return {**place, "schema": None}
        told = state.ask(self.settings)
        return {**place, "running": True, "version": told.version, "schema": told.schema, "datasets": told.datasets}

    def database_url(self, *, secret: bool = False) -> str:
        """The database's address; its password only where asked for."""
        from amprenta_core.store import database  # noqa: PLC0415

        address = database.address(self.settings).replace("postgresql+psycopg2://", "postgresql://", 1)
        return address if secret else database.masked(address)

    def migrate(self, to: str | None = None) -> str | None:
        """Bring the schema up to date, or down to a revision; return where it stands then."""
        from amprenta_core.store import state  # noqa: PLC0415

        return state.migrate(self.settings, to)

    def stop_database(self) -> bool:
        """Stop the embedded database; False where it did not run. Raises ``SettingsError`` for another server."""
        from amprenta_core.store import embedded  # noqa: PLC0415

        if self.settings.postgres_url:
            raise SettingsError("the database is not ours to stop", hint="It is set by POSTGRES_URL or POSTGRES_HOST")
        return embedded.stop(self.settings.home)

    def examine(self) -> "list[Finding]":
        """What ``amprenta doctor`` finds."""
        from amprenta_core import diagnosis  # noqa: PLC0415

        return list(diagnosis.findings(self.settings, self.plugins))


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


_worker: dict[str, App] = {}


def _start_worker(settings: Settings) -> None:
    _worker["app"] = App(settings=settings)


def _work(target: Target, wish: Wish) -> list[Outcome]:
    return list(_worker["app"].ingest_target(target, wish))


def _name(target: Target, ingested: Ingested, wish: Wish) -> str:
    name = wish.name or target.name
    return f"{name}/{ingested.part}" if ingested.part else name


def _request(target: Target, ingested: Ingested, wish: Wish, raw_file: str | None) -> "Request":
    from amprenta_core.store.writing import Request  # noqa: PLC0415  # SQLAlchemy

    return Request(
        name=_name(target, ingested, wish),
        named_by_user=wish.name is not None,
        description=wish.description,
        program=wish.program,
        experiment=wish.experiment,
        update=wish.update,
        options=_reading_options(wish.options),
        raw_file=raw_file,
    )


def _report(ingested: Ingested, candidates: Sequence[int]) -> Report:
    """What was read; ``candidates`` is how many identities each feature's name has."""
    table = ingested.table
    unresolved, linked = candidates.count(0), candidates.count(1)
    return Report(
        omics_type=table.omics_type,
        feature_type=table.features[0].type,
        match=ingested.match,
        quantities=tuple((q.name, q.unit) for q in table.quantities),
        n_features=len(table.features),
        n_samples=len(table.samples),
        n_contrasts=len(table.contrasts),
        rows_read=table.rows_read,
        rows_measured=table.rows_measured,
        counts=Counts(
            linked=linked,
            ambiguous=len(candidates) - linked - unresolved,
            unresolved=unresolved,
        ),
        problems=table.problems,
    )


def _reading_options(options: Options) -> dict[str, Any]:
    """What of the options changes the content: a sample sheet counts by its own content."""
    sheet = ingest.content_hash(options.samples) if options.samples else None
    given = {"quantity": options.quantity, "samples": sheet}
    return {key: value for key, value in given.items() if value is not None}


def sample_sheet(path: str | None) -> Path | None:
    """A sample sheet that is there. Raises ``FileError``."""
    if path is not None and not Path(path).is_file():
        raise FileError("the sample sheet is not there", path=path, hint="Check the path")
    return None if path is None else Path(path)
