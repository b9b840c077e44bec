"""What a stored name denotes, given what vocabularies say of it. Pure: the same hits give the same answer.

A name that its plugin understood keeps that identity and gains the canonical one. Of several answers none is picked:
the name is ambiguous, unless the file's own identifier decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from attrs import evolve, field, frozen

from amprenta_core.linking import AS_WRITTEN, Found, NameKey
from amprenta_core.model import Identity
from amprenta_core.vocabularies.folding import Folding, how, is_damaged, key_of, may_be_loose, may_mean
from amprenta_core.vocabularies.organisms import organism_named
from amprenta_core.vocabularies.spaces import parts_of, space_named, space_of, spell_id

FOLDINGS: tuple[Folding, ...] = ("symbol", "spelling")
FILE_ID = "file_id"


@frozen(kw_only=True, slots=True)
class Hit:
    """A term of a vocabulary that has the key asked for, and what it denotes.

    ``space`` is None for a name; ``said`` is the name as the vocabulary has it; ``vocabulary`` is its number.
    """

    vocabulary: int
    feature_type: str
    folding: Folding
    space: str | None
    evidence: str
    rank: int
    said: str
    namespace: str
    accession: str
    organism: str | None = None

    @property
    def identity(self) -> Identity:
        """What the term denotes."""
        return Identity(namespace=self.namespace, accession=self.accession)


Book = Mapping[str, Sequence[Hit]]
"""Key → the terms that have it, of the vocabularies in force."""


@frozen(kw_only=True)
class Asked:
    """A name, what its plugin says that it denotes, and which identifiers files gave with it."""

    key: NameKey
    identities: tuple[Identity, ...] = ()
    ids: Mapping[str, tuple[str, ...]] = field(factory=dict)

    @cached_property
    def space(self) -> str | None:
        """The namespace of which the name is an identifier by its form."""
        return space_of(self.key[3].strip())

    @cached_property
    def own_ids(self) -> tuple[tuple[str, str], ...]:
        """The identifiers that the name itself is: (namespace, accession as that spells it)."""
        found = [(space_named(i.namespace), i.accession) for i in self.identities]
        if self.space and not any(self.space == known for known, _ in found):
            found.append((self.space, self.key[3].strip()))
        return tuple((space, spell_id(space, accession)) for space, accession in found)


@frozen(kw_only=True)
class Rules:
    """What the declared kinds say of feature types: which namespaces identify, and which names spreadsheets damage."""

    spaces: Mapping[str, frozenset[str]] = field(factory=dict)
    damaged: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Decision:
    """How many things a name may denote, and all that it is linked to beside its plugin's identities."""

    candidates: int
    found: tuple[Found, ...] = ()


def questions(asked: Asked) -> set[str]:
    """The keys under which vocabularies may know a name."""
    keys = {key_of(folding, name) for name in _names(asked) for folding in FOLDINGS}
    return keys | {accession for _, accession in (*asked.own_ids, *_broader_ids(asked), *_file_ids(asked))}


def decide(asked: Asked, book: Book, rules: Rules) -> Decision:
    """What a name denotes.

    Its plugin's identities count first. One of them alone gains what vocabularies say; a name that no plugin knows is
    what they say: an approved name denotes its entry, other names do where they are of one entry only, and the
    identifiers that files give decide where names do not.
    """
    kind = asked.key[0]
    if len(asked.identities) > 1:
        return Decision(candidates=len(asked.identities), found=(*_each(asked, book), *_across(asked, book)))
    known = any(not _is_spelling(identity, kind) for identity in asked.identities)
    by_id = _by_ids(asked.own_ids, kind, book) if book else ()
    answers = by_id or _by_form(asked, rules) or (_by_names(asked, book, rules) if book else ())
    if known and not by_id and not _same_thing(answers):
        answers = ()  # a name that is known by itself gains a cross-reference only where there is one
    if len(candidates := _candidates(answers)) != 1 and not known:
        by_file = _by_file(asked, book, rules)
        candidates = [by_file] if by_file and _agrees(by_file, candidates) else candidates
    own = {(i.namespace, i.accession) for one in asked.identities for i in (one, *one.broader)}
    found = [
        one
        for rank, candidate in enumerate(candidates)
        for one in _links(candidate, rank)
        if (one.identity.namespace, one.identity.accession) not in own
    ]
    count = max(len(asked.identities), len(candidates))
    return Decision(candidates=count, found=(*found, *_across(asked, book)) if book else tuple(found))


def is_unresolved(asked: Asked, decision: Decision) -> bool:
    """Whether a name is known by its spelling alone, or not at all."""
    spelt = all(_is_spelling(identity, asked.key[0]) for identity in asked.identities)
    return spelt and not any(found.relation == "same" for found in decision.found)


def _is_spelling(identity: Identity, feature_type: str) -> bool:
    """Whether an identity is no more than the name in one spelling: under the type's own name, at no level."""
    return identity.namespace == feature_type and not identity.level


def _names(asked: Asked) -> list[str]:
    """The name as written, and as its plugin spells it."""
    _, _, namespace, text = asked.key
    written = [text] if namespace == AS_WRITTEN else []
    return list(dict.fromkeys([*(i.accession for i in asked.identities), *written]))


def _broader_ids(asked: Asked) -> list[tuple[str, str]]:
    found = [(space_named(b.namespace), b.accession) for i in asked.identities for b in i.broader]
    return [(space, spell_id(space, accession)) for space, accession in found]


def _file_ids(asked: Asked) -> list[tuple[str, str]]:
    return [
        (space_named(namespace), spell_id(space_named(namespace), part))
        for namespace, accessions in asked.ids.items()
        for accession in accessions
        for part in parts_of(accession)
    ]


def _of_space(book: Book, space: str, accession: str) -> list[Hit]:
    return [hit for hit in book.get(accession, ()) if hit.space == space]


def _by_ids(ids: Iterable[tuple[str, str]], kind: str, book: Book) -> tuple[Hit, ...]:
    return tuple(
        hit for space, accession in ids for hit in _of_space(book, space, accession) if hit.feature_type == kind
    )


def _by_form(asked: Asked, rules: Rules) -> tuple[Hit, ...]:
    """The identifier that a name is by its form, where its type has such: it needs no vocabulary to say so."""
    kind, _, _, text = asked.key
    space = asked.space
    if space is None or space not in rules.spaces.get(kind, frozenset()):
        return ()
    return (evolve(_plain(kind, space, spell_id(space, text.strip())), evidence=space),)


def _by_names(asked: Asked, book: Book, rules: Rules) -> tuple[Hit, ...]:
    """The entries that the name may mean: the best match only, and of it those whose first name it is."""
    kind, organism, _, text = asked.key
    if kind in rules.damaged and is_damaged(text):
        return ()
    matched = [
        (how(folding, name, hit.said), hit)
        for name in _names(asked)
        for folding in FOLDINGS
        for hit in book.get(key_of(folding, name), ())
        if hit.space is None and hit.feature_type == kind and hit.folding == folding and _lives_in(hit, organism)
        if folding == "symbol" or may_mean(name, hit.said)
    ]
    exact = tuple(hit for match, hit in matched if match == "same")
    if exact:
        return tuple(hit for hit in exact if hit.rank == 0) or exact
    loose = [_loosely(hit) for _, hit in matched if hit.folding == "spelling" or organism or may_be_loose(text)]
    first = tuple(hit for hit in loose if hit.rank == 0) or tuple(loose)
    return first if _same_thing(tuple(loose)) or (first and first[0].folding == "spelling") else ()


def _loosely(hit: Hit) -> Hit:
    """A hit that is one by a loose match only, said so in its evidence."""
    return evolve(hit, evidence=f"{hit.evidence}_{'case' if hit.folding == 'symbol' else 'conjugate'}")


def _lives_in(hit: Hit, organism: str | None) -> bool:
    said, of = organism_named(organism), organism_named(hit.organism)
    return said is None or of is None or said == of


def _by_namespace(hits: Sequence[Hit]) -> dict[str, set[str]]:
    spaces: dict[str, set[str]] = {}
    for hit in hits:
        spaces.setdefault(hit.namespace, set()).add(hit.accession)
    return spaces


def _same_thing(hits: Sequence[Hit]) -> bool:
    """Whether hits are one thing: no namespace calls it by two identifiers."""
    return bool(hits) and all(len(accessions) == 1 for accessions in _by_namespace(hits).values())


def _candidates(hits: Sequence[Hit]) -> list[tuple[Hit, ...]]:
    """The things that hits denote, best first; one thing under several namespaces is one."""
    if _same_thing(hits):
        return [tuple(hits)]
    things: dict[tuple[str, str], list[Hit]] = {}
    for hit in sorted(hits, key=lambda h: (h.rank, h.namespace, h.accession)):
        things.setdefault((hit.namespace, hit.accession), []).append(hit)
    return [tuple(thing) for thing in things.values()]


def _by_file(asked: Asked, book: Book, rules: Rules) -> tuple[Hit, ...] | None:
    """The one thing that the identifiers of files mean. Those that no vocabulary knows stand for themselves."""
    kind = asked.key[0]
    ids = [(space, a) for space, a in _file_ids(asked) if space in rules.spaces.get(kind, frozenset())]
    known = tuple(_said_by_file(hit) for hit in _by_ids(ids, kind, book))
    if known:
        return known if _same_thing(known) else None
    plain = tuple(_plain(kind, space, accession) for space, accession in ids)
    return plain if _same_thing(plain) else None


def _said_by_file(hit: Hit) -> Hit:
    return evolve(hit, evidence=FILE_ID)


def _plain(kind: str, space: str, accession: str) -> Hit:
    return Hit(
        vocabulary=0,
        feature_type=kind,
        folding="spelling",
        space=space,
        evidence=FILE_ID,
        rank=0,
        said=accession,
        namespace=space,
        accession=accession,
    )


def _agrees(by_file: Sequence[Hit], candidates: Sequence[Sequence[Hit]]) -> bool:
    """Whether files' identifiers mean one of the things that the name may mean; any will do where it means none."""
    things = {(hit.namespace, hit.accession) for candidate in candidates for hit in candidate}
    return not things or any((hit.namespace, hit.accession) in things for hit in by_file)


def _links(candidate: Sequence[Hit], rank: int, relation: str = "same") -> list[Found]:
    """One link for each identity of a candidate, by its best evidence."""
    best: dict[tuple[str, str], Hit] = {}
    for hit in sorted(candidate, key=lambda h: (h.rank, h.vocabulary)):
        best.setdefault((hit.namespace, hit.accession), hit)
    return [
        Found(
            feature_type=hit.feature_type,
            identity=hit.identity,
            relation=relation,
            rank=rank,
            evidence=hit.evidence,
            vocabulary=hit.vocabulary or None,
        )
        for hit in best.values()
    ]


def _each(asked: Asked, book: Book) -> list[Found]:
    """For each of several identities what vocabularies call it by its identifier."""
    own = {(i.namespace, i.accession) for i in asked.identities}
    links: dict[tuple[str, str], Found] = {}
    for rank, identity in enumerate(asked.identities):
        space = space_named(identity.namespace)
        hits = _by_ids([(space, spell_id(space, identity.accession))], asked.key[0], book)
        for one in _links(hits, rank):
            if (one.identity.namespace, one.identity.accession) not in own:
                links.setdefault((one.identity.namespace, one.identity.accession), one)
    return list(links.values())


def _across(asked: Asked, book: Book) -> list[Found]:
    """Things of another type that the name's identifiers belong to, such as the gene of a protein."""
    links: dict[tuple[str, str, str], Found] = {}
    for space, accession in (*asked.own_ids, *_broader_ids(asked)):
        for hit in _of_space(book, space, accession):
            if hit.feature_type != asked.key[0]:
                for one in _links([hit], 0, relation=hit.feature_type):
                    links.setdefault((hit.feature_type, hit.namespace, hit.accession), one)
    return list(links.values())
