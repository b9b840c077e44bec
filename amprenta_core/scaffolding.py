"""A new plugin from the template: names are checked first, nothing that is there is touched."""

import re
import shutil
from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from string import Template

from attrs import frozen

from amprenta_core.errors import SettingsError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_PACKAGE, _HIDDEN = "package", "dot_"
_RESERVED = {"core", "ingest", "plugins", "test", "tests"}


@frozen(kw_only=True)
class NewPlugin:
    """What a plugin is to be called: its ``name``, its omics, and the type of its features."""

    name: str
    omics: str
    feature: str

    @property
    def module(self) -> str:
        """The package that is imported."""
        return f"amprenta_{self.name}"

    @property
    def distribution(self) -> str:
        """What is installed."""
        return self.module.replace("_", "-")

    @property
    def placeholders(self) -> Mapping[str, str]:
        """What stands for each placeholder of the template."""
        return {
            "name": self.name,
            "omics": self.omics,
            "feature": self.feature,
            "module": self.module,
            "distribution": self.distribution,
            "title": self.name.replace("_", " ").title(),
        }


def check_names(plugin: NewPlugin, taken: Collection[str]) -> None:
    """Raise ``SettingsError`` where a name cannot be, or another plugin has it."""
    for what, word in (("name", plugin.name), ("omics", plugin.omics), ("feature type", plugin.feature)):
        if not _NAME.match(word):
            hint = "Begin with a letter; then letters, digits and _; at most 40"
            raise SettingsError(f"{word!r} cannot be the {what} of a plugin: it is no lower-case word", hint=hint)
    if plugin.name in _RESERVED:
        raise SettingsError(f"{plugin.name!r} is a name of Amprenta's own", hint="Choose another")
    if plugin.name in taken or find_spec(plugin.module) is not None:
        raise SettingsError(f"a plugin {plugin.name} is installed already", hint="Choose another name")


def render(plugin: NewPlugin, folder: Path, taken: Collection[str] = ()) -> list[Path]:
    """Write the plugin into a new or empty folder; the files, in order.

    Raises ``SettingsError`` for names and folders that cannot be; then nothing was written.
    """
    check_names(plugin, taken)
    texts = rendered(plugin)
    _check_free(folder)
    existed = folder.is_dir()
    try:
        for place, text in texts.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            with (folder / place).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        if not existed:
            shutil.rmtree(folder, ignore_errors=True)
        raise SettingsError(f"{folder} cannot be written: {error.strerror}", hint="Choose another --folder") from error
    return [folder / place for place in texts]


def rendered(plugin: NewPlugin) -> dict[Path, str]:
    """Path below the plugin's folder → text, of every file."""
    root = template_folder()
    sources = sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {
        _place(path.relative_to(root), plugin): Template(path.read_text("utf-8")).substitute(plugin.placeholders)
        for path in sources
    }


def template_folder() -> Path:
    """Where the template lies: in the wheel inside the package, in a checkout beside it."""
    package = Path(__file__).parent
    return next(place for place in (package / "template", package.parent / "template") if place.is_dir())


def _place(path: Path, plugin: NewPlugin) -> Path:
    named = [plugin.module if part == _PACKAGE else part for part in path.parts]
    return Path(*("." + part.removeprefix(_HIDDEN) if part.startswith(_HIDDEN) else part for part in named))


def _check_free(folder: Path) -> None:
    try:
        if folder.is_dir() and not any(folder.iterdir()):
            return
        there = folder.exists() or folder.is_symlink()
    except OSError as error:
        raise SettingsError(f"{folder} cannot be reached: {error.strerror}", hint="Choose another --folder") from error
    if there:
        raise SettingsError(f"{folder} is there already; nothing was written", hint="Choose another --folder")
