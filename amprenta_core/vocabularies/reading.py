"""Public files → terms, batch by batch, as their kind declares. Columns are handled whole, not cell by cell."""

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
from attrs import define, evolve, frozen

from amprenta_core.errors import FileError
from amprenta_core.reading.opening import READ_ERRORS, opened, reason_of
from amprenta_core.vocabularies.folding import Folding, key_of
from amprenta_core.vocabularies.kinds import Layout, Names, Refs, VocabularyKind
from amprenta_core.vocabularies.spaces import SPACES
from amprenta_core.vocabularies.xml_rows import rows_of

BLOCK_BYTES = 1 << 21
_TAIL = 16_384
SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("said", pa.string()),
        ("source", pa.string()),
        ("denotes", pa.string()),
        ("accession", pa.string()),
        ("organism", pa.string()),
    ]
)
"""A term: the key it is found by; the text where it is another; the number of its source; and what it denotes, an
accession in one of the kind's namespaces (their number: 0 is its own, then the canonical ones).
"""
LABEL = "label"
"""The source of a label: ``key`` is the accession of an entry, ``said`` its preferred name."""
Advance = Callable[[int], None]


@frozen(kw_only=True)
class Source:
    """Where a term stood: a column of names (``space`` None) or of identifiers of a namespace."""

    evidence: str
    rank: int = 0
    space: str | None = None


@frozen(kw_only=True)
class Opened:
    """A file that is understood: its layout and what its terms may come from."""

    path: Path
    kind: VocabularyKind
    layout: Layout
    headings: tuple[str, ...]
    sources: tuple[Source, ...]


@frozen(kw_only=True)
class Batch:
    """Some rows of a file: their terms and labels, how many entries they were, how many were withdrawn."""

    terms: pa.Table
    labels: pa.Table
    entries: int
    withdrawn: int


@define
class Unread:
    """Rows that have not as many cells as the header. A last one tells that the file was cut."""

    rows: int = 0
    last: str = ""

    def leave_out(self, row: Any) -> str:
        """What the CSV reader is told of such a row."""
        self.rows, self.last = self.rows + 1, row.text
        return "skip"


def understand(path: Path, kind: VocabularyKind) -> Opened:
    """Find the layout of a file. Raises ``FileError`` where it is none of the kind's."""
    start = _start(path)
    for layout in kind.layouts:
        headings = _headings(start, layout)
        if headings and _is_there(layout, headings):
            return Opened(path=path, kind=kind, layout=layout, headings=headings, sources=_sources(kind, layout))
    wanted = " or ".join(" and ".join(_wanted(layout)) for layout in kind.layouts)
    raise FileError(f"this is no file of {kind.title}", path=path, hint=f"It needs the columns {wanted}: {kind.home}")


def batches(file: Opened, unread: Unread, advance: Advance = lambda _: None) -> Iterator[Batch]:
    """The terms of a file; ``advance`` hears how many bytes were read. Raises ``FileError``: it is damaged or cut."""
    try:
        for columns in _xml(file, advance) if file.layout.record else _tables(file, unread, advance):
            yield _batch(file, columns)
    except pa.ArrowInvalid as error:
        hint = "The file is damaged or cut: fetch it again"
        raise FileError(" ".join(str(error).split()), path=file.path, hint=hint) from error
    except (*READ_ERRORS, zlib.error) as error:
        raise FileError(reason_of(error), path=file.path, hint="Fetch the file again") from error


def _start(path: Path) -> str:
    try:
        with opened(path) as stream:
            return stream.read(65_536).decode("utf-8-sig", errors="replace")
    except READ_ERRORS as error:
        raise FileError(reason_of(error), path=path, hint="Check the file, or fetch it again") from error


def _headings(start: str, layout: Layout) -> tuple[str, ...]:
    line = start.split("\n", 1)[0].rstrip("\r")
    if layout.record:
        is_xml = start.lstrip().startswith("<") and f"<{layout.record}>" in start
        return (*layout.id, *layout.label, *_columns(layout)) if is_xml else ()
    if layout.like:
        return layout.headings if re.match(layout.like, line) else ()
    cells = [cell.strip().strip('"') for cell in line.split(layout.delimiter)]
    return tuple(_named(cells))


def _named(cells: Sequence[str]) -> Iterator[str]:
    """Headings; columns without one are called after the last that has one."""
    last, blank = "", 0
    for cell in cells:
        last, blank = (cell, 0) if cell else (last, blank + 1)
        yield cell or f"{last} +{blank}"


def _wanted(layout: Layout) -> list[str]:
    return [layout.id[0], *(names.column[0] for names in layout.names[:1])]


def _is_there(layout: Layout, headings: Sequence[str]) -> bool:
    """The identifier is there, and the first column of names, or where there are none some of the references."""
    first: tuple[Names | Refs, ...] = layout.names[:1] or layout.refs
    return _found(layout.id, headings) is not None and any(_found(f.column, headings) is not None for f in first)


def _columns(layout: Layout) -> list[str]:
    live = (layout.live[0],) if layout.live else ()
    sources: tuple[Names | Refs, ...] = (*layout.names, *layout.refs)
    held = [column for source in sources for column in source.column]
    return [*layout.id, *layout.label, *held, *layout.organism, *live]


def _found(wanted: Sequence[str], headings: Sequence[str]) -> str | None:
    """The heading that is meant, whatever its case."""
    folded = {heading.casefold(): heading for heading in headings}
    return next((folded[w.casefold()] for w in wanted if w.casefold() in folded), None)


def _sources(kind: VocabularyKind, layout: Layout) -> tuple[Source, ...]:
    """The sources of a layout's terms; their numbers are their places here. The first is the entry's own identifier."""
    names = [Source(evidence=names.evidence, rank=names.rank) for names in layout.names]
    refs = [Source(evidence=refs.space, space=refs.space) for refs in layout.refs]
    return (Source(evidence=kind.space, space=kind.space), *names, *refs)


def _tables(file: Opened, unread: Unread, advance: Advance) -> Iterator[pa.RecordBatch]:
    layout, names = file.layout, list(file.headings)
    folded = {c.casefold() for c in _columns(layout)}
    wanted = [name for name in dict.fromkeys(names) if name.casefold() in folded]
    read = pv.ReadOptions(column_names=names, skip_rows=0 if layout.like else 1, block_size=BLOCK_BYTES)
    quote = '"' if layout.quoted else False
    parse = pv.ParseOptions(delimiter=layout.delimiter, quote_char=quote, invalid_row_handler=unread.leave_out)
    types = dict.fromkeys(wanted, pa.string())
    convert = pv.ConvertOptions(column_types=types, include_columns=wanted, strings_can_be_null=False)
    with opened(file.path) as stream:
        counted = _Counted(stream, advance)
        told = pa.PythonFile(counted, mode="r")
        yield from pv.open_csv(told, read_options=read, parse_options=parse, convert_options=convert)
    if unread.last and counted.tail.rstrip().endswith(unread.last.encode().rstrip()):
        hint = "The file is cut: fetch it again"
        raise FileError("its last row has not all columns", path=file.path, hint=hint)


def _xml(file: Opened, advance: Advance) -> Iterator[pa.RecordBatch]:
    with opened(file.path) as stream:
        columns = list(dict.fromkeys(_columns(file.layout)))
        for rows in rows_of(_Counted(stream, advance), file.path, file.layout.record or "", columns):
            yield pa.RecordBatch.from_pydict({c: pa.array(values, pa.string()) for c, values in rows.items()})


class _Counted:
    """A stream that tells how much of it was read, and keeps its end."""

    closed = False
    tail = b""

    def __init__(self, stream: IO[bytes], advance: Advance) -> None:
        self._stream, self._advance = stream, advance

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._advance(len(data))
        self.tail = (self.tail + data[-_TAIL:])[-_TAIL:]
        return data


def _batch(file: Opened, rows: Any) -> Batch:
    layout = file.layout
    read: int = rows.num_rows
    if layout.live:
        column = _found((layout.live[0],), rows.schema.names)
        if column is not None:
            rows = rows.filter(pc.is_in(rows.column(column), value_set=pa.array(layout.live[1])))
    own = _spelt(file.kind.space, _cells(file, rows, layout.id))
    rows, own = rows.filter(pc.is_valid(own)), own.filter(pc.is_valid(own))
    denotes, accession = _denoted(file, rows, own)
    organism = pa.nulls(rows.num_rows, pa.string()) if file.kind.organism else _cells(file, rows, layout.organism)
    entry = _Entry(denotes=denotes, accession=accession, organism=organism)
    other = pc.indices_nonzero(pc.not_equal(denotes, "0"))  # else the key were what it denotes
    parts = [_of(_taken(entry, other), own.take(other), None, 0), *_terms(file, rows, entry)]
    filled = [part for part in parts if part.num_rows]  # pyarrow writes garbage for a chunk without rows
    return Batch(
        terms=pa.concat_tables(filled) if filled else SCHEMA.empty_table(),
        labels=_labels(entry, _cells(file, rows, layout.label)),
        entries=rows.num_rows,
        withdrawn=read - rows.num_rows,
    )


@frozen(kw_only=True)
class _Entry:
    """What each row denotes, column by column."""

    denotes: Any
    accession: Any
    organism: Any


def _terms(file: Opened, rows: pa.RecordBatch, entry: _Entry) -> Iterator[pa.Table]:
    for number, names in enumerate(file.layout.names, 1):
        text, parents = _parts(_cells(file, rows, names.column), names.separator)
        yield _of(_taken(entry, parents), text, file.kind.folding, number)
    for number, refs in enumerate(file.layout.refs, 1 + len(file.layout.names)):
        text, parents = _parts(_cells(file, rows, refs.column), refs.separator)
        yield _of(_taken(entry, parents), _extracted(refs, text), None, number)


def _labels(entry: _Entry, label: Any) -> pa.Table:
    """The preferred names of entries that have one."""
    nothing = pa.nulls(len(label), pa.string())
    source = pa.repeat(pa.scalar(LABEL), len(label))
    columns = [entry.accession, label, source, entry.denotes, nothing, nothing]
    return pa.table(columns, schema=SCHEMA).filter(pc.is_valid(label))


def _taken(entry: _Entry, parents: Any) -> _Entry:
    """The entries of parts."""
    return evolve(entry, **{name: getattr(entry, name).take(parents) for name in SCHEMA.names if hasattr(entry, name)})


def _of(entry: _Entry, text: Any, folding: Folding | None, number: int) -> pa.Table:
    """Terms; ``folding`` None: they are identifiers, found by themselves."""
    key = text if folding is None else _keys(folding, text)
    said = pa.nulls(len(text), pa.string()) if folding is None else pc.if_else(pc.equal(key, text), None, text)
    source = pa.repeat(pa.scalar(str(number)), len(text))
    columns = [key, said, source, entry.denotes, entry.accession, entry.organism]
    table = pa.table(columns, schema=SCHEMA)
    return table if table["key"].null_count == 0 else table.filter(pc.is_valid(table["key"]))


def _keys(folding: Folding, text: Any) -> Any:
    if folding == "symbol":
        return pc.utf8_upper(text)
    return pa.array([None if t is None else key_of("spelling", t) for t in text.to_pylist()], pa.string())


def _cells(file: Opened, rows: pa.RecordBatch, wanted: Sequence[str]) -> Any:
    """A column, nulls for cells that say nothing, and all nulls where the file has no such column."""
    column = _found(wanted, rows.schema.names) if wanted else None
    if column is None:
        return pa.nulls(rows.num_rows, pa.string())
    return _blank(pc.utf8_trim_whitespace(rows.column(column)), file.layout.empty)


def _blank(cells: Any, empty: Sequence[str] = ()) -> Any:
    for nothing in ("", *empty):
        cells = pc.if_else(pc.equal(cells, nothing), None, cells)
    return cells


def _parts(cells: Any, separators: Sequence[str]) -> tuple[Any, Any]:
    """The parts of the cells that say something, and of which row each is."""
    rows = pc.indices_nonzero(pc.is_valid(cells))
    parts = cells.take(rows)
    for separator in separators:
        lists = pc.split_pattern(parts, separator)
        parts, rows = pc.list_flatten(lists), rows.take(pc.list_parent_indices(lists))
    return (_blank(pc.utf8_trim_whitespace(parts)) if separators else parts), rows


def _extracted(refs: Refs, parts: Any) -> Any:
    """The accessions in parts, as their namespace spells them; nulls where there is none."""
    if refs.pattern:
        parts = pc.struct_field(pc.extract_regex(parts, refs.pattern), "id")
    return _spelt(refs.space, parts)


def _spelt(space: str, accessions: Any) -> Any:
    """Accessions as their namespace spells them."""
    for pattern, becomes in SPACES[space].rules if space in SPACES else ():
        if (sign := SPACES[space].sign) and not pc.any(pc.match_substring(accessions, sign)).as_py():
            break
        accessions = pc.replace_substring_regex(accessions, pattern, becomes)
    return accessions


def _denoted(file: Opened, rows: pa.RecordBatch, own: Any) -> tuple[Any, Any]:
    """Number of the namespace, and accession, that each row becomes: of several in one cell none is the one."""
    denotes, accession = pa.repeat(pa.scalar("0"), rows.num_rows), own
    for number, space in reversed(list(enumerate(file.kind.canonical, 1))):
        for refs in (r for r in file.layout.refs if r.space == space):
            only = _only(file, rows, refs)
            denotes = pc.if_else(pc.is_valid(only), pa.scalar(str(number)), denotes)
            accession = pc.coalesce(only, accession)
    return denotes, accession


def _only(file: Opened, rows: pa.RecordBatch, refs: Refs) -> Any:
    """The accession of cells that name exactly one."""
    text, parents = _parts(_cells(file, rows, refs.column), refs.separator)
    spelt = _extracted(refs, text)
    found = pa.table({"row": parents, "id": spelt}).filter(pc.is_valid(spelt))
    single = found.group_by("row").aggregate([("id", "min"), ("id", "count_distinct")])
    single = single.filter(pc.equal(single["id_count_distinct"], 1))
    at = pc.index_in(pa.array(range(rows.num_rows), parents.type), value_set=single["row"].combine_chunks())
    return single["id_min"].combine_chunks().take(at)
