"""Tables that name genes and hold something else than their expression: variants, splicing, gene sets, probes."""

from collections.abc import Sequence

from amprenta_core import FileHead, TableHead

_ROWS = 40
"""How far down such a table's header is looked for."""
_COLUMNS = 60
_SIGNS: tuple[frozenset[str], ...] = tuple(
    map(
        frozenset,
        (
            ("variant_classification", "variant_type"),
            ("#chrom", "pos", "ref", "alt"),
            ("locus id", "cytoband"),
            ("ijc_sample_1", "sjc_sample_1"),
            ("inclevel1", "incleveldifference"),
            ("exonbasemean", "featureid"),
            ("targ region", "target sequence"),
            ("rank in gene list", "running es"),
            ("nes", "fdr q-val"),
            ("generatio", "bgratio"),
            ("pop hits", "fold enrichment"),
            ("overlap", "combined score"),
            ("anatomical entity id", "expression score"),
        ),
    )
)
"""Columns that stand together in the files of other analyses: variants (MAF, VCF), copy numbers (GISTIC), splicing
(rMATS), exons (DEXSeq), code sets (NanoString), gene sets (GSEA, clusterProfiler, DAVID, Enrichr), presence (Bgee)."""
_STRAND = 5
_STRANDS = ("+", "-", ".")
_ANNOTATION = ("^Annotation", "^ANNOTATION")
"""How the files begin in which GEO describes the probes of a platform."""


def is_other(head: FileHead) -> bool:
    """Whether a file says by itself that it holds no expression, whatever genes it names."""
    if head.text.lstrip("\ufeff\n").startswith(_ANNOTATION):
        return True
    return any(_is_other_table(table) or _holds_intervals(table) for table in head.tables)


def _is_other_table(table: TableHead) -> bool:
    return any(sign <= words for row in table.rows[:_ROWS] for words in [_words(row[:_COLUMNS])] for sign in _SIGNS)


def _holds_intervals(table: TableHead) -> bool:
    """Whether all rows are places on chromosomes with a strand, below no header (BED)."""
    rows = [row for row in table.rows[:_ROWS] if row and not row[0].startswith(("#", "track", "browser"))]
    return bool(rows) and all(
        len(row) > _STRAND
        and row[_STRAND].strip() in _STRANDS
        and row[1].strip().isdigit()
        and row[2].strip().isdigit()
        and not row[0].strip().isdigit()
        for row in rows[:-1] or rows
    )


def _words(row: Sequence[str]) -> frozenset[str]:
    return frozenset(cell.strip().casefold() for cell in row)
