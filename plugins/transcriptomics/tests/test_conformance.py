"""The plugin keeps the promises of every plugin."""

import amprenta_transcriptomics

from amprenta_core.testing import PluginConformance


class TestTranscriptomics(PluginConformance):
    plugin = amprenta_transcriptomics
