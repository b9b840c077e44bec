"""``amprenta sync`` and ``amprenta worker``: keeping Notion, Pinecone and the like in step with Postgres."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amprenta_core.cli.running import print_json, table
from amprenta_core.errors import SinkUnavailable, exit_code

if TYPE_CHECKING:
    from amprenta_core.app import App
    from amprenta_core.spool import Spooled

_MOST_SHOWN = 8
_UNITS = (("days", 86_400), ("hours", 3_600), ("min", 60), ("s", 1))
DIFFERENT = 1
"""Exit code of ``verify`` where something differs and is not repaired."""
_REPAIRED = "What was too much is gone; the rest is due again: amprenta sync run sends it now, a worker soon"


def status(arguments: argparse.Namespace, app: "App") -> int:
    """What is pending and what failed for each sink, and what waits on the spool, also without Postgres."""
    spooled, down = app.spooled(), None
    sinks: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    if app.settings.mode != "rollback":
        try:
            sinks, failures = app.sync_status(), app.sync_failures()
        except SinkUnavailable as error:
            down = error
    if arguments.json:
        waits = [_waiting_json(one) for one in spooled]
        said = {"mode": app.settings.mode, "sinks": sinks, "failures": failures, "spooled": waits}
        print_json({**said, "error": None if down is None else str(down)})
    else:
        print(f"mode {app.settings.mode}")
        _show_sinks(app, sinks, down)
        _show_failures(failures)
        _show_spool(spooled)
    return 0 if down is None else exit_code(down)


def _show_sinks(app: "App", sinks: Sequence[dict[str, Any]], down: SinkUnavailable | None) -> None:
    if down is not None:
        print(f"what is pending cannot be said: {down}")
    elif app.settings.mode == "rollback":
        print("Notion leads, Postgres is left as it is: nothing is sent from there")
    elif sinks:
        table(["sink", "items", "pending", "oldest", "failed", "in doubt"], [_row(one) for one in sinks])
    else:
        print("no sink is switched on: see the settings NOTION_API_KEY, PINECONE_API_KEY, OPENAI_API_KEY")


def _row(told: dict[str, Any]) -> list[Any]:
    name = told["sink"] if told["on"] else f"{told['sink']} (off)"
    return [name, told["items"], told["pending"], _age(told["oldest_seconds"]), told["failed"], told["in_doubt"]]


def _age(seconds: float | None) -> str:
    """How long, as people say it."""
    if seconds is None:
        return ""
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= 2 * length), _UNITS[-1])
    return f"{seconds / length:.0f} {unit}"


def _show_failures(failures: Sequence[dict[str, Any]]) -> None:
    """What went wrong, the first few reasons: for good, which waits for a person, or for now."""
    reasons: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in failures:
        reasons.setdefault((one["sink"], one["error"]), []).append(one)
    for (sink, error), some in list(reasons.items())[:_MOST_SHOWN]:
        more = f" and {len(some) - 1} more" if len(some) > 1 else ""
        again = "" if some[0]["failed"] else " (is tried again by itself)"
        print(f"{sink}: {some[0]['key']}{more}{again}\n  {error}")
    if len(reasons) > _MOST_SHOWN:
        print(f"… and {len(reasons) - _MOST_SHOWN} more reasons: see them with --json")
    if any(one["failed"] for one in failures):
        print("What failed waits for you: mend the cause, then say amprenta sync retry")


def _show_spool(spooled: "Sequence[Spooled]") -> None:
    if not spooled:
        return
    print(f"{len(spooled)} on the spool, the oldest since {spooled[0].since}: amprenta sync replay")
    for one in spooled[:_MOST_SHOWN]:
        print(f"  {one.label}{f': not replayed: {one.failure}' if one.failure else ''}")
    if len(spooled) > _MOST_SHOWN:
        print(f"  … and {len(spooled) - _MOST_SHOWN} more: see them with --json")


def _waiting_json(one: "Spooled") -> dict[str, Any]:
    return {"name": one.label, "what": one.what, "since": one.since, "pages": one.pages, "failure": one.failure}


def run(arguments: argparse.Namespace, app: "App") -> int:
    """Send all that is due now, and say what became of it."""
    return _told(arguments, app.sync_run())


def retry(arguments: argparse.Namespace, app: "App") -> int:
    """Give what failed another try."""
    count = app.sync_retry(arguments.sink)
    if arguments.json:
        print_json({"retried": count})
    elif count:
        print(f"{count} due again: amprenta sync run sends them now, a worker soon")
    else:
        print("nothing has failed, and nothing waits for another try")
    return 0


def verify(arguments: argparse.Namespace, app: "App") -> int:
    """Compare ids and contents both ways."""
    found = app.sync_verify(arguments.sink, repair=arguments.repair)
    if arguments.json:
        for one in found:
            print_json(_plain(one))
    elif found:
        cells = [
            (d["sink"], d["what"], d["kind"], d["id"], d["remote_id"], "yes" if d["repaired"] else "no")
            for d in map(_plain, found)
        ]
        table(["sink", "what", "kind", "item", "there", "repaired"], cells)
        print(_REPAIRED if arguments.repair else "Put it right with: amprenta sync verify --repair")
    else:
        print("nothing differs")
    return DIFFERENT if any(not one.repaired for one in found) else 0


def _plain(one: Any) -> dict[str, Any]:
    return {
        "sink": one.sink,
        "what": one.what,
        "kind": one.key.kind,
        "id": one.key.id,
        "remote_id": one.remote_id,
        "repaired": one.repaired,
    }


def replay(arguments: argparse.Namespace, app: "App") -> int:
    """Write what waits on the spool to Postgres."""
    from amprenta_core.cli.ingest import as_json, show

    outcomes = []
    for outcome in app.replay():
        outcomes.append(outcome)
        if arguments.json:
            print_json(as_json(outcome))
        else:
            show(outcome)
    if not outcomes and not arguments.json:
        print("nothing waits on the spool")
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    return exit_code(errors[0]) if errors else 0


def setup_notion(arguments: argparse.Namespace, app: "App") -> int:
    """Check the databases in Notion, or make what they lack."""
    found = app.setup_notion(create=arguments.create, parent=arguments.parent)
    if arguments.json:
        print_json(
            [{"kind": f.kind, "property": f.property, "what": f.what, "hint": f.hint, "ok": f.ok} for f in found]
        )
    else:
        for one in found:
            mark, hint = ("ok  " if one.ok else "BAD "), (f"\n     → {one.hint}" if one.hint else "")
            print(f"{mark} {one.kind}{f': {one.property}' if one.property else ''}  {one.what}{hint}")
    return 0 if all(f.ok for f in found) else 2


def pull_notion(arguments: argparse.Namespace, app: "App") -> int:
    """Read back what people wrote in Notion."""
    found = app.pull_notion(arguments.pages, arguments.source)
    if arguments.json:
        print_json(found)
    else:
        print(f"{found['pages']} pages looked at, {found['changed']} new, changed or gone")
        for line in found["unread"]:
            print(f"  not read: {line}", file=sys.stderr)
    return 0


def work(_arguments: argparse.Namespace, app: "App") -> int:
    """Keep the sinks in step until told to stop."""
    from amprenta_core.app import keeping

    keeping.check_mode(app)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    names = sorted(app.outside.kinds)
    if not names:
        print("no sink is switched on: there is nothing to do", file=sys.stderr)
        return 0
    print(f"keeping in step: {', '.join(names)}", file=sys.stderr)
    app.work(stop)
    return 0


def _told(arguments: argparse.Namespace, told: Sequence[dict[str, Any]]) -> int:
    if arguments.json:
        print_json(told)
    elif told:
        columns = ["sink", "sent", "unchanged", "failed", "postponed"]
        table(columns, [[t[column] for column in columns] for t in told])
        if any(t["failed"] or t["postponed"] for t in told):
            print("Not all is in step: amprenta sync status says why")
    else:
        print("no sink is switched on")
    return 6 if any(t["failed"] or t["postponed"] for t in told) else 0
