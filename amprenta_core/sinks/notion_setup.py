"""Whether the Notion databases fit, and what is missing in them made."""

from collections.abc import Iterator, Mapping

from attrs import evolve, field, frozen

from amprenta_core.errors import AmprentaError
from amprenta_core.outgoing import Kind, Throttle
from amprenta_core.settings import NotionSettings
from amprenta_core.sinks.notion_properties import (
    PAGE_KINDS,
    WANTED,
    Column,
    Wanted,
    bare,
    columns_of,
    complaint,
    configuration,
    find_column,
    rich_texts,
)
from amprenta_core.sinks.notion_requests import CREATE, NotionApi, open_api

_ADD = f"Run {CREATE} to add it"
_TITLES = {
    "program": "Amprenta programs",
    "experiment": "Amprenta experiments",
    "signature": "Amprenta signatures",
    "dataset": "Amprenta datasets",
}


@frozen(kw_only=True)
class Finding:
    """One thing that was looked at. ``property`` None: the database as a whole."""

    kind: Kind
    what: str
    property: str | None = None
    hint: str | None = None
    ok: bool = True


@frozen(kw_only=True)
class Prepared:
    """What a setup came to. ``sources`` has the data source of each kind, the new ones too; ``made`` only those."""

    findings: tuple[Finding, ...]
    sources: Mapping[str, str]
    made: Mapping[str, str] = field(factory=dict)


def check(settings: NotionSettings, throttle: Throttle) -> list[Finding]:
    """Look at every data source of the settings and change nothing. What Notion refuses is a finding too."""
    api = open_api(settings, throttle)
    return [found for kind in PAGE_KINDS for found in _looked_at(api, settings.sources, kind, add=False)]


def set_up(settings: NotionSettings, throttle: Throttle, *, parent: str | None = None) -> Prepared:
    """Add the properties that are missing, and, below the page ``parent``, the databases that have no data source.

    Nothing is removed, renamed or retyped: a property of another type stays, and is a finding that is not ok.
    """
    api, sources = open_api(settings, throttle), dict(settings.sources)
    made: dict[str, str] = {}
    findings: list[Finding] = []
    for kind in PAGE_KINDS:
        if kind not in sources and parent is not None:
            try:
                sources[kind] = made[kind] = _make(api, parent, kind, sources)
            except AmprentaError as error:
                what = f"no database could be made for each {kind}: {error.what}"
                findings.append(Finding(kind=kind, what=what, hint=error.hint, ok=False))
                continue
            (said,) = (f"{name}={value}" for name, value in variables({kind: made[kind]}).items())
            findings.append(Finding(kind=kind, what=f"made the database “{_TITLES[kind]}”", hint=f"Set {said}"))
        findings += _looked_at(api, sources, kind, add=True)
    return Prepared(findings=tuple(findings), sources=sources, made=made)


def variables(sources: Mapping[str, str]) -> dict[str, str]:
    """The environment that tells the sink these data sources."""
    return {f"NOTION_{kind.upper()}_DATA_SOURCE_ID": source for kind, source in sources.items()}


def _make(api: NotionApi, parent: str, kind: Kind, sources: Mapping[str, str]) -> str:
    """A database for a kind below a page; the id of its data source."""
    properties = {
        wanted.name: configuration(kind, key, sources)
        for key, wanted in WANTED[kind].items()
        if wanted.to is None or wanted.to in sources
    }
    answer = api.call(
        api.client.databases.create,
        parent={"type": "page_id", "page_id": parent},
        title=rich_texts(_TITLES[kind]),
        initial_data_source={"properties": properties},
    )
    return str(answer["data_sources"][0]["id"])


def _looked_at(api: NotionApi, sources: Mapping[str, str], kind: Kind, *, add: bool) -> Iterator[Finding]:
    if kind not in sources:
        hint = f"Set NOTION_{kind.upper()}_DATA_SOURCE_ID, or make one: {CREATE[:-1]} --parent PAGE`"
        yield Finding(kind=kind, what=f"no data source is set: nothing of each {kind} is shown", hint=hint)
        return
    shared = [other for other in PAGE_KINDS if other != kind and bare(sources.get(other)) == bare(sources[kind])]
    if shared:
        hint = "Give each kind a database of its own"
        yield Finding(kind=kind, what=f"its data source is that of each {shared[0]} too", hint=hint, ok=False)
    try:
        columns = columns_of(api.call(api.client.data_sources.retrieve, sources[kind]))
        lacking = list(_lacking(kind, columns, sources))
        if add:
            lacking = _added(api, sources, kind, lacking)
    except AmprentaError as error:
        yield Finding(kind=kind, what=error.what, hint=error.hint, ok=False)
        return
    yield from lacking or [Finding(kind=kind, what="the database is there, with all properties")]


def _lacking(kind: Kind, columns: list[Column], sources: Mapping[str, str]) -> Iterator[Finding]:
    for key, wanted in WANTED[kind].items():
        column = find_column(kind, key, columns)
        said = complaint(wanted, column, sources)
        if said is not None:
            hint = _hint(wanted, column, sources)
            yield Finding(
                kind=kind, property=wanted.name, what=said, hint=hint, ok=not wanted.required and hint is None
            )


def _hint(wanted: Wanted, column: Column | None, sources: Mapping[str, str]) -> str | None:
    """Who must do what; None where nothing must be done."""
    if wanted.to is not None and wanted.to not in sources:
        return None
    if column is None:
        return _ADD
    if column.type != wanted.type:
        return f"In Notion, give it the type {wanted.type} again; or rename it, and run {CREATE} to add another"
    return f"In Notion, rename it, and run {CREATE} to add one that points to the right database"


def _added(api: NotionApi, sources: Mapping[str, str], kind: Kind, lacking: list[Finding]) -> list[Finding]:
    """The same findings after the properties that are not there were added, in one request."""
    by_name = {wanted.name: key for key, wanted in WANTED[kind].items()}
    missing = [found for found in lacking if found.hint == _ADD and found.property]
    if not missing:
        return lacking
    properties = {str(found.property): configuration(kind, by_name[str(found.property)], sources) for found in missing}
    api.call(api.client.data_sources.update, sources[kind], properties=properties)
    told = [evolve(found, what=f"{found.property}: added", hint=None, ok=True) for found in missing]
    return [found for found in lacking if found not in missing] + told
