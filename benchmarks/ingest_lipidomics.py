"""How fast 1,000 lipidomics tables become linked datasets, against a hand-written COPY floor in the same run.

    python benchmarks/ingest_lipidomics.py [--tables 1000] [--rounds 5]

Tables of 500 features × 24 samples over a vocabulary of 3,000 names are generated. The floor stores the same numbers
with all names known, in tables of the same shape with foreign keys, one transaction for each dataset, once without the
time to read the files and once with it. Pipeline and floor take turns, so that a machine that slows down slows both;
ratios are medians over the rounds. What never-seen names cost is measured apart.
"""

import argparse
import gc
import io
import itertools
import random
import resource
import shutil
import statistics
import struct
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from amprenta_core.app import App, Wish
from amprenta_core.cli.running import FEW_COLLECTIONS
from amprenta_core.settings import Settings
from amprenta_core.store import embedded
from amprenta_core.store.copying import HEADER

FEATURES, SAMPLES, VOCABULARY = 500, 24, 3_000
_FLOOR = (
    "CREATE TABLE floor_datasets (id uuid PRIMARY KEY, name text UNIQUE)",
    "CREATE TABLE floor_names (no int PRIMARY KEY, text text UNIQUE)",
    """CREATE TABLE floor_measured (dataset uuid NOT NULL REFERENCES floor_datasets, position int,
    name_no int NOT NULL REFERENCES floor_names, values float8[], PRIMARY KEY (dataset, position))""",
    "CREATE INDEX ON floor_measured (name_no)",
)


def vocabulary(size: int, seed: int = 1) -> list[str]:
    """Lipid names that are all different."""
    classes = ("PC", "PE", "PS", "PI", "PG", "PA", "DG")
    chains = [f"{c}:{d}" for c in range(12, 27) for d in range(min(7, c - 10))]
    names = [f"{c} {a}_{b}" for c in classes for a, b in itertools.combinations_with_replacement(chains, 2)]
    return random.Random(seed).sample(sorted(set(names)), size)


def write_tables(folder: Path, count: int, names: Sequence[str]) -> list[Path]:
    """CSV files, each with features of its own choice."""
    rng = np.random.default_rng(7)
    paths = []
    for n in range(count):
        chosen = rng.choice(len(names), FEATURES, replace=False)
        values = np.round(rng.lognormal(10, 2, (FEATURES, SAMPLES)), 3)
        lines = ["Lipid," + ",".join(f"S{n}_{s + 1}" for s in range(SAMPLES))]
        lines += [f"{names[c]}," + ",".join(map(repr, row.tolist())) for c, row in zip(chosen, values, strict=True)]
        path = folder / f"table_{n:04}.csv"
        path.write_text("\n".join(lines) + "\n")
        paths.append(path)
    return paths


def pipeline(app: App, paths: Sequence[Path]) -> float:
    """Seconds to ingest files, as ``amprenta-ingest`` does with several paths."""
    began = time.perf_counter()
    for outcome in app.ingest([str(path) for path in paths], Wish()):
        if outcome.status != "created":
            raise SystemExit(f"{outcome.path}: {outcome.status} {outcome.error}")
    return time.perf_counter() - began


def floor(connection: Connection, paths: Sequence[Path], known: dict[str, int]) -> tuple[float, float]:
    """Seconds to do the same by hand: (storing alone, reading and storing)."""
    reading = storing = 0.0
    for path in paths:
        began = time.perf_counter()
        names, values = _read_by_hand(path)
        read = time.perf_counter()
        _store_by_hand(connection, path.stem, [known[name] for name in names], values)
        storing += time.perf_counter() - read
        reading += read - began
    return storing, reading + storing


def _read_by_hand(path: Path) -> tuple[list[str], "np.ndarray[Any, np.dtype[np.float64]]"]:
    """As one would write it for this one kind of file, the numbers exact to the last digit."""
    frame = pd.read_csv(path, float_precision="round_trip")
    return frame.iloc[:, 0].tolist(), frame.iloc[:, 1:].to_numpy(dtype=np.float64)


def _store_by_hand(connection: Connection, name: str, names: Sequence[int], values: Any) -> None:
    dataset = uuid4()
    item = np.dtype([("size", ">i4"), ("value", ">f8")])
    row = np.dtype(
        [
            ("fields", ">i2"),
            ("ds", ">i4"),
            ("dataset", "V16"),
            ("ps", ">i4"),
            ("position", ">i4"),
            ("ns", ">i4"),
            ("name", ">i4"),
        ]
        + [(f"a{i}", ">i4") for i in range(6)]
        + [("items", item, (SAMPLES,))]
    )
    packed = np.zeros(len(names), dtype=row)
    packed["fields"], packed["ds"], packed["ps"], packed["ns"] = 4, 16, 4, 4
    packed["dataset"], packed["position"], packed["name"] = (
        np.frombuffer(dataset.bytes, "V16"),
        np.arange(len(names)),
        names,
    )
    for field, number in zip(("a0", "a1", "a3", "a4", "a5"), (20 + 12 * SAMPLES, 1, 701, SAMPLES, 1), strict=True):
        packed[field] = number
    packed["items"]["size"], packed["items"]["value"] = 8, values
    cursor = connection.connection.cursor()
    cursor.execute("INSERT INTO floor_datasets VALUES (%s, %s)", (str(dataset), name))
    stream = io.BytesIO(HEADER + packed.tobytes() + struct.pack(">h", -1))
    cursor.copy_expert("COPY floor_measured FROM STDIN (FORMAT binary)", stream)
    connection.connection.commit()


def prepare_floor(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """The floor's own tables, its names already stored."""
    for statement in _FLOOR:
        connection.execute(text(statement))
    known = {name: n for n, name in enumerate(names)}
    rows = [{"no": no, "text": name} for name, no in known.items()]
    connection.execute(text("INSERT INTO floor_names VALUES (:no, :text)"), rows)
    connection.commit()
    return known


def rounds(paths: Sequence[Path], count: int) -> Iterator[Sequence[Path]]:
    """The files in equal shares."""
    size = len(paths) // count
    for n in range(count):
        yield paths[n * size : (n + 1) * size]


def measure(app: App, folder: Path, tables: int, count: int) -> None:
    """Run and print."""
    names = vocabulary(VOCABULARY)
    paths = write_tables(folder, tables + 10, names)
    began = time.perf_counter()
    _ = app.plugins, app.database
    opened = time.perf_counter() - began
    unseen = pipeline(app, paths[:10])
    _know_all(app, folder, names)
    ours, storing, whole = [], [], []
    with app.database.engine.connect() as connection:
        known = prepare_floor(connection, names)
        for share in rounds(paths[10:], count):
            stored, read_and_stored = floor(connection, share, known)
            storing.append(stored / len(share))
            whole.append(read_and_stored / len(share))
            ours.append(pipeline(app, share) / len(share))
        size = connection.scalar(text("SELECT pg_total_relation_size('measured')"))
        values = connection.scalar(text("SELECT count(*) FROM measured")) * SAMPLES
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{tables} tables of {FEATURES} features x {SAMPLES} samples in {count} rounds; opening took {opened:.2f} s")
    _print_rate("floor, storing alone", storing)
    _print_rate("floor, reading (pandas) and storing", whole)
    _print_rate("pipeline, names known", ours)
    _print_ratio("of the floor that stores alone", storing, ours)
    _print_ratio("of the floor that reads and stores", whole, ours)
    print(f"{unseen / 10 * 1000:8.0f} ms a dataset over the first 10, most of whose names were never seen")
    print(f"{size / values:8.1f} bytes a value on disk, indexes included")
    print(f"{peak:8.0f} MB peak")


def _print_rate(what: str, seconds: Sequence[float]) -> None:
    print(f"{60 / statistics.median(seconds):8.0f} datasets/min  {what}")


def _print_ratio(what: str, floors: Sequence[float], ours: Sequence[float]) -> None:
    ratios = [there / here for there, here in zip(floors, ours, strict=True)]
    print(f"{statistics.median(ratios):8.2f} {what} (rounds: {', '.join(f'{r:.2f}' for r in ratios)})")


def _know_all(app: App, folder: Path, names: Sequence[str]) -> None:
    """Store every name once, so that the rounds meet known names only."""
    for n in range(0, len(names), FEATURES):
        path = folder / f"names_{n}.csv"
        path.write_text(
            "Lipid,a,b\n" + "".join(f"{name},{i}.5,{i}.25\n" for i, name in enumerate(names[n : n + FEATURES]))
        )
        pipeline(app, [path])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="amprenta-bench-"))
    root.chmod(0o755)
    home = root / "home"
    home.mkdir(mode=0o755)
    gc.set_threshold(*FEW_COLLECTIONS)  # as the command does
    app = App(settings=Settings(home=home, files=str(home / "files")))
    try:
        measure(app, root, arguments.tables, arguments.rounds)
    finally:
        embedded.stop(home)
        shutil.rmtree(embedded.data_home(home), ignore_errors=True)
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
