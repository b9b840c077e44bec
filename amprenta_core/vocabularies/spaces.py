"""Identifiers in the one spelling of their namespace, so that those of files and those of vocabularies meet.

A rule is a regular expression of the common subset of Python and RE2, and what a match becomes.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from attrs import frozen


@frozen(kw_only=True)
class Space:
    """How a namespace spells its accessions. ``telling``: the form alone says which namespace it is. ``sign``: what is
    in all that a rule may match.
    """

    rules: tuple[tuple[str, str], ...] = ()
    sign: str | None = None
    telling: str | None = None


SPACES: Mapping[str, Space] = {
    "hgnc": Space(rules=((r"^(?:HGNC:)*(\d+)$", r"HGNC:\1"),), telling=r"HGNC:\d+"),
    "ensembl": Space(rules=((r"^(ENS[A-Z]*\d{6,})\.\d+$", r"\1"),), sign=".", telling=r"ENS[A-Z]*G\d{6,}(?:\.\d+)?"),
    "entrez": Space(rules=((r"^(?:GeneID:|NCBIGene:)(\d+)$", r"\1"),), sign=":"),
    "uniprot": Space(),
    "chebi": Space(rules=((r"^(?i:CHEBI:)*(\d+)$", r"CHEBI:\1"),), telling=r"(?i:CHEBI):\d+"),
    "hmdb": Space(rules=((r"^HMDB(\d{5})$", r"HMDB00\1"),), telling=r"HMDB(?:\d{5}|\d{7})"),
    "kegg": Space(rules=((r"^(?:cpd:|KEGG:)(C\d{5})$", r"\1"),), telling=r"(?:cpd:)?C\d{5}"),
    "pubchem": Space(rules=((r"^(?i:CID)[: ]?(\d+)$", r"\1"), (r"^(\d+)\.0$", r"\1"))),
    "inchikey": Space(rules=((r"^InChIKey=(.+)$", r"\1"),), telling=r"[A-Z]{14}-[A-Z]{10}-[A-Z]"),
    "lipidmaps": Space(telling=r"LM[A-Z]{2}[A-Z0-9]{8,12}"),
    "swisslipids": Space(telling=r"SLM:\d{9}"),
    "refmet": Space(telling=r"RM\d{7}"),
}
_TELLING = {name: re.compile(space.telling) for name, space in SPACES.items() if space.telling}
_TOLD = re.compile("|".join(f"(?:{telling.pattern})" for telling in _TELLING.values()))
_SAME = {"ncbigene": "entrez", "ncbi_gene": "entrez", "entrezgene": "entrez", "lm": "lipidmaps", "cid": "pubchem"}
_SEVERAL = re.compile(r"\s*[;|,]\s*|\s+")


def space_named(namespace: str) -> str:
    """The name under which a namespace is known here.

    >>> space_named("NCBI_Gene"), space_named("chebi")
    ('entrez', 'chebi')
    """
    folded = namespace.casefold()
    return _SAME.get(folded, folded)


@lru_cache(maxsize=65_536)
def spell_id(space: str, accession: str) -> str:
    """An accession as its namespace spells it; one of an unknown namespace as it is.

    >>> spell_id("hmdb", "HMDB00161"), spell_id("chebi", "16977"), spell_id("ensembl", "ENSG00000141510.18")
    ('HMDB0000161', 'CHEBI:16977', 'ENSG00000141510')
    """
    spelt = accession.strip()
    for pattern, becomes in SPACES[space].rules if space in SPACES else ():
        spelt = re.sub(pattern, becomes, spelt)
    return spelt


def parts_of(accessions: str) -> tuple[str, ...]:
    """What a cell of identifiers names, one after the other.

    >>> parts_of("HMDB00161; HMDB01310")
    ('HMDB00161', 'HMDB01310')
    """
    return tuple(dict.fromkeys(part for part in _SEVERAL.split(accessions.strip()) if part))


@lru_cache(maxsize=65_536)
def space_of(text: str) -> str | None:
    """The namespace that the form of an accession tells, None where it could be a name as well.

    >>> space_of("ENSG00000141510"), space_of("CHEBI:16977"), space_of("7157"), space_of("TP53")
    ('ensembl', 'chebi', None, None)
    """
    if _TOLD.fullmatch(text) is None:
        return None
    found = [name for name, telling in _TELLING.items() if telling.fullmatch(text)]
    return found[0] if len(found) == 1 else None
