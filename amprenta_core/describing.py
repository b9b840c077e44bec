"""The text by which a dataset is found: what all plugins say alike, cut to what a model's context holds."""

from collections.abc import Iterable

from amprenta_core.model import Dataset

LONGEST_TEXT = 4_000
"""Characters; a model's context holds some four characters for each token."""
MOST_NAMES = 150


def dataset_text(title: str, dataset: Dataset, *lines: str) -> str:
    """The text by which a dataset is found: what it is, its description, and lines of your own, without empty ones.

    It is cut to 4,000 characters, whatever the lines hold. For ``build_embedding_text``.
    """
    said = (f"{title} dataset {dataset.name}", dataset.description or "", *lines)
    return "\n".join(line for line in said if line)[:LONGEST_TEXT]


def first_names(title: str, names: Iterable[str]) -> str:
    """The first 150 of some names in one line, "" where there are none. For ``dataset_text``.

    >>> first_names("Genes", ["TP53", "APOE"])
    'Genes: TP53, APOE'
    """
    some = ", ".join(list(names)[:MOST_NAMES])
    return f"{title}: {some}" if some else ""
