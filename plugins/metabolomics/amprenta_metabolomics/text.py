"""The text by which a metabolomics dataset is found."""

from collections.abc import Sequence

from amprenta_core import Dataset, Feature

LONGEST_TEXT = 4_000
"""Characters; a model's context holds some four characters for each token."""
MOST_NAMES = 150


def describe(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Name, description, how many features are named, and the first of these; those by mass alone are counted."""
    named = sorted({f.accession for f in features if f.namespace != "mz_rt"})
    unnamed = len({f.accession for f in features if f.namespace == "mz_rt"})
    lines = [
        f"Metabolomics dataset {dataset.name}",
        dataset.description or "",
        f"{len(named)} metabolites by name, {unnamed} features by m/z and retention time",
        "Metabolites: " + ", ".join(named[:MOST_NAMES]) if named else "",
    ]
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]
