"""A stored dataset as a file for other programs: CSV, Parquet, AnnData."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from amprenta_core.errors import SettingsError

if TYPE_CHECKING:
    import pandas as pd

    from amprenta_core.store.queries import Stored


def export(stored: "Stored", target: Path) -> None:
    """Write the first quantity of a dataset; the suffix says how. Raises ``SettingsError``."""
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise SettingsError(f"{target} says no known format", hint=f"End it with {', '.join(_WRITERS)}")
    try:
        writer(stored, target)
    except OSError as error:
        raise SettingsError(
            f"{target} cannot be written ({error.strerror or error})", hint="Choose another place"
        ) from error


def to_frame(stored: "Stored") -> "pd.DataFrame":
    """Features in rows: the name as written, the feature it denotes, then a column for each sample or contrast."""
    import pandas as pd  # noqa: PLC0415  # half a second

    quantity = stored.quantities[0]
    columns = stored.samples if quantity.axis.value == "samples" else stored.contrasts
    numbers = pd.DataFrame(quantity.values, columns=unique([column.name for column in columns]))
    numbers.insert(0, "feature", list(stored.features), allow_duplicates=True)
    numbers.insert(0, "name", list(stored.names), allow_duplicates=True)
    return numbers


def unique(names: list[str]) -> list[str]:
    """Names told apart: the second of a name gets "(2)".

    >>> unique(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told


def _csv(stored: "Stored", target: Path) -> None:
    to_frame(stored).to_csv(target, index=False)


def _parquet(stored: "Stored", target: Path) -> None:
    to_frame(stored).to_parquet(target, index=False)


def _h5ad(stored: "Stored", target: Path) -> None:
    try:
        import anndata  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise SettingsError("AnnData is not installed", hint="pip install 'amprenta-core[anndata]'") from error
    import pandas as pd  # noqa: PLC0415

    quantity = stored.quantities[0]
    numbers = quantity.values  # noqa: PD011  # our own attribute
    samples = quantity.axis.value == "samples"
    observations = (
        [(s.name, dict(s.attributes)) for s in stored.samples] if samples else [(c.name, {}) for c in stored.contrasts]
    )
    obs = pd.DataFrame(
        [said for _, said in observations], index=pd.Index(unique([name for name, _ in observations])), dtype=object
    )
    features = [feature or "" for feature in stored.features]
    var = pd.DataFrame({"feature": features}, index=pd.Index(unique(list(stored.names))))
    about = {"dataset": stored.summary["name"], "quantity": quantity.name, "unit": quantity.unit or ""}
    anndata.AnnData(X=numbers.T.copy(), obs=obs.fillna("").astype(str), var=var, uns=about).write_h5ad(target)


_WRITERS: Mapping[str, Callable[["Stored", Path], None]] = {".csv": _csv, ".parquet": _parquet, ".h5ad": _h5ad}
