"""Lipids that have names of their own, without chains to check them by: only these words are lipids.

A parser of systematic names finds lipids in gene symbols (H1, PGK1) and in bare numbers; so whatever has no chains
must stand here. Formulas: LIPID MAPS.
"""

import re

STEROLS = (
    "cholesterol",
    "desmosterol",
    "lanosterol",
    "ergosterol",
    "ergostadienol",
    "sitosterol",
    "stigmasterol",
    "campesterol",
)
BILE_ACIDS = ("CA", "CDCA", "DCA", "LCA", "UDCA", "HDCA", "HCA")
"""Alone, or conjugated with glycine (G) or taurine (T)."""
FATTY_ACIDS = ("AA", "DHA", "EPA")
_MEDIATORS = (
    r"(?:tetranor-)?\d{1,2}-(?:HETE|HODE|HOTrE|HEPE|HDoHE|HHTrE|HpETE|OxoETE)",
    r"\d{1,2},\d{1,2}-DiHETE",
    r"\d{1,2}\(\d{1,2}\)-(?:EET|EpOME|EpETE)",
    r"TXB[123]",
    r"PG(?:[DE]2|F2alpha)",
    r"LT[BCD]4",
)
_FATTY_ACID = r"(?:\(\d+[EZ](?:,\d+[EZ])*\)-)?[a-z]+(?:an|en)oic acid"
_WORD = re.compile(
    "|".join(
        (
            rf"(?i:{'|'.join(STEROLS)})|Ch",
            rf"[GT]?(?:{'|'.join(BILE_ACIDS)})",
            "|".join(FATTY_ACIDS),
            *_MEDIATORS,
            _FATTY_ACID,
        )
    )
)


def is_trivial(name: str) -> bool:
    """Whether the whole name is one of these words."""
    return _WORD.fullmatch(name) is not None
