"""What all declared formats of transcriptomics share."""

import re
from collections.abc import Callable, Mapping

from amprenta_core import TableFormat
from amprenta_transcriptomics.names import is_control, is_damaged, is_spike_in

FLAGS: Mapping[str, Callable[[str], bool]] = {
    "spike_in": is_spike_in,
    "control": is_control,
    "spreadsheet_damaged": is_damaged,
}
IDS = {
    "gene_symbol": (
        "gene_symbol|symbol|gene_name|gene name|gene symbol|external_gene_name|hgnc_symbol|mgi_symbol|gene_short_name|"
        "genesymbol|genename|hugo_symbol|ref_gene_name"
    ),
    "ensembl": "ensembl_gene_id|ensembl|ensembl_id|ensemblid|ensgene|ensembl gene id",
    "entrez": (
        "entrez|entrez_id|entrezid|entrezgene|entrezgene_id|entrez_gene_id|entrez gene id|ncbi_gene_id|ncbi gene id"
    ),
}
"""Namespace → the headers under which files give its accessions."""
ATTRIBUTES = (
    "gene_id", "gene", "gene_type", "gene_biotype", "biotype", "transcript_id", "transcript_type", "locus", "Chr",
    "chrom", "chromosome", "seqnames", "Start", "End", "Strand", "width", "Length", "gene_length", "description",
    "gene_chr", "gene_start", "gene_end", "gene_strand", "gene_description", "tf_family", "chromosome_name",
    "start_position", "end_position", "percentage_gene_gc_content", "num_cells_expressed", "num_exons",
    "class", "family", "exon_count", "tx_id", "cytoband", "unigene", "refseq", "gene_title", "band",
    "#tax_id", "tax_id", "Modification_date", "NCBI Gene ID(supplied by NCBI)", "Gene start (bp)", "Gene end (bp)",
    "Transcript start (bp)", "Transcript end (bp)", "Transcription start site (TSS)", "Gene % GC content",
    "Transcript length (including UTRs and CDS)", "Chromosome/scaffold name",
)  # fmt: skip
"""Columns that describe genes, also in the files of NCBI Gene, BioMart and HGNC: no samples, whatever they hold."""
NAME_COLUMNS = (
    "ensembl_gene_id", "gene_id", "Geneid", "ensembl_id", "ensembl", "ensgene", "transcript_id", "target_id",
    "feature_id", "#feature_id", "probe_id", "probeid", "probeset_id", "probe", "ID_REF", "id", "row", "rowname",
    "rownames", "", "X", "Unnamed: 0", "feature", "gene", "genes", "gene_name", "gene_symbol", "symbol", "hgnc_symbol",
    "external_gene_name", "GeneSymbol", "Hugo_Symbol", "name",
)  # fmt: skip
"""Where a results table names its rows, accessions before symbols."""
_UNIPROT = re.compile(r"(?:sp\|)?(?:[OPQ]\d[A-Z0-9]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z0-9]{2}\d){1,2})(?:[-;|].*)?\Z")
_LIPID = re.compile(r"[A-Z][A-Za-z]{1,5}[- (](?:[OPdt][- ]?)?\d{1,2}:\d")
OTHERS: Mapping[str, Callable[[str], bool]] = {
    "proteomics": lambda name: _UNIPROT.match(name) is not None,
    "lipidomics": lambda name: _LIPID.match(name) is not None,
}
"""Names in results tables, which all omics have."""
_ENSEMBL = re.compile(r"(ENS[A-Z]{0,6}G\d{11})(?:\.\d+)?(?:_PAR_Y)?\Z")
_NOTHING = re.compile(r"-+.*|\?|\.+|na|n/a|null|none|0", re.IGNORECASE)
_JOINED = re.compile(r"\s*(?:///|\||;|,)\s*")


def declare(name: str, title: str, **settings: object) -> TableFormat:
    """A format whose features are genes, transcripts or probes, with samples in columns."""
    shared = {
        "layout": "rows",
        "versions": "any",
        "feature_type": "gene",
        "omics_type": "transcriptomics",
        "feature_flags": FLAGS,
        "ids": IDS,
        "accessions": identifiers,
        "attributes": ATTRIBUTES,
        "statistics": False,
        "unnamed": r"(?!)",
    }
    return TableFormat(name=name, title=title, **{**shared, **settings})  # type: ignore[arg-type]  # few, and named


def identifiers(namespace: str, cell: str) -> dict[str, str]:
    """The identifiers in a cell, several joined by ``|``; what has not the shape of one is none.

    >>> identifiers("gene_symbol", "DDR1 /// MIR4640"), identifiers("ensembl", "ENSG00000000003.14")
    ({'gene_symbol': 'DDR1|MIR4640'}, {'ensembl': 'ENSG00000000003'})
    """
    parts = (part for part in _JOINED.split(cell.strip()) if part and not _NOTHING.fullmatch(part))
    found = "|".join(dict.fromkeys(one for part in parts if (one := _accession(namespace, part))))
    return {namespace: found} if found else {}


def _accession(namespace: str, part: str) -> str | None:
    if namespace == "ensembl":
        match = _ENSEMBL.match(part)
        return match[1] if match else None
    return part if namespace != "entrez" or part.isdigit() else None
