"""A sample sheet joins a dataset: each of its rows describes a sample."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from attrs import evolve

from amprenta_core import reading
from amprenta_core.errors import FileError
from amprenta_core.model import FeatureTable, Problem, Sample

Rows = Sequence[Sequence[str]]
_RAW_SUFFIXES = (".raw", ".mzml", ".d", ".wiff", ".cdf", ".mzxml")


def join(table: FeatureTable, sheet: Path) -> FeatureTable:
    """The table with the sheet's columns as attributes of its samples.

    The column of names is the one that names most samples. Samples or rows without a partner are problems; a sheet
    that names no sample at all is a ``FileError``.
    """
    header, body = _header_and_rows(sheet)
    names = {_key(sample.name) for sample in table.samples}
    hits = [len({_key(row[j]) for row in body if j < len(row)} & names) for j in range(len(header))]
    if not any(hits):
        shown = ", ".join(sample.name for sample in table.samples[:3])
        hint = f"One column must hold the samples' names, such as {shown}" if shown else "The file has no samples"
        raise FileError("the sample sheet names none of the file's samples", path=sheet, hint=hint)
    column = hits.index(max(hits))
    described = _described(header, body, column)
    samples = tuple(_with(sample, described.get(_key(sample.name), {})) for sample in table.samples)
    problems = (*_repeated(body, column, sheet), *_unmatched(table, described, sheet))
    return evolve(table, samples=samples, problems=(*table.problems, *problems))


def _header_and_rows(sheet: Path) -> tuple[Sequence[str], Rows]:
    """The first table of the sheet that has rows; a header one field short has no name for the first column."""
    tables = [table.rows for table in reading.read_tables(sheet) if len(table.rows) > 1]
    if not tables:
        raise FileError("the sample sheet has no rows", path=sheet, hint="Its first row names its columns")
    header, body = tables[0][0], tables[0][1:]
    is_short = all(len(row) == len(header) + 1 for row in body)
    return (["", *header] if is_short else header), body


def _key(name: str) -> str:
    """A sample's name as it is compared: without the folder and suffix of a raw file."""
    bare = PurePath(name.strip().replace("\\", "/")).name
    return bare[: -len(PurePath(bare).suffix)] if PurePath(bare).suffix.lower() in _RAW_SUFFIXES else bare


def _described(header: Sequence[str], body: Rows, column: int) -> dict[str, dict[str, str]]:
    """Sample → what its row says; of several rows the first."""
    return {
        _key(row[column]): {
            label.strip(): cell.strip()
            for j, (label, cell) in enumerate(zip(header, row, strict=False))
            if j != column and label.strip() and cell.strip()
        }
        for row in reversed(body)
        if column < len(row) and row[column].strip()
    }


def _repeated(body: Rows, column: int, sheet: Path) -> list[Problem]:
    times = Counter(_key(row[column]) for row in body if column < len(row) and row[column].strip())
    repeated = [name for name, n in times.items() if n > 1]
    if not repeated:
        return []
    what = f"samples with several rows, of which the first is used: {len(repeated)} ({repeated[0]} first)"
    return [Problem(where=f"sample sheet {sheet.name}", code="sample_described_twice", what=what)]


def _with(sample: Sample, attributes: Mapping[str, str]) -> Sample:
    return evolve(sample, attributes={**sample.attributes, **attributes})


def _unmatched(table: FeatureTable, described: Mapping[str, object], sheet: Path) -> list[Problem]:
    names = {_key(sample.name) for sample in table.samples}
    without = [sample.name for sample in table.samples if _key(sample.name) not in described]
    unused = [name for name in reversed(list(described)) if name not in names]
    problems = []
    if without:
        what = f"samples that are not in the sample sheet: {len(without)} ({without[0]} first)"
        problems.append(Problem(where=f"sample sheet {sheet.name}", code="sample_not_described", what=what))
    if unused:
        what = f"rows that describe no sample of the file: {len(unused)} ({unused[0]} first)"
        problems.append(Problem(where=f"sample sheet {sheet.name}", code="sample_not_measured", what=what))
    return problems
