"""Tables of several files, one quantity each, of the same features and samples, as one table."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from attrs import define, evolve, field

from amprenta_core.joining import Key, Piece, agreed, feature_keys, problems_of
from amprenta_core.model import Axis, FeatureRef, FeatureTable, Quantity, Sample

_Places = np.ndarray[tuple[int], np.dtype[np.intp]]


@define
class Stack:
    """Takes tables one by one; the first says the order of features and samples. Features are the same as for
    ``Joiner``, samples by their name; a name that a file has several times is matched in its order.
    """

    features: list[FeatureRef] = field(factory=list)
    samples: tuple[Sample, ...] = ()
    quantities: list[Quantity] = field(factory=list)
    pieces: list[Piece] = field(factory=list)
    omics_type: str = ""
    _rows: dict[Key, int] = field(factory=dict)
    _columns: dict[tuple[str, int], int] = field(factory=dict)

    def add(self, label: str, table: FeatureTable) -> bool:
        """Take a table; False, and nothing taken, where it has other features or samples, or no other quantity."""
        if self.refusal(table):
            return False
        keys, columns = feature_keys(table.features), _sample_keys(table.samples)
        if not self.pieces:
            self._rows = {key: n for n, key in enumerate(keys)}
            self._columns = {key: n for n, key in enumerate(columns)}
            self.features, self.samples, self.omics_type = list(table.features), table.samples, table.omics_type
        rows = np.array([self._rows[key] for key in keys], dtype=np.intp)
        places = np.array([self._columns[key] for key in columns], dtype=np.intp)
        for row, ref in zip(rows.tolist(), table.features, strict=True):
            self.features[row] = agreed(self.features[row], ref)
        own = dict(zip(places.tolist(), table.samples, strict=True))
        self.samples = tuple(_agreed_sample(sample, own[n]) for n, sample in enumerate(self.samples))
        self.quantities += [_moved(quantity, rows, places) for quantity in table.quantities]
        self.pieces.append(Piece.of(label, table, rows))
        return True

    def refusal(self, table: FeatureTable) -> str:
        """Why a table is not taken, "" where it is."""
        if table.contrasts or any(q.axis is not Axis.SAMPLES for q in table.quantities):
            return "it compares samples"
        if not self.pieces:
            return ""
        if set(feature_keys(table.features)) != set(self._rows):
            return "its features are not those of the others"
        if set(_sample_keys(table.samples)) != set(self._columns):
            return "its samples are not those of the others"
        there = {quantity.name for quantity in self.quantities}
        again = [quantity.name for quantity in table.quantities if quantity.name in there]
        return f"another file has the quantity {again[0]} as well" if again else ""

    def result(self) -> FeatureTable:
        """The whole: the quantities of the files in their order."""
        return FeatureTable(
            omics_type=self.omics_type,
            features=tuple(self.features),
            samples=self.samples,
            quantities=tuple(self.quantities),
            rows_read=sum(piece.rows_read for piece in self.pieces),
            rows_measured=sum(piece.rows_measured for piece in self.pieces),
            problems=tuple(problems_of(self.pieces)),
        )


def _sample_keys(samples: Sequence[Sample]) -> list[tuple[str, int]]:
    seen: Counter[str] = Counter()
    keys = []
    for sample in samples:
        keys.append((sample.name, seen[sample.name]))
        seen[sample.name] += 1
    return keys


def _agreed_sample(one: Sample, other: Sample) -> Sample:
    """What files agree on; a mark counts that any of them gives."""
    attributes = {key: text for key, text in one.attributes.items() if other.attributes.get(key) == text}
    return evolve(one, attributes=attributes, flags=tuple(dict.fromkeys((*one.flags, *other.flags))))


def _moved(quantity: Quantity, rows: _Places, columns: _Places) -> Quantity:
    """A quantity with its values, and the reasons of those that are missing, where the whole has them."""
    width = len(columns)
    values = np.empty_like(quantity.values)
    values[np.ix_(rows, columns)] = quantity.values
    missing = {
        reason: tuple(sorted(int(rows[c // width]) * width + int(columns[c % width]) for c in cells))
        for reason, cells in quantity.missing.items()
    }
    return evolve(quantity, values=values, missing=missing)
