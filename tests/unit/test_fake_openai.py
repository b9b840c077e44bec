"""The fake of OpenAI: what its real client meets there, its limits and its faults."""

import base64
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from fakes.openai import OpenAIFake, tokens

SMALL = "text-embedding-3-small"


@pytest.fixture
def fake() -> Iterator[OpenAIFake]:
    with OpenAIFake() as made:
        yield made
        assert made.own_faults == []


@pytest.fixture
def client(fake: OpenAIFake) -> Any:
    return client_of(fake)


def client_of(fake: OpenAIFake, key: str = "k", retries: int = 0) -> Any:
    return openai.OpenAI(api_key=key, base_url=f"{fake.url}/v1", max_retries=retries, timeout=5)


def vectors(client: Any, texts: Any, **more: Any) -> Any:
    answer = client.embeddings.create(input=texts, **{"model": SMALL, **more})
    assert [one.index for one in answer.data] == list(range(len(answer.data)))
    return np.array([one.embedding for one in answer.data])


def refused(client: Any, texts: Any, **more: Any) -> Any:
    with pytest.raises(openai.APIStatusError) as caught:
        vectors(client, texts, **more)
    return caught.value


def test_a_request_whose_client_went_away_while_it_sent_never_came_in(fake: OpenAIFake, client: Any) -> None:
    with socket.create_connection(("127.0.0.1", fake.port)) as gone:
        gone.sendall(b"POST /v1/embeddings HTTP/1.1\r\nContent-Length: 620\r\n\r\n{")
        gone.shutdown(socket.SHUT_WR)
        assert gone.recv(1) == b""
    vectors(client, "plasma")
    assert (len(fake.requests), fake.invalid) == (1, [])


def test_texts_that_share_words_are_similar(client: Any) -> None:
    mice, men, other = vectors(client, ["lipids in mouse plasma", "lipids in human plasma", "a spectral library"])
    assert mice.shape == (1536,)
    assert [float(np.linalg.norm(one)) for one in (mice, men, other)] == pytest.approx([1, 1, 1], abs=1e-5)
    assert mice @ men > 0.6
    assert abs(mice @ other) < 0.3


def test_the_same_text_has_the_same_vector_in_any_encoding_and_process(fake: OpenAIFake, client: Any) -> None:
    as_text, as_numbers = (vectors(client, ["plasma"], encoding_format=how) for how in ("base64", "float"))
    unsaid = vectors(client, "plasma")
    assert (as_numbers == unsaid).all()
    assert np.frombuffer(base64.b64decode(as_text[0]), dtype=np.float32).tolist() == unsaid[0].tolist()
    with OpenAIFake() as another:
        assert (vectors(client_of(another), "plasma") == unsaid).all()
    assert [seen.body["encoding_format"] for seen in fake.requests] == ["base64", "float", "base64"]


def test_dimensions_are_as_asked_for_up_to_the_native_ones(client: Any) -> None:
    assert vectors(client, ["a b c"], dimensions=64).shape == (1, 64)
    assert vectors(client, ["a b c"], model="text-embedding-3-large").shape == (1, 3072)
    assert refused(client, ["a"], dimensions=1537).status_code == 400
    assert "specifying dimensions" in str(refused(client, ["a"], model="text-embedding-ada-002", dimensions=64))
    assert refused(client, ["a"], model="gpt-none").code == "model_not_found"


def test_usage_counts_four_letters_a_token(fake: OpenAIFake, client: Any) -> None:
    assert [tokens("abcd"), tokens("abcde"), tokens("")] == [1, 2, 0]
    assert client.embeddings.create(model=SMALL, input=["abcd", "abcde"]).usage.total_tokens == 3
    assert client.embeddings.create(model=SMALL, input=[[1, 2, 3], [4]]).usage.prompt_tokens == 4
    assert fake.embedded == ["abcd", "abcde"]


def test_models_are_listed(client: Any) -> None:
    assert SMALL in [model.id for model in client.models.list()]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([""], "must not be an empty string"),
        ("", "must not be an empty string"),
        (["a", ""], "must not be an empty string"),
        ([], "must not be an empty list"),
        (["a"] * 2049, "at most 2048 inputs, were 2049"),
        (["abcd" * 8193], "maximum context length is 8192 tokens, however you requested 8193"),
        (["abcd" * 8000] * 38, "Requested 304000 tokens, max 300000 tokens per request"),
    ],
)
def test_limits(fake: OpenAIFake, client: Any, texts: Any, said: str) -> None:
    error = refused(client, texts)
    assert error.status_code == 400
    assert said in error.body["message"]
    assert error.code == ("max_tokens_per_request" if "per request" in said else None)
    assert len(fake.invalid) == 1
    assert fake.embedded == []


def test_a_small_server_has_small_limits() -> None:
    with OpenAIFake(models={"tiny": 16}, max_tokens_per_request=4) as fake:
        client = client_of(fake)
        assert vectors(client, ["abcd"] * 4, model="tiny").shape == (4, 16)
        assert refused(client, ["abcd"] * 5, model="tiny").code == "max_tokens_per_request"


def test_a_wrong_body_is_refused_and_recorded(fake: OpenAIFake, client: Any) -> None:
    if not fake.validating:
        pytest.skip("the specifications are not here")
    assert refused(client, ["a"], encoding_format="hex").status_code == 400
    assert refused(client, ["a"], extra_body={"more": 1}).status_code == 400
    assert len(fake.invalid) == 2


def test_keys(fake: OpenAIFake) -> None:
    fake.keys = frozenset({"right"})
    assert refused(client_of(fake, key="wrong"), "a").code == "invalid_api_key"
    vectors(client_of(fake, key="right"), "a")
    assert fake.keys_seen == {"right", "wrong"}
    assert "right" not in repr(fake.requests)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("429", 429), ("409", 409), ("500", 500), ("502", 502), ("503", 503), ("504", 504), ("529", 529)],
)
def test_faults_with_an_answer(fake: OpenAIFake, client: Any, kind: Any, status: int) -> None:
    fake.faults.retry_after = 2
    fake.faults.next(kind)
    error = refused(client, "a")
    assert error.status_code == status
    assert error.response.headers.get("Retry-After") == ("2" if kind in {"429", "503", "529"} else None)
    assert fake.embedded == []


def test_a_rate_limit_passes_and_a_used_up_quota_does_not(fake: OpenAIFake, client: Any) -> None:
    fake.faults.next("429")
    assert refused(client, "a").code == "rate_limit_exceeded"
    fake.faults.next("quota")
    error = refused(client, "a")
    assert (error.status_code, error.code, error.type) == (429, "insufficient_quota", "insufficient_quota")
    assert "Retry-After" not in error.response.headers


@pytest.mark.parametrize(
    ("kind", "paid"),
    [("hang", 0), ("reset", 0), ("timeout_after_commit", 1), ("reset_after_commit", 1), ("cut", 1)],
)
def test_faults_without_an_answer(fake: OpenAIFake, client: Any, kind: Any, paid: int) -> None:
    fake.faults.next(kind, seconds=0.02)
    with pytest.raises((openai.APIConnectionError, httpx.TransportError)):
        vectors(client, "a")
    assert len(fake.embedded) == paid
    assert vectors(client, "a").shape == (1, 1536)


def test_above_the_rate_there_is_429() -> None:
    with OpenAIFake(rate=1, burst=1) as fake:
        fake.now = lambda: 100.0
        vectors(client_of(fake), "a")
        assert refused(client_of(fake), "a").code == "rate_limit_exceeded"
        assert fake.limited == 1


def test_an_outage_and_the_way_back(fake: OpenAIFake, client: Any) -> None:
    fake.stop()
    with pytest.raises(openai.APIConnectionError):
        vectors(client, "a")
    fake.start()
    vectors(client, "a")


def test_as_a_script_it_says_where_it_is_and_ends_at_sigterm() -> None:
    script = Path(__file__).parents[1] / "fakes" / "openai.py"
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        client: Any = openai.OpenAI(api_key="k", base_url=f"{address}/v1", max_retries=0)
        assert vectors(client, "a").shape == (1, 1536)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
