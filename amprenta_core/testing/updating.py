"""Write what is expected of a plugin's examples anew, and say what changed: a person reads it before it is kept."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from attrs import frozen

from amprenta_core.errors import AmprentaError, NotFound, SettingsError
from amprenta_core.plugins import Plugin, Plugins
from amprenta_core.testing.examples import EXPECTED, Case, differences, find_cases, read, to_expected, write_expected

_GROUP = "amprenta.omics.v1"


@frozen(kw_only=True)
class Update:
    """What came of one case: ``changes`` says where the expectation differs from before."""

    case: str
    status: Literal["new", "changed", "unchanged", "failed"]
    changes: tuple[str, ...] = ()


def update_examples(plugins: Plugins, folder: Path) -> Iterator[Update]:
    """Write ``expected.json`` of each case of a plugin anew.

    ``folder`` is the plugin's own, its folder of examples, or one case. Raises ``NotFound`` and ``SettingsError``.
    """
    cases = _cases(folder)
    if not cases:
        raise NotFound(f"{folder} has no examples", hint="A case is a folder with a file input.*, in tests/examples")
    plugin = _plugin_of(folder.resolve(), plugins)
    for case in cases:
        yield _update(plugin, case)


def _update(plugin: Plugin, case: Case) -> Update:
    try:
        before = case.wanted() if case.expected.exists() else None
        reading = read(plugin, case.input)
        if reading is None:
            return Update(case=case.name, status="failed", changes=(f"{plugin.info.name} declines {case.input.name}",))
        changes = differences(before, to_expected(reading)) if before is not None else []
        if before is None or changes:
            write_expected(plugin, case)
    except (AmprentaError, ValueError) as error:
        return Update(case=case.name, status="failed", changes=(str(error),))
    status: Literal["new", "changed", "unchanged"] = "new" if before is None else "changed" if changes else "unchanged"
    return Update(case=case.name, status=status, changes=tuple(changes))


def _cases(folder: Path) -> tuple[Case, ...]:
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder", hint="Name the plugin's folder, or its folder of examples")
    if (folder / EXPECTED).exists() or any(folder.glob("input.*")):
        return (Case(folder=folder.resolve()),)
    below = folder / "tests" / "examples"
    return find_cases(below if below.is_dir() else folder)


def _plugin_of(folder: Path, plugins: Plugins) -> Plugin:
    """The installed plugin whose project a folder belongs to: the nearest pyproject.toml above says which."""
    for place in (folder, *folder.parents):
        if (project := place / "pyproject.toml").is_file():
            names = _entry_points(project)
            found = [plugins.loaded[name] for name in names if name in plugins.loaded]
            if found:
                return found[0]
            broken = [bad.why for bad in plugins.broken if bad.name in names]
            what = f"is broken: {broken[0]}" if broken else "is not installed"
            hint = "See: amprenta plugins" if broken else f"pip install -e {place}"
            raise SettingsError(f"the plugin of {project} {what}", hint=hint)
    raise NotFound(f"no pyproject.toml stands above {folder}", hint="Name a folder of the plugin's project")


def _entry_points(project: Path) -> list[str]:
    try:
        content = tomllib.loads(project.read_text("utf-8"))
        return list(content["project"]["entry-points"][_GROUP])
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{project} declares no entry point of the group {_GROUP}"
        raise SettingsError(what, hint="Name a folder of the plugin's project") from error
