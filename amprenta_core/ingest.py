"""A path becomes values: find the files, choose the plugin, read, extract. Pure: no database is touched."""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from attrs import evolve, frozen

from amprenta_core import reading, sample_sheets
from amprenta_core.errors import AmprentaError, NotFound, ParseError, SettingsError
from amprenta_core.matrices import Cells, SparseQuantity
from amprenta_core.model import FeatureTable, Ingested, Match, SourceFile
from amprenta_core.plugins import Plugin, Plugins
from amprenta_core.reading.compressing import disordered

_HASH_BLOCK = 1 << 20
_PATIENCE = 60
"""Seconds that a server may be silent."""


@frozen(kw_only=True)
class Options:
    """How to read: ``omics_type``, ``quantity`` and ``level`` override what the file suggests; ``samples`` is a sample
    sheet.
    """

    omics_type: str | None = None
    quantity: str | None = None
    level: str | None = None
    samples: Path | None = None


@frozen(kw_only=True)
class Target:
    """One file to read and the name that its dataset gets by default; ``error`` says why it cannot be had or read.

    ``choice`` is the plugin that reads it and its match, where that is known already; ``in_folder``: the user named
    the folder, not the file.
    """

    path: Path
    name: str
    label: str
    error: AmprentaError | None = None
    choice: tuple[str, Match] | None = None
    in_folder: bool = False


def targets(paths: Sequence[str]) -> Iterator[Target]:
    """The files that paths stand for. A folder stands for all files below it; a URL is fetched.

    Raises ``NotFound`` for a path that is not there.
    """
    for path in paths:
        if "://" in path:
            yield _fetched(path)
            continue
        try:
            is_folder, is_there = Path(path).is_dir(), Path(path).exists()
        except OSError as error:
            raise NotFound(f"{path} cannot be reached: {error.strerror}", hint="Check the path") from error
        if is_folder:
            yield from _below(Path(path))
        elif is_there:
            yield Target(path=Path(path), name=default_name(Path(path)), label=path)
        else:
            raise NotFound(f"{path} is not there", hint="Check the path")


def default_name(path: Path) -> str:
    """``folder/stem`` of a file.

    >>> default_name(Path("/data/run7/plasma.csv.gz"))
    'run7/plasma'
    """
    whole = path.absolute()
    return f"{whole.parent.name}/{stem(whole.name)}" if whole.parent.name else stem(whole.name)


def stem(name: str) -> str:
    """A file's name without its format's and compression's suffixes."""
    bare = PurePosixPath(name)
    if bare.suffix.lower() in (".gz", ".bz2", ".xz"):
        bare = bare.with_suffix("")
    return bare.stem or name


def _below(root: Path) -> Iterator[Target]:
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        relative = path.relative_to(root)
        if not any(part.startswith(".") for part in relative.parts):
            name = (relative.parent / stem(relative.name)).as_posix()
            yield Target(path=path, name=name, label=str(path), in_folder=True)


def without_members(found: Sequence[Target], plugins: Plugins, options: Options) -> list[Target]:
    """The files without those of a folder that are read as part of another, such as the sample sheets of a study."""
    if not any(target.in_folder for target in found):
        return list(found)
    chosen = [_chosen(target, plugins, options) if target.in_folder else target for target in found]
    members = {target.path.parent / m for target in chosen if target.choice for m in target.choice[1].members}
    return [target for target in chosen if not target.in_folder or target.path not in members]


def _chosen(target: Target, plugins: Plugins, options: Options) -> Target:
    """The file with the plugin that reads it, or with the error that nobody does."""
    try:
        plugin, match = plugins.choose(target.label, reading.read_head(target.path), options.omics_type)
    except AmprentaError as error:
        return evolve(target, error=error)
    return evolve(target, choice=(plugin.info.name, match))


def _fetched(url: str) -> Target:
    """A URL's content in a temporary file (which lives as long as the process)."""
    folder = Path(tempfile.mkdtemp(prefix="amprenta-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]  # a password is no part of a name
        name = PurePosixPath(unquote(parts.path)).name
        path = folder / (name if name not in ("", "..") else "download")
        _download(url, path)
    except (OSError, ImportError, ValueError, HTTPException) as error:
        raise NotFound(f"{url} could not be fetched ({error})", hint="Check the address and the network") from error
    return Target(path=path, name=PurePosixPath(host, stem(name)).as_posix(), label=url)


def _download(url: str, path: Path) -> None:
    if url.startswith(("http://", "https://")):
        from urllib.request import urlopen  # noqa: PLC0415  # only for URLs

        with urlopen(url, timeout=_PATIENCE) as source, path.open("wb") as copy:  # noqa: S310  # the scheme was checked
            shutil.copyfileobj(source, copy, _HASH_BLOCK)
            if source.length:  # bytes that were announced and did not come
                raise OSError(f"{source.length} bytes are missing at its end")
        return
    import fsspec  # noqa: PLC0415  # only for other URLs

    with fsspec.open(url, "rb") as source, path.open("wb") as copy:
        shutil.copyfileobj(source, copy, _HASH_BLOCK)


def ingest(target: Target, plugins: Plugins, options: Options) -> Iterator[Ingested]:
    """Read one file: one value for each dataset in it. Raises ``FileError`` or ``PluginError``."""
    if target.error is not None:
        raise target.error
    path = target.path
    if target.choice is not None:
        plugin, match = plugins.loaded[target.choice[0]], target.choice[1]
    else:
        plugin, match = plugins.choose(target.label, reading.read_head(path), options.omics_type)
    if options.level:
        match = with_level(match, plugin, options.level)
    source = SourceFile(path=target.label, size=path.stat().st_size, sha256=content_hash(path))
    members = tuple(path.parent / member for member in match.members)
    for part in match.parts or ("",):
        whole = evolve(match, parts=(part,) if part else ())
        table = _read(plugin, path, whole, options)
        shown = part if len(match.parts) > 1 else ""
        yield Ingested(
            source=source, part=shown, plugin=plugin.info, match=whole, table=table, members=members, local=path
        )


def _read(plugin: Plugin, path: Path, match: Match, options: Options) -> FeatureTable:
    table = plugin.extract(plugin.parse(path, match))
    try:
        check_table(table)
    except ValueError as error:
        raise ParseError(f"the plugin's answer does not add up: {error}", path=path, plugin=plugin.info.name) from error
    if options.quantity:
        table = with_quantity(table, options.quantity)
    if options.samples:
        table = sample_sheets.join(table, options.samples)
    return table


def check_table(table: FeatureTable) -> None:
    """Raise ``ValueError`` where shapes or the accounting of rows do not agree."""
    if not table.quantities:
        raise ValueError("there is no quantity")
    for quantity in table.quantities:
        width = len(table.samples) if quantity.axis.value == "samples" else len(table.contrasts)
        if quantity.values.shape != (len(table.features), width):
            raise ValueError(f"{quantity.name} is {quantity.values.shape}, not {(len(table.features), width)}")
    if table.cells is not None:
        check_cells(table, table.cells)
    aside = sum(1 for problem in table.problems if problem.row is not None)
    if table.rows_read != table.rows_measured + aside:
        raise ValueError(
            f"{table.rows_read} rows read, {table.rows_measured} measured, {aside} set aside with a reason"
        )


def with_level(match: Match, plugin: Plugin, level: str) -> Match:
    """The match at a level that the user asks for. Raises ``SettingsError`` that lists those of the format."""
    levels = next((f.levels for f in plugin.info.formats if f.name == match.format), ())
    chosen = next((name for name in levels if name.casefold() == level.casefold()), None)
    if chosen is None:
        hint = f"It has: {', '.join(levels)}" if levels else "Leave --level out: its rows are what it measures"
        raise SettingsError(f"the format {match.format} cannot be read at the level {level}", hint=hint)
    return evolve(match, level="" if chosen == levels[0] else chosen)


def check_cells(table: FeatureTable, cells: Cells) -> None:
    """Raise ``ValueError`` where the cells and their matrices do not agree with each other and the table."""
    n_cells = len(cells.barcodes)
    wrong = [a.name for a in cells.annotations if len(a.values) != n_cells]
    if len(cells.samples) != n_cells or wrong:
        raise ValueError(f"{n_cells} cells, and not as many values of {', '.join(wrong) or 'their samples'}")
    if n_cells and not -1 <= int(cells.samples.min()) <= int(cells.samples.max()) < len(table.samples):
        raise ValueError(f"a cell is of a sample that is none of the {len(table.samples)}")
    if [m.name for m in cells.matrices if m.name not in {q.name for q in table.quantities}] or not cells.matrices:
        raise ValueError("each matrix of cells needs the quantity of its name, and one must be there")
    for matrix in cells.matrices:
        _check_matrix(matrix, len(table.features), n_cells)


def _check_matrix(matrix: SparseQuantity, n_features: int, n_cells: int) -> None:
    shape, indptr = (matrix.n_features, matrix.n_cells), matrix.indptr
    if shape != (n_features, n_cells):
        raise ValueError(f"the cells' {matrix.name} is {shape}, not {(n_features, n_cells)}")
    if (
        indptr[0] != 0
        or (indptr[1:] < indptr[:-1]).any()
        or {len(matrix.indices), len(matrix.values)} != {int(indptr[-1])}
    ):
        raise ValueError(f"the rows of the cells' {matrix.name} do not add up to its values")
    if len(matrix.indices) and not 0 <= int(matrix.indices.min()) <= int(matrix.indices.max()) < n_cells:
        raise ValueError(f"the cells' {matrix.name} has a value outside its {n_cells} cells")
    if disordered(matrix.indptr, matrix.indices):
        raise ValueError(f"the cells' {matrix.name} has places that do not ascend, or stand twice")
    if any(indptr[f + 1] > indptr[f] for f in matrix.absent):
        raise ValueError(f"the cells' {matrix.name} has values of a feature that is absent")


def with_quantity(table: FeatureTable, name: str) -> FeatureTable:
    """The table with another quantity of choice. Raises ``SettingsError`` that lists what is there."""
    chosen = [q for q in table.quantities if q.name.casefold() == name.casefold()]
    if not chosen:
        there = ", ".join(q.name for q in table.quantities)
        raise SettingsError(f"the file has no quantity {name}", hint=f"It has: {there}")
    return evolve(table, quantities=(chosen[0], *(q for q in table.quantities if q is not chosen[0])))


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
