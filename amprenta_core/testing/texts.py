"""Names that no plugin expects, and a dataset of any size to describe."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from uuid import NAMESPACE_OID, UUID, uuid5

from amprenta_core.model import Dataset, Feature

LONGEST = 8_000
"""Characters of a text for semantic search, whatever the number of features."""
NASTY: tuple[str, ...] = (
    "", " ", "\t", "\n", "\r\n", "\x00", "\x1b[31m", "\x7f", "\u200b", "\ufeff", "\u202e", ",", ";", "|", "/", ":", "-",
    "(", ")", "()", "[", "((((((((((", "))))))", "_", "0", "-1", "1e309", "NaN", "None", "null", "true", "%s%n", "{}",
    "{0}", "\\", "\\d+(", "a" * 10_000, "(" * 2_000, "1:" * 500, "🧪", "👩‍🔬", "é", "e\u0301", "ß", "İ", "中文",
    "עברית", "α-β", "１８：１", "18:1", ":", "0:0", "999999:999999", "<script>", "'; --", "a\nb", "a\tb", " leading",
    "C" * 300, "x" * 63 + "é", "http://example.org/?a=1&b=2", "2-Sep", "1.0", "+", "*", "?", "#REF!", "\U0010ffff",
)  # fmt: skip


def try_texts(check: Callable[[str], None]) -> None:
    """Call ``check`` with every nasty text, and with what hypothesis thinks of where it is installed."""

    def one(text: str) -> None:
        check(text)

    for text in NASTY:
        one(text)
    try:
        from hypothesis import HealthCheck, given, settings
        from hypothesis import strategies as st
    except ImportError:
        return
    usual = settings(
        max_examples=80, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    usual(given(st.text(max_size=60))(one))()


def a_dataset(name: str) -> Dataset:
    """A dataset of that name, with nothing else to say."""
    noon = datetime(2020, 1, 1, 12, tzinfo=UTC)
    return Dataset(
        id=uuid5(NAMESPACE_OID, name),
        name=name,
        omics_type="example",
        source_path="input.csv",
        created_at=noon,
        updated_at=noon,
    )


@cache
def some_features(number: int, feature_type: str) -> tuple[Feature, ...]:
    """That many features, each of its own name."""
    noon = datetime(2020, 1, 1, 12, tzinfo=UTC)
    return tuple(
        Feature(
            id=UUID(int=n),
            feature_type=feature_type,
            namespace="example",
            accession=f"Feature {n}:{n % 7}",
            level="",
            created_at=noon,
            updated_at=noon,
        )
        for n in range(number)
    )
