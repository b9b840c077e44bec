"""What programs add to a lipid's name, and how each of them spells the lipid: declared, one rule a line.

``clean`` takes tags away (TAGS), refuses standards (STANDARD), splits double names (ALTERNATIVES), and rewrites what
is left into the shorthand (CLASSES, REWRITES). Nothing is dropped that says which lipid it is: a rule that does not
match leaves the name to be refused by the readers.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from attrs import frozen

from amprenta_lipidomics.shorthand import LONGEST_LONE_ACYL

LONGEST_NAME = 250
"""Characters; longer text is prose."""
Replacement = str | Callable[[re.Match[str]], str]


@frozen(kw_only=True)
class Cleaned:
    """A name as given to the readers: ``candidates`` are the spellings to try, () for what is not to be a lipid.

    ``stripped`` are (kind, text) of what was taken away, in that order; ``standard`` says that the name is that of an
    internal or external standard.
    """

    written: str
    candidates: tuple[str, ...] = ()
    stripped: tuple[tuple[str, str], ...] = ()
    standard: bool = False


_UNIT = r"(?:H2O|HCOO|CH3COO|CH3|NH4|Na|Li|Cl|K|H)"
TAGS = (
    # MS-DIAL: how well the annotation is supported; the program keeps the same lipid as its best reading.
    ("annotation", r"\A(?:w/o MS2|no MS2|low score)\s*:\s*"),
    # [M+H]+, [M+NH4]1+, [2M-H]-
    ("adduct", r"\s*;?\s*\[\d?M(?:[+-]\d?[A-Za-z][A-Za-z0-9]*)+\]\d*[+-]?\Z"),
    # LipidSearch: PC(16:0/18:1)+H, +HCOO, +H-H2O, -2H
    ("adduct", rf"(?<=[\d)\]])\s*(?:(?:[+-]\d?{_UNIT})+|\((?:[+-]\d?{_UNIT})+\))\Z"),
    # MRMkit, MassHunter: the neutral loss or fragment that was monitored
    ("transition", r"\s*[\[(](?:-|NL[- ]?)\d{1,2}:\d{1,2}[\])]\Z"),
    ("transition", r"\s*\[(?:-FA-HG|-FA|-HG|SIM)\]\Z"),
    # the m/z of the product ion, [264] or (104)
    ("transition", r"\s*\[\d{2,4}(?:\.\d+)?[\])]\Z"),
    ("transition", r"(?<=[\d a-d])\s*\(\d{3}(?:\.\d+)?\)\Z"),
    # Skyline documents that keep both polarities in one list
    ("polarity", r"\s+(?:NEG|POS|neg|pos)\Z"),
    # the third isotopologue of the lipid that is named, not another lipid
    ("isotopologue", r"\s+M\+\d\Z"),
    # chromatographic isomers: "a", "(ab )", "bc", "A"; the letter says no structure
    ("isomer", r"(?<=[\d)])\s+\(?(?:[a-d]{1,3}|[A-D])\s*\)?\Z"),
    ("isomer", r"(?<=\d)(?:\s+\(?sn-?|-SN)[12]\)?\Z"),
)
_TAGS = tuple((kind, re.compile(pattern)) for kind, pattern in TAGS)

_LABEL_ENDS = r"(?![A-Za-z0-9:.])"
STANDARD = re.compile(
    "|".join(
        (
            r"\(IS\)|\bISTD\b|\bSPLASH|_IS\Z",
            r"\A(?:IS|ES|ISTD)[_:]",
            # deuterium: d7, (d7), 18:1-D7, D7ChE; not the base d18:1, nor prostaglandin D2
            rf"(?<![A-Za-z0-9])d\d{{1,2}}{_LABEL_ENDS}|(?:[(\[]|(?<=:\d)-)D\d{{1,2}}{_LABEL_ENDS}",
            r"\AD\d{1,2}(?=[A-Z][a-z])",
            rf"(?<![A-Za-z0-9])(?:U-)?1(?:3C|5N|8O)\d*{_LABEL_ENDS}",
        )
    )
)
"""Internal and external standards, and whatever carries an isotopic label."""

_SPLIT = re.compile(r"\s*\|\s*|;\s+|\s+or\s+")
"""MS-DIAL 5 writes species|molecular species, MS-DIAL 4 ``species; molecular species``, MRMkit two lipids of one
transition."""

CLASSES = {
    # LipidSearch
    "CerG1": "HexCer", "Hex1Cer": "HexCer", "CerG2": "Hex2Cer", "CerG3": "Hex3Cer", "So": "SPB", "SPH": "SPB",
    "SPHP": "SPBP", "ChE": "CE", "AcCa": "CAR", "ACar": "CAR", "PMe": "PMeOH", "dMePE": "DMPE",
    # SCIEX Lipidyzer
    "CER": "Cer", "DCER": "DHCer", "HCER": "HexCer", "LCER": "Hex2Cer",
    # long sphingoid bases in MassHunter, Skyline and Goslin lists
    "Sph": "SPB", "LCB": "SPB", "LCBP": "SPBP", "So1P": "SPBP", "Sa1P": "SPBP", "S1P": "SPBP",
    "Lyso-Gb3": "LHex3Cer", "LysoGb3": "LHex3Cer",
    # which hexoses is more than the shorthand says below a defined structure
    "GlcCer": "HexCer", "GalCer": "HexCer", "LacCer": "Hex2Cer",
    # acylglycerols
    "MAG": "MG", "DAG": "DG", "TAG": "TG",
    # LION and older LIPID MAPS
    "GPA": "PA", "GPCho": "PC", "GPEtn": "PE", "GPGro": "PG", "GPIns": "PI", "GPSer": "PS",
    "PlsCho": "PC", "PlsEtn": "PE",
    # others
    "PEtOH": "PEt", "LBPA": "BMP", "MLCL": "LCL", "LysoPA": "LPA", "LysoPC": "LPC", "LysoPE": "LPE", "LysoPG": "LPG",
    "LysoPI": "LPI", "LysoPS": "LPS", "lysoPC": "LPC", "lysoPE": "LPE", "FFA": "FA", "PE-Cer": "EPC", "CerPE": "EPC",
}  # fmt: skip
"""One class, one word: what a dialect calls it → what the shorthand calls it."""
WORDS = {
    "phosphatidic acid": "PA", "phosphatidate": "PA", "phosphatidylcholine": "PC", "phosphatidylethanolamine": "PE",
    "phosphatidylglycerol": "PG", "phosphatidylinositol": "PI", "phosphatidylserine": "PS", "cardiolipin": "CL",
    "lysophosphatidylcholine": "LPC", "lysophosphatidylethanolamine": "LPE", "monoacylglycerol": "MG",
    "diacylglycerol": "DG", "diglyceride": "DG", "triacylglycerol": "TG", "triglyceride": "TG",
    "cholesteryl ester": "CE", "cholesterol ester": "CE", "acylcarnitine": "CAR", "fatty acid": "FA",
    "ceramide": "Cer", "hexosylceramide": "HexCer", "sphingomyelin": "SM",
    "dhceramide": "DHCer", "dhhexosylceramide": "DHHexCer", "dhsphingomyelin": "DHSM",
}  # fmt: skip
"""Classes written out, in any case: SwissLipids, Andreyev et al. 2010 (DH = dihydro)."""
_CLASS = re.compile(rf"\A({'|'.join(sorted(map(re.escape, CLASSES), key=len, reverse=True))})(?=[ (\[]|\d)")
_WORD = re.compile(rf"(?i)\A({'|'.join(WORDS)})(?= ?[(C\d])")

_SPHINGO = r"(?:S?Hex[23]?Cer|CerP|Cer|SM)"
_BASES = r"(?:SPBP?|LSM|LHex[23]?Cer)"
_BASE_OXYGENS = {None: 0, "m": 1, "d": 2, "t": 3}


def _oxidised(match: re.Match[str]) -> str:
    """LipidSearch: +O oxidised, +hO hydroxylated, +pO phyto: one oxygen each, on the chain where it stands."""
    count = sum(int(digit or 1) for digit in re.findall(r"O(\d?)", match[3])) + _BASE_OXYGENS[match[1]]
    return f"{match[2]};O{count if count > 1 else ''}"


def _with_oxygens(match: re.Match[str]) -> str:
    count = _BASE_OXYGENS[match[2]]
    return f"{match[1]} {match[3]};O{count if count > 1 else ''}"


def _unplaced(match: re.Match[str]) -> str:
    """LIPID MAPS: [iso6] says that the name stands for all arrangements of its chains."""
    return match[1].replace("/", "_")


def _vinyl(match: re.Match[str]) -> str:
    return f"P-{match[1]}:{int(match[2]) - 1}"


def _lone_acyl(match: re.Match[str]) -> str:
    """The acyl chain alone, on sphingosine 18:1;O2, or on sphinganine 18:0;O2 where it is a dihydro (DH) form.

    Biocrates (SM C16:0), LIPID MAPS (C16 ceramide) and Lipid Data Analyzer (SM16:0 with the formula of SM 34:1;O2)
    all mean this. The base is convention, so only the sum is stated.
    """
    dihydro, word, hydroxyl, marked, carbons, double = match.groups()
    if not (marked or int(carbons) <= LONGEST_LONE_ACYL):
        return match[0]
    unsaturated = int(double or 0) + (dihydro is None)
    return f"{word} {int(carbons) + 18}:{unsaturated};O{3 if hydroxyl else 2}"


def _summed(head: str, tail: str = "") -> Callable[[re.Match[str]], str]:
    """Two chains (groups 1 to 4) of which it is not said which bears what: only their sum is stated."""

    def add(match: re.Match[str]) -> str:
        carbons, double, more_carbons, more_double = map(int, match.groups())
        return f"{head}{carbons + more_carbons}:{double + more_double}{tail}"

    return add


_TWO = r"(\d{1,2}):(\d{1,2})[_/](\d{1,2}):(\d{1,2})"
REWRITES: tuple[tuple[str, Replacement], ...] = (
    # SCIEX Lipidyzer: TAG52:2-FA18:1, the lipid and the fatty acid that was monitored
    (r"\A([TD]A?G ?\(?\d{2}:\d{1,2}\)?)[-_ ]\(?FA ?\d{1,2}:\d{1,2}\)?\Z", r"\1"),
    (r"\A(.+)\[iso\d+\]\Z", _unplaced),
    # Biocrates: a acyl, e ether; aa diacyl, ae acyl-ether
    (r"\A(L?P[CE]) (?:aa|a) C(?=\d)", r"\1 "),
    (r"\A(L?P[CE]) (?:ae|e) C(?=\d)", r"\1 O-"),
    (r"\APC ee C(?=\d)", "PC dO-"),
    (rf"\ADG-O ?\({_TWO}\)\Z", _summed("DG O-")),
    # Lipid Data Analyzer: P-PE 36:1, with the formula of PE O-36:2
    (r"\A([OP])-(P[CE]) (?=\d)", r"\2 \1-"),
    (r"\A[Pp]lasmenyl-?(P[CE])[ (](\d+:\d+)\)?\Z", r"\1 P-\2"),
    (r"\A[Pp]lasmanyl-?(P[CE])[ (](\d+:\d+)\)?\Z", r"\1 O-\2"),
    # MS-DIAL 3 and 4, lipidr: subclasses without a hydroxyl group on the acyl chain say nothing that d and t do not
    (rf"\A({_SPHINGO})[-_]?\[?(?:NS|NDS|NP)\]? ?(?=\(?[dt]\d)", r"\1 "),
    # LipidSearch: ST is a sulfatide where it has a sphingoid base, the esters of sterols by their carbons
    (r"\AST(?= ?\([dt]\d)", "SHexCer"),
    (r"\AZyE ?\((\d+:\d+)\)\Z", r"SE 27:2/\1"),
    (r"\ACmE ?\((\d+:\d+)\)\Z", r"SE 28:1/\1"),
    (r"\ASiE ?\((\d+:\d+)\)\Z", r"SE 29:1/\1"),
    (r"\AStE ?\((\d+:\d+)\)\Z", r"SE 29:2/\1"),
    # Skyline: So1P d 18:1
    (r"(?<=[ (])([dtm]) (?=\d+:)", r"\1"),
    # no space after the class: PC34:1
    (r"\A(?!FAHFA)([A-Z][A-Za-z]{1,5})(?=\d{1,3}:\d)", r"\1 "),
    # Goslin: the ether of O-16:0a is plain, that of O-16:1p is a vinyl ether whose double bond is counted
    (r"(?<=[ (/_-])O[- ](\d{1,2}:\d{1,2})a", r"O-\1"),
    (r"(?<=[ (/_-])O[- ](\d{1,2}):([1-9]\d?)p", _vinyl),
    # ether chains: 16:0e and o-16:0 are O-16:0, 16:0p and p-16:0 are P-16:0
    (r"(?<![\d:.-])(\d{1,2}:\d{1,2})e(?![A-Za-z])", r"O-\1"),
    (r"(?<![\d:.-])(\d{1,2}:\d{1,2})p(?![A-Za-z])", r"P-\1"),
    (r"(?<=[ (/_])o-(?=\d)", "O-"),
    (r"(?<=[ (/_])p-(?=\d)", "P-"),
    # oxygens: LipidSearch d18:0+pO, MS-DIAL 4 ;2O, a hydroxyl group on a ceramide's acyl chain (OH) or ;(2OH)
    (r"(?<![A-Za-z\d])([dtm])?(\d{1,2}:\d{1,2})((?:\+[hp]?O\d?)+)(?=[/_)]|\Z)", _oxidised),
    (r";([2-9])O(?=[/_)]|\Z)", r";O\1"),
    (r";1?O1?(?=[/_)]|\Z)", ";O"),
    # Goslin: ;2 and chains at unknown positions between hyphens
    (r";([2-9])(?=[/_)-]|\Z)", r";O\1"),
    (r";1(?=[/_)-]|\Z)", ";O"),
    (r";0(?=[/_)-]|\Z)", ""),
    (r"(?<=\d)-(?=(?:[OP]-)?\d{1,2}:\d)", "_"),
    (r"(?<=\d)(?<!;O);?\(2?OH\)(?=\)?\Z)", ";O"),
    # between base and acyl chain there is no other order
    (rf"\A({_SPHINGO} ?\(?(?:[dtm]\d+:\d+|\d+:\d+;O\d?))_(?=\d)", r"\1/"),
    # an empty position makes it a lyso lipid
    (r"\A(P[ACEGIS])(?=[ (].*(?<!\d)0:0(?!\d))", r"L\1"),
    (rf"\A(DH)?({_SPHINGO})( \(OH\))?(?: ?\(| )(?:(C)(?=\d)|(?=\d+:))(\d{{1,2}})(?::(\d))?\)?\Z", _lone_acyl),
    # FAHFA 16:0/18:1: which is the hydroxy acid is not said alike by all programs
    (rf"\AFAHFA ?\(?{_TWO}(?:;O)?\)?\Z", _summed("FAHFA ", ";O")),
    (r"\ANAPE ?\(?(\d+:\d+)\)?\Z", r"PE-N(FA) \1"),
    (r"(?i)\Afree cholesterol\Z", "Cholesterol"),
    # last, what all of them share: no brackets around plain chains, and the base of 2020, 18:1;O2 for d18:1
    (r"\A([A-Z][\w-]*) ?\(([\w:;/-]+)\)\Z", r"\1 \2"),
    # two chains on three or four carbons of glycerol have no stated positions, whatever is between them
    (r"\A(DG|BMP) ([^/_ ]+)/([^/_ ]+)\Z", r"\1 \2_\3"),
    (rf"\A({_SPHINGO}|{_BASES}) ([dtm])(\d{{1,2}}:\d{{1,2}})(?=/|\Z)", _with_oxygens),
)  # fmt: skip
_REWRITES = tuple((re.compile(pattern), replacement) for pattern, replacement in REWRITES)

ALTERNATIVES = (
    # acylcarnitines of Biocrates and newborn screening, which write no ":0"
    (r"\AC(\d{1,2})\Z", (r"CAR \1:0",)),
    (r"\AC(\d{1,2})-OH\Z", (r"CAR \1:0;O",)),
    (r"\AC(\d{1,2}:[1-9])-OH\Z", (r"CAR \1;O",)),
    # with a colon they are spelt as the fatty acids of other tables are
    (r"\AC(\d{1,2}:[1-9])\Z", (r"CAR \1", r"FA \1")),
    (r"\AC(\d{1,2}:0)\Z", (r"FA \1", r"CAR \1")),
)
"""Names that say a chain and no class: all that they may be, best first."""
_ALTERNATIVES = tuple((re.compile(pattern), templates) for pattern, templates in ALTERNATIVES)


@lru_cache(maxsize=65_536)
def is_internal_standard(name: str) -> bool:
    """Whether the name itself says that it is a standard: (ISTD), IS_…, or an isotopic label."""
    return STANDARD.search(name) is not None


def clean(name: str) -> Cleaned:
    """Bring a name as a program wrote it into the shorthand.

    >>> clean("w/o MS2:SM 18:1;2O/17:0").candidates
    ('SM 18:1;O2/17:0',)
    >>> clean("TG 48:3 [-18:2]").stripped
    (('transition', ' [-18:2]'),)
    """
    if len(name) > LONGEST_NAME:
        return Cleaned(written=name)
    if is_internal_standard(name):
        return Cleaned(written=name, standard=True)
    text, stripped = _strip(name.replace("\N{NO-BREAK SPACE}", " ").strip())
    candidates: dict[str, None] = {}
    for part in _SPLIT.split(text):
        bare, more = _strip(part)
        stripped += more
        candidates.update(dict.fromkeys(_spell(bare)))
    return Cleaned(written=name, candidates=tuple(filter(None, candidates)), stripped=tuple(stripped))


def _strip(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Without tags, however many stand one after another."""
    stripped = []
    rest = text
    while True:
        before = rest
        for kind, pattern in _TAGS:
            if match := pattern.search(rest):
                stripped.append((kind, match[0]))
                rest = (rest[: match.start()] + rest[match.end() :]).strip()
        if rest == before:
            return rest, stripped


def _spell(text: str) -> tuple[str, ...]:
    for pattern, templates in _ALTERNATIVES:
        if match := pattern.match(text):
            return tuple(match.expand(template) for template in templates)
    spelt = _CLASS.sub(lambda match: CLASSES[match[1]], _WORD.sub(lambda match: WORDS[match[1].lower()], text))
    for pattern, replacement in _REWRITES:
        spelt = pattern.sub(replacement, spelt)
    return (spelt,)
