"""The text by which a dataset is found. It must stay short, whatever the dataset holds."""

from collections.abc import Sequence

from amprenta_core import Dataset, Feature

LONGEST_TEXT = 4_000
MOST_NAMES = 150


def describe(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Name, description, how many features there are, and the first of them."""
    named = sorted({feature.accession for feature in features})
    lines = [
        f"${title} dataset {dataset.name}",
        dataset.description or "",
        f"{len(named)} features",
        ", ".join(named[:MOST_NAMES]),
    ]
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]
