"""Counts, TPM and lengths of the same genes and samples that a pipeline writes as a file each."""

import re

from attrs import evolve

from amprenta_core import FileHead, Match
from amprenta_transcriptomics import matrices

_FORMATS = {
    declared.name
    for declared in (
        matrices.MERGED_GENES,
        matrices.MERGED_TRANSCRIPTS,
        matrices.GENE_ROWS,
        matrices.GENE_COLUMNS,
        matrices.SYMBOL_ROWS,
        matrices.ENTREZ_ROWS,
    )
}
_SUFFIXES = re.compile(r"(?:\.(?:tsv|csv|txt|tab))?(?:\.(?:gz|bz2|xz))?\Z", re.IGNORECASE)
_RANKS = tuple(
    re.compile(rf"(?P<rest>.*?)(?:\A|[._-])(?:{words})\Z", re.IGNORECASE)
    for words in (
        "(?:raw[._-]?)?counts?",
        "counts?[._-]?length[._-]?scaled",
        "counts?[._-]?scaled",
        "tpms?",
        "fpkms?",
        "rpkms?",
        "cpms?",
        "abundances?",
        "(?:effective[._-]?)?lengths?",
    )
)
"""How the name of a file ends that holds one quantity, the one to choose first."""


def with_rank(head: FileHead, match: Match) -> Match:
    """The match that says which quantity of several the file holds, where the format leaves it to the file's name."""
    if match.format not in _FORMATS or match.parts:
        return match
    name = _SUFFIXES.sub("", head.name)
    for rank, pattern in enumerate(_RANKS):
        if found := pattern.match(name):
            return evolve(match, combine=f"quantity of {found['rest'].casefold() or 'genes'}", quantity_rank=rank)
    return match
