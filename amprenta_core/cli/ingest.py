"""``amprenta-ingest``: files in, datasets in Postgres out."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from amprenta_core.cli.running import add_json, console, counted, leave, print_json, run
from amprenta_core.errors import AmprentaError, FileError, exit_code

if TYPE_CHECKING:
    from amprenta_core.app import App, Outcome, Report

SOME_FAILED = 1
_MOST_PROBLEMS = 8


def script() -> NoReturn:
    """Entry point of the installed command."""
    leave(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``amprenta-ingest`` and return its exit code."""
    return run(ingest, parser().parse_args(arguments))


def parser(prog: str = "amprenta-ingest") -> argparse.ArgumentParser:
    """The options of ``amprenta-ingest``."""
    made = argparse.ArgumentParser(
        prog=prog,
        description="Read result tables of any program, link their features, and store them as datasets in Postgres.",
        epilog="exit codes: 0 all well (also unchanged), 1 several files and some failed (the others are in), "
        "2 usage or settings, 3 file not understood, 4 plugin broken, "
        "5 conflict or not found, 6 database or sink not available",
    )
    made.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder (all files below it) or a URL")
    made.add_argument("--type", metavar="TYPE", help="the omics, such as lipidomics; found out where not said")
    made.add_argument("--name", help="name of the dataset (one file only; default: folder/file)")
    made.add_argument("--description", help="a sentence about the dataset")
    made.add_argument("--program", help="research programme it belongs to; made where there is none of this name")
    made.add_argument("--experiment", help="experiment it belongs to; made where there is none of this name")
    made.add_argument("--samples", metavar="FILE", help="sample sheet whose columns describe the samples")
    made.add_argument("--quantity", metavar="Q", help="quantity of choice, where the file has several")
    made.add_argument("--level", metavar="L", help="what a feature is, where the file has several levels (precursor …)")
    made.add_argument("--workers", type=_positive, default=1, metavar="N", help="processes to ingest many files with")
    made.add_argument("--check", action="store_true", help="read and link, but write nothing")
    made.add_argument("--update", action="store_true", help="make other content of the same name a new revision")
    made.add_argument("--create-page", action="store_true", help="make its Notion page now, whatever the mode")
    made.add_argument("--wait", action="store_true", help="wait until Notion and the like are in step")
    add_json(made)
    return made


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of 1 or more")
    return int(text)


def ingest(arguments: argparse.Namespace, app: "App") -> int:
    """Run the ingestion and report each dataset as it comes."""
    from amprenta_core.app import Wish, sample_sheet
    from amprenta_core.ingest import Options

    options = Options(
        omics_type=arguments.type,
        quantity=arguments.quantity,
        level=arguments.level,
        samples=sample_sheet(arguments.samples),
    )
    wish = Wish(
        options=options,
        name=arguments.name,
        description=arguments.description,
        program=arguments.program,
        experiment=arguments.experiment,
        update=arguments.update,
        check=arguments.check,
        create_page=arguments.create_page,
        wait=arguments.wait,
    )
    outcomes = []
    for outcome in app.ingest(arguments.paths, wish, workers=arguments.workers):
        if outcome.replayed:
            _replayed(outcome)
            continue
        outcomes.append(outcome)
        if arguments.json:
            print_json(as_json(outcome))
            if outcome.note:
                print(f"{outcome.path}: {outcome.note}", file=sys.stderr)
        else:
            show(outcome)
    if len(outcomes) > 1:
        _summary(outcomes)
    _what_vocabularies_add(outcomes, app)
    return _exit_code(outcomes)


def _what_vocabularies_add(outcomes: Sequence["Outcome"], app: "App") -> None:
    """Once for a run and a type of features: which vocabulary would resolve names that only their spelling tells."""
    counts: dict[str, int] = {}
    for outcome in outcomes:
        for kind, number in outcome.unresolved.items():
            counts[kind] = counts.get(kind, 0) + number
    for feature_type, number in counts.items():
        vocabulary, *_ = app.kinds.of_type(feature_type)
        known = "name is known by its" if number == 1 else "names are known by their"
        what = f"{number:,} {feature_type} {known} spelling alone"
        print(f"{what}: `amprenta vocab add {vocabulary.name}` would resolve {vocabulary.resolves}", file=sys.stderr)


def _replayed(outcome: "Outcome") -> None:
    """What came of something that waited: nobody asked for it now, so it is told beside and never fails the run."""
    if outcome.error is None:
        print(f"replayed from the spool: {outcome.path}: {outcome.status}", file=sys.stderr)
    else:
        hint = "it stays there, and `amprenta sync replay` tries it again"
        print(f"not replayed from the spool: {outcome.path}: {outcome.error} ({hint})", file=sys.stderr)


def _exit_code(outcomes: Sequence["Outcome"]) -> int:
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if not errors:
        return 0
    return exit_code(errors[0]) if len(outcomes) == 1 else SOME_FAILED


def as_json(outcome: "Outcome") -> dict[str, Any]:
    """An outcome as ``--json`` prints it; what a failed file did not come to is null."""
    report = outcome.report
    return {
        "path": outcome.path,
        "status": outcome.status,
        "dataset_id": outcome.dataset_id,
        "revision": outcome.revision,
        "name": outcome.name,
        **(_read_json(report) if report else dict.fromkeys(_READ)),
        "problems": [{"where": p.where, "code": p.code, "what": p.what} for p in report.problems] if report else [],
        "signatures": [],
        "notion_page_id": outcome.notion_page_id,
        "elapsed_ms": round(outcome.elapsed_ms, 1),
        "error": _error_json(outcome.error) if outcome.error else None,
    }


_READ = (
    "omics_type", "format", "quantity", "n_features", "n_samples", "n_cells", "rows_read", "rows_measured",
    "rows_set_aside", "n_linked", "n_ambiguous", "n_unresolved",
)  # fmt: skip


def _read_json(report: "Report") -> dict[str, Any]:
    counts = report.counts
    values = (
        report.omics_type, report.match.format, report.quantities[0][0], report.n_features, report.n_samples,
        report.n_cells, report.rows_read, report.rows_measured, report.rows_read - report.rows_measured,
        counts.linked, counts.ambiguous, counts.unresolved,
    )  # fmt: skip
    return dict(zip(_READ, values, strict=True))


def _error_json(error: AmprentaError) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": type(error).__name__, "what": str(error), "hint": error.hint}
    if isinstance(error, FileError):
        facts |= {"line": error.line, "plugin": error.plugin, "seen": error.seen}
    return facts


def show(outcome: "Outcome", *, said: bool = True) -> None:
    """An outcome for a person; ``said`` is whether to tell what each plugin said of a file that failed."""
    from rich.text import Text

    out = console()
    for line in _lines(outcome, said=said):
        out.print(Text.assemble(*line))


def _lines(outcome: "Outcome", *, said: bool) -> Iterator[list[str | tuple[str, str]]]:
    """What to say of an outcome: lines of pieces, each plain or with its style."""
    if outcome.error is not None:
        yield [("✗", "bold red"), f" {outcome.path}: ", ("failed", "red")]
        yield [f"  {_without_path(outcome)}"]
        for plugin, answer in getattr(outcome.error, "seen", {}).items() if said else ():
            yield [(f"  {plugin}: {answer}", "dim")]
        return
    yield [("✓", "bold green"), f" {outcome.path}: ", (outcome.status, "bold")]
    for label, text in _facts(outcome, outcome.report) if outcome.report else ():
        yield [(f"  {label:<9} ", "dim"), text]
    if outcome.notion_page_id:
        yield [("  notion    ", "dim"), outcome.notion_page_id]
    if outcome.note:
        yield [("  note      ", "yellow"), outcome.note]
    problems = outcome.report.problems if outcome.report else ()
    for problem in problems[:_MOST_PROBLEMS]:
        yield [("  problem   ", "yellow"), f"{problem.where}: {problem.what}"]
    if len(problems) > _MOST_PROBLEMS:
        rest = len(problems) - _MOST_PROBLEMS
        yield [("  problem   ", "yellow"), f"… and {rest} more: see them with --json"]


def _with_path(outcome: "Outcome") -> str:
    """Errors of a file begin with its path; those of the database, a name or a setting do not."""
    text = str(outcome.error)
    return text if text.startswith(outcome.path) else f"{outcome.path}: {text}"


def _without_path(outcome: "Outcome") -> str:
    text = str(outcome.error)
    return text.removeprefix(f"{outcome.path}: ").removeprefix(f"{outcome.path}, ")


def _facts(outcome: "Outcome", report: "Report") -> list[tuple[str, str]]:
    """What a person wants to know, in the order of interest."""
    (choice, unit), *others = report.quantities
    also = f" (also {', '.join(name for name, _ in others)})" if others else ""
    samples = counted(report.n_samples, "sample")
    columns = samples if report.n_samples else f"no samples, {counted(report.n_contrasts, 'contrast')}"
    columns += "" if report.n_cells is None else f", {counted(report.n_cells, 'cell')} (single-cell)"
    match, counts = report.match, report.counts
    revision = f", revision {outcome.revision}" if outcome.revision else ""
    aside = report.rows_read - report.rows_measured
    shown = f"{choice} in {unit}" if unit and unit != choice else choice
    return [
        ("is", f"{report.omics_type}, {match.format} ({match.confidence}: {match.reason})"),
        (
            "counts",
            f"{counted(report.n_features, report.feature_type)}, {columns}; {shown}{also}",
        ),
        ("rows", f"{report.rows_read} read, {report.rows_measured} measured, {aside} set aside"),
        ("names", f"{counts.linked} linked, {counts.ambiguous} ambiguous, {counts.unresolved} unknown"),
        ("dataset", f"{outcome.name}{revision}" + (f"  {outcome.dataset_id}" if outcome.dataset_id else "")),
    ]


def _summary(outcomes: Sequence["Outcome"]) -> None:
    """How many files of a run came to what, and the failed ones by name, on stderr."""
    counted: dict[str, int] = {}
    for outcome in outcomes:
        counted[outcome.status] = counted.get(outcome.status, 0) + 1
    print(", ".join(f"{n} {status}" for status, n in sorted(counted.items())), file=sys.stderr)
    for outcome in outcomes:
        if outcome.error is not None:
            print(f"  failed: {_with_path(outcome)}", file=sys.stderr)
