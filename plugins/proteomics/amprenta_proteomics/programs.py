"""Wide tables of the other programs."""

from amprenta_core import Measure, Section, ZeroMeaning
from amprenta_proteomics.declaring import any_but, declare

_DIANN = (
    r"Protein[. ]Group", r"Protein[. ]Ids?", r"Protein[. ]Names?", "Genes", r"First[. ]Protein[. ]Description",
    "Proteotypic", r"Stripped[. ]Sequence", r"Modified[. ]Sequence", r"Precursor[. ]Charge", r"Precursor[. ]Id",
    r"N[. ](?:Proteotypic[. ])?Sequences",
)  # fmt: skip

DIANN_GROUPS = declare(
    "diann-pg-matrix",
    "DIA-NN matrix of protein groups",
    versions="any",
    header=("Protein.Group", "Protein.Names", "Genes", "First.Protein.Description"),
    without=("Precursor.Id", "Run"),
    feature=("Protein.Group",),
    ids={"gene_symbol": "Genes"},
    attributes=("Protein.Ids", "Protein.Names", "First.Protein.Description"),
    measures=(Measure(name="maxlfq_intensity", columns=any_but(*_DIANN), zero=ZeroMeaning.MISSING),),
)

DIANN_PRECURSORS = declare(
    "diann-pr-matrix",
    "DIA-NN matrix of precursors",
    versions="any",
    feature_type="peptide",
    header=("Protein.Group", "Stripped.Sequence", "Precursor.Charge", "Precursor.Id"),
    without=("Run",),
    feature=("Precursor.Id",),
    ids={"gene_symbol": "Genes"},
    attributes=("Protein.Group", "Stripped.Sequence", "Modified.Sequence", "Precursor.Charge"),
    measures=(Measure(name="precursor_quantity", columns=any_but(*_DIANN), zero=ZeroMeaning.MISSING),),
)

_ABUNDANCES = (
    Measure(name="normalized_abundance", columns=r"Abundances?[ .]+\(?Normalized\)?[:. ]+(?P<sample>.+)\Z"),
    Measure(
        name="abundance",
        columns=r"Abundances?:?[ .]+(?!\(|(?:Ratios?|Normalized|Scaled|Grouped|Counts?|Total)\b)(?P<sample>.+)\Z",
    ),
    Measure(name="scaled_abundance", columns=r"Abundances?[ .]+\(?Scaled\)?[:. ]+(?P<sample>.+)\Z"),
    Measure(name="grouped_abundance", columns=r"Abundances?[ .]+\(?Grouped\)?[:. ]+(?P<sample>.+)\Z"),
)

DISCOVERER = declare(
    "proteome-discoverer",
    "Proteome Discoverer proteins",
    versions="any",
    header=("Accession", "# PSMs|Number of PSMs|X PSMs", "# AAs|MW [kDa]|Number of AAs|MW kDa|calc. pI"),
    without=("Spectrum File", "Annotated Sequence", "Sequence"),
    columns_like=(r"Abundances?\b",),
    feature=("Accession",),
    ids={"gene_symbol": "Gene Symbol|Gene|Gene Name"},
    attributes=("Description", "Exp. q-value: Combined", "Coverage [%]"),
    flag_columns={"contaminant": "Contaminant"},
    measures=_ABUNDANCES,
)

DISCOVERER_PEPTIDES = declare(
    "proteome-discoverer-peptides",
    "Proteome Discoverer peptide groups",
    versions="any",
    feature_type="peptide",
    header=(
        "Annotated Sequence|Sequence", "Modifications",
        "# Protein Groups|Number of Protein Groups|X Protein Groups|# Proteins|Number of Proteins|X Proteins",
    ),
    without=("Spectrum File", "First Scan", "Accession"),
    columns_like=(r"Abundances?\b",),
    feature=("Sequence", "Annotated Sequence"),
    key=("Modifications",),
    attributes=("Master Protein Accessions", "Positions in Master Proteins", "Modifications in Master Proteins"),
    flag_columns={"contaminant": "Contaminant"},
    measures=_ABUNDANCES,
)  # fmt: skip

PROLINE = declare(
    "proline",
    "Proline protein sets",
    versions="any",
    header=("protein_set_id", "accession", "protein_set_score|selection_level"),
    feature=("accession",),
    key=("protein_set_id",),
    ids={"gene_symbol": "gene_name"},
    attributes=("description", "coverage"),
    measures=(
        Measure(name="abundance", columns=r"abundance_(?P<sample>.+)\Z", zero=ZeroMeaning.MISSING),
        Measure(name="raw_abundance", columns=r"raw_abundance_(?P<sample>.+)\Z", zero=ZeroMeaning.MISSING),
        Measure(name="psm_count", columns=r"psm_count_(?P<sample>.+)\Z", unit="spectra", zero=ZeroMeaning.VALUE),
        Measure(
            name="peptide_count", columns=r"peptides_count_(?P<sample>.+)\Z", unit="peptides", zero=ZeroMeaning.VALUE
        ),
    ),
)

METAMORPHEUS = declare(
    "metamorpheus-proteins",
    "MetaMorpheus quantified protein groups",
    versions="any",
    header=("Protein Accession|Protein Groups", "Gene|Gene Name", "Organism"),
    without=("Full Sequence", "Base Sequence", "Sequence", "File Name"),
    columns_like=(r"Intensity_.+\Z",),
    feature=("Protein Accession", "Protein Groups"),
    ids={"gene_symbol": "Gene|Gene Name"},
    attributes=("Organism", "Protein Full Name", "Protein QValue", "Protein Decoy/Contaminant/Target"),
    measures=(Measure(name="intensity", columns=r"Intensity_(?P<sample>.+)\Z", zero=ZeroMeaning.MISSING),),
)

METAMORPHEUS_PEPTIDES = declare(
    "metamorpheus-peptides",
    "MetaMorpheus and FlashLFQ quantified peptides",
    versions="any",
    feature_type="peptide",
    header=("Sequence", "Base Sequence", "Protein Groups"),
    without=("File Name",),
    columns_like=(r"Intensity_.+\Z",),
    feature=("Sequence",),
    ids={"gene_symbol": "Gene Names"},
    attributes=("Base Sequence", "Protein Groups", "Organism"),
    measures=(Measure(name="intensity", columns=r"Intensity_(?P<sample>.+)\Z", zero=ZeroMeaning.MISSING),),
)

SAGE = declare(
    "sage-lfq",
    "Sage label-free quantities of peptides",
    versions="any",
    feature_type="peptide",
    header=("peptide", "charge", "proteins", "spectral_angle"),
    without=("scannr", "filename"),
    feature=("peptide",),
    key=("charge",),
    attributes=("proteins", "q_value", "score", "spectral_angle"),
    measures=(
        Measure(
            name="intensity",
            columns=any_but("peptide", "charge", "proteins", "q_value", "score", "spectral_angle", "is_decoy"),
            zero=ZeroMeaning.MISSING,
        ),
    ),
)

PROGENESIS = declare(
    "progenesis-peptide-ions",
    "Progenesis QI for proteomics: peptide ions",
    versions="any",
    feature_type="peptide",
    header=("#", "Charge", "Sequence", "Accession", "Use in quantitation|Modifications"),
    header_rows=3,
    feature=("Sequence",),
    key=("#", "Charge", "Modifications"),
    attributes=("Accession", "Description", "Score"),
    mz=("m/z",),
    rt=("Retention time (min)",),
    rt_seconds=60.0,
    measures=(
        Measure(name="normalized_abundance", columns=r"(?i:normali[sz]ed[ .]abundance)\|(?P<sample>.+)\Z"),
        Measure(name="raw_abundance", columns=r"(?i:raw[ .]abundance)\|(?P<sample>.+)\Z"),
    ),
)

MSSTATS = declare(
    "msstats-comparison",
    "MSstats group comparison",
    versions="any",
    header=("Protein", "Label", "log2FC|logFC", "adj.pvalue"),
    feature=("Protein",),
    statistics=True,
    contrast=("Label",),
)

CDAP = declare(
    "cptac-ratios",
    "CPTAC common data analysis pipeline: log ratios of the proteins of genes",
    versions="any",
    header=("Gene", "Description", "Organism", "Chromosome", "Locus"),
    columns_like=(r".+(?<!Unshared) Log Ratio\Z",),
    feature=("Gene",),
    ids={"gene_symbol": "Gene"},
    attributes=("Description", "Organism", "Chromosome", "Locus"),
    unnamed=r"(?:Mean|Median|StdDev)\Z",
    measures=(
        Measure(name="log_ratio", columns=r"(?P<sample>.+)(?<! Unshared) Log Ratio\Z", scale="log2"),
        Measure(name="unshared_log_ratio", columns=r"(?P<sample>.+) Unshared Log Ratio\Z", scale="log2"),
    ),
)

DEQMS = declare(
    "deqms",
    "DEqMS results of proteins or genes",
    versions="1.0 to 1.24",
    header=("logFC", "sca.P.Value", "gene|Protein|Protein.ID"),
    feature=("gene", "Protein", "Protein.ID"),
    statistics=True,
)

DIA_UMPIRE = declare(
    "dia-umpire",
    "DIA-Umpire proteins",
    versions="2",
    header=("Protein Key", "Selected_peptides"),
    columns_like=(r".+_Top\d+pep.Top\d+fra",),
    feature=("Protein Key",),
    measures=(
        Measure(name="top_n_intensity", columns=r"(?P<sample>.+)_Top\d+pep.Top\d+fra.*\Z", zero=ZeroMeaning.MISSING),
        Measure(name="ms1_ibaq", columns=r"(?P<sample>.+)_MS1_iBAQ\Z", zero=ZeroMeaning.MISSING),
        Measure(name="spectral_count", columns=r"(?P<sample>.+)_PSMs\Z", unit="spectra", zero=ZeroMeaning.VALUE),
    ),
)

_PROTEINS = Section(header="PRH", rows="PRT")
_MZTAB = {"section": _PROTEINS, "feature": ("accession",), "attributes": ("description", "taxid", "species")}

MZTAB = declare(
    "mztab-proteins",
    "mzTab proteins",
    versions="any",
    header=("accession", "protein_abundance_assay[1]"),
    measures=(Measure(name="abundance", columns=r"protein_abundance_(?P<sample>assay\[\d+\])\Z"),),
    **_MZTAB,
)

MZTAB_GROUPS = declare(
    "mztab-proteins-groups",
    "mzTab proteins, quantities of study variables alone",
    versions="any",
    header=("accession", "protein_abundance_study_variable[1]"),
    without=("protein_abundance_assay[1]",),
    measures=(Measure(name="abundance", columns=r"protein_abundance_(?P<sample>study_variable\[\d+\])\Z"),),
    **_MZTAB,
)

FORMATS = (
    DIANN_GROUPS, DIANN_PRECURSORS, DISCOVERER, DISCOVERER_PEPTIDES, PROLINE, METAMORPHEUS, METAMORPHEUS_PEPTIDES, SAGE,
    PROGENESIS, MSSTATS, CDAP, DEQMS, DIA_UMPIRE, MZTAB, MZTAB_GROUPS,
)  # fmt: skip
