"""How fast a vocabulary is added, against a bare COPY of the same file, and how fast names are resolved by it.

    python benchmarks/vocabularies.py [--genes 43837] [--file FILE] [--rounds 15]

Without ``--file`` a custom download of HGNC is made up: approved, previous and alias symbols, Ensembl, Entrez and
UniProt accessions, and the names and other columns that make such a file what it is. The bare COPY puts the file as
it is into a table of text columns, without an index. Both take turns; ratios are medians over the rounds.
"""

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from amprenta_core.app import App
from amprenta_core.app.vocabularies import Telling, Wanted
from amprenta_core.linking import NameKey, Resolved
from amprenta_core.settings import Settings
from amprenta_core.store import embedded, naming, vocabularies
from amprenta_core.vocabularies.resolving import Asked, decide, questions

NAMES = 20_000
RESOLVER = "benchmark names 1"
HEADINGS = (
    "HGNC ID", "Approved symbol", "Approved name", "Status", "Alias symbols", "NCBI Gene ID(supplied by NCBI)",
    "UniProt ID(supplied by UniProt)", "Previous symbols", "Ensembl gene ID", "Locus type",
    "Mouse genome database ID(supplied by MGI)", "Rat genome database ID(supplied by RGD)", "Enzyme IDs",
)  # fmt: skip


def write_genes(path: Path, count: int) -> Path:
    """A table of genes as HGNC gives it: nearly as many other symbols as approved ones."""
    chosen = random.Random(3)
    lines = ["\t".join(HEADINGS)]
    for n in range(count):
        aliases = ", ".join(f"AL{n}{letter}" for letter in "ABC"[: chosen.choice((0, 0, 1, 2, 3))])
        previous = f"OLD{n}" if n % 3 == 0 else ""
        protein = f"P{n:05}" if n % 2 else ""
        cells = (
            f"HGNC:{n}",
            f"GENE{n}",
            f"gene of family {n % 900}, member {n}",
            "Approved",
            aliases,
            str(n),
            protein,
            previous,
        )
        others = (f"MGI:{1_000_000 + n}", f"RGD:{60_000 + n}", "") if protein else ("", "", "")
        lines.append("\t".join((*cells, f"ENSG{n:011}", "gene with protein product", *others)))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def bare_copy(app: App, path: Path) -> None:
    """The file as it is, in a table of text."""
    columns = path.read_text(encoding="utf-8").split("\n", 1)[0].count("\t") + 1
    with app.connection() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bare"))
        connection.execute(text(f"CREATE TABLE bare ({', '.join(f'c{n} text' for n in range(columns))})"))
    began = time.perf_counter()
    with app.connection() as connection, path.open("rb") as stream:
        cursor = connection.connection.cursor()
        options = "FORMAT csv, DELIMITER E'\\t', QUOTE E'\\b', HEADER"
        cursor.copy_expert(f"COPY bare FROM STDIN ({options})", stream, 1 << 20)
    timed["bare"].append(time.perf_counter() - began)


def add(app: App, path: Path) -> None:
    """The same file as a vocabulary, in force when this ends."""
    began = time.perf_counter()
    app.add_vocabulary(Wanted(kind="hgnc", file=str(path)), Telling())
    timed["pack"].append(time.perf_counter() - began)


def store_names(app: App) -> list[NameKey]:
    """Names of which half are genes by another symbol, each resolved and stored."""
    with app.connection() as connection:
        pages = connection.execute(text("SELECT terms FROM vocabulary_pages")).scalars()
        lines = (line.split("\x1f") for page in pages for line in page.split("\x1e") if line)
        found = sorted({key for key, _, source, *_ in lines if source in ("1", "2", "3")})[:NAMES]
        keys: list[NameKey] = [("gene", None, "name", key) for key in found]
    resolve_new(app, keys)
    return keys


def resolve_new(app: App, keys: list[NameKey]) -> None:
    """Look names up in the vocabularies for the first time, and store them."""
    began = time.perf_counter()
    with app.connection() as connection:
        asked = [Asked(key=key) for key in keys]
        packs = [pack.no for pack in vocabularies.packs_in_force(connection)]
        book = vocabularies.look_up(connection, {k for one in asked for k in questions(one)}, packs)
        decided = [decide(one, book, app.kinds.rules) for one in asked]
        names = [
            Resolved(key=one.key, identities=(), found=decision.found, candidates=decision.candidates)
            for one, decision in zip(asked, decided, strict=True)
        ]
        naming.add_names(connection, names, RESOLVER)
    timed["new names"].append(time.perf_counter() - began)


def known_names(app: App, keys: list[NameKey], cache: naming.NameCache) -> None:
    """What a dataset of known names costs: their numbers and candidates, from the database."""
    began = time.perf_counter()
    with app.connection() as connection:
        missing = naming.look_up(connection, cache, keys, RESOLVER)
    timed["known, first seen by a process"].append(time.perf_counter() - began)
    began = time.perf_counter()
    again = cache.missing(keys)
    timed["known, seen before"].append(time.perf_counter() - began)
    assert not missing
    assert not again


timed: dict[str, list[float]] = {}


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--genes", type=int, default=43_837)
    made.add_argument("--file", type=Path)
    made.add_argument("--rounds", type=int, default=15)
    arguments = made.parse_args()
    timed.update(
        {name: [] for name in ("bare", "pack", "new names", "known, first seen by a process", "known, seen before")}
    )
    with tempfile.TemporaryDirectory(prefix="amp-") as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        app = App(settings=Settings(home=home, files=None))
        try:
            run(app, Path(folder), arguments)
        finally:
            app.database.close()
            embedded.stop(home)
            shutil.rmtree(embedded.data_home(home), ignore_errors=True)
    report()


def run(app: App, folder: Path, arguments: argparse.Namespace) -> None:
    source = arguments.file or write_genes(folder / "genes.tsv", arguments.genes)
    add(app, source)  # the first reading starts libraries: it is not counted
    timed["pack"].clear()
    for round_ in range(arguments.rounds):
        path = folder / f"genes_{round_}.tsv"
        shutil.copy(source, path)
        with path.open("a", encoding="utf-8") as stream:
            columns = source.read_text(encoding="utf-8").split("\n", 1)[0].count("\t")
            stream.write(f"HGNC:{900_000 + round_}\tNEW{round_}" + "\t" * (columns - 1) + "\n")
        turns: list[Callable[[App, Path], None]] = [bare_copy, add]
        for turn in turns if round_ % 2 else reversed(turns):
            turn(app, path)
    keys = store_names(app)
    for _ in range(arguments.rounds):
        known_names(app, keys, naming.NameCache())
    print(f"{len(keys):,} names")


def report() -> None:
    ratios = [pack / bare for pack, bare in zip(timed["pack"], timed["bare"], strict=True)]
    for name, seconds in timed.items():
        print(f"{name:<32} {statistics.median(seconds) * 1000:8.1f} ms (best {min(seconds) * 1000:.1f})")
    print(f"adding a pack takes {statistics.median(ratios):.2f} x a bare COPY (at most 3)")
    print(
        f"20,000 known names take {statistics.median(timed['known, first seen by a process']) * 1000:.0f} ms, and "
        f"{statistics.median(timed['known, seen before']) * 1000:.1f} ms where the process has seen them (at most 50)"
    )


if __name__ == "__main__":
    main()
