"""Errors cross process borders with all their facts, as the workers of an ingestion need."""

import pickle

import pytest

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
)

FILE = {"path": "a.csv", "line": 7, "plugin": "toy", "seen": {"toy": "likely", "acme": "declined"}, "hint": "Do it"}
ERRORS: list[AmprentaError] = [
    *(cls("what", **FILE) for cls in (FileError, UnrecognisedFile, AmbiguousFile, ParseError)),  # type: ignore[arg-type]
    PluginError("what", plugin="toy", hook="sniff_file", hint="Do it"),
    *(cls("what", hint="Do it") for cls in (NotFound, Conflict, SinkRejected, SinkUnavailable, SettingsError)),
    NotFound("what"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_arrives_as_it_left(error: AmprentaError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert vars(arrived) == vars(error)
    assert str(arrived) == str(error)
    assert arrived.args == error.args
    assert exit_code(arrived) == exit_code(error)
