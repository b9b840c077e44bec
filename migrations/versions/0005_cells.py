"""Single-cell matrices: cells, what is said of them, and sparse numbers by feature."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_cells"
down_revision = "0004_relations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.add_column("revisions", sa.Column("n_cells", sa.Integer(), nullable=True))
    _of_revision(
        "matrices",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("scale", sa.Text(), nullable=True),
        sa.Column("single", sa.Boolean(), nullable=False),
        sa.Column("n_values", sa.BigInteger(), nullable=False),
        sa.Column("absent", postgresql.ARRAY(sa.Integer()), nullable=False),
        key=("position",),
    )
    _of_revision(
        "cell_annotations",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("categories", postgresql.JSONB(), nullable=True),
        key=("position",),
    )
    _of_revision(
        "cells",
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("barcodes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("samples", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("annotations", postgresql.JSONB(), nullable=False),
        key=("first",),
    )
    _of_revision(
        "sparse_rows",
        sa.Column("matrix", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("indices", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("singles", postgresql.ARRAY(sa.REAL()), nullable=True),
        sa.Column("doubles", postgresql.ARRAY(sa.Double()), nullable=True),
        key=("matrix", "position", "part"),
    )


def _of_revision(name: str, *columns: sa.Column[object], key: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("revision_no", sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["revision_no"], ["revisions.no"], name=op.f(f"fk_{name}_revision_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("revision_no", *key, name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("sparse_rows", "cells", "cell_annotations", "matrices"):
        op.drop_table(name)
    op.drop_column("revisions", "n_cells")
