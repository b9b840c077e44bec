"""Core and one plugin, each from its wheel, in an environment with nothing else: it ingests."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if (path / "pyproject.toml").is_file())
WHEELS = Path(sys.prefix) / "wheels"
"""What set-up has fetched: nothing is asked of the network here."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not WHEELS.is_dir(), reason=f"{WHEELS} is not there: make setup fills it"),
]


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wheel(project: Path, folder: Path) -> None:
    build = ("pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet", "-w", folder, project)
    run(sys.executable, "-m", *build, cwd=folder)


def test_the_plugins_are_found() -> None:
    assert PLUGINS
    assert set(PLUGINS) == {path.parent.name for path in (ROOT / "plugins").glob("*/amprenta_*") if path.is_dir()}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short folder that others may look into, as the embedded database needs."""
    with TemporaryDirectory(prefix="amp-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_core_and_one_plugin_ingest(folder: Path) -> None:
    """Each plugin in turn; it takes what it brought with it when it goes."""
    wheel(ROOT, folder)
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    install = (
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--no-index",
        "--find-links",
        WHEELS,
        "--find-links",
        folder,
    )
    run(python, *install, "amprenta-core", cwd=folder)
    bare = installed(python, folder)
    for plugin in PLUGINS:
        wheel(ROOT / "plugins" / plugin, folder)
        run(python, *install, f"amprenta-{plugin}", cwd=folder)
        ingests(python.parent, plugin, folder)
        brought = installed(python, folder) - bare
        assert f"amprenta-{plugin}" in brought
        run(python, "-m", "pip", "uninstall", "--quiet", "--yes", *brought, cwd=folder)
        assert installed(python, folder) == bare


def installed(python: Path, folder: Path) -> frozenset[str]:
    """The names of the packages in an environment."""
    listed = json.loads(run(python, "-m", "pip", "list", "--format", "json", cwd=folder))
    return frozenset(package["name"] for package in listed)


def ingests(commands: Path, plugin: str, folder: Path) -> None:
    """It is the only plugin, and one of its examples becomes a dataset."""
    example = next(iter(sorted((ROOT / "plugins" / plugin / "tests" / "examples").glob("*/input.*"))))
    home = {"AMPRENTA_HOME": str(folder / plugin), "PYTHONPATH": ""}
    try:
        told = json.loads(run(commands / "amprenta-ingest", "--json", example, cwd=folder, **home).splitlines()[0])
        assert (told["status"], told["omics_type"]) == ("created", plugin)
        listed = run(commands / "amprenta", "plugins", "--json", cwd=folder, **home).splitlines()
        assert [json.loads(line)["name"] for line in listed] == [plugin]
    finally:
        run(commands / "amprenta", "db", "stop", cwd=folder, **home)
