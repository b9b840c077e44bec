"""Single hooks, one by one."""

from pathlib import Path

from amprenta_core import FeatureRef
from amprenta_core.testing import a_dataset, head_of, loaded, some_features

import ${module}

plugin = loaded(${module})
EXAMPLE = Path(__file__).parent / "examples" / "basic" / "input.csv"


def test_a_report_is_claimed_and_another_table_is_not() -> None:
    match = plugin.sniff(head_of(EXAMPLE.read_text()))
    assert match is not None
    assert (match.format, match.confidence) == ("${name}-report", "certain")
    assert plugin.sniff(head_of("Analyte,price\nAlpha one,3\n")) is None


def test_spelling_does_not_matter() -> None:
    one, other, nothing = plugin.normalize(
        [
            FeatureRef(name="Alpha one", type="${feature}"),
            FeatureRef(name=" alpha  ONE ", type="${feature}"),
            FeatureRef(name=None, type="${feature}"),
        ]
    )
    assert one == other
    assert one[0].accession == "alpha one"
    assert nothing == ()


def test_the_text_names_the_dataset() -> None:
    text = plugin.embedding_text(a_dataset("plasma"), some_features(3, "${feature}"))
    assert "plasma" in text
