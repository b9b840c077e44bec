"""The text by which a transcriptomics dataset is found."""

from collections.abc import Sequence

from amprenta_core import Dataset, Feature, dataset_text, first_names


def describe(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Name, description, how many genes, transcripts or probes there are, and the first of them."""
    names = sorted({feature.accession for feature in features})
    counted = f"{len(names)} genes, transcripts or probes"
    return dataset_text("Transcriptomics", dataset, counted, first_names("Among them", names))
