"""The embedder keeps the limits of a request, loses nothing that was paid for, and says whose fault a failure is."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from attrs import define, evolve, field
from fakes.openai import OpenAIFake, vector

from amprenta_core.errors import AmprentaError, SettingsError, SinkRejected, SinkUnavailable
from amprenta_core.model import FloatArray
from amprenta_core.search import openai_embedder
from amprenta_core.search.openai_embedder import OpenAIEmbedder
from amprenta_core.settings import EmbedderSettings

KEY = "sk-geheim-0123456789"


@define
class Turns:
    """A throttle that lets everybody pass, and notes who was told to wait."""

    waited: list[str] = field(factory=list)
    held: list[tuple[str, float]] = field(factory=list)

    def wait(self, credential: str) -> None:
        self.waited.append(credential)

    def hold(self, credential: str, seconds: float) -> None:
        self.held.append((credential, seconds))


@pytest.fixture
def fake() -> Iterator[OpenAIFake]:
    with OpenAIFake(keys=[KEY]) as made:
        yield made
        assert made.own_faults == []


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def settings(fake: OpenAIFake) -> EmbedderSettings:
    return EmbedderSettings(key=KEY, base_url=f"{fake.url}/v1", dimensions=16, timeout=5)


@pytest.fixture
def embedder(settings: EmbedderSettings, turns: Turns) -> OpenAIEmbedder:
    return openai_embedder.make(settings, turns)


def answers(embedder: OpenAIEmbedder, texts: Sequence[str]) -> list[FloatArray | AmprentaError]:
    """What came of each text, in the order of the texts; each has one answer."""
    found = list(embedder.embed(texts))
    assert sorted(place for place, _ in found) == list(range(len(texts)))
    return [said for _, said in sorted(found, key=lambda pair: pair[0])]


def kinds(said: Sequence[object]) -> list[str]:
    return [type(one).__name__ for one in said]


def counts(fake: OpenAIFake) -> list[int]:
    """How many texts each request had."""
    return [len(seen.body["input"]) for seen in fake.requests]


class TestLimits:
    def test_each_text_gets_its_own_vector(self, embedder: OpenAIEmbedder) -> None:
        texts = [f"text {n}" for n in range(300)]
        for text, said in zip(texts, answers(embedder, texts), strict=True):
            assert isinstance(said, np.ndarray)
            assert np.array_equal(said.astype(np.float32), vector(text, 16))

    def test_requests_are_cut_by_count(self, fake: OpenAIFake, embedder: OpenAIEmbedder) -> None:
        answers(embedder, [f"text {n}" for n in range(600)])
        assert counts(fake) == [256, 256, 88]

    def test_requests_are_cut_by_tokens(self, fake: OpenAIFake, embedder: OpenAIEmbedder) -> None:
        texts = [f"{n} " + "PC(16:0/18:1) " * 500 for n in range(200)]
        assert kinds(answers(embedder, texts)) == ["ndarray"] * 200
        assert fake.invalid == []
        assert len(fake.requests) == 3

    def test_a_server_with_a_smaller_budget_gets_halves(self, fake: OpenAIFake, embedder: OpenAIEmbedder) -> None:
        fake.max_tokens_per_request = 700
        assert kinds(answers(embedder, ["word " * 40 for _ in range(40)])) == ["ndarray"] * 40
        assert max(count for count in counts(fake)[-2:]) < 40
        assert len(fake.embedded) == 40

    def test_nothing_asks_nothing(self, fake: OpenAIFake, embedder: OpenAIEmbedder) -> None:
        assert list(embedder.embed([])) == []
        assert kinds(answers(embedder, ["", " \n"])) == ["SinkRejected"] * 2
        assert fake.requests == []

    def test_a_text_that_is_too_long_fails_alone(self, fake: OpenAIFake, embedder: OpenAIEmbedder) -> None:
        assert kinds(answers(embedder, ["a", "word " * 10_000, "b"])) == ["ndarray", "SinkRejected", "ndarray"]
        assert counts(fake) == [2]

    def test_every_request_takes_its_turn(self, embedder: OpenAIEmbedder, turns: Turns) -> None:
        answers(embedder, [f"text {n}" for n in range(300)])
        assert turns.waited == [embedder.credential] * 2
        assert KEY not in embedder.credential


class TestOneBadText:
    def test_a_refused_text_fails_alone(self, fake: OpenAIFake, embedder: OpenAIEmbedder) -> None:
        fake.max_tokens = 20
        texts = [f"text {n}" for n in range(100)]
        texts[37] = "long " * 30
        said = answers(embedder, texts)
        assert [place for place, one in enumerate(said) if isinstance(one, AmprentaError)] == [37]
        assert isinstance(said[37], SinkRejected)
        assert "maximum context length" in str(said[37])
        assert len(fake.embedded) == 99

    def test_a_server_that_breaks_over_one_text_embeds_the_others(
        self, embedder: OpenAIEmbedder, fake: OpenAIFake
    ) -> None:
        for _ in range(7):  # 64 texts, 32, …, and the first alone
            fake.faults.next("500")
        said = answers(embedder, [f"text {n}" for n in range(64)])
        assert kinds(said) == ["SinkUnavailable"] + ["ndarray"] * 63
        assert len(fake.requests) == 13

    def test_a_server_that_breaks_over_everything_is_left_alone(
        self, embedder: OpenAIEmbedder, fake: OpenAIFake
    ) -> None:
        fake.faults.next("500", count=None)
        assert set(kinds(answers(embedder, [f"text {n}" for n in range(1_000)]))) == {"SinkUnavailable"}
        assert len(fake.requests) < 30


class TestOutages:
    def test_too_many_requests_hold_everybody_and_spare_the_rest(
        self, fake: OpenAIFake, embedder: OpenAIEmbedder, turns: Turns
    ) -> None:
        fake.faults.next("429", retry_after=23)
        said = answers(embedder, [f"text {n}" for n in range(600)])
        assert {one.retry_after for one in said if isinstance(one, SinkUnavailable)} == {23}
        assert kinds(said) == ["SinkUnavailable"] * 600
        assert turns.held == [(embedder.credential, 23)]
        assert counts(fake) == [256], "the client tried again by itself, or went on"

    def test_an_error_half_way_keeps_what_was_paid_for(self, fake: OpenAIFake, embedder: OpenAIEmbedder) -> None:
        coming = embedder.embed([f"text {n}" for n in range(600)])
        first = [next(coming) for _ in range(256)]
        assert counts(fake) == [256], "vectors are given as they come"
        fake.faults.next("429")
        rest = list(coming)
        assert kinds([said for _, said in first]) == ["ndarray"] * 256
        assert kinds([said for _, said in rest]) == ["SinkUnavailable"] * 344

    @pytest.mark.parametrize("kind", ["502", "503", "504", "529", "reset", "cut", "timeout_after_commit", "hang"])
    def test_an_outage_is_worth_another_try(self, fake: OpenAIFake, embedder: OpenAIEmbedder, kind: str) -> None:
        fake.faults.next(kind)  # type: ignore[arg-type]  # it checks the kind
        assert kinds(answers(embedder, ["a", "b"])) == ["SinkUnavailable"] * 2
        assert len(fake.requests) == 1
        assert kinds(answers(embedder, ["a", "b"])) == ["ndarray"] * 2

    def test_a_server_that_is_not_there_is_asked_once(self, fake: OpenAIFake, embedder: OpenAIEmbedder) -> None:
        fake.stop()
        assert kinds(answers(embedder, [f"text {n}" for n in range(600)])) == ["SinkUnavailable"] * 600
        fake.start()


class TestForGood:
    @pytest.mark.parametrize(
        ("changes", "hint"),
        [
            ({"key": "sk-wrong"}, "OPENAI_API_KEY"),
            ({"model": "text-embedding-9"}, "EMBEDDING_MODEL"),
            ({"model": "text-embedding-3-small", "dimensions": 5_000}, "EMBEDDING_DIMENSIONS"),
        ],
    )
    def test_wrong_settings_are_said_once(
        self, fake: OpenAIFake, settings: EmbedderSettings, changes: dict[str, Any], hint: str
    ) -> None:
        wrong = openai_embedder.make(evolve(settings, **changes), Turns())
        said = answers(wrong, [f"text {n}" for n in range(600)])
        assert kinds(said) == ["SinkRejected"] * 600
        assert hint in str(said[0])
        assert "sk-wrong" not in str(said[0]) + repr(said[0]) + repr(wrong)
        assert len(fake.requests) == 1

    def test_a_wrong_address_is_said_once(self, fake: OpenAIFake, settings: EmbedderSettings) -> None:
        wrong = openai_embedder.make(evolve(settings, base_url=f"{fake.url}/v2"), Turns())
        said = answers(wrong, [f"text {n}" for n in range(600)])
        assert kinds(said) == ["SinkRejected"] * 600
        assert "OPENAI_BASE_URL" in str(said[0])
        assert len(fake.requests) == 1

    def test_a_used_up_quota_is_no_rate_limit(self, fake: OpenAIFake, embedder: OpenAIEmbedder, turns: Turns) -> None:
        fake.faults.next("quota")
        said = answers(embedder, ["a", "b"])
        assert kinds(said) == ["SinkRejected"] * 2
        assert "quota" in str(said[0])
        assert turns.held == []

    @pytest.mark.parametrize("key", ["sk geheim ", "sk-geheim\n", "sk-ключ"])
    def test_a_key_that_is_none_is_said_without_showing_it(self, settings: EmbedderSettings, key: str) -> None:
        with pytest.raises(SettingsError, match="OPENAI_API_KEY") as caught:
            openai_embedder.make(evolve(settings, key=key), Turns())
        assert "geheim" not in str(caught.value)


class TestDimensions:
    def test_models_that_can_are_asked_for_fewer(self, fake: OpenAIFake, embedder: OpenAIEmbedder) -> None:
        answers(embedder, ["a"])
        assert fake.requests[0].body["dimensions"] == 16

    def test_others_are_not_asked_and_their_vectors_are_checked(
        self, fake: OpenAIFake, settings: EmbedderSettings
    ) -> None:
        model = "text-embedding-ada-002"
        fits = openai_embedder.make(evolve(settings, model=model, dimensions=1536), Turns())
        assert kinds(answers(fits, ["a"])) == ["ndarray"]
        assert "dimensions" not in fake.requests[0].body
        said = answers(openai_embedder.make(evolve(settings, model=model), Turns()), ["a"])
        assert kinds(said) == ["SinkRejected"]
        assert "Set EMBEDDING_DIMENSIONS=1536" in str(said[0])

    def test_a_compatible_server_needs_no_key(self) -> None:
        with OpenAIFake(models={"nomic-embed-text": 768}) as local:
            settings = EmbedderSettings(
                key="EMPTY", base_url=f"{local.url}/v1", model="nomic-embed-text", dimensions=768
            )
            assert kinds(answers(openai_embedder.make(settings, Turns()), ["a"])) == ["ndarray"]
