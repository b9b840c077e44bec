"""Tables of many samples, and results tables: by their header, or by what their cells name."""

from attrs import evolve

from amprenta_core import Measure, TableFormat, ZeroMeaning
from amprenta_transcriptomics.declaring import ATTRIBUTES, IDS, NAME_COLUMNS, OTHERS, declare
from amprenta_transcriptomics.names import is_entrez_number, is_gene_id
from amprenta_transcriptomics.symbols import is_known_symbol

_EXPRESSION = (Measure(name="expression", scale=None),)
_RESULTS = {"statistics": True, "feature": NAME_COLUMNS, "measures": _EXPRESSION, "others": OTHERS, "nameless": True}

DESEQ2 = declare(
    "deseq2",
    "DESeq2 results",
    header=("baseMean", "log2FoldChange|log2FC|logFC", "pvalue|padj"),
    **_RESULTS,
)

EDGER = declare(
    "edger",
    "edgeR results",
    header=("logCPM", "PValue|P.Value|FDR"),
    columns_like=(r"(?i:log2?FC)",),
    attributes=(*ATTRIBUTES, "F", "LR"),
    **_RESULTS,
)

LIMMA = declare(
    "limma",
    "limma results of genes",
    header=("logFC", "AveExpr", "P.Value|adj.P.Val"),
    confidence="likely",
    **_RESULTS,
)

GENE_COUNTS = declare(
    "gene-counts",
    "genes with the counts of one sample",
    header=(
        "feature|feature_id|#feature_id|gene|genes|gene_id|geneid|gene_name|gene_symbol|symbol|id|name|target_id|transcript|transcript_id|",
        "count|counts|read_count|read_counts|reads|num_reads|raw_count|raw_counts|normalized_count|est_counts|expected_count|tpm|fpkm|rpkm",
    ),
    feature=NAME_COLUMNS,
    measures=tuple(
        Measure(name=name, columns=rf"(?i:{column})(?P<sample>)\Z", unit=unit, zero=ZeroMeaning.VALUE)
        for name, column, unit in (
            ("counts", "(?:raw[ ._]?|read[ ._]?|est_|expected_)?counts?|(?:num[ ._]?)?reads", "reads"),
            ("normalized_counts", "normalized_count", None),
            ("tpm", "tpm", "TPM"),
            ("fpkm", "fpkm", "FPKM"),
            ("rpkm", "rpkm", "RPKM"),
        )
    ),
    confidence="likely",
)

_HYBRIDIZATION = "Hybridization REF|gene_id"

HYBRIDIZED = declare(
    "tcga-genes",
    "genes of TCGA, a row of samples above a row of quantities",
    header=("gene_id", "raw_count|normalized_count|raw_counts|RPKM|scaled_estimate"),
    header_rows=2,
    feature=(_HYBRIDIZATION,),
    attributes=(),
    measures=tuple(
        Measure(name=name, columns=rf"(?P<sample>[^|]+)\|{column}\Z", unit=unit, zero=ZeroMeaning.VALUE)
        for name, column, unit in (
            ("counts", "raw_counts?", "reads"),
            ("normalized_counts", "normalized_count", None),
            ("rpkm", "RPKM", "RPKM"),
            ("scaled_estimate", "scaled_estimate", None),
        )
    ),
)

MERGED_GENES = declare(
    "merged-genes",
    "genes by id and name, samples in columns (as nf-core/rnaseq and Salmon merge them)",
    header=("gene_id", "gene_name"),
    without=("baseMean", "sample_1", "Reference"),
    feature=("gene_id",),
    statistics=True,
    measures=_EXPRESSION,
)

MERGED_TRANSCRIPTS = declare(
    "merged-transcripts",
    "transcripts with their gene, samples in columns (as nf-core/rnaseq and Salmon merge them)",
    feature_type="transcript",
    header=("tx|transcript_id|tx_id|TXNAME", "gene_id|GENEID"),
    without=("sample_1", "tracking_id", "t_name"),
    feature=("tx", "transcript_id", "tx_id", "TXNAME"),
    attributes=("gene_id", "GENEID"),
    measures=_EXPRESSION,
    confidence="likely",
)

_NO_MATRIX = ("nearest_ref_id", "CodeClass", "Protein IDs", "Majority protein IDs", "Protein.Group", "sample_1")

GENE_ROWS = declare(
    "gene-rows",
    "table of genes, transcripts or probes by identifier, in rows",
    names=is_gene_id,
    without=_NO_MATRIX,
    statistics=True,
    measures=_EXPRESSION,
    confidence="likely",
)

GENE_COLUMNS = declare(
    "gene-columns",
    "table of genes, transcripts or probes by identifier, in columns",
    layout="columns",
    names=is_gene_id,
    measures=_EXPRESSION,
    confidence="likely",
)


_ENTREZ_HEADERS = (
    "entrez", "entrez_id", "entrezid", "entrezgene", "entrezgene_id", "entrez_gene_id", "entrez gene id", "entrez gene",
    "ncbi_gene_id", "ncbi gene id", "ncbi geneid", "ncbi gene", "ncbigene", "GeneID",
)  # fmt: skip

ENTREZ_ROWS = declare(
    "entrez-rows",
    "table of genes by their number in NCBI Gene (Entrez), in rows, as a header says",
    header=("|".join(_ENTREZ_HEADERS),),
    without=(*_NO_MATRIX, "Start"),
    feature=_ENTREZ_HEADERS,
    names=is_entrez_number,
    statistics=True,
    measures=_EXPRESSION,
    ids={namespace: headers for namespace, headers in IDS.items() if namespace != "entrez"},
    confidence="likely",
)

ENTREZ_COUNTS = evolve(
    GENE_COUNTS,
    name="entrez-counts",
    title="genes by their number in NCBI Gene (Entrez), as a header says, with the counts of one sample",
    header=(*ENTREZ_ROWS.header, GENE_COUNTS.header[1]),
    without=ENTREZ_ROWS.without,
    feature=_ENTREZ_HEADERS,
    names=is_entrez_number,
    ids=ENTREZ_ROWS.ids,
)

ENTREZ = (ENTREZ_COUNTS, ENTREZ_ROWS)
"""Asked where nothing else names the genes: a number is one of NCBI Gene only where its header says so."""


def _is_gene(name: str) -> bool:
    return is_known_symbol(name) or is_gene_id(name)


SYMBOL_ROWS = declare(
    "symbol-rows",
    "table of genes by symbol, in rows",
    names=_is_gene,
    without=_NO_MATRIX,
    statistics=True,
    measures=_EXPRESSION,
    confidence="likely",
)
"""Its sniffer is ``recognising``: no list knows most of the symbols in a file."""

FORMATS: tuple[TableFormat, ...] = (
    DESEQ2, EDGER, LIMMA, GENE_COUNTS, MERGED_GENES, MERGED_TRANSCRIPTS, GENE_ROWS, GENE_COLUMNS,
)  # fmt: skip

_GCT = {"layout": "gct", "versions": "1.2, 1.3", "least_names": 3, "confidence": "likely", "measures": _EXPRESSION}

GCT = (
    declare("gct-genes", "GCT of genes, transcripts or probes by identifier", names=is_gene_id, **_GCT),
    declare("gct-symbols", "GCT of genes by symbol", names=is_known_symbol, **_GCT),
)
"""GCT, whose rows may be peptides or signatures as well: the names tell."""
