"""The text by which a metabolomics dataset is found."""

from collections.abc import Sequence

from amprenta_core import Dataset, Feature, dataset_text, first_names


def describe(dataset: Dataset, features: Sequence[Feature]) -> str:
    """Name, description, how many features are named, and the first of these; those by mass alone are counted."""
    names = sorted({f.accession for f in features if f.namespace != "mz_rt"})
    unnamed = len({f.accession for f in features if f.namespace == "mz_rt"})
    counted = f"{len(names)} metabolites by name, {unnamed} features by m/z and retention time"
    return dataset_text("Metabolomics", dataset, counted, first_names("Metabolites", names))
