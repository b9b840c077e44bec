"""What every command shares: errors become one line and an exit code, results become text or JSON."""

import argparse
import contextlib
import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from amprenta_core.errors import AmprentaError, FileError, exit_code

if TYPE_CHECKING:
    from rich.console import Console

    from amprenta_core.app import App

Command = Callable[[argparse.Namespace, "App"], int]
FEW_COLLECTIONS = (100_000, 20, 20)
"""For ``gc.set_threshold``: a start and a table make many objects and hardly any garbage."""
INTERRUPTED = 130
_PIPE_CLOSED = 141


def run(command: Command, arguments: argparse.Namespace) -> int:
    """Run a command and return its exit code."""
    gc.set_threshold(*FEW_COLLECTIONS)
    from amprenta_core.app import App
    from amprenta_core.settings import from_environment

    try:
        return command(arguments, App(settings=from_environment()))
    except AmprentaError as error:
        show_error(error)
        return exit_code(error)
    except KeyboardInterrupt:
        print("\ninterrupted: what was reported is stored, the rest is not", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED


def leave(code: int) -> NoReturn:
    """End the process at once: all is stored and said, and taking its modules apart would take longer than the work."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def show_error(error: AmprentaError) -> None:
    """One line that a user can act on, and what each plugin said of a file."""
    print(f"error: {error}", file=sys.stderr)
    if isinstance(error, FileError):
        for plugin, said in error.seen.items():
            print(f"  {plugin}: {said}", file=sys.stderr)


def counted(number: int, what: str) -> str:
    """A number of things, in words.

    >>> counted(1, "sample"), counted(0, "cell")
    ('1 sample', '0 cells')
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def print_json(value: Any) -> None:
    """One JSON object on one line of stdout."""
    print(json.dumps(value, default=str, ensure_ascii=False), flush=True)


def console(*, stderr: bool = False) -> "Console":
    """A terminal that wraps nothing when it is a pipe."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 160
    return Console(stderr=stderr, highlight=False, width=width, soft_wrap=width is not None)


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows as a plain table; cells are shown as they are."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        numeric = all(isinstance(row[columns.index(column)], int | float) for row in rows) and bool(rows)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console().print(made)


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option that every command has."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs instead of text")
