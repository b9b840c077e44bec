"""What all declared formats of metabolomics share."""

from collections.abc import Callable, Mapping

from amprenta_core import TableFormat
from amprenta_metabolomics import accessions
from amprenta_metabolomics.lipids import is_lipid
from amprenta_metabolomics.names import is_internal_standard

_FLAGS: Mapping[str, Callable[[str], bool]] = {"internal_standard": is_internal_standard}
_OTHERS: Mapping[str, Callable[[str], bool]] = {"lipidomics": is_lipid}
UNNAMED = r"(?:unknown|unidentified|no (?:record|name|match|result)|not? (?:identified|annotated)|similar to:.*)\Z"
"""Cells in a column of names that name nothing."""
IDS = {
    "hmdb": "HMDB|HMDB_ID|HMDB ID|Group HMDB",
    "kegg": "KEGG|KEGG_ID|KEGG ID",
    "chebi": "ChEBI|ChEBI_ID|ChEBI ID",
    "pubchem": "PubChem|PUBCHEM|PubChem CID|PubChem ID|CID",
    "inchikey": "InChIKey|InChI Key|INCHIKEY",
    "lipidmaps": "LIPID MAPS|LipidMaps|LIPIDMAPS_ID|LM_ID",
    "cas": "CAS|CAS_ID|CAS Number",
    "chemspider": "ChemSpider|ChemSpider ID|CSID",
}
"""Namespace → the headers under which programs give its accessions."""


def declare(name: str, title: str, **settings: object) -> TableFormat:
    """A format whose features are metabolites; a table of mostly lipid species is left to lipidomics."""
    shared = {
        "feature_type": "metabolite",
        "omics_type": "metabolomics",
        "feature_flags": _FLAGS,
        "others": _OTHERS,
        "unnamed": UNNAMED,
        "ids": IDS,
        "accessions": identifiers,
    }
    return TableFormat(name=name, title=title, **{**shared, **settings})  # type: ignore[arg-type]  # few, and named


def identifiers(namespace: str, cell: str) -> dict[str, str]:
    """The identifiers in a cell of a column: of its namespace, or of those that the cell names where it is general.

    >>> identifiers("hmdb", "HMDB00122"), identifiers("database", "CHEBI:17234"), identifiers("cas", "50-99-7;58-32-2")
    ({'hmdb': 'HMDB0000122'}, {'chebi': '17234'}, {'cas': '50-99-7|58-32-2'})
    """
    if namespace == "database":
        return accessions.anywhere(cell)
    if namespace in _PLAIN:
        parts = [part.strip() for part in cell.replace(",", ";").replace("|", ";").split(";")]
        return {namespace: "|".join(dict.fromkeys(filter(None, parts)))}
    found = accessions.in_column(namespace, cell)
    return {namespace: found} if found else {}


_PLAIN = ("cas", "chemspider")
PEPTIDES = ("Peptide", "Peptide Sequence", "Sequence", "Protein", "Proteins", "Protein Group", "Accession", "Gene")
"""Columns of tables that belong to proteomics, whatever else they hold."""
