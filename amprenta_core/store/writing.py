"""Writing a dataset: one transaction, idempotent, safe beside other writers."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID, uuid5

from attrs import asdict, evolve, frozen
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from amprenta_core.errors import Conflict
from amprenta_core.linking import NameKey, Resolved, related_keys
from amprenta_core.model import FeatureRef, Ingested, PluginInfo, Quantity
from amprenta_core.store import naming, tables, vocabularies
from amprenta_core.store.cell_rows import write_cells
from amprenta_core.store.copying import copy_measured, json_text
from amprenta_core.store.database import Database
from amprenta_core.store.naming import NEVER
from amprenta_core.store.vocabularies import IN_FORCE_LOCK

Status = Literal["created", "updated", "unchanged"]
Belongs = tuple[UUID | None, UUID | None]
"""Program and experiment."""
_FILLED_IN = frozenset({"no", "created_at", "updated_at", "external_ids", "notion_page_id"})
_FIND = text(
    "SELECT pg_advisory_xact_lock_shared(:vocabularies); "
    "SELECT pg_advisory_xact_lock(k) FROM unnest(:keys) AS k; "
    "SELECT f.*, s.generation FROM vocabulary_state s LEFT JOIN LATERAL ("
    "SELECT d.id, d.name, d.source_path, d.current, r.number, r.fingerprint, r.no, "
    "(SELECT max(number) FROM revisions WHERE dataset_id = d.id) AS newest "
    "FROM datasets d JOIN revisions r ON r.dataset_id = d.id AND r.number = d.current "
    "WHERE d.name = :name OR (cast(:anywhere AS boolean) AND r.fingerprint = :fingerprint) "
    "ORDER BY (r.fingerprint = :fingerprint) DESC, d.name = :name DESC LIMIT 1) f ON true"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)))
"""Waits for a change of vocabularies and for other writers of the name or the content, then looks: several statements,
each its own snapshot, one round trip. There is always a row, of nulls where there is no such dataset.
"""


def _from_json(table: Any, source: str) -> str:
    """SQL that makes rows of a table from a JSON parameter; types are the table's own."""
    return f"jsonb_populate_recordset(NULL::{table.name}, cast(:{source} AS jsonb)) AS k"


def _insert(table: Any, source: str) -> str:
    """SQL that inserts rows of a table from a JSON parameter, but for what the database fills in itself."""
    columns = [column.name for column in table.columns if column.name not in _FILLED_IN]
    given = ", ".join(f"k.{name}" for name in columns)
    return f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {given} FROM {_from_json(table, source)}"  # noqa: S608


def _insert_part(table: Any) -> str:
    columns = [column.name for column in table.columns if column.name != "revision_no"]
    quoted = ", ".join(f'"{name}"' for name in columns)
    taken = ", ".join(f'k."{name}"' for name in columns)
    return (
        f"{table.name}_ AS (INSERT INTO {table.name} (revision_no, {quoted}) "  # noqa: S608  # names of our own tables
        f"SELECT r.no, {taken} FROM r, {_from_json(table, table.name)})"
    )


_REVISION = text(
    f"WITH d AS ({_insert(tables.datasets, 'dataset')}), r AS ({_insert(tables.revisions, 'revision')} RETURNING no), "  # noqa: S608
    + ", ".join(map(_insert_part, (tables.samples, tables.contrasts, tables.quantities, tables.problems)))
    + " SELECT no FROM r"
)
"""A dataset where it is new, a revision, its samples, contrasts, quantities and problems: one statement, not six."""


class VocabulariesChanged(Exception):
    """Other vocabularies came into force since names were looked up: look them up again."""


@frozen(kw_only=True)
class Request:
    """How a dataset is to be stored: its name, whether the user chose it, what it belongs to."""

    name: str
    named_by_user: bool = False
    description: str | None = None
    program: str | None = None
    experiment: str | None = None
    update: bool = False
    options: Mapping[str, Any]
    raw_file: str | None = None


@frozen(kw_only=True)
class Written:
    """What became of a dataset; ``gained`` are the names with which this file gave new identifiers."""

    status: Status
    dataset_id: UUID
    revision: int
    name: str
    belongs: Belongs = (None, None)
    gained: frozenset[int] = frozenset()


def fingerprint(ingested: Ingested, options: Mapping[str, Any]) -> str:
    """What makes a content the same: its bytes, how they are read, and which part of them."""
    reading = [ingested.source.sha256, ingested.plugin.name, ingested.plugin.version, ingested.match.format]
    what = json.dumps([*reading, list(ingested.match.parts), dict(options)], sort_keys=True)
    return hashlib.sha256(what.encode()).hexdigest()


def resolver_of(plugin: PluginInfo) -> str:
    """Who resolves names: the plugin and the version of its understanding of names."""
    return f"{plugin.name} names {plugin.names_version}"


def known_names(
    database: Database, connection: Connection, keys: Sequence[NameKey], plugin: PluginInfo
) -> list[NameKey]:
    """The names among these that the plugin must resolve; the others are stored and remembered."""
    if database.names.generation == NEVER:
        database.names.generation = vocabularies.generation(connection)
    return naming.look_up(connection, database.names, keys, resolver_of(plugin))


def write(
    database: Database,
    connection: Connection,
    ingested: Ingested,
    request: Request,
    resolved: Sequence[Resolved],
    keys: Sequence[NameKey],
) -> Written:
    """Store a dataset in the caller's transaction.

    ``keys`` are the names of its features, ``resolved`` those of them that were unknown.

    Same content: nothing is written. New content: a new revision becomes current. Raises ``Conflict`` where the name
    is taken by other content from another path and no update was asked for.
    """
    mark = fingerprint(ingested, request.options)
    locks = sorted({_lock_key("name", request.name), _lock_key("content", mark)})
    lookup = {"keys": locks, "name": request.name, "fingerprint": mark, "anywhere": not request.named_by_user}
    row = connection.execute(_FIND, {**lookup, "vocabularies": IN_FORCE_LOCK}).one()
    if database.names.generation not in (row.generation, NEVER):
        raise VocabulariesChanged
    found = row if row.id is not None else None
    path = _absolute(ingested.source.path)
    if found is not None and found.fingerprint != mark and found.source_path != path and not request.update:
        what = f"the name {request.name} is taken by other content from {found.source_path}"
        raise Conflict(what, hint="Say --update to make this its new revision, or --name for another dataset")
    belongs = _belongs(database, connection, request)  # before all else, as every writer does: none waits in a circle
    if resolved:  # also of a dataset that is there already: a newer plugin may know more names
        database.names.add(naming.add_names(connection, resolved, resolver_of(ingested.plugin)))
    if found is not None and found.fingerprint == mark:
        _link(connection, found.id, request, belongs)
        return Written(status="unchanged", dataset_id=found.id, revision=found.number, name=found.name, belongs=belongs)
    if found is None:
        created = _dataset_row(database, ingested, request, belongs)
        gained = _write_revision(database, connection, ingested, request, keys, (created["id"], 1, mark), [created])
        made = Written(status="created", dataset_id=UUID(created["id"]), revision=1, name=request.name, belongs=belongs)
        return evolve(made, gained=gained)
    number = found.newest + 1
    gained = _write_revision(database, connection, ingested, request, keys, (str(found.id), number, mark), [])
    _make_current(connection, found.id, number, ingested)
    _link(connection, found.id, request, belongs)
    made = Written(status="updated", dataset_id=found.id, revision=number, name=request.name, belongs=belongs)
    return evolve(made, gained=gained)


def _lock_key(kind: str, what: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{kind}:{what}".encode()).digest()[:8], "big", signed=True)


def _absolute(path: str) -> str:
    """A path as every working folder names it; a URL as it is."""
    return path if "://" in path else os.path.abspath(path)  # noqa: PTH100  # links stay links


def _dataset_row(database: Database, ingested: Ingested, request: Request, belongs: Belongs) -> dict[str, Any]:
    program, experiment = belongs
    return {
        "id": str(uuid5(database.workspace, f"dataset:{request.name}")),
        "name": request.name,
        "omics_type": ingested.table.omics_type,
        "description": request.description,
        "experiment_id": str(experiment) if experiment else None,
        "program_id": str(program) if program else None,
        "source_path": _absolute(ingested.source.path),
        "current": 1,
    }


def _belongs(database: Database, connection: Connection, request: Request) -> Belongs:
    program = request.program and named(database, connection, "program", request.program)
    experiment = request.experiment and named(database, connection, "experiment", request.experiment, program or None)
    return program or None, experiment or None


def named(
    database: Database,
    connection: Connection,
    kind: Literal["program", "experiment"],
    name: str,
    program: UUID | None = None,
) -> UUID:
    """The id of a program or experiment of this name, created where there is none."""
    table = f"{kind}s"
    row: dict[str, Any] = {"id": uuid5(database.workspace, f"{kind}:{name}"), "name": name}
    columns, values = ("id, name", ":id, :name")
    if kind == "experiment":
        row["program_id"] = program
        columns, values = ("id, name, program_id", ":id, :name, :program_id")
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING"), row)  # noqa: S608  # two fixed words
    found = connection.scalar(text(f"SELECT id FROM {table} WHERE name = :name"), {"name": name})  # noqa: S608
    return UUID(str(found))


def _link(connection: Connection, dataset: UUID, request: Request, belongs: Belongs) -> None:
    """Set description, program and experiment of a stored dataset where the user named them."""
    program, experiment = belongs
    wanted = {"description": request.description, "program_id": program, "experiment_id": experiment}
    given = {key: value for key, value in wanted.items() if value is not None}
    if given:
        changed = " OR ".join(f"{key} IS DISTINCT FROM :{key}" for key in given)
        sets = ", ".join(f"{key} = :{key}" for key in given)
        statement = text(f"UPDATE datasets SET {sets}, updated_at = now() WHERE id = :id AND ({changed})")  # noqa: S608
        connection.execute(statement, {**given, "id": dataset})


def _make_current(connection: Connection, dataset: UUID, number: int, ingested: Ingested) -> None:
    statement = text(
        "UPDATE datasets SET current = :number, source_path = :path, omics_type = :omics, updated_at = now() "
        "WHERE id = :id"
    )
    path, omics = _absolute(ingested.source.path), ingested.table.omics_type
    connection.execute(statement, {"id": dataset, "number": number, "path": path, "omics": omics})


def _write_revision(
    database: Database,
    connection: Connection,
    ingested: Ingested,
    request: Request,
    keys: Sequence[NameKey],
    which: tuple[str, int, str],
    created: Sequence[Mapping[str, Any]],
) -> frozenset[int]:
    table = ingested.table
    stored = database.names.known
    numbers = [stored[key].no for key in keys]
    revision = _revision(connection, ingested, request, which, created)
    matrices = [quantity.values for quantity in table.quantities]
    copy_measured(connection, revision, numbers, matrices, [_details(ref) for ref in table.features])
    _relations(connection, numbers, table.features, stored)
    if table.cells is not None:
        write_cells(connection, revision, table.cells)
    return _external_ids(database, connection, numbers, table.features)


def _revision(
    connection: Connection,
    ingested: Ingested,
    request: Request,
    which: tuple[str, int, str],
    created: Sequence[Mapping[str, Any]],
) -> int:
    """Write a revision and its parts in one statement; return its number inside the database."""
    table = ingested.table
    dataset, number, mark = which
    row = {
        "dataset_id": dataset,
        "number": number,
        "format": ingested.match.format,
        "quantity": table.quantities[0].name,
        "options": dict(request.options),
        "content_sha256": ingested.source.sha256,
        "raw_file": request.raw_file,
        "n_features": len(table.features),
        "n_samples": len(table.samples),
        "rows_read": table.rows_read,
        "rows_measured": table.rows_measured,
        "n_cells": None if table.cells is None else len(table.cells.barcodes),
        "fingerprint": mark,
        "reader": f"{ingested.plugin.name} {ingested.plugin.version}",
    }
    parts = {
        "samples": [{"name": s.name, "attributes": dict(s.attributes), "flags": list(s.flags)} for s in table.samples],
        "contrasts": [asdict(c) for c in table.contrasts],
        "quantities": _quantity_rows(table.quantities),
        "problems": [asdict(p) for p in table.problems],
    }
    numbered = {name: [{**part, "position": n} for n, part in enumerate(rows)] for name, rows in parts.items()}
    plain = {
        name: json_text(value) for name, value in {"dataset": list(created), "revision": [row], **numbered}.items()
    }
    return int(connection.execute(_REVISION, plain).scalar_one())


def _quantity_rows(quantities: Sequence[Quantity]) -> list[dict[str, Any]]:
    rows, first = [], 0
    for quantity in quantities:
        width = quantity.values.shape[1]
        rows.append(
            {
                "name": quantity.name,
                "axis": quantity.axis.value,
                "unit": quantity.unit,
                "scale": quantity.scale,
                "zero": quantity.zero.value,
                "first": first,
                "width": width,
                "missing": {reason: list(cells) for reason, cells in quantity.missing.items()},
            }
        )
        first += width
    return rows


def _details(ref: FeatureRef) -> dict[str, Any] | None:
    """What the file says of this feature beside its name and numbers."""
    if ref.mz is None and ref.rt is None and not (ref.ids or ref.flags or ref.attributes):
        return None
    said = {
        "mz": ref.mz,
        "rt": ref.rt,
        "ids": dict(ref.ids),
        "flags": list(ref.flags),
        "attributes": dict(ref.attributes),
    }
    return {key: value for key, value in said.items() if value not in (None, {}, [])} or None


def _external_ids(
    database: Database, connection: Connection, numbers: Sequence[int], refs: Sequence[FeatureRef]
) -> frozenset[int]:
    """Keep the file's own identifiers with its names, and give them to the one feature that a name denotes.

    Returns the names that gained one.
    """
    said = [(no, ref.ids) for no, ref in zip(numbers, refs, strict=True) if ref.ids and ref.name is not None]
    if not said:
        return frozenset()
    gained = naming.keep_ids(connection, database.names, said)
    naming.add_file_ids(connection, said)
    return frozenset(gained)


def _relations(
    connection: Connection,
    numbers: Sequence[int],
    refs: Sequence[FeatureRef],
    stored: Mapping[NameKey, naming.KnownName],
) -> None:
    """What files say that features belong to."""
    said = {
        (no, stored[key].no, relation)
        for no, ref in zip(numbers, refs, strict=True)
        for key, relation in related_keys(ref)
    }
    if said:
        naming.add_relations(connection, sorted(said))
