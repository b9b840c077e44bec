"""Reading back: datasets, their numbers, and one feature across all of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from attrs import frozen
from sqlalchemy import Connection, select, text

from amprenta_core.errors import NotFound
from amprenta_core.model import Axis, Contrast, FloatArray, Problem, Quantity, Sample, ZeroMeaning
from amprenta_core.store import tables
from amprenta_core.store.copying import copy_out

_LIST = """
SELECT d.id, d.name, d.omics_type, d.description, d.source_path, d.created_at, d.updated_at, p.name AS program,
       e.name AS experiment, r.no AS revision_no, r.number AS revision, r.format, r.quantity, r.options, r.raw_file,
       r.content_sha256, r.n_features, r.n_samples, r.n_cells, r.rows_read, r.rows_measured
FROM datasets d JOIN revisions r ON r.dataset_id = d.id AND r.number = {number}
LEFT JOIN programs p ON p.id = d.program_id LEFT JOIN experiments e ON e.id = d.experiment_id
"""
Row = Mapping[str, Any]


@frozen(kw_only=True)
class Stored:
    """A revision read back: what describes it, and the numbers of some of its quantities."""

    summary: Row
    samples: tuple[Sample, ...]
    contrasts: tuple[Contrast, ...]
    quantities: tuple[Quantity, ...]
    names: tuple[str, ...]
    features: tuple[str | None, ...]
    problems: tuple[Problem, ...]


def list_datasets(connection: Connection) -> list[Row]:
    """Every dataset with its current revision, by name."""
    query = text(_LIST.format(number="d.current") + " ORDER BY d.name")
    return [dict(row) for row in connection.execute(query).mappings()]


def find_dataset(connection: Connection, name_or_id: str, revision: int | None = None) -> Row:
    """One dataset by name or id, with one of its revisions (None: the current). Raises ``NotFound``."""
    number = "d.current" if revision is None else ":revision"
    where = " WHERE d.id = :id" if _as_uuid(name_or_id) else " WHERE d.name = :name"
    keys = {"id": _as_uuid(name_or_id), "name": name_or_id, "revision": revision}
    row = connection.execute(text(_LIST.format(number=number) + where), keys).mappings().first()
    if row is None:
        which = name_or_id if revision is None else f"{name_or_id}, revision {revision}"
        raise NotFound(f"there is no dataset {which}", hint="See them with: amprenta datasets list")
    return dict(row)


def _as_uuid(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None


def link_counts(connection: Connection, revision_no: int) -> tuple[int, int, int]:
    """How many measured features are linked, ambiguous, unresolved."""
    query = text(
        "SELECT count(*) FILTER (WHERE n.candidates = 1), count(*) FILTER (WHERE n.candidates > 1), "
        "count(*) FILTER (WHERE n.candidates = 0) FROM measured m JOIN names n ON n.no = m.name_no "
        "WHERE revision_no = :no"
    )
    linked, ambiguous, unresolved = connection.execute(query, {"no": revision_no}).one()
    return linked, ambiguous, unresolved


def read_revision(connection: Connection, summary: Row, quantity: str | None = None) -> Stored:
    """A revision with the numbers of one quantity (None: all). Raises ``NotFound`` for a quantity it does not have."""
    no = summary["revision_no"]
    parts = {
        table.name: list(connection.execute(select(table).where(table.c.revision_no == no).order_by(table.c.position)))
        for table in (tables.samples, tables.contrasts, tables.quantities, tables.problems)
    }
    wanted = [q for q in parts["quantities"] if quantity is None or q.name.casefold() == quantity.casefold()]
    if not wanted:
        there = ", ".join(q.name for q in parts["quantities"])
        raise NotFound(f"{summary['name']} has no quantity {quantity}", hint=f"It has: {there}")
    names, values = read_values(connection, no, wanted)
    return Stored(
        summary=summary,
        samples=tuple(Sample(name=s.name, attributes=s.attributes, flags=tuple(s.flags)) for s in parts["samples"]),
        contrasts=tuple(
            Contrast(name=c.name, numerator=c.numerator, denominator=c.denominator) for c in parts["contrasts"]
        ),
        quantities=tuple(_quantity(row, numbers) for row, numbers in zip(wanted, values, strict=True)),
        names=tuple(names),
        features=_features(connection, no),
        problems=tuple(Problem(where=p.where, code=p.code, what=p.what, row=p.row) for p in parts["problems"]),
    )


def read_names(connection: Connection, revision_no: int) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The features of a revision: names as written, and what the file says of each beside them."""
    query = text(
        "SELECT n.text, coalesce(m.details, '{}') FROM measured m JOIN names n ON n.no = m.name_no "
        "WHERE m.revision_no = :no ORDER BY m.position"
    )
    rows = connection.execute(query, {"no": revision_no}).all()
    return tuple(row[0] for row in rows), tuple(row[1] for row in rows)


def read_values(connection: Connection, revision_no: int, wanted: Sequence[Any]) -> tuple[list[str], list[FloatArray]]:
    """Names as written, and for each wanted quantity its numbers: (features, width), as stored."""
    first, last = min(q.first for q in wanted), max(q.first + q.width for q in wanted)
    whole = f"m.values[{first + 1}:{last}]"
    query = (
        f"SELECT m.position, n.text, {whole} FROM measured m JOIN names n ON n.no = m.name_no "  # noqa: S608  # integers
        f"WHERE m.revision_no = {int(revision_no)} ORDER BY m.position"
    )
    rows = [(name, numbers) for _, name, numbers in copy_out(connection, query, last - first)]
    numbers = np.array([n for _, n in rows], dtype=np.float64).reshape(len(rows), last - first)
    return [name for name, _ in rows], [numbers[:, q.first - first : q.first - first + q.width] for q in wanted]


def _quantity(row: Any, values: FloatArray) -> Quantity:
    return Quantity(
        name=row.name,
        values=values,
        axis=Axis(row.axis),
        unit=row.unit,
        scale=row.scale,
        zero=ZeroMeaning(row.zero),
        missing={reason: tuple(cells) for reason, cells in row.missing.items()},
    )


def _features(connection: Connection, revision_no: int) -> tuple[str | None, ...]:
    """The accession that each measured name denotes, None where unknown or ambiguous.

    Of several identifiers of one thing it is the one that a vocabulary gives.
    """
    query = text(
        "SELECT (array_agg(f.accession ORDER BY l.vocabulary_no IS NULL, f.accession) "
        "FILTER (WHERE l.relation = 'same' AND n.candidates = 1))[1] FROM measured m "
        "JOIN names n ON n.no = m.name_no LEFT JOIN links l ON l.name_no = n.no "
        "LEFT JOIN features f ON f.no = l.feature_no WHERE m.revision_no = :no GROUP BY m.position ORDER BY m.position"
    )
    return tuple(connection.execute(query, {"no": revision_no}).scalars())


def find_features(connection: Connection, accessions: Sequence[str], written: str) -> list[Row]:
    """Features by accession or id, or by a name as a file wrote it."""
    query = text(
        "SELECT DISTINCT f.no, f.id, f.feature_type, f.namespace, f.accession, f.level, f.external_ids FROM features f "
        "WHERE (md5(f.accession) IN (SELECT md5(a) FROM unnest(cast(:accessions AS text[])) AS a) "
        "OR f.id = cast(:id AS uuid) OR f.no IN ("
        "SELECT l.feature_no FROM links l JOIN names n ON n.no = l.name_no "
        "WHERE md5(n.text) = md5(:written) AND l.relation IN ('same', 'own'))) "
        "AND EXISTS (SELECT FROM links l WHERE l.feature_no = f.no) ORDER BY f.accession"
    )
    keys = {"accessions": list(accessions), "id": _as_uuid(written), "written": written}
    return [dict(row) for row in connection.execute(query, keys).mappings()]


def measurements(connection: Connection, feature_no: int) -> list[Row]:
    """Where a feature was measured, or one that a file told by it, in current revisions: dataset, name as written,
    relation, numbers of choice.
    """
    query = text(
        "SELECT d.id AS dataset_id, d.name AS dataset, d.omics_type, n.text AS written, l.relation, n.candidates, "
        "q.name AS quantity, q.unit, q.axis, m.position, r.no AS revision_no, "
        "m.values[q.first + 1:q.first + q.width] AS numbers, "
        "m.details FROM (SELECT name_no, relation FROM links WHERE feature_no = :no UNION "
        "SELECT r.name_no, r.relation FROM links l JOIN relations r ON r.other_no = l.name_no "
        "WHERE l.feature_no = :no) l JOIN names n ON n.no = l.name_no JOIN measured m ON m.name_no = n.no "
        "JOIN revisions r ON r.no = m.revision_no JOIN datasets d ON d.id = r.dataset_id AND d.current = r.number "
        "JOIN quantities q ON q.revision_no = r.no AND q.position = 0 "
        "ORDER BY d.name, l.relation DESC, m.position"
    )
    return [dict(row) for row in connection.execute(query, {"no": feature_no}).mappings()]


def axis_names(connection: Connection, revision_nos: Sequence[int]) -> dict[tuple[int, str], list[str]]:
    """The samples and contrasts of revisions: (revision, axis) → names in order."""
    query = text(
        "SELECT revision_no, 'samples' AS axis, position, name FROM samples WHERE revision_no = ANY(:nos) UNION ALL "
        "SELECT revision_no, 'contrasts', position, name FROM contrasts WHERE revision_no = ANY(:nos) ORDER BY 1, 2, 3"
    )
    found: dict[tuple[int, str], list[str]] = {}
    for row in connection.execute(query, {"nos": list(revision_nos)}):
        found.setdefault((row.revision_no, row.axis), []).append(row.name)
    return found
