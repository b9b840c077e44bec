"""What it costs an ingestion that sinks follow: all of them off against all on, none of which ever answers.

    python benchmarks/ingest_with_sinks.py [--tables 400] [--rounds 10]

Tables of 500 features × 24 samples, all names known, into two databases of one server: one without sinks, one with
Notion, Pinecone, pgvector and an embedder, played by servers that take requests and never answer, while a worker
process tries. Both take turns with the same tables, in another order each round; the ratio is the median over the
rounds.
"""

import argparse
import contextlib
import gc
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ingest_lipidomics import (  # type: ignore[import-not-found]  # a script's own folder is on its path
    FEATURES,
    SAMPLES,
    VOCABULARY,
    _know_all,
    pipeline,
    rounds,
    vocabulary,
    write_tables,
)
from sqlalchemy import NullPool, create_engine, make_url, text

from amprenta_core.app import App
from amprenta_core.cli.running import FEW_COLLECTIONS
from amprenta_core.settings import from_environment
from amprenta_core.store import embedded

GOAL = 1.10


@contextlib.contextmanager
def silent_server() -> Iterator[str]:
    """The address of a server that takes connections and whatever is sent, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        held: list[socket.socket] = []

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    held.append(listening.accept()[0])

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        for connection in held:
            connection.close()


def environments(root: Path, url: str, silent: str) -> tuple[dict[str, str], dict[str, str]]:
    """Settings without sinks and with all of them, each with a database of its own."""
    base = {"HOME": str(root), "AMPRENTA_HOME": str(root / "home")}
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    urls = []
    for name in ("off", "on"):
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE bench_{name}"))
        address = make_url(url).set(drivername="postgresql", database=f"bench_{name}")
        urls.append(address.render_as_string(hide_password=False))
    kinds = ("PROGRAM", "EXPERIMENT", "DATASET", "SIGNATURE")
    sinks = {
        "ENABLE_NOTION_SYNC": "true",
        "NOTION_API_KEY": "none",
        "NOTION_BASE_URL": silent,
        **{f"NOTION_{kind}_DATA_SOURCE_ID": f"{n}" * 32 for n, kind in enumerate(kinds)},
        "PINECONE_API_KEY": "none",
        "PINECONE_INDEX": "none",
        "PINECONE_BASE_URL": silent,
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"{silent}/v1",
    }
    return {**base, "POSTGRES_URL": urls[0]}, {**base, "POSTGRES_URL": urls[1], **sinks}


def opened(environment: Mapping[str, str]) -> App:
    """An app whose database has its tables."""
    app = App(settings=from_environment(environment))
    app.migrate()
    _ = app.plugins, app.database
    return app


@contextlib.contextmanager
def worker(environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    """A worker process that is at work."""
    program = str(Path(sys.executable).parent / "amprenta")
    told = {"PATH": os.environ["PATH"], **environment}
    with subprocess.Popen([program, "worker"], env=told, cwd=folder, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.readline()  # it says what it keeps in step when it begins
        threading.Thread(target=process.stderr.read, daemon=True).start()
        try:
            yield
            if process.poll() is not None:
                raise SystemExit("the worker ended")
        finally:
            process.kill()


def measure(root: Path, apps: Mapping[str, App], paths: Sequence[Path], count: int) -> dict[str, list[float]]:
    """Seconds for each dataset, by round."""
    for name, app in apps.items():
        (root / name).mkdir()
        _know_all(app, root / name, vocabulary(VOCABULARY))
    seconds: dict[str, list[float]] = {name: [] for name in apps}
    for n, share in enumerate(rounds(paths, count)):
        for name in sorted(apps, reverse=bool(n % 2)):
            gc.collect()
            seconds[name].append(pipeline(apps[name], share) / len(share))
    return seconds


def show(seconds: Mapping[str, Sequence[float]], pending: int) -> None:
    for name, each in seconds.items():
        print(f"{60 / statistics.median(each):8.0f} datasets/min  sinks {name}")
    ratios = [on / off for off, on in zip(seconds["off"], seconds["on"], strict=True)]
    told = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"{statistics.median(ratios):8.2f} times as long with sinks that hang (goal: {GOAL:.2f}; rounds: {told})")
    print(f"{pending:8} items wait for a sink")


def run(root: Path, tables: int, count: int) -> None:
    """Run and print."""
    paths = write_tables(root, tables, vocabulary(VOCABULARY))
    with silent_server() as silent:
        off, on = environments(root, embedded.ensure_running(root / "home"), silent)
        apps = {"off": opened(off), "on": opened(on)}
        with worker(on, root):
            seconds = measure(root, apps, paths, count)
        print(f"{tables} tables of {FEATURES} features x {SAMPLES} samples in {count} rounds")
        show(seconds, sum(one["pending"] for one in apps["on"].sync_status()))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    gc.set_threshold(*FEW_COLLECTIONS)  # as the command does
    with tempfile.TemporaryDirectory(prefix="amprenta-bench-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        root.chmod(0o755)
        (root / "home").mkdir(mode=0o755)
        try:
            run(root, arguments.tables, arguments.rounds)
        finally:
            embedded.stop(root / "home")


if __name__ == "__main__":
    main()
