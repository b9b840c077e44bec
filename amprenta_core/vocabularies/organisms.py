"""Organisms under one name, whatever a file calls them."""

from collections.abc import Mapping

_CALLED: Mapping[str, tuple[str, ...]] = {
    "Homo sapiens": ("human", "9606", "hsa", "h. sapiens", "homo sapiens (human)"),
    "Mus musculus": ("mouse", "10090", "mmu", "m. musculus", "mus musculus (mouse)"),
    "Rattus norvegicus": ("rat", "10116", "rno", "r. norvegicus", "rattus norvegicus (rat)"),
    "Danio rerio": ("zebrafish", "7955", "dre", "danio rerio (zebrafish) (brachydanio rerio)"),
    "Drosophila melanogaster": ("fruit fly", "fly", "7227", "dme", "drosophila melanogaster (fruit fly)"),
    "Caenorhabditis elegans": ("worm", "6239", "cel"),
    "Saccharomyces cerevisiae": ("yeast", "baker's yeast", "4932", "559292", "sce"),
    "Bos taurus": ("cow", "bovine", "9913", "bta", "bos taurus (bovine)"),
    "Sus scrofa": ("pig", "9823", "ssc", "sus scrofa (pig)"),
    "Arabidopsis thaliana": ("3702", "ath", "arabidopsis thaliana (mouse-ear cress)"),
    "Escherichia coli": ("e. coli", "562", "83333", "511145", "eco"),
}
_NAMES = {called: name for name, others in _CALLED.items() for called in (name.casefold(), *others)}


def organism_named(said: str | None) -> str | None:
    """An organism by its scientific name where it is a known one, else as it was called, folded; None stays None.

    >>> organism_named("Human"), organism_named("9606"), organism_named("Felis catus")
    ('Homo sapiens', 'Homo sapiens', 'felis catus')
    """
    if said is None or not said.strip():
        return None
    folded = " ".join(said.casefold().split())
    return _NAMES.get(folded, folded)
