"""What every vector index promises, as tests that it inherits.

Example::

    class TestMine(VectorIndexConformance):
        def make(self, generation: str) -> VectorIndex:
            return MyIndex(dimensions=self.dimensions, generation=generation)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from amprenta_core.errors import SinkRejected
from amprenta_core.model import FloatArray
from amprenta_core.outgoing import Vector, VectorIndex

MANY = 2_500
LETTERS = "Ω-3 α/β 脂质 😀 \"quoted\" back\\slash 'single' \n line \t tab"
CUT = {"features", "text"}
"""What an index with a limit may shorten."""


class VectorIndexConformance:
    """Inherit it in a class ``Test…`` and say how to ``make`` an index; each test is one promise.

    ``make`` is called with the name of a generation: of each name all indexes show the same vectors, and at the start
    of a test none. ``settle`` waits until what was written is seen, ``requests`` tells how many were made so far.
    """

    dimensions: int = 8

    def make(self, generation: str) -> VectorIndex:
        """An index of ``dimensions`` for a generation."""
        raise NotImplementedError

    def settle(self) -> None:
        """Wait until all that was written is seen: nothing to do where that is at once."""

    def requests(self) -> int | None:
        """How many requests were made so far; None where that cannot be told."""
        return None

    @pytest.fixture
    def index(self) -> VectorIndex:
        """An empty index."""
        return self.make("one-8")

    # -- the promises ------------------------------------------------------------------------------------------------

    def test_satisfies_the_protocol(self, index: VectorIndex) -> None:
        """It has a name and all the methods."""
        assert isinstance(index, VectorIndex)
        assert index.name

    def test_what_is_written_is_fetched(self, index: VectorIndex) -> None:
        """Values come back to the precision of float32, metadata as they were; ids that are not there are left out."""
        vectors = self._vectors(3)
        assert index.upsert(vectors) == {}
        self.settle()
        found = index.fetch([*(vector.id for vector in vectors), "dataset:nobody"])
        assert set(found) == {vector.id for vector in vectors}
        for vector in vectors:
            assert np.array_equal(found[vector.id].values.astype(np.float32), vector.values.astype(np.float32))
            assert dict(found[vector.id].metadata) == dict(vector.metadata)

    def test_an_id_has_one_vector(self, index: VectorIndex) -> None:
        """What is written again replaces the values and all metadata; of two in one call the last counts."""
        old, new = (Vector(id="a:1", values=self._axis(n), metadata={f"only{n}": "x"}) for n in (0, 1))
        index.upsert([old])
        index.upsert([old, new])
        self.settle()
        found = index.fetch(["a:1"])["a:1"]
        assert found.values.tolist() == new.values.tolist()
        assert dict(found.metadata) == {"only1": "x"}
        assert list(index.ids()) == ["a:1"]

    def test_what_is_deleted_is_gone(self, index: VectorIndex) -> None:
        """Ids that are not there, or were never, are no error; nor is an index that is empty."""
        index.delete(["a:nobody"])
        vectors = self._vectors(4)
        index.upsert(vectors)
        index.delete([vectors[0].id, "a:nobody", vectors[1].id])
        self.settle()
        assert set(index.ids()) == {vector.id for vector in vectors[2:]}
        assert index.fetch([vectors[0].id]) == {}

    def test_nothing_makes_no_request(self, index: VectorIndex) -> None:
        """No vectors, no ids, no hits wanted: nothing is asked."""
        index.upsert(self._vectors(1))
        before = self.requests()
        assert index.upsert([]) == {}
        index.delete([])
        assert index.fetch([]) == {}
        assert index.query(self._axis(0), 0) == []
        assert self.requests() == before

    def test_an_empty_index_answers(self, index: VectorIndex) -> None:
        """Before anything was written there is nothing to find, and that is no error."""
        assert list(index.ids()) == []
        assert list(index.ids("dataset:")) == []
        assert index.fetch(["a:1"]) == {}
        assert index.query(self._axis(0), 3) == []

    def test_many_are_written_and_listed(self, index: VectorIndex) -> None:
        """Thousands in one call, over as many requests and pages as it takes, each exactly once."""
        vectors = self._vectors(MANY)
        assert index.upsert(vectors) == {}
        self.settle()
        listed = list(index.ids("dataset:"))
        assert len(listed) == len(set(listed)) == MANY
        found = index.fetch([vector.id for vector in vectors])
        assert len(found) == MANY
        index.delete(listed)
        self.settle()
        assert list(index.ids()) == []

    def test_ids_are_listed_by_their_beginning(self, index: VectorIndex) -> None:
        """A beginning is taken letter by letter: no letter means another."""
        ids = ["dataset:1:0", "dataset:1:1", "dataset:10:0", "dataset_1:0", "datasetX1:0", "data%:0", "program:1:0"]
        index.upsert([Vector(id=name, values=self._axis(0)) for name in ids])
        self.settle()
        assert set(index.ids("dataset:1:")) == {"dataset:1:0", "dataset:1:1"}
        assert set(index.ids("dataset_")) == {"dataset_1:0"}
        assert set(index.ids("data%")) == {"data%:0"}
        assert set(index.ids("zzz")) == set()
        assert set(index.ids()) == set(ids)

    def test_the_most_similar_come_first(self, index: VectorIndex) -> None:
        """Ordered by cosine similarity, whatever the lengths of the vectors; no more than asked for."""
        near = self._axis(0) * 0.5 + self._axis(1) * 0.1
        index.upsert(
            [
                Vector(id="same", values=self._axis(0) * 7),
                Vector(id="near", values=near),
                Vector(id="across", values=self._axis(2)),
                Vector(id="opposite", values=-self._axis(0)),
            ]
        )
        self.settle()
        hits = index.query(self._axis(0), 4)
        assert [hit.id for hit in hits] == ["same", "near", "across", "opposite"]
        cosine = 0.5 / float(np.linalg.norm(near))
        assert [hit.score for hit in hits] == pytest.approx([1.0, cosine, 0.0, -1.0], abs=1e-4)
        assert [hit.id for hit in index.query(self._axis(0), 2)] == ["same", "near"]

    @pytest.mark.parametrize(
        ("where", "wanted"),
        [
            ({"kind": "dataset"}, {"a", "b"}),
            ({"kind": "dataset", "program": "ALS"}, {"a"}),
            ({"kind": ["dataset", "program"]}, {"a", "b", "c"}),
            ({"features": ["PC 34:1", "TP53"]}, {"a", "c"}),
            ({"features": ["TP53"], "kind": "dataset"}, {"a"}),
            ({"features": "TP53"}, {"a", "c"}),
            ({"position": 1}, {"b"}),
            ({"kind": "Dataset"}, set()),
            ({"nothing": "x"}, set()),
            ({"kind": "data"}, set()),
            (None, {"a", "b", "c"}),
            ({}, {"a", "b", "c"}),
        ],
    )
    def test_only_what_fits_is_found(self, index: VectorIndex, where: dict[str, Any] | None, wanted: set[str]) -> None:
        """All conditions hold: a text equals or is in the list, a list holds any of the texts that are asked for."""
        said: dict[str, dict[str, Any]] = {
            "a": {"kind": "dataset", "program": "ALS", "features": ["TP53", "APOE"], "position": 0},
            "b": {"kind": "dataset", "program": "als", "features": ["APOE"], "position": 1},
            "c": {"kind": "program", "features": ["PC 34:1", "TP53"]},
        }
        index.upsert([Vector(id=name, values=self._axis(0), metadata=metadata) for name, metadata in said.items()])
        self.settle()
        assert {hit.id for hit in index.query(self._axis(0), 10, where)} == wanted

    def test_hits_say_what_was_said(self, index: VectorIndex) -> None:
        """A hit has its metadata, so that it can be shown and cited."""
        index.upsert([Vector(id="a", values=self._axis(0), metadata={"text": LETTERS, "features": [LETTERS, "b"]})])
        self.settle()
        (hit,) = index.query(self._axis(0), 1)
        assert dict(hit.metadata) == {"text": LETTERS, "features": [LETTERS, "b"]}

    @pytest.mark.parametrize("values", [np.ones(3), np.ones(9), np.zeros(8), np.full(8, np.nan), np.array([])])
    def test_a_wrong_vector_fails_alone(self, index: VectorIndex, values: FloatArray) -> None:
        """Its id has the error, and the others are written; it is refused as a question, too."""
        before, after = self._vectors(2)
        failed = index.upsert([before, Vector(id="wrong", values=values), after])
        self.settle()
        assert set(failed) == {"wrong"}
        assert isinstance(failed["wrong"], SinkRejected)
        assert set(index.ids()) == {before.id, after.id}
        with pytest.raises(SinkRejected):
            index.query(values, 1)

    def test_nulls_are_left_out(self, index: VectorIndex) -> None:
        """A key without a value is as if it had not been said."""
        index.upsert([Vector(id="a", values=self._axis(0), metadata={"program": None, "kind": "dataset"})])
        self.settle()
        assert dict(index.fetch(["a"])["a"].metadata) == {"kind": "dataset"}

    def test_large_metadata_are_written(self, index: VectorIndex) -> None:
        """Only a list of features and a text may be shortened: to their beginnings, and the same each time."""
        features = [f"PC(18:{n}/20:4) Ω" for n in range(4_000)]
        whole = {"kind": "dataset", "name": "n" * 500, "features": features, "text": "ω" * 3_000}
        vectors = [Vector(id=name, values=self._axis(0), metadata=whole) for name in ("a", "b")]
        assert index.upsert(vectors) == {}
        self.settle()
        found = {name: dict(vector.metadata) for name, vector in index.fetch(["a", "b"]).items()}
        assert found["a"] == found["b"]
        assert {key: value for key, value in found["a"].items() if key not in CUT} == {
            key: value for key, value in whole.items() if key not in CUT
        }
        for key in CUT & found["a"].keys():
            assert whole[key][: len(found["a"][key])] == found["a"][key]

    def test_generations_do_not_mix(self, index: VectorIndex) -> None:
        """Equal ids of two generations are two vectors, and neither is found in the other."""
        other = self.make("two-8")
        index.upsert([Vector(id="a", values=self._axis(0), metadata={"of": "one"})])
        other.upsert([Vector(id="a", values=self._axis(1), metadata={"of": "two"})])
        self.settle()
        assert [hit.metadata["of"] for hit in index.query(self._axis(1), 5)] == ["one"]
        other.delete(["a"])
        self.settle()
        assert list(index.ids()) == ["a"]
        assert list(other.ids()) == []

    # -- what they use -----------------------------------------------------------------------------------------------

    def _axis(self, n: int) -> FloatArray:
        axis = np.zeros(self.dimensions)
        axis[n] = 1.0
        return axis

    def _vectors(self, count: int) -> Sequence[Vector]:
        """Different vectors with ids and metadata such as ours."""
        numbers = np.random.default_rng(7).normal(size=(count, self.dimensions))
        return [
            Vector(
                id=f"dataset:{n:05d}:0:abcdef",
                values=numbers[n],
                metadata={"kind": "dataset", "name": LETTERS, "position": n, "features": ["TP53", LETTERS]},
            )
            for n in range(count)
        ]
