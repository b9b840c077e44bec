"""Plugins that each break one promise: the test of that promise catches them, and no other does."""

import contextlib
import inspect
import random
import re
import socket
import subprocess
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from amprenta_core import (
    Dataset,
    Feature,
    FeatureRef,
    FeatureTable,
    FileError,
    FileHead,
    Identity,
    Match,
    ParsedFile,
    PluginInfo,
    Quantity,
    hookimpl,
    read_file,
)
from amprenta_core.model import FloatArray
from amprenta_core.testing import PluginConformance, find_cases, toys, write_expected

HOOKS = (
    "describe_plugin",
    "sniff_file",
    "parse_file",
    "extract_features",
    "normalize_features",
    "build_embedding_text",
)
Hooks = dict[str, Callable[..., Any]]


def toy_plugin(changed: Hooks) -> ModuleType:
    """The good plugin with some hooks replaced."""
    module = ModuleType("toys")
    for name in HOOKS:
        setattr(module, name, hookimpl(changed[name]) if name in changed else getattr(toys, name))
    return module


def failing(plugin: ModuleType, examples: Path, work: Path) -> dict[str, str]:
    """The kit's tests that fail for a plugin, and the first fault of each."""
    kit = type("TestToys", (PluginConformance,), {"plugin": plugin, "examples": examples, "seconds": 2.0})()
    faults: dict[str, str] = {}
    for name in [name for name in dir(kit) if name.startswith("test_")]:
        for number, arguments in enumerate(_arguments(kit, getattr(kit, name))):
            folder = work / f"{name}-{number}"
            folder.mkdir()
            test = getattr(kit, name)
            place = {"tmp_path": folder} if "tmp_path" in inspect.signature(test).parameters else {}
            try:
                test(**arguments, **place)
            except pytest.skip.Exception:
                continue
            except Exception as error:  # noqa: BLE001  # whatever a test raises is a failure
                faults.setdefault(name, f"{arguments}: {error}")
    return faults


def _arguments(kit: PluginConformance, test: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    parameters = inspect.signature(test).parameters
    if "case" in parameters:
        yield from ({"case": case} for case in kit._cases())
    elif "stranger" in parameters:
        yield from ({"stranger": name} for name in kit._strangers())
    else:
        yield {}


# -- the promises, broken one by one -------------------------------------------------------------------------------


def _without_example() -> Hooks:
    def describe() -> PluginInfo:
        info = toys.describe_plugin()
        return evolve(info, formats=(*info.formats, evolve(info.formats[0], name="toy-boxes")))

    return {"describe_plugin": describe}


def _not_declared() -> Hooks:
    return {"describe_plugin": lambda: evolve(toys.describe_plugin(), formats=toys.describe_plugin().formats[:2])}


def _sniffs(change: Callable[[FileHead, Match | None], Match | None]) -> Hooks:
    def hook(head: FileHead) -> Match | None:
        return change(head, toys.sniff_file(head))

    return {"sniff_file": hook}


def _no_reason() -> Hooks:
    return _sniffs(lambda _, match: match and evolve(match, reason=" "))


def _claims_foods() -> Hooks:
    def change(head: FileHead, match: Match | None) -> Match | None:
        foods = Match(format="toy-rows", confidence="likely", reason="numbers")
        return foods if "Protein (g)" in head.text else match

    return _sniffs(change)


def _claims_nothing_at_all() -> Hooks:
    def change(head: FileHead, match: Match | None) -> Match | None:
        return match if head.size else Match(format="toy-rows", confidence="possible", reason="could be")

    return _sniffs(change)


def _looks_for_the_file() -> Hooks:
    def change(head: FileHead, match: Match | None) -> Match | None:
        return match and evolve(match, confidence="likely" if Path(head.name).exists() else "certain")

    return _sniffs(change)


def _extracts(change: Callable[[FeatureTable], FeatureTable]) -> Hooks:
    def hook(parsed: ParsedFile) -> FeatureTable:
        return change(toys.extract_features(parsed))

    return {"extract_features": hook}


def _drops_a_unit() -> Hooks:
    def change(table: FeatureTable) -> FeatureTable:
        return evolve(table, quantities=tuple(evolve(q, scale=None) for q in table.quantities))

    return _extracts(change)


def _keeps_torn_rows() -> Hooks:
    def hook(path: Path, match: Match) -> ParsedFile:
        parsed = read_file(path, match)
        return evolve(parsed, tables=tuple(evolve(table, torn=False) for table in parsed.tables))

    return {"parse_file": hook}


def _hides(code: str) -> Callable[[], Hooks]:
    def change(table: FeatureTable) -> FeatureTable:
        lost = sum(1 for p in table.problems if p.code == code and p.row is not None)
        kept = tuple(p for p in table.problems if p.code != code)
        return evolve(table, problems=kept, rows_read=table.rows_read - lost)

    return lambda: _extracts(change)


_drops_torn_rows_silently = _hides("torn_row")
_keeps_unterminated_rows_silently = _hides("unterminated_last_line")


def _chokes_on_torn_rows() -> Hooks:
    def change(table: FeatureTable) -> FeatureTable:
        if any(p.code == "torn_row" for p in table.problems):
            raise IndexError("list index out of range")
        return table

    return _extracts(change)


def _makes_empty_tables() -> Hooks:
    def hook(parsed: ParsedFile) -> FeatureTable:
        try:
            return toys.extract_features(parsed)
        except FileError:
            nothing = Quantity(name="count", values=np.zeros((0, 0)))
            return FeatureTable(omics_type="toys", features=(), quantities=(nothing,), rows_read=0, rows_measured=0)

    return {"extract_features": hook}


def _loses_complete_rows() -> Hooks:
    def hook(parsed: ParsedFile) -> FeatureTable:
        table = parsed.tables[0]
        if table.torn and len(table.rows) > 3:
            table = evolve(table, rows=[*table.rows[:-2], table.rows[-1]], lines=[*table.lines[:-2], table.lines[-1]])
        return toys.extract_features(evolve(parsed, tables=(table,)))

    return {"extract_features": hook}


def _shows_the_mark() -> Hooks:
    def hook(path: Path, match: Match) -> ParsedFile:
        parsed = read_file(path, match)
        marked = path.read_bytes().startswith(b"\xef\xbb\xbf")
        tables = tuple(evolve(t, lines=[line + 1 for line in t.lines]) if marked else t for t in parsed.tables)
        return evolve(parsed, tables=tables)

    return {"parse_file": hook}


def _counts_carriage_returns() -> Hooks:
    def hook(path: Path, match: Match) -> ParsedFile:
        parsed = read_file(path, match)
        twice = 2 if b"\r\n" in path.read_bytes() else 1
        tables = tuple(evolve(t, lines=[line * twice for line in t.lines]) for t in parsed.tables)
        return evolve(parsed, tables=tables)

    return {"parse_file": hook}


def _reads_beside() -> Hooks:
    def hook(path: Path, match: Match) -> ParsedFile:
        with contextlib.suppress(OSError):
            (path.parent / "notes.txt").read_text()
        return toys.parse_file(path, match)

    return {"parse_file": hook}


def _reads_while_sniffing() -> Hooks:
    def change(head: FileHead, match: Match | None) -> Match | None:
        with contextlib.suppress(OSError):
            Path("/nowhere", head.name).read_bytes()
        return match

    return _sniffs(change)


def _lists_the_folder() -> Hooks:
    def hook(parsed: ParsedFile) -> FeatureTable:
        list(Path(parsed.path).parent.iterdir())
        return toys.extract_features(parsed)

    return {"extract_features": hook}


def _writes_a_cache() -> Hooks:
    def change(table: FeatureTable) -> FeatureTable:
        with contextlib.suppress(OSError):
            Path("/nowhere/toys.cache").write_text("toys")
        return table

    return _extracts(change)


def _opens_a_socket() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        socket.socket().close()
        return toys.normalize_features(refs)

    return {"normalize_features": hook}


def _starts_a_process() -> Hooks:
    def write(dataset: Dataset, features: Sequence[Feature]) -> str:
        with contextlib.suppress(OSError):
            subprocess.Popen(["/nowhere/toys"])
        return toys.build_embedding_text(dataset, features)

    return {"build_embedding_text": write}


def _counts_questions() -> Hooks:
    asked = count()
    return _sniffs(lambda _, match: match and evolve(match, reason=f"{match.reason}, question {next(asked)}"))


def _depends_on_the_folder() -> Hooks:
    def change(table: FeatureTable) -> FeatureTable:
        flag = Path.cwd().name[:9]
        return evolve(table, samples=tuple(evolve(s, flags=(flag,)) for s in table.samples))

    return _extracts(change)


def _chokes_on_brackets() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        if any("(" in (ref.name or "") for ref in refs):
            raise ValueError("unbalanced")
        return toys.normalize_features(refs)

    return {"normalize_features": hook}


def _knows_the_nameless() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        return [toys.known(evolve(ref, name=ref.name or "none")) for ref in refs]

    return {"normalize_features": hook}


def _answers_once_per_name() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        return sorted(toys.normalize_features(refs), key=str)

    return {"normalize_features": hook}


def _forgets_its_own_names() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        return [tuple(evolve(i, accession=f"{i.accession}-1") for i in toys.known(ref)) for ref in refs]

    return {"normalize_features": hook}


def _miscounts_rows() -> Hooks:
    def hook(parsed: ParsedFile) -> FeatureTable:
        table = toys.extract_features(parsed)
        return table if parsed.level else evolve(table, rows_read=table.rows_read + 1)

    return {"extract_features": hook}


def _nameless_sample() -> Hooks:
    return _extracts(lambda t: evolve(t, samples=tuple(evolve(s, name=s.name.replace("Bo", "")) for s in t.samples)))


def _speechless_problem() -> Hooks:
    return _extracts(lambda table: evolve(table, problems=tuple(evolve(p, what="") for p in table.problems)))


def _values(change: Callable[[FloatArray], FloatArray]) -> Callable[[], Hooks]:
    def changed(table: FeatureTable) -> FeatureTable:
        return evolve(table, quantities=tuple(evolve(q, values=change(q.values)) for q in table.quantities))

    return lambda: _extracts(changed)


_single_precision = _values(lambda values: values.astype(np.float32).astype(np.float64))
_clips_outliers = _values(lambda values: np.clip(values, 0, 1000))


def _text(write: Callable[..., str]) -> Callable[[], Hooks]:
    return lambda: {"build_embedding_text": write}


_names_all = _text(lambda dataset, features: dataset.name + ", ".join(f.accession for f in features))
_names_at_random = _text(lambda dataset: f"{dataset.name} {random.random()}")
_names_no_dataset = _text(lambda features: f"{len(features)} toys")
_rings_the_bell = _text(lambda dataset: dataset.name + "\x07")

_quotes_the_description = _text(lambda dataset: f"{dataset.name}\n{dataset.description or ''}")


def _measures_what_is_not_declared() -> Hooks:
    def hook(parsed: ParsedFile) -> FeatureTable:
        table = toys.extract_features(parsed)
        gifts = tuple(evolve(f, type="gift") for f in table.features)
        return table if parsed.level else evolve(table, features=gifts)

    return {"extract_features": hook}


def _names_a_member_that_is_not_there() -> Hooks:
    return _sniffs(lambda _, match: match and evolve(match, members=("notes.txt",)))


def _chokes_on_long_words() -> Hooks:
    def change(head: FileHead, match: Match | None) -> Match | None:
        if head.tables and head.tables[0].rows and len(head.tables[0].rows[0][0]) > 60_000:
            raise ValueError("too long")
        return match

    return _sniffs(change)


def _backtracks_without_end() -> Hooks:
    def change(head: FileHead, match: Match | None) -> Match | None:
        first = head.text[:60] if head.text.startswith("aaaa") else ""
        return match if re.match(r"(a+)+b", first) is None else None

    return _sniffs(change)


def _waits_for_ever() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        if any("👩" in (ref.name or "") for ref in refs):
            time.sleep(60)
        return toys.normalize_features(refs)

    return {"normalize_features": hook}


def _prints() -> Hooks:
    def change(table: FeatureTable) -> FeatureTable:
        print("extracted", len(table.features))
        return table

    return _extracts(change)


def _uses_up_what_it_reads() -> Hooks:
    def hook(parsed: ParsedFile) -> FeatureTable:
        table = toys.extract_features(parsed)
        lines = parsed.tables[0].lines
        assert isinstance(lines, array)
        lines[0] += 1
        return table

    return {"extract_features": hook}


def _answers_by_company() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        return toys.normalize_features(refs) if len(refs) == 1 else [() for _ in refs]

    return {"normalize_features": hook}


def _goes_by_the_mass() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        return [toys.known(ref) if ref.mz is None else () for ref in refs]

    return {"normalize_features": hook}


def _knows_control_characters() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        odd = Identity(namespace="toys", accession="\x00")
        return [(odd,) if ref.name == "\x00" else toys.known(ref) for ref in refs]

    return {"normalize_features": hook}


def _forgets_odd_names() -> Hooks:
    def hook(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        odd = Identity(namespace="toys", accession="Greek-1")
        return [(odd,) if ref.name == "α-β" else toys.known(ref) for ref in refs]

    return {"normalize_features": hook}


def _parses_at(change: Callable[[str], str]) -> Callable[[], Hooks]:
    def hook(path: Path, match: Match) -> ParsedFile:
        return read_file(path, evolve(match, level=change(match.level)))

    return lambda: {"parse_file": hook}


_knows_one_level = _parses_at(lambda _: "")
_takes_any_level = _parses_at(lambda level: level if level == "toy" else "")


def _at_toys(change: Callable[[FeatureTable], FeatureTable]) -> Callable[[], Hooks]:
    def hook(parsed: ParsedFile) -> FeatureTable:
        table = toys.extract_features(parsed)
        return change(table) if parsed.level == "toy" else table

    return lambda: {"extract_features": hook}


def _choke(table: FeatureTable) -> FeatureTable:
    raise KeyError(len(table.features))


_chokes_at_a_level = _at_toys(_choke)
_miscounts_at_a_level = _at_toys(lambda table: evolve(table, rows_read=table.rows_read + 1))
_loses_a_row_at_a_level = _at_toys(lambda t: evolve(t, rows_read=t.rows_read - 1, rows_measured=t.rows_measured - 1))
_mistypes_at_a_level = _at_toys(lambda t: evolve(t, features=tuple(evolve(f, type="shelf") for f in t.features)))
_measures_nothing_at_a_level = _at_toys(
    lambda t: evolve(t, quantities=tuple(evolve(q, values=np.full_like(q.values, np.nan)) for q in t.quantities))
)


MUTANTS: dict[str, tuple[Callable[[], Hooks], ...]] = {
    "test_describes_itself": (_without_example, _not_declared, _measures_what_is_not_declared),
    "test_claims_its_examples": (_no_reason, _names_a_member_that_is_not_there),
    "test_answers_any_head": (_chokes_on_long_words, _backtracks_without_end),
    "test_prints_nothing": (_prints,),
    "test_declines_other_files": (_claims_foods, _claims_nothing_at_all),
    "test_sniffs_the_head_alone": (_looks_for_the_file,),
    "test_reads_its_examples_exactly": (_drops_a_unit,),
    "test_survives_a_cut": (
        _keeps_torn_rows,
        _drops_torn_rows_silently,
        _keeps_unterminated_rows_silently,
        _chokes_on_torn_rows,
        _makes_empty_tables,
        _loses_complete_rows,
    ),
    "test_reads_it_in_any_dress": (_shows_the_mark, _counts_carriage_returns),
    "test_touches_nothing_else": (
        _reads_beside,
        _reads_while_sniffing,
        _lists_the_folder,
        _writes_a_cache,
        _opens_a_socket,
        _starts_a_process,
    ),
    "test_answers_twice_alike": (_counts_questions, _depends_on_the_folder, _uses_up_what_it_reads),
    "test_normalizes_any_name": (
        _chokes_on_brackets,
        _waits_for_ever,
        _knows_the_nameless,
        _answers_once_per_name,
        _answers_by_company,
        _goes_by_the_mass,
        _knows_control_characters,
    ),
    "test_knows_its_own_names": (_forgets_its_own_names, _forgets_odd_names),
    "test_accounts_for_every_row": (_miscounts_rows, _nameless_sample, _speechless_problem),
    "test_keeps_every_value": (_single_precision, _clips_outliers),
    "test_reads_every_level": (
        _knows_one_level,
        _takes_any_level,
        _chokes_at_a_level,
        _miscounts_at_a_level,
        _loses_a_row_at_a_level,
        _mistypes_at_a_level,
        _measures_nothing_at_a_level,
    ),
    "test_writes_a_bounded_text": (
        _names_all,
        _names_at_random,
        _names_no_dataset,
        _rings_the_bell,
        _quotes_the_description,
    ),
}

CASES = [(promise, mutant) for promise, mutants in MUTANTS.items() for mutant in mutants]
NAMES = {value: name.strip("_") for name, value in list(globals().items()) if callable(value)}
FROM_THE_GOOD = (_drops_a_unit,)
"""Mutants that are held to what the good plugin reads; the others to what they read themselves."""


def _examples(folder: Path, plugin: ModuleType) -> Path:
    toys.write_examples(folder)
    for case in find_cases(folder):
        write_expected(plugin, case)
    return folder


def test_good_plugin_keeps_every_promise(tmp_path: Path) -> None:
    examples = _examples(tmp_path / "examples", toys)
    assert failing(toys, examples, tmp_path) == {}


def test_every_promise_is_broken_by_a_mutant() -> None:
    assert set(MUTANTS) == {name for name in dir(PluginConformance) if name.startswith("test_")}


@pytest.mark.parametrize(("promise", "mutant"), CASES, ids=[NAMES[mutant] for _, mutant in CASES])
def test_mutant_is_caught_by_its_promise_alone(promise: str, mutant: Callable[[], Hooks], tmp_path: Path) -> None:
    plugin = toy_plugin(mutant())
    examples = _examples(tmp_path / "examples", toys if mutant in FROM_THE_GOOD else plugin)
    assert set(failing(plugin, examples, tmp_path)) == {promise}
