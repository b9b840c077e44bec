"""Tables of several files, most often one for each sample, side by side as one table."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from attrs import define, evolve, field, frozen

from amprenta_core.model import Axis, FeatureRef, FeatureTable, FloatArray, Problem, Quantity, Sample

ABSENT = "not in this file"
"""Why a value is missing where a file does not name the feature."""
_SHOWN = 3
Key = tuple[str | None, str, str | None, float | None, float | None, int]


@frozen(kw_only=True)
class Piece:
    """What is kept of a file's table: ``rows`` say where each of its features stands in the whole."""

    label: str
    rows: np.ndarray[tuple[int], np.dtype[np.intp]]
    samples: tuple[Sample, ...]
    rows_read: int
    rows_measured: int
    problems: tuple[Problem, ...]
    quantities: Mapping[str, Quantity] = field(factory=dict)

    @classmethod
    def of(cls, label: str, table: FeatureTable, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> "Piece":
        """What is kept of a table but for its numbers."""
        return cls(
            label=label,
            rows=rows,
            samples=tuple(evolve(s, attributes={**s.attributes, "file": label}) for s in table.samples),
            rows_read=table.rows_read,
            rows_measured=table.rows_measured,
            problems=table.problems,
        )


@define
class Joiner:
    """Takes tables one by one. Features are the same by name, type, organism, m/z and retention time; a name that a
    file has several times is matched in its order.
    """

    features: list[FeatureRef] = field(factory=list)
    pieces: list[Piece] = field(factory=list)
    omics_type: str = ""
    _rows: dict[Key, int] = field(factory=dict)

    def add(self, label: str, table: FeatureTable) -> bool:
        """Take a table; False, and nothing taken, where fewer than half of its features are those of the others."""
        keys = feature_keys(table.features)
        if not self._takes(table, keys):
            return False
        self.omics_type = table.omics_type
        rows = [self._rows.setdefault(key, len(self._rows)) for key in keys]
        for row, ref in zip(rows, table.features, strict=True):
            if row == len(self.features):
                self.features.append(ref)
            elif self.features[row] is not ref and self.features[row] != ref:
                self.features[row] = agreed(self.features[row], ref)
        piece = Piece.of(label, table, np.array(rows, dtype=np.intp))
        piece = evolve(piece, quantities={quantity.name: quantity for quantity in table.quantities})
        self.pieces.append(piece)
        return True

    def refusal(self, table: FeatureTable) -> str:
        """Why a table is not taken, "" where it is."""
        if self._takes(table, feature_keys(table.features)):
            return ""
        if table.contrasts:
            return "it compares samples"
        return "fewer than half of its features are those of the others"

    def _takes(self, table: FeatureTable, keys: Sequence[Key]) -> bool:
        if table.contrasts or any(q.axis is not Axis.SAMPLES for q in table.quantities):
            return False
        shared = sum(1 for key in keys if key in self._rows)
        return not self.pieces or shared * 2 >= min(len(keys), len(self._rows))

    def result(self) -> FeatureTable:
        """The whole: all features, and the samples of the files in their order."""
        names = list(dict.fromkeys(name for piece in self.pieces for name in piece.quantities))
        return FeatureTable(
            omics_type=self.omics_type,
            features=tuple(self.features),
            samples=tuple(sample for piece in self.pieces for sample in piece.samples),
            quantities=tuple(self._quantity(name) for name in names),
            rows_read=sum(piece.rows_read for piece in self.pieces),
            rows_measured=sum(piece.rows_measured for piece in self.pieces),
            problems=(*problems_of(self.pieces), *self._absent(), *self._lacking(names), *self._repeated()),
        )

    def _quantity(self, name: str) -> Quantity:
        """One quantity of all files; NaN where a file has not the feature, with that as the reason."""
        width = sum(len(piece.samples) for piece in self.pieces)
        values = np.full((len(self.features), width), np.nan)
        missing: dict[str, list[int]] = {}
        first = 0
        for piece in self.pieces:
            own = piece.quantities.get(name)
            if own is not None:
                place_values(own, piece, values, missing, first)
            first += len(piece.samples)
        known = [piece.quantities[name] for piece in self.pieces if name in piece.quantities]
        return evolve(
            known[0],
            values=values,
            unit=known[0].unit if len({q.unit for q in known}) == 1 else None,
            scale=known[0].scale if len({q.scale for q in known}) == 1 else None,
            missing={reason: tuple(sorted(cells)) for reason, cells in sorted(missing.items())},
        )

    def _absent(self) -> Sequence[Problem]:
        """One problem for all features that some file has not."""
        short = [piece for piece in self.pieces if len(piece.rows) < len(self.features)]
        if not short:
            return ()
        most = max(len(self.features) - len(piece.rows) for piece in short)
        labels = _some([piece.label for piece in short])
        what = f"files that lack features which others have, up to {most} of {len(self.features)}: {labels}"
        return (Problem(where="joined files", code="features_not_in_file", what=what),)

    def _lacking(self, names: Sequence[str]) -> Sequence[Problem]:
        found = []
        for name in names:
            without = [piece.label for piece in self.pieces if name not in piece.quantities]
            if without:
                what = f"{name} is in the other files and not in these: {_some(without)}"
                found.append(Problem(where="joined files", code="quantity_not_in_file", what=what))
        return found

    def _repeated(self) -> Sequence[Problem]:
        times = Counter(sample.name for piece in self.pieces for sample in piece.samples)
        repeated = [name for name, n in times.items() if n > 1]
        if not repeated:
            return ()
        what = f"sample names that several files have, each kept apart: {_some(repeated)}"
        return (Problem(where="joined files", code="duplicate_sample_names", what=what),)


def feature_keys(features: Sequence[FeatureRef]) -> list[Key]:
    """What tells features apart in any file."""
    seen: dict[tuple[str | None, ...], int] = {}
    keys: list[Key] = []
    for ref in features:
        known = (ref.name, ref.type, ref.organism)
        seen[known] = n = seen.get(known, -1) + 1
        keys.append((ref.name, ref.type, ref.organism, ref.mz, ref.rt, n))
    return keys


def agreed(one: FeatureRef, other: FeatureRef) -> FeatureRef:
    """What files agree on; a mark counts that any of them gives."""
    return evolve(
        one,
        ids={key: text for key, text in one.ids.items() if other.ids.get(key) == text},
        attributes={key: text for key, text in one.attributes.items() if other.attributes.get(key) == text},
        flags=tuple(dict.fromkeys((*one.flags, *other.flags))),
    )


def place_values(own: Quantity, piece: Piece, values: FloatArray, missing: dict[str, list[int]], first: int) -> None:
    """Put a file's values, and the reasons of those that are missing, where they belong in the whole."""
    height, width = values.shape
    samples = len(piece.samples)
    values[piece.rows, first : first + samples] = own.values
    for reason, cells in own.missing.items():
        moved = (int(piece.rows[c // samples]) * width + first + c % samples for c in cells)
        missing.setdefault(reason, []).extend(moved)
    if len(piece.rows) < height:
        absent = np.setdiff1d(np.arange(height), piece.rows)
        cells_there = absent[:, None] * width + np.arange(first, first + samples)[None, :]
        missing.setdefault(ABSENT, []).extend(cells_there.ravel().tolist())


def problems_of(pieces: Sequence[Piece]) -> list[Problem]:
    """The problems of all files, each with its file; what several say alike is said once."""
    alike: dict[tuple[str, str], list[tuple[str, Problem]]] = {}
    rows: list[Problem] = []
    before = 0
    for piece in pieces:
        for problem in piece.problems:
            if problem.row is None:
                alike.setdefault((problem.code, problem.what), []).append((piece.label, problem))
            else:
                rows.append(evolve(problem, where=f"{piece.label}, {problem.where}", row=before + problem.row))
        before += max((problem.row for problem in piece.problems if problem.row is not None), default=0)
        before += piece.rows_read
    notes = [
        evolve(said[0][1], where=f"{said[0][0]}, {said[0][1].where}" + _others(len(said) - 1))
        for said in alike.values()
    ]
    return [*notes, *rows]


def _others(number: int) -> str:
    return "" if not number else f" (and {number} other {'file' if number == 1 else 'files'})"


def _some(texts: Sequence[str]) -> str:
    return f"{len(texts)} ({', '.join(texts[:_SHOWN])}{', …' if len(texts) > _SHOWN else ''})"
