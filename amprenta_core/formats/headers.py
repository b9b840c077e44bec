"""Headers and how they are compared."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amprenta_core.formats import Measure

_SPACES = re.compile(r"[\s._]+")

_NAMED_BLANK = re.compile(r"X(?:\.\d+)?\Z|Unnamed: \d+(?:_level_\d+)?\Z")
"""What R and pandas write into an empty cell of a header."""
ANNOTATION = re.compile(
    r"(?:m/z.*|mz\b.*|mz(?:med|min|max|mean)|.*mass.*|rt\b.*|rt(?:med|min|max|mean|apex|start|end)|retention time.*|"
    r".*\brt\b.*|ri|mean.*|average.*|avg.*|sd|stdev.*|std\b(?![ -]?\d).*|std ?dev.*|se|sem|cv\b.*|rsd.*|"
    r".*formula.*|charge|"
    r"id|.* id|index|no|n|nr|#|adduct.*|score.*|counts?\b.*|total.*|sums?\b.*|sum ?(?:area|height|int|conc).*|median.*|"
    r"min|max|rank|cluster|group|module|ratio.*|.*ratio|npeaks|class|isotopes?|row|row number|fold|tstat|carbons?|"
    r"double bonds?|unsaturations?|chebi|hmdb|kegg|pubchem(?: cid)?|cid|lipid ?maps|cas|chemspider|csid|metlin|inchi.*|"
    r"smiles|bigg|metanetx|ccs|polarity|# ?[a-z].*|.*peptides|.*\bpsms|.*coverage.*|significance|"
    r".*\bprob(?:ability)?|mw\b.*|mol(?:ecular)? weight.*|calc pi|(?:(?:protein|peptide|sequence) )?length)\Z"
)
"""Headers, folded, of columns that describe a feature or sum it up: no samples, whatever numbers they hold."""


@cache
def compiled(pattern: str) -> "re.Pattern[str]":
    """A declared pattern, without regard to case."""
    return re.compile(pattern, re.IGNORECASE)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """A header as it is compared: case, dots, underscores and runs of spaces do not matter.

    >>> fold("Precursor.Mz") == fold("Precursor  mz")
    True
    """
    return _SPACES.sub(" ", text).strip().casefold()


def feature_columns(header: Sequence[str], measure: "Measure") -> list[tuple[int, str]]:
    """(column, name) of each header that the measure's pattern matches; the name is the pattern's only group."""
    if measure.columns is None:
        return []
    pattern = re.compile(measure.columns)
    end = find_column(header, (measure.before,)) if measure.before else None
    matches = [(i, pattern.match(cell.strip())) for i, cell in enumerate(header[:end])]
    return [(i, m.group(m.lastgroup or 0).strip()) for i, m in matches if m]


def find_column(header: Sequence[str], names: Sequence[str]) -> int | None:
    """The column of the first of these names that stands in the header."""
    folded = [fold(cell) for cell in header]
    return next((folded.index(fold(name)) for name in names if fold(name) in folded), None)


def merged_header(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Two header rows as one: merged cells of the upper one are carried to the right and put before "|".

    >>> merged_header(["", "Area", "", "RT"], ["name", "s1", "s2", "s1"])
    ['name', 'Area|s1', 'Area|s2', 'RT|s1']
    """
    merged, block = [], ""
    for j, cell in enumerate(lower):
        own = " ".join(upper[j].split()) if j < len(upper) else ""
        block = block if not own or _NAMED_BLANK.match(own) else own
        merged.append(f"{block}|{cell.strip()}" if block else cell.strip())
    return merged


def carried(row: Sequence[str], column: int) -> str:
    """The cell of a row of merged cells that a column stands under: its own, else the nearest to the left."""
    return next((cell.strip() for cell in reversed(row[: column + 1]) if cell.strip()), "")
