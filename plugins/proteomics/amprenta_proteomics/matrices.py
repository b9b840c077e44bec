"""Tables that say little of themselves: matrices of Perseus, of AlphaPept, and plain ones of proteins by accession."""

from amprenta_core import Measure, ZeroMeaning
from amprenta_proteomics.declaring import PEPTIDE_COLUMNS, RUN_COLUMNS, SEARCH_COLUMNS, declare
from amprenta_proteomics.names import looks_like_protein

_LONG = (*PEPTIDE_COLUMNS, *RUN_COLUMNS, "Charge", "PrecursorCharge", "BioReplicate", "Ibaq", "SeqId")

_PERSEUS = {
    "versions": "1.5 to 2.1",
    "described_below": r"#!\{(?:[A-Z]:)?(?P<label>[^}]*)\}",
    "sample_rows": {"type": 1},
    "sample_where": (r"type", r"(?:#!\{Type\})?E\Z"),
    "measures": (Measure(name="value", scale=None),),
    "confidence": "likely",
}

PERSEUS_PEPTIDES = declare(
    "perseus-peptides",
    "Perseus matrix of modified peptides",
    feature_type="peptide",
    header=("Modified Sequence|Sequence",),
    feature=("Modified Sequence", "Sequence"),
    ids={"gene_symbol": "Gene names", "uniprot": "Uniprot|Proteins"},
    attributes=("Amino Acid", "Position", "Localization Prob", "Protein names", "Sequence window"),
    **_PERSEUS,
)

PERSEUS = declare(
    "perseus-proteins",
    "Perseus matrix of proteins",
    header=("Protein IDs|Majority protein IDs|T: Protein IDs|T: Majority protein IDs",),
    feature=("Protein IDs", "T: Protein IDs", "Majority protein IDs", "T: Majority protein IDs"),
    ids={"gene_symbol": "Gene names|T: Gene names"},
    attributes=("Protein names", "T: Protein names"),
    **_PERSEUS,
)

ALPHAPEPT = declare(
    "alphapept",
    "AlphaPept proteins",
    versions="any",
    without=_LONG,
    columns_like=(r"\Z", r".+_LFQ\Z"),
    names=looks_like_protein,
    least_names=2,
    measures=(
        Measure(name="lfq_intensity", columns=r"(?P<sample>.+)_LFQ\Z", zero=ZeroMeaning.MISSING),
        Measure(name="intensity", columns=r"(?P<sample>.+)(?<!_LFQ)\Z", zero=ZeroMeaning.MISSING),
    ),
    confidence="likely",
)

PROTEIN_ROWS = declare(
    "protein-rows",
    "table with UniProt accessions in rows",
    without=(*_LONG, *SEARCH_COLUMNS),
    names=looks_like_protein,
    least_names=3,
    measures=(Measure(name="abundance", scale=None),),
    statistics=True,
    confidence="likely",
)

_GCT = {"layout": "gct", "versions": "1.2, 1.3", "measures": (Measure(name="value", scale=None),)}

GCT_SITES = declare(
    "gct-sites",
    "GCT of peptides with modifications",
    feature_type="site",
    header=(
        "pr_p100_modified_peptide_code|pr_gcp_histone_mark|pr_gcp_modified_peptide_code|VMsiteFlanks|variableSites",
    ),
    ids={"gene_symbol": "pr_gene_symbol|geneSymbol|gene_symbol", "uniprot": "pr_uniprot_id|accession_number"},
    **_GCT,
)

GCT_PROTEINS = declare(
    "gct-proteins",
    "GCT of proteins",
    header=("pr_uniprot_id|uniprot_id|uniprot|accession_number|accession_numbers|protein_mw|numPepsUnique",),
    ids={
        "gene_symbol": "pr_gene_symbol|geneSymbol|gene_symbol|gene",
        "uniprot": "pr_uniprot_id|uniprot_id|uniprot|accession_number|accession_numbers",
    },
    **_GCT,
)

GCT_ACCESSIONS = declare(
    "gct-accessions",
    "GCT of UniProt accessions",
    names=looks_like_protein,
    least_names=3,
    confidence="likely",
    **_GCT,
)

PROTEIN_COLUMNS = declare(
    "protein-columns",
    "table with UniProt accessions in columns",
    layout="columns",
    names=looks_like_protein,
    least_names=3,
    measures=(Measure(name="abundance", scale=None),),
    confidence="likely",
)

FORMATS = (GCT_SITES, GCT_PROTEINS, GCT_ACCESSIONS, PERSEUS_PEPTIDES, PERSEUS, ALPHAPEPT, PROTEIN_ROWS, PROTEIN_COLUMNS)
