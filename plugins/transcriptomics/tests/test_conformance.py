import amprenta_transcriptomics

from amprenta_core.testing import PluginConformance


class TestConformance(PluginConformance):
    plugin = amprenta_transcriptomics
