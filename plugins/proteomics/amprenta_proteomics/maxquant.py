"""MaxQuant: protein groups, peptides (modified or not) and sites, from its own text files or through R."""

from amprenta_core import Measure, ZeroMeaning
from amprenta_proteomics.declaring import declare

_NO_SAMPLE = r"(?!normalized|variability|count|iso[- .]count|type|significance|shift)"
_SINGLE = r"(?P<sample>(?:(?!___[123]\Z).)+)\Z"
"""A sample: sites repeat each column for one, two, and three and more modifications of a peptide."""


def _ratios(infix: str, suffix: str) -> tuple[Measure, ...]:
    pairs = (("H", "L"), ("M", "L"), ("H", "M"))
    return tuple(
        Measure(
            name=f"ratio_{a}_{b}{suffix}".lower(),
            columns=rf"Ratio[ .]{a}[/.]{b}[ .]{infix}{_SINGLE}",
            zero=ZeroMeaning.MISSING,
        )
        for a, b in pairs
    )


def _measure(name: str, columns: str) -> Measure:
    return Measure(name=name, columns=columns, zero=ZeroMeaning.MISSING)


_MEASURES = (
    *_ratios(r"normalized[ .]", "_normalized"),
    _measure("lfq_intensity", rf"LFQ[ .]intensity[ .]{_SINGLE}"),
    _measure("reporter_intensity_corrected", rf"Reporter[ .]intensity[ .]corrected[ .](?=\d+[ .]){_SINGLE}"),
    _measure("reporter_intensity", rf"Reporter[ .]intensity[ .](?=\d+[ .]){_SINGLE}"),
    _measure("reporter_intensity_corrected", r"Reporter[ .]intensity[ .]corrected[ .](?P<sample>\d+)\Z"),
    _measure("reporter_intensity", r"Reporter[ .]intensity[ .](?P<sample>\d+)\Z"),
    *_ratios(_NO_SAMPLE, ""),
    _measure("intensity", rf"Intensity[ .]{_SINGLE}"),
    _measure("ibaq", rf"iBAQ[ .](?!peptides\b){_SINGLE}"),
    _measure("intensity_light", rf"Intensity[ .]L[ .]{_SINGLE}"),
    _measure("intensity_medium", rf"Intensity[ .]M[ .]{_SINGLE}"),
    _measure("intensity_heavy", rf"Intensity[ .]H[ .]{_SINGLE}"),
    _measure("intensity", r"(?P<sample>Intensity)\Z"),
)
"""A later quantity is kept where it has the samples of the first that is there."""
_FLAGS = {
    "decoy": "Reverse",
    "contaminant": "Potential contaminant|Contaminant",
    "only_identified_by_site": "Only identified by site",
}
_IDS = {"gene_symbol": "Gene names"}

PROTEIN_GROUPS = declare(
    "maxquant-proteingroups",
    "MaxQuant proteinGroups",
    versions="any",
    header=("Protein IDs", "Majority protein IDs"),
    without=("Sequence", "Positions within proteins"),
    feature=("Protein IDs",),
    ids=_IDS,
    attributes=("Majority protein IDs", "Protein names", "Q-value", "Score"),
    flag_columns=_FLAGS,
    measures=_MEASURES,
)

PEPTIDES = declare(
    "maxquant-peptides",
    "MaxQuant peptides",
    versions="any",
    feature_type="peptide",
    header=("Sequence", "Leading razor protein", "Missed cleavages"),
    without=("Raw file", "Modified sequence", "Charge"),
    feature=("Sequence",),
    ids=_IDS,
    attributes=("Proteins", "Leading razor protein", "Charges", "PEP"),
    flag_columns=_FLAGS,
    measures=_MEASURES,
)

MODIFIED_PEPTIDES = declare(
    "maxquant-modified-peptides",
    "MaxQuant modificationSpecificPeptides",
    versions="any",
    feature_type="peptide",
    header=("Sequence", "Modifications", "Mass Fractional Part", "Proteins", "Intensity"),
    without=("Modified sequence", "Type"),
    feature=("Sequence",),
    key=("Modifications",),
    ids=_IDS,
    attributes=("Proteins", "Protein names", "Charges", "PEP"),
    flag_columns=_FLAGS,
    measures=_MEASURES,
)

SITES = declare(
    "maxquant-sites",
    "MaxQuant modification sites",
    versions="any",
    feature_type="site",
    header=("Proteins", "Positions within proteins", "Leading proteins", "Localization prob"),
    feature=("Proteins",),
    key=("Positions within proteins", "Amino acid", "id"),
    ids=_IDS,
    attributes=("Leading proteins", "Protein", "Protein names", "Localization prob", "Sequence window"),
    flag_columns=_FLAGS,
    measures=_MEASURES,
)

FORMATS = (PROTEIN_GROUPS, PEPTIDES, MODIFIED_PEPTIDES, SITES)
