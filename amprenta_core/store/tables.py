"""The tables. Public ids are UUIDs; inside, rows are joined by integers (13 bytes a value instead of 17–20).

Columns marked ``internal`` are storage only; all others are the fields of the attrs class of the same entity.
"""

from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from amprenta_core.store import outgoing_tables  # noqa: F401  # whoever imports this module knows all tables
from amprenta_core.store.metadata import INTERNAL
from amprenta_core.store.metadata import metadata as metadata  # noqa: PLC0414  # the tables' catalogue belongs to them


def _no() -> Column[Any]:
    return Column("no", Integer, Identity(), unique=True, nullable=False, info=INTERNAL)


def _shared() -> list[Column[Any]]:
    """What every entity has that other systems know too."""
    return [
        Column("notion_page_id", Text),
        Column("external_ids", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ]


workspace = Table(
    "workspace",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column(
        "one", SmallInteger, CheckConstraint("one = 1", name="one"), unique=True, nullable=False, server_default="1"
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

programs = Table(
    "programs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("description", Text),
    Column("disease", Text),
    *_shared(),
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("description", Text),
    Column("program_id", Uuid, ForeignKey("programs.id"), index=True),
    *_shared(),
)

datasets = Table(
    "datasets",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("omics_type", Text, nullable=False),
    Column("description", Text),
    Column("experiment_id", Uuid, ForeignKey("experiments.id"), index=True),
    Column("program_id", Uuid, ForeignKey("programs.id"), index=True),
    Column("source_path", Text, nullable=False),
    *_shared(),
    Column("current", Integer, nullable=False, info=INTERNAL),
)

revisions = Table(
    "revisions",
    metadata,
    Column("no", Integer, Identity(), primary_key=True, info=INTERNAL),
    Column("dataset_id", Uuid, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("format", Text, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("raw_file", Text),
    Column("n_features", Integer, nullable=False),
    Column("n_samples", Integer, nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("rows_measured", Integer, nullable=False),
    Column("n_cells", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("fingerprint", Text, nullable=False, index=True, info=INTERNAL),
    Column("reader", Text, nullable=False, info=INTERNAL),
    UniqueConstraint("dataset_id", "number"),
)


def _of_revision(name: str, *columns: Any) -> Table:
    """A table of numbered parts of a revision."""
    return Table(
        name,
        metadata,
        Column("revision_no", Integer, ForeignKey("revisions.no", ondelete="CASCADE"), primary_key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        *columns,
    )


samples = _of_revision(
    "samples",
    Column("name", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("flags", JSONB, nullable=False),
)

contrasts = _of_revision(
    "contrasts",
    Column("name", Text, nullable=False),
    Column("numerator", Text),
    Column("denominator", Text),
)

quantities = _of_revision(
    "quantities",
    Column("name", Text, nullable=False),
    Column("axis", Text, nullable=False),
    Column("unit", Text),
    Column("scale", Text),
    Column("zero", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("missing", JSONB, nullable=False),
)
"""``first`` and ``width``: where the quantity's numbers stand in ``measured.values`` (0-based)."""

problems = _of_revision(
    "problems",
    Column("where", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("row", Integer),
)

matrices = _of_revision(
    "matrices",
    Column("name", Text, nullable=False),
    Column("unit", Text),
    Column("scale", Text),
    Column("single", Boolean, nullable=False),
    Column("n_values", BigInteger, nullable=False),
    Column("absent", ARRAY(Integer), nullable=False),
)
"""The matrices over the cells of a revision; ``single``: their values are single precision."""

cell_annotations = _of_revision(
    "cell_annotations",
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("categories", JSONB),
)
"""What is said of each cell: under which name, and the kind of its numbers, or the texts that ``cells`` counts off."""

cells = Table(
    "cells",
    metadata,
    Column("revision_no", Integer, ForeignKey("revisions.no", ondelete="CASCADE"), primary_key=True),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("barcodes", ARRAY(Text), nullable=False),
    Column("samples", ARRAY(Integer), nullable=False),
    Column("annotations", JSONB, nullable=False),
)
"""The cells of a revision, some thousands in a row, the first of which is number ``first`` (0-based)."""

sparse_rows = Table(
    "sparse_rows",
    metadata,
    Column("revision_no", Integer, ForeignKey("revisions.no", ondelete="CASCADE"), primary_key=True),
    Column("matrix", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("indices", ARRAY(Integer), nullable=False),
    Column("singles", ARRAY(REAL)),
    Column("doubles", ARRAY(Double)),
)
"""The numbers of a feature over the cells: ``indices`` are cells, beside each its number, in one of the two columns.

A feature with many has several parts; one without a number has none.
"""

features = Table(
    "features",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("feature_type", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("accession", Text, nullable=False),
    Column("level", Text, nullable=False),
    *_shared(),
    _no(),
    Index("uq_features_key", text("md5(accession)"), "feature_type", "namespace", unique=True),
)

names = Table(
    "names",
    metadata,
    Column("no", Integer, Identity(), primary_key=True),
    Column("feature_type", Text, nullable=False),
    Column("organism", Text),
    Column("namespace", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("candidates", SmallInteger, nullable=False),
    Column("resolver", Text, nullable=False),
    Index(
        "uq_names_key",
        text("md5(text)"),
        "feature_type",
        "namespace",
        "organism",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
)
"""What files wrote; a name may be longer than an index can hold, so its hash is in the index. ``candidates``: how many
identities the name has by itself (0 unknown, 2 and more ambiguous).
"""

links = Table(
    "links",
    metadata,
    Column("name_no", Integer, ForeignKey("names.no"), primary_key=True),
    Column("feature_no", Integer, ForeignKey("features.no"), primary_key=True),
    Column("relation", Text, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("level", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("vocabulary_no", Integer, ForeignKey("vocabularies.no")),
    Index("ix_links_feature_no", "feature_no"),
    Index("ix_links_vocabulary_no", "vocabulary_no", postgresql_where=text("vocabulary_no IS NOT NULL")),
)
"""Name ↔ feature. ``relation``: same, broader (the name implies the coarser feature), own (an unknown name), or the
type of another thing that the name belongs to (the gene of a protein). ``evidence``: the plugin that says so, or what
kind of match it was with the vocabulary.
"""

name_ids = Table(
    "name_ids",
    metadata,
    Column("name_no", Integer, ForeignKey("names.no"), primary_key=True),
    Column("namespace", Text, primary_key=True),
    Column("accession", Text, primary_key=True),
)
"""The identifiers that files gave with a name, as they wrote them: by these it is resolved again."""

vocabularies = Table(
    "vocabularies",
    metadata,
    Column("no", Integer, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("licence", Text),
    Column("organism", Text),
    Column("feature_type", Text, nullable=False),
    Column("folding", Text, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("terms", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("unread", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("sources", JSONB, nullable=False),
    Column("namespaces", JSONB, nullable=False),
    Column("in_force", Boolean, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("kind", "name", "content_sha256"),
)
"""Vocabulary packs. Of those of one kind and name the one ``in_force`` counts; the others are older versions."""

vocabulary_pages = Table(
    "vocabulary_pages",
    metadata,
    Column("vocabulary_no", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("terms", Text, nullable=False),
    Index("ix_vocabulary_pages_page", "vocabulary_no", "page"),
)
"""What vocabularies call their entries. A key's hash says which of a pack's ``pages`` it is on; a page may have several
rows. A term is a line of key, text where the key is another, source, namespace and accession that it denotes, and
organism; source and namespace are places in ``sources`` and ``namespaces`` of the pack.
"""

vocabulary_state = Table(
    "vocabulary_state",
    metadata,
    Column("one", SmallInteger, CheckConstraint("one = 1", name="one"), primary_key=True, server_default="1"),
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("settled", Integer, nullable=False, server_default="0"),
)
"""``generation`` counts changes of what is in force; ``settled`` is the one by which all stored names were resolved."""

relations = Table(
    "relations",
    metadata,
    Column("name_no", Integer, ForeignKey("names.no"), primary_key=True),
    Column("other_no", Integer, ForeignKey("names.no"), primary_key=True),
    Column("relation", Text, primary_key=True),
    Index("ix_relations_other_no", "other_no"),
)
"""What files say that a name belongs to, by another name: a protein's gene. Their features follow from ``links``."""

measured = Table(
    "measured",
    metadata,
    Column("revision_no", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name_no", Integer, nullable=False),
    Column("values", ARRAY(Double), nullable=False),
    Column("details", JSONB),
    ForeignKeyConstraint(["revision_no"], ["revisions.no"], ondelete="CASCADE"),
    ForeignKeyConstraint(["name_no"], ["names.no"]),
    Index("ix_measured_name_no", "name_no"),
)
"""One row for each feature of a revision; ``values`` holds its quantities one after the other."""

signatures = Table(
    "signatures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("description", Text),
    *_shared(),
)

signature_components = Table(
    "signature_components",
    metadata,
    Column("signature_id", Uuid, ForeignKey("signatures.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False, info=INTERNAL),
    Column("feature_type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("weight", Double),
)
