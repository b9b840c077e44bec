"""Whether a cell may be the name of a small molecule: by a list of common ones, and by how chemists form names."""

import re
from functools import lru_cache

from amprenta_metabolomics.known import KNOWN
from amprenta_metabolomics.lipids import is_lipid
from amprenta_metabolomics.names import BY_MASS, LONGEST_NAME, spell

_ANIONS = """
    lact pyruv mal fumar succin glutar glutam aspart acet propion butyr valer hexano octano decano enoano anoano
    capro adip suber sebac azel benzo salicyl hippur nicotin stear palmit palmitole myrist laur ole linole
    linolen arachidon chol fol ur orot oxal glyoxyl glycol glycer glucon glucuron galacturon threon erythron
    tartr malon aconit ascorb pantothen quinolin picolin kynuren xanthuren anthranil vanill ferul caffe gall
    shikim quin mandel carbam pipecol mevalon levulin itacon citracon mesacon retino cinnam coumar syring sinap
    tigl croton homogentis ket oxoglutar phosph sulf sulph nitr citr carbox sulfon toluo yl o e ion enoyl anoyl
"""
"""Stems before -ate: the anion of an acid."""
_ENDINGS = """
    amine imine idine adine edine udine osine oxine anine inine onine oline ysine erine eine cine phine thine
    zine uine pine ptine mine tosine rnitine rulline leucine etaine reatine ylline guanidine creatinine

    ucose uctose actose altose ucrose annose xylose ribose binose amnose halose finose chyose sorbose gatose
    psicose lyxose ulose hexose pentose biose triose threose throse tetraose

    itol anol enol ynol diol triol tetrol sterol pherol retinol phenol cresol indole katole thiol azole catechol
    guaiacol glycol eugenol menthol geraniol linalool glycerol

    sterone tisone actone quinone flavone cetone dione trione enone anone ketone olone tyrone lutone

    amide oside uronide sulfide nhydride imide otide glyceride oxide chloride

    benzene toluene carotene terpene pinene limonene xylene styrene squalene thracene thalene cymene

    anal enal aldehyde glyoxal retinal pyridoxal furfural

    flavin biotin thiamin cyanin cyanidin rcetin aringenin teolin igenin daidzein nistein bilin rubin verdin
    cobalamin allantoin acetin tryptophan catechin melatonin serotonin xanthin lutein lycopene urea uracil
    thymine carnitine choline
"""
"""How a name's last word ends: bases and amino acids, sugars, alcohols, ketones, amides, hydrocarbons, aldehydes."""
_OTHER_WORDS = """
    template climate primate estimate separate corporate coordinate alternate senate donate create ultimate
    candidate replicate duplicate triplicate certificate private chocolate animate inmate plate date state late
    gate rate appropriate associate immediate intermediate radiate initiate variate covariate multivariate
    univariate bivariate aggregate investigate surrogate conjugate substrate determinate evaluate evaluation
    indicate communicate graduate

    canine saline online baseline routine medicine discipline turbine valentine quarantine engine magazine
    imagine airline outline pipeline deadline decline machine marine combine define examine determine refine
    fine line mine nine pine wine vine spine feline porcupine cuisine alpine bovine ovine murine porcine equine
    vaccine urine famine copine protamine

    final journal signal arsenal renal adrenal spinal seasonal regional personal original terminal longitudinal
    abdominal nominal external internal cardinal vaginal criminal national rational optional additional
    intestinal

    inside outside guide provide decide peptide polypeptide prepropeptide neuropeptide school control protocol
    symbol hygiene obscene intervene
"""
_ENDS = (*(f"{stem}ate" for stem in _ANIONS.split()), *_ENDINGS.split(), "-coa", " coa", "ic acid")
_NUMBERED = re.compile(r" \(?\d\)?\Z")
"""Isomers that a program numbers."""
_OTHER = re.compile(
    r".*\b(?:protein|receptor|factor|subunit|transporter|binding|domain|homolog|like|gene|mrna|cell|pathway|family|enzyme|"
    r"isoform|chain|complex|channel|antigen|hormone|per|ratio|total|sum|mean|median)\b|.*\w+ases?(?: |\Z)|"
    rf"(?:.*[^a-z])?(?:{'|'.join(_OTHER_WORDS.split())})\Z"
)
_RESIDUES = "ala|arg|asn|asp|cys|gln|glu|gly|his|ile|leu|lys|met|phe|pro|ser|thr|trp|tyr|val"
_PEPTIDE = re.compile(rf"(?:{_RESIDUES})(?:-(?:{_RESIDUES})){{1,4}}\Z")
_STEREO = re.compile(r"\A\(?(?:[ldrsze]|dl|rac|[+-]|\+/-)\)?-(?:\([+-]\)-)?")
_UNKNOWN = re.compile(r"x ?- ?\d{4,6}\Z")
"""How Metabolon numbers compounds without a structure."""
_LIPOPROTEIN = re.compile(
    r"(?:(?:x{0,2}[ls]|m)[_-])?(?:(?:[vi]|non[_-]?)?[lh]dl[23]?|vldl)[_-](?:size|d|p|l|pl|c|ce|fc|tg)\Z"
)
"""Particles and lipids of lipoproteins, as NMR services call them."""
_BY_MASS_STARTS = re.compile(r"[mx]?[mz]?\d")
_ODD = re.compile(r"[^\x20-\x7e]|[;*]|\d_\d|\Aw/o |\A[Nn]o MS|  ")
"""What ``spell`` would change beside the case."""


@lru_cache(maxsize=65_536)
def looks_like_metabolite(name: str) -> bool:
    """Whether a cell may be the name of a small molecule, as chemists and untargeted programs write them.

    A cheap test that proves nothing: a table is one of metabolites where most of its names look so.

    >>> [looks_like_metabolite(n) for n in ("Citric acid", "L-Alanine", "M374T316", "PC 34:1", "GAPDH", "Control")]
    [True, True, True, True, False, False]
    """
    if not name or len(name) > LONGEST_NAME:
        return False
    if is_lipid(name):
        return True
    spelt = spell(name) if _ODD.search(name) else name.strip().casefold()
    bare = _STEREO.sub("", spelt)
    if spelt in KNOWN or bare in KNOWN or bare.replace("_", "-") in KNOWN:
        return True
    if _LIPOPROTEIN.match(spelt):
        return True
    if _is_chemical(_NUMBERED.sub("", bare)):
        return _OTHER.match(spelt) is None
    return bool(_BY_MASS_STARTS.match(spelt) and BY_MASS.match(spelt)) or _UNKNOWN.match(spelt) is not None


def _is_chemical(bare: str) -> bool:
    """Whether a name is formed as chemists form them."""
    words = "ic acid " in bare or "carnitine (c" in bare
    return words or bare.endswith(_ENDS) or _PEPTIDE.match(bare) is not None
