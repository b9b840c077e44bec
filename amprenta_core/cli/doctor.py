"""``amprenta doctor``: is everything well, and if not, what to do."""

import argparse
from typing import TYPE_CHECKING

from amprenta_core.cli.running import console, print_json

if TYPE_CHECKING:
    from amprenta_core.app import App

_MARKS = {"ok": "[green]ok[/]  ", "note": "[yellow]note[/]", "bad": "[red]bad[/] "}


def examine(arguments: argparse.Namespace, app: "App") -> int:
    """Print each finding; 0 unless something is bad."""
    from rich.markup import escape

    findings = app.examine()
    for finding in findings:
        if arguments.json:
            print_json({"what": finding.what, "state": finding.state, "found": finding.found, "advice": finding.advice})
        else:
            advice = f"  → {finding.advice}" if finding.advice else ""
            console().print(f"{_MARKS[finding.state]} {escape(f'{finding.what}: {finding.found}{advice}')}")
    return max((finding.code for finding in findings), default=0)
