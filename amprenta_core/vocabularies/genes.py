"""The vocabularies of genes and proteins that the project declares."""

from amprenta_core.vocabularies.kinds import Layout, Names, Refs, VocabularyKind

_HUMAN = "Homo sapiens"
_LIST = ("|", ", ")
"""How HGNC parts a cell: bars in the complete set, commas in a custom download."""

HGNC = VocabularyKind(
    name="hgnc",
    title="HGNC, the approved symbols of human genes",
    feature_type="gene",
    space="hgnc",
    folding="symbol",
    organism=_HUMAN,
    damaged=True,
    licence="CC0 1.0",
    home="https://www.genenames.org/download/",
    resolves="gene symbols, Ensembl, Entrez and UniProt accessions of human genes",
    layouts=(
        Layout(
            id=("hgnc_id", "HGNC ID"),
            label=("symbol", "Approved symbol"),
            names=(
                Names(column=("symbol", "Approved symbol"), evidence="approved_symbol"),
                Names(
                    column=("prev_symbol", "Previous symbols", "Previous symbol"),
                    evidence="previous_symbol",
                    rank=1,
                    separator=_LIST,
                ),
                Names(
                    column=("alias_symbol", "Alias symbols", "Alias symbol"),
                    evidence="alias_symbol",
                    rank=2,
                    separator=_LIST,
                ),
            ),
            refs=(
                Refs(column=("ensembl_gene_id", "Ensembl gene ID", "Ensembl ID(supplied by Ensembl)"), space="ensembl"),
                Refs(column=("entrez_id", "NCBI Gene ID", "NCBI Gene ID(supplied by NCBI)"), space="entrez"),
                Refs(
                    column=("uniprot_ids", "UniProt ID(supplied by UniProt)"),
                    space="uniprot",
                    separator=_LIST,
                    own=False,
                ),
            ),
            live=("status", ("Approved",)),
        ),
    ),
)

ENSEMBL = VocabularyKind(
    name="ensembl",
    title="Ensembl genes, a BioMart export",
    feature_type="gene",
    space="ensembl",
    canonical=("hgnc",),
    folding="symbol",
    damaged=True,
    licence="no restriction",
    home="https://www.ensembl.org/biomart/martview",
    resolves="gene names and accessions of one species (say which with --organism)",
    layouts=(
        Layout(
            id=("Gene stable ID", "ensembl_gene_id"),
            label=("Gene name", "external_gene_name"),
            names=(
                Names(column=("Gene name", "external_gene_name"), evidence="gene_name"),
                Names(column=("Gene Synonym", "external_synonym"), evidence="gene_synonym", rank=2),
            ),
            refs=(
                Refs(column=("HGNC ID", "hgnc_id"), space="hgnc"),
                Refs(
                    column=("NCBI gene (formerly Entrezgene) ID", "NCBI gene ID", "entrezgene_id"),
                    space="entrez",
                ),
                Refs(column=("Transcript stable ID",), space="ensembl_transcript", own=False),
                Refs(column=("Protein stable ID",), space="ensembl_protein", own=False),
                Refs(column=("UniProtKB/Swiss-Prot ID", "uniprotswissprot"), space="uniprot", own=False),
            ),
        ),
    ),
)

ENTREZ = VocabularyKind(
    name="entrez",
    title="NCBI Gene, gene_info",
    feature_type="gene",
    space="entrez",
    canonical=("hgnc", "ensembl"),
    folding="symbol",
    damaged=True,
    licence="public domain",
    home="https://ftp.ncbi.nlm.nih.gov/gene/DATA/GENE_INFO/",
    resolves="gene symbols, synonyms and Entrez ids of any organism",
    layouts=(
        Layout(
            id=("GeneID",),
            label=("Symbol",),
            names=(
                Names(column=("Symbol",), evidence="gene_symbol"),
                Names(column=("Synonyms",), evidence="gene_synonym", rank=2, separator="|"),
            ),
            refs=(
                Refs(column="dbXrefs", space="hgnc", separator="|", pattern=r"^HGNC:(?P<id>HGNC:\d+)$"),
                Refs(column="dbXrefs", space="ensembl", separator="|", pattern=r"^Ensembl:(?P<id>ENS\w+)$"),
            ),
            organism=("#tax_id", "tax_id"),
            quoted=False,
            empty=("-",),
        ),
    ),
)

UNIPROT = VocabularyKind(
    name="uniprot",
    title="UniProt, entries or id mapping",
    feature_type="protein",
    space="uniprot",
    folding="symbol",
    licence="CC BY 4.0",
    home="https://www.uniprot.org/uniprotkb",
    resolves="entry names and gene names of proteins",
    layouts=(
        Layout(
            id=("Entry",),
            label=("Entry Name",),
            names=(
                Names(column=("Entry Name",), evidence="entry_name"),
                Names(column=("Gene Names (primary)",), evidence="gene_name", rank=1, separator=";"),
                Names(column=("Gene Names",), evidence="gene_name", rank=2, separator=" "),
            ),
            organism=("Organism (ID)", "Organism"),
        ),
        Layout(
            id=("accession",),
            names=(Names(column=("entry_name",), evidence="entry_name"),),
            headings=("accession", "database", "entry_name"),
            live=("database", ("UniProtKB-ID",)),
            like=r"[A-Z0-9]{6,10}(?:-\d+)?\t[\w-]+\t\S",
            quoted=False,
        ),
    ),
)

KINDS = (HGNC, UNIPROT, ENSEMBL, ENTREZ)
