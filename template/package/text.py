"""The text by which a dataset is found. It must stay short, whatever the dataset holds."""

from collections.abc import Sequence

from amprenta_core import Dataset, Feature, dataset_text, first_names


def describe(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Name, description, how many features there are, and the first of them."""
    names = sorted({feature.accession for feature in features})
    counted = f"{len(names)} features"
    return dataset_text("${title}", dataset, counted, first_names("Among them", names))
