"""Every promise of a plugin, inherited from the conformance kit."""

from amprenta_core.testing import PluginConformance

import ${module}


class TestConformance(PluginConformance):
    plugin = ${module}
