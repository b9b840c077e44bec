"""The text by which a lipidomics dataset is found."""

from collections import Counter
from collections.abc import Sequence

from amprenta_core import Dataset, Feature

LONGEST_TEXT = 4_000
"""Characters; a model's context holds some four characters for each token."""
MOST_NAMES = 120


def describe(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Name, description, lipid classes by how many species they have, and the first species by name."""
    names = sorted({feature.accession for feature in features})
    classes = Counter(name.split(" ", 1)[0] for name in names)
    counted = ", ".join(f"{name} ({n})" for name, n in sorted(classes.items(), key=lambda c: (-c[1], c[0]))[:40])
    lines = [f"Lipidomics dataset {dataset.name}", dataset.description or "", f"{len(names)} lipids"]
    lines += [
        f"Lipid classes: {counted}" if counted else "",
        "Lipids: " + ", ".join(names[:MOST_NAMES]) if names else "",
    ]
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]
