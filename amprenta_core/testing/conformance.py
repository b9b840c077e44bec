"""What every plugin promises, as tests that it inherits. The only module of the kit that needs pytest."""

import contextlib
import inspect
import io
import tempfile
import unicodedata
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from attrs import evolve

from amprenta_core.accounting import check_table
from amprenta_core.errors import AmprentaError, PluginError
from amprenta_core.model import CONFIDENCES, FeatureRef, Match
from amprenta_core.plugins import Plugin
from amprenta_core.reading import read_head
from amprenta_core.testing import foreign, texts
from amprenta_core.testing.cutting import Cutter
from amprenta_core.testing.examples import Case, Reading, differences, find_cases, loaded, read, to_expected
from amprenta_core.testing.levels import level_faults
from amprenta_core.testing.mutations import text_of, variants
from amprenta_core.testing.perturbing import lost_values
from amprenta_core.testing.remains import UNTERMINATED, is_measured
from amprenta_core.testing.watching import watching

SHOWN = 8
"""Faults that a failing test shows."""


class PluginConformance:
    """Inherit it in a class ``Test…`` and say which ``plugin``; each test is one promise.

    ``examples`` is the folder of the cases (default: ``examples`` beside the test file), ``foreign`` a folder of files
    that the plugin must decline (default: ``foreign`` beside the test file), ``seconds`` how long a hook may take. No
    test can be overridden; to leave one out, name it in ``waived`` with the reason, which pytest then shows.
    """

    plugin: object
    examples: Path | str | None = None
    foreign: Path | str | None = None
    seconds: float = 20.0
    waived: Mapping[str, str] = MappingProxyType({})

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        fixed = {name: own for name, own in vars(PluginConformance).items() if inspect.isfunction(own)}
        changed = [name for name, own in fixed.items() if inspect.getattr_static(cls, name, None) is not own]
        if changed:
            raise TypeError(
                f"{cls.__name__} redefines {', '.join(changed)} of the conformance kit: a promise cannot be rewritten."
                " Give your test another name, or leave the promise out with waived = {'test_…': 'reason'}"
            )
        wrong = [n for n, why in cls.waived.items() if n not in fixed or not n.startswith("test_") or not why.strip()]
        if wrong:
            raise TypeError(f"{cls.__name__}.waived names {', '.join(wrong)}: no test of the kit, or without a reason")

    # -- the promises ------------------------------------------------------------------------------------------------

    def test_describes_itself(self) -> None:
        """The description is valid, and every declared format has an example, every example a declared format."""
        plugin, info = self._plugin(), self._plugin().info
        assert info.formats, "no format is declared"
        assert info.feature_types, "no feature type is declared"
        names = [declared.name for declared in info.formats]
        assert len(set(names)) == len(names), f"a format is declared twice: {names}"
        for declared in info.formats:
            assert declared.name.strip(), f"{declared} has no name"
            assert declared.versions.strip(), f"{declared.name} does not say which versions were tried"
            assert declared.title.strip(), f"{declared.name} has no title"
        for feature_type in info.feature_types:
            FeatureRef(name=None, type=feature_type)
        shown = {match.format for case in self._cases() if (match := plugin.sniff(read_head(case.input)))}
        kinds = {
            ref.type for case in self._cases() for t in self._read(case.input).tables.values() for ref in t.features
        }
        undeclared = sorted(kinds - set(info.feature_types))
        assert not undeclared, f"features of types that are not declared: {undeclared}"
        assert not set(names) - shown, f"declared, and no example shows it: {sorted(set(names) - shown)}"
        assert not shown - set(names), f"examples are claimed as what is not declared: {sorted(shown - set(names))}"

    def test_touches_nothing_else(self, case: Case, tmp_path: Path) -> None:
        """Hooks read the file and its declared members, and nothing else: no file, folder, socket or process."""
        plugin, path = self._plugin(), case.stage(tmp_path / "case")
        before = {p: p.read_bytes() for p in path.parent.rglob("*") if p.is_file()}
        head, folders = read_head(path), self._own_folders()
        with watching(folders=folders) as seen_sniffing:
            match = plugin.sniff(head)
        assert match is not None, "declined"
        members = [path, *(path.parent / member for member in match.members)]
        with watching(allowed=members, folders=folders) as seen_reading:
            parsed = [plugin.parse(path, evolve(match, parts=(p,) if p else ())) for p in match.parts or ("",)]
        with watching(folders=folders) as seen_after:
            features = [ref for table in map(plugin.extract, parsed) for ref in table.features]
            plugin.normalize(features)
            plugin.embedding_text(texts.a_dataset("plasma"), texts.some_features(1, _types(plugin)[0]))
        assert not seen_sniffing, f"sniff_file may see the head alone: {seen_sniffing[:SHOWN]}"
        assert not seen_reading, f"parse_file may open the file and its members: {seen_reading[:SHOWN]}"
        assert not seen_after, f"the other hooks may touch nothing: {seen_after[:SHOWN]}"
        after = {p: p.read_bytes() for p in path.parent.rglob("*") if p.is_file()}
        assert before == after, "files beside the example were changed"

    def test_claims_its_examples(self, case: Case) -> None:
        """Each example is claimed, with one of the three confidences and a reason."""
        head = read_head(case.input)
        match = self._plugin().sniff(head)
        assert match is not None, f"{case.input} is declined"
        assert match.confidence in CONFIDENCES, f"confidence is {match.confidence!r}, not one of {CONFIDENCES}"
        assert match.reason.strip(), "the claim gives no reason"
        strange = [m for m in match.members if m.split("/")[0] not in head.siblings]
        assert not strange, f"members that are not there: {strange}"

    def test_declines_other_files(self, stranger: str, tmp_path: Path) -> None:
        """What is no result is not claimed at all; a table of other things never as more than possible."""
        name, content = self._strangers()[stranger]
        path = tmp_path / name
        path.write_bytes(content)
        match = self._plugin().sniff(read_head(path))
        if match is not None and match.confidence == "possible" and stranger in foreign.TABLES:
            return
        assert match is None, f"{stranger} is claimed as {match.format} ({match.confidence}: {match.reason})"

    def test_answers_any_head(self) -> None:
        """``sniff_file`` is total and quick: it answers the head of any file, without an exception and in time."""
        faults = []
        with tempfile.TemporaryDirectory() as folder:
            for label, (name, content) in {**foreign.HARD, **self._strangers()}.items():
                path = Path(folder, name)
                path.write_bytes(content)
                try:
                    self._plugin().sniff(read_head(path))
                except AmprentaError as error:
                    faults.append(f"{label}: {error}")
        _none(faults)

    def test_prints_nothing(self, case: Case) -> None:
        """Stdout belongs to the core: what a hook prints there would stand among the JSON of a command."""
        hooks = self._plugin().hooks
        with contextlib.redirect_stdout(io.StringIO()) as said:
            match = hooks["sniff_file"](head=read_head(case.input))
            for part in match.parts or ("",):
                parsed = hooks["parse_file"](path=case.input, match=evolve(match, parts=(part,) if part else ()))
                table = hooks["extract_features"](parsed=parsed)
                hooks["normalize_features"](refs=table.features)
            few = texts.some_features(3, _types(self._plugin())[0])
            hooks["build_embedding_text"](dataset=texts.a_dataset("plasma"), features=few)
        assert not said.getvalue(), f"printed: {said.getvalue()[:200]!r}"

    def test_sniffs_the_head_alone(self, case: Case, tmp_path: Path) -> None:
        """The claim needs nothing but the head: not the file, nor its folder, nor what the head does not show."""
        plugin, path = self._plugin(), case.stage(tmp_path / "case")
        head = read_head(path)
        with contextlib.chdir(path.parent):
            beside = plugin.sniff(head)
        path.unlink()
        with contextlib.chdir(_made(tmp_path / "elsewhere")):
            gone = plugin.sniff(head)
            cut = plugin.sniff(evolve(head, size=len(head.text) or head.size))
        assert _claimed(beside) == _claimed(gone), f"with the file {_claimed(beside)}, without it {_claimed(gone)}"
        assert _claimed(gone) == _claimed(cut), f"whole {_claimed(gone)}, cut to the head {_claimed(cut)}"

    def test_reads_its_examples_exactly(self, case: Case) -> None:
        """Each example gives exactly what its ``expected.json`` says, to the last digit."""
        found = to_expected(self._read(case.input))
        assert case.expected.exists(), f"{case.expected} is not there: write it, then read it"
        _none(differences(case.wanted(), found))

    def test_survives_a_cut(self, case: Case, tmp_path: Path) -> None:
        """A file cut anywhere gives an error, or its complete rows unchanged and the torn one set aside.

        A row that was cut within its very last field may be kept, if ``unterminated_last_line`` names its line.
        """
        path = case.stage(tmp_path / "case")
        content, whole = path.read_bytes(), self._read(path)
        _none(list(Cutter(plugin=self._plugin(), path=path, content=content, whole=whole).faults()))

    def test_reads_it_in_any_dress(self, case: Case, tmp_path: Path) -> None:
        """Packed, with another encoding, other line ends, blank lines behind or quotes, a text file says the same."""
        path = case.stage(tmp_path / "case")
        plain = to_expected(self._read(path))
        if text_of(path.read_bytes()) is None:
            pytest.skip("the example is no text file")
        faults = []
        for variant in variants(path.name, path.read_bytes()):
            path.unlink()
            path = path.with_name(variant.name)
            path.write_bytes(variant.content)
            but = UNTERMINATED if variant.ends_line else ""
            try:
                found = to_expected(self._read(path))
            except (AmprentaError, AssertionError) as error:
                faults.append(f"with {variant.label}: {error}")
            else:
                changes = differences(_without(plain, but), _without(found, but))
                faults += [f"with {variant.label}: {change}" for change in changes]
        _none(faults)

    def test_answers_twice_alike(self, case: Case, tmp_path: Path) -> None:
        """The same file and the same names give the same answers again, in another folder too."""
        plugin = self._plugin()
        first = self._answers(plugin, case.input)
        with contextlib.chdir(_made(tmp_path / "elsewhere")):
            second = self._answers(plugin, case.input.absolute())
        for what, answer in first.items():
            assert answer == second[what], f"{what} answered {answer!r:.300}, then {second[what]!r:.300}"

    def test_accounts_for_every_row(self, case: Case) -> None:
        """Each row is measured or set aside with its problem; samples have names, problems say where and what."""
        for table in self._read(case.input).tables.values():
            check_table(table)
            assert is_measured(table), "the table holds not one value"
            aside = [problem.row for problem in table.problems if problem.row is not None]
            assert len(set(aside)) == len(aside), f"a row is set aside twice: {aside}"
            assert all(sample.name.strip() for sample in table.samples), "a sample has no name"
            assert all(contrast.name.strip() for contrast in table.contrasts), "a contrast has no name"
            for problem in table.problems:
                said = (problem.where, problem.code, problem.what)
                assert all(text.strip() for text in said), f"a problem does not say where and what: {problem}"

    def test_keeps_every_value(self, case: Case, tmp_path: Path) -> None:
        """One number changed in a text file changes exactly that value of the quantity of choice, to the last digit."""
        path = case.stage(tmp_path / "case")
        text, whole = text_of(path.read_bytes()), self._read(path)
        if text is None:
            pytest.skip("the example is no text file")
        plain = path.with_name(path.name.removesuffix(".gz"))
        _none(list(lost_values(self._plugin(), plain, text, next(iter(whole.tables.values())))))

    def test_reads_every_level(self, case: Case) -> None:
        """At each level of its format an example adds up and accounts for the same rows, and at each lower one has
        features of one type: that of the level's name, where it is a feature type. At an unknown level it is refused.
        """
        _none(list(level_faults(self._plugin(), case.input, self._read(case.input).match)))

    def test_normalizes_any_name(self) -> None:
        """``normalize_features`` is total: one answer for each reference, in order, whatever the text."""
        plugin = self._plugin()
        for kind in _types(plugin):
            known = _refs(self._names(plugin), kind)
            assert plugin.normalize([FeatureRef(name=None, type=kind)]) == [()], "no name has an identity"
            alone = [plugin.normalize([ref])[0] for ref in known]
            assert plugin.normalize(known) == alone, "answers depend on the other names that are asked"
            assert plugin.normalize(known[::-1]) == alone[::-1], "answers are not in the order of the names"
            more = [evolve(ref, mz=301.5, rt=9.5, ids={"x": "y"}, attributes={"a": "b"}) for ref in known]
            assert plugin.normalize(more) == alone, "answers depend on more than type, organism and name"
            texts.try_texts(partial(_ask, plugin, kind))

    def test_knows_its_own_names(self) -> None:
        """Normalizing is idempotent: the accession of an identity denotes that identity first."""
        plugin = self._plugin()
        names = self._names(plugin)  # before any name can be too much for it
        for kind in _types(plugin):
            for name in names:
                _ask_again(plugin, kind, name)
            texts.try_texts(partial(_ask_again, plugin, kind))

    def test_writes_a_bounded_text(self) -> None:
        """The text for search is deterministic, names the dataset, and stays short with any number of features."""
        plugin, short = self._plugin(), texts.a_dataset("Cohort 7/plasma (batch 2)")
        told = evolve(short, description="Plasma of mice, taken twice. " * 1_000)
        for count, dataset in ((0, short), (1, short), (1, told), (20_000, short)):
            features = texts.some_features(count, _types(plugin)[0])
            text = plugin.embedding_text(dataset, features)
            assert text == plugin.embedding_text(dataset, features), "the same dataset gives another text"
            assert len(text) <= texts.LONGEST, f"{len(text)} characters for {count} features, {texts.LONGEST} allowed"
            assert dataset.name in text, "the dataset's name is not in the text"
            control = {c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\t"}
            assert not control, f"the text has control characters: {control}"

    # -- what they need ----------------------------------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each example, and for each stranger, named after it."""
        if "case" in metafunc.fixturenames:
            cases = self._cases()
            metafunc.parametrize("case", cases, ids=[case.name for case in cases])
        if "stranger" in metafunc.fixturenames:
            metafunc.parametrize("stranger", list(self._strangers()))

    @pytest.fixture(autouse=True)
    def _leave_out_waived(self, request: pytest.FixtureRequest) -> None:
        reason = self.waived.get(request.function.__name__)
        if reason:
            pytest.skip(f"waived: {reason}")

    def _plugin(self) -> Plugin:
        source = getattr(type(self), "plugin", None)
        assert source is not None, f"{type(self).__name__} does not say which plugin: plugin = …"
        return loaded(source, seconds=self.seconds)

    def _beside(self, folder: str) -> Path:
        return Path(inspect.getfile(type(self))).parent / folder

    def _cases(self) -> tuple[Case, ...]:
        return find_cases(Path(self.examples) if self.examples else self._beside("examples"))

    def _strangers(self) -> Mapping[str, tuple[str, bytes]]:
        folder = Path(self.foreign) if self.foreign else self._beside("foreign")
        own = sorted(p for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
        return {**foreign.DOCUMENTS, **foreign.TABLES, **{p.name: (p.name, p.read_bytes()) for p in own}}

    def _own_folders(self) -> list[Path]:
        """Where the plugin and the core keep what belongs to them."""
        file = getattr(type(self).plugin, "__file__", None)
        return [Path(found).resolve().parent for found in (file, check_table.__code__.co_filename) if found]

    def _read(self, path: Path) -> Reading:
        reading = read(self._plugin(), path)
        assert reading is not None, f"{path.name} is declined"
        return reading

    def _answers(self, plugin: Plugin, path: Path) -> dict[str, Any]:
        match = plugin.sniff(read_head(path))
        tables = self._read(path).tables
        parsed = plugin.parse(path, evolve(match, parts=match.parts[:1])) if match else None
        once, again = (plugin.extract(parsed), plugin.extract(parsed)) if parsed else (None, None)
        assert once == again, "extract_features says something else of the same parsed file when asked again"
        names = [plugin.normalize(table.features) for table in tables.values()]
        return {"sniff_file": match, "extract_features": tables, "normalize_features": names}

    def _names(self, plugin: Plugin) -> list[str]:
        """Names of features in the examples, each once."""
        readings = [read(plugin, case.input) for case in self._cases()]
        tables = [table for reading in readings if reading for table in reading.tables.values()]
        return list(dict.fromkeys(ref.name for table in tables for ref in table.features if ref.name))


def _types(plugin: Plugin) -> tuple[str, ...]:
    return plugin.info.feature_types or ("unknown",)


def _refs(names: list[str], kind: str) -> list[FeatureRef]:
    return [FeatureRef(name=name, type=kind) for name in names]


def _ask(plugin: Plugin, kind: str, text: str) -> None:
    """Ask one name; ``Plugin`` itself checks that one answer comes, and of which type."""
    for identity in plugin.normalize(_refs([text], kind))[0]:
        for part in (identity.namespace, identity.accession):
            assert part.strip(), f"{text!r} is an identity without namespace or accession: {identity}"
            control = any(unicodedata.category(c) == "Cc" for c in part)
            assert not control, f"{text!r} gives an identity with control characters: {identity}"


def _ask_again(plugin: Plugin, kind: str, text: str) -> None:
    """What a name denotes is denoted by its accession, too; that every name is answered is another promise."""
    try:
        identities = plugin.normalize(_refs([text], kind))[0]
    except PluginError:
        return
    for identity in identities:
        again = plugin.normalize(_refs([identity.accession], kind))[0]
        assert again, f"{identity.accession!r} is its own accession, and is not known"
        assert again[0] == identity, f"{identity.accession!r} is {identity}, and by itself {again[0]}"


def _claimed(match: Match | None) -> str:
    return "declined" if match is None else f"{match.format}, {match.confidence}"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _without(plain: dict[str, Any], code: str) -> dict[str, Any]:
    """An expectation without its problems of one code."""
    single = {"": plain["table"]} if "table" in plain else plain["tables"]
    kept = {
        part: {**table, "problems": [problem for problem in table["problems"] if problem["code"] != code]}
        for part, table in single.items()
    }
    return {"match": plain["match"], "tables": kept}


def _none(faults: list[str]) -> None:
    more = f"\n… and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    assert not faults, "\n".join(faults[:SHOWN]) + more
