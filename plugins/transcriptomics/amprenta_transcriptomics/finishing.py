"""What is done to every table that was read: types by name, names of samples and quantities."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from attrs import evolve

from amprenta_core import FeatureRef, FeatureTable, Quantity, ZeroMeaning
from amprenta_transcriptomics import samples
from amprenta_transcriptomics.declaring import identifiers
from amprenta_transcriptomics.names import ENTREZ, entrez_name, is_entrez_number, is_gene_id, type_of, with_number

_IN_NAMES = (
    ("normalized_counts", re.compile(r"norm(?:ali[sz]ed)?[._-]?(?:read[._-]?)?counts?", re.IGNORECASE), None),
    ("counts_length_scaled", re.compile(r"counts?[._-]?length[._-]?scaled", re.IGNORECASE), "reads"),
    ("counts_scaled", re.compile(r"counts?[._-]?scaled", re.IGNORECASE), "reads"),
    ("tpm", re.compile(r"tpm", re.IGNORECASE), "TPM"),
    ("fpkm", re.compile(r"fpkm", re.IGNORECASE), "FPKM"),
    ("rpkm", re.compile(r"rpkm", re.IGNORECASE), "RPKM"),
    ("cpm", re.compile(r"(?<![a-z])cpm", re.IGNORECASE), "CPM"),
    ("length", re.compile(r"lengths?(?![a-z])", re.IGNORECASE), "bases"),
    ("abundance", re.compile(r"(?<![a-z])abundances?(?![a-z])", re.IGNORECASE), None),
    ("counts", re.compile(r"counts?(?![a-z])|numreads|(?<![a-z])reads(?![a-z])", re.IGNORECASE), "reads"),
)
"""How a file or the header of its only column of values says what these are."""


_SYMBOLS = ("gene", "name")


def numbered(table: FeatureTable) -> FeatureTable:
    """The table with genes named by what the header says their numbers are, which also are identifiers of the file."""
    features = tuple(
        evolve(ref, name=entrez_name(ref.name), ids={**ref.ids, ENTREZ: ref.name})
        if ref.name and is_entrez_number(ref.name)
        else ref
        for ref in table.features
    )
    return evolve(table, features=features)


def of_genes(table: FeatureTable) -> FeatureTable:
    """The table whose rows say their gene: what has another name than its gene is a transcript of it."""
    features = tuple(
        evolve(ref, type="transcript") if ref.attributes.get("gene_id", ref.name) not in (ref.name, "-", "") else ref
        for ref in table.features
    )
    return evolve(table, features=features)


def finish(table: FeatureTable, path: str) -> FeatureTable:
    """The table as the plugin gives it."""
    column = table.samples[0].name if len(table.samples) == 1 else ""
    named = samples.named(table, path)
    features = typed(table.features)
    return evolve(
        named,
        features=features,
        quantities=tuple(_quantity(quantity, column, path) for quantity in table.quantities),
    )


def typed(features: Sequence[FeatureRef]) -> tuple[FeatureRef, ...]:
    """The features, each of the type that its name shows (of the format's type where it shows none), and told once.

    A column that repeats the name says nothing; a gene's name beside its identifier is a symbol of the file's own.
    """
    return tuple(map(_tidied, features))


def _tidied(ref: FeatureRef) -> FeatureRef:
    name = ref.name
    kind = None if name is None else type_of(name)
    changed = kind not in (None, ref.type)
    if name and ("|" in name or name.endswith(")")):
        ref = evolve(ref, ids={**_said_beside(name), **ref.ids})
    if not ref.attributes:
        return evolve(ref, type=kind or ref.type) if changed else ref
    said = {label: text for label, text in ref.attributes.items() if text != name}
    symbol = next((said[label] for label in _SYMBOLS if label in said), "")
    ids = dict(ref.ids)
    if kind and "gene_symbol" not in ids and symbol and type_of(symbol) is None:
        ids |= identifiers("gene_symbol", symbol)
    return evolve(ref, type=kind or ref.type, attributes=said, ids=ids)


def _said_beside(name: str) -> dict[str, str]:
    """What a name says beside itself: ``MSTRG.1|TP53`` a symbol, ``TP53|7157`` a symbol and its number.

    >>> _said_beside("MSTRG.1|TP53"), _said_beside("TP53|7157"), _said_beside("ENST1|ENSG1|-|TP53")
    ({'gene_symbol': 'TP53'}, {'gene_symbol': 'TP53', 'entrez': '7157'}, {})
    """
    if both := with_number(name):
        return {"gene_symbol": both[0], "entrez": both[1]}
    before, _, behind = name.partition("|")
    if "|" in behind or not behind:
        return {}
    if is_gene_id(before):
        return {} if type_of(behind) else identifiers("gene_symbol", behind)
    return {**identifiers("gene_symbol", before), "entrez": behind} if is_entrez_number(behind) else {}


def _quantity(quantity: Quantity, column: str, path: str) -> Quantity:
    """A quantity that the format does not know, by a word in the header of its only column or in the file's name."""
    if quantity.name != "expression":
        return quantity
    for text in (column, PurePath(path).name):
        for name, pattern, unit in _IN_NAMES:
            if pattern.search(text):
                if not unit:
                    return evolve(quantity, name=name, unit=unit, scale=None)
                return evolve(quantity, name=name, unit=unit, scale="linear", zero=ZeroMeaning.VALUE)
    return quantity
