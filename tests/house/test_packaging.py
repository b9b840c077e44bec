"""What is shipped: the migrations in the wheel, one lock file without addresses, one version of each distribution."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_lock_has_hashes_and_no_addresses() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)
    assert len(set(pinned)) > 30
    assert "://" not in text
    assert "file:" not in text
    assert text.count("--hash=sha256:") >= len(pinned)


def test_every_dependency_is_locked() -> None:
    locked = set(
        re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    )
    for project in (ROOT / "pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")):
        declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
        names = {re.split(r"[<>=~; \[]", line)[0].lower() for line in declared} - {"amprenta-core"}
        assert names <= locked, project


@pytest.mark.parametrize("plugin", sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")))
def test_every_plugin_stands_in_the_lists_of_the_house(plugin: str) -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert f"$MYPY_CONFIG_FILE_DIR/plugins/{plugin}" in tools["mypy"]["mypy_path"]
    assert f"amprenta_{plugin}" in tools["importlinter"]["root_packages"]
    contract = next(c for c in tools["importlinter"]["contracts"] if c["name"].startswith("Plugins import"))
    assert f"amprenta_{plugin}" in contract["source_modules"]
    own = tomllib.loads((ROOT / "plugins" / plugin / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert own["entry-points"]["amprenta.omics.v1"] == {plugin: f"amprenta_{plugin}"}


@pytest.mark.slow
def test_wheels_carry_migrations_and_entry_points(tmp_path: Path) -> None:
    for project in (ROOT, *ROOT.glob("plugins/*/")):
        build = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "--quiet",
            "-w",
            str(tmp_path),
        ]
        subprocess.run([*build, str(project)], check=True, capture_output=True)
    core = zipfile.ZipFile(next(tmp_path.glob("amprenta_core-*.whl"))).namelist()
    assert "amprenta_core/migrations/env.py" in core
    assert "amprenta_core/migrations/versions/0001_datasets.py" in core
    assert {"amprenta_core/py.typed", "amprenta_core/template/package/__init__.py"} <= set(core)
    assert "amprenta_core/template/dot_github/workflows/check.yml" in core
    assert not [name for name in core if name.startswith("tests")]
    plugin = zipfile.ZipFile(next(tmp_path.glob("amprenta_lipidomics-*.whl")))
    points = next(name for name in plugin.namelist() if name.endswith("entry_points.txt"))
    assert "[amprenta.omics.v1]" in plugin.read(points).decode()
