import amprenta_lipidomics

from amprenta_core.testing import PluginConformance


class TestConformance(PluginConformance):
    plugin = amprenta_lipidomics
