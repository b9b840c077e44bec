"""mwTab analyses as features, samples and quantities."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from attrs import define, field, frozen

from amprenta_core import (
    FeatureRef,
    FeatureTable,
    NumberReader,
    Problem,
    Quantity,
    Sample,
    is_missing,
    make_sample,
)
from amprenta_metabolomics import mwtab_metabolites
from amprenta_metabolomics.mwtab_sections import Analysis, Block, pairs
from amprenta_metabolomics.names import is_internal_standard

Key = tuple[str, int]
ABUNDANCE = "abundance"
_BIN = re.compile(r"[\[(]?\s*-?\d+(?:\.\d*)?\s*(?:\.{2,3}|,|-|–|:|to|\s)\s*-?\d+(?:\.\d*)?\s*(?:ppm)?\s*[\])]?\Z")
_LOGARITHMS: Mapping[str, str] = {"log2": "log2", "log10": "log10"}
_LINEAR = re.compile(
    r".*\b(?:area|areas|height|heights|intensity|intensities|counts?|abundances?)\b|"
    r"\s*(?:[fpnuµμm]?(?:g|mol|moles?|m|M)|ppm|ppb|pmoles?|nmoles?|[^/\s]+\s*/\s*[^/]+|%)\s*\Z",
    re.IGNORECASE,
)
_NAMES_SHOWN = 3


@frozen(kw_only=True)
class Layer:
    """A data block as read: its features, sample keys and numbers; ``missing`` is reason → (row, column)."""

    features: tuple[FeatureRef, ...]
    keys: tuple[Key, ...]
    factors: tuple[Mapping[str, str], ...]
    values: "np.ndarray[tuple[int, int], np.dtype[np.float64]]" = field(repr=False)
    missing: Mapping[str, tuple[tuple[int, int], ...]] = field(repr=False)
    unit: str | None
    analysis: Analysis


@define
class Account:
    """What happened to the rows of all blocks, and what was odd."""

    rows_read: int = 0
    problems: list[Problem] = field(factory=list)

    def note(self, where: str, code: str, what: str, row: int | None = None) -> None:
        """An oddity; with ``row`` it costs this row."""
        self.problems.append(Problem(where=where, code=code, what=what, row=row))


def feature_table(found: Sequence[Analysis]) -> FeatureTable:
    """All analyses of a file as one table: their samples under each other's names, a quantity for each unit."""
    account = Account()
    layers = [_layer(a, block, account, several=len(found) > 1) for a in found for block in a.values]
    keys = tuple(dict.fromkeys(key for layer in layers for key in layer.keys))
    features = tuple(ref for layer in layers for ref in layer.features)
    samples = tuple(_sample(key, layers) for key in keys)
    _note_repeated(layers, account)
    _note_analyses(found, account)
    return FeatureTable(
        omics_type="metabolomics",
        features=features,
        samples=samples,
        quantities=_quantities(layers, keys, len(features)),
        rows_read=account.rows_read,
        rows_measured=len(features),
        problems=tuple(account.problems),
    )


def _layer(analysis: Analysis, block: Block, account: Account, *, several: bool) -> Layer:
    columns = _columns(block, account)
    factors_row = block.rows[0] if block.rows and block.rows[0][0].casefold() == "factors" else ()
    body = [i for i, row in enumerate(block.rows) if any(row) and not (factors_row and i == 0)]
    kept = _kept(block, body, account)
    reader = NumberReader(width=len(columns))
    values = reader.read([[_cell(block.rows[i], j) for j, _ in columns] for i in kept])
    _note_cells(block, reader, kept, columns, account)
    names = [block.rows[i][0] for i in kept]
    known = mwtab_metabolites.by_place(names, analysis.metabolites)
    own = {"analysis": analysis.id} if several and analysis.id else {}
    width = max(len(columns), 1)
    return Layer(
        features=tuple(_feature(name, said, own, block) for name, said in zip(names, known, strict=True)),
        keys=_numbered(name for _, name in columns),
        factors=tuple(pairs(_cell(factors_row, j), "|", ":") for j, _ in columns),
        values=values,
        missing={why: tuple(divmod(cell, width) for cell in cells) for why, cells in reader.reasons().items()},
        unit=analysis.units,
        analysis=analysis,
    )


def _columns(block: Block, account: Account) -> list[tuple[int, str]]:
    """(column, name) of each sample; a column without a name counts where it holds values."""
    widest = max(map(len, (block.header, *block.rows)), default=0)
    found = []
    for j in range(1, widest):
        name = _cell(block.header, j)
        if not name and any(_cell(row, j) for row in block.rows):
            name = f"column {j + 1}"
            account.note(
                block.place(), "unnamed_sample", f"column {j + 1} holds values, and the header names no sample"
            )
        if name:
            found.append((j, name))
    return found


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _kept(block: Block, body: Sequence[int], account: Account) -> list[int]:
    """The rows that name a feature; the others are set aside."""
    first = account.rows_read
    account.rows_read += len(body)
    kept = []
    for number, i in enumerate(body, first):
        name = block.rows[i][0]
        if is_missing(name) and name != "Na":  # sodium is measured, too
            account.note(block.place(i), "no_identity", "the row names no metabolite", number)
        else:
            kept.append(i)
    return kept


def _note_cells(
    block: Block, reader: NumberReader, kept: Sequence[int], columns: Sequence[tuple[int, str]], account: Account
) -> None:
    if reader.unreadable:
        row, column, text = reader.unreadable[0]
        where = f"{block.place(kept[row])}, column {columns[column][1]}"
        what = f"cells that are no numbers, read as missing: {len(reader.unreadable)} ({text[:40]!r} first)"
        account.note(where, "unreadable_value", what)


def _feature(name: str, said: mwtab_metabolites.Said, own: Mapping[str, str], block: Block) -> FeatureRef:
    """A metabolite by its name; a bin of a spectrum, and what is called unknown, has none."""
    is_bin = "BINNED" in block.name and bool(_BIN.match(name))
    unnamed = {"chemical_shift": name} if is_bin else {block.header[0]: name} if _is_unknown(name) else {}
    return FeatureRef(
        name=None if unnamed else name,
        type="metabolite",
        ids=said.ids,
        mz=said.mz,
        rt=said.rt,
        flags=("internal_standard",) if not unnamed and is_internal_standard(name) else (),
        attributes={**unnamed, **own, **said.attributes},
    )


def _is_unknown(name: str) -> bool:
    return name.casefold() == "unknown"


def _numbered(names: Iterable[str]) -> tuple[Key, ...]:
    """(name, how often it stood before): samples that share a name are several."""
    seen: Counter[str] = Counter()
    keys = []
    for name in names:
        keys.append((name, seen[name]))
        seen[name] += 1
    return tuple(keys)


def _sample(key: Key, layers: Sequence[Layer]) -> Sample:
    """A sample with what the first analysis that has it says of it."""
    layer = next(layer for layer in layers if key in layer.keys)
    said = layer.analysis.subjects.get(key[0], {})
    return make_sample(key[0], {**layer.factors[layer.keys.index(key)], **said})


def _quantities(layers: Sequence[Layer], keys: Sequence[Key], height: int) -> tuple[Quantity, ...]:
    """One quantity for each unit, that of the first analysis first."""
    units = list(dict.fromkeys(layer.unit for layer in layers))
    return tuple(_quantity(layers, keys, height, unit, is_first=unit == units[0]) for unit in units)


def _quantity(
    layers: Sequence[Layer], keys: Sequence[Key], height: int, unit: str | None, *, is_first: bool
) -> Quantity:
    values = np.full((height, len(keys)), np.nan)
    missing: dict[str, list[int]] = {}
    place = {key: j for j, key in enumerate(keys)}
    first = 0
    for layer in layers:
        if layer.unit == unit:
            columns = [place[key] for key in layer.keys]
            values[first : first + len(layer.features), columns] = layer.values
            for why, cells in layer.missing.items():
                missing.setdefault(why, []).extend((first + row) * len(keys) + columns[j] for row, j in cells)
        first += len(layer.features)
    return Quantity(
        name=ABUNDANCE if is_first else f"{ABUNDANCE} ({unit or 'no unit'})",
        values=values,
        unit=unit,
        scale=_scale(unit),
        missing={why: tuple(sorted(cells)) for why, cells in sorted(missing.items())},
    )


def _scale(unit: str | None) -> str | None:
    """The scale that a unit states: a logarithm by its base, linear where it is an amount; None where it is neither.

    >>> _scale("log2 peak area"), _scale("Peak Area"), _scale("pg/ml"), _scale("scaled units"), _scale("ln")
    ('log2', 'linear', 'linear', None, None)
    """
    folded = (unit or "").casefold()
    if re.search(r"\b(?:log|ln)|z-?scores?|transformed|scaled|normali[sz]ed|fold", folded):
        bare = re.sub(r"[\s_()]+", "", folded)
        return next((scale for word, scale in _LOGARITHMS.items() if word in bare), None)
    return "linear" if _LINEAR.match(folded) else None


def _note_repeated(layers: Sequence[Layer], account: Account) -> None:
    """Names that stand several times in one block: each kept apart."""
    for layer in layers:
        where = layer.analysis.values[0].place()
        _note_names([ref.name for ref in layer.features if ref.name], where, "feature", account)
        _note_names([name for name, _ in layer.keys], where, "sample", account)


def _note_names(names: Sequence[str], where: str, what: str, account: Account) -> None:
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        shown = ", ".join(repeated[:_NAMES_SHOWN]) + (", …" if len(repeated) > _NAMES_SHOWN else "")
        text = f"{what} names that stand in the table more than once, each kept apart: {len(repeated)} ({shown})"
        account.note(where, f"duplicate_{what}_names", text)


def _note_analyses(found: Sequence[Analysis], account: Account) -> None:
    for analysis in found:
        where = f"analysis {analysis.id}" if analysis.id else f"analysis at line {analysis.first}"
        if not analysis.values:
            elsewhere = f"; they are in the file {analysis.results_file}" if analysis.results_file else ""
            account.note(where, "analysis_without_values", f"it holds no values of its own{elsewhere}")
        for block in analysis.extended if analysis.values else ():
            what = f"the section {block.name} gives {len(block.rows)} more rows for the same metabolites: not read"
            account.note(block.place(), "extended_not_read", what)
        if analysis.metabolites is not None and not analysis.metabolites.is_whole:
            what = "the section METABOLITES has no end: its identifiers are not used. The file may be cut"
            account.note(analysis.metabolites.place(), "section_cut", what)
    units = list(dict.fromkeys(analysis.units for analysis in found if analysis.values))
    if len(units) > 1:
        what = f"the analyses have several units, each a quantity of its own: {', '.join(u or 'none' for u in units)}"
        account.note("the file", "several_units", what)
