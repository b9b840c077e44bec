"""The tables of what goes to, and comes from, the systems beside Postgres."""

from sqlalchemy import REAL, Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from amprenta_core.store.metadata import metadata

narratives = Table(
    "narratives",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text),
    Column("item_id", Uuid),
    Column("notion_page_id", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("text", Text, nullable=False),
    Column("edited_at", Text, nullable=False),
    Column("fetched_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_narratives_kind_item_id", "kind", "item_id"),
)
"""What people wrote in Notion: beside our part of an item's page (``kind``, ``item_id``), or on a page of their own."""

sink_state = Table(
    "sink_state",
    metadata,
    Column("sink", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("item_id", Uuid, primary_key=True),
    Column("wanted", Text),
    Column("sent", Text),
    Column("payload", Text),
    Column("remote_id", Text),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failed", Boolean, nullable=False, server_default=text("false")),
    Column("next_try", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("in_doubt_since", DateTime(timezone=True)),
    Column("error", Text),
    Column("wanted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("sent_at", DateTime(timezone=True)),
    Index(
        "ix_sink_state_due",
        "sink",
        "next_try",
        postgresql_where=text("wanted IS DISTINCT FROM sent AND NOT failed"),
    ),
)
"""The outbox. ``wanted`` is a hash of what the item is now (NULL: gone), ``sent`` the one that the sink was brought to;
where they differ, the item is due. ``payload`` is the hash of what was sent. No foreign key: it outlives its item.
"""

rate_budgets = Table(
    "rate_budgets",
    metadata,
    Column("credential", Text, primary_key=True),
    Column("free_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""When the next request with a credential (a hash of its key) may be made, by whichever worker."""

chunks = Table(
    "chunks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("item_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_chunks_kind_item_id", "kind", "item_id"),
)
"""The texts that search finds items by, as they were last made."""

embeddings = Table(
    "embeddings",
    metadata,
    Column("model", Text, primary_key=True),
    Column("dimensions", Integer, primary_key=True, autoincrement=False),
    Column("text_hash", Text, primary_key=True),
    Column("values", ARRAY(REAL), nullable=False),
)
"""Vectors that were computed once: an error half-way loses none, and the same text is never paid for twice."""
