"""``amprenta plugins new``, ``check`` and ``examples update``: for authors of plugins."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprenta_core.cli.running import print_json
from amprenta_core.errors import NotFound, exit_code

if TYPE_CHECKING:
    from amprenta_core.app import App, Outcome
    from amprenta_core.checking import Answer, NearMiss

CHANGED = 1
"""Exit code of ``examples update`` where something is to be reviewed."""
FAILED = 3
"""Exit code of ``examples update`` where a case could not be read."""
_MOST_CHANGES = 8


def new(arguments: argparse.Namespace, app: "App") -> int:
    """Write a new plugin and say what to do next."""
    from amprenta_core import scaffolding

    plugin = scaffolding.NewPlugin(
        name=arguments.name, omics=arguments.omics or arguments.name, feature=arguments.feature
    )
    folder = Path(arguments.folder or plugin.distribution)
    taken = {*app.plugins.loaded, *(bad.name for bad in app.plugins.broken)}
    made = scaffolding.render(plugin, folder, taken)
    if arguments.json:
        print_json({"name": plugin.name, "folder": str(folder), "files": [str(path) for path in made]})
        return 0
    for path in made:
        print(path)
    print(f"next: pip install -e '{folder}[dev]', amprenta plugins, pytest {folder}", file=sys.stderr)
    return 0


def check(arguments: argparse.Namespace, app: "App") -> int:
    """Say what each plugin sees in a file and why, which one reads it, and what comes out."""
    from amprenta_core import checking
    from amprenta_core.app import Wish
    from amprenta_core.ingest import Options
    from amprenta_core.reading import read_head

    path = Path(arguments.file)
    if not path.is_file():
        raise NotFound(f"{path} is no file", hint="Name one file")
    answers = checking.answers(app.plugins, read_head(path))
    outcomes = list(app.ingest([str(path)], Wish(options=Options(omics_type=arguments.type), check=True)))
    if arguments.json:
        print_json(_check_json(str(path), answers, outcomes))
    else:
        _show_check(str(path), answers, outcomes)
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    return exit_code(errors[0]) if errors else 0


def _check_json(path: str, answers: "list[Answer]", outcomes: "list[Outcome]") -> dict[str, Any]:
    from amprenta_core.cli.ingest import as_json

    return {"path": path, "plugins": [_answer_json(a) for a in answers], "datasets": [as_json(o) for o in outcomes]}


def _answer_json(answer: "Answer") -> dict[str, Any]:
    claim, match = answer.claim, answer.claim.match
    return {
        "plugin": answer.plugin,
        "distribution": answer.distribution,
        "answer": "failed" if claim.error else "match" if match else "declined",
        "format": match.format if match else None,
        "omics_type": match.omics_type if match else None,
        "confidence": match.confidence if match else None,
        "reason": match.reason if match else claim.error,
        "nearest": [_miss_json(miss) for miss in answer.nearest],
    }


def _miss_json(miss: "NearMiss") -> dict[str, Any]:
    return {
        "format": miss.format,
        "has": miss.has,
        "missing": miss.missing,
        "in_the_way": miss.in_the_way,
        "why": miss.why,
    }


def _show_check(path: str, answers: "list[Answer]", outcomes: "list[Outcome]") -> None:
    from amprenta_core.cli.ingest import show

    print(f"{path}: what each plugin says")
    for answer in answers:
        match = answer.claim.match
        print(f"  {answer.plugin}: {f'{match.format}, ' if match else ''}{answer.claim.said}")
        for miss in answer.nearest:
            print(f"    not {miss.format}: {miss.said}")
    if not answers:
        print("  no plugin works: see amprenta plugins")
    for outcome in outcomes:
        show(outcome, said=False)
        for name, unit in outcome.report.quantities if outcome.report else ():
            print(f"  quantity  {name}{f' in {unit}' if unit else ''}")


def update_examples(arguments: argparse.Namespace, app: "App") -> int:
    """Write what is expected of a plugin's examples; 1 where something changed, or the error's code."""
    from amprenta_core.testing import updating

    code = 0
    for update in updating.update_examples(app.plugins, Path(arguments.folder)):
        if update.status == "failed":
            code = FAILED
        elif update.status != "unchanged":
            code = code or CHANGED
        if arguments.json:
            print_json({"case": update.case, "status": update.status, "changes": update.changes})
            continue
        print(f"{update.case}: {update.status}")
        for change in update.changes[:_MOST_CHANGES]:
            print(f"  {change}")
        if len(update.changes) > _MOST_CHANGES:
            print(f"  … and {len(update.changes) - _MOST_CHANGES} more")
    if code == CHANGED:
        print("read each expected.json before you keep it", file=sys.stderr)
    return code
