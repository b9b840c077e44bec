"""The conformance kits, shipped for authors of plugins, sinks and vector indexes: promises that are inherited tests.

Loaded on first use (PEP 562): only the kits themselves need pytest.

Example::

    import amprenta_acme
    from amprenta_core.testing import PluginConformance

    class TestConformance(PluginConformance):
        plugin = amprenta_acme  # examples stand in examples/<case>/ beside this file
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amprenta_core.testing.conformance import PluginConformance
    from amprenta_core.testing.examples import Case, find_cases, loaded, read, write_expected
    from amprenta_core.testing.heads import head_of
    from amprenta_core.testing.sinks import SinkConformance
    from amprenta_core.testing.texts import a_dataset, some_features
    from amprenta_core.testing.vector_index import VectorIndexConformance

_HOME = {
    "PluginConformance": "conformance",
    "Case": "examples",
    "a_dataset": "texts",
    "find_cases": "examples",
    "head_of": "heads",
    "loaded": "examples",
    "read": "examples",
    "write_expected": "examples",
    "some_features": "texts",
    "SinkConformance": "sinks",
    "VectorIndexConformance": "vector_index",
}

__all__ = [
    "Case",
    "PluginConformance",
    "SinkConformance",
    "VectorIndexConformance",
    "a_dataset",
    "find_cases",
    "head_of",
    "loaded",
    "read",
    "some_features",
    "write_expected",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
