"""Columns of a results table: fold changes and p-values, for one contrast or several, by the names that tools use."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from attrs import evolve, frozen

from amprenta_core.formats import fold

_WORDS: tuple[tuple[str, str | None, str], ...] = (
    ("sca_adjusted_p_value", "linear", r"sca adj p ?val(?:ue)?"),
    ("sca_p_value", "linear", r"sca p ?val(?:ue)?"),
    ("sca_t_statistic", "linear", r"sca t"),
    ("log_fold_change", None, r"(?:avg|average) log ?fc"),
    (
        "log2_fold_change",
        "log2",
        r"(?:avg |average )?(?:log ?2 ?\(?(?:fc|fold ?changes?|ratio)\)?|log ?fc|log ?fold ?changes)|l2fc|lfc",
    ),
    ("fold_change", "linear", r"fold ?changes?|fold|(?:post|real)?fc"),
    (
        "adjusted_p_value",
        "linear",
        r"adj(?:usted)? ?p ?(?:-?val(?:ue)?)?s?|p ?adj(?:usted)?|p ?vals? adj|adj ?pval|padj|p-adj|fdr bh|bh",
    ),
    ("p_value", "linear", r"p ?val(?:ue)?s?|p-val(?:ue)?s?|raw ?p|pr\(>(?:\|[tz]\||chisq|f)\)"),
    ("fdr", "linear", r"fdr"),
    ("q_value", "linear", r"q ?val(?:ue)?s?|q-val(?:ue)?s?"),
    ("t_statistic", "linear", r"(?:t|test) ?stat(?:istic)?|stat"),
    ("standard_error", "linear", r"lfcse|se"),
    ("coefficient", None, r"coef(?:ficient)?"),
    ("average_expression", None, r"aveexpr|basemean|ave ?expr|log ?cpm"),
)
_LETTERS = {"p": "p_value", "q": "q_value", "t": "t_statistic"}
"""Whole headers, and those of a contrast that other headers tell: sample names begin with letters, too."""
_TESTS = frozenset(
    {"log2_fold_change", "log_fold_change", "fold_change", "p_value", "adjusted_p_value", "fdr", "q_value"}
)
_ANY = "|".join(words for _, _, words in _WORDS)
_ALONE = re.compile(rf"(?P<word>{_ANY}|[{''.join(_LETTERS)}])(?P<contrast>)\Z")
_BEFORE = re.compile(rf"(?P<word>{_ANY})[ :]+(?P<contrast>.+)\Z")
_BEHIND = re.compile(rf"(?P<contrast>.+?)[ :]+(?P<word>{_ANY})\Z")
_SHORT = re.compile(r"fold|fc|se|stat|bh")
"""Words that stand before the numbers of samples as well."""
_SIZES = frozenset({"abs", "absolute"})
"""What stands before the name of a fold change where the column has lost its sign."""
_NOT_SAMPLES = re.compile(
    r"(?:abs ?fc|cv|rsd|na rm|b|df|mean|mean \S+|median|sd|std|stdev|sem|ci lo(?:w(?:er)?)?|ci hi(?:gh)?|upper|lower|"
    r"n|count|rank|effect ?size)\Z"
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
    found = [statistic for column, cell in enumerate(header) if (statistic := _statistic(cell, column))]
    if not any(s.name in _TESTS and not _may_be_sample(s, header[s.column]) for s in found):
        return []
    known = contrasts_in(found)
    for column, cell in enumerate(header):
        letter, _, contrast = fold(cell).partition(" ")
        if letter in _LETTERS and contrast in known:
            found.append(Statistic(name=_LETTERS[letter], scale="linear", contrast=contrast, column=column))
    alike = [evolve(s, contrast=known.get(fold(s.contrast), "")) for s in found]
    return _numbered(sorted(alike, key=lambda s: s.column))


def contrasts_in(statistics: Sequence[Statistic]) -> dict[str, str]:
    """The contrasts that headers name: folded → as the first of them spells it."""
    return {fold(s.contrast): s.contrast for s in reversed(statistics) if s.contrast}


def _may_be_sample(statistic: Statistic, header: str) -> bool:
    """Whether only a short word before or behind another says that it is one: samples of the frontal cortex are FC."""
    return bool(statistic.contrast) and statistic.name == "fold_change" and "change" not in fold(header)


def _statistic(cell: str, column: int) -> Statistic | None:
    folded = fold(cell)
    match = _ALONE.match(folded) or _BEFORE.match(folded) or _BEHIND.match(folded)
    if match is None or (match["contrast"].isdigit() and _SHORT.fullmatch(match["word"])):
        return None
    if match["contrast"] in _SIZES:
        return None
    word = match["word"]
    name, scale = next(
        ((name, scale) for name, scale, words in _WORDS if re.fullmatch(words, word)),
        (_LETTERS.get(word, ""), "linear"),
    )
    return Statistic(name=name, scale=scale, contrast=_as_written(cell, match["contrast"]), column=column)


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


def is_summary(header: str, contrasts: Collection[str] = ()) -> bool:
    """Whether a column of a results table sums up, for all or for one of the (folded) contrasts, and is no sample.

    >>> is_summary("absFC"), is_summary("B_KO_vs_WT", ["ko vs wt"]), is_summary("s1")
    (True, True, False)
    """
    folded = fold(header)
    bare = next(
        (folded.replace(c, "").strip(" :") for c in contrasts if folded.endswith(c) or folded.startswith(c)), ""
    )
    return bool(_NOT_SAMPLES.match(folded) or _NOT_SAMPLES.match(bare))
