"""Embeddings from OpenAI, or from any server that speaks its language (Ollama, vLLM)."""

from collections import deque
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Literal

import numpy as np
import openai
from attrs import define, field

from amprenta_core.errors import AmprentaError, SettingsError, SinkRejected, SinkUnavailable
from amprenta_core.model import FloatArray
from amprenta_core.outgoing import Throttle
from amprenta_core.settings import EmbedderSettings

LONGEST_TEXT = 8_192
"""Tokens of one text."""
_SHORTENED = "text-embedding-3"
"""Models that can be asked for a number of dimensions have this in their names."""
_HALVINGS = 9
"""So often may a batch that breaks the server be halved in a row: enough to find one text among 256."""
_SHOWN = 200
Reach = Literal["texts", "server", "batch", "all"]
"""How far a refusal reaches: some of the texts, perhaps some of them, this request, or every request."""


class _Refused(Exception):
    """A request came to nothing: the error for its texts, and how far it reaches."""

    def __init__(self, error: AmprentaError, reach: Reach) -> None:
        super().__init__(error.what)
        self.error = error
        self.reach = reach


@define(kw_only=True)
class OpenAIEmbedder:
    """An ``Embedder``. ``credential`` is the budget of requests that it draws from."""

    settings: EmbedderSettings
    throttle: Throttle = field(repr=False)
    client: openai.OpenAI = field(repr=False)
    credential: str
    model: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> Iterator[tuple[int, FloatArray | AmprentaError]]:
        """(place, its vector or why there is none), batch after batch, each as it comes.

        A request that is refused for what it holds is halved until the text at fault stands alone. When nothing can
        be had now, all that is left gets that error without a request.
        """
        faults = {place: fault for place, text in enumerate(texts) if (fault := _fault(text))}
        yield from faults.items()
        waiting = deque(self._batches(texts, [place for place in range(len(texts)) if place not in faults]))
        failures = 0
        while waiting:
            batch = waiting.popleft()
            try:
                vectors = self._vectors([texts[place] for place in batch])
            except _Refused as refused:
                failures += 1
                if len(batch) > 1 and _may_be_halved(refused.reach, failures):
                    half = len(batch) // 2
                    waiting.extendleft((batch[half:], batch[:half]))
                    continue
                if refused.reach == "all":
                    batch = [place for left in (batch, *waiting) for place in left]
                    waiting.clear()
                yield from ((place, refused.error) for place in batch)
            else:
                failures = 0
                yield from zip(batch, vectors, strict=True)

    def _batches(self, texts: Sequence[str], places: Sequence[int]) -> Iterator[list[int]]:
        batch: list[int] = []
        tokens = 0
        for place in places:
            size = tokens_of(texts[place])
            full = tokens + size > self.settings.tokens_per_request or len(batch) >= self.settings.texts_per_request
            if batch and full:
                yield batch
                batch, tokens = [], 0
            batch.append(place)
            tokens += size
        if batch:
            yield batch

    def _vectors(self, texts: Sequence[str]) -> list[FloatArray | AmprentaError]:
        """One request. Raises ``_Refused``."""
        self.throttle.wait(self.credential)
        wanted = self.dimensions if _SHORTENED in self.model else openai.omit
        try:
            answer = self.client.embeddings.create(model=self.model, input=list(texts), dimensions=wanted)
            ordered = sorted(answer.data, key=lambda item: item.index)
            found = [np.asarray(item.embedding, dtype=np.float64) for item in ordered]
        except openai.OpenAIError as error:
            raise self._refused(error) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise _Refused(_nonsense("the embedder's answer holds no vectors"), "batch") from error
        if len(found) != len(texts):
            what = f"the embedder answered {len(texts)} texts with {len(found)} vectors"
            raise _Refused(_nonsense(what), "batch")
        return [self._checked(values) for values in found]

    def _checked(self, values: FloatArray) -> FloatArray | AmprentaError:
        if values.shape != (self.dimensions,):
            what = f"{self.model} gives vectors of {values.size} dimensions, not {self.dimensions}"
            return SinkRejected(what, hint=f"Set EMBEDDING_DIMENSIONS={values.size}")
        if not np.isfinite(values).all() or not values.any():
            return SinkRejected(f"{self.model} gives a vector without a direction", hint="Try another EMBEDDING_MODEL")
        return values

    def _refused(self, error: openai.OpenAIError) -> _Refused:
        said = _line(error, self.settings.key)
        if not isinstance(error, openai.APIStatusError):
            hint = "Check OPENAI_BASE_URL and the network"
            return _Refused(SinkUnavailable(f"the embedder does not answer ({said})", hint=hint), "all")
        if error.status_code == 429 and error.code != "insufficient_quota":  # noqa: PLR2004  # HTTP
            return self._unavailable(error, "the embedder has too many requests", "all")
        if error.status_code == 500:  # noqa: PLR2004  # HTTP; some servers answer so to a text that they cannot take
            return self._unavailable(error, f"the embedder failed ({said})", "server")
        if error.status_code in {408, 409, 425} or error.status_code > 500:  # noqa: PLR2004  # HTTP
            return self._unavailable(error, f"the embedder cannot answer now ({said})", "batch")
        return _rejected(error, said)

    def _unavailable(self, error: openai.APIStatusError, what: str, reach: Reach) -> _Refused:
        """Nobody asks again before the time that the server names."""
        after = _retry_after(error)
        if after is not None:
            self.throttle.hold(self.credential, after)
        hint = "It is tried again by itself"
        return _Refused(SinkUnavailable(what, hint=hint, retry_after=after), "all" if after is not None else reach)


def make(settings: EmbedderSettings, throttle: Throttle) -> OpenAIEmbedder:
    """An embedder for these settings; nothing is connected yet. Raises ``SettingsError`` for a key that is none."""
    if not settings.key.isascii() or settings.key != settings.key.strip():
        raise SettingsError("OPENAI_API_KEY is no key", hint="Copy it again: no spaces, no other letters")
    # Retries are ours: the client's would not share the budget, nor give the time that the server named.
    client = openai.OpenAI(api_key=settings.key, base_url=settings.base_url, timeout=settings.timeout, max_retries=0)
    return OpenAIEmbedder(
        settings=settings,
        throttle=throttle,
        client=client,
        credential="openai:" + sha256(settings.key.encode()).hexdigest()[:16],
        model=settings.model,
        dimensions=settings.dimensions,
    )


def tokens_of(text: str) -> int:
    """At most about so many tokens: names of molecules take a token for every other byte, prose one for every four.

    >>> tokens_of("PC(16:0/18:1)")
    7
    """
    return -(-len(text.encode()) // 2)


def _fault(text: str) -> AmprentaError | None:
    """Why a text cannot be sent at all."""
    if not text.strip():
        return SinkRejected("an empty text has no meaning to find", hint="Give it a text")
    if (tokens := tokens_of(text)) > LONGEST_TEXT:
        what = f"a text of about {tokens} tokens is too long to embed"
        return SinkRejected(what, hint=f"Cut it: at most {LONGEST_TEXT} tokens")
    return None


def _may_be_halved(reach: Reach, failures: int) -> bool:
    return reach == "texts" or (reach == "server" and failures <= _HALVINGS)


def _rejected(error: openai.APIStatusError, said: str) -> _Refused:
    """A refusal for good: of what the request holds, or of everything that these settings could send."""
    if error.code == "insufficient_quota":
        what, hint = "the embedder's account has no quota left", "Check the plan and billing of OPENAI_API_KEY"
    elif error.status_code in {401, 403}:
        what, hint = "the embedder refuses the key", "Check OPENAI_API_KEY and its rights"
    elif error.status_code == 404:  # noqa: PLR2004  # HTTP
        what, hint = f"the embedder knows no such model ({said})", "Check EMBEDDING_MODEL and OPENAI_BASE_URL"
    elif error.param in {"dimensions", "model"} or "dimensions" in said:
        what, hint = f"the embedder refuses the settings ({said})", "Check EMBEDDING_DIMENSIONS and EMBEDDING_MODEL"
    elif error.status_code in {400, 413, 422}:
        hint = "Check the text, and EMBEDDING_TOKENS_PER_REQUEST"
        return _Refused(SinkRejected(f"the embedder refuses a text ({said})", hint=hint), "texts")
    else:
        what, hint = f"the embedder refuses ({said})", "Check OPENAI_BASE_URL and EMBEDDING_MODEL"
    return _Refused(SinkRejected(what, hint=hint), "all")


def _nonsense(what: str) -> AmprentaError:
    return SinkUnavailable(what, hint="Check OPENAI_BASE_URL")


def _line(error: openai.OpenAIError, key: str) -> str:
    """What the server said, in one short line without the key, which is taken out before anything is cut."""
    body = error.body if isinstance(error, openai.APIError) else None
    said = body.get("message") if isinstance(body, dict) else None
    text = str(said or error).replace(key, "***").strip()
    return (text or type(error).__name__).splitlines()[0][:_SHOWN]


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds that the server asks for."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
