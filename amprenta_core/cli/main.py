"""``amprenta``: everything but ingestion."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from amprenta_core.cli import running
from amprenta_core.cli.running import add_json, leave


def script() -> NoReturn:
    """Entry point of the installed command."""
    leave(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``amprenta`` and return its exit code."""
    made = parser()
    parsed = made.parse_args(arguments)
    if not hasattr(parsed, "command"):
        made.print_help()
        return 2
    return running.run(parsed.command, parsed)


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    made = argparse.ArgumentParser(prog="amprenta", description="Omics result tables, linked, in Postgres.")
    groups = made.add_subparsers(title="commands", metavar="COMMAND")
    _db(groups.add_parser("db", help="the database: state, address, schema"))
    _datasets(groups.add_parser("datasets", help="what was ingested: list, show, export"))
    _features(groups.add_parser("features", help="one feature across all datasets"))
    _vocab(groups.add_parser("vocab", help="vocabularies that make names meet: add, list, compare, remove"))
    _sync(groups.add_parser("sync", help="Notion, Pinecone and the like: state, send, compare, repair"))
    _plain(groups, "worker", "keep the sinks in step with Postgres until told to stop", "sync", "work")
    _plugins(groups.add_parser("plugins", help="the installed plugins: list, make, try, and what is broken"))
    _plain(groups, "doctor", "check database, schema, plugins and keys, and say what to do", "doctor", "examine")
    return made


def _plain(
    groups: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, module: str, function: str
) -> None:
    made = groups.add_parser(name, help=text, description=text)
    _finish(made, module, function)


def _finish(made: argparse.ArgumentParser, module: str, function: str) -> None:
    """Every command has ``--json``, and its code is only imported when it runs."""
    add_json(made)

    def command(arguments: argparse.Namespace, app: object) -> int:
        from importlib import import_module

        result: int = getattr(import_module(f"amprenta_core.cli.{module}"), function)(arguments, app)
        return result

    made.set_defaults(command=command)


def _db(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, text in (
        ("status", "whether the database runs, where, and how far its schema is"),
        ("url", "its address, password hidden (--secret shows it)"),
        ("upgrade", "bring the schema up to date"),
        ("downgrade", "take the schema back; drops tables"),
        ("stop", "stop the embedded database"),
    ):
        made = commands.add_parser(name, help=text, description=text)
        if name == "url":
            made.add_argument("--secret", action="store_true", help="show the password, for other programs")
        if name == "downgrade":
            made.add_argument("to", help="the revision to go back to, or base")
            made.add_argument("--yes", action="store_true", help="do it: tables and their rows are dropped")
        _finish(made, "db", name)


def _datasets(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _finish(commands.add_parser("list", help="every dataset", description="Every dataset."), "datasets", "list_all")
    show = commands.add_parser("show", help="one dataset", description="One dataset with its samples and problems.")
    export = commands.add_parser(
        "export", help="its numbers as CSV, Parquet or h5ad", description="Write a dataset's numbers."
    )
    for made in (show, export):
        made.add_argument("dataset", help="name or id")
        made.add_argument("--revision", type=int, help="an older revision (default: the current one)")
        made.add_argument("--quantity", help="another quantity than the one of choice")
    export.add_argument("--output", "-o", required=True, metavar="FILE", help="ends with .csv, .parquet or .h5ad")
    export.add_argument("--cells", action="store_true", help="of a single-cell dataset the cells, not the samples")
    export.add_argument("--format", choices=("mtx", "h5ad"), help="of cells: a folder with an mtx triplet, or h5ad")
    delete = commands.add_parser(
        "delete", help="delete one", description="Delete a dataset; its pages and vectors follow."
    )
    delete.add_argument("dataset", help="name or id")
    delete.add_argument("--yes", action="store_true", help="do it: its revisions and numbers are dropped")
    _finish(delete, "datasets", "delete")
    _finish(show, "datasets", "show")
    _finish(export, "datasets", "export")


def _features(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    text = "Every dataset where a feature was measured, under which names, with values."
    show = commands.add_parser("show", help="where a feature was measured", description=text)
    show.add_argument("name", help="a name in any spelling, an accession or an id")
    _finish(show, "features", "show")


def _plugins(group: argparse.ArgumentParser) -> None:
    group.description = "The installed plugins. Without a command: list."
    _finish(group, "plugins", "show_plugins")
    commands = group.add_subparsers(title="commands", metavar="COMMAND")
    text = "the installed plugins, their formats, and what is broken"
    _finish(commands.add_parser("list", help=text, description=text), "plugins", "show_plugins")
    new = commands.add_parser("new", help="write a new plugin", description="Write a whole new plugin, tests and all.")
    new.add_argument("name", help="its name: a lower-case word that no installed plugin has")
    new.add_argument("--omics", metavar="TYPE", help="the omics whose files it reads (default: its name)")
    new.add_argument("--feature", metavar="TYPE", default="feature", help="what it measures, such as metabolite")
    new.add_argument("--folder", help="where to write it, new or empty (default: amprenta-NAME)")
    _finish(new, "authoring", "new")
    text = "what each plugin sees in a file and why, and what would come out; nothing is stored"
    check = commands.add_parser("check", help=text, description=text)
    check.add_argument("file", metavar="FILE", help="the file to look at")
    check.add_argument("--type", metavar="TYPE", help="the omics or the plugin that is to read it")
    _finish(check, "authoring", "check")
    _examples(commands.add_parser("examples", help="the examples of a plugin's tests"))


def _examples(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    text = "write what is expected of each example as the installed plugin reads it now, and say what changed"
    update = commands.add_parser(
        "update", help=text, description=text, epilog="exit codes: 0 unchanged, 1 to be reviewed, 3 a case failed"
    )
    update.add_argument(
        "folder", nargs="?", default=".", metavar="FOLDER", help="the plugin's, that of its examples, or of one case"
    )
    _finish(update, "authoring", "update_examples")


def _vocab(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    made = {
        name: commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        for name, text in (
            ("add", "add a vocabulary from its public file, or a newer version; stored names resolve by it"),
            ("list", "the vocabularies in this database, and the kinds that can be added"),
            ("diff", "stored names that denote something else by one vocabulary than by another"),
            ("remove", "remove a vocabulary and the links that came from it"),
            ("resolve", "resolve all stored names again, as after an interruption"),
        )
    }
    add = made["add"]
    add.add_argument("kind", help="which vocabulary, such as hgnc; see amprenta vocab list")
    add.add_argument("--file", help="its file, as it is published, compressed or not")
    add.add_argument("--url", help="where its file is fetched from")
    add.add_argument("--name", help="what it is called here (default: its kind)")
    add.add_argument("--version", help="its version (default: the date in the file's name, or a hash of its content)")
    add.add_argument("--organism", help="of which organism all its entries are, where the file does not say")
    add.add_argument("--dry-run", action="store_true", help="only show which stored names would move")
    made["diff"].add_argument("old", help="a vocabulary by name, name@version or number")
    made["diff"].add_argument("new", help="another")
    made["remove"].add_argument("vocabulary", help="by name, name@version or number")
    functions = {"list": "list_all"}
    for name, parser in made.items():
        _finish(parser, "vocab", functions.get(name, name))


def _sync(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    made = {
        name: commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        for name, text in (
            ("status", "what is pending and what failed, for each sink, and what waits on the spool"),
            ("run", "send all that is due now"),
            ("retry", "give what failed another try"),
            ("verify", "compare ids and contents of Postgres and the sinks both ways"),
            ("replay", "write to Postgres what was spooled while it was down"),
            ("setup-notion", "check the databases in Notion, or make what they lack"),
            ("pull-notion", "read back what people wrote in Notion, for search"),
        )
    }
    for name in ("retry", "verify"):
        made[name].add_argument("--sink", help="only this one: notion, pinecone or pgvector")
    made["verify"].add_argument("--repair", action="store_true", help="bring in step what differs")
    made["setup-notion"].add_argument("--create", action="store_true", help="add the properties that are missing")
    made["setup-notion"].add_argument("--parent", metavar="PAGE", help="make the databases below this page")
    made["pull-notion"].add_argument(
        "pages", nargs="*", metavar="PAGE", help="also pages that are not ours, by their ids"
    )
    made["pull-notion"].add_argument(
        "--source", action="append", default=[], metavar="ID", help="also a data source, such as a notebook"
    )
    for name, parser in made.items():
        _finish(parser, "sync", name.replace("-", "_"))
