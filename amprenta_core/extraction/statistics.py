"""Columns of a results table: fold changes and p-values, for one contrast or several, by the names that tools use."""

import re
from collections import Counter
from collections.abc import Sequence

from attrs import evolve, frozen

from amprenta_core.formats import fold

_WORDS: tuple[tuple[str, str | None, str], ...] = (
    ("log2_fold_change", "log2", r"log ?2 ?\(?(?:fc|fold ?changes?|ratio)\)?|l2fc|log ?fc|lfc|log2 ?ratio"),
    ("fold_change", "linear", r"fc|fold|fold ?changes?|foldchange"),
    ("p_value", "linear", r"p|p ?val(?:ue)?s?|p-val(?:ue)?s?|raw ?p|pr\(>\|t\|\)"),
    (
        "adjusted_p_value",
        "linear",
        r"adj ?p ?(?:val(?:ue)?)?|p ?adj(?:usted)?|adj ?pval|padj|p-adj|fdr bh|bh|adjusted p ?(?:-?val(?:ue)?)?s?",
    ),
    ("fdr", "linear", r"fdr"),
    ("q_value", "linear", r"q|q ?val(?:ue)?s?|q-val(?:ue)?s?"),
    ("t_statistic", "linear", r"t|t ?stat(?:istic)?|tstat|stat"),
    ("standard_error", "linear", r"lfcse|se"),
    ("average_expression", None, r"aveexpr|basemean|ave ?expr"),
)
_TESTS = frozenset({"log2_fold_change", "fold_change", "p_value", "adjusted_p_value", "fdr", "q_value"})
_ANY = "|".join(words for _, _, words in _WORDS)
_ALONE = re.compile(rf"(?P<before>)(?P<word>{_ANY})(?P<after>)\Z")
_OF_CONTRAST = re.compile(rf"(?:(?P<before>.+?)[ :]+)?(?P<word>(?![a-z]\b)(?:{_ANY}))(?:[ :]+(?P<after>.+))?\Z")
_NOT_SAMPLES = re.compile(
    r"(?:abs ?fc|cv|rsd|na rm|b|df|mean|mean \S+|median|sd|std|stdev|sem|ci low(?:er)?|ci high|upper|lower|n|count|"
    r"rank|effect ?size)\Z"
)


@frozen(kw_only=True)
class Statistic:
    """One column of a results table."""

    name: str
    scale: str | None
    contrast: str
    column: int


def find_statistics(header: Sequence[str]) -> list[Statistic]:
    """The statistics in a header; empty unless a test stands there. ``contrast`` is "" where the header has none."""
    found = []
    for column, cell in enumerate(header):
        match = _ALONE.match(fold(cell)) or _OF_CONTRAST.match(fold(cell))
        if match and not (match["before"] and match["after"]):
            name, scale = next((n, s) for n, s, words in _WORDS if re.fullmatch(words, match["word"]))
            contrast = _as_written(cell, match["before"] or match["after"] or "")
            found.append(Statistic(name=name, scale=scale, contrast=contrast, column=column))
    return _numbered(found) if any(s.name in _TESTS for s in found) else []


def _numbered(found: Sequence[Statistic]) -> list[Statistic]:
    """The same statistic of the same contrast once more is another quantity: ``p_value_2``."""
    times: Counter[tuple[str, str]] = Counter()
    numbered = []
    for statistic in found:
        times[statistic.name, statistic.contrast] += 1
        n = times[statistic.name, statistic.contrast]
        numbered.append(statistic if n == 1 else evolve(statistic, name=f"{statistic.name}_{n}"))
    return numbered


def _as_written(cell: str, contrast: str) -> str:
    """The contrast as the header spells it."""
    words = r"[\s._]+".join(map(re.escape, contrast.split()))
    match = re.search(words, cell, re.IGNORECASE) if words else None
    return match.group() if match else contrast


def is_summary(header: str) -> bool:
    """Whether a column of a results table sums up, and is no sample.

    >>> is_summary("absFC"), is_summary("s1")
    (True, False)
    """
    return bool(_NOT_SAMPLES.match(fold(header)))
