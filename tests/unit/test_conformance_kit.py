"""The conformance kit as an author meets it; ``conformance/test_mutants.py`` breaks its promises one by one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from amprenta_core.testing import Case, PluginConformance, find_cases, read, toys, write_expected
from amprenta_core.testing.examples import differences, loaded
from amprenta_core.testing.mutations import cut_points, records, text_of, variants
from amprenta_core.testing.watching import watching

FOUR_LINES = """
from amprenta_core.testing import PluginConformance, toys

class TestToys(PluginConformance):
    plugin = toys
    waived = {"test_keeps_every_value": "toys are not numbers"}
"""


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """The examples of the good plugin, with what is expected."""
    folder = toys.write_examples(tmp_path / "examples")
    for case in find_cases(folder):
        write_expected(toys, case)
    return folder


def test_four_lines_run_every_promise_on_every_example(examples: Path) -> None:
    (examples / "rows" / "expected.json").unlink()
    (examples.parent / "test_toys.py").write_text(FOUR_LINES)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", "-q", "-k", "exactly or value"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=examples.parent, check=False)
    assert "test_reads_its_examples_exactly[rows]" in done.stdout
    assert "1 failed" in done.stdout
    assert "waived: toys are not numbers" in done.stdout


def test_promise_cannot_be_overridden() -> None:
    with pytest.raises(TypeError, match="redefines test_survives_a_cut of the conformance kit"):
        type("TestToys", (PluginConformance,), {"plugin": toys, "test_survives_a_cut": lambda _: None})


def test_promise_cannot_be_overridden_by_a_mixin() -> None:
    mixin = type("Mixin", (), {"test_claims_its_examples": None})
    with pytest.raises(TypeError, match="redefines test_claims_its_examples"):
        type("TestToys", (mixin, PluginConformance), {"plugin": toys})


def test_own_tests_may_stand_beside_the_promises() -> None:
    type("TestToys", (PluginConformance,), {"plugin": toys, "test_of_my_own": lambda _: None})


@pytest.mark.parametrize("waived", [{"test_of_nothing": "because"}, {"test_survives_a_cut": " "}, {"_plugin": "no"}])
def test_waiver_names_a_promise_and_a_reason(waived: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="waived names"):
        type("TestToys", (PluginConformance,), {"plugin": toys, "waived": waived})


def test_expectation_is_written_for_people_and_read_back(examples: Path) -> None:
    case = Case(folder=examples / "rows")
    text = case.expected.read_text()
    assert all(len(line) <= 120 for line in text.splitlines())
    assert case.wanted()["table"]["quantities"][0]["values"][2] == [5.5, None]
    assert json.loads(text)["match"]["format"] == "toy-rows"


def test_declined_file_has_no_expectation(tmp_path: Path) -> None:
    (tmp_path / "input.csv").write_text("nothing,here\n1,2\n")
    with pytest.raises(ValueError, match="declines"):
        write_expected(toys, tmp_path)


def test_input_must_be_clear(tmp_path: Path) -> None:
    (tmp_path / "input.csv").write_text("a")
    (tmp_path / "input.tsv").write_text("a")
    with pytest.raises(ValueError, match="call one"):
        _ = Case(folder=tmp_path).input


def test_reading_has_a_table_for_each_part(examples: Path) -> None:
    reading = read(loaded(toys), examples / "long" / "input.tsv")
    assert reading is not None
    assert list(reading.tables) == [""]


def test_differences_are_exact_and_in_reading_order() -> None:
    assert differences({"a": [0.1, 2.0]}, {"a": [0.1, 2]}) == []
    assert differences({"a": 0.1}, {"a": 0.1 + 2**-56}) == ["a: expected 0.1, found 0.10000000000000002"]
    assert differences([1, 2], [1]) == [": expected [1, 2] (2 items), found [1] (1 items)"]
    assert differences({"a": 1}, {"b": 1}) == ["a: expected 1, found null", "b: expected null, found 1"]


def test_watch_sees_files_folders_and_ends(tmp_path: Path) -> None:
    allowed, other = tmp_path / "allowed", tmp_path / "other"
    allowed.write_text("a")
    other.write_text("b")
    with watching(allowed=[allowed]) as seen:
        allowed.read_text()
        assert seen == []
        other.read_text()
        list(tmp_path.iterdir())
        allowed.write_text("c")
    assert seen == [f"opened {other}", f"looked into the folder {tmp_path}", f"opened {allowed} for writing"]
    other.read_text()
    assert len(seen) == 3


def test_cuts_are_the_same_for_the_same_bytes_and_reach_the_hard_places() -> None:
    content = 'a,b\n"x y",é\nz,1.5\n'.encode()
    places = cut_points(content)
    assert places == cut_points(content)
    assert {3, 4, 5, len(content) - 1, content.index("é".encode()) + 1, content.index(b"x")} <= set(places)


def test_records_span_lines_within_quotes() -> None:
    assert [(r.start, r.end, r.line) for r in records(b'a,"b\nc"\nd,e\n')] == [(0, 8, 1), (8, 12, 3)]
    assert [r.line for r in records(b'5",a\nb,c\n')] == [1, 2]


def test_variants_hold_the_same_text() -> None:
    content = "name,size\nå,1.5\n".encode()
    made = {variant.label: variant for variant in variants("input.csv", content)}
    assert {"gzip", "UTF-16", "Windows-1252", "all fields in quotes", "CRLF line ends"} <= set(made)
    assert all("å" in (text_of(variant.content) or "") for variant in made.values())
    assert list(variants("input.xlsx", b"PK\x03\x04")) == []
