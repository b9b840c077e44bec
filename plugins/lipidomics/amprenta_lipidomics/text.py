"""The text by which a lipidomics dataset is found."""

from collections import Counter
from collections.abc import Sequence

from amprenta_core import Dataset, Feature, dataset_text, first_names

MOST_CLASSES = 40


def describe(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Name, description, lipid classes by how many species they have, and the first species by name."""
    names = sorted({feature.accession for feature in features})
    classes = Counter(name.split(" ", 1)[0] for name in names)
    counted = [f"{name} ({n})" for name, n in sorted(classes.items(), key=lambda c: (-c[1], c[0]))[:MOST_CLASSES]]
    lipids = f"{len(names)} lipids"
    return dataset_text(
        "Lipidomics", dataset, lipids, first_names("Lipid classes", counted), first_names("Lipids", names)
    )
