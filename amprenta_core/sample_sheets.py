"""A sample sheet joins a dataset: each of its rows describes a sample, or in SDRF a run (and channel) of one."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath

from attrs import evolve, frozen

from amprenta_core import reading
from amprenta_core.errors import FileError
from amprenta_core.model import FeatureTable, Problem, Sample

Rows = Sequence[Sequence[str]]
_RAW_SUFFIXES = (".raw", ".mzml", ".d", ".wiff", ".cdf", ".mzxml")
_SDRF = re.compile(r"characteristics ?\[", re.IGNORECASE)
_DATA_FILE = re.compile(r"comment ?\[data file\]", re.IGNORECASE)
_LABEL = re.compile(r"comment ?\[label\]", re.IGNORECASE)
_CHANNEL = re.compile(r"(?:TMT|iTRAQ)\D*(?P<channel>\d{3}[NC]?D?)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"[\W_]+")


@frozen(kw_only=True)
class _Sheet:
    """A sample sheet as written; ``runs``: an SDRF, whose rows are runs, several of which may be one sample."""

    path: Path
    header: Sequence[str]
    body: Rows
    runs: bool

    @property
    def place(self) -> str:
        """Where its problems are."""
        return f"sample sheet {self.path.name}"

    def column(self, pattern: re.Pattern[str]) -> int | None:
        """The first column of such a header."""
        return next((j for j, cell in enumerate(self.header) if pattern.match(cell.strip())), None)


@frozen(kw_only=True)
class _Names:
    """What its rows name, each by the keys that a sample may have: by one column, or by the run and the channel."""

    column: int | None
    rows: Sequence[Sequence[str]]
    key: Callable[[str], str]


def join(table: FeatureTable, sheet: Path) -> FeatureTable:
    """The table with the sheet's columns as attributes of its samples; what a repeated column says is put together.

    The column of names is the one that names most samples; in an SDRF it may be the data file and the label's channel
    together. Samples or rows without a partner are problems; a sheet that names no sample at all is a ``FileError``.
    """
    read = _read(sheet)
    candidates = [*_by_column(read), *_by_channel(read)]
    hits = [_hits(names, table.samples) for names in candidates]
    if not any(hits):
        shown = ", ".join(sample.name for sample in table.samples[:3])
        hint = f"One column must hold the samples' names, such as {shown}" if shown else "The file has no samples"
        raise FileError("the sample sheet names none of the file's samples", path=sheet, hint=hint)
    names = candidates[hits.index(max(hits))]
    described = _described(read, names)
    samples = tuple(_with(sample, described.get(names.key(sample.name), {})) for sample in table.samples)
    problems = (*_repeated(read, names), *_unmatched(read, names, table.samples))
    return evolve(table, samples=samples, problems=(*table.problems, *problems))


def _read(path: Path) -> _Sheet:
    """The first table of the sheet that has rows; a header one field short has no name for the first column."""
    tables = [table.rows for table in reading.read_tables(path) if len(table.rows) > 1]
    if not tables:
        raise FileError("the sample sheet has no rows", path=path, hint="Its first row names its columns")
    header, body = tables[0][0], tables[0][1:]
    is_short = all(len(row) == len(header) + 1 for row in body)
    runs = any(_SDRF.match(cell.strip()) for cell in header)
    return _Sheet(path=path, header=["", *header] if is_short else header, body=body, runs=runs)


def _by_column(sheet: _Sheet) -> list[_Names]:
    """Each column as one of names."""
    return [
        _Names(column=j, rows=[[_key(cell)] if (cell := _cell(row, j)) else [] for row in sheet.body], key=_key)
        for j in range(len(sheet.header))
    ]


def _by_channel(sheet: _Sheet) -> list[_Names]:
    """The run and the channel of its label together, either first; nothing where the sheet has no channels."""
    file, label = sheet.column(_DATA_FILE), sheet.column(_LABEL)
    if not sheet.runs or file is None or label is None:
        return []
    pairs = [(_key(_cell(row, file)), _CHANNEL.search(_cell(row, label))) for row in sheet.body]
    rows = [
        [_even(f"{run} {match['channel']}"), _even(f"{match['channel']} {run}")] if match else []
        for run, match in pairs
    ]
    return [_Names(column=None, rows=rows, key=_even)]


def _hits(names: _Names, samples: Sequence[Sample]) -> int:
    """How many names of samples the rows have."""
    return len({key for keys in names.rows for key in keys} & {names.key(sample.name) for sample in samples})


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""


def _key(name: str) -> str:
    """A sample's name as it is compared: without the folder and suffix of a raw file."""
    bare = PurePath(name.strip().replace("\\", "/")).name
    return bare[: -len(PurePath(bare).suffix)] if PurePath(bare).suffix.lower() in _RAW_SUFFIXES else bare


def _even(name: str) -> str:
    """A name of run and channel as it is compared: whatever stands between its words."""
    return _BETWEEN.sub(" ", name).strip().casefold()


def _described(sheet: _Sheet, names: _Names) -> dict[str, dict[str, str]]:
    """Sample → what its row says; of several rows the first, or in an SDRF what all of them say."""
    rows: dict[str, list[Sequence[str]]] = {}
    for keys, row in zip(names.rows, sheet.body, strict=True):
        for key in keys:
            rows.setdefault(key, []).append(row)
    return {key: _said(sheet, found if sheet.runs else found[:1], names.column) for key, found in rows.items()}


def _said(sheet: _Sheet, rows: Rows, but: int | None) -> dict[str, str]:
    """Header → the distinct cells of all columns that bear it, put together."""
    said: dict[str, dict[str, None]] = {}
    for row in rows:
        for j, (label, cell) in enumerate(zip(sheet.header, row, strict=False)):
            if j != but and label.strip() and cell.strip():
                said.setdefault(label.strip(), {})[cell.strip()] = None
    return {label: "; ".join(cells) for label, cells in said.items()}


def _repeated(sheet: _Sheet, names: _Names) -> list[Problem]:
    times = Counter(key for keys in names.rows for key in keys[:1])
    repeated = [name for name, n in times.items() if n > 1]
    if not repeated or sheet.runs:
        return []
    what = f"samples with several rows, of which the first is used: {len(repeated)} ({repeated[0]} first)"
    return [Problem(where=sheet.place, code="sample_described_twice", what=what)]


def _with(sample: Sample, attributes: Mapping[str, str]) -> Sample:
    return evolve(sample, attributes={**sample.attributes, **attributes})


def _unmatched(sheet: _Sheet, names: _Names, samples: Sequence[Sample]) -> list[Problem]:
    there = {key for keys in names.rows for key in keys}
    known = {names.key(sample.name) for sample in samples}
    without = [sample.name for sample in samples if names.key(sample.name) not in there]
    unused = list(dict.fromkeys(keys[0] for keys in names.rows if keys and not known & set(keys)))
    problems = []
    if without:
        what = f"samples that are not in the sample sheet: {len(without)} ({without[0]} first)"
        problems.append(Problem(where=sheet.place, code="sample_not_described", what=what))
    if unused:
        what = f"rows that describe no sample of the file: {len(unused)} ({unused[0]} first)"
        problems.append(Problem(where=sheet.place, code="sample_not_measured", what=what))
    return problems
