"""The verbs: the six hooks that a plugin may implement. They take and return values of ``model``; the core owns
files, database and network.

A plugin is a module (or any object) with functions marked ``@hookimpl``, named by an entry point of the group
``amprenta.omics.v1``. ``describe_plugin`` is asked once, when the plugin is loaded. ``sniff_file`` is asked of every
installed plugin; from the best answer on exactly one plugin is called.

Adding a hook or an argument is a minor release; renaming or removing one is major.
"""

from collections.abc import Sequence
from pathlib import Path

import pluggy

from amprenta_core.model import Dataset, Feature, FeatureRef, FeatureTable, Identity, Match, PluginInfo
from amprenta_core.written import FileHead, ParsedFile

ENTRY_POINT_GROUP = "amprenta.omics.v1"
PROJECT = "amprenta"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def describe_plugin() -> PluginInfo:  # type: ignore[empty-body]  # a specification has no body
    """Say what the plugin is: name, omics, feature types, formats.

    Example::

        @hookimpl
        def describe_plugin() -> PluginInfo:
            return PluginInfo(name="acme", omics_type="lipidomics", feature_types=("lipid",), formats=(ACME.info,))
    """


@hookspec
def sniff_file(head: FileHead) -> Match | None:
    """Claim a file from its head, with a reason, or decline with None.

    ``possible`` claims are only followed when the user names the type. Must not open the file: the head is all.

    Example::

        @hookimpl
        def sniff_file(head: FileHead) -> Match | None:
            if head.text.startswith("#ACME"):
                return Match(format="acme", confidence="certain", reason="first line says #ACME")
            return None
    """


@hookspec
def parse_file(path: Path, match: Match) -> ParsedFile:  # type: ignore[empty-body]
    """Read the file as written: nothing renamed, nothing dropped. Raises ``ParseError`` with the line.

    Opens ``path`` and the members of ``match``, nothing else.

    Example::

        @hookimpl
        def parse_file(path: Path, match: Match) -> ParsedFile:
            return read_file(path, match)
    """


@hookspec
def extract_features(parsed: ParsedFile) -> FeatureTable:  # type: ignore[empty-body]
    """Say which are samples, features, quantities and contrasts; oddities become problems.

    Every row of the file is measured or set aside with a problem. Raises ``ParseError`` where nothing can be made of
    the file.

    Example::

        @hookimpl
        def extract_features(parsed: ParsedFile) -> FeatureTable:
            return extract(parsed, FORMATS)
    """


@hookspec
def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:  # type: ignore[empty-body]
    """Say which identity each name denotes by itself: one answer per reference, in order.

    ``()`` is unknown, several are ambiguous, best first. Total: never raises for any text; idempotent on its own
    canonical names. The answer depends on type, organism and name alone, so the core asks once per name.

    Example::

        @hookimpl
        def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
            return [(Identity(namespace="acme", accession=ref.name),) if ref.name else () for ref in refs]
    """


@hookspec
def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:  # type: ignore[empty-body]
    """A text for semantic search: deterministic, bounded, readable.

    Example::

        @hookimpl
        def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:
            return f"{dataset.name}: " + ", ".join(feature.accession for feature in features[:50])
    """
