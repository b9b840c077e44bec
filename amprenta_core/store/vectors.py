"""Vectors in Postgres itself, where it has pgvector: an index of its own that needs no other service.

Its table is no part of the migrations: it is made at first use, because a server without the extension has none.
Search looks at every vector of the generation, so its answers are exact.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from attrs import define, field
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from amprenta_core.errors import AmprentaError, SettingsError, SinkRejected
from amprenta_core.model import FloatArray
from amprenta_core.outgoing import Hit, Vector
from amprenta_core.store.database import Database

UPSERT_COUNT = 200
"""Vectors of one transaction."""
LIST_COUNT = 1_000
_LOCK = 7_216_450_219
_AVAILABLE = text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
_EXTENSION = "CREATE EXTENSION IF NOT EXISTS vector"
_TABLE = (
    'CREATE TABLE IF NOT EXISTS vectors (generation text NOT NULL, id text COLLATE "C" NOT NULL, '
    "embedding vector NOT NULL, metadata jsonb NOT NULL, PRIMARY KEY (generation, id))"
)
"""Ids are ordered by their bytes, so that those with one beginning stand together in the primary key."""


def _with_ids(sql: str) -> TextClause:
    return text(sql).bindparams(bindparam("ids", type_=ARRAY(Text)))


_UPSERT = _with_ids(
    "INSERT INTO vectors (generation, id, embedding, metadata) "
    "SELECT :generation, i, cast(e AS vector), cast(m AS jsonb) "
    "FROM unnest(:ids, :embeddings, :metadata) AS v(i, e, m) "
    "ORDER BY i ON CONFLICT (generation, id) DO UPDATE SET embedding = excluded.embedding, metadata = excluded.metadata"
).bindparams(bindparam("embeddings", type_=ARRAY(Text)), bindparam("metadata", type_=ARRAY(Text)))
_DELETE = _with_ids("DELETE FROM vectors WHERE generation = :generation AND id = ANY(:ids)")
_FETCH = _with_ids(
    "SELECT id, embedding, metadata FROM vectors WHERE generation = :generation AND id = ANY(:ids)"
).columns(embedding=VECTOR())
_LIST = text(
    "SELECT id FROM vectors WHERE generation = :generation AND id > :after AND starts_with(id, :prefix) "
    "ORDER BY id LIMIT :count"
)
_QUERY = (
    "SELECT id, 1 - (embedding <=> :values) AS score, metadata FROM vectors WHERE {} "
    "ORDER BY embedding <=> :values, id LIMIT :count"
)


def available(connection: Connection) -> bool:
    """Whether this server has pgvector."""
    return connection.scalar(_AVAILABLE) is not None


@define(kw_only=True)
class PgVectorIndex:
    """A ``VectorIndex`` in the database; ``generation`` names the model and dimensions.

    All methods raise ``SettingsError`` where the server has no pgvector, ``SinkUnavailable`` where none answers.
    """

    name: str = "pgvector"
    database: Database = field(repr=False)
    dimensions: int
    generation: str
    _ready: bool = field(default=False, init=False, repr=False)

    def upsert(self, vectors: Sequence[Vector]) -> Mapping[str, AmprentaError]:
        """Write vectors, 200 in each transaction; one that Postgres cannot hold fails alone."""
        fine, failed = _sorted_out(vectors, self.dimensions)
        waiting = [fine[at : at + UPSERT_COUNT] for at in range(0, len(fine), UPSERT_COUNT)][::-1]
        while waiting:
            batch = waiting.pop()
            try:
                self._upsert(batch)
            except AmprentaError as error:
                if not isinstance(error, SinkRejected):
                    left = [vector.id for some in (batch, *waiting) for vector in some]
                    return {**failed, **dict.fromkeys(left, error)}
                if len(batch) > 1:
                    half = len(batch) // 2
                    waiting += [batch[half:], batch[:half]]
                else:
                    failed[batch[0].id] = error
        return failed

    def _upsert(self, batch: Sequence[Vector]) -> None:
        columns = {
            "generation": self.generation,
            "ids": [vector.id for vector in batch],
            "embeddings": [_as_text(vector.values) for vector in batch],
            "metadata": [json.dumps(_plain(vector.metadata)) for vector in batch],
        }
        with self._transaction() as connection:
            connection.execute(_UPSERT, columns)

    def delete(self, ids: Sequence[str]) -> None:
        """Take vectors away; ids that are not there are no error."""
        if ids:
            with self._transaction() as connection:
                connection.execute(_DELETE, {"generation": self.generation, "ids": sorted(set(ids))})

    def fetch(self, ids: Sequence[str]) -> Mapping[str, Vector]:
        """The vectors among these that are there."""
        if not ids:
            return {}
        with self._transaction() as connection:
            rows = connection.execute(_FETCH, {"generation": self.generation, "ids": sorted(set(ids))}).all()
        return {row.id: Vector(id=row.id, values=np.asarray(row.embedding), metadata=row.metadata) for row in rows}

    def ids(self, prefix: str = "") -> Iterator[str]:
        """Every id that begins so, in the order of their bytes, 1,000 by a query."""
        after = ""
        while True:
            asked = {"generation": self.generation, "after": after, "prefix": prefix, "count": LIST_COUNT}
            with self._transaction() as connection:
                page = list(connection.execute(_LIST, asked).scalars())
            yield from page
            if len(page) < LIST_COUNT:
                return
            after = page[-1]

    def query(self, values: FloatArray, count: int, where: Mapping[str, Any] | None = None) -> list[Hit]:
        """The nearest vectors of all that fit ``where``; equally near ones by their ids."""
        if (fault := _fault(values, self.dimensions)) is not None:
            raise fault
        if count < 1:
            return []
        conditions, asked = _conditions(where or {})
        statement = text(_QUERY.format(" AND ".join(["generation = :generation", *conditions])))
        statement = statement.bindparams(bindparam("values", type_=VECTOR()), *_lists(asked))
        with self._transaction() as connection:
            rows = connection.execute(
                statement, {**asked, "values": values, "generation": self.generation, "count": count}
            ).all()
        return [Hit(id=row.id, score=float(row.score), metadata=row.metadata) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A transaction in which the table is there."""
        with self.database.transaction() as connection:
            if not self._ready:
                _make_sure_of_the_table(connection)
            yield connection
        self._ready = True


def _make_sure_of_the_table(connection: Connection) -> None:
    """Make the table where there is none. Several processes may come at once: one makes it, the others wait."""
    if connection.scalar(text("SELECT to_regclass('vectors')")) is not None:
        return
    if not available(connection):
        hint = "Add its package to the server (postgresql-NN-pgvector), or set PINECONE_API_KEY and PINECONE_INDEX"
        raise SettingsError("this Postgres has no pgvector", hint=hint)
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    for statement in (_EXTENSION, _TABLE):
        connection.execute(text(statement))


def _sorted_out(vectors: Sequence[Vector], dimensions: int) -> tuple[list[Vector], dict[str, AmprentaError]]:
    """The vectors that fit, the last of equal ids, in the order of writing; and those that do not."""
    named = {vector.id: vector for vector in vectors}
    faults: dict[str, AmprentaError] = {
        id_: fault for id_, vector in named.items() if (fault := _fault(vector.values, dimensions))
    }
    return [named[id_] for id_ in sorted(named) if id_ not in faults], faults


def _fault(values: FloatArray, dimensions: int) -> SinkRejected | None:
    if values.shape != (dimensions,):
        what = f"a vector of {values.size} dimensions does not fit an index of {dimensions}"
        return SinkRejected(what, hint="Check EMBEDDING_DIMENSIONS")
    if not np.isfinite(values).all() or not values.any():
        return SinkRejected("a vector without a direction cannot be found", hint="Check EMBEDDING_MODEL")
    return None


def _conditions(where: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """SQL for metadata that equal a value, or hold any text of a list; and its parameters."""
    conditions, asked = [], dict[str, Any]()
    for n, (key, value) in enumerate(where.items()):
        asked[f"key{n}"] = key
        if isinstance(value, list | tuple):
            conditions.append(f"metadata -> :key{n} ?| :any{n}")
            asked[f"any{n}"] = list(map(str, value))
        else:
            conditions.append(f"metadata -> :key{n} @> cast(:is{n} AS jsonb)")
            asked[f"is{n}"] = json.dumps(value)
    return conditions, asked


def _lists(asked: Mapping[str, Any]) -> list[Any]:
    return [bindparam(name, type_=ARRAY(Text)) for name, value in asked.items() if isinstance(value, list)]


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Without nulls, as every index has them."""
    return {key: value for key, value in metadata.items() if value is not None}


def _as_text(values: FloatArray) -> str:
    return "[" + ",".join(values.astype(np.float32).astype(str)) + "]"
