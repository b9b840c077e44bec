"""What a start costs, as ratios against bare Python and against importing the libraries that storing needs.

    python benchmarks/start_up.py [--runs 15]

``amprenta --help`` is compared with a bare interpreter, one small file into a running database with importing
SQLAlchemy, numpy, psycopg2, pluggy and attrs. Commands take turns; ratios are medians over the pairs.
"""

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import amprenta_core
from amprenta_core.store import embedded

LIBRARIES = "import sqlalchemy, numpy, psycopg2, pluggy, attrs"
TABLE = "Lipid,a,b\nPC 34:1,{n}.5,2\nPC 34:2,3,4\nPE 36:1,5,6\n"


def seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    """Wall time of a command that must succeed."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def compare(what: str, ours: Sequence[Sequence[str]], other: Sequence[str], environment: dict[str, str]) -> None:
    """Time each of our commands beside the other one and print the median ratio."""
    pairs = [(seconds(command, environment), seconds(other, environment)) for command in ours]
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    mine, theirs = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
    print(f"{ratio:5.2f} x  {what} ({mine:.0f} ms against {theirs:.0f} ms)")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    compileall.compile_dir(str(Path(amprenta_core.__file__).parent), quiet=1)
    root = Path(tempfile.mkdtemp(prefix="amprenta-start-"))
    root.chmod(0o755)
    home = root / "home"
    environment = {**os.environ, "AMPRENTA_HOME": str(home), "PYTHONDONTWRITEBYTECODE": ""}
    tools = Path(sys.executable).parent
    files = []
    for n in range(runs + 1):
        files.append(root / f"small_{n}.csv")
        files[-1].write_text(TABLE.format(n=n))
    ingest = [[str(tools / "amprenta-ingest"), str(path)] for path in files]
    try:
        seconds(ingest[0], environment)
        help_text = [[str(tools / "amprenta"), "--help"]] * runs
        compare("amprenta --help against bare Python", help_text, [sys.executable, "-c", "pass"], environment)
        compare(
            "one small file against importing its libraries", ingest[1:], [sys.executable, "-c", LIBRARIES], environment
        )
    finally:
        embedded.stop(home)
        shutil.rmtree(embedded.data_home(home), ignore_errors=True)
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
