"""What files say that a feature belongs to: a protein's gene."""

import sqlalchemy as sa
from alembic import op

revision = "0004_relations"
down_revision = "0003_long_names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "relations",
        sa.Column("name_no", sa.Integer, sa.ForeignKey("names.no"), primary_key=True),
        sa.Column("other_no", sa.Integer, sa.ForeignKey("names.no"), primary_key=True),
        sa.Column("relation", sa.Text, primary_key=True),
    )
    op.create_index("ix_relations_other_no", "relations", ["other_no"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("relations")
