"""From cells to samples: what a sample's cells say together."""

import numpy as np

from amprenta_core.matrices import FloatArray, IntegerArray, SparseQuantity

_BLOCK = 1 << 20


def are_counts(quantity: SparseQuantity) -> bool:
    """Whether all values are whole numbers of zero or more."""
    blocks = (quantity.values[i : i + _BLOCK] for i in range(0, len(quantity.values), _BLOCK))
    return all(bool(((block >= 0) & (block == np.floor(block)) & np.isfinite(block)).all()) for block in blocks)


def pseudobulk(quantity: SparseQuantity, samples: IntegerArray, n_samples: int, *, mean: bool = False) -> FloatArray:
    """The sum of each feature over the cells of each sample, or the mean: (features, samples).

    ``samples`` says for each cell its sample (-1: none). A feature that the quantity does not have is NaN.
    """
    total = np.zeros(quantity.n_features * n_samples)
    for start in range(0, len(quantity.values), _BLOCK):
        cells = samples[quantity.indices[start : start + _BLOCK]]
        features = _features(quantity.indptr, start, start + len(cells))
        there = cells >= 0
        places = features[there] * n_samples + cells[there]
        values = quantity.values[start : start + _BLOCK][there]
        total += np.bincount(places, weights=values, minlength=len(total))
    by_sample = total.reshape(quantity.n_features, n_samples)
    if mean:
        by_sample /= np.bincount(samples[samples >= 0], minlength=n_samples)
    by_sample[list(quantity.absent)] = np.nan
    return by_sample


def _features(indptr: IntegerArray, start: int, stop: int) -> IntegerArray:
    """The feature of each value from ``start`` to ``stop``."""
    return np.searchsorted(indptr, np.arange(start, stop), side="right") - 1
