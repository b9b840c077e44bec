"""Write ``amprenta_core/known_formats.json``: how the files of the project's own plugins look, for when one is missing.

    python docs/known_formats.py [--check]

The core knows no omics; this list lets it say which package reads a file that no installed plugin claims. It holds the
headers of the declared formats, and the signs of ``plugins/*/signs.toml`` for what has no header of its own.
"""

# ruff: noqa: INP001  # a script in a folder of pages, no package

import json
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from amprenta_core.formats import TableFormat

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "amprenta_core" / "known_formats.json"
LEAST_COLUMNS = 2
"""A header of fewer columns says too little of a file."""


def entries() -> Iterator[dict[str, Any]]:
    """What is known of each format: its package, its title, and how it is told."""
    for folder in sorted((ROOT / "plugins").iterdir()):
        package = f"amprenta-{folder.name}"
        plugin = import_module(f"amprenta_{folder.name}.formats")
        formats = (declared for declared in plugin.FORMATS if isinstance(declared, TableFormat))
        for declared in formats:
            if len(declared.header) >= LEAST_COLUMNS and declared.confidence == "certain" and not declared.section:
                told = {"header": list(declared.header), "without": list(declared.without)}
                yield {"package": package, "title": declared.title, **told}
        signs = tomllib.loads((folder / "signs.toml").read_text("utf-8"))
        yield from ({"package": package, **sign} for sign in signs["sign"])


def text() -> str:
    """The file as it should be."""
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, sort_keys=True) for entry in entries())
    return f"[\n{lines}\n]\n"


def main() -> int:
    """Write the file, or compare it with what it should be."""
    if "--check" not in sys.argv:
        TARGET.write_text(text(), encoding="utf-8")
        return 0
    if TARGET.read_text("utf-8") == text():
        return 0
    print(f"{TARGET.relative_to(ROOT)} is not up to date: run make fix", file=sys.stderr)  # noqa: T201  # it is a command
    return 1


if __name__ == "__main__":
    sys.exit(main())
