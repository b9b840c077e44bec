"""The EXTENDED sections of mwTab: long tables with a row for each metabolite, sample and isotopologue."""

import re
from collections.abc import Sequence

from attrs import evolve

from amprenta_core import (
    FeatureRef,
    FeatureTable,
    Measure,
    ParsedFile,
    Table,
    TableFormat,
    extract,
    is_missing,
    make_sample,
    to_number,
)
from amprenta_metabolomics import mwtab_metabolites
from amprenta_metabolomics.mwtab_sections import Analysis, Block
from amprenta_metabolomics.names import is_internal_standard

_SAMPLE = ("sample_id", "sample id", "sample")
_TELLS_APART = re.compile(r".*(?:isotop|adduct|fragment|transition|charge|ion\b|m/z|moverz|compound).*", re.IGNORECASE)


def is_long(block: Block) -> bool:
    """Whether a block has a column of samples, and rows."""
    return bool(block.rows) and any(cell.casefold() in _SAMPLE for cell in block.header)


def extract_long(path: str, name: str, block: Block, analysis: Analysis) -> FeatureTable:
    """Read an extended section by a declaration that follows its header. Raises ``ParseError``."""
    declared = _declared(name, block, analysis.units)
    lines = (block.first + 1, *block.lines)
    table = Table(name="" if block.word == "line" else block.name, rows=(block.header, *block.rows), lines=lines)
    found = extract(ParsedFile(path=path, format=name, tables=(table,)), (declared,))
    names = list(dict.fromkeys(ref.name or "" for ref in found.features))
    known = dict(zip(names, mwtab_metabolites.by_place(names, analysis.metabolites), strict=True))
    return evolve(
        found,
        features=tuple(_with(ref, known[ref.name or ""]) for ref in found.features),
        samples=tuple(
            make_sample(s.name, {**s.attributes, **analysis.subjects.get(s.name, {})}) for s in found.samples
        ),
    )


def _with(ref: FeatureRef, said: mwtab_metabolites.Said) -> FeatureRef:
    return evolve(ref, ids=said.ids, mz=said.mz, rt=said.rt, attributes={**said.attributes, **ref.attributes})


def _declared(name: str, block: Block, units: str | None) -> TableFormat:
    feature, others = block.header[0], [c for c in block.header[1:] if c and c.casefold() not in _SAMPLE]
    apart = tuple(c for c in others if _TELLS_APART.match(c))
    numeric = [c for c in others if c not in apart and _is_numeric(block.rows, block.header.index(c))]
    return TableFormat(
        name=name,
        title=block.name,
        layout="long",
        feature_type="metabolite",
        omics_type="metabolomics",
        header=(feature,),
        feature=(feature,),
        key=apart,
        sample=_SAMPLE,
        measures=tuple(Measure(name=c, columns=c, unit=units, scale=None) for c in numeric),
        feature_flags={"internal_standard": is_internal_standard},
    )


def _is_numeric(rows: Sequence[Sequence[str]], column: int) -> bool:
    cells = [row[column] for row in rows if column < len(row) and not is_missing(row[column])]
    return bool(cells) and all(to_number(cell) is not None for cell in cells)
