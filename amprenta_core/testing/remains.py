"""Whether what is left of a table, after its file was cut, is a piece of the whole: nothing new and nothing changed."""

from collections.abc import Callable, Mapping, Sequence
from operator import eq
from typing import Any, TypeVar

import numpy as np
from attrs import evolve

from amprenta_core.model import FeatureRef, FeatureTable, Quantity, Sample

T = TypeVar("T")
Places = list[int | None]
UNTERMINATED = "unterminated_last_line"
COMBINED = "rows_combined"


def strangers_in(piece: FeatureTable, whole: FeatureTable) -> list[str]:
    """All that stands in ``piece`` and does not stand so in ``whole``, in words; empty for a true piece.

    Features, samples and contrasts of the piece must be those of the whole, in its order (what another line of the
    file said of them may lack). Where feature and sample are in both, so is the value; a value may only be missing
    for a row that was lost. Where rows are combined, a value may be a part of the whole one.
    """
    features = _places(piece.features, whole.features, _same_feature)
    samples = _places(piece.samples, whole.samples, _same_sample)
    contrasts = _places(piece.contrasts, whole.contrasts, eq)
    found = [
        *_new("feature", [f.name for f in piece.features], features),
        *_new("sample", [s.name for s in piece.samples], samples),
        *_new("contrast", [c.name for c in piece.contrasts], contrasts),
    ]
    lost_rows = max(0, whole.rows_measured - piece.rows_measured)
    for quantity in piece.quantities:
        other = next((q for q in whole.quantities if (q.name, q.axis) == (quantity.name, quantity.axis)), None)
        if other is None or (other.unit, other.scale, other.zero) != (quantity.unit, quantity.scale, quantity.zero):
            found.append(f"quantity {quantity.name!r} is not in the whole file, or is another there")
            continue
        across = samples if quantity.axis.value == "samples" else contrasts
        found += _changed(quantity, other, features, across, lost_rows, parts=is_combined(whole))
    return found


def _new(what: str, names: Sequence[str | None], places: Places) -> list[str]:
    pairs = zip(names, places, strict=True)
    return [f"{what} {name!r} is not in the whole file" for name, place in pairs if place is None]


def is_measured(table: FeatureTable) -> bool:
    """Whether a table holds one value at least."""
    return any(not np.isnan(quantity.values).all() for quantity in table.quantities)


def same_measurements(one: FeatureTable, other: FeatureTable) -> bool:
    """Whether two tables measure the same, whatever they say of rows and problems."""
    return _measured(one) == _measured(other)


def _measured(table: FeatureTable) -> FeatureTable:
    return evolve(table, rows_read=0, rows_measured=0, problems=())


def _places(piece: Sequence[T], whole: Sequence[T], same: Callable[[T, T], bool]) -> Places:
    """Where each thing of the piece stands in the whole; None where it does not (after those before it)."""
    places: Places = []
    start = 0
    for thing in piece:
        place = next((n for n in range(start, len(whole)) if same(thing, whole[n])), None)
        places.append(place)
        start = start if place is None else place + 1
    return places


def _same_feature(piece: FeatureRef, whole: FeatureRef) -> bool:
    plain = (piece.name, piece.type, piece.organism, piece.flags)
    return (
        plain == (whole.name, whole.type, whole.organism, whole.flags)
        and piece.mz in (None, whole.mz)
        and piece.rt in (None, whole.rt)
        and piece.ids.items() <= whole.ids.items()
        and piece.attributes.items() <= whole.attributes.items()
    )


def _same_sample(piece: Sample, whole: Sample) -> bool:
    """What is said of a sample in its rows can be more where fewer rows disagree; it must not be another."""
    return piece.name == whole.name and not _contradict(piece.attributes, whole.attributes)


def _contradict(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(key in other and other[key] != text for key, text in one.items())


def is_combined(table: FeatureTable) -> bool:
    """Whether the values of a table are made of several rows each."""
    return any(problem.code == COMBINED for problem in table.problems)


def _changed(
    quantity: Quantity, whole: Quantity, features: Places, across: Places, lost_rows: int, *, parts: bool
) -> list[str]:
    """The cells of a quantity that say something else in the whole."""
    rows = [(i, at) for i, at in enumerate(features) if at is not None]
    columns = [(j, at) for j, at in enumerate(across) if at is not None]
    here = quantity.values[np.ix_([i for i, _ in rows], [j for j, _ in columns])]
    there = whole.values[np.ix_([i for _, i in rows], [j for _, j in columns])]
    reasons, whole_reasons = _reasons(quantity), _reasons(whole)
    found, lost = [], 0
    for n, (i, whole_i) in enumerate(rows):
        for m, (j, whole_j) in enumerate(columns):
            cell = (_number(here[n, m]), reasons.get((i, j)))
            expected = (_number(there[n, m]), whole_reasons.get((whole_i, whole_j)))
            if cell == (None, None) and expected != cell:
                lost += 1
            elif cell != expected and not (parts and _is_part(cell[0], expected[0])):
                found.append(f"{quantity.name} of row {i + 1}, column {j + 1} is {cell[0]}, not {expected[0]}")
    if lost > lost_rows * (max(1, len(columns)) if parts else 1):  # a row that is combined may hold several samples
        found.append(f"{lost} values of {quantity.name} are missing, and only {lost_rows} rows are")
    return found


def _is_part(value: float | None, whole: float | None) -> bool:
    """Whether a value is what some of the rows of the whole one come to."""
    return value is None or (whole is not None and 0 <= value <= whole)


def _reasons(quantity: Quantity) -> dict[tuple[int, int], str]:
    width = max(quantity.values.shape[1], 1)
    return {(cell // width, cell % width): reason for reason, cells in quantity.missing.items() for cell in cells}


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
