"""Vocabularies: packs and their terms, the identifiers that files gave with names, and which pack a link is from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_vocabularies"
down_revision = "0005_cells"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "vocabularies",
        sa.Column("no", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("organism", sa.Text(), nullable=True),
        sa.Column("feature_type", sa.Text(), nullable=False),
        sa.Column("folding", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sources", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("namespaces", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_vocabularies")),
        sa.UniqueConstraint("kind", "name", "content_sha256", name=op.f("uq_vocabularies_kind_name_content_sha256")),
    )
    op.create_table(
        "vocabulary_pages",
        sa.Column("vocabulary_no", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
    )
    op.create_index("ix_vocabulary_pages_page", "vocabulary_pages", ["vocabulary_no", "page"])
    op.create_table(
        "vocabulary_state",
        sa.Column("one", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settled", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_vocabulary_state_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_vocabulary_state")),
    )
    op.execute("INSERT INTO vocabulary_state DEFAULT VALUES")
    op.create_table(
        "name_ids",
        sa.Column("name_no", sa.Integer(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("accession", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["name_no"], ["names.no"], name=op.f("fk_name_ids_name_no")),
        sa.PrimaryKeyConstraint("name_no", "namespace", "accession", name=op.f("pk_name_ids")),
    )
    op.execute(
        "INSERT INTO name_ids SELECT DISTINCT m.name_no, i.key, i.value FROM measured m "
        "CROSS JOIN LATERAL jsonb_each_text(m.details -> 'ids') AS i WHERE m.details ? 'ids'"
    )
    op.add_column("links", sa.Column("vocabulary_no", sa.Integer(), nullable=True))
    op.create_foreign_key("fk_links_vocabulary_no", "links", "vocabularies", ["vocabulary_no"], ["no"])
    op.create_index(
        "ix_links_vocabulary_no",
        "links",
        ["vocabulary_no"],
        postgresql_where=sa.text("vocabulary_no IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop the tables and the links that came from them; plugins are asked of such names when they are next seen."""
    op.execute(
        "WITH gone AS (DELETE FROM links WHERE vocabulary_no IS NOT NULL OR evidence = 'file_id' RETURNING name_no) "
        "UPDATE names SET resolver = split_part(resolver, ' ', 1) || ' names' WHERE no IN (SELECT name_no FROM gone)"
    )
    op.drop_index("ix_links_vocabulary_no", "links")
    op.drop_constraint("fk_links_vocabulary_no", "links")
    op.drop_column("links", "vocabulary_no")
    for table in ("name_ids", "vocabulary_state", "vocabulary_pages", "vocabularies"):
        op.drop_table(table)
