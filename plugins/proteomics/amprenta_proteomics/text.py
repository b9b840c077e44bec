"""The text by which a proteomics dataset is found."""

from collections.abc import Sequence

from amprenta_core import Dataset, Feature, dataset_text, first_names


def describe(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Name, description, how many features of each type there are, and the first of them."""
    names = sorted({feature.accession for feature in features})
    counted = f"{len(names)} proteins, protein groups, peptides or sites"
    return dataset_text("Proteomics", dataset, counted, first_names("Proteins", names))
