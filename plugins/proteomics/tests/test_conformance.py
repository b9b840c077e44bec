import amprenta_proteomics

from amprenta_core.testing import PluginConformance


class TestConformance(PluginConformance):
    plugin = amprenta_proteomics
