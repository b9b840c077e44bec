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

SALMON_OLD = declare(
    "salmon-old",
    "Salmon quant.sf without effective lengths, and Sailfish",
    versions="Salmon before 0.5, Sailfish before 0.7",
    feature_type="transcript",
    header=("Name|# Name|Transcript|# Transcript", "Length", "TPM", "NumReads|EstimatedNumReads"),
    without=("EffectiveLength",),
    feature=("Name", "# Name", "Transcript", "# Transcript"),
    attributes=(),
    measures=(
        _one("counts", "(?:Estimated)?NumReads", "reads"),
        _one("tpm", "TPM", "TPM"),
        _one("rpkm", "RPKM", "RPKM"),
        _one("length", "Length", "bases"),
    ),
)

OARFISH = declare(
    "oarfish",
    "oarfish quant",
    feature_type="transcript",
    header=("tname", "len", "num_reads"),
    feature=("tname",),
    attributes=(),
    measures=(_one("counts", "num_reads", "reads"), _one("length", "len", "bases")),
)

EXPRESS = declare(
    "express",
    "eXpress results.xprs",
    feature_type="transcript",
    header=("bundle_id", "target_id", "tot_counts", "est_counts", "fpkm"),
    feature=("target_id",),
    attributes=("bundle_id", "solvable"),
    measures=(
        _one("counts", "est_counts", "reads"),
        _one("tpm", "tpm", "TPM"),
        _one("fpkm", "fpkm", "FPKM"),
        _one("effective_counts", "eff_counts", "reads"),
        _one("unique_counts", "uniq_counts", "reads"),
        _one("total_counts", "tot_counts", "reads"),
        _one("length", "length", "bases"),
        _one("effective_length", "eff_length", "bases"),
    ),
)

MIRDEEP2 = declare(
    "mirdeep2",
    "miRDeep2 quantifier, microRNAs of each precursor",
    header=("#miRNA|miRNA", "read_count", "precursor", "total"),
    feature=("#miRNA", "miRNA"),
    key=("precursor",),
    attributes=(),
    measures=(
        Measure(
            name="counts",
            columns=r"(?!(?:#?miRNA|read_count|precursor|total)\Z|.*\(norm\)\Z)(?P<sample>.+)\Z",
            unit="reads",
            zero=ZeroMeaning.VALUE,
        ),
        Measure(name="rpm", columns=r"(?P<sample>.+)\(norm\)\Z", unit="RPM", zero=ZeroMeaning.VALUE),
    ),
)

TCGA_MIRNA = declare(
    "tcga-mirna",
    "microRNAs of the Genomic Data Commons",
    header=("miRNA_ID", "read_count", "reads_per_million_miRNA_mapped"),
    without=("isoform_coords",),
    feature=("miRNA_ID",),
    attributes=("cross-mapped",),
    measures=(
        _one("counts", "read_count", "reads"),
        _one("rpm", "reads_per_million_miRNA_mapped", "RPM"),
    ),
)

KALLISTO = declare(
    "kallisto",
    "kallisto abundance.tsv",
    feature_type="transcript",
    header=("target_id", "length", "eff_length", "est_counts", "tpm"),
    without=("bundle_id",),
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

CUFFDIFF_COUNTS = declare(
    "cuffdiff-counts",
    "Cuffdiff count tracking, fragments of each condition",
    header=("tracking_id",),
    columns_like=(r".+_count_variance\Z", r".+_count\Z"),
    feature=("tracking_id",),
    attributes=(),
    measures=tuple(
        Measure(name=name, columns=rf"(?P<sample>.+)_{column}\Z", unit="fragments", zero=ZeroMeaning.VALUE)
        for name, column in (("counts", "count"), ("count_variance", "count_variance"))
    ),
)

CUFFDIFF_REPLICATES = declare(
    "cuffdiff-replicates",
    "Cuffdiff read group tracking, a row for each replicate",
    layout="long",
    header=("tracking_id", "condition", "replicate", "raw_frags", "FPKM"),
    feature=("tracking_id",),
    sample=("condition+replicate",),
    attributes=(),
    measures=tuple(
        Measure(name=name, columns=column, unit=unit, zero=ZeroMeaning.VALUE)
        for name, column, unit in (
            ("fpkm", "FPKM", "FPKM"),
            ("counts", "raw_frags", "fragments"),
            ("scaled_counts", "internal_scaled_frags", "fragments"),
        )
    ),
)

OF_GENES = frozenset({CUFFLINKS.name, CUFFDIFF_TRACKING.name})
"""Formats that say for each row which gene it is of: the gene itself, or one of its transcripts."""

FORMATS = (
    FEATURECOUNTS, SALMON, SALMON_OLD, KALLISTO, EXPRESS, OARFISH, RSEM_GENES, RSEM_ISOFORMS, STRINGTIE_GENES,
    STRINGTIE_TRANSCRIPTS, CUFFLINKS, CUFFDIFF_TRACKING, CUFFDIFF_COUNTS, CUFFDIFF_REPLICATES, MIRDEEP2, TCGA_MIRNA,
)  # fmt: skip
ALONE = {
    declared.name
    for declared in (
        SALMON,
        SALMON_OLD,
        KALLISTO,
        EXPRESS,
        OARFISH,
        RSEM_GENES,
        RSEM_ISOFORMS,
        STRINGTIE_GENES,
        STRINGTIE_TRANSCRIPTS,
        CUFFLINKS,
        TCGA_MIRNA,
    )
}
"""Formats of one sample: files of these in a folder are one dataset."""
