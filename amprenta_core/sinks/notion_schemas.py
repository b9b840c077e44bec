"""What properties the data sources have: asked once, and again after a while or when Notion refuses one."""

from collections.abc import Callable, Mapping
from time import monotonic

from attrs import evolve, field, frozen

from amprenta_core.errors import SinkRejected
from amprenta_core.outgoing import Kind
from amprenta_core.settings import NotionSettings
from amprenta_core.sinks.notion_properties import Column, Columns, columns_of, match_columns
from amprenta_core.sinks.notion_requests import NotionApi, NotionRefused

_FRESH = 300.0
"""Seconds for which a schema is believed: properties that the setup adds are used after that."""


@frozen(kw_only=True)
class Schemas:
    """The data sources' properties, and where ours are among them."""

    api: NotionApi
    settings: NotionSettings
    _asked: dict[str, tuple[float, list[Column]]] = field(factory=dict, init=False, repr=False)
    _known: dict[str, dict[str, str]] = field(factory=dict, init=False, repr=False)

    def source(self, kind: Kind) -> str:
        """The data source of a kind. Raises ``SinkRejected``."""
        if kind not in self.settings.sources:
            hint = f"Set NOTION_{kind.upper()}_DATA_SOURCE_ID"
            raise SinkRejected(f"no Notion data source is set for a {kind}", hint=hint)
        return self.settings.sources[kind]

    def columns(self, kind: Kind, remembered: Mapping[str, str] | None = None, *, again: bool = False) -> Columns:
        """Where our properties are; ``remembered`` ids serve every item of the kind. ``again`` asks anew.

        Raises ``SinkRejected`` where the database cannot be written.
        """
        source = self.source(kind)
        known = self._known.setdefault(kind, {})
        known.update({key: an_id for key, an_id in (remembered or {}).items() if key not in known})
        try:
            found = self._matched(kind, source, known, again=again)
        except NotionRefused:
            raise
        except SinkRejected:  # perhaps somebody has put it right since
            found = self._matched(kind, source, known, again=True)
        known.update(found.ids)
        return found

    def _matched(self, kind: Kind, source: str, known: Mapping[str, str], *, again: bool) -> Columns:
        when, listed = self._asked.get(source, (0.0, []))
        if again or not listed or monotonic() - when > _FRESH:
            listed = columns_of(self.api.call(self.api.client.data_sources.retrieve, source))
            self._asked[source] = (monotonic(), listed)
        return match_columns(kind, listed, sources=self.settings.sources, remembered=known)

    def writing(
        self, kind: Kind, remembered: Mapping[str, str], related: Mapping[str, str], write: Callable[[Columns], None]
    ) -> Columns:
        """Write with the columns as they are known; once more, if Notion refuses and they turn out to be others.

        ``related`` are the pages that relations point to, by our keys: one that Notion does not know is left out.
        Returns the columns that were written.
        """
        columns = self.columns(kind, remembered)
        try:
            write(columns)
        except NotionRefused as error:
            changed = _without(columns, related, error)
            if changed == columns and error.status == 400:  # noqa: PLR2004  # validation
                changed = self.columns(kind, remembered, again=True)
            if changed == columns:
                raise
            write(changed)
            return changed
        return columns


def _without(columns: Columns, related: Mapping[str, str], error: NotionRefused) -> Columns:
    """The columns without the relations whose pages the refusal speaks of."""
    said = error.what.replace("-", "")
    unknown = {key for key, page in related.items() if key in columns.ids and page.replace("-", "") in said}
    if not unknown:
        return columns
    ids = {key: an_id for key, an_id in columns.ids.items() if key not in unknown}
    notes = tuple(f"{key}: its page {related[key]} is not there any more" for key in sorted(unknown))
    return evolve(columns, ids=ids, notes=(*columns.notes, *notes))
