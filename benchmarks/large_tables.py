"""Large tables: how fast they are read, against a bare reader of the same file, and in how much memory.

    python benchmarks/large_tables.py [--size MB] [maxquant] [diann] [matrix]

Each table is generated in a temporary folder: a MaxQuant table of 10,000 protein groups and 200 samples, a DIA-NN
report of ``--size`` megabytes, a matrix of 60,000 genes and 1,000 samples. A child process reads it (``read``: no
database) or stores it (``ingest``), and says how much memory it had at its highest; the bare reader is pandas in a
child of its own, which parses every column and holds the table.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from amprenta_core.app import App, Wish
from amprenta_core.ingest import Options, Target, ingest
from amprenta_core.plugins import load
from amprenta_core.settings import Settings

MB = 1_000_000
_SEED = 20
GROUPS, SAMPLES = 10_000, 200
GENES, COLUMNS = 60_000, 1_000
_RUNS = 60


def write_maxquant(path: Path, _size: int) -> float:
    """proteinGroups.txt with LFQ, iBAQ and plain intensities; returns the bytes of its numbers."""
    random = np.random.default_rng(_SEED)
    families = ("Intensity", "iBAQ", "LFQ intensity")
    names = [f"{family} S{n}" for family in families for n in range(SAMPLES)]
    head = ["Protein IDs", "Majority protein IDs", "Gene names", "Peptides", "Only identified by site", "Reverse",
            "Potential contaminant", "id"]  # fmt: skip
    with path.open("w", encoding="utf-8") as file:
        file.write("\t".join([*head, *names]) + "\n")
        for n in range(GROUPS):
            numbers = np.exp2(random.normal(25, 3, len(names))).astype(np.int64)
            cells = [_accession(n), _accession(n), f"GENE{n}", "3", "", "", "", str(n), *map(str, numbers.tolist())]
            file.write("\t".join(cells) + "\n")
    return 8.0 * GROUPS * len(names)


def write_diann(path: Path, size: int) -> float:
    """A report of precursors, 60 runs, some 8,000 protein groups; returns the bytes of its protein matrix."""
    head = (
        "File.Name\tRun\tProtein.Group\tProtein.Ids\tProtein.Names\tGenes\tPG.Quantity\tPG.Normalised\tPG.MaxLFQ\t"
        "Genes.Quantity\tGenes.Normalised\tGenes.MaxLFQ\tModified.Sequence\tStripped.Sequence\tPrecursor.Id\t"
        "Precursor.Charge\tQ.Value\tPG.Q.Value\tGlobal.Q.Value\tPrecursor.Quantity\tPrecursor.Normalised\tRT\tiRT\t"
        "Ms1.Area\tEvidence\tCScore\tFragment.Quant.Raw\tFragment.Quant.Corrected\tFragment.Correlations\tMS2.Scan\n"
    )
    random = np.random.default_rng(_SEED)
    groups = 8_000
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        precursor = 0
        while file.tell() < size * MB:
            n = precursor % groups
            numbers = [f"{x:.6g}" for x in np.exp2(random.normal(20, 3, _RUNS * 4)).tolist()]
            sequence = f"PEPTIDE{precursor}K"
            for run in range(_RUNS):
                a, b, c, d = numbers[run * 4 : run * 4 + 4]
                fragments = f"{a};{b};{c};{d};{a};{b};"
                file.write(
                    f"/data/run_{run:03}.raw\trun_{run:03}\t{_accession(n)}\t{_accession(n)}\tPROT{n}_HUMAN\tGENE{n}\t"
                    f"{n + run}.5\t{n + run}.25\t{n + run}.125\t{n}.5\t{n}.25\t{n}.125\t{sequence}\t{sequence}\t"
                    f"{sequence}2\t2\t0.001\t0.0005\t0.0007\t{a}\t{b}\t53.634\t7.19938\t{c}\t2.63722\t0.998219\t"
                    f"{fragments}\t{fragments}\t0.99;0.88;0.83;0;0.53;0.5;\t{run * 1000}\n"
                )
            precursor += 1
    return 8.0 * groups * _RUNS


def write_matrix(path: Path, _size: int) -> float:
    """Counts of 60,000 genes in 1,000 samples; returns the bytes of its numbers."""
    random = np.random.default_rng(_SEED)
    with path.open("w", encoding="utf-8") as file:
        file.write("\t".join(["gene_id", *(f"S{n}" for n in range(COLUMNS))]) + "\n")
        for n in range(GENES):
            counts = random.negative_binomial(2, 0.01, COLUMNS)
            file.write(f"ENSG{n:011}\t" + "\t".join(map(str, counts.tolist())) + "\n")
    return 8.0 * GENES * COLUMNS


def _accession(n: int) -> str:
    return f"P{n:05}"


TABLES: dict[str, tuple[str, Callable[[Path, int], float]]] = {
    "maxquant": ("proteinGroups.txt", write_maxquant),
    "diann": ("report.tsv", write_diann),
    "matrix": ("counts.tsv", write_matrix),
}


def read(path: Path) -> None:
    """Read the file as an ingestion does, without a database."""
    target = Target(path=path, name="bench", label=str(path))
    for found in ingest(target, load(), Options()):
        print(f"{len(found.table.features)} features, {len(found.table.samples)} samples", file=sys.stderr)


def store(path: Path) -> None:
    """Ingest the file into an embedded Postgres of its own."""
    home = path.parent / "home"
    home.mkdir(mode=0o755, exist_ok=True)
    app = App(settings=Settings(home=home, files=str(home / "files")))
    for outcome in app.ingest([str(path)], Wish(name=f"bench {time.time_ns()}")):
        if outcome.error is not None:
            raise outcome.error
    app.database.close()


def bare(path: Path) -> None:
    """Read the file with pandas."""
    pd.read_csv(path, sep="\t")


JOBS: dict[str, Callable[[Path], None]] = {"bare": bare, "read": read, "ingest": store}


def measured(job: str, path: Path) -> tuple[float, float]:
    """Seconds and megabytes at the highest of one job in a child process."""
    command = [sys.executable, __file__, "--job", job, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout)
    return told["seconds"], told["peak"]


def child(job: str, path: Path) -> None:
    """Do one job and say what it took, beyond what the interpreter took with its libraries."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    began = time.perf_counter()
    JOBS[job](path)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 - before}))


def lines(name: str, folder: Path, size: int) -> Iterator[str]:
    """What there is to say of one kind of table."""
    file, write = TABLES[name]
    path = folder / name / file
    path.parent.mkdir(mode=0o755)
    numbers = write(path, size) / MB
    megabytes = path.stat().st_size / MB
    yield f"{name}: a file of {megabytes:.0f} MB; its numbers take {numbers:.0f} MB as float64"
    floor, peak = measured("bare", path)
    yield f"  pandas reads it at {megabytes / floor:.0f} MB/s, {peak:.0f} MB of memory"
    for job in ("read", "ingest"):
        seconds, peak = measured(job, path)
        speed = f"{megabytes / seconds:.0f} MB/s, {floor / seconds:.2f} of the bare reader"
        yield f"  {job}: {speed}, {peak:.0f} MB of memory ({peak / numbers:.2f} of its numbers)"
    subprocess.run([Path(sys.executable).with_name("amprenta"), "db", "stop"], check=True, stdout=subprocess.DEVNULL,
                   env={"AMPRENTA_HOME": str(path.parent / "home")})  # fmt: skip


def main() -> None:
    """Generate the tables that are asked for, and measure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("tables", nargs="*", choices=[*TABLES, []], help="which tables (default: all)")
    options.add_argument("--size", type=int, default=1000, help="megabytes of the DIA-NN report")
    options.add_argument("--job", nargs=2, metavar=("JOB", "FILE"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.job:
        child(given.job[0], Path(given.job[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        for name in given.tables or TABLES:
            for line in lines(name, Path(folder), given.size):
                print(line, flush=True)


if __name__ == "__main__":
    main()
