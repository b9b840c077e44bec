"""``amprenta``: every command has ``--json`` and help, starts fast, and says how it ended."""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

from amprenta_core.cli import main, running
from amprenta_core.errors import Conflict, ParseError


def leaves(parser: argparse.ArgumentParser, path: Sequence[str] = ()) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command with its parser."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield " ".join(path), parser
    for action in below:
        for name, child in action.choices.items():
            yield from leaves(child, (*path, name))


COMMANDS = dict(leaves(main.parser()))


def test_the_commands_are_there() -> None:
    wanted = {"datasets list", "datasets show", "datasets export", "features show", "doctor"}
    wanted |= {f"plugins {name}" for name in ("list", "new", "check", "examples update")}
    wanted |= {f"db {name}" for name in ("status", "url", "upgrade", "downgrade", "stop")}
    assert wanted <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_json_and_says_what_it_does(name: str) -> None:
    parser = COMMANDS[name]
    assert "--json" in parser.format_help()
    assert parser.description
    for action in parser._actions:
        assert action.help, action.dest


@pytest.mark.parametrize("module", ["main", "ingest"])
def test_help_loads_no_heavy_library(module: str) -> None:
    code = f"import sys; from amprenta_core.cli.{module} import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print({'pandas', 'sqlalchemy', 'numpy', 'pyarrow', 'rich', 'alembic'} & set(sys.modules), file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr == "set()\n"
    assert ran.stdout.startswith("usage: amprenta")


def test_no_command_shows_help_and_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([]) == 2
    assert capsys.readouterr().out.startswith("usage: amprenta")


@pytest.mark.parametrize("arguments", [["nothing"], ["db"], ["datasets", "show"], ["datasets", "export", "x"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main.main(arguments)
    assert stopped.value.code == 2


def test_an_error_is_one_line_and_what_each_plugin_said(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_arguments: argparse.Namespace, _app: object) -> int:
        raise ParseError("it is torn", path="a.csv", line=3, plugin="toy", seen={"toy": "likely"}, hint="Copy it again")

    assert running.run(fail, argparse.Namespace()) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error: a.csv, line 3: it is torn. Copy it again (read by toy)\n  toy: likely\n"


def test_the_exit_code_is_the_errors(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_arguments: argparse.Namespace, _app: object) -> int:
        raise Conflict("taken")

    assert running.run(fail, argparse.Namespace()) == 5
    assert capsys.readouterr().err == "error: taken\n"


def test_an_interruption_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def stop(_arguments: argparse.Namespace, _app: object) -> int:
        raise KeyboardInterrupt

    assert running.run(stop, argparse.Namespace()) == 130
    assert "interrupted" in capsys.readouterr().err


def test_json_is_one_line_of_any_text(capsys: pytest.CaptureFixture[str]) -> None:
    running.print_json({"a": "µ\nb"})
    assert capsys.readouterr().out == '{"a": "µ\\nb"}\n'
