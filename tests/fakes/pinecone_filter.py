"""Pinecone's metadata: what may be kept of it, and filters on it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from fakes.serving import Refused

Metadata = Mapping[str, Any]
Test = Callable[[Metadata], bool]


def invalid(message: str) -> Refused:
    return Refused(400, "INVALID_ARGUMENT", message, invalid=True)


def hold_metadata(metadata: Any, most: int) -> None:
    """Raises ``Refused`` for what metadata cannot be: nulls, lists of anything but texts, objects, too much."""
    if not isinstance(metadata, dict):
        raise invalid("Metadata must be an object.")
    for name, value in metadata.items():
        texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if not texts and not isinstance(value, str | int | float | bool):
            kind = "null" if value is None else json.dumps(value)[:40]
            raise invalid(
                f"Metadata value must be a string, number, boolean or list of strings, got '{kind}' for field '{name}'"
            )
    size = len(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode())
    if size > most:
        raise invalid(f"Metadata size is {size} bytes, which exceeds the limit of {most} bytes per vector")


def filtering(wanted: Any) -> Test:
    """A test of metadata for a filter; nothing wanted: all pass. Raises ``Refused`` for what is no filter."""
    if not wanted:
        return lambda _: True
    if not isinstance(wanted, dict):
        raise invalid("the filter must be an object")
    tests = [_part(name, condition) for name, condition in wanted.items()]
    return lambda metadata: all(test(metadata) for test in tests)


def _part(name: str, condition: Any) -> Test:
    if name in {"$and", "$or"}:
        if not isinstance(condition, list) or not condition:
            raise invalid(f"the {name} operator must be followed by a list of filters")
        parts = [filtering(one) for one in condition]
        joined = all if name == "$and" else any
        return lambda metadata: joined(part(metadata) for part in parts)
    if name.startswith("$"):
        raise invalid(f"invalid operator {name} at the top level of a filter")
    operators = condition if isinstance(condition, dict) else {"$eq": condition}
    tests = [_operator(name, word, value) for word, value in operators.items()]
    return lambda metadata: all(test(metadata) for test in tests)


def _operator(name: str, word: str, wanted: Any) -> Test:
    if word in {"$in", "$nin"}:
        if not isinstance(wanted, list):
            raise invalid(f"the {word} operator must be followed by a list of strings or a list of numbers")
        chosen = set(wanted)
        return lambda metadata: bool(chosen & _values(metadata, name)) is (word == "$in")
    if word in {"$eq", "$ne"}:
        if isinstance(wanted, list | dict) or wanted is None:
            raise invalid(
                f"the {word} operator must be followed by a string, boolean or number, got {wanted!r} instead"
            )
        return lambda metadata: (wanted in _values(metadata, name)) is (word == "$eq")
    if word == "$exists":
        return lambda metadata: (name in metadata) is wanted
    compare: Mapping[str, Callable[[Any], bool]] = {
        "$gt": lambda value: bool(value > wanted),
        "$gte": lambda value: bool(value >= wanted),
        "$lt": lambda value: bool(value < wanted),
        "$lte": lambda value: bool(value <= wanted),
    }
    if word not in compare or isinstance(wanted, str | bool) or not isinstance(wanted, int | float):
        raise invalid(f"{word} is not a valid operator for {wanted!r}")
    return lambda metadata: isinstance(metadata.get(name), int | float) and compare[word](metadata[name])


def _values(metadata: Metadata, name: str) -> set[Any]:
    value = metadata.get(name)
    return set() if value is None else set(value) if isinstance(value, list) else {value}
