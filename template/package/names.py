"""From a name as written to the identity that it denotes by itself. Never a guess: what is not known is ()."""

from amprenta_core import Identity

NAMES_VERSION = "1"
"""Change it whenever the answers change: stored names are then resolved again."""
NAMESPACE = "${feature}"


def identities(name: str) -> tuple[Identity, ...]:
    """The identity of a name; () where it has none. Several would say that the name is ambiguous, best first.

    Its own accession must denote the same identity again.
    """
    accession = " ".join(name.split()).lower()
    if not accession or not accession.isprintable():
        return ()
    return (Identity(namespace=NAMESPACE, accession=accession),)
