"""From a file to its outcomes: it is read and stored, or spooled where Postgres is not to be had."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from attrs import evolve

from amprenta_core import ingest, linking
from amprenta_core.app import meaning
from amprenta_core.app.meaning import Resolution
from amprenta_core.app.values import Outcome, Reading, Shown, Wish, dataset_name, make_report, reading_options
from amprenta_core.errors import AmprentaError, SinkUnavailable
from amprenta_core.ingest import Target
from amprenta_core.model import FeatureRef, Ingested
from amprenta_core.outgoing import ItemKey

if TYPE_CHECKING:
    from amprenta_core.app import App
    from amprenta_core.store.writing import Request


def read(app: "App", target: Target, wish: Wish) -> Reading:
    """Read a file and keep its raw content before anything is stored; never raises an ``AmprentaError``."""
    began = perf_counter()
    found: list[Ingested] = []
    raw, failure, left = None, None, ingest.Left()
    try:
        for ingested in ingest.ingest(target, app.plugins, wish.options, left):
            if raw is None and app.settings.files and not wish.check:
                raw = _keep(app.settings.files, ingested)
            found.append(ingested)
    except AmprentaError as error:
        failure = error
    return Reading(
        target=target,
        found=found,
        raw_file=raw,
        error=failure,
        seconds=perf_counter() - began,
        failed=left.failed,
        apart=left.apart,
    )


def _keep(files: str, ingested: Ingested) -> str:
    """Keep the file and its members; of a joined dataset all its files, and the list of them in place of the one."""
    from amprenta_core.store import raw_files  # noqa: PLC0415  # not needed for --check

    hashes = ingested.files.values() if ingested.files else map(ingest.content_hash, ingested.members)
    for sha256, member in zip(hashes, ingested.members, strict=True):
        raw_files.keep(files, sha256, member)
    if not ingested.files:
        return raw_files.keep(files, ingested.source.sha256, ingested.local)
    with TemporaryDirectory(prefix="amprenta-") as folder:
        listed = Path(folder) / "files.txt"
        listed.write_bytes(ingest.listing(ingested.files).encode())
        return raw_files.keep(files, ingested.source.sha256, listed)


def store(app: "App", reading: Reading, wish: Wish, *, without_postgres: bool = False) -> Iterator[Outcome]:
    """Store what was read: an outcome for each dataset, or one with the error. A mode that may spools the file."""
    began = perf_counter() - reading.seconds
    stored: list[str | None] = []
    try:
        if not without_postgres:
            try:
                for outcome in write_all(app, reading, wish):
                    stored.append(outcome.name)
                    yield _settled(app, evolve(outcome, elapsed_ms=(perf_counter() - began) * 1000), wish)
                    began = perf_counter()
            except SinkUnavailable:
                if app.settings.mode != "dual" or wish.check:
                    raise
                without_postgres = True
        if without_postgres and reading.found:
            from amprenta_core.app import spooling  # noqa: PLC0415  # only while Postgres is not to be had

            yield from spooling.spool_file(app, reading, wish, stored)
        if reading.error is not None:
            raise reading.error
    except AmprentaError as error:
        elapsed = (perf_counter() - began) * 1000
        yield Outcome(path=reading.target.label, status="failed", elapsed_ms=elapsed, error=error)
    for one, why in reading.failed:
        yield Outcome(path=one.label, status="failed", error=why)
    for one in reading.apart:
        yield from store(app, read(app, one, wish), wish, without_postgres=without_postgres)


def write_all(app: "App", reading: Reading, wish: Wish, shown: Mapping[str, Shown] | None = None) -> Iterator[Outcome]:
    """Write the datasets that were read to Postgres, each in its transaction, or check them where only that was asked.

    ``shown`` is what each was shown as before, by its name. Raises what Postgres says.
    """
    for ingested in reading.found:
        if wish.check:
            yield _check(app, reading.target, ingested, wish)
        else:
            name = dataset_name(reading.target, ingested, wish)
            yield _write(app, reading, ingested, wish, (shown or {}).get(name))


def _settled(app: "App", outcome: Outcome, wish: Wish) -> Outcome:
    """The outcome with what the sinks came to. What is stored stays stored, whatever they say."""
    try:
        return app.settle(outcome, wish)
    except AmprentaError as error:
        return evolve(outcome, note=f"stored, and on its way to the sinks: {error}")


def _check(app: "App", target: Target, ingested: Ingested, wish: Wish) -> Outcome:
    ingested = meaning.with_damage(app.kinds.rules, ingested)
    resolved = linking.resolve(ingested.table.features, app.normalizer(ingested))
    said = meaning.ids_of(ingested.table.features, {r.key for r in resolved})
    decided = meaning.decided(resolved, said, {}, app.kinds.rules)
    candidates = {r.key: r.candidates for r in decided}
    report = make_report(ingested, [candidates[linking.name_key(ref)] for ref in ingested.table.features])
    return Outcome(path=target.label, status="checked", name=dataset_name(target, ingested, wish), report=report)


def _write(app: "App", reading: Reading, ingested: Ingested, wish: Wish, shown: Shown | None) -> Outcome:
    from amprenta_core.store.writing import VocabulariesChanged  # noqa: PLC0415  # not needed for --check

    ingested = meaning.with_damage(app.kinds.rules, ingested)
    while True:
        try:
            return _written(app, reading, ingested, wish, shown)
        except VocabulariesChanged:  # while names were looked up: what was found is forgotten
            continue


def _written(app: "App", reading: Reading, ingested: Ingested, wish: Wish, shown: Shown | None) -> Outcome:
    from amprenta_core.store import writing  # noqa: PLC0415  # not needed for --check

    features = ingested.table.features
    others = linking.related_refs(features)
    keys = [linking.name_key(ref) for ref in features]
    all_keys = [*keys, *map(linking.name_key, others)]
    missing = app.database.names.missing(all_keys)
    refs = dict(zip(all_keys, [*features, *others], strict=True)) if missing else {}
    resolved = _resolve_unknown(app, ingested, refs, missing) if missing else Resolution()
    request = _request(reading.target, ingested, wish, reading.raw_file)
    with app.connection() as connection:
        written = writing.write(app.database, connection, ingested, request, resolved.names, keys)
        if missing:  # another writer may have stored them
            writing.known_names(app.database, connection, all_keys, ingested.plugin)
        page = None
        if shown is not None:
            item = ItemKey(kind="dataset", id=written.dataset_id)
            page = app.outside.take_over(connection, item, made_id=shown.id, page=shown.page)
        page = app.outside.want(connection, written, create_page=wish.create_page) or page
    meaning.resolve_gained(app, written.gained, keys, resolved, ingested.plugin)
    stored = app.database.names.known
    return Outcome(
        path=reading.target.label,
        status=written.status,
        name=written.name,
        dataset_id=written.dataset_id,
        revision=written.revision,
        report=make_report(ingested, [stored[key].candidates for key in keys]),
        notion_page_id=page,
        unresolved=resolved.unresolved,
    )


def _resolve_unknown(
    app: "App", ingested: Ingested, refs: Mapping[linking.NameKey, FeatureRef], missing: Sequence[linking.NameKey]
) -> Resolution:
    """What the plugin and the vocabularies say of the names that are stored nowhere."""
    from amprenta_core.store import writing  # noqa: PLC0415

    with app.connection() as connection:
        unknown = writing.known_names(app.database, connection, list(dict.fromkeys(missing)), ingested.plugin)
    if not unknown:
        return Resolution()
    resolved = linking.resolve([refs[key] for key in unknown], app.normalizer(ingested))
    return meaning.resolve(app, resolved, meaning.ids_of(ingested.table.features, set(unknown)))


def _request(target: Target, ingested: Ingested, wish: Wish, raw_file: str | None) -> "Request":
    from amprenta_core.store.writing import Request  # noqa: PLC0415  # SQLAlchemy

    return Request(
        name=dataset_name(target, ingested, wish),
        named_by_user=wish.name is not None,
        description=wish.description,
        program=wish.program,
        experiment=wish.experiment,
        update=wish.update,
        options=reading_options(wish.options, ingested),
        raw_file=raw_file,
    )
