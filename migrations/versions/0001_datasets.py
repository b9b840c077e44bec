"""Datasets, their revisions and numbers; names, features and the links between them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_datasets"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "features",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feature_type", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("accession", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("notion_page_id", sa.Text(), nullable=True),
        sa.Column(
            "external_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("no", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_features")),
        sa.UniqueConstraint(
            "feature_type", "accession", "namespace", name=op.f("uq_features_feature_type_accession_namespace")
        ),
        sa.UniqueConstraint("no", name=op.f("uq_features_no")),
    )
    op.create_table(
        "names",
        sa.Column("no", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_type", sa.Text(), nullable=False),
        sa.Column("organism", sa.Text(), nullable=True),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("candidates", sa.SmallInteger(), nullable=False),
        sa.Column("resolver", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_names")),
        sa.UniqueConstraint(
            "text",
            "feature_type",
            "namespace",
            "organism",
            name=op.f("uq_names_text_feature_type_namespace_organism"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "programs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("notion_page_id", sa.Text(), nullable=True),
        sa.Column(
            "external_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programs")),
        sa.UniqueConstraint("name", name=op.f("uq_programs_name")),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("one", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_workspace_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
        sa.UniqueConstraint("one", name=op.f("uq_workspace_one")),
    )
    op.create_table(
        "experiments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("notion_page_id", sa.Text(), nullable=True),
        sa.Column(
            "external_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_experiments_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
        sa.UniqueConstraint("name", name=op.f("uq_experiments_name")),
    )
    op.create_index(op.f("ix_experiments_program_id"), "experiments", ["program_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("name_no", sa.Integer(), nullable=False),
        sa.Column("feature_no", sa.Integer(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["feature_no"], ["features.no"], name=op.f("fk_links_feature_no")),
        sa.ForeignKeyConstraint(["name_no"], ["names.no"], name=op.f("fk_links_name_no")),
        sa.PrimaryKeyConstraint("name_no", "feature_no", name=op.f("pk_links")),
    )
    op.create_index("ix_links_feature_no", "links", ["feature_no"], unique=False)
    op.create_table(
        "datasets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("omics_type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("experiment_id", sa.Uuid(), nullable=True),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("source_path", sa.Text(), nullable=False),
        sa.Column("notion_page_id", sa.Text(), nullable=True),
        sa.Column(
            "external_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.id"], name=op.f("fk_datasets_experiment_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_datasets_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
        sa.UniqueConstraint("name", name=op.f("uq_datasets_name")),
    )
    op.create_index(op.f("ix_datasets_experiment_id"), "datasets", ["experiment_id"], unique=False)
    op.create_index(op.f("ix_datasets_program_id"), "datasets", ["program_id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("no", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("raw_file", sa.Text(), nullable=True),
        sa.Column("n_features", sa.Integer(), nullable=False),
        sa.Column("n_samples", sa.Integer(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_measured", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_revisions_dataset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_revisions")),
        sa.UniqueConstraint("dataset_id", "number", name=op.f("uq_revisions_dataset_id_number")),
    )
    op.create_index(op.f("ix_revisions_fingerprint"), "revisions", ["fingerprint"], unique=False)
    op.create_table(
        "contrasts",
        sa.Column("revision_no", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("numerator", sa.Text(), nullable=True),
        sa.Column("denominator", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["revision_no"], ["revisions.no"], name=op.f("fk_contrasts_revision_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("revision_no", "position", name=op.f("pk_contrasts")),
    )
    op.create_table(
        "measured",
        sa.Column("revision_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_no", sa.Integer(), nullable=False),
        sa.Column("values", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["name_no"], ["names.no"], name=op.f("fk_measured_name_no")),
        sa.ForeignKeyConstraint(
            ["revision_no"], ["revisions.no"], name=op.f("fk_measured_revision_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("revision_no", "position", name=op.f("pk_measured")),
    )
    op.create_index("ix_measured_name_no", "measured", ["name_no"], unique=False)
    op.create_table(
        "problems",
        sa.Column("revision_no", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["revision_no"], ["revisions.no"], name=op.f("fk_problems_revision_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("revision_no", "position", name=op.f("pk_problems")),
    )
    op.create_table(
        "quantities",
        sa.Column("revision_no", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("axis", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("scale", sa.Text(), nullable=True),
        sa.Column("zero", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("missing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_no"], ["revisions.no"], name=op.f("fk_quantities_revision_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("revision_no", "position", name=op.f("pk_quantities")),
    )
    op.create_table(
        "samples",
        sa.Column("revision_no", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_no"], ["revisions.no"], name=op.f("fk_samples_revision_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("revision_no", "position", name=op.f("pk_samples")),
    )


def downgrade() -> None:
    """Drop the tables and all that is in them."""
    for table in (
        "samples",
        "quantities",
        "problems",
        "measured",
        "contrasts",
        "revisions",
        "datasets",
        "links",
        "experiments",
        "workspace",
        "programs",
        "names",
        "features",
    ):
        op.drop_table(table)
