"""Each distinct name is asked once; ambiguity and broader meanings are kept."""

from collections.abc import Sequence

import pytest

from amprenta_core.linking import Resolved, name_key, resolve, with_broader
from amprenta_core.model import FeatureRef, Identity


def ref(name: str | None, **facts: float | str | None) -> FeatureRef:
    return FeatureRef(name=name, **{"type": "lipid", **facts})  # type: ignore[arg-type]  # few of them, named


def identity(accession: str, *broader: Identity, namespace: str = "ns") -> Identity:
    return Identity(namespace=namespace, accession=accession, broader=broader)


class Dictionary:
    """Knows what it was given, and remembers what it was asked."""

    def __init__(self, **known: tuple[Identity, ...]) -> None:
        self.known = known
        self.asked: list[list[str | None]] = []

    def __call__(self, refs: Sequence[FeatureRef]) -> list[tuple[Identity, ...]]:
        self.asked.append([r.name for r in refs])
        return [self.known.get(r.name or "", ()) for r in refs]


def test_each_distinct_name_is_asked_once_in_one_batch() -> None:
    ask = Dictionary(a=(identity("A"),), b=(identity("B1"), identity("B2")))
    found = resolve([ref("a"), ref("b"), ref("a"), ref("a", mz=1.0), ref("x")], ask)
    assert ask.asked == [["a", "b", "x"]]
    assert [(r.key[3], [i.accession for i in r.identities]) for r in found] == [
        ("a", ["A"]),
        ("b", ["B1", "B2"]),
        ("x", []),
    ]


def test_names_of_another_type_or_organism_are_other_names() -> None:
    ask = Dictionary()
    found = resolve([ref("a"), ref("a", type="gene"), ref("a", organism="mouse")], ask)
    assert len(found) == 3
    assert ask.asked == [["a", "a", "a"]]


def test_without_names_nothing_is_asked() -> None:
    ask = Dictionary()
    found = resolve([ref(None, mz=206.9727, rt=229.2), ref(None, mz=206.9727), ref(None, mz=206.9727)], ask)
    assert ask.asked == []
    assert [r.key[2:] for r in found] == [("mz_rt", "m/z 206.9727, RT 229.2 s"), ("mz_rt", "m/z 206.9727")]
    assert resolve([], ask) == []


def test_an_unnamed_feature_without_mass_is_told_by_its_attributes() -> None:
    known = FeatureRef(name=None, type="lipid", attributes={"Alignment ID": "5", "Formula": "C2"})
    assert name_key(known) == ("lipid", None, "name", "Alignment ID 5, Formula C2")


def test_an_unknown_name_is_a_feature_of_its_own() -> None:
    [unknown, known] = resolve([ref("x"), ref("a")], Dictionary(a=(identity("A"),)))
    assert unknown.own == Identity(namespace="name", accession="x")
    assert known.own is None
    assert resolve([ref(None, mz=1.5)], Dictionary())[0].own == Identity(namespace="mz_rt", accession="m/z 1.5")


def test_an_answer_too_few_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        resolve([ref("a"), ref("b")], lambda refs: [()] * (len(refs) - 1))


class TestBroader:
    def test_coarser_identities_are_links_of_their_own(self) -> None:
        species = identity("PC 34:1")
        links = with_broader([identity("PC 16:0_18:1", species), identity("PC 16:1_18:0", species)])
        assert [(i.accession, relation, rank) for i, relation, rank in links] == [
            ("PC 16:0_18:1", "same", 0),
            ("PC 16:1_18:0", "same", 1),
            ("PC 34:1", "broader", 0),
        ]

    def test_what_is_a_candidate_itself_is_not_broader(self) -> None:
        species = identity("PC 34:1")
        links = with_broader([identity("PC 16:0_18:1", species), species])
        assert [(i.accession, relation) for i, relation, _ in links] == [("PC 16:0_18:1", "same"), ("PC 34:1", "same")]

    def test_the_same_accession_elsewhere_is_another_thing(self) -> None:
        assert len(with_broader([identity("1"), identity("1", namespace="other"), identity("1")])) == 2

    def test_nothing_is_linked_to_nothing(self) -> None:
        assert with_broader(Resolved(key=name_key(ref("x")), identities=()).identities) == []
