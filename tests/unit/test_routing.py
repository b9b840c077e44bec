"""One file, several omics: whose names its features bear decides, and a plugin that is missing is named."""

from pathlib import Path

import pytest
from attrs import evolve

from amprenta_core.errors import UnrecognisedFile
from amprenta_core.formats import Measure, Section, TableFormat, sniff
from amprenta_core.model import FeatureRef, Match, PluginInfo
from amprenta_core.plugins import Plugin, Plugins
from amprenta_core.reading import read_head


def is_compound(name: str) -> bool:
    return name.startswith(("C-", "L-"))


def is_lipid(name: str) -> bool:
    return name.startswith("L-")


SHARED = TableFormat(
    name="shared",
    title="table of a program for several omics",
    layout="rows",
    feature_type="metabolite",
    omics_type="metabolomics",
    header=("Name", "m/z"),
    without=("Protein",),
    feature=("Name",),
    mz=("m/z",),
    measures=(Measure(name="area"),),
    nameless=True,
    others={"lipidomics": is_lipid},
)
FREE = evolve(SHARED, name="free", header=(), names=is_compound, least_names=3, confidence="likely", feature=(), mz=())


def sniffed(tmp_path: Path, text: str, *formats: TableFormat) -> Match | None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    return sniff(read_head(path), formats)


class TestWhoseNames:
    @pytest.mark.parametrize(
        ("names", "confidence", "omics_type"),
        [
            (("C-1", "C-2", "L-1"), "certain", "metabolomics"),
            (("C-1", "L-1"), "possible", "lipidomics"),
            (("L-1", "L-2", ""), "possible", "lipidomics"),
            (("", ""), "certain", "metabolomics"),
            (("Unknown", "L-1"), "possible", "lipidomics"),
        ],
    )
    def test_most_named_features_decide(
        self, tmp_path: Path, names: tuple[str, ...], confidence: str, omics_type: str
    ) -> None:
        match = sniffed(tmp_path, "Name,m/z,s1\n" + "".join(f"{name},90.5,7\n" for name in names), SHARED)
        assert match is not None
        assert (match.confidence, match.omics_type) == (confidence, omics_type)

    def test_the_reason_counts_them(self, tmp_path: Path) -> None:
        match = sniffed(tmp_path, "Name,m/z,s1\nL-1,90.5,7\nL-2,91.5,8\nC-1,92.5,9\n", SHARED)
        assert match is not None
        assert match.reason == "columns Name, m/z; 2 of 3 names looked at are of lipidomics"

    def test_no_column_may_stand_there_that_belongs_to_others(self, tmp_path: Path) -> None:
        assert sniffed(tmp_path, "Name,m/z,Protein,s1\nC-1,90.5,P1,7\n", SHARED) is None
        section = evolve(SHARED, section=Section(header="H", rows="R"))
        assert sniffed(tmp_path, "H,Name,m/z,Protein\nR,C-1,90.5,7\n", section) is None
        assert sniffed(tmp_path, "H,Name,m/z,s1\nR,C-1,90.5,7\n", section) is not None

    def test_without_names_and_without_numbers_it_is_no_table(self, tmp_path: Path) -> None:
        assert sniffed(tmp_path, "Name,m/z,s1\n,x,y\n", SHARED) is None


class TestFreeTables:
    def test_need_more_than_one_or_two_names(self, tmp_path: Path) -> None:
        assert sniffed(tmp_path, "Name,s1\nC-1,1\nC-2,2\n", FREE) is None
        match = sniffed(tmp_path, "Name,s1\nC-1,1\nC-2,2\nC-3,3\n", FREE)
        assert match is not None
        assert match.confidence == "likely"

    def test_numbers_that_only_describe_are_no_values(self, tmp_path: Path) -> None:
        assert sniffed(tmp_path, "Name,CAS,m/z\nC-1,1,90.5\nC-2,2,91.5\nC-3,3,92.5\n", FREE) is None

    def test_names_across_count_from_the_first_known_one(self, tmp_path: Path) -> None:
        across = evolve(FREE, layout="columns")
        match = sniffed(tmp_path, "Patient,Age,C-1,C-2,C-3,other\np1,4,1,2,3,4\n", across)
        assert match is not None
        assert "3 of 4 names" in match.reason
        assert sniffed(tmp_path, "Patient,C-1,C-2,C-3,a,b,c,d\np1,4,1,2,3,4,5,6\n", across) is None


def plugin(*formats: TableFormat) -> Plugin:
    hooks = {
        "sniff_file": lambda head: sniff(head, formats),
        "normalize_features": lambda refs: [() for _ in refs],
    }
    info = PluginInfo(name="metabolomics", omics_type="metabolomics", feature_types=("metabolite",), formats=())
    return Plugin(info=info, distribution="", hooks=hooks)


def test_the_plugin_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Name,m/z,s1\nL-1,90.5,7\n")
    head = read_head(path)
    installed = Plugins(loaded={"metabolomics": plugin(SHARED)})
    with pytest.raises(UnrecognisedFile) as caught:
        installed.choose(path, head)
    assert "seems to be lipidomics, shared (columns Name, m/z; 1 of 1 names" in caught.value.what
    assert caught.value.hint == "Install amprenta-lipidomics, or say --type metabolomics if it is that after all"
    chosen, match = installed.choose(path, head, "metabolomics")
    assert (chosen.info.name, match.format) == ("metabolomics", "shared")
    assert chosen.normalize([FeatureRef(name="x", type="metabolite")]) == [()]
