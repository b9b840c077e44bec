"""Examples: a file that a plugin reads, beside what must come out of it.

Each case is a folder: ``input.*``, ``expected.json``, and beside them the other members of the dataset where it has
any. ``write_expected`` writes what the plugin makes of the file today; a person must read it before it is kept.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from amprenta_core.convert import to_plain
from amprenta_core.model import FeatureTable, Match
from amprenta_core.plugins import Plugin, register
from amprenta_core.reading import read_head

EXPECTED = "expected.json"
_WIDTH = 116
_ONLY_IF_SAID = ("combine", "beside")
"""What most claims leave empty, and no expectation need say then."""


@frozen(kw_only=True)
class Case:
    """One example: the folder with its input and what is expected of it."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name: what a failing test is called after."""
        return self.folder.name

    @property
    def input(self) -> Path:
        """The file to read: ``input.*``, or the only file where a format prescribes another name."""
        files = sorted(p for p in self.folder.iterdir() if p.name != EXPECTED and not p.name.startswith("."))
        named = [p for p in files if p.name.split(".")[0] == "input"]
        found = named or files
        if len(found) != 1:
            raise ValueError(f"{self.folder} holds {len(found)} files that could be the input: call one input.*")
        return found[0]

    @property
    def expected(self) -> Path:
        """What is expected, as JSON."""
        return self.folder / EXPECTED

    def wanted(self) -> dict[str, Any]:
        """The content of ``expected.json``."""
        return json.loads(self.expected.read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    def stage(self, folder: Path) -> Path:
        """A copy of the case's files in a folder of their own, without the expectation; the input's path."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns(EXPECTED))
        return folder / self.input.name


@frozen(kw_only=True)
class Reading:
    """What a plugin makes of a file: its claim, and a table for each part ("" where the file is one dataset)."""

    match: Match
    tables: Mapping[str, FeatureTable] = field(repr=False)


def find_cases(folder: Path) -> tuple[Case, ...]:
    """The cases below a folder, by name; none where it is not there."""
    if not folder.is_dir():
        return ()
    return tuple(Case(folder=p) for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith((".", "_")))


def loaded(source: object) -> Plugin:
    """A module or object with hookimpls as the core uses it. Raises ``PluginError`` where it breaks the interface."""
    if isinstance(source, Plugin):
        return source
    describe = getattr(source, "describe_plugin", None)
    name = getattr(describe(), "name", None) if callable(describe) else None
    return register(source, name=name if isinstance(name, str) else "unnamed")


def read(plugin: Plugin, path: Path) -> Reading | None:
    """What a plugin makes of a file, None where it declines. Raises ``FileError`` and ``PluginError``."""
    match = plugin.sniff(read_head(path))
    if match is None:
        return None
    tables = {}
    for part in match.parts or ("",):
        whole = evolve(match, parts=(part,) if part else ())
        tables[part] = plugin.extract(plugin.parse(path, whole))
    return Reading(match=match, tables=tables)


def to_expected(reading: Reading) -> dict[str, Any]:
    """A reading as ``expected.json`` holds it: the claim without its words, and the table or the table of each part."""
    plain = to_plain(reading.match)
    match = {key: value for key, value in plain.items() if key != "reason" and (value or key not in _ONLY_IF_SAID)}
    tables = {part: to_plain(table) for part, table in reading.tables.items()}
    content = {"tables": tables} if len(tables) > 1 else {"table": next(iter(tables.values()))}
    return json.loads(json.dumps({"match": match, **content}, allow_nan=False))  # type: ignore[no-any-return]


def write_expected(plugin: object, case: Case | Path) -> Path:
    """Write ``expected.json`` as the plugin reads the case today; where. Raises ``ValueError`` if it declines."""
    case = case if isinstance(case, Case) else Case(folder=case)
    reading = read(loaded(plugin), case.input)
    if reading is None:
        raise ValueError(f"the plugin declines {case.input}")
    case.expected.write_text("\n".join(_lines(to_expected(reading))) + "\n", encoding="utf-8")
    return case.expected


def differences(expected: Any, found: Any, place: str = "") -> list[str]:
    """Where two plain values differ, in words, in reading order; empty where they are equal.

    >>> differences({"a": [1, 2]}, {"a": [1, 3]})
    ['a[1]: expected 2, found 3']
    """
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = dict.fromkeys((*expected, *found))
        pairs = [(f"{place}.{key}" if place else str(key), expected.get(key), found.get(key)) for key in keys]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = [(f"{place}[{n}]", a, b) for n, (a, b) in enumerate(zip(expected, found, strict=True))]
    elif expected == found and isinstance(expected, bool) is isinstance(found, bool):
        return []
    else:
        return [f"{place}: expected {_brief(expected)}, found {_brief(found)}"]
    return [line for where, a, b in pairs for line in differences(a, b, where)]


def _brief(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    long = f" ({len(value)} items)" if isinstance(value, list) else ""
    return (text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "...") + long


def _lines(value: Any, indent: str = "", label: str = "") -> list[str]:
    """JSON for people: what fits on a line stands on one."""
    text = indent + label + json.dumps(value, ensure_ascii=False)
    if len(text) <= _WIDTH or not isinstance(value, (dict, list)) or not value:
        return [text]
    pairs = [(json.dumps(k, ensure_ascii=False) + ": ", v) for k, v in value.items()] if isinstance(value, dict) else []
    inner = [_lines(v, indent + "  ", k) for k, v in pairs or [("", v) for v in value]]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    body = [[*block[:-1], block[-1] + ("," if n < len(inner) - 1 else "")] for n, block in enumerate(inner)]
    return [indent + label + opening, *(line for block in body for line in block), indent + closing]
