"""The conformance kit, shipped for plugin authors: promises that are tests, inherited by every plugin.

Loaded on first use (PEP 562): only ``PluginConformance`` needs pytest.

Example::

    import amprenta_acme
    from amprenta_core.testing import PluginConformance

    class TestConformance(PluginConformance):
        plugin = amprenta_acme          # examples stand in examples/<case>/ beside this file
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amprenta_core.testing.conformance import PluginConformance
    from amprenta_core.testing.examples import Case, find_cases, read, write_expected

_HOME = {
    "PluginConformance": "conformance",
    "Case": "examples",
    "find_cases": "examples",
    "read": "examples",
    "write_expected": "examples",
}

__all__ = ["Case", "PluginConformance", "find_cases", "read", "write_expected"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
