"""Names become identities, by the batch: each distinct name is asked of the plugin once, ambiguity is kept.

A name denotes nothing, one thing, or several candidates. Whatever a plugin does not know stays a feature of its own
under the name as written; features without a name are told by m/z and retention time.
"""

from collections.abc import Callable, Iterable, Sequence

from attrs import Factory, field, frozen

from amprenta_core.model import FeatureRef, Identity

NameKey = tuple[str, str | None, str, str]
"""Type, organism, namespace and text of a name as a file wrote it."""
Normalize = Callable[[Sequence[FeatureRef]], Sequence[tuple[Identity, ...]]]

AS_WRITTEN = "name"
BY_MASS = "mz_rt"


@frozen(kw_only=True)
class Found:
    """What a vocabulary, or a file's own identifier, says that a name is linked to.

    ``relation`` is "same", or the type of the other thing that it belongs to (the gene of a protein); ``rank`` the
    candidate; ``evidence`` what kind of match it was; ``vocabulary`` the number of the pack, None for a file's word.
    """

    feature_type: str
    identity: Identity
    relation: str
    rank: int
    evidence: str
    vocabulary: int | None = None


@frozen(kw_only=True)
class Resolved:
    """A name and what it denotes: ``identities`` are its plugin's candidates, best first; () is unknown.

    ``found`` is what vocabularies add, ``candidates`` how many things it may denote then.
    """

    key: NameKey
    identities: tuple[Identity, ...]
    found: tuple[Found, ...] = ()
    candidates: int = field(default=Factory(lambda self: len(self.identities), takes_self=True))

    @property
    def own(self) -> Identity | None:
        """The identity that an unknown name gets: the name itself. None where it says nothing."""
        _, _, namespace, text = self.key
        return None if self.candidates else Identity(namespace=namespace, accession=text)


def name_key(ref: FeatureRef) -> NameKey:
    """The name under which a feature is stored.

    >>> name_key(FeatureRef(name="PC 34:1", type="lipid"))
    ('lipid', None, 'name', 'PC 34:1')
    >>> name_key(FeatureRef(name=None, type="lipid", mz=206.9727, rt=229.2))[2:]
    ('mz_rt', 'm/z 206.9727, RT 229.2 s')
    """
    if ref.name is not None:
        return (ref.type, ref.organism, AS_WRITTEN, ref.name)
    if ref.mz is not None:
        time = "" if ref.rt is None else f", RT {ref.rt:.6g} s"
        return (ref.type, ref.organism, BY_MASS, f"m/z {ref.mz:.8g}{time}")
    return (ref.type, ref.organism, AS_WRITTEN, ", ".join(f"{k} {v}" for k, v in ref.attributes.items()))


def related_refs(refs: Iterable[FeatureRef]) -> list[FeatureRef]:
    """The features of another kind that these are told by, each once."""
    named = ((other.type, ref.organism, other.name) for ref in refs for other in ref.related)
    return [FeatureRef(name=name, type=kind, organism=organism) for kind, organism, name in dict.fromkeys(named)]


def related_keys(ref: FeatureRef) -> list[tuple[NameKey, str]]:
    """The name of each feature that this one is told by, and what it is to it."""
    return [((other.type, ref.organism, AS_WRITTEN, other.name), other.relation) for other in ref.related]


def resolve(refs: Iterable[FeatureRef], normalize: Normalize) -> list[Resolved]:
    """Ask a plugin once for each distinct name; names without text are unknown without asking."""
    by_key = {name_key(ref): ref for ref in refs}
    named = [(key, ref) for key, ref in by_key.items() if ref.name is not None]
    answers = normalize([ref for _, ref in named]) if named else ()
    known = {key: identities for (key, _), identities in zip(named, answers, strict=True)}
    return [Resolved(key=key, identities=known.get(key, ())) for key in by_key]


def with_broader(identities: Sequence[Identity]) -> list[tuple[Identity, str, int]]:
    """Every identity that a name is linked to: (identity, "same" or "broader", rank of the candidate)."""
    links: dict[tuple[str, str], tuple[Identity, str, int]] = {}
    for rank, identity in enumerate(identities):
        links.setdefault((identity.namespace, identity.accession), (identity, "same", rank))
    for rank, identity in enumerate(identities):
        for coarser in identity.broader:
            links.setdefault((coarser.namespace, coarser.accession), (coarser, "broader", rank))
    return list(links.values())
