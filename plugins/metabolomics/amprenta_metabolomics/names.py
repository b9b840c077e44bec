"""Metabolite names → identities: one spelling for what is spelt alike, and nothing that needs a vocabulary.

A name stands for itself: synonyms (lactate, lactic acid), salts and isomers are told by vocabularies, not here.
Lipids by class and chains are left to the lipids' own plugin, unknown compounds keep the name that the file gives.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from amprenta_core import FeatureRef, Identity
from amprenta_metabolomics.lipids import is_lipid

NAMES_VERSION = "1"
"""Changes whenever ``normalize`` would answer differently."""
NAMESPACE = "metabolite"
LONGEST_NAME = 300

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega",
}  # fmt: skip
_SIGNS = {
    **dict.fromkeys("\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}", "-"),
    **dict.fromkeys("\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{PRIME}\N{ACUTE ACCENT}`", "'"),
    **dict.fromkeys("\N{RIGHT DOUBLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}\N{DOUBLE PRIME}", "''"),
    **_GREEK,
}
_TRANSLATION = str.maketrans(_SIGNS)
_CLEANINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\A(?:(?:w/o ms2|no ms2|low score) ?: ?)+"), ""),  # MS-DIAL: matched by mass alone
    (re.compile(r"; ?(?:gc|lc|ce|di|ei|esi|apci|fab|maldi|ci)[-/ ][^;]*;.*\Z"), ""),  # a MassBank record's title
    (re.compile(r"(?<=[\w)\]])\*+\Z"), ""),  # Metabolon: not confirmed by a standard
    (re.compile(r"(?<![\d.])(\d{1,2})_(?=\d{1,2}(?![\d.]))"), r"\1,"),  # where a file has no commas: 1_3-dimethylurate
)
_UNKNOWN = re.compile(
    r"(?:x ?- ?\d{3,6}|unknown.*|unidentified.*|not identified|no (?:record|name|match)|metabolite[ _-]?\d+|"
    r"(?:bin|var|ft|feature|compound|peak|id|m)[ _-]?\d+|[^a-z]*|.*[\x00-\x1f\x7f-\x9f].*)\Z"
)
"""Spelt names that denote nothing by themselves: numbers, compounds without a structure, and damaged text."""
BY_MASS = re.compile(
    r"(?:[mx]?\d{2,4}(?:\.\d+)?_?t\d+(?:\.\d+)?(?:_\d+)?|(?:mz|m)?\d{2,4}\.\d{2,6}(?:_|@|/| ?rt|-)\d{1,4}\.\d+|"
    r"\d{1,3}\.\d{1,4}_\d{2,4}\.\d{2,6}(?:n|m/z)|\d{1,3}\.\d{1,4}_\d{2,4}\.\d{4,6})\Z"
)
"""Spelt names made of m/z and retention time, as untargeted tables have."""
_STANDARD = re.compile(
    r"\bistd\b|internal standard|[(_ -]is\)?\Z|\A(?:is|istd)[ _-]|"
    r"[-_ (\[](?-i:d)\d{1,2}[)\]]?\Z|\A(?:\(|\[)?[dD]\d{1,2}[)\]]?-|"
    r"(?:\A|[-_ (\[,])(?:13c|15n|2h|18o)\d{0,2}\b",
    re.IGNORECASE,
)


def normalize(refs: Sequence[FeatureRef]) -> list[tuple[Identity, ...]]:
    """The identity that each name denotes by itself; () where it denotes none."""
    return [_identities(ref.name) if ref.name else () for ref in refs]


@lru_cache(maxsize=65_536)
def _identities(name: str) -> tuple[Identity, ...]:
    if len(name) > LONGEST_NAME or is_lipid(name) or is_internal_standard(name):
        return ()
    spelt = spell(name)
    if not spelt or _UNKNOWN.match(spelt) or BY_MASS.match(spelt) or is_lipid(spelt) or is_internal_standard(spelt):
        return ()
    return (Identity(namespace=NAMESPACE, accession=spelt),)


@lru_cache(maxsize=65_536)
def spell(name: str) -> str:
    """A name in the one spelling of those that differ by case, Greek letters, dashes, spaces and a program's marks.

    Idempotent. Stereo prefixes, locants, salts and charges stay: they are other compounds.

    >>> spell("1_6-Anhydro-β-D-glucose"), spell("w/o MS2:Isopropylamine"), spell("L-Lactic  Acid")
    ('1,6-anhydro-beta-d-glucose', 'isopropylamine', 'l-lactic acid')
    """
    before, spelt = None, name
    while before != spelt:
        before = spelt
        spelt = " ".join(spelt.casefold().translate(_TRANSLATION).split())
        for pattern, replacement in _CLEANINGS:
            spelt = pattern.sub(replacement, spelt).strip()
    return spelt


@lru_cache(maxsize=65_536)
def is_internal_standard(name: str) -> bool:
    """Whether the name itself says that it is a standard: ISTD, or an isotopic label.

    >>> [is_internal_standard(n) for n in ("Alanine-d4", "13C6-Glucose", "Vitamin D3", "ISTD_Leucine")]
    [True, True, False, True]
    """
    return _STANDARD.search(name) is not None
