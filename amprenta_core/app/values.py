"""What the front doors hand to the application, and what they get back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from attrs import field, frozen

from amprenta_core import ingest
from amprenta_core.errors import AmprentaError, FileError
from amprenta_core.ingest import Options, Target
from amprenta_core.model import Ingested, Match, Problem


@frozen(kw_only=True)
class Wish:
    """What the user asked of an ingestion.

    ``create_page`` makes a Notion page whatever the mode; ``wait`` waits until the sinks are in step.
    """

    options: Options = field(factory=Options)
    name: str | None = None
    description: str | None = None
    program: str | None = None
    experiment: str | None = None
    update: bool = False
    check: bool = False
    create_page: bool = False
    wait: bool = False


@frozen(kw_only=True)
class Counts:
    """How the measured features are linked."""

    linked: int
    ambiguous: int
    unresolved: int


@frozen(kw_only=True)
class Report:
    """What was read from a file, without its numbers; ``n_cells`` is None where it is not single-cell."""

    omics_type: str
    feature_type: str
    match: Match
    quantities: tuple[tuple[str, str | None], ...]
    n_features: int
    n_samples: int
    n_contrasts: int
    n_cells: int | None
    rows_read: int
    rows_measured: int
    counts: Counts
    problems: tuple[Problem, ...]


@frozen(kw_only=True)
class Outcome:
    """What became of one dataset, or of a file that gave none (``error``). ``note`` says what is still to come.

    ``replayed``: it came from the spool, and nobody asked for it this time. ``unresolved``: how many new names of a
    feature type mean nothing yet because no vocabulary of that type is there.
    """

    path: str
    status: str
    name: str | None = None
    dataset_id: UUID | None = None
    revision: int | None = None
    report: Report | None = None
    notion_page_id: str | None = None
    note: str | None = None
    elapsed_ms: float = 0.0
    error: AmprentaError | None = None
    replayed: bool = False
    unresolved: Mapping[str, int] = field(factory=dict)


@frozen(kw_only=True)
class Shown:
    """What was shown of a dataset outside before Postgres had it: under which id, on which Notion page."""

    id: UUID
    page: str | None = None


@frozen(kw_only=True)
class Reading:
    """A file that was read: its datasets, and the error that ended the reading.

    Of files that are one dataset, ``failed`` are those that could not be read, each with its error, and ``apart`` those
    that are datasets of their own.
    """

    target: Target
    found: Sequence[Ingested]
    raw_file: str | None
    error: AmprentaError | None
    seconds: float
    failed: Sequence[tuple[Target, AmprentaError]] = ()
    apart: Sequence[Target] = ()


def dataset_name(target: Target, ingested: Ingested, wish: Wish) -> str:
    """The name that a dataset gets."""
    name = wish.name or target.name
    return f"{name}/{ingested.part}" if ingested.part else name


def make_report(ingested: Ingested, candidates: Sequence[int]) -> Report:
    """What was read; ``candidates`` is how many identities each feature's name has."""
    table = ingested.table
    unresolved, linked = candidates.count(0), candidates.count(1)
    return Report(
        omics_type=table.omics_type,
        feature_type=table.features[0].type,
        match=ingested.match,
        quantities=tuple((q.name, q.unit) for q in table.quantities),
        n_features=len(table.features),
        n_samples=len(table.samples),
        n_contrasts=len(table.contrasts),
        n_cells=None if table.cells is None else len(table.cells.barcodes),
        rows_read=table.rows_read,
        rows_measured=table.rows_measured,
        counts=Counts(
            linked=linked,
            ambiguous=len(candidates) - linked - unresolved,
            unresolved=unresolved,
        ),
        problems=table.problems,
    )


def reading_options(options: Options, ingested: Ingested) -> Mapping[str, Any]:
    """What beside the file makes the content: a sample sheet and the other files of the dataset, each by its hash."""
    sheet = ingest.content_hash(options.samples) if options.samples else None
    beside = {} if ingested.files else {m.name: ingest.content_hash(m) for m in sorted(ingested.members)}
    hashes = {**ingested.files, **beside} or None
    given = {"quantity": options.quantity, "level": options.level, "samples": sheet, "members": hashes}
    return {key: value for key, value in given.items() if value is not None}


def sample_sheet(path: str | None) -> Path | None:
    """A sample sheet that is there. Raises ``FileError``."""
    if path is not None and not Path(path).is_file():
        raise FileError("the sample sheet is not there", path=path, hint="Check the path")
    return None if path is None else Path(path)
