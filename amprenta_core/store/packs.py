"""A vocabulary's file becomes a partition of terms: rows stream through COPY, the index is made when all are in."""

import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.csv as pv
from attrs import asdict
from sqlalchemy import Connection, text

from amprenta_core.errors import AmprentaError
from amprenta_core.store.copying import json_text
from amprenta_core.store.vocabularies import NewPack
from amprenta_core.vocabularies.reading import SCHEMA, Batch, Opened, Unread


def add_pack(connection: Connection, file: Opened, new: NewPack, read: Iterable[Batch], unread: Unread) -> int:
    """Store a vocabulary, not yet in force; its number. Rows stream from the file into a partition, indexed then."""
    no = _register(connection, file, new)
    partition = f"vocabulary_terms_{no}"
    connection.execute(
        text(
            f"CREATE TABLE {partition} (LIKE vocabulary_terms, CHECK (vocabulary_no = {no})); "
            f"ALTER TABLE {partition} ALTER vocabulary_no SET DEFAULT {no}"
        )
    )
    counted = _Rows(read)
    driver: Any = connection.connection
    with driver.cursor() as cursor, counted.failing():
        columns = ", ".join(SCHEMA.names)
        cursor.copy_expert(f"COPY {partition} ({columns}) FROM STDIN (FORMAT csv, DELIMITER E'\\t')", counted, 1 << 20)
    connection.execute(
        text(
            f"CREATE INDEX ON {partition} (hashtextextended(key, 0)); "
            f"ALTER TABLE vocabulary_terms ATTACH PARTITION {partition} FOR VALUES IN ({no})"
        )
    )
    counts = {"entries": counted.entries, "terms": counted.terms, "withdrawn": counted.withdrawn, "unread": unread.rows}
    sets = ", ".join(f"{name} = :{name}" for name in counts)
    connection.execute(text(f"UPDATE vocabularies SET {sets} WHERE no = :no"), {**counts, "no": no})  # noqa: S608
    return no


def _register(connection: Connection, file: Opened, new: NewPack) -> int:
    row = {
        **asdict(new),
        "kind": file.kind.name,
        "feature_type": file.kind.feature_type,
        "folding": file.kind.folding,
        "sources": json_text([asdict(source) for source in file.sources]),
        "namespaces": json_text([file.kind.space, *file.kind.canonical]),
    }
    columns = ", ".join(row)
    given = ", ".join(f"cast(:{name} AS jsonb)" if name in ("sources", "namespaces") else f":{name}" for name in row)
    statement = text(
        f"INSERT INTO vocabularies ({columns}, entries, terms, withdrawn, unread, in_force) "  # noqa: S608  # our names
        f"VALUES ({given}, 0, 0, 0, 0, false) RETURNING no"
    )
    return int(connection.execute(statement, row).scalar_one())


class _Rows(io.RawIOBase):
    """Batches as the CSV that COPY reads, each made in a thread while the one before it is sent."""

    def __init__(self, read: Iterable[Batch]) -> None:
        super().__init__()
        self._batches = iter(read)
        self._rest = memoryview(b"")
        self._failure: AmprentaError | None = None
        self._pool = ThreadPoolExecutor(1)
        self._coming = self._pool.submit(self._made)
        self.entries = self.terms = self.withdrawn = 0

    @contextmanager
    def failing(self) -> Iterator[None]:
        """What reading the file raised is raised as it was: the driver would make an error of the database of it."""
        try:
            yield
        except Exception as error:
            if self._failure is not None:
                raise self._failure from error
            raise
        finally:
            self._pool.shutdown()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, into: Any) -> int:
        """Fill a buffer."""
        while not self._rest:
            self._rest, more = self._coming.result()
            if not more:
                return 0
            self._coming = self._pool.submit(self._made)
        size = min(len(into), len(self._rest))
        into[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def _made(self) -> tuple[memoryview, bool]:
        """The next batch as CSV, and whether there was one."""
        try:
            batch = next(self._batches, None)
        except AmprentaError as error:
            self._failure = error
            raise
        if batch is None:
            return memoryview(b""), False
        self.entries, self.terms = self.entries + batch.entries, self.terms + len(batch.terms)
        self.withdrawn += batch.withdrawn
        return _csv(batch.terms), True


def _csv(terms: pa.Table) -> memoryview:
    """Terms without quotes where no cell needs any: half the bytes."""
    if not terms.num_rows:
        return memoryview(b"")
    try:
        return _written(terms, "none")
    except pa.ArrowInvalid:
        return _written(terms, "needed")


def _written(terms: pa.Table, quotes: str) -> memoryview:
    made = pa.BufferOutputStream()
    options = pv.WriteOptions(include_header=False, delimiter="\t", quoting_style=quotes)
    pv.write_csv(terms, made, options)
    return memoryview(made.getvalue())
