"""Errors carry facts, one line of text, an exit code and a status; they travel between processes whole."""

import pickle

import pytest

from amprenta_core import errors
from amprenta_core.errors import (
    AmbiguousFile,
    AmprentaError,
    Conflict,
    FileError,
    NotFound,
    ParseError,
    PluginError,
    SettingsError,
    SinkRejected,
    SinkUnavailable,
    UnrecognisedFile,
    exit_code,
    http_status,
)

ALL: dict[AmprentaError, tuple[int, int]] = {
    FileError("a", path="f.csv", line=3, plugin="p", seen={"p": "declined"}, hint="look"): (3, 422),
    UnrecognisedFile("a", path="f.csv", seen={"p": "declined"}): (3, 422),
    AmbiguousFile("a", path="f.csv"): (3, 422),
    ParseError("a", path="f.csv", line=7): (3, 422),
    PluginError("a", plugin="p", hook="sniff_file", hint="mend it"): (4, 500),
    NotFound("a"): (5, 404),
    Conflict("a", hint="say --update"): (5, 409),
    SinkRejected("a"): (6, 502),
    SinkUnavailable("a"): (6, 503),
    SettingsError("a"): (2, 500),
}


def every_class() -> set[type[AmprentaError]]:
    """The classes of the module itself: tests elsewhere may derive their own."""
    found = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, AmprentaError)}
    return found - {AmprentaError}


def test_every_class_is_looked_at() -> None:
    assert {type(error) for error in ALL} == every_class()


@pytest.mark.parametrize(("error", "codes"), ALL.items(), ids=lambda value: type(value).__name__)
def test_exit_codes_and_statuses(error: AmprentaError, codes: tuple[int, int]) -> None:
    assert (exit_code(error), http_status(error)) == codes


@pytest.mark.parametrize("error", ALL, ids=lambda value: type(value).__name__)
def test_pickling_keeps_every_fact(error: AmprentaError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)
    assert copy.args == error.args


def test_the_line_says_where_what_and_what_to_do() -> None:
    error = ParseError("no number", path="a.csv", line=4, plugin="lipidomics", hint="Check the cell")
    assert str(error) == "a.csv, line 4: no number. Check the cell (read by lipidomics)"
    assert str(NotFound("a is not there")) == "a is not there"
    assert str(PluginError("fell", plugin="p", hook="sniff_file")) == "plugin p, hook sniff_file: fell"
    assert str(PluginError("fell", plugin="p")) == "plugin p: fell"


def test_a_subclass_has_its_parents_codes() -> None:
    class Cut(ParseError):
        pass

    assert (exit_code(Cut("a", path="b")), http_status(Cut("a", path="b"))) == (3, 422)


def test_the_cause_is_kept() -> None:
    cause = ValueError("inner")
    with pytest.raises(FileError) as caught:
        raise FileError("outer", path="a") from cause
    assert caught.value.__cause__ is cause
