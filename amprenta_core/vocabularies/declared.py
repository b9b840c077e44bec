"""The kinds of vocabularies there are: the project's own and those that installed distributions declare.

A distribution declares kinds by an entry point of the group ``amprenta.vocabularies.v1`` that names a
``VocabularyKind`` or several of them. One that cannot be loaded is reported, and stops no other.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points

from attrs import field, frozen

from amprenta_core.errors import NotFound, PluginError
from amprenta_core.vocabularies import compounds, genes
from amprenta_core.vocabularies.kinds import VocabularyKind
from amprenta_core.vocabularies.resolving import Rules

ENTRY_POINT_GROUP = "amprenta.vocabularies.v1"
BUILT_IN = (*genes.KINDS, *compounds.KINDS)


@frozen(kw_only=True)
class BrokenKind:
    """A declaration that could not be used: its entry point, its distribution, and why."""

    name: str
    distribution: str
    why: str


@frozen(kw_only=True)
class Kinds:
    """All kinds by name, and what is broken."""

    loaded: Mapping[str, VocabularyKind]
    broken: tuple[BrokenKind, ...] = field(default=())

    def named(self, name: str) -> VocabularyKind:
        """A kind. Raises ``NotFound``, ``PluginError`` where its declaration is broken."""
        for wreck in self.broken:
            if wreck.name == name:
                raise PluginError(wreck.why, plugin=name, hint=f"The author of {wreck.distribution} must mend it")
        if name not in self.loaded:
            raise NotFound(f"there is no kind of vocabulary {name}", hint=f"There are {', '.join(sorted(self.loaded))}")
        return self.loaded[name]

    def of_type(self, feature_type: str) -> tuple[VocabularyKind, ...]:
        """The kinds that name things of a type."""
        return tuple(kind for kind in self.loaded.values() if kind.feature_type == feature_type)

    @cached_property
    def rules(self) -> Rules:
        """What resolving must know of the kinds."""
        types = {kind.feature_type for kind in self.loaded.values()}
        return Rules(
            spaces={t: frozenset().union(*(kind.spaces for kind in self.of_type(t))) for t in types},
            damaged=frozenset(kind.feature_type for kind in self.loaded.values() if kind.damaged),
        )


def load(*, strict: bool = False) -> Kinds:
    """All kinds: the project's own, then those of the installed distributions. ``strict``: a broken one raises."""
    points = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda p: (p.name, _distribution(p)))
    return load_from(points, strict=strict)


def load_from(points: Sequence[EntryPoint], *, strict: bool = False) -> Kinds:
    """All kinds, with these entry points; a name that is taken is refused."""
    loaded = {kind.name: kind for kind in BUILT_IN}
    broken: list[BrokenKind] = []
    for point in points:
        try:
            for kind in _kinds(point):
                if kind.name in loaded:
                    raise PluginError("another vocabulary has this name", plugin=kind.name)
                loaded[kind.name] = kind
        except (Exception, SystemExit) as error:  # whatever a declaration does on import must not stop the others
            if strict:
                raise PluginError(f"could not be loaded: {_why(error)}", plugin=point.name) from error
            broken.append(BrokenKind(name=point.name, distribution=_distribution(point), why=_why(error)))
    return Kinds(loaded=loaded, broken=tuple(broken))


def _kinds(point: EntryPoint) -> tuple[VocabularyKind, ...]:
    made = point.load()
    found = (made,) if isinstance(made, VocabularyKind) else made
    if not isinstance(found, tuple | list) or not all(isinstance(kind, VocabularyKind) for kind in found):
        raise PluginError(f"is {type(made).__name__}, not a VocabularyKind", plugin=point.name)
    return tuple(found)


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else ""


def _why(error: BaseException) -> str:
    return error.what if isinstance(error, PluginError) else " ".join(f"{type(error).__name__}: {error}".split())
