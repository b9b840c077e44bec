"""The text by which a transcriptomics dataset is found."""

from collections.abc import Sequence

from amprenta_core import Dataset, Feature

LONGEST_TEXT = 4_000
"""Characters; a model's context holds some four characters for each token."""
MOST_NAMES = 150


def describe(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Name, description, how many genes, transcripts or probes there are, and the first of them."""
    named = sorted({feature.accession for feature in features})
    lines = [
        f"Transcriptomics dataset {dataset.name}",
        dataset.description or "",
        f"{len(named)} genes, transcripts or probes",
        "Among them: " + ", ".join(named[:MOST_NAMES]) if named else "",
    ]
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]
