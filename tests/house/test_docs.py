"""What the pages say is run, generated, or compared with the code.

A page is run where it says so: ``<!-- file: NAME -->`` above a block makes the file, ``<!-- files: PAGE -->`` makes
those of another page, ``<!-- run -->`` above a console block runs its commands and compares what they print. Python
blocks with ``>>>`` are doctests.
"""

import argparse
import ast
import doctest
import re
import runpy
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pages import BLOCK, ID, ROOT, Block, blocks, read, sessions

import amprenta_core
from amprenta_core import errors, hookspecs, testing
from amprenta_core.cli import ingest, main

DOCS = ROOT / "docs"
GENERATE = runpy.run_path(str(DOCS / "generate.py"))
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("plugins/*/README.md"))
)
FILES_OF = re.compile(r"^<!-- files: (?P<page>\S+) -->$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)\s]+)\)")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|TBD|XXX|lorem ipsum)\b", re.IGNORECASE)
SETTING = re.compile(r"\b(?:AMPRENTA|POSTGRES)_[A-Z_]+\b")


def prose(page: str) -> str:
    """A page without its blocks and code."""
    return re.sub(r"`[^`\n]*`", "", BLOCK.sub("", read(page)))


def marked(mark: str) -> list[str]:
    return [page for page in PAGES if any(block.mark == mark for block in blocks(page))]


def make_files(page: str, folder: Path) -> None:
    """The files that a page shows, and those of the pages that it builds on."""
    for other in FILES_OF.findall(read(page)):
        make_files(other, folder)
    for block in blocks(page):
        if block.mark.startswith("file: "):
            path = folder / block.mark.removeprefix("file: ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")


# -- what is generated -------------------------------------------------------------------------------------------------


def test_generated_pages_are_what_the_code_says() -> None:
    differing = [path.name for path, text in GENERATE["pages"]().items() if path.read_text("utf-8") != text]
    assert not differing, f"run make fix: {differing}"


def test_check_reports_a_page_that_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "docs" / "generate.py"
    script.parent.mkdir()
    script.write_text((DOCS / "generate.py").read_text("utf-8"), "utf-8")
    (tmp_path / "plugins").mkdir()
    fresh = runpy.run_path(str(script))["run"]
    assert (fresh(["--check"]), fresh([]), fresh(["--check"])) == (1, 0, 0)
    assert "docs/reference/cli.md differs from the code" in capsys.readouterr().err


# -- what must be documented -------------------------------------------------------------------------------------------


def test_settings_that_pages_name_exist() -> None:
    known = GENERATE["setting_names"]()
    unknown = {(page, name) for page in PAGES for name in SETTING.findall(read(page)) if name not in known}
    assert not unknown


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A command, or all that are below it, groups that do something by themselves among them."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below or parser.get_default("command") is not None:
        yield parser
    for action in below:
        for child in action.choices.values():
            yield from leaves(child)


@pytest.mark.parametrize("command", ["amprenta", "amprenta-ingest"])
def test_every_command_and_argument_is_documented(command: str) -> None:
    page = read("docs/reference/cli.md")
    for parser in leaves(parser_of(command)):
        _, found, section = page.partition(f"\n## `{parser.prog}`\n")
        assert found, f"{parser.prog} has no section"
        section = section.partition("\n## ")[0]
        options = [option for action in parser._actions for option in action.option_strings]
        if any(isinstance(action, argparse._SubParsersAction) for action in parser._actions):
            continue
        missing = [option for option in options if f"`{option}" not in section and option not in ("-h", "--help")]
        assert not missing, f"{parser.prog}: {missing}"


def test_every_setting_is_documented_and_read_in_one_place() -> None:
    page = read("docs/reference/settings.md")
    names = GENERATE["setting_names"]() - GENERATE["_FROM_THE_SYSTEM"]
    assert {"AMPRENTA_HOOK_SECONDS", "POSTGRES_URL"} <= names
    assert not {name for name in names if f"| `{name}` |" not in page}
    elsewhere = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "amprenta_core").rglob("*.py")
        if re.search(r"os\.(?:environ|getenv)", path.read_text("utf-8"))
    ]
    assert sorted(elsewhere) == ["amprenta_core/settings.py", "amprenta_core/store/postgres_programs.py"]


def test_every_hook_is_documented_with_an_example() -> None:
    page = read("docs/reference/hooks.md")
    hooks = [name for name in vars(hookspecs) if getattr(vars(hookspecs)[name], "amprenta_spec", None) is not None]
    assert len(hooks) == 6
    for hook in hooks:
        section = page.partition(f"\n### {hook}\n")[2].partition("\n### ")[0]
        assert f"def {hook}(" in section.partition("@hookimpl")[2], f"{hook} has no example"


def test_all_that_plugin_authors_import_is_documented() -> None:
    pages = {"hooks": amprenta_core.__all__, "testing": testing.__all__}
    for page, names in pages.items():
        text = read(f"docs/reference/{page}.md")
        assert not [name for name in names if f"\n### {name}\n" not in text]


def test_every_error_is_documented_with_its_exit_code() -> None:
    page = read("docs/reference/errors.md")
    own = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AmprentaError)]
    for kind in own:
        if kind is errors.AmprentaError:
            continue
        code = next(errors.EXIT_CODES[parent] for parent in kind.__mro__ if parent in errors.EXIT_CODES)
        assert re.search(rf"^\| `{kind.__name__}` \|.*\| {code} \|$", page, re.MULTILINE), kind


def problem_codes() -> set[str]:
    """The codes of problems that the core and the plugins here report."""
    found: set[str] = set()
    rooms = [ROOT / "amprenta_core", *ROOT.glob("plugins/*/amprenta_*")]
    for path in (path for room in rooms for path in room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                found.update(code_of(node))
    return found


def _may_be_code(node: ast.expr) -> bool:
    """Whether an argument is a code, and no place and no sentence: no space stands in it."""
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return isinstance(node, ast.Constant | ast.JoinedStr) and bool(texts) and not any(" " in text for text in texts)


def code_of(call: ast.Call) -> Iterator[str]:
    """The code in ``Problem(code=…)``, ``….note(where, code, what)`` or ``….put_aside(row, where, code, what)``."""
    names_it = getattr(call.func, "attr", "") in ("note", "put_aside")
    given = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    given += [arg for arg in call.args if _may_be_code(arg)] if names_it else []
    for node in given:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            first, _, last = node.values
            assert isinstance(first, ast.Constant)
            assert isinstance(last, ast.Constant)
            yield from (f"{first.value!s}{kind}{last.value!s}" for kind in ("feature", "sample"))


def test_every_problem_is_documented() -> None:
    page = read("docs/reference/errors.md")
    codes = problem_codes()
    assert {"torn_row", "duplicate_sample_names", "section_cut"} <= codes
    missing = {code for code in codes if f"| `{code}` |" not in page}
    assert not missing


def test_every_field_of_an_outcome_is_documented() -> None:
    from amprenta_core.app import Outcome

    page = read("docs/reference/json.md")
    fields = ingest.as_json(Outcome(path="a.csv", status="failed", error=errors.FileError("unread", path="a.csv")))
    missing = {name for name in (*fields, *fields["error"]) if f"| `{name}` |" not in page}
    assert not missing


# -- what must hold of every page --------------------------------------------------------------------------------------


def slug(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return kept.replace(" ", "-")


def headings(path: Path) -> set[str]:
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {slug(found) for found in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in LINK.findall(prose(page)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), f"{page} links to {target}"
        assert not anchor or anchor in headings(path), f"{page} links to {target}"


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_left_unfinished(page: str) -> None:
    assert not UNFINISHED.search(read(page)), UNFINISHED.search(read(page))


def test_every_page_can_be_found() -> None:
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in LINK.findall(read("docs/README.md"))}
    lost = [page for page in PAGES if page.startswith("docs/") and (ROOT / page).resolve() not in linked]
    assert lost == ["docs/README.md"]


# -- commands ----------------------------------------------------------------------------------------------------------


def commands(text: str) -> list[list[str]]:
    """The commands of ours in a console block, as arguments."""
    lines = [line[2:] for line in text.replace("\\\n", "").splitlines() if line.startswith("$ ")]
    found = [shlex.split(part, comments=True) for line in lines for part in re.split(r"\$\(|[|)>]|&&", line)]
    bare = [[word for n, word in enumerate(words) if n or "=" not in word] for words in found]
    return [words for words in bare if words and words[0] in ("amprenta", "amprenta-ingest")]


def accepts(parser: argparse.ArgumentParser, arguments: list[str]) -> bool:
    try:
        parser.parse_args(arguments)
    except SystemExit as ended:
        return not ended.code
    return True


def parser_of(command: str) -> argparse.ArgumentParser:
    return main.parser() if command == "amprenta" else ingest.parser()


@pytest.mark.parametrize("page", PAGES)
def test_commands_have_the_arguments_that_pages_give_them(page: str) -> None:
    for block in blocks(page):
        for command, *arguments in commands(block.text) if block.kind == "console" else ():
            assert accepts(parser_of(command), arguments), f"{page}: {command} {shlex.join(arguments)}"


def test_every_command_explains_itself() -> None:
    def explain(parser: argparse.ArgumentParser) -> None:
        assert parser.format_help()
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for below in action.choices.values():
                    explain(below)

    for command in ("amprenta", "amprenta-ingest"):
        explain(parser_of(command))


def plain(lines: Sequence[str], folder: Path) -> list[str]:
    """Lines without what differs from run to run: ids, the folder, blanks at the end."""
    shown = [ID.sub("ID", line.replace(str(folder), "/data")).rstrip() for line in lines]
    return [line for line in shown if line]


@pytest.mark.parametrize("page", marked("run"))
def test_sessions_print_what_pages_show(page: str, shell: Any, folder: Path) -> None:
    make_files(page, folder)
    code = 0
    for block in blocks(page):
        if block.mark != "run":
            continue
        for (command, *arguments), expected in sessions(block.text):
            if command == "echo":
                assert expected == [str(code)], f"{page}: exit code {code}"
                continue
            ran = (shell.amprenta if command == "amprenta" else shell.ingest)(*arguments)
            code = ran.code
            printed = [*ran.out.splitlines(), *ran.err.splitlines()]
            assert plain(printed, folder) == plain(expected, folder), f"{page}: {command} {shlex.join(arguments)}"


# -- Python ------------------------------------------------------------------------------------------------------------


def is_doctest(block: Block) -> bool:
    return block.kind == "python" and ">>>" in block.text


@pytest.mark.parametrize("page", [page for page in PAGES if any(map(is_doctest, blocks(page)))])
def test_python_says_what_pages_show(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_files(page, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    names: dict[str, Any] = {}
    made = {path.parent.name for path in tmp_path.rglob("__init__.py")}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    said: list[str] = []
    try:
        for block in filter(is_doctest, blocks(page)):
            test = doctest.DocTestParser().get_doctest(block.text, names, page, page, 0)
            runner.run(test, out=said.append, clear_globs=False)
            names = test.globs
    finally:
        for name in made:
            sys.modules.pop(name, None)
    assert not runner.failures, "".join(said)


@pytest.mark.parametrize("page", [page for page in PAGES if not read(page).count(GENERATE["NOTE"])])
def test_python_can_be_read(page: str) -> None:
    for block in blocks(page):
        if block.kind == "python" and not is_doctest(block):
            compile(block.text, page, "exec")
