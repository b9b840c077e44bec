"""Programs that count reads or estimate abundances: one file for each sample, or one table of many."""

from amprenta_core import Measure, ZeroMeaning
from amprenta_transcriptomics.declaring import declare


def _one(name: str, column: str, unit: str | None = None) -> Measure:
    """A quantity of the file's only sample; its name is not in the header."""
    return Measure(name=name, columns=rf"(?i:{column})(?P<sample>)\Z", unit=unit, zero=ZeroMeaning.VALUE)


FEATURECOUNTS = declare(
    "featurecounts",
    "featureCounts (Subread)",
    header=("Geneid", "Chr", "Start", "End", "Strand", "Length"),
    feature=("Geneid",),
    key=("Strand",),
    measures=(
        Measure(
            name="counts",
            columns=(
                r"(?!(?i:geneid|chr|start|end|strand|length|gene_name|gene_biotype|gene_type|gene_id|exon_number|"
                r"transcript_id)\Z)(?P<sample>.+)\Z"
            ),
            unit="reads",
            zero=ZeroMeaning.VALUE,
        ),
    ),
)

SALMON = declare(
    "salmon",
    "Salmon quant.sf",
    feature_type="transcript",
    header=("Name", "Length", "EffectiveLength", "TPM", "NumReads"),
    feature=("Name",),
    attributes=(),
    measures=(
        _one("counts", "NumReads", "reads"),
        _one("tpm", "TPM", "TPM"),
        _one("length", "Length", "bases"),
        _one("effective_length", "EffectiveLength", "bases"),
    ),
)

KALLISTO = declare(
    "kallisto",
    "kallisto abundance.tsv",
    feature_type="transcript",
    header=("target_id", "length", "eff_length", "est_counts", "tpm"),
    feature=("target_id",),
    attributes=(),
    measures=(
        _one("counts", "est_counts", "reads"),
        _one("tpm", "tpm", "TPM"),
        _one("length", "length", "bases"),
        _one("effective_length", "eff_length", "bases"),
    ),
)

_RSEM = (
    _one("counts", "expected_count", "reads"),
    _one("tpm", "TPM", "TPM"),
    _one("fpkm", "FPKM", "FPKM"),
    _one("length", "length", "bases"),
    _one("effective_length", "effective_length", "bases"),
    _one("posterior_mean_count", "(?:posterior|pme)_(?:mean|expected)_count", "reads"),
    _one("posterior_tpm", "(?:pme|posterior)_TPM", "TPM"),
    _one("posterior_fpkm", "(?:pme|posterior)_FPKM", "FPKM"),
)

RSEM_GENES = declare(
    "rsem-genes",
    "RSEM genes.results",
    header=("gene_id", "transcript_id(s)", "effective_length", "expected_count", "TPM"),
    feature=("gene_id",),
    attributes=("transcript_id(s)",),
    measures=_RSEM,
)

RSEM_ISOFORMS = declare(
    "rsem-isoforms",
    "RSEM isoforms.results",
    feature_type="transcript",
    header=("transcript_id", "gene_id", "effective_length", "expected_count", "TPM"),
    feature=("transcript_id",),
    attributes=("gene_id",),
    measures=(*_RSEM, _one("isoform_percentage", "IsoPct", "%")),
)

STRINGTIE_GENES = declare(
    "stringtie-genes",
    "StringTie gene abundances",
    header=("Gene ID", "Gene Name", "Reference", "Strand", "Coverage", "FPKM", "TPM"),
    feature=("Gene ID",),
    key=("Reference", "Strand", "Start", "End"),
    attributes=(),
    measures=(_one("tpm", "TPM", "TPM"), _one("fpkm", "FPKM", "FPKM"), _one("coverage", "Coverage")),
)

STRINGTIE_TRANSCRIPTS = declare(
    "stringtie-transcripts",
    "StringTie t_data.ctab",
    feature_type="transcript",
    header=("t_id", "chr", "t_name", "num_exons", "gene_id", "cov", "FPKM"),
    feature=("t_name",),
    key=("strand",),
    attributes=("t_id", "chr", "start", "end", "num_exons", "gene_id"),
    measures=(_one("fpkm", "FPKM", "FPKM"), _one("coverage", "cov"), _one("length", "length", "bases")),
)

_TRACKED = ("class_code", "nearest_ref_id", "gene_id", "tss_id", "locus", "length", "FPKM_status")
_CUFFLINKS = {
    "header": ("tracking_id", "class_code", "nearest_ref_id", "gene_short_name", "locus"),
    "feature": ("tracking_id",),
    "key": ("locus",),
    "attributes": tuple(name for name in _TRACKED if name != "locus"),
}

CUFFLINKS = declare(
    "cufflinks",
    "Cufflinks FPKM tracking",
    columns_like=(r"FPKM\Z",),
    measures=(
        _one("fpkm", "FPKM", "FPKM"),
        _one("coverage", "coverage"),
        _one("fpkm_lower", "FPKM_conf_lo", "FPKM"),
        _one("fpkm_upper", "FPKM_conf_hi", "FPKM"),
    ),
    **_CUFFLINKS,
)

CUFFDIFF_TRACKING = declare(
    "cuffdiff-tracking",
    "Cuffdiff FPKM tracking, one FPKM for each condition",
    columns_like=(r".+_FPKM\Z",),
    without=("FPKM",),
    measures=tuple(
        Measure(name=name, columns=rf"(?P<sample>.+)_{column}\Z", unit="FPKM", zero=ZeroMeaning.VALUE)
        for name, column in (("fpkm", "FPKM"), ("fpkm_lower", "conf_lo"), ("fpkm_upper", "conf_hi"))
    ),
    **_CUFFLINKS,
)

FORMATS = (
    FEATURECOUNTS, SALMON, KALLISTO, RSEM_GENES, RSEM_ISOFORMS, STRINGTIE_GENES, STRINGTIE_TRANSCRIPTS, CUFFLINKS,
    CUFFDIFF_TRACKING,
)  # fmt: skip
ALONE = {
    declared.name
    for declared in (SALMON, KALLISTO, RSEM_GENES, RSEM_ISOFORMS, STRINGTIE_GENES, STRINGTIE_TRANSCRIPTS, CUFFLINKS)
}
"""Formats of one sample: files of these in a folder are one dataset."""
