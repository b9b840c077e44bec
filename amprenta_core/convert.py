"""Values to plain JSON data and back, with cattrs: the one place that knows how a noun is written down."""

import math
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_origin
from uuid import UUID

import numpy as np
from attrs import resolve_types
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override

from amprenta_core.model import FeatureRef, FeatureTable, FloatArray, FormatInfo, Identity, Match

T = TypeVar("T")
_SILENT: dict[type, tuple[str, ...]] = {
    FeatureRef: ("related",),
    FeatureTable: ("cells",),
    FormatInfo: ("levels",),
    Match: ("combine", "quantity_rank", "beside", "level"),
}
"""Fields that are written down only where they say something."""


@cache
def converter() -> Converter:
    """The converter: arrays become lists with null for NaN, ids and times their text."""
    resolve_types(Identity)  # it holds itself
    made = Converter(omit_if_default=False)
    made.register_unstructure_hook_func(_is_array, _array_to_lists)
    made.register_structure_hook_func(_is_array, _lists_to_array)
    for kind in (UUID, Path):
        made.register_unstructure_hook(kind, str)
        made.register_structure_hook(kind, lambda text, made_of: made_of(text))
    for noun, silent in _SILENT.items():
        unless_default = {name: override(omit_if_default=True) for name in silent}
        made.register_unstructure_hook(noun, make_dict_unstructure_fn(noun, made, **unless_default))  # type: ignore[arg-type]  # its options are typed apart
    made.register_unstructure_hook(datetime, datetime.isoformat)
    made.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    return made


def to_plain(value: Any) -> Any:
    """A noun as dicts, lists, texts and numbers, ready for JSON.

    >>> from amprenta_core.model import Problem
    >>> to_plain(Problem(where="line 3", code="torn_row", what="cut"))["code"]
    'torn_row'
    """
    return converter().unstructure(value)


def from_plain(plain: Any, kind: type[T]) -> T:
    """A noun from plain data. Raises cattrs' errors, which name the field."""
    return converter().structure(plain, kind)


def _is_array(kind: Any) -> bool:
    return kind is np.ndarray or get_origin(kind) is np.ndarray


def _array_to_lists(array: FloatArray) -> list[Any]:
    if array.ndim == 1:
        return [None if number != number else number for number in array.tolist()]  # noqa: PLR0124  # NaN
    return [[None if math.isnan(number) else number for number in row] for row in array.tolist()]


def _lists_to_array(rows: list[Any], _: Any) -> FloatArray:
    if rows and not any(isinstance(row, list) for row in rows):
        return np.array([math.nan if number is None else number for number in rows])
    width = len(rows[0]) if rows else 0
    numbers = [[math.nan if number is None else number for number in row] for row in rows]
    return np.array(numbers, dtype=np.float64).reshape(len(rows), width)
