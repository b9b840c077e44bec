"""The nouns: frozen, keyword-only values that plugins, core and front doors hand to each other.

Numbers travel as float64 arrays of shape (features, samples) or (features, contrasts), NaN where nothing was
measured. Nothing here knows a file, a database or an omics.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

import numpy as np
from attrs import cmp_using, field, frozen

from amprenta_core.matrices import Cells

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
Confidence = Literal["possible", "likely", "certain"]
"""How sure a sniffer is. ``possible``: it would read the file if told to (``--type``), never on its own."""
NOTHING: Mapping[str, str] = MappingProxyType({})
"""The empty mapping that values share."""
CONFIDENCES: tuple[Confidence, ...] = ("possible", "likely", "certain")

_TYPE_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def _type_name(_instance: object, attribute: Any, value: str) -> None:
    if not _TYPE_NAME.match(value):
        raise ValueError(f"{attribute.name} must be a lower-case word, not {value!r}")


class Axis(Enum):
    """What the columns of a quantity are."""

    SAMPLES = "samples"
    CONTRASTS = "contrasts"


class ZeroMeaning(Enum):
    """What a zero in a quantity stands for."""

    VALUE = "value"
    MISSING = "missing"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Problem:
    """An oddity in the data: shown, stored and counted; it never blocks.

    ``where`` is a place a person can find ("line 12", "sheet Data, row 3"); ``row`` is the row number of the
    table that was set aside because of it, None where no row was lost.
    """

    where: str
    code: str
    what: str
    row: int | None = None


@frozen(kw_only=True)
class FormatInfo:
    """A file format that a plugin reads: its name, the versions that were tried, what it is in words.

    ``levels`` are those at which it can be read, the one of choice first; () where it has no other.
    """

    name: str
    versions: str
    title: str
    levels: tuple[str, ...] = ()


@frozen(kw_only=True)
class PluginInfo:
    """What a plugin says of itself.

    ``names_version`` changes whenever ``normalize_features`` would answer differently: stored names are then
    resolved again.
    """

    name: str
    omics_type: str = field(validator=_type_name)
    feature_types: tuple[str, ...]
    formats: tuple[FormatInfo, ...]
    names_version: str = "1"
    version: str = ""


@frozen(kw_only=True)
class Match:
    """A claim on a file: which format, how sure, why; ``members`` make the dataset, ``parts`` are one dataset each.

    ``combine``: the file holds a part of a dataset, most often one sample. Files of one format with the same word here,
    in one folder that the user named or in folders side by side, are one dataset. "": it is a dataset of its own.
    ``quantity_rank``: what the files of that word differ in is not the samples but the quantity, of the same features
    and samples; that of the smallest rank is the quantity of choice. These are looked for in one folder only.
    ``beside`` are the files and folders beside it that its program wrote with it and that hold nothing to be read: in a
    folder's run they are passed over, unless some plugin reads them. ``level`` is the one that the user asked for, ""
    for the format's own.
    """

    format: str
    confidence: Confidence
    reason: str
    omics_type: str = ""
    members: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    combine: str = ""
    quantity_rank: int | None = None
    beside: tuple[str, ...] = ()
    level: str = ""


@frozen(kw_only=True)
class Sample:
    """One thing that was measured: ``attributes`` are what the file or a sample sheet says of it; ``flags`` mark
    pools, blanks, calibrators and the like.
    """

    name: str
    attributes: Mapping[str, str] = NOTHING
    flags: tuple[str, ...] = ()


@frozen(kw_only=True)
class Contrast:
    """A comparison: ``numerator`` against ``denominator`` where the file says so."""

    name: str
    numerator: str | None = None
    denominator: str | None = None


@frozen(kw_only=True)
class Quantity:
    """Numbers of one meaning: ``values`` is (features, samples) or (features, contrasts), NaN = missing.

    ``missing`` says why, where the file does: reason (as written) → flat indices into ``values``. ``unit`` and
    ``scale`` ("linear", "log2", "log10") are None where the file does not say.
    """

    name: str
    values: FloatArray = field(eq=cmp_using(eq=lambda a, b: np.array_equal(a, b, equal_nan=True)), repr=False)
    axis: Axis = Axis.SAMPLES
    unit: str | None = None
    scale: str | None = None
    zero: ZeroMeaning = ZeroMeaning.UNKNOWN
    missing: Mapping[str, tuple[int, ...]] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class Related:
    """What a file says that a feature belongs to: a protein's gene. ``relation`` is what the other is to it."""

    relation: str
    type: str
    name: str


@frozen(kw_only=True)
class FeatureRef:
    """A feature as a file refers to it.

    ``name`` is None where the file gives none; ``type`` is one of the plugin's feature types; ``ids`` are the file's
    own identifiers (namespace → accession), ``mz`` the m/z, ``rt`` the retention time in seconds; ``related`` are
    features of another kind that the file tells it by.
    """

    name: str | None
    type: str
    organism: str | None = None
    ids: Mapping[str, str] = NOTHING
    mz: float | None = None
    rt: float | None = None
    flags: tuple[str, ...] = ()
    attributes: Mapping[str, str] = NOTHING
    related: tuple[Related, ...] = ()


@frozen(kw_only=True)
class FeatureTable:
    """What a file measured: which are features, samples, contrasts and quantities, and what was odd.

    ``quantities[0]`` is the quantity of choice. ``rows_read`` are the rows of the table below its header, blank ones
    apart: each was measured, or set aside with a problem that says why. ``cells`` are there where it is single-cell.
    """

    omics_type: str = field(validator=_type_name)
    features: tuple[FeatureRef, ...]
    samples: tuple[Sample, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    quantities: tuple[Quantity, ...]
    rows_read: int
    rows_measured: int
    problems: tuple[Problem, ...] = ()
    cells: Cells | None = None

    @property
    def rows_set_aside(self) -> int:
        """Rows that were read and not measured; each has its problem."""
        return self.rows_read - self.rows_measured


@frozen(kw_only=True)
class Identity:
    """What a name denotes: an accession in a namespace, at a level of detail.

    ``broader`` are the coarser identities it implies (a molecular species implies its species): the same thing seen
    from further away, not another candidate.
    """

    namespace: str
    accession: str
    level: str = ""
    broader: tuple["Identity", ...] = ()


@frozen(kw_only=True)
class SourceFile:
    """A file that was read: where, how many bytes, and the SHA-256 of its content."""

    path: str
    size: int
    sha256: str


@frozen(kw_only=True)
class Program:
    """A research programme."""

    id: UUID
    name: str
    description: str | None = None
    disease: str | None = None
    notion_page_id: str | None = None
    external_ids: Mapping[str, Any] = field(factory=dict)
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class Experiment:
    """An experiment, within a programme where one is named."""

    id: UUID
    name: str
    description: str | None = None
    program_id: UUID | None = None
    notion_page_id: str | None = None
    external_ids: Mapping[str, Any] = field(factory=dict)
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class Dataset:
    """A named dataset; its numbers stand in its revisions."""

    id: UUID
    name: str
    omics_type: str
    description: str | None = None
    experiment_id: UUID | None = None
    program_id: UUID | None = None
    source_path: str
    notion_page_id: str | None = None
    external_ids: Mapping[str, Any] = field(factory=dict)
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class Revision:
    """One content of a dataset: what was read, by which format and options, and what came out."""

    dataset_id: UUID
    number: int
    format: str
    quantity: str
    options: Mapping[str, Any]
    content_sha256: str
    raw_file: str | None
    n_features: int
    n_samples: int
    rows_read: int
    rows_measured: int
    n_cells: int | None = None
    created_at: datetime


@frozen(kw_only=True)
class Feature:
    """A gene, protein, lipid, metabolite …: the same wherever it was measured."""

    id: UUID
    feature_type: str
    namespace: str
    accession: str
    level: str
    notion_page_id: str | None = None
    external_ids: Mapping[str, Any] = field(factory=dict)
    created_at: datetime
    updated_at: datetime


class SignatureDirection(Enum):
    """Which way a component of a signature goes."""

    UP = "up"
    DOWN = "down"
    CHANGED = "changed"


@frozen(kw_only=True)
class Signature:
    """A pattern of features, of one omics or several, that a dataset can be scored against."""

    id: UUID
    name: str
    description: str | None = None
    notion_page_id: str | None = None
    external_ids: Mapping[str, Any] = field(factory=dict)
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class SignatureComponent:
    """One feature of a signature: its name as written, and which way it goes there."""

    signature_id: UUID
    feature_type: str
    name: str
    direction: SignatureDirection
    weight: float | None = None


@frozen(kw_only=True)
class Ingested:
    """A file turned into values, before any database: what ``ingest`` hands to the store.

    ``part`` names the sheet where a workbook gives several datasets; ``local`` is where the bytes lie now. Of a dataset
    that was joined from files of equal rank, ``local`` is their folder, ``members`` are all of them, and ``files`` says
    the SHA-256 of each by its path in the folder; ``source.sha256`` is that of this list.
    """

    source: SourceFile
    part: str
    plugin: PluginInfo
    match: Match
    table: FeatureTable
    members: tuple[Path, ...] = ()
    local: Path
    files: Mapping[str, str] = NOTHING
