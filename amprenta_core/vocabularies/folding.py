"""When two spellings are the same name: harmless differences only, and names that a spreadsheet destroyed.

A folding gives the key under which a name is looked up, and says afterwards how a written name matched: as it is, or
loosely. Symbols are exact and, where that finds nothing, case-insensitive; spelled names (metabolites, lipids) do not
differ by case, Greek letters, dashes and spaces, and loosely by acid and conjugate base.
"""

import re
from functools import lru_cache
from typing import Literal

Folding = Literal["symbol", "spelling"]
Match = Literal["same", "loose"]

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}", "-"),
        **dict.fromkeys(
            "\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{PRIME}\N{ACUTE ACCENT}`^", "'"
        ),
        **dict.fromkeys("\N{RIGHT DOUBLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}\N{DOUBLE PRIME}", "''"),
        "µ": "mu",
        **_GREEK,
    }
)
_ABBREVIATION = 3
"""Letters of the names of amino acids: Ala is alanine, and ALA linolenic or aminolevulinic acid."""
_LOCANTS = re.compile(r"(?<=\d)_(?=\d)")
_JOINTS = re.compile(r"(?<!\d)[-\s_]+|[-\s_]+(?!\d)")
_ACID = re.compile(r"ic acid\b")
_DAMAGED = re.compile(
    r"(?i:\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)(?:-\d{2,4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)-\d{1,2}"
    r"|\d{4}-\d{2}-\d{2}(?:[ t]\d{2}:\d{2}(?::\d{2})?)?"
    r"|\d{1,2}[/.]\d{1,2}[/.](?:\d{2}|\d{4})"
    r"|\d+(?:[.,]\d+)?e[+]?\d+)\Z"
)


def is_damaged(symbol: str) -> bool:
    """Whether a symbol is what spreadsheets make of some: a date or a number with an exponent.

    >>> [is_damaged(s) for s in ("1-Mar", "Mar-01", "2-Sep", "2.31E+13", "2023-03-01", "MARCHF1", "HLA-A")]
    [True, True, True, True, True, False, False]
    """
    return _DAMAGED.match(symbol.strip()) is not None


@lru_cache(maxsize=131_072)
def key_of(folding: Folding, name: str) -> str:
    """The key under which a name is looked up: spellings that may be one name have one key.

    >>> key_of("symbol", "C1orf112"), key_of("spelling", "β-Hydroxybutyric acid")
    ('C1ORF112', 'betahydroxybutyrate')
    """
    if folding == "symbol":
        return name.strip().upper()
    return _joined(_ACID.sub("ate", _plain(name)))


def how(folding: Folding, written: str, said: str) -> Match:
    """How a written name matches what a vocabulary says, given that their keys are the same.

    >>> how("symbol", "TP53", "TP53"), how("spelling", "Citric acid", "citrate"), how("spelling", "a b", "A-B")
    ('same', 'loose', 'same')
    """
    if written.strip() == said:
        return "same"
    if folding == "symbol":
        return "loose"
    return "same" if _joined(_plain(written)) == _joined(_plain(said)) else "loose"


def may_mean(written: str, said: str) -> bool:
    """Whether two spelled names of one key may be one: not where their case tells two abbreviations apart.

    >>> may_mean("Ala", "ALA"), may_mean("Ala", "Ala"), may_mean("ala", "ALA"), may_mean("Urea", "UREA")
    (False, True, True, True)
    """
    return not (len(said) == _ABBREVIATION and said.isalpha() and said.isupper() and written.strip().istitle())


def may_be_loose(symbol: str) -> bool:
    """Whether a symbol of unknown organism may be one of another case: not where the case is a species' own.

    Symbols of rodents are written Actb, those of fish actb.

    >>> may_be_loose("C1ORF112"), may_be_loose("Actb"), may_be_loose("actb")
    (True, False, False)
    """
    return symbol == symbol.upper()


def _plain(name: str) -> str:
    plain = " ".join(name.casefold().translate(_SIGNS).split())
    return _LOCANTS.sub(",", plain)


def _joined(plain: str) -> str:
    """Without hyphens and spaces, but between digits, where they tell locants apart."""
    return _JOINTS.sub("", plain) or plain
