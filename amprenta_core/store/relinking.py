"""Stored names resolve again when vocabularies change: from what is stored, no file is read and no plugin asked.

Batch by batch, each in a transaction: names are locked in their order, links are compared, and only those that differ
are written. What was done before an interruption is found done.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import Connection, text

from amprenta_core.linking import Found
from amprenta_core.model import Identity
from amprenta_core.store import vocabularies
from amprenta_core.store.naming import Wanted, link_names
from amprenta_core.vocabularies.resolving import Asked, Decision, Rules, decide, questions

BATCH = 5_000
_NAMES = (
    "SELECT n.no, n.feature_type, n.organism, n.namespace, n.text, n.candidates, n.resolver FROM names n "
    "WHERE {which} ORDER BY n.no {limit}"
)
_LINKS = text(
    "SELECT l.name_no, f.feature_type, f.namespace, f.accession, l.relation, l.rank, l.level, l.evidence, "
    "l.vocabulary_no FROM links l JOIN features f ON f.no = l.feature_no WHERE l.name_no = ANY(cast(:nos AS int[])) "
    "ORDER BY l.name_no, l.rank, f.accession"
)
_IDS = text(
    "SELECT name_no, namespace, array_agg(accession ORDER BY accession) AS accessions FROM name_ids "
    "WHERE name_no = ANY(cast(:nos AS int[])) GROUP BY name_no, namespace ORDER BY name_no, namespace"
)

_UNLINK = text(
    "DELETE FROM links l USING names n WHERE n.no = l.name_no AND n.no = ANY(cast(:nos AS int[])) "
    "AND (l.evidence <> n.resolver OR l.relation = 'own')"
)
_RECOUNT = text(
    "UPDATE names n SET candidates = k.candidates FROM unnest(cast(:nos AS int[]), cast(:candidates AS smallint[])) "
    "AS k(no, candidates) WHERE n.no = k.no AND n.candidates <> k.candidates"
)


@frozen(kw_only=True)
class Stored:
    """A stored name: what its plugin says, how many things it may denote, and what else it is linked to."""

    no: int
    asked: Asked
    resolver: str
    decision: Decision


@frozen(kw_only=True)
class Move:
    """A name whose links change: what it denoted, and what it denotes then (namespace:accession, sorted)."""

    feature_type: str
    text: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def resolve_batch(
    connection: Connection, after: int, packs: Sequence[int], rules: Rules
) -> tuple[int | None, list[Move]]:
    """Resolve the next stored names again; the number of the last (None: there were none), and what moved."""
    query = _NAMES.format(which="n.no > :after", limit=f"LIMIT {BATCH} FOR NO KEY UPDATE OF n")
    rows = connection.execute(text(query), {"after": after}).all()
    if not rows:
        return None, []
    return rows[-1].no, _settled(connection, rows, packs, rules)


def resolve_names(connection: Connection, nos: Sequence[int], packs: Sequence[int], rules: Rules) -> list[Move]:
    """Resolve some stored names again."""
    query = _NAMES.format(which="n.no = ANY(cast(:nos AS int[]))", limit="FOR NO KEY UPDATE OF n")
    return _settled(connection, connection.execute(text(query), {"nos": sorted(nos)}).all(), packs, rules)


def moves(connection: Connection, before: Sequence[int] | None, after: Sequence[int], rules: Rules) -> Iterator[Move]:
    """What would move if other packs were in force (``before`` None: as names are linked now). Nothing is written."""
    last = 0
    query = text(_NAMES.format(which="n.no > :after", limit=f"LIMIT {BATCH}"))
    while rows := connection.execute(query, {"after": last}).all():
        last = rows[-1].no
        stored = _read(connection, rows)
        then = _decided(connection, stored, after, rules)
        now = [s.decision for s in stored] if before is None else _decided(connection, stored, before, rules)
        for name, old, new in zip(stored, now, then, strict=True):
            if (told_old := _told(name, old)) != (told_new := _told(name, new)):
                yield _move(name, told_old, told_new)


def _settled(connection: Connection, rows: Sequence[Any], packs: Sequence[int], rules: Rules) -> list[Move]:
    stored = _read(connection, rows)
    decided = _decided(connection, stored, packs, rules)
    changed = [(name, new) for name, new in zip(stored, decided, strict=True) if not _alike(name.decision, new)]
    if changed:
        _write(connection, changed)
    told = [(name, _told(name, name.decision), _told(name, new)) for name, new in changed]
    return [_move(name, old, new) for name, old, new in told if old != new]


def _read(connection: Connection, rows: Sequence[Any]) -> list[Stored]:
    nos = {"nos": [row.no for row in rows]}
    ids: dict[int, dict[str, tuple[str, ...]]] = {}
    for row in connection.execute(_IDS, nos):
        ids.setdefault(row.name_no, {})[row.namespace] = tuple(row.accessions)
    links: dict[int, list[Any]] = {}
    for link in connection.execute(_LINKS, nos):
        links.setdefault(link.name_no, []).append(link)
    return [_stored(row, links.get(row.no, []), ids.get(row.no, {})) for row in rows]


def _stored(row: Any, links: Sequence[Any], ids: Mapping[str, tuple[str, ...]]) -> Stored:
    key = (row.feature_type, row.organism, row.namespace, row.text)
    own = [link for link in links if link.evidence == row.resolver]
    found = tuple(_found(link) for link in links if link.evidence != row.resolver)
    return Stored(
        no=row.no,
        asked=Asked(key=key, identities=_identities(own), ids=ids),
        resolver=row.resolver,
        decision=Decision(candidates=row.candidates, found=found),
    )


def _identities(links: Sequence[Any]) -> tuple[Identity, ...]:
    """What the plugin said, from the links that it made."""
    broader: dict[int, list[Identity]] = {}
    for link in links:
        if link.relation == "broader":
            broader.setdefault(link.rank, []).append(_identity(link))
    same = [link for link in links if link.relation == "same"]
    return tuple(evolve(_identity(link), broader=tuple(broader.get(link.rank, ()))) for link in same)


def _identity(link: Any) -> Identity:
    return Identity(namespace=link.namespace, accession=link.accession, level=link.level)


def _found(link: Any) -> Found:
    return Found(
        feature_type=link.feature_type,
        identity=_identity(link),
        relation=link.relation,
        rank=link.rank,
        evidence=link.evidence,
        vocabulary=link.vocabulary_no,
    )


def _decided(connection: Connection, stored: Sequence[Stored], packs: Sequence[int], rules: Rules) -> list[Decision]:
    keys = {key for name in stored for key in questions(name.asked)} if packs else set()
    book = vocabularies.look_up(connection, keys, packs)
    return [decide(name.asked, book, rules) for name in stored]


def _alike(one: Decision, other: Decision) -> bool:
    return one.candidates == other.candidates and set(one.found) == set(other.found)


def _write(connection: Connection, changed: Sequence[tuple[Stored, Decision]]) -> None:
    """Replace what vocabularies and files' identifiers say of names; what their plugins say stays."""
    columns = {"nos": [name.no for name, _ in changed], "candidates": [new.candidates for _, new in changed]}
    connection.execute(_UNLINK, columns)
    connection.execute(_RECOUNT, columns)
    link_names(connection, [wanted for name, new in changed for wanted in _wanted(name, new)])


def _wanted(name: Stored, new: Decision) -> list[Wanted]:
    kind, _, namespace, written = name.asked.key
    if new.candidates:
        return [Wanted(name_no=name.no, found=found) for found in new.found]
    own = Identity(namespace=namespace, accession=written)
    alone = Found(feature_type=kind, identity=own, relation="own", rank=0, evidence=name.resolver)
    return [Wanted(name_no=name.no, found=found) for found in (alone, *new.found)]


def _told(name: Stored, decision: Decision) -> tuple[str, ...]:
    own = [(identity.namespace, identity.accession) for identity in name.asked.identities]
    found = [(found.identity.namespace, found.identity.accession) for found in decision.found]
    return tuple(sorted(f"{a}" if a.startswith(f"{n.upper()}:") else f"{n}:{a}" for n, a in {*own, *found}))


def _move(name: Stored, before: tuple[str, ...], after: tuple[str, ...]) -> Move:
    return Move(feature_type=name.asked.key[0], text=name.asked.key[3], before=before, after=after)
