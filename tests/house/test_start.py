"""Starting is cheap: what a command does not need it does not import."""

import subprocess
import sys

import pytest

HEAVY = ("pandas", "sqlalchemy", "numpy", "alembic", "scipy", "pygoslin", "rich", "pyarrow")


def imported(code: str) -> set[str]:
    """Top-level modules that a piece of code imports, in a fresh interpreter."""
    script = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", ["main", "ingest"])
def test_help_imports_nothing_heavy(command: str) -> None:
    code = f"from amprenta_core.cli import {command}\n{command}.parser().format_help()"
    assert imported(code) & set(HEAVY) == set()


def test_importing_the_core_imports_nothing_heavy() -> None:
    assert imported("import amprenta_core") & set(HEAVY) == set()


def test_sniffing_and_plain_names_need_no_parser_of_lipids() -> None:
    code = (
        "import amprenta_lipidomics\nfrom amprenta_core import FeatureRef\n"
        "assert amprenta_lipidomics.normalize_features([FeatureRef(name='PC 16:0_18:1', type='lipid')])[0]"
    )
    assert imported(code) & {"pygoslin", "scipy", "pandas", "sqlalchemy"} == set()
