"""MetaboLights metabolite assignment files (``m_…_maf.tsv``)."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from attrs import evolve

from amprenta_core import (
    FeatureRef,
    FeatureTable,
    FileHead,
    FormatInfo,
    Match,
    Measure,
    ParsedFile,
    ParseError,
    Problem,
    Sample,
    Table,
    TableFormat,
    is_missing,
    make_sample,
    read_tables,
    to_number,
)
from amprenta_core import extract as extract_declared
from amprenta_metabolomics import accessions, isa
from amprenta_metabolomics.names import is_internal_standard

_IDENTIFYING = (
    "chemical_shift", "retention_time", "database_identifier", "chemical_formula", "smiles", "inchi", "multiplicity",
)  # fmt: skip
_DESCRIBING = (
    "fragmentation", "modifications", "charge", "taxid", "species", "database", "database_version", "reliability",
    "uri", "search_engine", "search_engine_score", "smallmolecule_abundance_sub", "smallmolecule_abundance_stdev_sub",
    "smallmolecule_abundance_std_error_sub",
)  # fmt: skip
_SUMMARY = re.compile(
    r"(?:smallmolecule_abundance\w*|(?:adj\w*[ ._]?)?p[ ._-]?val\w*|q[ ._-]?val\w*|fdr|vip|sd|stdev|sem|rsd|cv|"
    r"(?:log2?[ ._]?)?(?:fc|fold[ ._]?change)|(?:mean|average|median)(?:[ ._].*)?|(?:vip|fc)[ ._].*)(?:\[\d+\])?\Z",
    re.IGNORECASE,
)
"""Columns behind the standard ones that sum others up: no samples where no assay says so."""
_STANDARD = frozenset(("metabolite_identification", "mass_to_charge", *_IDENTIFYING, *_DESCRIBING))
_NO_VALUES = "It lists identifications only; the abundances were not deposited in it"
MAF = TableFormat(
    name="maf",
    title="MetaboLights metabolite assignment file",
    versions="v1, v2",
    layout="rows",
    feature_type="metabolite",
    omics_type="metabolomics",
    header=("database_identifier", "metabolite_identification", "chemical_formula|smiles|inchi"),
    feature=("metabolite_identification",),
    key=_IDENTIFYING,
    attributes=_DESCRIBING,
    mz=("mass_to_charge",),
    unnamed=r"(?:unknown|unidentified|not identified)\Z",
    measures=(Measure(name="abundance", scale=None),),
    feature_flags={"internal_standard": is_internal_standard},
)
FORMATS: tuple[FormatInfo, ...] = (MAF.info,)


def sniff(head: FileHead) -> Match | None:
    """Claim a file by its columns; the studies and assays beside it are members."""
    for table in head.tables:
        if table.rows and _is_header(table.rows[0]):
            reason = "columns database_identifier, metabolite_identification"
            found = isa.members(head)
            return Match(format=MAF.name, confidence="certain", reason=reason, omics_type="metabolomics", members=found)
    return None


def _is_header(row: Sequence[str]) -> bool:
    cells = {_folded(cell) for cell in row}
    return all(any(name in cells for name in either.split("|")) for either in MAF.header)


def _folded(cell: str) -> str:
    return cell.strip().casefold()


def parse(path: Path, match: Match) -> ParsedFile:
    """The table as written, and behind it those of the studies and assays. Raises ``FileError``."""
    table = read_tables(path)[0]
    return ParsedFile(path=str(path), format=match.format, tables=(table, *isa.read_members(path, match.members)))


def extract(parsed: ParsedFile) -> FeatureTable:
    """Metabolites over samples. Raises ``ParseError`` where no value was deposited."""
    table = parsed.tables[0]
    if not len(table.rows) or not _is_header(table.rows[0]):
        raise ParseError("its first row is no header of an assignment file", path=parsed.path, hint="It may be cut")
    described = isa.describe(PurePath(parsed.path).name, parsed.tables[1:])
    columns, problems = _sample_columns(table, described)
    pattern = rf"(?P<sample>(?:{'|'.join(map(re.escape, dict.fromkeys(columns)))}))\Z" if columns else r"(?!)"
    declared = evolve(MAF, measures=(evolve(MAF.measures[0], columns=pattern),))
    try:
        found = extract_declared(evolve(parsed, tables=(table,)), (declared,))
    except ParseError as error:
        raise ParseError(error.what, path=parsed.path, line=error.line, hint=error.hint or _NO_VALUES) from error
    said = {_folded(name): attributes for name, attributes in reversed(list(described.samples.items()))}
    return evolve(
        found,
        features=tuple(map(_with_ids, found.features)),
        samples=tuple(_described(sample, said) for sample in found.samples),
        problems=(*found.problems, *problems, *_notes(found, described)),
    )


def _sample_columns(table: Table, described: isa.Described) -> tuple[list[str], list[Problem]]:
    """The headers of sample columns: those that the assay or study names, else all behind the standard ones."""
    header = [cell.strip() for cell in table.rows[0]]
    others = [j for j, cell in enumerate(header) if cell and _folded(cell) not in _STANDARD]
    numeric = [j for j in others if not _SUMMARY.match(header[j]) and _holds_no_text(table, j)]
    known = {_folded(name) for name in described.samples}
    named = [j for j in others if _folded(header[j]) in known]
    if not described.samples:
        return [header[j] for j in numeric], []
    if len(named) * 2 < len(numeric):
        what = f"the study beside it names {len(named)} of {len(numeric)} columns: all that hold numbers are samples"
        return [header[j] for j in numeric], [Problem(where="header", code="samples_not_in_study", what=what)]
    left = [header[j] for j in others if j not in named]
    if not left:
        return [header[j] for j in named], []
    what = f"columns that the study beside it does not name are no samples: {len(left)} ({left[0]} first)"
    return [header[j] for j in named], [Problem(where="header", code="columns_not_in_study", what=what)]


def _holds_no_text(table: Table, column: int) -> bool:
    """Whether a column is one of numbers, or of nothing; what a cut may have left of the last row does not count."""
    rows = table.rows[1:-1] if table.torn else table.rows[1:]
    cells = [row[column] for row in rows if column < len(row) and not is_missing(row[column])]
    return not cells or sum(to_number(cell, table.decimal) is not None for cell in cells) * 2 > len(cells)


def _with_ids(ref: FeatureRef) -> FeatureRef:
    """The feature with the accessions of its identifier column, each under the name of its database."""
    said = ref.attributes
    return evolve(ref, ids={**accessions.anywhere(said.get("database_identifier", ""))})


def _described(sample: Sample, said: dict[str, isa.Said]) -> Sample:
    return make_sample(sample.name, {**sample.attributes, **said.get(_folded(sample.name), {})})


def _notes(found: FeatureTable, described: isa.Described) -> list[Problem]:
    notes = []
    if any("retention_time" in ref.attributes for ref in found.features):
        what = "retention times are kept as written: the file does not say whether they are minutes or seconds"
        notes.append(Problem(where="column retention_time", code="time_without_unit", what=what))
    for name in described.unreadable:
        what = "the file beside it cannot be read: what it says of samples is missing"
        notes.append(Problem(where=name, code="study_not_read", what=what))
    return notes
