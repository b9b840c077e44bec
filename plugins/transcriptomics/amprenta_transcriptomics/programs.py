"""Results of programs that test genes for differences, whose other columns are of their own."""

from amprenta_core import Measure
from amprenta_transcriptomics.declaring import ATTRIBUTES, NAME_COLUMNS, declare

_NO_SAMPLES = (Measure(name="expression", columns=r"(?!)(?P<sample>)", scale=None),)
"""What is no statistic in these tables describes the row."""
_TESTED = {"statistics": True, "feature": NAME_COLUMNS, "measures": _NO_SAMPLES, "nameless": True}

SEURAT = declare(
    "seurat-markers",
    "Seurat markers of clusters",
    header=("p_val", "avg_log2FC|avg_logFC|avg_diff", "pct.1", "pct.2", "p_val_adj"),
    contrast=("cluster",),
    **{**_TESTED, "feature": ("gene", *NAME_COLUMNS), "attributes": ()},
)

SCANPY = declare(
    "scanpy-markers",
    "Scanpy ranked genes of groups",
    header=("names", "scores", "logfoldchanges", "pvals", "pvals_adj"),
    contrast=("group",),
    **{**_TESTED, "feature": ("names",), "attributes": ()},
)

SLEUTH = declare(
    "sleuth",
    "sleuth results",
    feature_type="transcript",
    header=("target_id", "pval", "qval", "mean_obs", "var_obs"),
    **{
        **_TESTED,
        "feature": ("target_id",),
        "attributes": ("ens_gene", "ext_gene", "b", "se_b", "rss", "degrees_free", "mean_obs", "var_obs"),
    },
)

EBSEQ = declare(
    "ebseq",
    "EBSeq results",
    header=("PPEE|PPDE", "PostFC"),
    **{**_TESTED, "attributes": (*ATTRIBUTES, "PPEE", "PPDE", "C1Mean", "C2Mean")},
)

NOISEQ = declare(
    "noiseq",
    "NOISeq results, a mean for each condition",
    header=("M|log2FC", "D|theta", "prob"),
    columns_like=(r".+_mean\Z",),
    feature=NAME_COLUMNS,
    nameless=True,
    attributes=(*ATTRIBUTES, "GC", "M", "log2FC", "D", "theta", "prob", "ranking"),
    measures=(Measure(name="expression", columns=r"(?P<sample>.+)_mean\Z", scale=None),),
)

FORMATS = (SEURAT, SCANPY, SLEUTH, EBSEQ, NOISEQ)
