"""How much memory and time a single-cell matrix takes from its file into the database.

    python benchmarks/single_cell.py [--scale 1.0] [--kind h5] [--kind mtx]

A matrix of 30,000 genes × 100,000 cells, 2 % filled (60 million counts), is generated, of four libraries; ``--scale``
makes it smaller. It is ingested by a process of its own into an embedded Postgres. What is compared is the most memory
that the process ever held, less what the bare interpreter holds, with the matrix's sparse size: 12 bytes for each value
(place and double), 8 for each row. Postgres' own memory is not counted, nor is the file system's cache.
"""

import argparse
import gzip
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
from pyarrow import csv

from amprenta_core.app import App
from amprenta_core.settings import Settings
from amprenta_core.store import embedded

GENES, CELLS, FILLED, LIBRARIES = 30_000, 100_000, 0.02, 4
_BLOCK = 1_000
_CHILD = """
import json, sys, time
def held(which):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(which))
bare = held("VmHWM")
from pathlib import Path
from amprenta_core.app import App, Wish
from amprenta_core.settings import Settings
home, path = sys.argv[1:]
app = App(settings=Settings(home=Path(home), files=home + "/files"))
app.database
began = time.perf_counter()
(outcome,) = app.ingest([path], Wish())
assert outcome.error is None, outcome.error
seconds = time.perf_counter() - began
print(json.dumps({"bare": bare, "peak": held("VmHWM"), "seconds": seconds, "name": outcome.name}))
"""


def columns(cells: int) -> Iterator[tuple[Any, Any, Any]]:
    """Blocks of cells: how many values each has, in which genes, and the counts."""
    rng = np.random.default_rng(11)
    for first in range(0, cells, _BLOCK):
        width = min(_BLOCK, cells - first)
        places = np.cumsum(rng.geometric(FILLED, size=int(width * GENES * FILLED * 1.1))) - 1
        places = places[places < width * GENES]
        yield np.bincount(places // GENES, minlength=width), places % GENES, rng.geometric(0.4, size=len(places))


def barcodes(cells: int) -> list[str]:
    """As many as cells, of several libraries."""
    letters = np.array(list("ACGT"))
    return ["".join(letters[(n >> np.arange(0, 32, 2)) & 3]) + f"-{1 + n % LIBRARIES}" for n in range(cells)]


def write_h5(path: Path, cells: int) -> int:
    """A matrix as Cell Ranger writes it; how many values."""
    shape: dict[str, Any] = {"maxshape": (None,), "chunks": (1 << 18,), "compression": "gzip", "compression_opts": 1}
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        data = group.create_dataset("data", (0,), dtype=np.int32, **shape)
        indices = group.create_dataset("indices", (0,), dtype=np.int64, **shape)
        counts = []
        for per_cell, genes, values in columns(cells):
            at = len(data)
            for dataset, numbers in ((data, values), (indices, genes)):
                dataset.resize((at + len(numbers),))
                dataset[at:] = numbers
            counts.append(per_cell)
        group["indptr"] = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
        group["shape"] = np.array([GENES, cells], dtype=np.int32)
        group["barcodes"] = np.array(barcodes(cells), dtype="S")
        features = group.create_group("features")
        features["id"] = np.array([f"ENSG{n:011}" for n in range(GENES)], dtype="S")
        features["name"] = np.array([f"GENE{n}" for n in range(GENES)], dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * GENES, dtype="S")
        return len(data)


def write_mtx(path: Path, cells: int) -> int:
    """The same as a triplet; how many values."""
    size = sum(len(values) for _, _, values in columns(cells))
    options = csv.WriteOptions(include_header=False, delimiter=" ", quoting_style="none")
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(f"%%MatrixMarket matrix coordinate integer general\n{GENES} {cells} {size}\n".encode())
        for n, (per_cell, genes, values) in enumerate(columns(cells)):
            cell = np.repeat(np.arange(len(per_cell)), per_cell) + n * _BLOCK + 1
            out = io.BytesIO()
            csv.write_csv(pa.table({"gene": genes + 1, "cell": cell, "count": values}), out, options)
            file.write(out.getvalue())
    lines = "".join(f"ENSG{n:011}\tGENE{n}\tGene Expression\n" for n in range(GENES))
    (path.parent / "features.tsv").write_text(lines)
    (path.parent / "barcodes.tsv").write_text("".join(f"{barcode}\n" for barcode in barcodes(cells)))
    return size


def measure(home: Path, kind: str, cells: int) -> None:
    folder = home / kind
    folder.mkdir()
    path = folder / ("library.h5" if kind == "h5" else "matrix.mtx.gz")
    size = (write_h5 if kind == "h5" else write_mtx)(path, cells)
    done = subprocess.run([sys.executable, "-c", _CHILD, home, path], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    sparse, held = size * 12 + (GENES + 1) * 8, told["peak"] - told["bare"]
    print(f"{kind}: {GENES:,} genes × {cells:,} cells, {size:,} values, file {path.stat().st_size / 1e6:,.0f} MB")
    print(f"  {told['seconds']:.1f} s; the most memory: {held / 1e6:,.0f} MB")
    print(f"  which is {held / sparse:.2f} × the sparse size of {sparse / 1e6:,.0f} MB")
    app = App(settings=Settings(home=home))
    with app.connection() as connection:
        query = "SELECT pg_total_relation_size('sparse_rows')::float8 / sum(n_values) FROM matrices"
        print(f"  on disk {connection.exec_driver_sql(query).scalar_one():.1f} bytes a value")
    app.read_feature_cells(told["name"], "ENSG00000000008")
    began = time.perf_counter()
    cells_of, _ = app.read_feature_cells(told["name"], "ENSG00000000007")
    print(f"  one gene over all cells ({len(cells_of):,} values): {(time.perf_counter() - began) * 1000:.1f} ms")
    app.database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="1: 100,000 cells")
    parser.add_argument("--kind", action="append", choices=("h5", "mtx"), help="which files (default: both)")
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="amp-cells-"))
    home.chmod(0o755)
    try:
        for kind in arguments.kind or ("h5", "mtx"):
            measure(home, kind, int(CELLS * arguments.scale))
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
