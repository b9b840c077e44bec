"""Programs, experiments and signatures by themselves, as other programs create them; each is idempotent by its name."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from amprenta_core.errors import NotFound, SettingsError
from amprenta_core.model import SignatureDirection
from amprenta_core.outgoing import Kind
from amprenta_core.store.database import Database

_FIELDS: Mapping[Kind, frozenset[str]] = {
    "program": frozenset({"name", "description", "disease", "external_ids"}),
    "experiment": frozenset({"name", "description", "program_id", "external_ids"}),
    "signature": frozenset({"name", "description", "external_ids", "components"}),
    "dataset": frozenset({"name", "description", "program_id", "experiment_id", "external_ids"}),
}
_TABLES: Mapping[Kind, str] = {
    "program": "programs",
    "experiment": "experiments",
    "signature": "signatures",
    "dataset": "datasets",
}


def save(database: Database, connection: Connection, kind: Kind, values: Mapping[str, Any]) -> UUID:
    """Create an entity, or bring the one of this name up to date; what ``values`` do not name stays. Return its id.

    A dataset is only brought up to date: its numbers come from a file. Raises ``SettingsError`` for a field that
    there is not, ``NotFound`` for a dataset that there is not.
    """
    given = checked(kind, values)
    components = given.pop("components", None)
    table, name = _TABLES[kind], given["name"]
    if kind != "dataset":
        statement = f"INSERT INTO {table} (id, name) VALUES (:id, :name) ON CONFLICT DO NOTHING"  # noqa: S608  # our own names
        connection.execute(text(statement), {"id": uuid5(database.workspace, f"{kind}:{name}"), "name": name})
    found = connection.scalar(text(f"SELECT id FROM {table} WHERE name = :name"), {"name": name})  # noqa: S608
    if found is None:
        raise NotFound(f"there is no dataset {name}", hint="Give a file that it is made from")
    _update(connection, table, UUID(str(found)), {key: value for key, value in given.items() if key != "name"})
    if components is not None:
        _replace_components(connection, UUID(str(found)), components)
    return UUID(str(found))


def checked(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are given. Raises ``SettingsError`` for an unknown field, or without a name."""
    given = {key: value for key, value in values.items() if value is not None}
    unknown = sorted(set(given) - _FIELDS[kind])
    if unknown:
        raise SettingsError(f"a {kind} has no {', '.join(unknown)}", hint=f"It has: {', '.join(sorted(_FIELDS[kind]))}")
    if not str(given.get("name", "")).strip():
        raise SettingsError(f"the {kind} has no name", hint="Give it one: it is known by its name")
    for component in given.get("components", ()):
        _check_component(component)
    return given


def _check_component(component: Mapping[str, Any]) -> None:
    directions = [direction.value for direction in SignatureDirection]
    if not (component.get("feature_type") and component.get("name")):
        hint = "Each needs feature_type and name, and may have direction and weight"
        raise SettingsError("a component of the signature has no feature_type or no name", hint=hint)
    if component.get("direction", "changed") not in directions:
        what = f"the component {component['name']} of the signature has the direction {component['direction']}"
        raise SettingsError(what, hint=f"It is one of: {', '.join(directions)}")


def _update(connection: Connection, table: str, entity: UUID, given: Mapping[str, Any]) -> None:
    if not given:
        return
    changed = " OR ".join(f"{key} IS DISTINCT FROM :{key}" for key in given)
    sets = ", ".join(f"{key} = :{key}" for key in given)
    statement = text(f"UPDATE {table} SET {sets}, updated_at = now() WHERE id = :id AND ({changed})")  # noqa: S608
    if "external_ids" in given:
        statement = statement.bindparams(bindparam("external_ids", type_=JSONB))
    connection.execute(statement, {**given, "id": entity})


def _replace_components(connection: Connection, signature: UUID, components: Sequence[Mapping[str, Any]]) -> None:
    """The components as they are now: features with their type, direction and weight."""
    rows = [
        {
            "signature": signature,
            "position": n,
            "type": str(component["feature_type"]),
            "name": str(component["name"]),
            "direction": SignatureDirection(component.get("direction", "changed")).value,
            "weight": component.get("weight"),
        }
        for n, component in enumerate(components)
    ]
    connection.execute(text("DELETE FROM signature_components WHERE signature_id = :id"), {"id": signature})
    if rows:
        insert = (
            "INSERT INTO signature_components (signature_id, position, feature_type, name, direction, weight) "
            "VALUES (:signature, :position, :type, :name, :direction, :weight)"
        )
        connection.execute(text(insert), rows)


def delete_dataset(connection: Connection, dataset: UUID) -> None:
    """Delete a dataset with its revisions and numbers; names, features and raw files stay."""
    connection.execute(text("DELETE FROM datasets WHERE id = :id"), {"id": dataset})
    # Not left to a sink, which may never have heard of it; last, for a worker may just have written them.
    connection.execute(text("DELETE FROM chunks WHERE kind = 'dataset' AND item_id = :id"), {"id": dataset})
