"""A plugin of a third party, from the template to its end, in an environment with the core's wheel and nothing else.

The tutorial's console blocks marked ``session`` are typed there, in order, in one folder; its files are written as they
come. A line "…" of the page stands for any lines, "…" within a line for any text.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from attrs import define, field
from pages import ID, ROOT, blocks, sessions

WHEELS = Path(sys.prefix) / "wheels"
TUTORIAL = "docs/tutorial/a-plugin-in-fifteen-minutes.md"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not WHEELS.is_dir(), reason=f"{WHEELS} is not there: make setup fills it"),
]


@define
class Place:
    """An environment of its own and the folder where commands are typed."""

    folder: Path
    environment: Mapping[str, str]
    here: Path = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.here = self.folder

    def type(self, *command: str | Path) -> "subprocess.CompletedProcess[str]":
        words = list(map(str, command))
        if words[0] == "cd":
            self.here = (self.here / words[1]).resolve()
            words = ["true"]
        program = shutil.which(words[0], path=self.environment["PATH"])
        assert program, words[0]
        return subprocess.run(
            [program, *words[1:]], cwd=self.here, env=self.environment, capture_output=True, text=True, check=False
        )

    def do(self, *command: str | Path) -> str:
        done = self.type(*command)
        assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def installed() -> Iterator[Place]:
    """The core from its wheel in a fresh environment; pip sees the wheels that set-up has fetched, and no network."""
    with tempfile.TemporaryDirectory(prefix="amp-", ignore_cleanup_errors=True) as made:
        root = Path(made)
        root.chmod(0o755)
        build = ("pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet", "-w", root / "wheels")
        subprocess.run([sys.executable, "-m", *map(str, build), str(ROOT)], check=True, capture_output=True)
        venv.create(root / "env", with_pip=True)
        environment = {
            "PATH": f"{root / 'env' / 'bin'}:/usr/bin:/bin",
            "HOME": str(root),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": f"{WHEELS} {root / 'wheels'}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "AMPRENTA_HOME": str(root / "home"),
            "LANG": "C.UTF-8",
        }
        place = Place(folder=root, environment=environment)
        place.do("pip", "install", "--quiet", "--no-compile", "amprenta-core")
        try:
            yield place
        finally:
            place.type("amprenta", "db", "stop")


@pytest.fixture
def place(installed: Place, tmp_path: Path) -> Place:
    """The environment, at an empty folder."""
    return Place(folder=tmp_path, environment=installed.environment)


def test_a_plugin_from_the_template_works_until_it_is_uninstalled(place: Place) -> None:
    place.do("amprenta", "plugins", "new", "toy_scan", "--omics", "toys", "--feature", "toy", "--folder", "mine")
    place.do("cd", "mine")
    place.do("pip", "wheel", "--quiet", "--no-deps", "-w", "dist", ".")
    [wheel] = (place.here / "dist").iterdir()
    place.do("pip", "install", "--quiet", "--no-compile", f"{wheel}[dev]")
    assert " passed" in place.do("pytest", "-q", "-p", "no:cacheprovider")
    assert "Success" in place.do("mypy")
    place.do("ruff", "check", "--isolated", ".")
    place.do("ruff", "format", "--isolated", "--check", ".")
    example = "tests/examples/basic/input.csv"
    told = json.loads(place.do("amprenta-ingest", "--json", example))
    assert (told["status"], told["omics_type"], told["n_features"], told["n_linked"]) == ("created", "toys", 3, 3)
    listed = [json.loads(line) for line in place.do("amprenta", "plugins", "--json").splitlines()]
    assert [one["name"] for one in listed] == ["toy_scan"]
    place.do("pip", "uninstall", "--quiet", "-y", "amprenta-toy-scan")
    assert place.do("amprenta", "plugins", "--json") == ""
    assert place.type("amprenta-ingest", example).returncode == 3


# -- the tutorial ------------------------------------------------------------------------------------------------------


def plain(lines: Sequence[str], place: Place) -> str:
    """What was printed, without what differs from run to run."""
    text = "\n".join(line.rstrip() for line in lines if line.strip())
    text = ID.sub("ID", text.replace(str(place.folder), "/data"))
    return re.sub(r"\bin \d+\.\d\ds\b", "in …s", text)


def pattern(expected: str) -> str:
    """What a page shows, as a regular expression."""
    lines = [
        r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in expected.split("\n")
    ]
    return "".join(lines)


def test_every_step_of_the_tutorial_does_what_it_shows(place: Place) -> None:
    code = 0
    for block in blocks(TUTORIAL):
        if block.mark.startswith("file: "):
            path = place.folder / block.mark.removeprefix("file: ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        assert block.kind != "console" or block.mark == "session", block
        for command, expected in sessions(block.text) if block.kind == "console" else ():
            if command == ["echo", "$?"]:
                assert expected == [str(code)], f"exit code {code}"
                continue
            done = place.type(*command)
            code = done.returncode
            said = plain([*done.stdout.splitlines(), *done.stderr.splitlines()], place) + "\n"
            shown = plain(expected, place)
            assert re.fullmatch(pattern(shown), said) or (said.strip() == shown), (
                f"{shlex.join(command)} (exit code {code})\n--- it says\n{said}\n--- the page shows\n{shown}"
            )
