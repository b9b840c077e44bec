"""Entries from rows: all that may be said of an item outside Postgres."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from amprenta_core.model import Dataset, Feature, Problem
from amprenta_core.outgoing import Entry, ItemKey, Kind, Link

Describe = Callable[[str, Dataset, Sequence[Feature]], str]
"""(who read it, dataset, its features) → the text by which search finds it; "" where nobody can tell."""
TOP_FEATURES = 20
MOST_FEATURES = 2_000
MOST_PROBLEMS = 50

_DATASETS = text(
    "SELECT d.*, r.no AS revision_no, r.number, r.format, r.quantity, r.n_features, r.n_samples, r.rows_read, "
    "r.rows_measured, r.reader, p.name AS program, p.notion_page_id AS program_page, e.name AS experiment, "
    "e.notion_page_id AS experiment_page, q.first, q.width, q.axis, q.unit FROM datasets d "
    "JOIN revisions r ON r.dataset_id = d.id AND r.number = d.current "
    "JOIN quantities q ON q.revision_no = r.no AND q.position = 0 "
    "LEFT JOIN programs p ON p.id = d.program_id LEFT JOIN experiments e ON e.id = d.experiment_id "
    "WHERE d.id = ANY(cast(:ids AS uuid[]))"
)
_FEATURES = text(
    "SELECT DISTINCT f.id, f.feature_type, f.namespace, f.accession, f.level, f.notion_page_id, f.external_ids, "
    "f.created_at, f.updated_at FROM measured m JOIN links l ON l.name_no = m.name_no "
    "JOIN features f ON f.no = l.feature_no WHERE m.revision_no = :no AND l.relation <> 'broader' "
    "ORDER BY f.accession, f.id LIMIT :most"
)
_TOP = (
    "SELECT n.text AS name, {measure} AS told FROM measured m JOIN names n ON n.no = m.name_no "
    "CROSS JOIN LATERAL (SELECT avg(v) AS mean, max(abs(v)) AS farthest, "
    "(array_agg(v ORDER BY abs(v) DESC))[1] AS extreme "
    "FROM unnest(m.values[:first + 1 : :first + :width]) AS v WHERE v <> 'NaN') AS s "
    "WHERE m.revision_no = :no AND s.mean IS NOT NULL ORDER BY {order} DESC, m.position LIMIT :most"
)
_TOP_SAMPLES = text(_TOP.format(measure="s.mean", order="s.mean"))
_TOP_CONTRASTS = text(_TOP.format(measure="s.extreme", order="s.farthest"))
_COUNTS = text(
    "SELECT count(*) FILTER (WHERE n.candidates = 1) AS linked, count(*) FILTER (WHERE n.candidates > 1) AS ambiguous, "
    "count(*) FILTER (WHERE n.candidates = 0) AS unresolved FROM measured m JOIN names n ON n.no = m.name_no "
    "WHERE m.revision_no = :no"
)
_PROBLEMS = text(
    'SELECT "where", code, what, "row", count(*) OVER () AS n FROM problems WHERE revision_no = :no '
    "ORDER BY position LIMIT :most"
)
_PLAIN: Mapping[Kind, str] = {
    "program": "SELECT * FROM programs",
    "experiment": "SELECT e.*, p.name AS program, p.notion_page_id AS program_page FROM experiments e "
    "LEFT JOIN programs p ON p.id = e.program_id",
    "signature": "SELECT * FROM signatures",
    "narrative": "SELECT id, title AS name, text, url, notion_page_id FROM narratives",
}
_COMPONENTS = text(
    "SELECT name, direction, feature_type FROM signature_components WHERE signature_id = :id ORDER BY position"
)


def make_entries(connection: Connection, keys: Sequence[ItemKey], describe: Describe) -> dict[ItemKey, Entry | None]:
    """The entry of each item, None where the item is gone."""
    found: dict[ItemKey, Entry | None] = dict.fromkeys(keys)
    by_kind: dict[Kind, list[ItemKey]] = {}
    for key in keys:
        by_kind.setdefault(key.kind, []).append(key)
    for kind, some in by_kind.items():
        ids = {"ids": [str(key.id) for key in some]}
        if kind == "dataset":
            rows = connection.execute(_DATASETS, ids).mappings()
        else:
            query = f"SELECT * FROM ({_PLAIN[kind]}) AS i WHERE i.id = ANY(cast(:ids AS uuid[]))"  # noqa: S608  # our own texts
            rows = connection.execute(text(query), ids).mappings()
        for row in list(rows):
            key = ItemKey(kind=kind, id=row["id"])
            found[key] = _dataset(connection, row, describe) if kind == "dataset" else _plain(connection, key, row)
    return found


def _plain(connection: Connection, key: ItemKey, row: Mapping[Any, Any]) -> Entry:
    components = list(connection.execute(_COMPONENTS, {"id": key.id})) if key.kind == "signature" else []
    return Entry(
        key=key,
        name=row["name"],
        description=row.get("description"),
        disease=row.get("disease"),
        program=_link("program", row.get("program_id"), row.get("program"), row.get("program_page")),
        facts=(("Components", str(len(components))),) if key.kind == "signature" else (),
        top_features=tuple((c.name, c.direction) for c in components[:MOST_PROBLEMS]),
        features=tuple(sorted({c.name for c in components}))[:MOST_FEATURES],
        text=row.get("text") or "",
        page_id=row["notion_page_id"],
        external_ids=row.get("external_ids") or {},
    )


def _dataset(connection: Connection, row: Mapping[Any, Any], describe: Describe) -> Entry:
    no = {"no": row["revision_no"]}
    features = [
        Feature(**feature) for feature in connection.execute(_FEATURES, {**no, "most": MOST_FEATURES}).mappings()
    ]
    problems = list(connection.execute(_PROBLEMS, {**no, "most": MOST_PROBLEMS}))
    dataset = Dataset(**{name: row[name] for name in _DATASET_FIELDS})
    return Entry(
        key=ItemKey(kind="dataset", id=row["id"]),
        name=row["name"],
        description=row["description"],
        omics_type=row["omics_type"],
        facts=_facts(connection, row),
        program=_link("program", row["program_id"], row["program"], row["program_page"]),
        experiment=_link("experiment", row["experiment_id"], row["experiment"], row["experiment_page"]),
        top_features=_top_features(connection, row),
        features=tuple(dict.fromkeys(feature.accession for feature in features)),
        problems=tuple(Problem(where=p.where, code=p.code, what=p.what, row=p.row) for p in problems),
        n_problems=problems[0].n if problems else 0,
        text=describe(row["reader"].split(" ", 1)[0], dataset, features),
        page_id=row["notion_page_id"],
        external_ids=row["external_ids"],
    )


_DATASET_FIELDS = tuple(field.name for field in Dataset.__attrs_attrs__)


def _facts(connection: Connection, row: Mapping[Any, Any]) -> tuple[tuple[str, str], ...]:
    counts = connection.execute(_COUNTS, {"no": row["revision_no"]}).one()
    unit = f" ({row['unit']})" if row["unit"] else ""
    return (
        ("Omics type", row["omics_type"]),
        ("Format", row["format"]),
        ("Quantity", f"{row['quantity']}{unit}"),
        ("Features", str(row["n_features"])),
        ("Samples", str(row["n_samples"])),
        ("Rows", f"{row['rows_read']} read, {row['rows_measured']} measured"),
        ("Names", f"{counts.linked} linked, {counts.ambiguous} ambiguous, {counts.unresolved} unknown"),
        ("Revision", str(row["number"])),
        ("Source", row["source_path"]),
    )


def _top_features(connection: Connection, row: Mapping[Any, Any]) -> tuple[tuple[str, str], ...]:
    """Of samples the features with the highest mean, of contrasts those that differ most."""
    across = row["axis"] == "contrasts"
    where = {"no": row["revision_no"], "first": row["first"], "width": row["width"], "most": TOP_FEATURES}
    found = connection.execute(_TOP_CONTRASTS if across else _TOP_SAMPLES, where)
    label = row["quantity"] if across else f"mean {row['quantity']}"
    return tuple((name, f"{label} {told:.4g}") for name, told in found)


def _link(kind: Kind, item: Any, name: Any, page: Any) -> Link | None:
    return None if item is None else Link(key=ItemKey(kind=kind, id=item), name=name, page_id=page)
