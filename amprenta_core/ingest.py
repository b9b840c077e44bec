"""A path becomes values: find the files, choose the plugin, read, extract. Pure: no database is touched."""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from attrs import define, evolve, field, frozen

from amprenta_core import reading, sample_sheets
from amprenta_core.accounting import check_table
from amprenta_core.errors import AmprentaError, NotFound, ParseError, SettingsError
from amprenta_core.joining import Joiner
from amprenta_core.model import FeatureTable, Ingested, Match, Problem, SourceFile
from amprenta_core.plugins import Plugin, Plugins
from amprenta_core.stacking import Stack

Joining = Joiner | Stack
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

    ``choice`` is the plugin that reads it and its match, where that is known already; ``root`` is the folder that the
    user named, None where it was the file itself. ``joined`` are the files that are one dataset together: ``path`` is
    their folder then. ``passed_over`` are files below the folder that belong to it and hold nothing to be read.
    ``apart`` says why it is no part of a dataset that files beside it make.
    """

    path: Path
    name: str
    label: str
    error: AmprentaError | None = None
    choice: tuple[str, Match] | None = None
    root: Path | None = None
    joined: tuple["Target", ...] = ()
    passed_over: tuple[Path, ...] = ()
    apart: str = ""


@define
class Left:
    """What is left of a joined dataset: files that could not be read and why, and files that say why they are apart."""

    failed: list[tuple[Target, AmprentaError]] = field(factory=list)
    apart: list[Target] = field(factory=list)


def targets(paths: Sequence[str]) -> Iterator[Target]:
    """The files that paths stand for. A folder stands for all files below it; a URL is fetched.

    Raises ``NotFound`` for a path that is not there.
    """
    for path in paths:
        if not path.strip():
            raise NotFound("an empty path names no file", hint="Is a variable of your shell unset?")
        if "://" in path:
            yield _fetched(path)
            continue
        try:
            is_folder, is_there = Path(path).is_dir(), Path(path).exists()
        except OSError as error:
            raise NotFound(f"{path} cannot be reached: {error.strerror}", hint="Check the path") from error
        if is_folder:
            yield from _below(Path(path))
        elif is_there and not _can_be_read_again(Path(path)):
            hint = "Write its content to a file, and name that"
            raise NotFound(f"{path} is a pipe or a device, which cannot be read twice", hint=hint)
        elif is_there:
            yield Target(path=Path(path), name=default_name(Path(path)), label=path)
        else:
            raise NotFound(f"{path} is not there", hint="Check the path")


def _can_be_read_again(path: Path) -> bool:
    """A file is looked at before it is read, and hashed: a pipe would be empty by then, or wait for ever."""
    return not (path.is_fifo() or path.is_socket() or path.is_char_device() or path.is_block_device())


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
            yield Target(path=path, name=name, label=str(path), root=root)


def without_members(found: Sequence[Target], plugins: Plugins, options: Options) -> list[Target]:
    """The files without those of a folder that are read as part of another, such as the sample sheets of a study."""
    if not any(target.root for target in found):
        return list(found)
    chosen = [_chosen(target, plugins, options) if target.root else target for target in found]
    members = {target.path.parent / m for target in chosen if target.choice for m in target.choice[1].members}
    return _passing_over([target for target in chosen if not target.root or target.path not in members])


def _passing_over(chosen: Sequence[Target]) -> list[Target]:
    """The files without those that nobody reads and that belong to another by its match, which remembers them."""
    owners = {t.path.parent / name: t.path for t in chosen if t.root and t.choice for name in t.choice[1].beside}
    over: dict[Path, list[Path]] = {}
    for target in chosen if owners else ():
        if target.root is not None and target.choice is None:
            owner = next((owners[p] for p in (target.path, *target.path.parents) if p in owners), None)
            if owner is not None:
                over.setdefault(owner, []).append(target.path)
    gone = {path for paths in over.values() for path in paths}
    kept = (target for target in chosen if target.path not in gone)
    return [evolve(target, passed_over=tuple(over.get(target.path, ()))) for target in kept]


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


def ingest(target: Target, plugins: Plugins, options: Options, left: Left | None = None) -> Iterator[Ingested]:
    """Read one file, or files that are one dataset: one value for each. Raises ``FileError`` or ``PluginError``.

    ``left`` takes what is not joined: one broken file among many does not lose the others.
    """
    if target.error is not None:
        raise target.error
    if target.joined:
        yield from _ingest_joined(target, plugins, options, left or Left())
        return
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
        table = evolve(table, problems=(*_apart_note(target), *_passed_over_note([target]), *table.problems))
        shown = part if len(match.parts) > 1 else ""
        yield Ingested(
            source=source, part=shown, plugin=plugin.info, match=whole, table=table, members=members, local=path
        )


def _ingest_joined(target: Target, plugins: Plugins, options: Options, left: Left) -> Iterator[Ingested]:
    """The files side by side; nothing where none could be read."""
    assert target.choice is not None  # noqa: S101  # files are combined by their matches
    plugin, match = plugins.loaded[target.choice[0]], target.choice[1]
    joiner, taken = _read_all(target, plugin, left)
    if not taken:
        return
    files = {_relative(one, target): content_hash(one.path) for one in taken}
    whole = joiner.result()
    table = _as_asked(evolve(whole, problems=(*_joining_notes(target, match, taken, left), *whole.problems)), options)
    source = SourceFile(path=target.label, size=sum(one.path.stat().st_size for one in taken), sha256="")
    made = Ingested(
        source=source,
        part="",
        plugin=plugin.info,
        match=evolve(match, parts=()),
        table=table,
        members=tuple(one.path for one in taken),
        local=target.path,
        files=files,
    )
    sha256 = hashlib.sha256(listing(made.files).encode()).hexdigest()
    yield evolve(made, source=evolve(source, sha256=sha256))


def _read_all(target: Target, plugin: Plugin, left: Left) -> tuple[Joining, list[Target]]:
    """Read each file and join those that belong together, as most do; the others are ``left``, as are all where no
    two do.
    """
    tries: list[tuple[Joining, list[Target]]] = []
    refused: dict[Path, str] = {}
    for one in target.joined:
        try:
            if one.choice is None:
                continue
            table = _extracted(plugin, one.path, one.choice[1])
        except AmprentaError as error:
            left.failed.append((one, error))
            continue
        label = _relative(one, target)
        taken = next((taken for joiner, taken in tries if joiner.add(label, table)), None)
        if taken is not None:
            taken.append(one)
            continue
        fresh = Stack() if _holds_a_quantity(one) else Joiner()
        refused[one.path] = (tries[0][0] if tries else fresh).refusal(table)
        if fresh.add(label, table):
            tries.append((fresh, [one]))
        else:
            left.apart.append(evolve(one, apart=fresh.refusal(table)))
    chosen = max(tries, key=lambda pair: len(pair[1]), default=(Joiner(), []))
    if len(chosen[1]) == 1 and not left.failed and (len(tries) > 1 or left.apart):
        chosen = (Joiner(), [])
    why = next((text for text in refused.values() if text), "")
    left.apart += [
        evolve(one, apart=refused.get(one.path, "") or why)
        for _, taken in tries
        if taken is not chosen[1]
        for one in taken
    ]
    return chosen


def _holds_a_quantity(one: Target) -> bool:
    return one.choice is not None and one.choice[1].quantity_rank is not None


def _relative(one: Target, target: Target) -> str:
    return one.path.relative_to(target.path).as_posix()


def _joining_notes(target: Target, match: Match, taken: Sequence[Target], left: Left) -> Iterator[Problem]:
    """What was joined and why, and what was not."""
    where = f"folder {target.path.name}" if target.path.name else "folder"
    names = ", ".join(_relative(one, target) for one in taken[:3]) + (", …" if len(taken) > 3 else "")  # noqa: PLR2004
    part = "a quantity of the same features and samples" if match.quantity_rank is not None else "a part of the samples"
    what = f"{len(taken)} files of the format {match.format}, each with {part}, are one dataset: {names}"
    if len(taken) == 1:
        what = f"of {len(target.joined)} files of the format {match.format} only one is in the dataset: {names}"
    yield Problem(where=where, code="joined_files", what=what)
    yield from _passed_over_note(target.joined)
    for one, error in left.failed:
        what = f"{_relative(one, target)} is not in the dataset: {error.what}"
        yield Problem(where=_relative(one, target), code="file_not_joined", what=what)
    for one in left.apart:
        what = f"{_relative(one, target)} is a dataset of its own: {one.apart}"
        yield Problem(where=_relative(one, target), code="file_not_joined", what=what)


def _apart_note(target: Target) -> Iterator[Problem]:
    if target.apart:
        what = f"it is no part of the dataset of the files beside it: {target.apart}"
        yield Problem(where=target.path.name, code="file_not_joined", what=what)


def _passed_over_note(targets: Sequence[Target]) -> Iterator[Problem]:
    paths = [path for target in targets for path in target.passed_over]
    if paths:
        first = paths[0].name
        what = f"files that its program wrote beside it and that hold nothing to be read: {len(paths)} ({first} first)"
        yield Problem(where="the same folder", code="files_passed_over", what=what)


def _read(plugin: Plugin, path: Path, match: Match, options: Options) -> FeatureTable:
    return _as_asked(_extracted(plugin, path, match), options)


def _extracted(plugin: Plugin, path: Path, match: Match) -> FeatureTable:
    """What the plugin reads. Raises ``FileError`` or ``PluginError``."""
    table = plugin.extract(plugin.parse(path, match))
    try:
        check_table(table)
    except ValueError as error:
        raise ParseError(f"the plugin's answer does not add up: {error}", path=path, plugin=plugin.info.name) from error
    return table


def _as_asked(table: FeatureTable, options: Options) -> FeatureTable:
    """The table with the quantity and the sample sheet that the user named."""
    if options.quantity:
        table = with_quantity(table, options.quantity)
    if options.samples:
        table = sample_sheets.join(table, options.samples)
    return table


def with_level(match: Match, plugin: Plugin, level: str) -> Match:
    """The match at a level that the user asks for. Raises ``SettingsError`` that lists those of the format."""
    levels = next((f.levels for f in plugin.info.formats if f.name == match.format), ())
    chosen = next((name for name in levels if name.casefold() == level.casefold()), None)
    if chosen is None:
        hint = f"It has: {', '.join(levels)}" if levels else "Leave --level out: its rows are what it measures"
        raise SettingsError(f"the format {match.format} cannot be read at the level {level}", hint=hint)
    return evolve(match, level="" if chosen == levels[0] else chosen)


def with_quantity(table: FeatureTable, name: str) -> FeatureTable:
    """The table with another quantity of choice. Raises ``SettingsError`` that lists what is there."""
    chosen = [q for q in table.quantities if q.name.casefold() == name.casefold()]
    if not chosen:
        there = ", ".join(q.name for q in table.quantities)
        raise SettingsError(f"the file has no quantity {name}", hint=f"It has: {there}")
    return evolve(table, quantities=(chosen[0], *(q for q in table.quantities if q is not chosen[0])))


def listing(files: Mapping[str, str]) -> str:
    """The files of a joined dataset and their hashes, a line for each: what makes its content."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(files.items()))


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
