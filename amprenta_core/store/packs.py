"""A vocabulary's file becomes pages of terms: as much as fits is paged and copied, while the next is read."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from attrs import asdict, define
from sqlalchemy import Connection, text

from amprenta_core.store.copying import copy_pieces, json_text
from amprenta_core.store.vocabularies import NewPack
from amprenta_core.vocabularies.paging import Lined, lined, pages, pages_for
from amprenta_core.vocabularies.reading import Batch, Opened, Unread

TERMS_AT_FIRST, TERMS_AT_ONCE = 100_000, 1 << 19
"""At most some 100 MB: each turn takes twice as much as the last. A page has a row for each turn."""
_PAGES = "vocabulary_pages (vocabulary_no, page, terms)"
_FIELDS = struct.Struct(">hiiiii")


@define
class _Counts:
    """What was read."""

    entries: int = 0
    terms: int = 0
    withdrawn: int = 0


def add_pack(connection: Connection, file: Opened, new: NewPack, read: Iterable[Batch], unread: Unread) -> int:
    """Store a vocabulary, not yet in force; its number."""
    count = pages_for(file.path.stat().st_size)
    no = _register(connection, file, new, count)
    counts = _Counts()
    with ThreadPoolExecutor(1) as sender:
        sent: Future[None] | None = None
        for terms in _gathered(read, counts):
            if sent:
                sent.result()
            sent = sender.submit(copy_pieces, connection, _PAGES, _pieces(no, terms, count))
    if sent:
        sent.result()
    values = {**asdict(counts), "unread": unread.rows}
    sets = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(text(f"UPDATE vocabularies SET {sets} WHERE no = :no"), {**values, "no": no})  # noqa: S608  # our names
    return no


def _register(connection: Connection, file: Opened, new: NewPack, count: int) -> int:
    row = {
        **asdict(new),
        "kind": file.kind.name,
        "feature_type": file.kind.feature_type,
        "folding": file.kind.folding,
        "pages": count,
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


def _gathered(read: Iterable[Batch], counts: _Counts) -> Iterator[list[Lined]]:
    """Terms and labels, as many at once as memory should hold. Lines are made while the next are read."""
    waiting: list[Future[Lined]] = []
    size, enough = 0, TERMS_AT_FIRST
    with ThreadPoolExecutor(1) as pool:
        for batch in read:
            counts.entries, counts.terms = counts.entries + batch.entries, counts.terms + batch.terms.num_rows
            counts.withdrawn += batch.withdrawn
            waiting += [pool.submit(lined, table) for table in (batch.terms, batch.labels) if table.num_rows]
            size += batch.terms.num_rows + batch.labels.num_rows
            if size >= enough:
                yield [made.result() for made in waiting]
                waiting, size, enough = [], 0, min(2 * enough, TERMS_AT_ONCE)
        if waiting:
            yield [made.result() for made in waiting]


def _pieces(no: int, read: Sequence[Lined], count: int) -> Iterator[bytes]:
    """Rows of ``vocabulary_pages`` as binary COPY has them."""
    yield b"".join(
        piece for page, lines in pages(read, count) for piece in (_FIELDS.pack(3, 4, no, 4, page, len(lines)), lines)
    )
