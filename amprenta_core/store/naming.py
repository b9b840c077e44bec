"""Names and what they are linked to. Names are never changed; links are.

Parallel writers cannot deadlock: every transaction writes names, then features, then links, each in sorted order.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from attrs import define, field, frozen
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from amprenta_core.linking import Found, NameKey, Resolved, with_broader
from amprenta_core.model import Identity
from amprenta_core.store.copying import json_text

FEATURE_SPACE = UUID("6f8d2c0a-6a0e-5a57-9d53-0d1b8f6f5c11")
"""The one namespace of features, the same in every database."""
NEVER = -1
"""The generation of vocabularies of a cache that nothing was looked up for."""

_BY_KEYS = (
    "JOIN unnest(:types, :organisms, :namespaces, :texts) AS k(feature_type, organism, namespace, text) "
    "ON md5(n.text) = md5(k.text) AND n.text = k.text AND n.feature_type = k.feature_type "
    "AND n.namespace = k.namespace AND n.organism IS NOT DISTINCT FROM k.organism "
)
_SELECT = text(
    f"SELECT n.no, n.candidates, n.feature_type, n.organism, n.namespace, n.text FROM names n {_BY_KEYS}"  # noqa: S608  # a fixed text
    "WHERE n.resolver = :resolver OR split_part(n.resolver, ' ', 1) <> split_part(:resolver, ' ', 1)"
).bindparams(*(bindparam(p, type_=ARRAY(Text)) for p in ("types", "organisms", "namespaces", "texts")))
_KNOWN = (
    "SELECT array_agg(k.at), array_agg(n.no), array_agg(n.candidates) "
    "FROM json_array_elements_text(cast(:texts AS json)) WITH ORDINALITY AS k(text, at) CROSS JOIN LATERAL "
    "(SELECT n.no, n.candidates FROM names n WHERE n.text = k.text {look} AND n.feature_type = :type "
    "AND n.namespace = :namespace AND n.organism IS NOT DISTINCT FROM :organism "
    "AND (n.resolver = :resolver OR split_part(n.resolver, ' ', 1) <> split_part(:resolver, ' ', 1)) {each}) n"
)
"""One row of lists, which costs the driver least."""
_KNOWN_OF_MANY, _KNOWN_OF_FEW = (
    text(_KNOWN.format(look=look, each=each)).bindparams(bindparam("organism", type_=Text))
    for look, each in (("AND md5(n.text) = md5(k.text)", "OFFSET 0"), ("", ""))
)
"""Of many stored names: one look into the index for each that is asked. Of few: all are read once, and joined."""
_NO_LOOPS, _LOOPS = (text(f"SET LOCAL enable_nestloop = {said}") for said in ("off", "on"))
"""Where names were stored but not analysed yet, the planner takes them for a few, and reads them all for each asked."""
_MANY = 16
"""Reading so many rows takes as long as one look into the index."""
_INSERT = text(
    "INSERT INTO names (feature_type, organism, namespace, text, candidates, resolver) "
    "SELECT * FROM unnest(:types, :organisms, :namespaces, :texts, cast(:candidates AS smallint[]), :resolvers) "
    "ON CONFLICT DO NOTHING RETURNING no, candidates, feature_type, organism, namespace, text"
).bindparams(*(bindparam(p, type_=ARRAY(Text)) for p in ("types", "organisms", "namespaces", "texts", "resolvers")))
_OUTDATED = text(
    f"SELECT n.no, n.feature_type, n.organism, n.namespace, n.text FROM names n {_BY_KEYS}"  # noqa: S608
    "WHERE n.resolver <> :resolver "
    "AND split_part(n.resolver, ' ', 1) = split_part(:resolver, ' ', 1) ORDER BY n.no FOR NO KEY UPDATE OF n"
).bindparams(*(bindparam(p, type_=ARRAY(Text)) for p in ("types", "organisms", "namespaces", "texts")))
_RENEW = text(
    "UPDATE names n SET candidates = k.candidates, resolver = :resolver FROM unnest(cast(:nos AS int[]), "
    "cast(:candidates AS smallint[])) AS k(no, candidates) WHERE n.no = k.no"
)
_FEATURES = text(
    "INSERT INTO features (id, feature_type, namespace, accession, level) "
    "SELECT * FROM unnest(cast(:ids AS uuid[]), :types, :namespaces, :accessions, :levels) ON CONFLICT DO NOTHING"
).bindparams(*(bindparam(p, type_=ARRAY(Text)) for p in ("types", "namespaces", "accessions", "levels")))
_LINKS = text(
    "INSERT INTO links (name_no, feature_no, relation, rank, level, evidence, vocabulary_no) "
    "SELECT k.name_no, f.no, k.relation, k.rank, k.level, k.evidence, k.vocabulary FROM unnest(cast(:names AS int[]), "
    "cast(:ids AS uuid[]), :relations, cast(:ranks AS smallint[]), :levels, :evidence, cast(:vocabularies AS int[])) "
    "AS k(name_no, id, relation, rank, level, evidence, vocabulary) JOIN features f ON f.id = k.id "
    "ON CONFLICT DO NOTHING"
).bindparams(*(bindparam(p, type_=ARRAY(Text)) for p in ("relations", "levels", "evidence")))
_RELATIONS = text(
    "INSERT INTO relations (name_no, other_no, relation) SELECT * FROM unnest(cast(:names AS int[]), "
    "cast(:others AS int[]), cast(:relations AS text[])) ON CONFLICT DO NOTHING"
)


_NEW_IDS = text(
    "INSERT INTO name_ids (name_no, namespace, accession) SELECT * FROM unnest(cast(:nos AS int[]), :namespaces, "
    ":accessions) ON CONFLICT DO NOTHING RETURNING name_no"
).bindparams(*(bindparam(p, type_=ARRAY(Text)) for p in ("namespaces", "accessions")))


@frozen(kw_only=True)
class Wanted:
    """A link that a name is to have, as ``Found`` says it; ``evidence`` of a plugin is who it is."""

    name_no: int
    found: Found


class KnownName(NamedTuple):
    """A stored name: its number and how many identities it has by itself. A tuple: many thousands are made at once."""

    no: int
    candidates: int


@define(slots=False)
class NameCache(threading.local):
    """Names that this thread has seen stored. Names are never removed, so an entry stays true.

    Each thread has its own: names that a transaction added may yet be rolled back, and are nobody else's until then.
    """

    known: dict[NameKey, KnownName] = field(factory=dict)
    ids: set[tuple[int, str, str]] = field(factory=set)
    generation: int = NEVER
    """The state of the vocabularies by which the names in the cache were resolved."""

    def clear(self) -> None:
        """Forget all: what was seen may have been rolled back, or is out of date."""
        self.known.clear()
        self.ids.clear()
        self.generation = NEVER

    def missing(self, keys: Iterable[NameKey]) -> list[NameKey]:
        """The keys that are not in the cache."""
        known = self.known  # once: each look at what belongs to a thread costs
        return [key for key in keys if key not in known]

    def add(self, rows: Iterable[Any]) -> None:
        """Remember rows (no, candidates, type, organism, namespace, text)."""
        for no, candidates, *key in rows:
            self.known[tuple(key)] = KnownName(no=no, candidates=candidates)


def feature_id(feature_type: str, identity: Identity) -> UUID:
    """The id of a feature: the same in every database and system."""
    return uuid5(FEATURE_SPACE, f"{feature_type}:{identity.namespace}:{identity.accession}")


def look_up(connection: Connection, cache: NameCache, keys: Sequence[NameKey], resolver: str) -> list[NameKey]:
    """Fill the cache from the database; return the keys that must be resolved.

    These are stored nowhere, or were resolved by another version of the plugin's names (``resolver``).
    """
    asked = cache.missing(keys)
    alike: dict[tuple[str, str | None, str], list[NameKey]] = {}
    for key in asked:
        alike.setdefault(key[:3], []).append(key)
    known = cache.known
    stored = connection.scalar(text("SELECT max(no) FROM names")) or 0
    connection.execute(_NO_LOOPS)
    for (kind, organism, namespace), some in alike.items():
        texts = json_text([written for _, _, _, written in some])
        of = {"type": kind, "organism": organism, "namespace": namespace, "texts": texts, "resolver": resolver}
        query = _KNOWN_OF_MANY if stored > _MANY * len(some) else _KNOWN_OF_FEW
        places, numbers, candidates = connection.execute(query, of).one()
        for at, no, count in zip(places or (), numbers or (), candidates or (), strict=True):
            known[some[at - 1]] = KnownName(no, count)
    connection.execute(_LOOPS)
    return cache.missing(asked)


def add_names(connection: Connection, resolved: Sequence[Resolved], resolver: str) -> list[Any]:
    """Store names that were unknown, with their features and links; return the rows of all of them.

    Of two writers of one name the first wins: the second gets the stored name. Names that an older version of the
    plugin resolved keep their number and get new links; they are locked first, as all do who change stored names.
    """
    ordered = sorted(resolved, key=lambda r: _sortable(r.key))
    keys = [r.key for r in ordered]
    numbers = _renewed(connection, ordered, resolver)
    new = [r for r in ordered if r.key not in numbers]
    columns = {
        **_as_columns([r.key for r in new]),
        "candidates": [r.candidates for r in new],
        "resolvers": [resolver] * len(new),
    }
    numbers |= {tuple(row)[2:]: row.no for row in connection.execute(_INSERT, columns)}
    link_names(connection, [w for r in ordered if r.key in numbers for w in _links_of(numbers[r.key], r, resolver)])
    return list(connection.execute(_SELECT, {**_as_columns(keys), "resolver": resolver}))


def _renewed(connection: Connection, resolved: Sequence[Resolved], resolver: str) -> dict[NameKey, int]:
    """Take the links off stored names that an older version resolved; return their numbers."""
    if not resolved:
        return {}
    rows = connection.execute(_OUTDATED, {**_as_columns([r.key for r in resolved]), "resolver": resolver})
    stale: dict[NameKey, int] = {tuple(row)[1:]: row.no for row in rows}
    if stale:
        found = {r.key: r.candidates for r in resolved}
        nos = sorted(stale.values())
        connection.execute(text("DELETE FROM links WHERE name_no = ANY(cast(:nos AS int[]))"), {"nos": nos})
        changed = {"nos": list(stale.values()), "candidates": [found[key] for key in stale], "resolver": resolver}
        connection.execute(_RENEW, changed)
    return stale


def _links_of(no: int, resolved: Resolved, resolver: str) -> list[Wanted]:
    """All links of a name: what its plugin says, what vocabularies add, or the name itself."""
    kind = resolved.key[0]
    own = [(resolved.own, "own", 0)] if resolved.own else with_broader(resolved.identities)
    said = [
        Found(feature_type=kind, identity=identity, relation=relation, rank=rank, evidence=resolver)
        for identity, relation, rank in own
    ]
    return [Wanted(name_no=no, found=found) for found in (*said, *resolved.found)]


def link_names(connection: Connection, wanted: Sequence[Wanted]) -> None:
    """Add links, and the features that they need, in the order in which every writer does."""
    if not wanted:
        return
    ids = [feature_id(w.found.feature_type, w.found.identity) for w in wanted]
    _add_features(connection, dict(zip(ids, (w.found for w in wanted), strict=True)))
    columns = {
        "names": [w.name_no for w in wanted],
        "ids": [str(i) for i in ids],
        "relations": [w.found.relation for w in wanted],
        "ranks": [w.found.rank for w in wanted],
        "levels": [w.found.identity.level for w in wanted],
        "evidence": [w.found.evidence for w in wanted],
        "vocabularies": [w.found.vocabulary for w in wanted],
    }
    connection.execute(_LINKS, columns)


def _add_features(connection: Connection, by_id: Mapping[UUID, Found]) -> None:
    ids = sorted(by_id)
    found = [by_id[i] for i in ids]
    columns = {
        "ids": [str(i) for i in ids],
        "types": [f.feature_type for f in found],
        "namespaces": [f.identity.namespace for f in found],
        "accessions": [f.identity.accession for f in found],
        "levels": [f.identity.level for f in found],
    }
    connection.execute(_FEATURES, columns)


def keep_ids(connection: Connection, cache: NameCache, said: Sequence[tuple[int, Mapping[str, str]]]) -> set[int]:
    """Keep the identifiers that a file gives with names (number, namespace → accession); the names that gained one."""
    rows = sorted({(no, space, accession) for no, ids in said for space, accession in ids.items()} - cache.ids)
    if not rows:
        return set()
    columns = {
        "nos": [no for no, _, _ in rows],
        "namespaces": [space for _, space, _ in rows],
        "accessions": [accession for _, _, accession in rows],
    }
    gained = set(connection.execute(_NEW_IDS, columns).scalars())
    cache.ids.update(rows)
    return gained


def add_relations(connection: Connection, said: Sequence[tuple[int, int, str]]) -> None:
    """Store what names belong to: (name, other name, what that is to it), sorted."""
    names, others, relations = map(list, zip(*said, strict=True))
    connection.execute(_RELATIONS, {"names": names, "others": others, "relations": relations})


def add_file_ids(connection: Connection, said: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    """Give what files say of names (number, namespace → accession) to the one feature that each denotes.

    Of its features under several namespaces it is the one that a vocabulary gives.
    """
    rows = connection.execute(
        text(
            "SELECT l.name_no, f.id FROM links l JOIN features f ON f.no = l.feature_no "
            "JOIN names n ON n.no = l.name_no WHERE l.name_no = ANY(cast(:nos AS int[])) AND "
            "l.relation = 'same' AND n.candidates = 1 ORDER BY l.vocabulary_no NULLS FIRST, f.id DESC"
        ),
        {"nos": sorted({no for no, _ in said})},
    )
    features = {row.name_no: row.id for row in rows}
    found: dict[UUID, dict[str, list[str]]] = {}
    for no, ids in said:
        for namespace, accession in ids.items() if no in features else ():
            found.setdefault(features[no], {}).setdefault(namespace, []).append(accession)
    add_external_ids(connection, found)


def add_external_ids(connection: Connection, found: Mapping[UUID, Mapping[str, Sequence[str]]]) -> None:
    """Add what files say of features to ``features.external_ids``: namespace → sorted accessions."""
    if not found:
        return
    rows = connection.execute(
        text(
            "SELECT id, external_ids FROM features WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE"
        ),  # FOR UPDATE would wait for, and deadlock with, writers who link other names to the same features
        {"ids": [str(i) for i in sorted(found)]},
    )
    changed = [
        {"id": row.id, "ids": merged}
        for row in rows
        if (merged := _merged(row.external_ids, found[row.id])) != row.external_ids
    ]
    if changed:
        statement = text("UPDATE features SET external_ids = :ids, updated_at = now() WHERE id = :id")
        connection.execute(statement.bindparams(bindparam("ids", type_=JSONB)), changed)


def _merged(old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {key: sorted({*old.get(key, ()), *new.get(key, ())}) for key in sorted({*old, *new})}


def _as_columns(keys: Sequence[NameKey]) -> dict[str, list[str | None]]:
    types, organisms, namespaces, texts = map(list, zip(*keys, strict=True)) if keys else ([], [], [], [])
    return {"types": types, "organisms": organisms, "namespaces": namespaces, "texts": texts}


def _sortable(key: NameKey) -> tuple[str, str, str, str]:
    kind, organism, namespace, written = key
    return (kind, organism or "", namespace, written)
