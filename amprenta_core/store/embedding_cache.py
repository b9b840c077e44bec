"""Vectors that were paid for, kept in Postgres: the same text is embedded once by each model."""

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import field, frozen
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from amprenta_core.model import FloatArray
from amprenta_core.store.database import Database

_GET = text(
    "SELECT text_hash, values FROM embeddings "
    "WHERE model = :model AND dimensions = :dimensions AND text_hash = ANY(:hashes)"
).bindparams(bindparam("hashes", type_=ARRAY(Text)))
_PUT = text(
    "INSERT INTO embeddings (model, dimensions, text_hash, values) "
    "SELECT :model, :dimensions, h, cast(v AS real[]) FROM unnest(:hashes, :vectors) AS k(h, v) ORDER BY h "
    "ON CONFLICT DO NOTHING"
).bindparams(bindparam("hashes", type_=ARRAY(Text)), bindparam("vectors", type_=ARRAY(Text)))
"""An array goes as one text: written as ``ARRAY[…]``, each of its numbers would be an expression to parse."""


@frozen(kw_only=True)
class PostgresEmbeddingCache:
    """An ``EmbeddingCache`` on the table ``embeddings``; float32 in, float32 out. Raises ``SinkUnavailable``."""

    database: Database = field(repr=False)

    def get(self, model: str, dimensions: int, hashes: Sequence[str]) -> Mapping[str, FloatArray]:
        """The known vectors by the hash of their text, in one query."""
        if not hashes:
            return {}
        asked = {"model": model, "dimensions": dimensions, "hashes": sorted(set(hashes))}
        with self.database.transaction() as connection:
            rows = connection.execute(_GET, asked).all()
        return {row.text_hash: np.asarray(row[1], dtype=np.float64) for row in rows}

    def put(self, model: str, dimensions: int, vectors: Mapping[str, FloatArray]) -> None:
        """Keep vectors, in a transaction of its own: what is committed stays, whatever happens later."""
        if not vectors:
            return
        columns = {
            "model": model,
            "dimensions": dimensions,
            "hashes": list(vectors),
            "vectors": [_as_text(values) for values in vectors.values()],
        }
        with self.database.transaction() as connection:
            connection.execute(_PUT, columns)


def _as_text(values: FloatArray) -> str:
    return "{" + ",".join(values.astype(np.float32).astype(str)) + "}"
