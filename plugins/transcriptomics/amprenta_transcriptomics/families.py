"""Tables with several quantities of each sample side by side: ``S1_count S1_FPKM``, ``counts.S1 abundance.S1``."""

import re
from collections.abc import Mapping, Sequence

from attrs import evolve

from amprenta_core import Measure, ParsedFile, TableFormat, ZeroMeaning

_ROWS = 40
"""How far down a header is looked for."""
_TWO = 2
_SHARE = 0.6
"""The columns of a single quantity are most of the table, or they may as well be sums or notes."""
_WORDS: Sequence[tuple[str, str, str | None]] = (
    ("counts", r"(?:(?:raw|est|expected|gene)[._ ]?)?(?:read[._ ]?)?counts?", "reads"),
    ("tpm", r"tpm", "TPM"),
    ("fpkm", r"fpkm", "FPKM"),
    ("rpkm", r"rpkm", "RPKM"),
    ("cpm", r"cpm", "CPM"),
    ("abundance", r"abundance", None),
    ("coverage", r"cov(?:erage)?", None),
    ("length", r"(?:eff(?:ective)?[._ ]?)?length", "bases"),
)
_ANY = re.compile("|".join(word for _, word, _ in _WORDS), re.IGNORECASE)
_NO_SUM = r"(?!(?i:totals?|sum|mean|average|avg|median|min|max)(?:[._ ]|\Z))"
_PATTERNS: Sequence[tuple[str, str, str | None]] = tuple(
    (name, pattern, unit)
    for name, word, unit in _WORDS
    for pattern in (
        rf"{_NO_SUM}(?P<sample>\S.*?)(?:[._ :-]+|[._ ]*[\[(])(?i:{word})[\])]?\Z",
        rf"(?i:{word})[._ :-]+{_NO_SUM}(?P<sample>.+)\Z",
    )
)


def told_apart(parsed: ParsedFile, formats: Sequence[TableFormat]) -> Sequence[TableFormat]:
    """The formats, that of the file with the quantities that its headers name, where these go with the same samples."""
    declared = next((one for one in formats if one.name == parsed.format), None)
    if declared is None or declared.layout != "rows" or any(m.columns is not None for m in declared.measures):
        return formats
    rows = [row for table in parsed.tables for row in table.rows[:_ROWS] if _ANY.search("\t".join(row))]
    found = max(map(_families, rows), key=lambda each: sum(map(len, each.values())), default={})
    if not found:
        return formats
    measures = tuple(
        Measure(name=name, columns=pattern, unit=unit, zero=ZeroMeaning.VALUE)
        for name, pattern, unit in _PATTERNS
        if pattern in found
    )
    return [evolve(declared, measures=(*measures, *declared.measures))]


def _families(row: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Pattern → samples, of the quantities that the most samples have; none where a quantity stands alone."""
    cells = [cell.strip() for cell in row]
    named = [cell for cell in cells if _ANY.search(cell)]
    found = {pattern: _samples(pattern, named) for _, pattern, _ in _PATTERNS}
    most = max(found.values(), key=len)
    alike = {pattern: samples for pattern, samples in found.items() if samples and samples == most}
    side_by_side = len(alike) >= _TWO or most <= set(cells)
    alone = len(most) >= _TWO and len(most) >= len(cells) * _SHARE
    return alike if alike and (side_by_side or alone) else {}


def _samples(pattern: str, cells: Sequence[str]) -> frozenset[str]:
    matches = (re.match(pattern, cell) for cell in cells)
    return frozenset(match["sample"].strip() for match in matches if match)
