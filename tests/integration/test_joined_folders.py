"""A folder of files of one sample each is one dataset: named, stored, kept and written again as one."""

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from amprenta_core.app import App, Outcome, Wish
from amprenta_core.store import raw_files

if TYPE_CHECKING:
    from conftest import Shell, Workspace

GENES = [f"ENSG{n:011d}.{n % 7 + 1}" for n in range(40)]


def quant(seed: int, genes: list[str] = GENES) -> str:
    random = Random(seed)
    lines = ["Name\tLength\tEffectiveLength\tTPM\tNumReads"]
    for n, gene in enumerate(genes):
        lines.append(f"{gene}\t{random.randint(300, 9000)}\t{random.random():.3f}\t{random.random():.6f}\t{n}")
    return "\n".join(lines) + "\n"


def salmon(folder: Path, count: int) -> Path:
    for n in range(count):
        (folder / f"S{n:03d}").mkdir(parents=True, exist_ok=True)
        (folder / f"S{n:03d}" / "quant.sf").write_text(quant(n))
    return folder


def ingest(app: App, folder: Path, *, update: bool = False, workers: int = 1) -> list[Outcome]:
    return list(app.ingest([str(folder)], Wish(update=update), workers=workers))


@pytest.mark.parametrize("count", [2, 25])
def test_a_folder_for_each_sample_is_one_dataset(app: App, workspace: "Workspace", folder: Path, count: int) -> None:
    [outcome] = ingest(app, salmon(folder / "cohort", count))
    report = outcome.report
    assert report is not None
    assert (outcome.status, outcome.name, report.n_features, report.n_samples) == ("created", "cohort", 40, count)
    assert (report.rows_read, report.rows_measured) == (40 * count, 40 * count)
    names = [name for (name,) in workspace.query("SELECT name FROM samples ORDER BY position")]
    assert names == [f"S{n:03d}" for n in range(count)]
    assert {quantity for quantity, _ in report.quantities} >= {"counts", "tpm", "length"}
    assert any(p.code == "joined_files" and f"{count} files" in p.what for p in report.problems)


def test_the_values_are_those_of_each_file(app: App, folder: Path) -> None:
    cohort = salmon(folder / "cohort", 3)
    shuffled = quant(1).splitlines()
    (cohort / "S001" / "quant.sf").write_text("\n".join([shuffled[0], *reversed(shuffled[1:]), ""]))
    [outcome] = ingest(app, cohort)
    stored, _ = app.read_dataset(outcome.name or "", quantity="tpm")
    for n in range(3):
        wanted = [float(line.split("\t")[3]) for line in quant(n).splitlines()[1:]]
        assert stored.quantities[0].values[:, n].tolist() == wanted


def test_again_is_unchanged_and_one_more_file_is_an_update(app: App, folder: Path) -> None:
    cohort = salmon(folder / "cohort", 3)
    [first] = ingest(app, cohort)
    [again] = ingest(app, cohort)
    assert (again.status, again.dataset_id) == ("unchanged", first.dataset_id)
    salmon(cohort, 4)
    [more] = ingest(app, cohort)
    assert (more.status, more.dataset_id, more.revision) == ("updated", first.dataset_id, 2)


def test_the_same_files_elsewhere_are_the_same_dataset(app: App, folder: Path) -> None:
    [first] = ingest(app, salmon(folder / "one" / "cohort", 2))
    [again] = ingest(app, salmon(folder / "two" / "cohort", 2))
    assert (again.status, again.dataset_id) == ("unchanged", first.dataset_id)
    [other] = ingest(app, salmon(folder / "three" / "cohort", 3))
    assert other.error is not None
    assert "is taken by other content" in str(other.error)
    [told] = ingest(app, folder / "three" / "cohort", update=True)
    assert told.status == "updated"


def test_one_broken_file_does_not_lose_the_others(shell: "Shell", folder: Path) -> None:
    cohort = salmon(folder / "cohort", 5)
    broken = cohort / "S002" / "quant.sf"
    broken.write_text(quant(2).split("\n", 1)[0] + "\nENSG00000000001.1\t12")
    ran = shell.ingest(cohort, "--json")
    assert ran.code == 1
    stored = next(one for one in ran.objects if one["status"] == "created")
    failed = next(one for one in ran.objects if one["status"] == "failed")
    assert stored["n_samples"] == 4
    assert failed["path"] == str(broken)
    salmon(cohort, 5)
    mended = shell.ingest(cohort, "--json")
    assert (mended.code, mended.objects[0]["status"], mended.objects[0]["n_samples"]) == (0, "updated", 5)


def test_a_file_with_other_features_is_a_dataset_of_its_own(app: App, folder: Path) -> None:
    cohort = salmon(folder / "cohort", 3)
    (cohort / "S001" / "quant.sf").write_text(quant(1, [f"ENSMUSG{n:011d}" for n in range(40)]))
    joined, alone = ingest(app, cohort)
    assert joined.report is not None
    assert alone.report is not None
    assert (joined.name, joined.report.n_samples) == ("cohort", 2)
    assert (alone.name, alone.report.n_samples, alone.status) == ("S001/quant", 1, "created")
    assert any("S001/quant.sf is a dataset of its own" in p.what for p in joined.report.problems)


def test_files_of_two_kinds_are_two_datasets_named_apart(app: App, folder: Path) -> None:
    columns = "length\teffective_length\texpected_count\tTPM\tFPKM"
    genes = f"gene_id\ttranscript_id(s)\t{columns}\nENSG00000000003.14\tENST00000373020.8\t9\t7\t2\t1\t1\n"
    isoforms = f"transcript_id\tgene_id\t{columns}\tIsoPct\nENST00000373020.8\tENSG00000000003.14\t9\t7\t2\t1\t1\t9\n"
    rsem = folder / "rsem"
    rsem.mkdir()
    for name in ("A", "B"):
        (rsem / f"{name}.genes.results").write_text(genes)
        (rsem / f"{name}.isoforms.results").write_text(isoforms)
    outcomes = ingest(app, rsem)
    assert [outcome.name for outcome in outcomes] == ["rsem/rsem-genes", "rsem/rsem-isoforms"]
    assert [outcome.report.n_samples for outcome in outcomes if outcome.report] == [2, 2]


def test_a_file_that_the_user_names_is_a_dataset_of_one_sample(app: App, folder: Path) -> None:
    cohort = salmon(folder / "cohort", 3)
    [outcome] = ingest(app, cohort / "S001" / "quant.sf")
    assert outcome.report is not None
    assert (outcome.name, outcome.report.n_samples) == ("S001/quant", 1)


def test_logs_beside_the_files_are_passed_over_and_counted(shell: "Shell", folder: Path) -> None:
    cohort = salmon(folder / "cohort", 2)
    for n in range(2):
        (cohort / f"S00{n}" / "logs").mkdir()
        (cohort / f"S00{n}" / "logs" / "salmon_quant.log").write_text("[info] done\n")
        (cohort / f"S00{n}" / "cmd_info.json").write_text("{}\n")
    ran = shell.ingest(cohort, "--json")
    [stored] = ran.objects
    assert (ran.code, stored["n_samples"]) == (0, 2)
    [note] = [problem["what"] for problem in stored["problems"] if problem["code"] == "files_passed_over"]
    assert ": 4 (" in note
    (cohort / "notes.txt").write_text("what we did\n")
    assert [one["status"] for one in shell.ingest(cohort, "--json").objects] == ["unchanged", "failed"]


def test_transcripts_and_their_sums_by_gene_are_two_datasets_of_all_samples(app: App, folder: Path) -> None:
    cohort = salmon(folder / "cohort", 3)
    for n in range(3):
        transcripts = [f"ENST{m:011d}.1" for m in range(60)]
        (cohort / f"S00{n}" / "quant.sf").write_text(quant(n, transcripts))
        (cohort / f"S00{n}" / "quant.genes.sf").write_text(quant(n))
    reports = {outcome.name: outcome.report for outcome in ingest(app, cohort)}
    found = {name: (r.n_features, r.n_samples, r.feature_type) for name, r in reports.items() if r is not None}
    assert found == {
        "cohort/salmon quant.genes": (40, 3, "gene"),
        "cohort/salmon quant": (60, 3, "transcript"),
    }


def test_every_file_is_kept_and_listed(app: App, workspace: "Workspace", folder: Path) -> None:
    cohort = salmon(folder / "cohort", 2)
    ingest(app, cohort)
    [(listing, options)] = workspace.query("SELECT raw_file, options FROM revisions")
    lines = [line.split("  ") for line in raw_files.read(listing).decode().splitlines()]
    assert {name: sha256 for sha256, name in lines} == options["members"]
    files = app.settings.files
    assert files is not None
    for sha256, name in lines:
        assert raw_files.read(raw_files.place(files, sha256)) == (cohort / name).read_bytes()


@pytest.mark.slow
def test_several_processes_come_to_the_same(shell: "Shell", folder: Path) -> None:
    for name in ("one", "two", "three"):
        salmon(folder / "runs" / name, 8)
    for n, name in enumerate(("one", "two", "three")):
        path = folder / "runs" / name / "S000" / "quant.sf"
        path.write_text(quant(100 + n))
    ran = shell.ingest(folder / "runs", "--workers", "2", "--json")
    assert ran.code == 0
    assert [(one["name"], one["n_samples"]) for one in ran.objects] == [("one", 8), ("three", 8), ("two", 8)]


MERGED = ("gene_counts", "gene_counts_length_scaled", "gene_counts_scaled", "gene_lengths", "gene_tpm")
QUANTITIES = ["counts", "counts_length_scaled", "counts_scaled", "tpm", "length"]


def merged(folder: Path, name: str, *, genes: int = 12, samples: str = "ABC", seed: int = 1) -> Path:
    """A table of one quantity, as nf-core/rnaseq merges them."""
    random = Random(seed)
    lines = ["\t".join(("gene_id", "gene_name", *(f"SAMPLE_{s}" for s in samples)))]
    rows = ([f"{random.random():.4f}" for _ in samples] for _ in range(genes))
    lines += ["\t".join((f"ENSG{n:011d}", f"ENSG{n:011d}", *row)) for n, row in enumerate(rows)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")
    return folder


def test_merged_tables_are_quantities_beside_each_other(app: App, workspace: "Workspace", folder: Path) -> None:
    for n, name in enumerate(MERGED):
        merged(folder / "star_salmon", f"salmon.merged.{name}", seed=n)
    [outcome] = ingest(app, folder / "star_salmon")
    report = outcome.report
    assert report is not None
    assert (outcome.status, outcome.name, report.n_features, report.n_samples) == ("created", "star_salmon", 12, 3)
    assert [quantity for quantity, _ in report.quantities] == QUANTITIES
    assert workspace.query("SELECT quantity FROM revisions") == [("counts",)]
    assert any(p.code == "joined_files" and "5 files" in p.what and "quantity" in p.what for p in report.problems)
    stored, _ = app.read_dataset("star_salmon", quantity="tpm")
    wanted = [line.split("\t")[2:] for line in (folder / "star_salmon/salmon.merged.gene_tpm.tsv").open()][1:]
    assert stored.quantities[0].values.tolist() == [[float(cell) for cell in row] for row in wanted]


def test_a_trio_of_files_is_one_dataset_and_a_file_alone_its_own(app: App, folder: Path) -> None:
    for n, name in enumerate(("abundance", "counts", "length")):
        merged(folder / "tximport", name, seed=n)
    [outcome] = ingest(app, folder / "tximport")
    assert outcome.report is not None
    assert [q for q, _ in outcome.report.quantities] == ["counts", "abundance", "length"]
    [alone] = ingest(app, merged(folder / "alone", "salmon.merged.gene_tpm"))
    assert alone.report is not None
    assert (alone.name, [q for q, _ in alone.report.quantities]) == ("salmon.merged.gene_tpm", ["tpm"])


def test_programs_and_kinds_in_one_folder_stay_apart(app: App, folder: Path) -> None:
    for prefix in ("salmon.merged.gene", "rsem.merged.gene"):
        for n, name in enumerate(("counts", "tpm")):
            merged(folder / "both", f"{prefix}_{name}", seed=n + 10 * len(prefix))
    outcomes = ingest(app, folder / "both")
    assert [o.name for o in outcomes] == [
        "both/merged-genes rsem.merged.gene_counts",
        "both/merged-genes salmon.merged.gene_counts",
    ]
    assert [[q for q, _ in o.report.quantities] for o in outcomes if o.report] == [["counts", "tpm"]] * 2


@pytest.mark.parametrize(("other", "why"), [({"genes": 11}, "features"), ({"samples": "ABD"}, "samples")])
def test_other_features_or_samples_stay_apart_and_it_is_said(
    app: App, folder: Path, other: dict[str, int | str], why: str
) -> None:
    merged(folder / "study", "x_gene_counts", seed=1)
    merged(folder / "study", "x_gene_lengths", seed=2)
    merged(folder / "study", "x_gene_tpm", seed=3, **other)  # type: ignore[arg-type]  # of the right type
    joined, alone = ingest(app, folder / "study")
    assert joined.report is not None
    assert alone.report is not None
    assert (joined.name, [q for q, _ in joined.report.quantities]) == ("study", ["counts", "length"])
    assert (alone.name, [q for q, _ in alone.report.quantities]) == ("x_gene_tpm", ["tpm"])
    for outcome in (joined, alone):
        assert outcome.report is not None
        [note] = [p.what for p in outcome.report.problems if p.code == "file_not_joined"]
        assert f"its {why} are not those of the others" in note


def test_where_no_two_belong_together_each_keeps_its_name(app: App, folder: Path) -> None:
    merged(folder / "study", "x_gene_counts", seed=1)
    merged(folder / "study", "x_gene_tpm", genes=5, seed=3)
    outcomes = ingest(app, folder / "study")
    assert [outcome.name for outcome in outcomes] == ["x_gene_counts", "x_gene_tpm"]
    assert all(any(p.code == "file_not_joined" for p in o.report.problems) for o in outcomes if o.report)
