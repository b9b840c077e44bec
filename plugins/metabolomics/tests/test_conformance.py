import amprenta_metabolomics

from amprenta_core.testing import PluginConformance


class TestConformance(PluginConformance):
    plugin = amprenta_metabolomics
