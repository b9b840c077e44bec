"""A sample sheet joins a dataset: each of its rows describes a sample."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from attrs import evolve

from amprenta_core import reading
from amprenta_core.errors import FileError
from amprenta_core.model import FeatureTable, Problem, Sample

_RAW_SUFFIXES = (".raw", ".mzml", ".d", ".wiff", ".cdf", ".mzxml")


def join(table: FeatureTable, sheet: Path) -> FeatureTable:
    """The table with the sheet's columns as attributes of its samples.

    The column of names is the one that names most samples. Samples or rows without a partner are problems; a sheet
    that names no sample at all is a ``FileError``.
    """
    rows = reading.read_tables(sheet)[0].rows
    header, body = rows[0], rows[1:]
    names = {_key(sample.name) for sample in table.samples}
    hits = [len({_key(row[j]) for row in body if j < len(row)} & names) for j in range(len(header))]
    if not any(hits):
        shown = ", ".join(sample.name for sample in table.samples[:3])
        hint = f"One column must hold the samples' names, such as {shown}"
        raise FileError("the sample sheet names none of the file's samples", path=sheet, hint=hint)
    column = hits.index(max(hits))
    described = _described(header, body, column)
    samples = tuple(_with(sample, described.get(_key(sample.name), {})) for sample in table.samples)
    return evolve(table, samples=samples, problems=(*table.problems, *_unmatched(table, described, sheet)))


def _key(name: str) -> str:
    """A sample's name as it is compared: without the folder and suffix of a raw file."""
    bare = PurePath(name.strip().replace("\\", "/")).name
    return bare[: -len(PurePath(bare).suffix)] if PurePath(bare).suffix.lower() in _RAW_SUFFIXES else bare


def _described(header: Sequence[str], body: Sequence[Sequence[str]], column: int) -> dict[str, dict[str, str]]:
    return {
        _key(row[column]): {
            label.strip(): cell.strip()
            for j, (label, cell) in enumerate(zip(header, row, strict=False))
            if j != column and label.strip() and cell.strip()
        }
        for row in body
        if column < len(row)
    }


def _with(sample: Sample, attributes: Mapping[str, str]) -> Sample:
    return evolve(sample, attributes={**sample.attributes, **attributes})


def _unmatched(table: FeatureTable, described: Mapping[str, object], sheet: Path) -> list[Problem]:
    names = {_key(sample.name) for sample in table.samples}
    without = [sample.name for sample in table.samples if _key(sample.name) not in described]
    unused = [name for name in described if name not in names]
    problems = []
    if without:
        what = f"samples that are not in the sample sheet: {len(without)} ({without[0]} first)"
        problems.append(Problem(where=f"sample sheet {sheet.name}", code="sample_not_described", what=what))
    if unused:
        what = f"rows that describe no sample of the file: {len(unused)} ({unused[0]} first)"
        problems.append(Problem(where=f"sample sheet {sheet.name}", code="sample_not_measured", what=what))
    return problems
