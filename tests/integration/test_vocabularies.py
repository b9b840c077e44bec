"""Vocabularies in the database: packs come, change and go; stored names follow, measurements do not move."""

import gzip
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from amprenta_core import (
    Dataset,
    Feature,
    FeatureRef,
    FeatureTable,
    FileHead,
    FormatInfo,
    Identity,
    Match,
    Measure,
    ParsedFile,
    PluginInfo,
    TableFormat,
    extract,
    hookimpl,
    read_file,
    sniff,
)
from amprenta_core import plugins as plugins_module
from amprenta_core.app import App, Outcome, Wish
from amprenta_core.app.vocabularies import Changed, Telling, Wanted
from amprenta_core.errors import Conflict, FileError, NotFound, SettingsError

if TYPE_CHECKING:
    from conftest import Shell, Start, Workspace

HGNC = (
    "hgnc_id\tsymbol\tname\tstatus\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id\tuniprot_ids",
    'HGNC:11998\tTP53\ttumor protein p53\tApproved\t"p53|LFS1"\t\t7157\tENSG00000141510\tP04637',
    "HGNC:26077\tMARCHF1\tring finger\tApproved\t\tMARCH1\t55016\tENSG00000145416\tQ8TCQ1",
    'HGNC:1\tONE\tone\tApproved\t"SHARED|TP53"\t\t1\tENSG00000000001\t',
    "HGNC:2\tTWO\ttwo\tApproved\tSHARED\t\t2\tENSG00000000002\t",
    "HGNC:3\tGONE\tgone\tEntry Withdrawn\t\t\t\t\t",
)
LINKS = """
SELECT n.text, n.candidates, f.feature_type, f.accession, l.relation, l.evidence, v.kind FROM links l
JOIN names n ON n.no = l.name_no JOIN features f ON f.no = l.feature_no
LEFT JOIN vocabularies v ON v.no = l.vocabulary_no
ORDER BY n.text, f.accession
"""
FORMAT = TableFormat(
    name="genes",
    title="toy genes",
    layout="rows",
    feature_type="gene",
    omics_type="transcriptomics",
    header=("gene",),
    feature=("gene",),
    ids={"ensembl": "ensembl", "entrez": "entrez"},
    measures=(Measure(name="Counts", columns=r"Counts (?P<sample>.+)\Z"),),
)


class Genes:
    """A plugin of genes that knows accessions of Ensembl by themselves, and counts who asks."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    @hookimpl
    def describe_plugin(self) -> PluginInfo:
        info = FormatInfo(name="genes", versions="1", title="toy genes")
        return PluginInfo(name="genes", omics_type="transcriptomics", feature_types=("gene",), formats=(info,))

    @hookimpl
    def sniff_file(self, head: FileHead) -> Match | None:
        return sniff(head, [FORMAT])

    @hookimpl
    def parse_file(self, path: Path, match: Match) -> ParsedFile:
        return read_file(path, match)

    @hookimpl
    def extract_features(self, parsed: ParsedFile) -> FeatureTable:
        return extract(parsed, [FORMAT])

    @hookimpl
    def normalize_features(self, refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        self.asked += [ref.name for ref in refs]
        names = [ref.name or "" for ref in refs]
        return [(Identity(namespace="ensembl", accession=n),) if n.startswith("ENSG") else () for n in names]

    @hookimpl
    def build_embedding_text(self, dataset: Dataset, features: Sequence[Feature]) -> str:  # noqa: ARG002  # the hook has them
        return dataset.name


class Bench:
    """An app with the toy plugin, and its files."""

    def __init__(self, workspace: "Workspace", folder: Path) -> None:
        self.workspace, self.folder = workspace, folder
        self.genes = Genes()
        self.app = self.another_app()

    def another_app(self) -> App:
        app = App(settings=self.workspace.settings)
        app.plugins = plugins_module.Plugins(loaded={"genes": plugins_module.register(self.genes, name="genes")})
        return app

    def ingest(self, name: str, rows: Sequence[str], header: str = "gene\tCounts a", app: App | None = None) -> Outcome:
        path = self.folder / name
        path.write_text("\n".join([header, *rows]) + "\n")
        [outcome] = (app or self.app).ingest([str(path)], Wish())
        assert outcome.error is None
        return outcome

    def file(self, rows: Sequence[str] = HGNC, name: str = "hgnc.txt") -> Path:
        path = self.folder / name
        path.write_text("\n".join(rows) + "\n")
        return path

    def add(self, kind: str = "hgnc", rows: Sequence[str] = HGNC, *, dry_run: bool = False, **named: str) -> Changed:
        file = self.file(rows, f"{kind}.txt")
        return self.app.add_vocabulary(Wanted(kind=kind, file=str(file), **named), Telling(), dry_run=dry_run)

    def links(self) -> list[tuple[object, ...]]:
        return self.workspace.query(LINKS)


@pytest.fixture
def bench(workspace: "Workspace", folder: Path) -> Iterator[Bench]:
    made = Bench(workspace, folder)
    yield made
    made.app.database.close()


def test_names_resolve_by_approved_previous_and_alias_symbols(bench: Bench) -> None:
    bench.add()
    bench.ingest("a.tsv", ["TP53\t1", "MARCH1\t2", "LFS1\t3", "SHARED\t4", "GONE\t5", "1-Mar\t6"])
    assert bench.links() == [
        ("1-Mar", 0, "gene", "1-Mar", "own", "genes names 1", None),
        ("GONE", 0, "gene", "GONE", "own", "genes names 1", None),
        ("LFS1", 1, "gene", "HGNC:11998", "same", "alias_symbol", "hgnc"),
        ("MARCH1", 1, "gene", "HGNC:26077", "same", "previous_symbol", "hgnc"),
        ("SHARED", 2, "gene", "HGNC:1", "same", "alias_symbol", "hgnc"),
        ("SHARED", 2, "gene", "HGNC:2", "same", "alias_symbol", "hgnc"),
        ("TP53", 1, "gene", "HGNC:11998", "same", "approved_symbol", "hgnc"),
    ]


def test_an_identity_of_the_plugin_stays_and_gains_the_canonical_one(bench: Bench) -> None:
    bench.ingest("a.tsv", ["ENSG00000141510\t1"])
    bench.add()
    assert bench.links() == [
        ("ENSG00000141510", 1, "gene", "ENSG00000141510", "same", "genes names 1", None),
        ("ENSG00000141510", 1, "gene", "HGNC:11998", "same", "ensembl", "hgnc"),
    ]
    stored, counts = bench.app.read_dataset("run/a")
    assert (stored.features, counts.linked) == (("HGNC:11998",), 1)


def test_a_feature_is_found_and_called_by_a_name_that_no_file_wrote(bench: Bench) -> None:
    bench.ingest("a.tsv", ["ENSG00000141510\t1"])
    with pytest.raises(NotFound):
        bench.app.show_feature("LFS1")
    assert [f["label"] for f, _ in bench.app.show_feature("ENSG00000141510")] == [None]
    bench.add()
    for name in ("TP53", "LFS1", "P53"):
        ((feature, measured),) = bench.app.show_feature(name)
        assert (feature["accession"], feature["label"]) == ("HGNC:11998", "TP53")
        assert [row["written"] for row in measured] == ["ENSG00000141510"]


def test_stored_names_follow_a_pack_that_comes_and_goes_and_no_measurement_moves(bench: Bench) -> None:
    bench.ingest("a.tsv", ["TP53\t1", "MARCH1\t2", "nothing\t3"])
    before, links = bench.workspace.rows(), bench.links()
    asked = list(bench.genes.asked)
    changed = bench.add()
    assert [(move.text, move.before, move.after) for move in changed.moves] == [
        ("MARCH1", (), ("HGNC:26077",)),
        ("TP53", (), ("HGNC:11998",)),
    ]
    assert {row[0]: row[3] for row in bench.links()} == {
        "TP53": "HGNC:11998",
        "MARCH1": "HGNC:26077",
        "nothing": "nothing",
    }
    removed = bench.app.remove_vocabulary("hgnc", Telling())
    assert [move.after for move in removed.moves] == [(), ()]
    assert bench.links() == links
    after = bench.workspace.rows()
    for table in ("measured", "datasets", "revisions"):
        assert after[table] == before[table]
    assert bench.genes.asked == asked
    assert bench.workspace.one("SELECT count(*) FROM vocabularies") == 0
    assert bench.workspace.query("SELECT * FROM vocabulary_pages") == []


def test_the_same_file_again_changes_nothing(bench: Bench) -> None:
    bench.ingest("a.tsv", ["TP53\t1"])
    assert bench.add().status == "added"
    before = bench.workspace.rows()
    again = bench.add()
    assert (again.status, again.moves) == ("unchanged", [])
    assert bench.workspace.rows() == before


def test_a_newer_version_takes_over_and_the_older_one_comes_back_when_it_goes(bench: Bench) -> None:
    bench.ingest("a.tsv", ["OLD\t1", "TP53\t2"])
    bench.add(version="1")
    newer = [*HGNC, "HGNC:9\tNEW\tnew\tApproved\t\tOLD\t9\tENSG00000000009\t"]
    tried = bench.add(rows=newer, version="2", dry_run=True)
    assert [(m.text, m.after) for m in tried.moves] == [("OLD", ("HGNC:9",))]
    assert len(bench.app.list_vocabularies()[0]) == 1
    changed = bench.add(rows=newer, version="2")
    assert list(changed.moves) == list(tried.moves)
    assert changed.replaced is not None
    assert (changed.replaced.title, bench.add(rows=newer, version="2").replaced) == ("hgnc/hgnc@1", None)
    packs, settled = bench.app.list_vocabularies()
    assert [(p.title, p.in_force, p.entries, p.withdrawn) for p in packs] == [
        ("hgnc/hgnc@2", True, 5, 1),
        ("hgnc/hgnc@1", False, 4, 1),
    ]
    assert settled
    assert [(m.text, m.before, m.after) for m in bench.app.compare_vocabularies("hgnc@1", "hgnc@2")] == [
        ("OLD", (), ("HGNC:9",))
    ]
    bench.app.remove_vocabulary("hgnc@2", Telling())
    assert {row[0]: row[3] for row in bench.links()} == {"OLD": "OLD", "TP53": "HGNC:11998"}
    assert [p.in_force for p in bench.app.list_vocabularies()[0]] == [True]


def test_the_files_own_identifier_decides_where_the_name_does_not(bench: Bench) -> None:
    bench.add()
    header = "gene\tensembl\tentrez\tCounts a"
    rows = ["SHARED\tENSG00000000002.7\t\t1", "1-Mar\t\t55016\t2", "what\t\t424242\t3", "TP53\tENSG00000000001\t\t4"]
    bench.ingest("a.tsv", rows, header)
    assert [row[:2] + row[3:6] for row in bench.links()] == [
        ("1-Mar", 1, "HGNC:26077", "same", "file_id"),
        ("SHARED", 1, "HGNC:2", "same", "file_id"),
        ("TP53", 1, "HGNC:11998", "same", "approved_symbol"),
        ("what", 1, "424242", "same", "file_id"),
    ]


def test_identifiers_of_files_count_again_when_a_vocabulary_arrives_later(bench: Bench) -> None:
    header = "gene\tensembl\tCounts a"
    bench.ingest("a.tsv", ["who\tENSG00000141510\t1"], header)
    assert bench.links()[0][3:6] == ("ENSG00000141510", "same", "file_id")
    bench.add()
    assert bench.links() == [("who", 1, "gene", "HGNC:11998", "same", "file_id", "hgnc")]


def test_a_stored_name_resolves_by_an_identifier_that_a_later_file_gives(bench: Bench) -> None:
    bench.add()
    outcome = bench.ingest("a.tsv", ["who\t1"])
    assert outcome.report is not None
    assert outcome.report.counts.unresolved == 1
    outcome = bench.ingest("b.tsv", ["who\tENSG00000141510\t1"], "gene\tensembl\tCounts a")
    assert outcome.report is not None
    assert (outcome.report.counts.linked, outcome.report.counts.unresolved) == (1, 0)
    assert bench.links() == [("who", 1, "gene", "HGNC:11998", "same", "file_id", "hgnc")]
    bench.ingest("c.tsv", ["who\tENSG00000145416\t1"], "gene\tensembl\tCounts a")
    assert bench.links() == [("who", 0, "gene", "who", "own", "genes names 1", None)]


def test_damaged_names_are_a_problem_and_no_guess(bench: Bench) -> None:
    bench.add()
    outcome = bench.ingest("a.tsv", ["1-Mar\t1", "2.31E+13\t2", "TP53\t3"])
    assert outcome.report is not None
    [problem] = [p for p in outcome.report.problems if p.code == "spreadsheet_damage"]
    assert "1-Mar, 2.31E+13" in problem.what
    assert bench.workspace.one("SELECT count(*) FROM problems WHERE code = 'spreadsheet_damage'") == 1


def test_ingestion_says_once_what_a_vocabulary_would_add(bench: Bench) -> None:
    assert bench.ingest("a.tsv", ["TP53\t1", "MYC\t2"]).unresolved == {"gene": 2}
    assert bench.ingest("b.tsv", ["TP53\t1", "MYC\t2"]).unresolved == {}
    bench.add()
    assert bench.ingest("c.tsv", ["KRAS\t1"]).unresolved == {}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["a\tb", "1\t2"], "this is no file of HGNC"),
        ([*HGNC, "HGNC:12\tCUT"], "last row has not all columns"),
        ([HGNC[0], HGNC[5]], "it has no entry"),
        ([HGNC[0]], "it has no entry"),
        ([""], "this is no file of HGNC"),
    ],
)
def test_a_file_that_is_wrong_cut_or_empty_is_refused_and_nothing_is_stored(
    bench: Bench, rows: list[str], said: str
) -> None:
    bench.ingest("a.tsv", ["TP53\t1"])
    before = bench.workspace.rows()
    with pytest.raises(FileError, match=said):
        bench.add(rows=rows)
    assert bench.workspace.rows() == before


def test_a_packed_file_is_read_and_a_cut_one_refused(bench: Bench) -> None:
    packed = gzip.compress(("\n".join(HGNC) + "\n").encode())
    whole, cut = bench.folder / "hgnc_2024-05-01.txt.gz", bench.folder / "cut.txt.gz"
    whole.write_bytes(packed)
    cut.write_bytes(packed[:-12])
    with pytest.raises(FileError, match="damaged or cut"):
        bench.app.add_vocabulary(Wanted(kind="hgnc", file=str(cut)), Telling())
    changed = bench.app.add_vocabulary(Wanted(kind="hgnc", file=str(whole)), Telling())
    assert changed.pack is not None
    assert (changed.pack.version, changed.pack.entries) == ("2024-05-01", 4)


def test_what_is_not_there_is_said(bench: Bench) -> None:
    with pytest.raises(NotFound, match="no kind of vocabulary nothing"):
        bench.add("nothing")
    with pytest.raises(SettingsError, match="--file or --url"):
        bench.app.add_vocabulary(Wanted(kind="hgnc"), Telling())
    with pytest.raises(NotFound, match="there is no vocabulary hgnc"):
        bench.app.remove_vocabulary("hgnc", Telling())
    bench.add(name="one")
    bench.add(name="two")
    with pytest.raises(Conflict, match="hgnc could be"):
        bench.app.remove_vocabulary("hgnc", Telling())


INTERRUPTED = """
import sys
from amprenta_core.cli.main import main
from amprenta_core.store import relinking
relinking.BATCH = 1
whole = relinking.resolve_batch
def slowly(*arguments):
    print("batch", flush=True)
    sys.stdin.readline()
    return whole(*arguments)
relinking.resolve_batch = slowly
main(["vocab", "add", "hgnc", "--file", sys.argv[1]])
"""


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_a_kill_in_the_middle_is_made_good(bench: Bench, start: "Start", batches: int) -> None:
    bench.ingest("a.tsv", ["TP53\t1", "MARCH1\t2", "SHARED\t3"])
    process = start(INTERRUPTED, bench.file(), environment=bench.workspace.environment)
    assert process.stdin is not None
    assert process.stdout is not None
    for _ in range(batches):
        assert process.stdout.readline() == "batch\n"
        process.stdin.write("\n")
        process.stdin.flush()
    assert process.stdout.readline() == "batch\n"
    process.kill()
    process.wait()
    assert not bench.app.list_vocabularies()[1]
    assert len({row[0] for row in bench.links() if row[6] is not None}) == batches
    bench.app.resolve_names(Telling())
    assert bench.app.list_vocabularies()[1]
    assert {row[0]: row[1] for row in bench.links()} == {"TP53": 1, "MARCH1": 1, "SHARED": 2}


def test_writers_beside_a_pack_that_comes_and_goes(bench: Bench) -> None:
    names = ["TP53", "MARCH1", "LFS1", "SHARED", "ENSG00000141510"]
    errors: list[BaseException] = []

    def write(which: int) -> None:
        app = bench.another_app()
        try:
            for n in range(12):
                rows = [f"{name}\tENSG00000000002\t{n}" for name in (*names, f"new {which} {n}", f"both {n}")]
                bench.ingest(f"{which}-{n}.tsv", rows, "gene\tensembl\tCounts a", app=app)
        except BaseException as error:  # noqa: BLE001  # told below
            errors.append(error)
        finally:
            app.database.close()

    writers = [threading.Thread(target=write, args=(which,)) for which in range(2)]
    for writer in writers:
        writer.start()
    for _ in range(3):
        bench.add()
        bench.app.remove_vocabulary("hgnc", Telling())
    bench.add()
    for writer in writers:
        writer.join()
    assert errors == []
    stored = bench.links()
    assert bench.app.resolve_names(Telling()).moves == []
    assert bench.links() == stored
    assert bench.workspace.one("SELECT count(*) FROM datasets") == 24


def test_commands(shell: "Shell", bench: Bench) -> None:
    bench.ingest("a.tsv", ["TP53\t1", "x\t2"])
    file = bench.file()
    dry = shell.amprenta("vocab", "add", "hgnc", "--file", file, "--dry-run", "--json")
    assert (dry.code, dry.objects[0]["moved"], dry.objects[0]["status"]) == (0, 1, "compared")
    added = shell.amprenta("vocab", "add", "hgnc", "--file", file)
    assert added.code == 0
    assert "added: 4 entries (1 withdrawn left out)" in added.out
    assert "1 stored name denotes something else" in added.out
    [listed] = shell.amprenta("vocab", "list", "--json").objects
    assert [pack["kind"] for pack in listed["vocabularies"]] == ["hgnc"]
    assert listed["settled"]
    assert {"hgnc", "uniprot", "ensembl", "entrez", "refmet", "chebi", "hmdb", "lipidmaps", "swisslipids"} <= {
        kind["kind"] for kind in listed["kinds"]
    }
    assert "HGNC, the approved symbols" in shell.amprenta("vocab", "list").out
    assert "TP53" in shell.amprenta("features", "show", "HGNC:11998").out
    assert "0 stored names" in shell.amprenta("vocab", "diff", "hgnc", listed["vocabularies"][0]["no"]).out
    assert shell.amprenta("vocab", "resolve", "--json").objects[0]["moved"] == 0
    assert shell.amprenta("vocab", "remove", "hgnc").code == 0
    assert shell.amprenta("vocab", "remove", "hgnc").code == 5
    assert shell.amprenta("vocab", "add", "hgnc", "--file", bench.file(["a\tb"], "bad.txt")).code == 3
    assert shell.amprenta("vocab", "add", "hgnc").code == 2
