"""A real Postgres for the tests: one embedded server for each test process, a fresh database for each workspace.

Helpers are methods of what the fixtures give, because test modules cannot import each other.
"""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from attrs import evolve, field, frozen
from sqlalchemy import NullPool, create_engine, make_url, text

from amprenta_core import (
    Dataset,
    Feature,
    FeatureRef,
    FeatureTable,
    FileHead,
    FormatInfo,
    Identity,
    Match,
    Measure,
    ParsedFile,
    PluginInfo,
    Quantity,
    Sample,
    TableFormat,
    extract,
    hookimpl,
    read_file,
    sniff,
)
from amprenta_core import plugins as plugins_module
from amprenta_core.app import App, Outcome, Wish
from amprenta_core.model import Ingested, SourceFile
from amprenta_core.settings import Settings
from amprenta_core.store import migrations, tables
from amprenta_core.store.embedded import data_home, ensure_running, stop

_CONTENT = {
    "programs": "SELECT id, name, description, external_ids FROM programs",
    "experiments": "SELECT id, name, description, program_id, external_ids FROM experiments",
    "datasets": "SELECT id, name, omics_type, description, experiment_id, program_id, source_path, external_ids, "
    "current FROM datasets",
    "revisions": "SELECT dataset_id, number, format, quantity, options, content_sha256, right(raw_file, 71), "
    "n_features, n_samples, n_cells, rows_read, rows_measured, fingerprint, reader FROM revisions",
    "features": "SELECT id, feature_type, namespace, accession, level, external_ids FROM features",
    "names": "SELECT feature_type, organism, namespace, text, candidates, resolver FROM names",
    "links": "SELECT n.feature_type, n.organism, n.namespace, n.text, f.accession, relation, rank, l.level, evidence "
    "FROM links l JOIN names n ON n.no = l.name_no JOIN features f ON f.no = l.feature_no",
    "measured": "SELECT r.dataset_id, r.number, position, n.text, values, details FROM measured m "
    "JOIN revisions r ON r.no = m.revision_no JOIN names n ON n.no = m.name_no",
    "samples": "SELECT r.dataset_id, r.number, position, name, attributes, flags FROM samples s "
    "JOIN revisions r ON r.no = s.revision_no",
    "contrasts": "SELECT r.dataset_id, r.number, position, name, numerator, denominator FROM contrasts c "
    "JOIN revisions r ON r.no = c.revision_no",
    "quantities": "SELECT r.dataset_id, r.number, position, name, axis, unit, scale, zero, first, width, missing "
    "FROM quantities q JOIN revisions r ON r.no = q.revision_no",
    "matrices": "SELECT r.dataset_id, r.number, position, name, unit, scale, single, n_values, absent FROM matrices m "
    "JOIN revisions r ON r.no = m.revision_no",
    "cell_annotations": "SELECT r.dataset_id, r.number, position, name, kind, categories FROM cell_annotations a "
    "JOIN revisions r ON r.no = a.revision_no",
    "cells": "SELECT r.dataset_id, r.number, first, barcodes, samples, annotations FROM cells c "
    "JOIN revisions r ON r.no = c.revision_no",
    "sparse_rows": "SELECT r.dataset_id, r.number, matrix, position, part, indices, singles, doubles "
    "FROM sparse_rows s JOIN revisions r ON r.no = s.revision_no",
    "problems": 'SELECT r.dataset_id, r.number, position, p."where", code, what, "row" FROM problems p '
    "JOIN revisions r ON r.no = p.revision_no",
}
"""What a database says, without timestamps and the integers inside: equal for equal histories of files."""


@frozen(kw_only=True)
class Server:
    """A running embedded Postgres of the tests; ``template`` is a migrated database that nobody is connected to."""

    home: Path
    url: str
    template: str = "migrated"

    def address(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    def run(self, sql: str) -> None:
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(sql))


@frozen(kw_only=True)
class Workspace:
    """A database of its own with a folder for raw files, and what tests ask of it."""

    settings: Settings
    database: str

    @property
    def url(self) -> str:
        assert self.settings.postgres_url is not None
        return self.settings.postgres_url

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a command finds this workspace."""
        return {
            "POSTGRES_URL": self.url,
            "AMPRENTA_HOME": str(self.settings.home),
            "AMPRENTA_FILES": str(self.settings.files),
        }

    def query(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Run a statement in a transaction of its own."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            result = connection.execute(text(sql), parameters)
            return [tuple(row) for row in result] if result.returns_rows else []

    def one(self, sql: str, **parameters: object) -> Any:
        return self.query(sql, **parameters)[0][0]

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table with the transaction that wrote it: equal only if nothing was written."""
        names = sorted(tables.metadata.tables)
        return {name: self.query(f"SELECT xmin::text, t.* FROM {name} t ORDER BY ctid") for name in names}

    def content(self) -> dict[str, list[str]]:
        """What the database says, comparable between databases."""
        return {name: sorted(repr(row) for row in self.query(sql)) for name, sql in _CONTENT.items()}

    def settle(self, workspace: UUID) -> None:
        """Give the workspace a known namespace, so that its ids can be compared."""
        self.query("INSERT INTO workspace (id) VALUES (:id)", id=workspace)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """An embedded Postgres in a folder that its user can reach; stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="amp-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        try:
            made = Server(home=home, url=ensure_running(home))
            for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
                made.run(statement)  # no test pulls the plug, and databases come and go faster
            made.run(f"CREATE DATABASE {made.template}")
            engine = create_engine(made.address(made.template), poolclass=NullPool)
            migrations.upgrade(engine)
            yield made
        finally:
            stop(home)
            shutil.rmtree(data_home(home), ignore_errors=True)


NewWorkspace = Callable[..., Workspace]


@pytest.fixture
def new_workspace(server: Server, tmp_path: Path) -> Iterator[NewWorkspace]:
    """Makes workspaces: migrated, or of another template ("template0" has no tables at all)."""
    made: list[str] = []

    def new(template: str = server.template) -> Workspace:
        name = f"t_{uuid4().hex}"
        server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        made.append(name)
        settings = Settings(home=server.home, postgres_url=server.address(name), files=str(tmp_path / "files" / name))
        return Workspace(settings=settings, database=name)

    yield new
    for name in made:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def workspace(new_workspace: NewWorkspace) -> Workspace:
    return new_workspace()


@pytest.fixture
def app(workspace: Workspace) -> Iterator[App]:
    """The app on the test's own workspace, with the installed plugins."""
    made = App(settings=workspace.settings)
    yield made
    made.database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for the test's files."""
    made = tmp_path / "run"
    made.mkdir()
    return made


@frozen(kw_only=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@frozen(kw_only=True)
class Shell:
    """Runs commands in this process, on the test's own workspace."""

    workspace: Workspace
    capsys: pytest.CaptureFixture[str] = field(repr=False)

    def ingest(self, *arguments: object) -> Ran:
        from amprenta_core.cli.ingest import main

        return self._run(main, arguments)

    def amprenta(self, *arguments: object) -> Ran:
        from amprenta_core.cli.main import main

        return self._run(main, arguments)

    def _run(self, main: Callable[[Sequence[str]], int], arguments: Sequence[object]) -> Ran:
        self.capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stopped:  # argparse
            code = int(stopped.code or 0)
        out, err = self.capsys.readouterr()
        return Ran(code=code, out=out, err=err)


@pytest.fixture
def shell(
    workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    for name, value in workspace.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return Shell(workspace=workspace, capsys=capsys)


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts Python code in another process, with a workspace's environment; none outlives the test."""
    with contextlib.ExitStack() as ended:

        def run(code: str, *arguments: object, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
            command = [sys.executable, "-c", code, *map(str, arguments)]
            pipe = subprocess.PIPE
            process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env={"PATH": "/usr/bin:/bin", **environment}
            )
            ended.enter_context(process)
            ended.callback(process.kill)
            return process

        yield run


TOY_FORMAT = TableFormat(
    name="toy",
    title="toy table",
    layout="rows",
    feature_type="lipid",
    omics_type="lipidomics",
    header=("toy name",),
    feature=("toy name",),
    ids={"chebi": "chebi", "hmdb": "hmdb"},
    mz=("mz",),
    measures=(
        Measure(name="Area", columns=r"Area (?P<sample>.+)\Z"),
        Measure(name="Height", columns=r"Height (?P<sample>.+)\Z"),
    ),
)


def toy_identities(name: str | None) -> tuple[Identity, ...]:
    """What a toy name says: "A|B" is ambiguous, "A<B" implies the broader B, "?…" is unknown; case is spelling."""
    if name is None or name.startswith("?"):
        return ()
    found = []
    for candidate in name.upper().split("|"):
        accession, *broader = candidate.split("<")
        coarser = tuple(Identity(namespace="toy", accession=b, level="class") for b in broader)
        found.append(Identity(namespace="toy", accession=accession, level="species", broader=coarser))
    return tuple(found)


class Toy:
    """A plugin whose names mean what they say."""

    @hookimpl
    def describe_plugin(self) -> PluginInfo:
        info = FormatInfo(name="toy", versions="1", title="toy table")
        return PluginInfo(name="toy", omics_type="lipidomics", feature_types=("lipid",), formats=(info,), version="1")

    @hookimpl
    def sniff_file(self, head: FileHead) -> Match | None:
        return sniff(head, [TOY_FORMAT])

    @hookimpl
    def parse_file(self, path: Path, match: Match) -> ParsedFile:
        return read_file(path, match)

    @hookimpl
    def extract_features(self, parsed: ParsedFile) -> FeatureTable:
        return extract(parsed, [TOY_FORMAT])

    @hookimpl
    def normalize_features(self, refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        return [toy_identities(ref.name) for ref in refs]

    @hookimpl
    def build_embedding_text(self, dataset: Dataset, features: Sequence[Feature]) -> str:  # noqa: ARG002  # the hook has them
        return dataset.name


@frozen(kw_only=True)
class ToyBox:
    """The toy plugin, apps that have it alone, and its files and values."""

    plugin: plugins_module.Plugin
    folder: Path

    def app(self, workspace: Workspace) -> App:
        made = App(settings=workspace.settings)
        made.plugins = plugins_module.Plugins(loaded={"toy": self.plugin})
        return made

    def file(self, name: str, rows: Sequence[str], header: str = "toy name\tArea s1\tArea s2") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    def table(self, names: Sequence[str], **changes: Any) -> FeatureTable:
        """A table of one quantity over two samples; ``changes`` replace its fields."""
        values = np.arange(2.0 * len(names)).reshape(len(names), 2)
        features = tuple(FeatureRef(name=name, type="lipid") for name in names)
        plain = FeatureTable(
            omics_type="lipidomics",
            features=features,
            samples=(Sample(name="s1"), Sample(name="s2")),
            quantities=(Quantity(name="Area", values=values),),
            rows_read=len(names),
            rows_measured=len(names),
        )
        return evolve(plain, **changes)

    def ingested(self, table: FeatureTable, path: str = "/data/run/one.tsv") -> Ingested:
        """A table as if it had been read from a file whose content is its own."""
        source = SourceFile(path=path, size=1, sha256=uuid4().hex * 2)
        match = Match(format="toy", confidence="certain", reason="it says so", omics_type="lipidomics")
        return Ingested(source=source, part="", plugin=self.plugin.info, match=match, table=table, local=Path(path))


@pytest.fixture
def toys(folder: Path) -> ToyBox:
    return ToyBox(plugin=plugins_module.register(Toy(), name="toy"), folder=folder)


Ingest = Callable[..., list[Outcome]]


@pytest.fixture
def ingest_all() -> Ingest:
    """All outcomes of an app for some paths; the wish's fields as keywords."""

    def run(app: App, *paths: Path, **wish: Any) -> list[Outcome]:
        return list(app.ingest([str(path) for path in paths], Wish(**wish)))

    return run


@pytest.fixture
def short_home() -> Iterator[Path]:
    """A home whose embedded database the test starts; it is stopped and removed."""
    with tempfile.TemporaryDirectory(prefix="amp-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        home = Path(made) / "home"
        try:
            yield home
        finally:
            stop(home)
            shutil.rmtree(data_home(home), ignore_errors=True)
