"""Names of lipid species: the features of lipidomics, which has a plugin of its own."""

import re
from functools import lru_cache

_WORDS = (
    "sphingomyelin|(?:dihydro)?ceramide|hexosylceramide|phosphatidyl(?:choline|ethanolamine|inositol|serine|glycerol)|"
    "(?:tri|di|mono)(?:acyl)?glyceride|(?:tri|di)acylglycerol|cholesteryl ester|plasm[ae]n?yl-P[CE]|lysoP[CEGIS]|"
    r"M\(IP\)2C"
)
_LIPID = re.compile(
    r"\s*(?:(?:w/o MS2|no MS2|low score)\s*:\s*|(?:IS|ES|ISTD)_)?"
    rf"(?:(?i:{_WORDS})|(?!C\d|[A-Za-z0-9]*[a-z]{{5}})(?=[a-z0-9]{{0,4}}[A-Z])[A-Za-z][A-Za-z0-9]{{0,9}}(?:-[A-Z][A-Za-z0-9]{{0,5}})?"
    r"(?:(?<!\d)|(?=[ (_-])))"
    r"(?:[-_]?\[?[ABENO]D?[SPH]\]?(?=[ (]))?(?: O| P)?[ _-]?(?:aa |ae |ee |a |e |\(OH\) )?\(?"
    r"C?(?:[dte]?[OPop][- ] ?|[dtm] ?)?(?P<carbons>\d{1,3}):(?P<double>\d|[1-9]\d)(?![\d:])"
)
"""A class, written out or short (with a capital, and no run of small letters), and its chains."""
_BY_WORD = re.compile(r"(?i)\s*(?:DH)?(?:ceramide|hexosylceramide|sphingomyelin) C\d{2}(?::\d)?\s*\Z")
_CLASS_LAST = re.compile(r"\s*\d{2}:\d-\d{2}:\d(?:\(d\d\))? L?P[ACEGIS]\Z")
_MOST_CARBONS = 120


@lru_cache(maxsize=65_536)
def is_lipid(name: str) -> bool:
    """Whether a name is that of a lipid species, a class and its chains: those belong to lipidomics.

    >>> [is_lipid(n) for n in ("PC 34:1", "TG(16:0/18:1/18:2)", "SM C16:0", "10-nonadecenoate (19:1n9)", "Cortisol")]
    [True, True, True, False, False]
    """
    if ":" not in name:
        return " C" in name and _BY_WORD.match(name) is not None
    match = _LIPID.match(name)
    if match is None:
        return bool(_BY_WORD.match(name) or _CLASS_LAST.match(name))
    carbons, double = int(match["carbons"]), int(match["double"])
    return carbons <= _MOST_CARBONS and (double * 2 < carbons or not carbons + double)
