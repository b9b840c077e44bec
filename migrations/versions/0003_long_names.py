"""Names and accessions of any length: the unique indexes hold their hashes.

A protein group may be named by hundreds of accessions, and a B-tree holds no more than a third of a page.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_long_names"
down_revision = "0002_sinks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put hashes in the place of the texts."""
    op.drop_constraint("uq_names_text_feature_type_namespace_organism", "names")
    op.drop_constraint("uq_features_feature_type_accession_namespace", "features")
    op.create_index(
        "uq_names_key",
        "names",
        [sa.text("md5(text)"), "feature_type", "namespace", "organism"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_features_key", "features", [sa.text("md5(accession)"), "feature_type", "namespace"], unique=True
    )


def downgrade() -> None:
    """Put the texts back; fails where one is too long."""
    op.drop_index("uq_names_key", "names")
    op.drop_index("uq_features_key", "features")
    op.create_unique_constraint(
        "uq_names_text_feature_type_namespace_organism",
        "names",
        ["text", "feature_type", "namespace", "organism"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_unique_constraint(
        "uq_features_feature_type_accession_namespace", "features", ["feature_type", "accession", "namespace"]
    )
