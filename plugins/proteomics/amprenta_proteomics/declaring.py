"""What all declared formats of proteomics share."""

import re
from collections.abc import Callable, Mapping

from amprenta_core import TableFormat
from amprenta_proteomics.names import database, is_contaminant, is_decoy, members

_FLAGS: Mapping[str, Callable[[str], bool]] = {"decoy": is_decoy, "contaminant": is_contaminant}
_CONTROL_ASSAY = re.compile(
    r"(?:inc|ext|det|amp)[a-z]*[ _-]*(?:ctrl|control)|(?:incubation|extension|detection|amplification)\b", re.IGNORECASE
)
PEPTIDE_COLUMNS = (
    "Sequence", "Peptide", "Peptide Sequence", "PeptideSequence", "Modified Sequence", "Modified Peptide",
    "Annotated Sequence", "Base Sequence", "Stripped Sequence", "Phosphopeptide", "Precursor.Id",
)  # fmt: skip
"""Columns of peptides and what is below them: a row of these is no protein."""
SEARCH_COLUMNS = (
    "posterior_error_prob", "PEP", "pep_query", "pep_seq", "prot_hit_num", "Hyperscore", "XCorr", "E-value", "expect",
    "Protein Inference", "Protein Probability", "Search Engine", "Percolator PEP",
)  # fmt: skip
"""Columns of searches: what they list was identified, and not measured."""
RUN_COLUMNS = ("Run", "R.FileName", "Raw file", "Spectrum File", "File Name", "sample_accession", "Reference")
"""Columns of long tables: a row of these is no feature."""


def declare(name: str, title: str, **settings: object) -> TableFormat:
    """A format whose features are proteins, protein groups, peptides or sites, with samples in columns."""
    shared = {
        "layout": "rows",
        "feature_type": "protein",
        "omics_type": "proteomics",
        "feature_flags": _FLAGS,
        "accessions": identifiers,
        "related": {"gene_symbol": "gene"},
        "statistics": False,
        "unnamed": r"(?!)",
    }
    return TableFormat(name=name, title=title, **{**shared, **settings})  # type: ignore[arg-type]  # few, and named


def identifiers(namespace: str, cell: str) -> dict[str, str]:
    """The identifiers in a cell, several joined by ``|``; those of proteins under the database that their shape tells.

    >>> identifiers("gene_symbol", "HBA1;HBA2; HBA1")
    {'gene_symbol': 'HBA1|HBA2'}
    >>> identifiers("uniprot", "P02768;NP_000537.3")
    {'uniprot': 'P02768', 'refseq_protein': 'NP_000537.3'}
    """
    found: dict[str, list[str]] = {}
    for part in dict.fromkeys(members(cell)):
        found.setdefault(database(part) if namespace == "uniprot" else namespace, []).append(part)
    return {where: "|".join(parts) for where, parts in found.items()}


def any_but(*columns: str) -> str:
    """A pattern for the headers of all columns but these (patterns, too), as the sample that each is of."""
    return rf"(?!(?i:{'|'.join(columns)})\Z)(?P<sample>.+)\Z"


def is_control_assay(name: str) -> bool:
    """Whether an assay of Olink's measures how the run went, and no protein.

    >>> is_control_assay("Inc Ctrl 1"), is_control_assay("Extension control"), is_control_assay("IL6")
    (True, True, False)
    """
    return _CONTROL_ASSAY.match(name) is not None
