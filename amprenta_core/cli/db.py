"""``amprenta db``: the database itself."""

import argparse
import sys
from typing import TYPE_CHECKING

from amprenta_core.cli.running import print_json
from amprenta_core.errors import SettingsError

if TYPE_CHECKING:
    from amprenta_core.app import App


def status(arguments: argparse.Namespace, app: "App") -> int:
    """Where the database is, whether it answers, how far its schema is. Starts nothing."""
    state = app.database_state()
    if arguments.json:
        print_json(state)
    else:
        for key, value in state.items():
            print(f"{key:<12} {'-' if value is None else value}")
    return 0


def url(arguments: argparse.Namespace, app: "App") -> int:
    """The address; the embedded database is started where it does not run."""
    address = app.database_url(secret=arguments.secret)
    if arguments.json:
        print_json({"url": address})
    else:
        print(address)
    return 0


def upgrade(arguments: argparse.Namespace, app: "App") -> int:
    """Bring the schema up to date."""
    return _moved(arguments, app.migrate())


def downgrade(arguments: argparse.Namespace, app: "App") -> int:
    """Take the schema back, after an explicit yes."""
    if not arguments.yes:
        raise SettingsError("this drops tables with their rows", hint="Say --yes if that is what you want")
    return _moved(arguments, app.migrate(arguments.to))


def _moved(arguments: argparse.Namespace, schema: str | None) -> int:
    if arguments.json:
        print_json({"schema": schema})
    else:
        print(f"the schema is at {schema or 'base'}")
    return 0


def stop(arguments: argparse.Namespace, app: "App") -> int:
    """Stop the embedded database."""
    stopped = app.stop_database()
    if arguments.json:
        print_json({"stopped": stopped})
    else:
        print("stopped" if stopped else "it was not running", file=sys.stderr)
    return 0
