"""Writing programs, experiments, datasets and signatures to Postgres and Notion from other programs."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from attrs import evolve

from amprenta_core import spool
from amprenta_core.app.spooling import item_id
from amprenta_core.app.values import Outcome, Wish
from amprenta_core.errors import SettingsError, SinkUnavailable
from amprenta_core.ingest import Options
from amprenta_core.outgoing import Entry, ItemKey, Kind
from amprenta_core.settings import Mode, Settings, from_environment

if TYPE_CHECKING:
    from amprenta_core.app import App

_OF_A_FILE = frozenset(
    {"name", "description", "file_paths", "omics_type", "quantity", "level", "program", "experiment"}
)
_BESIDE_A_FILE = frozenset({"program_id", "experiment_id", "external_ids"})
_OF_A_DATASET = _OF_A_FILE | _BESIDE_A_FILE
MOST_SHOWN = 50
"""Components of a signature that its page shows."""


class DualWriteManager:
    """Creates entities in Postgres, Notion, or both, each known by its name and therefore never made twice.

    ``db`` is an ``App``, the address of a database, or None for the one of the settings. With both on, Postgres is
    written first and Notion follows through the outbox; while Postgres is down, Notion is written at once and the
    entity waits on the spool. Every method returns the id, which is the same in all systems.
    """

    def __init__(
        self,
        db: "App | str | None" = None,
        *,
        enable_notion: bool = True,
        enable_postgres: bool = True,
        settings: Settings | None = None,
    ) -> None:
        from amprenta_core.app import App  # noqa: PLC0415  # it imports this module

        if not (enable_notion or enable_postgres):
            raise SettingsError("neither Postgres nor Notion is to be written", hint="Enable one of them")
        given = db.settings if isinstance(db, App) else settings or from_environment()
        if isinstance(db, str):
            given = evolve(given, postgres_url=db.replace("postgresql://", "postgresql+psycopg2://", 1))
        if enable_notion and given.notion is None:
            raise SettingsError("Notion is to be written and has no key", hint="Set NOTION_API_KEY, or disable Notion")
        mode: Mode = "default" if not enable_notion else "dual" if enable_postgres else "rollback"
        changed = evolve(given, mode=mode, notion=given.notion if enable_notion else None)
        self.app = db if isinstance(db, App) and db.settings == changed else App(settings=changed)

    def create_program(self, values: Mapping[str, Any]) -> UUID:
        """Create or update a program: ``name``, ``description``, ``disease``, ``external_ids``."""
        return self._save("program", values)

    def create_experiment(self, values: Mapping[str, Any]) -> UUID:
        """Create or update an experiment: ``name``, ``description``, ``program_id``, ``external_ids``."""
        return self._save("experiment", values)

    def create_signature(self, values: Mapping[str, Any]) -> UUID:
        """Create or update a signature: ``name``, ``description``, ``external_ids``, ``components``.

        A component has ``feature_type``, ``name``, ``direction`` (up, down, changed) and ``weight``.
        """
        return self._save("signature", values)

    def create_dataset(self, values: Mapping[str, Any]) -> UUID:
        """Create a dataset from a file, or update the one of this name.

        It is made from the first of ``file_paths``; without one, ``description``, ``program_id``, ``experiment_id`` and
        ``external_ids`` of the dataset ``name`` are updated. ``omics_type``, ``quantity`` and ``level`` are as the
        options ``--type``, ``--quantity`` and ``--level``; ``program`` and ``experiment`` are names. Raises the error
        that ended the ingestion.
        """
        given = {key: value for key, value in values.items() if value is not None}
        unknown = sorted(set(given) - _OF_A_DATASET)
        if unknown:
            raise SettingsError(
                f"a dataset has no {', '.join(unknown)}", hint=f"It has: {', '.join(sorted(_OF_A_DATASET))}"
            )
        paths = [str(path) for path in given.get("file_paths", ())]
        found = self._ingest(given, paths[0]) if paths else None
        rest = {key: value for key, value in given.items() if key in _BESIDE_A_FILE}
        if len(paths) > 1:
            rest["external_ids"] = {**rest.get("external_ids", {}), "file_paths": paths}
        if found is None:
            alone = sorted(set(given) & (_OF_A_FILE - {"name", "description"}))
            if alone:
                raise SettingsError(f"{', '.join(alone)} of a dataset comes with its file", hint="Give file_paths")
            rest |= {key: given[key] for key in ("description",) if key in given}
        elif not rest:
            return _id_of(found)
        return self._save("dataset", {**rest, "name": found.name if found else given.get("name")})

    def _ingest(self, given: Mapping[str, Any], path: str) -> Outcome:
        if Path(path).is_dir():
            raise SettingsError(f"{path} is a folder", hint="Name one file")
        wish = Wish(
            options=Options(
                omics_type=given.get("omics_type"), quantity=given.get("quantity"), level=given.get("level")
            ),
            name=given.get("name"),
            description=given.get("description"),
            program=given.get("program"),
            experiment=given.get("experiment"),
            update=True,
        )
        outcomes = [outcome for outcome in self.app.ingest([path], wish) if not outcome.replayed]
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        return outcomes[0]

    def _save(self, kind: Kind, values: Mapping[str, Any]) -> UUID:
        from amprenta_core.store import entities  # noqa: PLC0415  # SQLAlchemy

        given = entities.checked(kind, values)
        if self.app.settings.mode != "rollback":
            try:
                return self.app.save(kind, given)
            except SinkUnavailable:
                if self.app.settings.mode != "dual":
                    raise
        return self._spool(kind, given)

    def _spool(self, kind: Kind, values: Mapping[str, Any]) -> UUID:
        """Put an entity on the spool, then on Notion at once. A dataset's page stays as its file made it."""
        home, name = self.app.settings.home, str(values["name"])
        key = ItemKey(kind=kind, id=item_id(self.app, kind, name))
        ids = {} if kind == "dataset" else {name: str(key.id)}
        spooled = spool.add(home, cast("spool.What", kind), _plain(values), label=f"{kind} {name}", ids=ids)
        if kind != "dataset":
            page, _ = self.app.outside.send_now(_entry(key, values))
            if page is not None:
                spool.note(home, spooled, pages={name: page})
        return key.id


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same for JSON."""
    return {field: str(value) if isinstance(value, UUID) else value for field, value in values.items()}


def _entry(key: ItemKey, values: Mapping[str, Any]) -> Entry:
    components = [(str(c["name"]), str(c.get("direction", "changed"))) for c in values.get("components", ())]
    return Entry(
        key=key,
        name=str(values["name"]),
        description=values.get("description"),
        disease=values.get("disease"),
        facts=(("Components", str(len(components))),) if key.kind == "signature" else (),
        top_features=tuple(components[:MOST_SHOWN]),
        features=tuple(sorted({name for name, _ in components})),
        external_ids=values.get("external_ids", {}),
    )


def _id_of(outcome: Outcome) -> UUID:
    assert outcome.dataset_id is not None  # noqa: S101  # it has no error
    return outcome.dataset_id
