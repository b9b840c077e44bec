"""A kind of vocabulary, declared: which columns of which public file hold what. Frozen values; reading follows them."""

import re
from typing import Any

from attrs import field, frozen

from amprenta_core.vocabularies.folding import Folding

_WORD = re.compile(r"[a-z][a-z0-9_]*\Z")


def _word(_instance: object, attribute: Any, value: str) -> None:
    if not _WORD.match(value):
        raise ValueError(f"{attribute.name} must be a lower-case word, not {value!r}")


def _words(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@frozen(kw_only=True)
class Names:
    """A column of names: its headings in the versions of the file, and the evidence that a match gives.

    ``rank`` 0 is the name that denotes an entry before all others; names of rank 1 and more do so where they are of
    one entry only. ``separator`` are the texts that part several names in a cell; white space around names is dropped.
    """

    column: tuple[str, ...] = field(converter=_words)
    evidence: str = field(validator=_word)
    rank: int = 0
    separator: tuple[str, ...] = field(default=(), converter=_words)


@frozen(kw_only=True)
class Refs:
    """A column of identifiers of another namespace. ``pattern`` finds the accession in a part: its group ``id``.

    ``own``: they identify the entry itself, not something else (the protein of a gene).
    """

    column: tuple[str, ...] = field(converter=_words)
    space: str = field(validator=_word)
    separator: tuple[str, ...] = field(default=(), converter=_words)
    pattern: str | None = None
    own: bool = True


@frozen(kw_only=True)
class Layout:
    """One form of a public file.

    ``id`` is the column of the entry's own identifier, ``label`` that of its preferred name. A row counts where
    ``live`` is absent, or where the named column holds one of the values; the others are withdrawn. ``empty`` are
    cells that say nothing. ``record`` is the element of an entry where the file is XML; a column is then the path of
    an element below it. ``headings`` are the columns of a file that has none written in it, and ``like`` is the
    regular expression that tells its first line.
    """

    id: tuple[str, ...] = field(converter=_words)
    label: tuple[str, ...] = field(default=(), converter=_words)
    names: tuple[Names, ...] = ()
    refs: tuple[Refs, ...] = ()
    live: tuple[str, tuple[str, ...]] | None = None
    organism: tuple[str, ...] = field(default=(), converter=_words)
    delimiter: str = "\t"
    quoted: bool = True
    empty: tuple[str, ...] = ()
    record: str | None = None
    headings: tuple[str, ...] = ()
    like: str | None = None


@frozen(kw_only=True)
class VocabularyKind:
    """A public vocabulary: what it names, and how its files are read.

    ``space`` is the namespace of its own identifiers. ``canonical`` are the namespaces, best first, under one of
    which an entry becomes a feature: the first that the entry has exactly one identifier of, else its own. ``folding``
    says when spellings are the same name. ``organism`` is that of all entries (None: the file says, or none).
    ``damaged``: spreadsheets take some of these names for dates. ``resolves``: what a user gains from it.
    """

    name: str = field(validator=_word)
    title: str
    feature_type: str = field(validator=_word)
    space: str = field(validator=_word)
    canonical: tuple[str, ...] = ()
    layouts: tuple[Layout, ...]
    folding: Folding = "spelling"
    organism: str | None = None
    damaged: bool = False
    licence: str | None = None
    home: str | None = None
    resolves: str = ""

    @property
    def spaces(self) -> frozenset[str]:
        """The namespaces whose identifiers say which entry is meant."""
        own = {refs.space for layout in self.layouts for refs in layout.refs if refs.own}
        return frozenset({self.space, *self.canonical, *own})
