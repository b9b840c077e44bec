"""PEAKS Studio: proteins, peptides and features, of a label-free quantification or of a search alone."""

from amprenta_core import Measure, ZeroMeaning
from amprenta_proteomics.declaring import declare

_PROFILE = "Sample Profile (Ratio)"
"""Behind it stand the means of groups, in the words of the samples' own columns."""


def _measure(name: str, columns: str, **settings: object) -> Measure:
    return Measure(name=name, columns=columns, **{"zero": ZeroMeaning.MISSING, **settings})  # type: ignore[arg-type]  # few, and named


_MEASURES = (
    _measure("normalized_area", r"(?P<sample>.+) Normalized Area\Z", before=_PROFILE),
    _measure("area", r"(?!Avg\. )(?P<sample>.+)(?<! Normalized) Area\Z", before=_PROFILE),
    _measure("area", r"Area (?P<sample>.+)\Z"),
    _measure("intensity", r"(?!Avg\. )(?P<sample>.+) Intensity\Z", before=_PROFILE),
    _measure("intensity", r"Intensity (?P<sample>.+)\Z"),
    _measure("spectral_count", r"# ?Spec (?P<sample>.+)\Z", unit="spectra", zero=ZeroMeaning.VALUE),
)
_SCORE = "Significance|-10LgP|-10lgP|Quality|-10lg(P)|Significance (-10lgP)"
_ANY = (r"(?!Avg\. ).+ (?:Area|Intensity)\Z|(?:Area|Intensity|# ?Spec) .+\Z",)

PROTEINS = declare(
    "peaks-proteins",
    "PEAKS proteins",
    versions="7 to 12",
    header=("Accession", "#Peptides|# Peptides", "#Unique|# Unique", "Avg. Mass|Avg Mass", _SCORE),
    without=("Peptide",),
    columns_like=_ANY,
    feature=("Accession",),
    key=("Protein Group", "Protein ID"),
    attributes=("Description", "Coverage (%)", "PTM"),
    measures=_MEASURES,
)

PEPTIDES = declare(
    "peaks-peptides",
    "PEAKS peptides and features",
    versions="7 to 12",
    feature_type="peptide",
    header=("Peptide", "Accession|Protein Accession", "PTM", _SCORE),
    without=("Protein Group", "Scan Number"),
    columns_like=_ANY,
    feature=("Peptide",),
    key=("z",),
    attributes=("Accession", "PTM"),
    mz=("m/z",),
    rt=("RT", "RT mean"),
    rt_seconds=60.0,
    measures=_MEASURES,
)

FORMATS = (PROTEINS, PEPTIDES)
