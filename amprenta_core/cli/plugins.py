"""``amprenta plugins``: what is installed, and what is broken and why."""

import argparse
import sys
from typing import TYPE_CHECKING

from amprenta_core.cli.running import print_json, table

if TYPE_CHECKING:
    from amprenta_core.app import App


def show_plugins(arguments: argparse.Namespace, app: "App") -> int:
    """List plugins with their formats; broken ones with the reason."""
    loaded, broken = app.plugins.loaded.values(), app.plugins.broken
    if arguments.json:
        for plugin in loaded:
            formats = [{"name": f.name, "versions": f.versions, "title": f.title} for f in plugin.info.formats]
            print_json(
                {
                    **_head(plugin.info.name, plugin.distribution),
                    "omics_type": plugin.info.omics_type,
                    "formats": formats,
                }
            )
        for bad in broken:
            print_json({**_head(bad.name, bad.distribution), "broken": bad.why})
        return 0
    for plugin in loaded:
        print(f"{plugin.info.name}: {plugin.info.omics_type}, from {plugin.distribution or 'no distribution'}")
        table(("format", "versions", "reads"), [[f.name, f.versions, f.title] for f in plugin.info.formats])
    for bad in broken:
        print(f"{bad.name}: BROKEN, from {bad.distribution or 'no distribution'}: {bad.why}")
    if not loaded and not broken:
        print("no plugin is installed: pip install amprenta-lipidomics", file=sys.stderr)
    return 0


def _head(name: str, distribution: str) -> dict[str, str]:
    return {"name": name, "distribution": distribution}
