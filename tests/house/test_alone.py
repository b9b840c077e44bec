"""Core and one plugin, each from its wheel, in an environment with nothing else: it ingests."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

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


@pytest.mark.parametrize("plugin", PLUGINS)
def test_core_and_one_plugin_ingest(plugin: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    wheel(ROOT, tmp_path)
    wheel(ROOT / "plugins" / plugin, tmp_path)
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    places = ("--no-index", "--find-links", WHEELS, "--find-links", tmp_path)
    run(python, "-m", "pip", "install", "--quiet", *places, f"amprenta-{plugin}", cwd=tmp_path)
    example = next(iter(sorted((ROOT / "plugins" / plugin / "tests" / "examples").glob("*/input.*"))))
    home = {"AMPRENTA_HOME": str(tmp_path / "home"), "PYTHONPATH": ""}
    commands = python.parent
    try:
        told = json.loads(run(commands / "amprenta-ingest", "--json", example, cwd=tmp_path, **home).splitlines()[0])
        assert (told["status"], told["omics_type"]) == ("created", plugin)
        listed = run(commands / "amprenta", "plugins", "--json", cwd=tmp_path, **home).splitlines()
        assert [json.loads(line)["name"] for line in listed] == [plugin]
    finally:
        run(commands / "amprenta", "db", "stop", cwd=tmp_path, **home)
