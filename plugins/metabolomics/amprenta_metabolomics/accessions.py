"""Identifiers of metabolites as files write them: which namespace a column or a cell means, and its accessions.

Nothing is guessed: a cell without a shape that its namespace allows gives no identifier.
"""

import re
from collections.abc import Mapping

_SHAPES: Mapping[str, re.Pattern[str]] = {
    namespace: re.compile(rf"(?<![A-Za-z0-9]){shape}(?![A-Za-z0-9])", re.IGNORECASE)
    for namespace, shape in {
        "hmdb": r"(?:HMDB:?)(\d{5,7})",
        "chebi": r"(?:CHEBI[:_ ]?)(\d+)",
        "kegg": r"(?:kegg[.:](?:compound:)?|cpd:)?([CDG]\d{5})",
        "lipidmaps": r"(?:LIPID ?MAPS:|LM:)?(LM[A-Z]{2}[A-Z0-9]{8,10})",
        "swisslipids": r"(SLM:\d+)",
        "inchikey": r"(?:InChIKey=)?([A-Z]{14}-[A-Z]{10}-[A-Z])",
        "pubchem": r"(?:PubChem[ _-]?(?:CID)?|CID)[: ]*(\d+)",
    }.items()
}
_BARE: Mapping[str, re.Pattern[str]] = {
    "pubchem": re.compile(r"(?<![\w.])(\d+)(?![\w.])"),
    "chebi": re.compile(r"(?<![\w.:])(\d+)(?![\w.])"),
}
"""Accessions that are mere numbers: only read where the column says whose they are."""
_NEVER = re.compile(r"(?<![\w.])0+(?![\w.])")
_COLUMNS: Mapping[str, re.Pattern[str]] = {
    "pubchem": re.compile(r".*pubchem(?!.*(?:sid|substance)).*|cid\Z"),
    "inchikey": re.compile(r".*inchi ?key.*"),
    "kegg": re.compile(r".*kegg(?!.*(?:name|pathway|map)).*"),
    "hmdb": re.compile(r".*(?:hmdb|human metabolome)(?!.*class).*"),
    "chebi": re.compile(r".*chebi.*"),
    "lipidmaps": re.compile(r".*lipid ?maps?(?!.*(?:class|categ|name)).*|lm ?id\Z"),
    "swisslipids": re.compile(r".*swiss ?lipids?.*"),
}
_HMDB_DIGITS = 7


def namespace_of(column: str) -> str | None:
    """Whose identifiers a column holds by its header; None where it says none of those that are known.

    >>> namespace_of("KEGG_ID"), namespace_of("PubChem CID"), namespace_of("other_id")
    ('kegg', 'pubchem', None)
    """
    folded = re.sub(r"[\s._-]+", " ", column).strip().casefold()
    return next((namespace for namespace, pattern in _COLUMNS.items() if pattern.match(folded)), None)


def in_column(namespace: str, cell: str) -> str | None:
    """The accessions of a cell whose column says the namespace, several joined by ``|``; None where there is none.

    >>> in_column("kegg", "C00031, C00221"), in_column("pubchem", "5793"), in_column("kegg", "n/a")
    ('C00031|C00221', '5793', None)
    """
    bare = _BARE.get(namespace)
    found = _found(namespace, cell)
    if not found and bare:
        found = [number for number in bare.findall(cell) if not _NEVER.fullmatch(number)]
    return _joined(found)


def anywhere(cell: str) -> dict[str, str]:
    """The accessions of a cell that names its databases itself: namespace → accessions, several joined by ``|``.

    >>> anywhere("CHEBI:16349|HMDB0000904")
    {'hmdb': 'HMDB0000904', 'chebi': '16349'}
    """
    found = {namespace: _joined(_found(namespace, cell)) for namespace in _SHAPES}
    return {namespace: text for namespace, text in found.items() if text}


def _found(namespace: str, cell: str) -> list[str]:
    return [_whole(namespace, text) for text in _SHAPES[namespace].findall(cell)]


def _whole(namespace: str, text: str) -> str:
    """An accession as its database writes it today: HMDB ids have seven digits since 2017."""
    if namespace == "hmdb":
        return f"HMDB{int(text):0{_HMDB_DIGITS}d}"
    return text if namespace == "swisslipids" else text.upper()


def _joined(found: list[str]) -> str | None:
    return "|".join(dict.fromkeys(found)) or None
