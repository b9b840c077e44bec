"""Which files of a folder are one dataset together."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from amprenta_core.ingest import Target, stem

Key = tuple[Path, str, str, str, bool]
"""The folder, the plugin, the format, the word of the match, and whether files hold a quantity each."""


def combined(found: Sequence[Target]) -> list[Target]:
    """The files, those of a folder that hold one dataset together as one.

    They are of one plugin, format and ``Match.combine``, and stand in one folder, or each alone in folders side by side
    (``quant.sf`` in a folder for each sample). Those of a quantity each stand in one folder, the quantity of choice
    first. A file that the user named itself is never combined.
    """
    here = _groups(found, 0)
    alone = [target for group in here.values() if len(group) == 1 for target in group]
    groups = {key: group for key, group in (*here.items(), *_groups(alone, 1).items()) if len(group) > 1}
    firsts = {group[0].path: _joined(key, sorted(group, key=_rank), groups) for key, group in groups.items()}
    taken = {target.path for group in groups.values() for target in group}
    return [firsts.get(target.path, target) for target in found if target.path in firsts or target.path not in taken]


def _groups(found: Sequence[Target], up: int) -> dict[Key, list[Target]]:
    """The files that may be combined, by the folder so many levels above theirs and by what they are."""
    groups: dict[Key, list[Target]] = {}
    for target in found:
        if target.root is None or target.choice is None or not target.choice[1].combine:
            continue
        plugin, match = target.choice
        across = match.quantity_rank is not None
        folder = target.path.parents[up]
        if across and up:
            continue
        if folder == target.root or target.root in folder.parents:
            groups.setdefault((folder, plugin, match.format, match.combine, across), []).append(target)
    return groups


def _rank(target: Target) -> int:
    rank = target.choice[1].quantity_rank if target.choice else None
    return 0 if rank is None else rank


def _joined(key: Key, group: Sequence[Target], groups: Iterable[Key]) -> Target:
    """One target for a group, called after its folder; also after its format where the folder holds several groups."""
    folder, _, form, *_ = key
    root = group[0].root or folder
    relative = folder.relative_to(root).as_posix()
    name = root.absolute().name if relative == "." else relative
    rivals = [other for other in groups if other[0] == folder and other != key]
    if rivals:
        name = f"{name}/{form}"
    if any(other[2] == form for other in rivals):
        name = f"{name} {stem(group[0].path.name)}"
    return Target(path=folder, name=name, label=str(folder), choice=group[0].choice, root=root, joined=tuple(group))
