"""What the limit of time for hooks costs: sniffing with and without it, in the same run, in turns.

python benchmarks/hook_guard.py [--rounds 15]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from amprenta_core.guarding import Watchdog
from amprenta_core.plugins import load
from amprenta_core.reading import read_head
from amprenta_core.written import FileHead

T = TypeVar("T")
_HEADS = 100


class Trusting(Watchdog):
    """No limit at all: what the others are compared with."""

    def together(self, calls: Callable[[], T]) -> T:
        """Make them."""
        return calls()

    def run(self, call: Callable[[], T]) -> T:
        """Call it."""
        return call()


def heads(folder: Path) -> list[FileHead]:
    """Heads of a table of 500 lipids and 24 samples, under different names."""
    header = "Lipid," + ",".join(f"S{n}" for n in range(24))
    lines = [f"PC {30 + n % 20}:{n % 7}," + ",".join(f"{n * 3.25 + k}" for k in range(24)) for n in range(500)]
    made = []
    for n in range(_HEADS):
        path = folder / f"table_{n}.csv"
        path.write_text("\n".join([header, *lines]) + "\n")
        made.append(read_head(path))
    return made


def seconds(watchdog: Watchdog, seen: list[FileHead]) -> float:
    """Time for all installed plugins to sniff each head."""
    found = load(watchdog=watchdog)
    found.claims(seen[0])
    began = time.perf_counter()
    for head in seen:
        found.claims(head)
    return (time.perf_counter() - began) / len(seen)


def main() -> None:
    """Print milliseconds a file and the ratio of the medians, for the main thread and for another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
        seen = heads(Path(folder))
        for place in ("main thread", "another thread"):
            bare, guarded = list[float](), list[float]()
            for _ in range(rounds):
                for dog, times in ((Trusting(), bare), (Watchdog(), guarded)):
                    here = place == "main thread"
                    times.append(seconds(dog, seen) if here else pool.submit(seconds, dog, seen).result())
            one, other = statistics.median(bare) * 1000, statistics.median(guarded) * 1000
            print(f"{place}: {one:.3f} ms without, {other:.3f} ms with the limit: ratio {other / one:.3f}")


if __name__ == "__main__":
    main()
