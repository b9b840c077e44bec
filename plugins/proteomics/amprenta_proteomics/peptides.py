"""Wide tables at other levels, of genes, peptides and sites, and what Skyline and AlphaDIA write."""

from amprenta_core import Measure, Section, ZeroMeaning
from amprenta_proteomics.declaring import any_but, declare
from amprenta_proteomics.names import looks_like_protein

_RUN_FILE = r".+\.(?:raw|mzml|mzxml|d|wiff2?|htrms|dia)\Z"

DIANN_GENES = declare(
    "diann-gg-matrix",
    "DIA-NN matrix of gene groups, or of genes by their own peptides",
    versions="1.7 to 2.2",
    header=("Genes",),
    without=("Protein.Group", "Protein.Ids", "Precursor.Id", "Run", "First.Protein.Description", "Sequence"),
    columns_like=(rf"(?i:{_RUN_FILE})",),
    feature=("Genes",),
    ids={"gene_symbol": "Genes"},
    measures=(
        Measure(name="maxlfq_intensity", columns=any_but("Genes", r"N[. ].*Sequences"), zero=ZeroMeaning.MISSING),
    ),
)

_DIANN_SITE = (
    "Protein", r"Protein[. ]Names", r"Gene[. ]Names", "Genes", "Residue", "Site", "Sequence", "Modification",
)  # fmt: skip
DIANN_SITES = declare(
    "diann-site-matrix",
    "DIA-NN matrix of modification sites",
    versions="1.8 to 2.2",
    feature_type="site",
    header=("Protein", "Protein.Names", "Residue", "Site", "Sequence"),
    without=("Run",),
    feature=("Protein",),
    key=("Residue", "Site", "Sequence"),
    ids={"gene_symbol": "Gene.Names|Genes"},
    attributes=("Protein.Names",),
    measures=(Measure(name="quantity", columns=any_but(*_DIANN_SITE), zero=ZeroMeaning.MISSING),),
)

_ALPHADIA = ("pg", r"pg[._]\w+", "mod_seq_charge_hash", "mod_seq_hash", "sequence", "mods", "mod_sites", "charge",
             "precursor_mz", "genes", "proteins", r"precursor[._]\w+")  # fmt: skip
_ALPHADIA_MEASURES = (Measure(name="intensity", columns=any_but(*_ALPHADIA), zero=ZeroMeaning.MISSING),)
_NO_REPORT = ("run", "raw.name", "base_width_mobility", "intensity", "score")

ALPHADIA_GROUPS = declare(
    "alphadia-pg-matrix",
    "AlphaDIA matrix of protein groups",
    versions="1.5 to 2.0",
    header=("pg|pg.name|pg.proteins",),
    without=(*_NO_REPORT, "mod_seq_charge_hash", "mod_seq_hash", "sequence"),
    feature=("pg", "pg.name", "pg.proteins"),
    names=looks_like_protein,
    measures=_ALPHADIA_MEASURES,
)

ALPHADIA_PRECURSORS = declare(
    "alphadia-precursor-matrix",
    "AlphaDIA matrix of precursors or peptides",
    versions="1.5 to 2.0",
    feature_type="peptide",
    header=("mod_seq_charge_hash|mod_seq_hash",),
    without=_NO_REPORT,
    feature=("sequence", "mod_seq_charge_hash", "mod_seq_hash"),
    key=("mod_seq_charge_hash", "mod_seq_hash", "mods", "mod_sites", "charge"),
    ids={"gene_symbol": "genes"},
    attributes=("pg", "proteins"),
    measures=_ALPHADIA_MEASURES,
)

TRIC = declare(
    "tric-matrix",
    "TRIC matrix of peak groups that were aligned over runs",
    versions="any",
    feature_type="peptide",
    header=("Peptide", "Protein"),
    columns_like=(r"Intensity_.+\Z", r"score_.+\Z"),
    feature=("Peptide",),
    attributes=("Protein",),
    measures=(
        Measure(name="intensity", columns=r"Intensity_(?P<sample>.+?)(?:_\d+_\d+)?\Z", zero=ZeroMeaning.MISSING),
    ),
)

DIRECTLFQ = declare(
    "directlfq-ions",
    "directLFQ input: ions of proteins",
    versions="any",
    feature_type="peptide",
    header=("protein", "ion"),
    without=("Run", "run", "intensity"),
    feature=("ion",),
    key=("protein",),
    measures=(Measure(name="intensity", columns=any_but("protein", "ion"), zero=ZeroMeaning.MISSING),),
)

WOMBAT = declare(
    "wombat-peptides",
    "WOMBAT-P peptides",
    versions="any",
    feature_type="peptide",
    header=("modified_peptide", "protein_group"),
    columns_like=(r"abundance_.+\Z",),
    feature=("modified_peptide",),
    key=("precursor_charge",),
    attributes=("protein_group",),
    measures=(Measure(name="abundance", columns=r"abundance_(?P<sample>.+)\Z", zero=ZeroMeaning.MISSING),),
)

_PROTEIN = "Protein|Protein Name|ProteinName|Protein Accession"
_PEPTIDE = (
    "Peptide Modified Sequence", "PeptideModifiedSequence", "Modified Sequence", "Peptide", "Peptide Sequence",
    "PeptideSequence",
)  # fmt: skip

SKYLINE_PEPTIDES = declare(
    "skyline-pivot-peptides",
    "Skyline pivoted report of peptides",
    versions="any",
    feature_type="peptide",
    header=(_PROTEIN, "|".join(_PEPTIDE)),
    without=("Replicate", "Replicate Name", "File Name"),
    columns_like=(r".+ (?:Total Area(?: MS1| Fragment)?|Normalized Area)\Z",),
    feature=_PEPTIDE,
    key=("Precursor Charge", "Precursor Mz", "Isotope Label Type"),
    attributes=("Protein", "Protein Name", "Protein Accession"),
    measures=(
        Measure(name="normalized_area", columns=r"(?P<sample>.+) Normalized Area\Z"),
        Measure(name="total_area", columns=r"(?P<sample>.+) Total Area(?: Fragment)?\Z"),
        Measure(name="total_area_ms1", columns=r"(?P<sample>.+) Total Area MS1\Z"),
    ),
)

SKYLINE_PROTEINS = declare(
    "skyline-pivot-proteins",
    "Skyline pivoted report of proteins",
    versions="any",
    header=(_PROTEIN,),
    without=(*_PEPTIDE, "Replicate", "Replicate Name", "File Name"),
    columns_like=(r".+ Protein Abundance(?: .+)?\Z",),
    feature=("Protein", "Protein Name", "ProteinName", "Protein Accession"),
    ids={"gene_symbol": "Protein Gene", "uniprot": "Protein Accession"},
    measures=(Measure(name="protein_abundance", columns=r"(?P<sample>.+) Protein Abundance(?: .+)?\Z"),),
)

_MZTAB = {
    "versions": "1.0",
    "feature_type": "peptide",
    "section": Section(header="PEH", rows="PEP"),
    "feature": ("sequence",),
    "key": ("charge", "modifications"),
    "attributes": ("accession",),
    "mz": ("mass_to_charge",),
    "rt": ("retention_time",),
}

MZTAB_PEPTIDES = declare(
    "mztab-peptides",
    "mzTab peptides, where the file quantifies no proteins",
    header=("sequence", "peptide_abundance_assay[1]"),
    measures=(Measure(name="abundance", columns=r"peptide_abundance_(?P<sample>assay\[\d+\])\Z"),),
    **_MZTAB,
)

MZTAB_PEPTIDES_GROUPS = declare(
    "mztab-peptides-groups",
    "mzTab peptides, quantities of study variables alone",
    header=("sequence", "peptide_abundance_study_variable[1]"),
    without=("peptide_abundance_assay[1]",),
    measures=(Measure(name="abundance", columns=r"peptide_abundance_(?P<sample>study_variable\[\d+\])\Z"),),
    **_MZTAB,
)

FORMATS = (
    DIANN_GENES, DIANN_SITES, ALPHADIA_GROUPS, ALPHADIA_PRECURSORS, TRIC, DIRECTLFQ, WOMBAT, SKYLINE_PEPTIDES,
    SKYLINE_PROTEINS, MZTAB_PEPTIDES, MZTAB_PEPTIDES_GROUPS,
)  # fmt: skip
