"""The kit for vector indexes notices an index that breaks one promise, and passes one that keeps them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from attrs import define, evolve, field

from amprenta_core.errors import AmprentaError, SinkRejected
from amprenta_core.model import FloatArray
from amprenta_core.outgoing import Hit, Vector, VectorIndex
from amprenta_core.testing.vector_index import VectorIndexConformance


@define
class InMemory:
    """An index that keeps its promises, in a dictionary of generations."""

    held: dict[str, Vector] = field(factory=dict)
    name: str = "memory"

    def upsert(self, vectors: Sequence[Vector]) -> Mapping[str, AmprentaError]:
        fine = {vector.id: self.taken(vector) for vector in vectors if self.fits(vector.values)}
        self.held |= fine
        return {vector.id: SinkRejected("wrong") for vector in vectors if vector.id not in fine}

    def taken(self, vector: Vector) -> Vector:
        return evolve(vector, metadata={key: value for key, value in vector.metadata.items() if value is not None})

    def fits(self, values: FloatArray) -> bool:
        return values.shape == (8,) and bool(np.isfinite(values).all()) and bool(values.any())

    def delete(self, ids: Sequence[str]) -> None:
        for name in ids:
            self.held.pop(name, None)

    def fetch(self, ids: Sequence[str]) -> Mapping[str, Vector]:
        return {name: self.held[name] for name in ids if name in self.held}

    def ids(self, prefix: str = "") -> Iterator[str]:
        yield from sorted(name for name in self.held if name.startswith(prefix))

    def query(self, values: FloatArray, count: int, where: Mapping[str, Any] | None = None) -> list[Hit]:
        if not self.fits(values):
            raise SinkRejected("wrong")
        found = [vector for vector in self.held.values() if self.matches(vector, where or {})]
        hits = [Hit(id=one.id, score=self.score(values, one.values), metadata=one.metadata) for one in found]
        return sorted(hits, key=lambda hit: -hit.score)[:count]

    def score(self, a: FloatArray, b: FloatArray) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    def matches(self, vector: Vector, where: Mapping[str, Any]) -> bool:
        return all(set(_listed(wanted)) & set(_listed(vector.metadata.get(key))) for key, wanted in where.items())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


class TestKept(VectorIndexConformance):
    """An index that keeps all promises passes."""

    @pytest.fixture(autouse=True)
    def _empty(self) -> None:
        self.made: dict[str, InMemory] = {}

    def make(self, generation: str) -> VectorIndex:
        return self.made.setdefault(generation, InMemory())


class Appends(InMemory):
    def taken(self, vector: Vector) -> Vector:
        old = self.held.get(vector.id)
        return evolve(vector, metadata={**(old.metadata if old else {}), **vector.metadata})


class KeepsNulls(InMemory):
    def taken(self, vector: Vector) -> Vector:
        return vector


class HalfPrecision(InMemory):
    def taken(self, vector: Vector) -> Vector:
        return evolve(super().taken(vector), values=vector.values.astype(np.float16).astype(np.float64))


class TakesAnything(InMemory):
    def fits(self, values: FloatArray) -> bool:
        return values.ndim == 1


class FailsTogether(InMemory):
    def upsert(self, vectors: Sequence[Vector]) -> Mapping[str, AmprentaError]:
        if all(self.fits(vector.values) for vector in vectors):
            return super().upsert(vectors)
        return {vector.id: SinkRejected("wrong") for vector in vectors}


class OnePage(InMemory):
    def ids(self, prefix: str = "") -> Iterator[str]:
        yield from list(super().ids(prefix))[:100]


class AnyLetter(InMemory):
    def ids(self, prefix: str = "") -> Iterator[str]:
        yield from (one for one in self.held if len(one) >= len(prefix) and one[:4] == prefix[:4])


class Complains(InMemory):
    def delete(self, ids: Sequence[str]) -> None:
        for name in ids:
            del self.held[name]


class Lengths(InMemory):
    def score(self, a: FloatArray, b: FloatArray) -> float:
        return float(a @ b)


class AllInTheList(InMemory):
    def matches(self, vector: Vector, where: Mapping[str, Any]) -> bool:
        return all(set(_listed(wanted)) <= set(_listed(vector.metadata.get(key))) for key, wanted in where.items())


class Silent(InMemory):
    def query(self, values: FloatArray, count: int, where: Mapping[str, Any] | None = None) -> list[Hit]:
        return [evolve(hit, metadata={}) for hit in super().query(values, count, where)]


class Drops(InMemory):
    def taken(self, vector: Vector) -> Vector:
        whole = super().taken(vector)
        return evolve(whole, metadata={} if len(str(whole.metadata)) > 40_000 else whole.metadata)


Promise = Callable[[VectorIndexConformance, VectorIndex], None]
WHERE: Mapping[str, Any] = {"features": ["PC 34:1", "TP53"]}
KIT = VectorIndexConformance
BROKEN: list[tuple[type[InMemory], Promise]] = [
    (Appends, KIT.test_an_id_has_one_vector),
    (KeepsNulls, KIT.test_nulls_are_left_out),
    (HalfPrecision, KIT.test_what_is_written_is_fetched),
    (TakesAnything, lambda kit, index: kit.test_a_wrong_vector_fails_alone(index, np.ones(3))),
    (FailsTogether, lambda kit, index: kit.test_a_wrong_vector_fails_alone(index, np.ones(3))),
    (OnePage, KIT.test_many_are_written_and_listed),
    (AnyLetter, KIT.test_ids_are_listed_by_their_beginning),
    (Complains, KIT.test_what_is_deleted_is_gone),
    (Lengths, KIT.test_the_most_similar_come_first),
    (AllInTheList, lambda kit, index: kit.test_only_what_fits_is_found(index, dict(WHERE), {"a", "c"})),
    (Silent, KIT.test_hits_say_what_was_said),
    (Drops, KIT.test_large_metadata_are_written),
]


@pytest.mark.parametrize(("broken", "promise"), BROKEN, ids=[broken.__name__ for broken, _ in BROKEN])
def test_a_broken_promise_is_noticed(broken: type[InMemory], promise: Promise) -> None:
    promise(KIT(), InMemory())
    with pytest.raises((AssertionError, KeyError)):
        promise(KIT(), broken())


def test_generations_that_mix_are_noticed() -> None:
    index = InMemory()
    mixed = KIT()
    mixed.make = lambda generation: index if generation else InMemory()  # type: ignore[method-assign]  # the same
    with pytest.raises(AssertionError):
        mixed.test_generations_do_not_mix(index)
