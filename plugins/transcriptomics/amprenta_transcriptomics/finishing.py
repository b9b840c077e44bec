"""What is done to every table that was read: types by name, names of samples and quantities, damaged names counted."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePath

from attrs import evolve

from amprenta_core import FeatureRef, FeatureTable, Problem, Quantity
from amprenta_transcriptomics import samples
from amprenta_transcriptomics.names import type_of

_IN_NAMES = (
    ("tpm", re.compile(r"tpm", re.IGNORECASE), "TPM"),
    ("fpkm", re.compile(r"fpkm", re.IGNORECASE), "FPKM"),
    ("rpkm", re.compile(r"rpkm", re.IGNORECASE), "RPKM"),
    ("cpm", re.compile(r"(?<![a-z])cpm", re.IGNORECASE), "CPM"),
    ("length", re.compile(r"lengths?(?![a-z])", re.IGNORECASE), "bases"),
    ("counts", re.compile(r"counts?(?![a-z])|numreads|(?<![a-z])reads(?![a-z])", re.IGNORECASE), "reads"),
)
"""How a file or the header of its only column of values says what these are."""


def finish(table: FeatureTable, path: str) -> FeatureTable:
    """The table as the plugin gives it."""
    column = table.samples[0].name if len(table.samples) == 1 else ""
    named = samples.named(table, path)
    features = typed(table.features)
    return evolve(
        named,
        features=features,
        quantities=tuple(_quantity(quantity, column, path) for quantity in table.quantities),
        problems=(*table.problems, *_damaged(features)),
    )


def typed(features: Sequence[FeatureRef]) -> tuple[FeatureRef, ...]:
    """The features, each of the type that its name shows; of the format's type where it shows none."""
    return tuple(ref if (kind := _type(ref.name)) in (None, ref.type) else _retyped(ref, kind) for ref in features)


def _retyped(ref: FeatureRef, kind: str | None) -> FeatureRef:
    return evolve(ref, type=kind)


@lru_cache(maxsize=262_144)
def _type(name: str | None) -> str | None:
    return None if name is None else type_of(name)


def _quantity(quantity: Quantity, column: str, path: str) -> Quantity:
    """A quantity that the format does not know, by the word that the header of its only column or the file's name has."""
    if quantity.name != "expression":
        return quantity
    for text in (column, PurePath(path).name):
        for name, pattern, unit in _IN_NAMES:
            if pattern.search(text):
                return evolve(quantity, name=name, unit=unit, scale="linear")
    return quantity


def _damaged(features: Sequence[FeatureRef]) -> tuple[Problem, ...]:
    hurt = [ref.name or "" for ref in features if "spreadsheet_damaged" in ref.flags]
    if not hurt:
        return ()
    shown = ", ".join(hurt[:3]) + (", …" if len(hurt) > 3 else "")  # noqa: PLR2004  # three examples
    what = f"names that a spreadsheet made dates or numbers of, kept as written and linked to nothing: {len(hurt)} ({shown})"
    return (Problem(where="column of names", code="spreadsheet_damaged_names", what=what),)
