"""FragPipe: proteins, peptides, ions and sites, label-free or with isobaric labels."""

import re

from amprenta_core import Measure, ZeroMeaning
from amprenta_proteomics.declaring import any_but, declare

_SITE = re.compile(r".+[_%](?:[A-Zn]\d+)+\Z")


def is_site(name: str) -> bool:
    """Whether an index ends with residues and their positions, as ``P31749_S473`` does.

    >>> is_site("P31749_S473"), is_site("P31749_MSDVAIVK"), is_site("P31749%S473")
    (True, False, True)
    """
    return _SITE.match(name) is not None


_NO_SUM = r"(?!Combined |Summarized )"
_MEASURES = (
    *(
        Measure(
            name=f"maxlfq{name}_intensity",
            columns=rf"(?P<sample>.+) MaxLFQ {word}Intensity\Z",
            zero=ZeroMeaning.MISSING,
        )
        for name, word in (("", ""), ("_total", "Total "), ("_razor", "Razor "), ("_unique", "Unique "))
    ),
    Measure(
        name="intensity",
        columns=rf"{_NO_SUM}(?P<sample>.+)(?<! MaxLFQ)(?<! Total)(?<! Razor)(?<! Unique) Intensity\Z",
        zero=ZeroMeaning.MISSING,
    ),
    *(
        Measure(
            name=f"{word}_intensity".lower(),
            columns=rf"{_NO_SUM}(?P<sample>.+)(?<! MaxLFQ) {word} Intensity\Z",
            zero=ZeroMeaning.MISSING,
        )
        for word in ("Razor", "Total", "Unique")
    ),
    Measure(
        name="spectral_count",
        columns=rf"{_NO_SUM}(?P<sample>.+)(?<! Total)(?<! Unique) Spectral Count\Z",
        unit="spectra",
        zero=ZeroMeaning.VALUE,
    ),
)

PROTEINS = declare(
    "fragpipe-combined-protein",
    "FragPipe combined_protein",
    versions="any",
    header=(
        "Protein", "Protein ID", "Entry Name", "Protein Probability|Protein Existence",
        "Combined Total Peptides|Combined Spectral Count|Summarized Total Spectral Count",
    ),
    without=("Peptide Sequence", "Modified Sequence"),
    feature=("Protein",),
    ids={"gene_symbol": "Gene|Gene Names", "uniprot": "Protein ID"},
    attributes=("Entry Name", "Organism", "Description", "Indistinguishable Proteins"),
    measures=_MEASURES,
)  # fmt: skip

_PEPTIDES = {
    "versions": "15 to 23",
    "feature_type": "peptide",
    "ids": {"gene_symbol": "Gene", "uniprot": "Protein ID"},
    "attributes": ("Peptide Sequence", "Protein", "Entry Name", "Mapped Proteins", "Charges", "Assigned Modifications"),
    "columns_like": (r".+ Intensity\Z|.+ Spectral Count\Z",),
    "measures": _MEASURES,
}

IONS = declare(
    "fragpipe-combined-ion",
    "FragPipe combined_ion",
    header=("Peptide Sequence", "Modified Sequence", "Charge", "M/Z", "Protein"),
    without=("Spectrum",),
    feature=("Modified Sequence",),
    key=("Charge",),
    mz=("M/Z",),
    **_PEPTIDES,
)

MODIFIED_PEPTIDES = declare(
    "fragpipe-combined-modified-peptide",
    "FragPipe combined_modified_peptide",
    header=("Peptide Sequence", "Modified Sequence", "Charges", "Protein"),
    without=("Spectrum",),
    feature=("Modified Sequence",),
    **_PEPTIDES,
)

PEPTIDES = declare(
    "fragpipe-combined-peptide",
    "FragPipe combined_peptide",
    header=("Peptide Sequence|Peptide", "Charges", "Protein", "Protein ID"),
    without=("Spectrum", "Modified Sequence"),
    feature=("Peptide Sequence", "Peptide"),
    **_PEPTIDES,
)

_LABELLED = (
    "Index", "NumberPSM", "Gene", "MaxPepProb", "Protein", "Protein ID", "ProteinID", "Proteins", "Entry Name",
    "Organism", "Protein Description", "Indistinguishable Proteins", "ReferenceIntensity", "Peptide", "SequenceWindow",
    "Start", "End", "BestLocalization", "Site Localization", "RefInt_.*",
)  # fmt: skip
_TMT = {
    "versions": "any",
    "feature": ("Index",),
    "attributes": (
        "Protein", "Protein ID", "ProteinID", "Entry Name", "Organism", "Indistinguishable Proteins", "Peptide",
        "SequenceWindow",
    ),
    "measures": (Measure(name="abundance", columns=any_but(*_LABELLED), scale="log2"),),
}  # fmt: skip

TMT_PROTEINS = declare(
    "tmt-integrator",
    "TMT-Integrator abundances of proteins",
    header=("Index", "NumberPSM", "MaxPepProb", "ReferenceIntensity", "Protein ID|Gene"),
    without=("ProteinID", "Peptide", "SequenceWindow"),
    ids={"gene_symbol": "Gene"},
    **_TMT,
)

TMT_GENES = declare(
    "tmt-integrator-genes",
    "TMT-Integrator abundances of genes",
    header=("Index", "NumberPSM", "MaxPepProb", "ReferenceIntensity", "ProteinID|Proteins"),
    without=("Peptide", "SequenceWindow"),
    ids={"gene_symbol": "Index"},
    **_TMT,
)

TMT_SITES = declare(
    "tmt-integrator-sites",
    "TMT-Integrator abundances of sites",
    feature_type="site",
    header=("Index", "Gene", "ProteinID|Protein ID", "SequenceWindow", "ReferenceIntensity"),
    ids={"gene_symbol": "Gene"},
    names=is_site,
    **_TMT,
)

TMT_PEPTIDES = declare(
    "tmt-integrator-peptides",
    "TMT-Integrator abundances of peptides",
    feature_type="peptide",
    header=("Index", "Gene", "ProteinID|Protein ID", "Peptide", "ReferenceIntensity"),
    ids={"gene_symbol": "Gene"},
    **_TMT,
)


FORMATS = (PROTEINS, IONS, MODIFIED_PEPTIDES, PEPTIDES, TMT_PROTEINS, TMT_GENES, TMT_SITES, TMT_PEPTIDES)
