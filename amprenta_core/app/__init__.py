"""The composition root: both front doors call only this."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from threading import Event
from typing import Any
from uuid import UUID

from attrs import define

from amprenta_core import linking, plugins, spool
from amprenta_core.app import ingesting, replaying, running
from amprenta_core.app.dual_write import DualWriteManager
from amprenta_core.app.outside import Outside
from amprenta_core.app.values import Counts, Outcome, Reading, Report, Shown, Wish, sample_sheet
from amprenta_core.errors import NotFound, SettingsError
from amprenta_core.guarding import Watchdog
from amprenta_core.ingest import Target
from amprenta_core.model import FeatureRef, Ingested
from amprenta_core.outgoing import ItemKey, Kind
from amprenta_core.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlalchemy import Connection

    from amprenta_core.app.vocabularies import Changed, Telling, Wanted
    from amprenta_core.diagnosis import Finding
    from amprenta_core.exporting_cells import StoredCells
    from amprenta_core.matrices import FloatArray, IntegerArray
    from amprenta_core.outgoing import Discrepancy
    from amprenta_core.sinks.notion_setup import Finding as NotionFinding
    from amprenta_core.spool import Spooled
    from amprenta_core.store.database import Database
    from amprenta_core.store.queries import Row, Stored
    from amprenta_core.store.relinking import Move
    from amprenta_core.store.vocabularies import Pack
    from amprenta_core.vocabularies.declared import Kinds

__all__ = ["App", "Counts", "DualWriteManager", "Outcome", "Reading", "Report", "Wish", "sample_sheet"]


@define
class App:
    """Amprenta with its settings. Plugins are loaded and the database is opened when first needed."""

    settings: Settings

    @cached_property
    def plugins(self) -> plugins.Plugins:
        """The installed plugins."""
        trace = plugins.trace_to_stderr if self.settings.trace_plugins else None
        watchdog = Watchdog(seconds=self.settings.hook_seconds)
        return plugins.load(strict=self.settings.strict_plugins, trace=trace, watchdog=watchdog)

    @cached_property
    def kinds(self) -> "Kinds":
        """The kinds of vocabularies that are declared."""
        from amprenta_core.vocabularies import declared  # noqa: PLC0415  # not needed for --help

        return declared.load(strict=self.settings.strict_plugins)

    @cached_property
    def database(self) -> "Database":
        """The open database."""
        from amprenta_core.store.database import open_database  # noqa: PLC0415  # not needed for --help

        known = spool.made_up_workspace(self.settings.home)
        opened = open_database(self.settings, workspace=UUID(known) if known else None)
        spool.remember_workspace(self.settings.home, str(opened.workspace))  # so are ids the same while it is down
        return opened

    @contextmanager
    def connection(self) -> Iterator["Connection"]:
        """A transaction on the database."""
        with self.database.transaction() as connection:
            yield connection

    @cached_property
    def outside(self) -> Outside:
        """The sinks: Notion, Pinecone, and what else is switched on."""
        return Outside(app=self)

    def ingest(self, paths: Sequence[str], wish: Wish, *, workers: int = 1) -> Iterator[Outcome]:
        """Ingest files in their order; what fails is an outcome with its error, the others go on.

        Raises where nothing can go on: settings, no database, the only path not there.
        """
        return running.ingest_paths(self, paths, wish, workers)

    def ingest_target(self, target: Target, wish: Wish) -> Iterator[Outcome]:
        """Ingest one file: an outcome for each dataset in it, or one with the error."""
        return ingesting.store(self, ingesting.read(self, target, wish), wish)

    def replay(self) -> Iterator[Outcome]:
        """Write what waits on the spool to Postgres; what fails stays there and is an outcome with its error."""
        return replaying.replay(self, again=True)

    def save(self, kind: Kind, values: Mapping[str, Any], shown: Shown | None = None) -> UUID:
        """Create a program, experiment or signature, or bring the one of this name up to date; its id.

        A dataset is only brought up to date. ``shown``: what was shown of it while Postgres was down.
        """
        from amprenta_core.store import entities  # noqa: PLC0415

        with self.connection() as connection:
            found = entities.save(self.database, connection, kind, values)
            if shown is not None:
                item = ItemKey(kind=kind, id=found)
                self.outside.take_over(connection, item, made_id=shown.id, page=shown.page)
            self.outside.want_items(connection, [ItemKey(kind=kind, id=found)], with_children=True)
        return found

    def delete_dataset(self, name_or_id: str) -> UUID:
        """Delete a dataset; its pages and vectors follow. Raises ``NotFound``."""
        from amprenta_core.store import entities, queries  # noqa: PLC0415

        with self.connection() as connection:
            found: UUID = queries.find_dataset(connection, name_or_id)["id"]
            entities.delete_dataset(connection, found)
            self.outside.want_items(connection, [ItemKey(kind="dataset", id=found)])
        return found

    def sync_status(self) -> list[dict[str, Any]]:
        """Per sink: items, pending, failed, in doubt, and the last error."""
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        return keeping.status(self)

    def sync_failures(self, sink: str | None = None) -> list[dict[str, Any]]:
        """The items that are not in step because of an error."""
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        return keeping.failures(self, sink)

    def sync_run(self) -> list[dict[str, Any]]:
        """Send to all sinks what is due now."""
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        return keeping.run_once(self)

    def sync_retry(self, sink: str | None = None) -> int:
        """Make due again what failed; how many items."""
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        return keeping.retry(self, sink)

    def sync_verify(self, sink: str | None = None, *, repair: bool = False) -> "list[Discrepancy]":
        """Where Postgres and the sinks differ, both ways."""
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        return keeping.verify(self, sink, repair=repair)

    def work(self, stop: Event) -> None:
        """Keep all sinks in step until told to stop."""
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        keeping.work(self, stop)

    def settle(self, outcome: Outcome, wish: Wish) -> Outcome:
        """Wait for what the wish asked of the sinks; the outcome with its page, or what is not in step yet."""
        if not (wish.create_page or wish.wait):
            return outcome
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        return keeping.settle(self, outcome, forced=wish.create_page, wait=wish.wait)

    def setup_notion(self, *, create: bool = False, parent: str | None = None) -> "Sequence[NotionFinding]":
        """Check the databases in Notion, or make what they lack."""
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        return keeping.setup_notion(self, create=create, parent=parent)

    def pull_notion(self, pages: Sequence[str] = (), sources: Sequence[str] = ()) -> dict[str, Any]:
        """Read back what people wrote in Notion."""
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        return keeping.pull_notion(self, pages, sources)

    def spooled(self) -> "list[Spooled]":
        """What waits on the spool."""
        from amprenta_core.app import keeping  # noqa: PLC0415  # only with sinks

        return keeping.spooled(self)

    def normalizer(self, ingested: Ingested) -> linking.Normalize:
        """How the plugin that read a file understands names."""
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

    def read_cells(self, name_or_id: str, *, revision: int | None = None, quantity: str | None = None) -> "StoredCells":
        """The cells of a single-cell dataset with one matrix (None: the one of choice). Raises ``NotFound``."""
        from amprenta_core.app import reading_cells  # noqa: PLC0415

        return reading_cells.read(self, name_or_id, revision, quantity)

    def read_feature_cells(
        self, name_or_id: str, feature: str, *, quantity: str | None = None
    ) -> "tuple[IntegerArray, FloatArray]":
        """The cells in which a feature (as the file names it) has a value, and the values. Raises ``NotFound``."""
        from amprenta_core.app import reading_cells  # noqa: PLC0415

        return reading_cells.read_feature(self, name_or_id, feature, quantity)

    def chosen(self, name_or_id: str, revision: int | None = None) -> str:
        """The quantity of choice of a dataset."""
        from amprenta_core.store import queries  # noqa: PLC0415

        with self.connection() as connection:
            return str(queries.find_dataset(connection, name_or_id, revision)["quantity"])

    def show_feature(self, name: str) -> list[tuple["Row", list["Row"]]]:
        """The features that a name means, each with all its measurements. Raises ``NotFound``.

        ``label`` is what a vocabulary calls it, None where none does.
        """
        from amprenta_core.store import queries, vocabularies  # noqa: PLC0415

        with self.connection() as connection:
            found = queries.find_features(connection, [name], name)
            if not found:
                found = queries.find_features(connection, self._understood(connection, name), name)
            if not found:
                raise NotFound(f"no dataset measured {name}", hint="Check the spelling, or see a dataset's features")
            keys = [(f["feature_type"], f["namespace"], f["accession"]) for f in found]
            labels = vocabularies.labels(connection, keys)
            return [
                ({**feature, "label": labels.get(key)}, self._measured(connection, feature))
                for key, feature in zip(keys, found, strict=True)
            ]

    def _understood(self, connection: "Connection", name: str) -> list[str]:
        """What the installed plugins and the vocabularies in force say that a name means."""
        from amprenta_core.app import meaning  # noqa: PLC0415

        said = [
            identity.accession
            for plugin in self.plugins.loaded.values()
            for kind in plugin.info.feature_types
            for identity in plugin.normalize([FeatureRef(name=name, type=kind)])[0]
        ]
        return [*said, *meaning.accessions(connection, name, self.kinds.rules)]

    def _measured(self, connection: "Connection", feature: Mapping[str, Any]) -> list["Row"]:
        from amprenta_core.store import queries  # noqa: PLC0415

        rows = queries.measurements(connection, feature["no"])
        names = queries.axis_names(connection, sorted({row["revision_no"] for row in rows}))
        return [{**row, "columns": names.get((row["revision_no"], row["axis"]), [])} for row in rows]

    def add_vocabulary(self, wanted: "Wanted", telling: "Telling", *, dry_run: bool = False) -> "Changed":
        """Add a vocabulary; stored names resolve by it. ``dry_run``: only say what would move."""
        from amprenta_core.app import vocabularies  # noqa: PLC0415  # pyarrow and SQLAlchemy

        return vocabularies.add(self, wanted, telling, dry_run=dry_run)

    def remove_vocabulary(self, said: str, telling: "Telling") -> "Changed":
        """Remove a vocabulary; what names denoted without it comes back."""
        from amprenta_core.app import vocabularies  # noqa: PLC0415

        return vocabularies.remove(self, said, telling)

    def resolve_names(self, telling: "Telling") -> "Changed":
        """Resolve all stored names again by the vocabularies in force."""
        from amprenta_core.app import vocabularies  # noqa: PLC0415

        return vocabularies.resolve(self, telling)

    def list_vocabularies(self) -> "tuple[list[Pack], bool]":
        """All packs, and whether all stored names were resolved by those in force."""
        from amprenta_core.app import vocabularies  # noqa: PLC0415

        return vocabularies.packs_stored(self)

    def compare_vocabularies(self, old: str, new: str) -> "list[Move]":
        """The stored names that denote something else by one pack than by another."""
        from amprenta_core.app import vocabularies  # noqa: PLC0415

        return vocabularies.diff(self, old, new)

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

        waiting = [(one.since, one.failure) for one in self.spooled()]
        return list(diagnosis.findings(self.settings, self.plugins, waiting))
