"""While Postgres is not to be had: files go to the spool, and to Notion at once."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from amprenta_core import linking, spool
from amprenta_core.app.values import Outcome, Reading, Report, Wish, dataset_name, make_report
from amprenta_core.ingest import Target
from amprenta_core.linking import Resolved
from amprenta_core.model import Axis, Dataset, Feature, Ingested
from amprenta_core.outgoing import Entry, ItemKey, Kind, Link

if TYPE_CHECKING:
    from amprenta_core.app import App

_TOP, _MOST = 20, 2_000
_WAITS = "it waits on the spool for Postgres"


def spool_file(app: "App", reading: Reading, wish: Wish, stored: Sequence[str | None] = ()) -> Iterator[Outcome]:
    """Put a file on the spool, then its datasets on Notion at once: nothing is lost if that fails.

    ``stored``: those of its datasets that Postgres took before it went away.
    """
    made = [_prepared(app, reading, ingested, wish) for ingested in reading.found]
    spooled = spool.add(
        app.settings.home,
        "file",
        {**_plain(wish), "source": _source(reading.target), "target": reading.target.name},
        label=reading.target.label,
        files=_files(reading),
        folder=reading.target.path if reading.target.joined else None,
        sheet=wish.options.samples,
        ids={entry.name: str(entry.key.id) for entry, _ in made},
    )
    for entry, report in made:
        if entry.name in stored:
            continue
        page, failed = app.outside.send_now(entry)
        if page is not None:
            spooled = spool.note(app.settings.home, spooled, pages={**spooled.pages, entry.name: page})
        yield Outcome(
            path=reading.target.label,
            status="spooled",
            name=entry.name,
            dataset_id=entry.key.id,
            report=report,
            notion_page_id=page,
            note=f"{_WAITS}; {failed}" if failed else _WAITS,
        )


def _files(reading: Reading) -> tuple[Path, ...]:
    members = tuple(dict.fromkeys(m for one in reading.found for m in one.members))
    return members if reading.target.joined else (reading.target.path, *members)


def _source(target: Target) -> str:
    """The file's name as every working folder has it."""
    return target.label if "://" in target.label else str(Path(target.label).absolute())


def _prepared(app: "App", reading: Reading, ingested: Ingested, wish: Wish) -> tuple[Entry, Report]:
    resolved = linking.resolve(ingested.table.features, app.normalizer(ingested))
    by_key = {r.key: len(r.identities) for r in resolved}
    report = make_report(ingested, [by_key[linking.name_key(ref)] for ref in ingested.table.features])
    return _entry(app, ingested, dataset_name(reading.target, ingested, wish), wish, resolved), report


def item_id(app: "App", kind: Kind, name: str) -> UUID:
    """The id that a named thing has, or will have, in the database."""
    return uuid5(app.outside.workspace(), f"{kind}:{name}")


def _entry(app: "App", ingested: Ingested, name: str, wish: Wish, resolved: Sequence[Resolved]) -> Entry:
    """What a page says of a dataset, from the file alone."""
    table, now = ingested.table, datetime.now(UTC)
    key = ItemKey(kind="dataset", id=item_id(app, "dataset", name))
    dataset = Dataset(
        id=key.id,
        name=name,
        omics_type=table.omics_type,
        description=wish.description,
        source_path=ingested.source.path,
        created_at=now,
        updated_at=now,
    )
    features = _features(resolved, now)
    return Entry(
        key=key,
        name=name,
        description=wish.description,
        omics_type=table.omics_type,
        facts=_facts(ingested),
        program=_link(app, "program", wish.program),
        experiment=_link(app, "experiment", wish.experiment),
        top_features=_top_features(ingested),
        features=tuple(feature.accession for feature in features),
        problems=table.problems[:50],
        n_problems=len(table.problems),
        text=app.plugins.loaded[ingested.plugin.name].embedding_text(dataset, features),
    )


def _link(app: "App", kind: Kind, name: str | None) -> Link | None:
    return None if name is None else Link(key=ItemKey(kind=kind, id=item_id(app, kind, name)), name=name)


def _features(resolved: Sequence[Resolved], now: datetime) -> list[Feature]:
    from amprenta_core.store.naming import feature_id  # noqa: PLC0415  # SQLAlchemy

    identities = {(r.key[0], i) for r in resolved for i in (r.identities or ((r.own,) if r.own else ()))}
    return [
        Feature(
            id=feature_id(kind, i),
            feature_type=kind,
            namespace=i.namespace,
            accession=i.accession,
            level=i.level,
            created_at=now,
            updated_at=now,
        )
        for kind, i in sorted(identities, key=lambda pair: (pair[1].accession, pair[0]))[:_MOST]
    ]


def _facts(ingested: Ingested) -> tuple[tuple[str, str], ...]:
    table = ingested.table
    return (
        ("Omics type", table.omics_type),
        ("Format", ingested.match.format),
        ("Quantity", table.quantities[0].name),
        ("Features", str(len(table.features))),
        ("Samples", str(len(table.samples))),
        ("Rows", f"{table.rows_read} read, {table.rows_measured} measured"),
        ("Source", ingested.source.path),
    )


def _top_features(ingested: Ingested) -> tuple[tuple[str, str], ...]:
    """Of samples the features with the highest mean, of contrasts those that differ most."""
    import numpy as np  # noqa: PLC0415  # only while Postgres is not to be had

    quantity, features = ingested.table.quantities[0], ingested.table.features
    across = quantity.axis is Axis.CONTRASTS
    filled = np.where(np.isnan(quantity.values), 0.0, quantity.values)
    counted = np.maximum((~np.isnan(quantity.values)).sum(axis=1), 1)
    told = filled[np.arange(len(filled)), np.abs(filled).argmax(axis=1)] if across else filled.sum(axis=1) / counted
    order = np.argsort(-(np.abs(told) if across else told), kind="stable")[:_TOP]
    label = quantity.name if across else f"mean {quantity.name}"
    return tuple((features[i].name or linking.name_key(features[i])[3], f"{label} {told[i]:.4g}") for i in order)


def _plain(wish: Wish) -> dict[str, Any]:
    return {
        "omics_type": wish.options.omics_type,
        "quantity": wish.options.quantity,
        "level": wish.options.level,
        "name": wish.name,
        "description": wish.description,
        "program": wish.program,
        "experiment": wish.experiment,
        "update": wish.update,
    }
