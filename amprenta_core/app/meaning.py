"""What names mean while files are ingested: the plugin's word, the vocabularies' and that of the files' identifiers."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from amprenta_core.linking import AS_WRITTEN, NameKey, Resolved, name_key
from amprenta_core.model import FeatureRef, Ingested, PluginInfo, Problem
from amprenta_core.vocabularies.folding import is_damaged
from amprenta_core.vocabularies.resolving import Asked, Book, Decision, Rules, decide, is_unresolved, questions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from amprenta_core.app import App

Ids = Mapping[NameKey, Mapping[str, tuple[str, ...]]]
"""What a file gives with names: namespace → accessions."""
_MOST_SHOWN = 10


@frozen(kw_only=True)
class Resolution:
    """Names that were stored nowhere, resolved; ``unresolved`` counts those of types without a vocabulary."""

    names: Sequence[Resolved] = ()
    unresolved: Mapping[str, int] = field(factory=dict)


def ids_of(refs: Sequence[FeatureRef], keys: Collection[NameKey]) -> Ids:
    """The identifiers that a file gives with these names, of all its rows."""
    found: dict[NameKey, dict[str, dict[str, None]]] = {}
    for ref in refs:
        if ref.ids and ref.name is not None and (key := name_key(ref)) in keys:
            for namespace, accession in ref.ids.items():
                found.setdefault(key, {}).setdefault(namespace, {})[accession] = None
    return {key: {space: tuple(said) for space, said in ids.items()} for key, ids in found.items()}


def decided(resolved: Sequence[Resolved], ids: Ids, book: Book, rules: Rules) -> list[Resolved]:
    """Names with what vocabularies and files' identifiers say of them."""
    made = [(r, decide(_asked(r, ids), book, rules)) for r in resolved]
    return [evolve(r, found=decision.found, candidates=decision.candidates) for r, decision in made]


def resolve(app: "App", resolved: Sequence[Resolved], ids: Ids) -> Resolution:
    """Names that a plugin was asked, as the vocabularies in force say."""
    from amprenta_core.store import vocabularies  # noqa: PLC0415  # SQLAlchemy

    rules = app.kinds.rules
    asked = [_asked(r, ids) for r in resolved]
    with app.connection() as connection:
        packs = vocabularies.packs_in_force(connection)
        keys = {key for one in asked for key in questions(one)} if packs else set()
        book = vocabularies.look_up(connection, keys, [pack.no for pack in packs])
    names = decided(resolved, ids, book, rules)
    there = {pack.feature_type for pack in packs}
    return Resolution(names=names, unresolved=_unresolved(app, names, ids, there))


def _unresolved(app: "App", names: Sequence[Resolved], ids: Ids, there: Collection[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for r in names:
        kind = r.key[0]
        if kind in there or not app.kinds.of_type(kind):
            continue
        if is_unresolved(_asked(r, ids), Decision(candidates=r.candidates, found=r.found)):
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def _asked(resolved: Resolved, ids: Ids) -> Asked:
    return Asked(key=resolved.key, identities=resolved.identities, ids=ids.get(resolved.key, {}))


def accessions(connection: "Connection", name: str, rules: Rules) -> list[str]:
    """What a name denotes by the vocabularies in force alone, whatever its type."""
    from amprenta_core.store import vocabularies  # noqa: PLC0415  # SQLAlchemy

    packs = vocabularies.packs_in_force(connection)
    asked = [Asked(key=(kind, None, AS_WRITTEN, name)) for kind in sorted({pack.feature_type for pack in packs})]
    keys = {key for one in asked for key in questions(one)}
    book = vocabularies.look_up(connection, keys, [pack.no for pack in packs])
    return [
        found.identity.accession
        for one in asked
        for found in decide(one, book, rules).found
        if found.relation == "same"
    ]


def resolve_gained(
    app: "App", gained: Collection[int], keys: Sequence[NameKey], resolution: Resolution, plugin: PluginInfo
) -> None:
    """Resolve stored names again with which a file gave new identifiers, in a transaction of its own.

    Names that are new in this file were resolved with theirs.
    """
    cache = app.database.names
    new = {cache.known[r.key].no for r in resolution.names if r.key in cache.known}
    again = set(gained) - new
    if not again:
        return
    from amprenta_core.store import relinking, vocabularies, writing  # noqa: PLC0415  # SQLAlchemy

    with app.connection() as connection:
        packs = [pack.no for pack in vocabularies.packs_in_force(connection)]
        relinking.resolve_names(connection, sorted(again), packs, app.kinds.rules)
        for key in [key for key, known in cache.known.items() if known.no in again]:
            del cache.known[key]
        writing.known_names(app.database, connection, keys, plugin)


def with_damage(rules: Rules, ingested: Ingested) -> Ingested:
    """A file with a problem where spreadsheets made dates and numbers of some of its names: they are not guessed."""
    table = ingested.table
    damaged = {r.name: None for r in table.features if r.name and r.type in rules.damaged and is_damaged(r.name)}
    if not damaged:
        return ingested
    shown = ", ".join(list(damaged)[:_MOST_SHOWN]) + (", …" if len(damaged) > _MOST_SHOWN else "")
    what = f"{len(damaged)} are dates or numbers that a spreadsheet made of names, and what they were is lost: {shown}"
    problem = Problem(where="names", code="spreadsheet_damage", what=what)
    return evolve(ingested, table=evolve(table, problems=(*table.problems, problem)))
