"""Find plugins, report broken ones, choose one, call it by name. The only file, with ``hookspecs``, that knows pluggy.

What pluggy leaves undone is done here: entry points are loaded one by one and a broken one is reported, never fatal
(unless ``strict``); two distributions under one name are refused; unknown hooks are found; each answer is checked at
the border and keeps its origin; a hook that gives no answer in time sets its plugin aside for the rest of the run.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from time import perf_counter
from typing import Any, NoReturn, TypeVar

import pluggy
from attrs import define, evolve, field, frozen

from amprenta_core import hookspecs
from amprenta_core.answers import wrong_info, wrong_match, wrong_table
from amprenta_core.errors import AmbiguousFile, AmprentaError, FileError, PluginError, UnrecognisedFile
from amprenta_core.guarding import TookTooLong, TriedToEnd, Watchdog
from amprenta_core.known import is_package, is_sample_sheet, package_for
from amprenta_core.model import CONFIDENCES, Dataset, Feature, FeatureRef, FeatureTable, Identity, Match, PluginInfo
from amprenta_core.written import FileHead, ParsedFile

T = TypeVar("T")
Tracer = Callable[[str], None]


@frozen(kw_only=True)
class BrokenPlugin:
    """A plugin that is installed and could not be used: which, from which distribution, and why."""

    name: str
    distribution: str
    why: str


@frozen(kw_only=True)
class Claim:
    """What one plugin said of a file: its match, None where it declined, or why it failed."""

    plugin: str
    match: Match | None
    error: str | None = None

    @property
    def said(self) -> str:
        """The answer in words."""
        if self.error:
            return f"failed: {self.error}"
        return f"{self.match.confidence}: {self.match.reason}" if self.match else "declined"


@define
class Standing:
    """Whether a plugin was set aside, and why: what the run has learnt of it."""

    set_aside: str | None = None


@frozen(kw_only=True)
class Plugin:
    """One loaded plugin: each method runs one of its hooks, in time, and checks the answer. ``module`` has them."""

    info: PluginInfo
    distribution: str
    module: str = ""
    hooks: Mapping[str, Callable[..., Any]] = field(repr=False)
    trace: Tracer | None = field(default=None, repr=False)
    watchdog: Watchdog = field(factory=Watchdog, repr=False)
    standing: Standing = field(factory=Standing)

    def sniff(self, head: FileHead) -> Match | None:
        """Ask whether the plugin claims the file."""
        match = self._call("sniff_file", (Match, type(None)), head=head)
        if match is None:
            return None
        self._fault("sniff_file", wrong_match(match))
        return evolve(match, omics_type=match.omics_type or self.info.omics_type)

    def parse(self, path: Path, match: Match) -> ParsedFile:
        """Have the file read."""
        return self._call("parse_file", ParsedFile, path=path, match=match)

    def extract(self, parsed: ParsedFile) -> FeatureTable:
        """Have the measured features found."""
        table: FeatureTable = self._call("extract_features", FeatureTable, parsed=parsed)
        self._fault("extract_features", wrong_table(table))
        return table

    def normalize(self, refs: Sequence[FeatureRef]) -> list[tuple[Identity, ...]]:
        """Have names understood; the answers are as many as the questions, each a tuple of identities."""
        answers = list(self._call("normalize_features", Sequence, refs=refs))
        if len(answers) != len(refs):
            self._broken("normalize_features", f"gave {len(answers)} answers to {len(refs)} names")
        if not all(isinstance(a, tuple) and all(isinstance(i, Identity) for i in a) for a in answers):
            self._broken("normalize_features", "gave an answer that is not a tuple of Identity")
        return answers

    def embedding_text(self, dataset: Dataset, features: Sequence[Feature]) -> str:
        """Have the text for semantic search written."""
        return self._call("build_embedding_text", str, dataset=dataset, features=features)

    def _call(self, hook: str, answer_type: type[T] | tuple[type[T], ...], **arguments: Any) -> T:
        if hook not in self.hooks:
            self._broken(hook, "is not implemented")
        if self.standing.set_aside:
            self._broken(None, self.standing.set_aside)
        began = perf_counter()
        try:
            answer = self.watchdog.run(lambda: self.hooks[hook](**arguments))
        except AmprentaError as error:
            if isinstance(error, FileError) and error.plugin is None:
                error.plugin = self.info.name
            raise
        except TookTooLong:
            raise self._set_aside(hook) from None
        except Exception as error:
            raise PluginError(_why(error), plugin=self.info.name, hook=hook, hint=_FAULT) from error
        if self.trace:
            self.trace(f"{self.info.name}.{hook} {(perf_counter() - began) * 1000:.1f} ms -> {_brief(answer)}")
        if not isinstance(answer, answer_type):
            self._broken(hook, f"answered with {type(answer).__name__}")
        return answer

    def _set_aside(self, hook: str) -> PluginError:
        what = f"{hook} gave no answer within {self.watchdog.seconds:g} s: it is set aside for the rest of this run"
        if self.standing.set_aside is None:
            trace_to_stderr(f"{self.info.name}: {what}")
        self.standing.set_aside = what
        return PluginError(what, plugin=self.info.name, hook=hook, hint="AMPRENTA_HOOK_SECONDS sets the limit")

    def _fault(self, hook: str, what: str | None) -> None:
        if what is not None:
            self._broken(hook, what)

    def _broken(self, hook: str | None, what: str) -> NoReturn:
        raise PluginError(what, plugin=self.info.name, hook=hook, hint="Its author must mend it")


@frozen(kw_only=True)
class Plugins:
    """All that is installed: the plugins by name, and what is broken and why."""

    loaded: Mapping[str, Plugin]
    broken: tuple[BrokenPlugin, ...] = ()
    watchdog: Watchdog = field(factory=Watchdog, repr=False)

    def named(self, omics_type: str) -> tuple[Plugin, ...]:
        """The plugins of one omics type or of one name; ``SettingsError``-free: none is an empty tuple."""
        return tuple(p for p in self.loaded.values() if omics_type in (p.info.omics_type, p.info.name))

    def claims(self, head: FileHead, among: Iterable[Plugin] | None = None) -> list[Claim]:
        """Ask plugins about a file, best claim first; one that fails is reported in its claim."""
        asked = tuple(self.loaded.values() if among is None else among)
        found = self.watchdog.together(lambda: [_claim(plugin, head) for plugin in asked])
        return sorted(found, key=lambda claim: -_rank(claim))

    def choose(self, path: Path | str, head: FileHead, omics_type: str | None = None) -> tuple[Plugin, Match]:
        """The one plugin that reads the file. Raises ``UnrecognisedFile`` or ``AmbiguousFile``.

        A ``possible`` claim is only followed where ``omics_type`` was given.
        """
        among = None if omics_type is None else self.named(omics_type)
        claims = self.claims(head, among)
        floor = 1 if omics_type is None else 0
        strong = [c for c in claims if c.match and _rank(c) >= floor]
        if not strong:
            raise self._unrecognised(path, claims, omics_type, head)
        if len(strong) > 1 and _rank(strong[0]) == _rank(strong[1]):
            tied = [c for c in strong if _rank(c) == _rank(strong[0])]
            names = " and ".join(c.plugin for c in tied)
            hint = "Say which with --type " + " or --type ".join(c.plugin for c in tied)
            raise AmbiguousFile(f"{names} claim it alike", path=path, seen=_seen(claims), hint=hint)
        match = strong[0].match
        assert match is not None  # noqa: S101  # strong claims have a match
        return self.loaded[strong[0].plugin], match

    def _unrecognised(
        self, path: Path | str, claims: Sequence[Claim], omics_type: str | None, head: FileHead
    ) -> FileError:
        what, hint = _NOT_A_TABLE.get("empty" if head.size == 0 else head.kind, _UNKNOWN)
        possible = [c for c in claims if c.match]
        others = [c for c in self.claims(head) if c.match] if omics_type else []
        wrecks = [b for b in self.broken if b.name == omics_type]
        if wrecks:
            what, hint = f"the plugin for {omics_type} is broken ({wrecks[0].why})", "See: amprenta plugins"
        elif omics_type and not self.named(omics_type):
            what = f"no plugin for {omics_type} is installed"
            there = f"Check the spelling; installed are: {', '.join(self.loaded) or 'none'}"
            hint = f"Install amprenta-{omics_type}" if is_package(f"amprenta-{omics_type}") else there
        elif others:
            what = f"not recognised as {omics_type}; it seems to be {_seems(others[0])}"
            hint = f"Leave out --type, or say --type {others[0].plugin}"
        elif unserved := [c for c in possible if c.match and not self.named(c.match.omics_type)]:
            what = f"it seems to be {_seems(unserved[0])}, and no plugin for that is installed"
            wanted = unserved[0].match.omics_type if unserved[0].match else ""
            hint = f"Install amprenta-{wanted}, or say --type {unserved[0].plugin} if it is that after all"
        elif possible:
            hint = f"It could be {_seems(possible[0])}: say --type {possible[0].plugin} if it is"
        elif is_sample_sheet(head):
            what, hint = "this describes samples and holds no result", f"Join it to a result: --samples {head.name}"
        elif looks := package_for(head, {f"amprenta-{name}" for name in self.loaded}):
            what = f"no installed plugin recognises this as a result table; it looks like {looks[1]}"
            hint = f"Install {looks[0]}, which reads such files"
        elif any(c.error for c in claims):
            what = "no working plugin recognises this as a result table"
        return UnrecognisedFile(what, path=path, seen=_seen(claims), hint=hint)


def load(
    *,
    strict: bool = False,
    trace: Tracer | None = None,
    names: Iterable[str] | None = None,
    watchdog: Watchdog | None = None,
) -> Plugins:
    """Load every installed plugin, or only the entry points named.

    With ``strict`` a broken plugin raises ``PluginError``; without, it is listed in ``broken``.
    """
    wanted = None if names is None else set(names)
    points = [p for p in entry_points(group=hookspecs.ENTRY_POINT_GROUP) if wanted is None or p.name in wanted]
    points.sort(key=lambda p: (p.name, _distribution(p)))
    return load_from(points, strict=strict, trace=trace, watchdog=watchdog)


def load_from(
    points: Sequence[EntryPoint],
    *,
    strict: bool = False,
    trace: Tracer | None = None,
    watchdog: Watchdog | None = None,
) -> Plugins:
    """Load these entry points, one by one; a name that several distributions use is refused for all of them."""
    loaded: dict[str, Plugin] = {}
    broken: list[BrokenPlugin] = []
    names = [p.name for p in points]
    guard = watchdog or Watchdog()
    for point in points:
        try:
            if names.count(point.name) > 1:
                raise PluginError(
                    "several distributions use this name", plugin=point.name, hint="Uninstall all but one"
                )
            source = guard.run(point.load)
            plugin = register(source, name=point.name, distribution=_distribution(point), trace=trace, watchdog=guard)
        except (Exception, TookTooLong) as error:  # noqa: BLE001  # whatever it does on import must not stop the others
            if strict:
                raise _as_plugin_error(point.name, error) from _cause(error)
            broken.append(BrokenPlugin(name=point.name, distribution=_distribution(point), why=_why(error)))
        else:
            loaded[point.name] = plugin
    return Plugins(loaded=loaded, broken=tuple(broken), watchdog=guard)


def register(
    source: object,
    *,
    name: str,
    distribution: str = "",
    trace: Tracer | None = None,
    watchdog: Watchdog | None = None,
) -> Plugin:
    """Make a plugin of a module or object with hookimpls. Raises ``PluginError`` where it breaks the interface."""
    guard = watchdog or Watchdog()
    hooks = guard.run(lambda: _hooks(source, name))
    draft = Plugin(
        info=PluginInfo(name=name, omics_type="unknown", feature_types=(), formats=()),
        distribution=distribution,
        module=str(getattr(source, "__name__", type(source).__module__)),
        hooks=hooks,
        trace=trace,
        watchdog=guard,
    )
    info: PluginInfo = draft._call("describe_plugin", PluginInfo)  # noqa: SLF001  # the module's own class
    if info.name != name:
        raise PluginError(f"calls itself {info.name!r}", plugin=name, hint="Entry point and description must agree")
    draft._fault("describe_plugin", wrong_info(info))  # noqa: SLF001  # as above
    for required in ("sniff_file", "parse_file", "extract_features", "normalize_features", "build_embedding_text"):
        if required not in hooks:
            raise PluginError("is not implemented", plugin=name, hook=required, hint="Its author must add it")
    version = info.version or (distribution.rpartition(" ")[2] if distribution else "")
    return evolve(draft, info=evolve(info, version=version))


def _hooks(source: object, name: str) -> dict[str, Callable[..., Any]]:
    """The hooks that a module or object implements, by name. Raises ``PluginError`` where pluggy finds a fault."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(source, name=name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(
            str(error).splitlines()[-1].strip(), plugin=name, hint="Compare with the hooks' reference"
        ) from error
    return {caller.name: _single(caller) for caller in manager.get_hookcallers(source) or []}


def trace_to_stderr(line: str) -> None:
    """Where ``AMPRENTA_TRACE_PLUGINS=1`` prints each hook call."""
    print(f"[plugin] {line}", file=sys.stderr)  # noqa: T201  # asked for by the user


def _single(caller: pluggy.HookCaller) -> Callable[..., Any]:
    def call(**arguments: Any) -> Any:
        answers = caller(**arguments)
        return answers[0] if answers else None

    return call


def _claim(plugin: Plugin, head: FileHead) -> Claim:
    try:
        match = plugin.sniff(head)
    except AmprentaError as error:
        return Claim(plugin=plugin.info.name, match=None, error=str(error))
    return Claim(plugin=plugin.info.name, match=match)


def _rank(claim: Claim) -> int:
    return CONFIDENCES.index(claim.match.confidence) if claim.match else -1


def _seen(claims: Sequence[Claim]) -> dict[str, str]:
    return {claim.plugin: claim.said for claim in claims}


def _seems(claim: Claim) -> str:
    assert claim.match is not None  # noqa: S101  # callers pass claims with a match
    return f"{claim.match.omics_type}, {claim.match.format} ({claim.match.reason})"


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else ""


def _why(error: BaseException) -> str:
    """What happened, in one line, whatever the plugin raised."""
    if isinstance(error, PluginError):
        return error.what
    if isinstance(error, TookTooLong):
        return "its import gave no answer in time"
    cause = _cause(error)
    try:
        return " ".join(f"{type(cause).__name__}: {cause}".split())
    except Exception:  # noqa: BLE001  # its own text may fail, too
        return type(cause).__name__


def _cause(error: BaseException) -> BaseException:
    """What a plugin raised itself."""
    return error.__cause__ or error if isinstance(error, TriedToEnd) else error


def _as_plugin_error(name: str, error: BaseException) -> PluginError:
    if isinstance(error, PluginError):
        return error
    return PluginError(f"could not be loaded: {_why(error)}", plugin=name, hint="Reinstall or uninstall it")


_FAULT = "This is a fault of the plugin; its author needs this message and the file"
_NOT_A_TABLE = {
    "empty": ("the file is empty", "Export or copy it again, or leave it out"),
    "other": ("this is a binary file that no installed plugin reads", "Export it as a table"),
}
_UNKNOWN = ("no installed plugin recognises this as a result table", "See the formats with: amprenta plugins")


def _brief(answer: object) -> str:
    text = repr(answer)
    return text if len(text) <= 160 else text[:157] + "..."  # noqa: PLR2004  # one line of a terminal
