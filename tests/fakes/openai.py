"""OpenAI's embeddings on this machine, for the real client: ``openai.OpenAI(api_key=…, base_url=fake.url + "/v1")``.

Texts that share words have similar vectors: each word stands at a few places of the vector that its hash says.
As a script it prints its address, and serves until SIGTERM.
"""

import hashlib
import re
import sys
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])  # the folder of the package, not this one

import numpy as np

from fakes.faults import Faults
from fakes.listening import Answer, Request
from fakes.schemas import SPECS, Spec, document
from fakes.serving import Fake, Refused, parser, serve

PATH = SPECS / "openai" / "openapi-reduced.json"
MODELS: Mapping[str, int] = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}
FIXED = {"text-embedding-ada-002"}
"""Models that cannot be asked for fewer dimensions."""
PLACES = 6
LETTERS_A_TOKEN = 4


def tokens(text: str) -> int:
    """How many tokens a text counts here: one for four letters begun."""
    return -(-len(text) // LETTERS_A_TOKEN)


@lru_cache(maxsize=100_000)
def places(word: str, dimensions: int) -> tuple[Any, Any]:
    """Where a word stands in a vector, and with which signs."""
    raw = np.frombuffer(hashlib.blake2b(word.encode(), digest_size=8 * PLACES).digest(), dtype=np.uint64)
    return (raw >> np.uint64(1)) % np.uint64(dimensions), np.where(raw & np.uint64(1), 1.0, -1.0)


def vector(text: str, dimensions: int) -> Any:
    """The unit vector of a text, float32; the same for the same words, whatever their order."""
    made = np.zeros(dimensions)
    for word in re.findall(r"\w+", text.lower()) or [text]:
        where, signs = places(word, dimensions)
        np.add.at(made, where, signs)
    length = float(np.linalg.norm(made))
    if not length:  # its words cancel each other out
        made[0] = length = 1.0
    return (made / length).astype(np.float32)


class OpenAIFake(Fake):
    """Embeddings of ``models`` (name: native dimensions) within the published limits, and the list of models.

    Tokens are counted as one for every four letters; ``embedded`` are the texts that were paid for, in order.
    """

    service = "OpenAI"
    fault_errors: ClassVar = {
        "429": (429, "rate_limit_exceeded", "Rate limit reached for requests. Please try again later."),
        "409": (409, "conflict", "The resource was updated by another request."),
        "500": (500, "server_error", "The server had an error while processing your request. Sorry about that!"),
        "503": (503, "server_overloaded", "The engine is currently overloaded, please try again later."),
        "529": (529, "server_overloaded", "The service is overloaded, please try again later."),
        "quota": (429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing."),
        "wrong_version": (404, "not_found", "This version of the interface is not served."),
    }

    def __init__(
        self,
        *,
        models: Mapping[str, int] = MODELS,
        max_inputs: int = 2048,
        max_tokens: int = 8192,
        max_tokens_per_request: int = 300_000,
        **serving: Any,
    ) -> None:
        super().__init__(**serving)
        self.models = dict(models)
        self.max_inputs, self.max_tokens, self.max_tokens_per_request = max_inputs, max_tokens, max_tokens_per_request
        self.embedded: list[str] = []

    def specification(self) -> Spec | None:
        return _specification()

    def key(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def error(self, request: Request, status: int, code: str, message: str) -> Answer:  # noqa: ARG002  # one shape
        kinds = {401: "invalid_request_error", 429: "requests", 403: "invalid_request_error"}
        kind = code if code == "insufficient_quota" else kinds.get(status, "invalid_request_error")
        if status >= 500:
            kind = "server_error"
        said = {"message": message, "type": kind, "param": None, "code": code or None}
        return Answer(status=status, body={"error": said})

    def check(self, request: Request) -> None:
        key = self.key(request)
        if not key:
            raise Refused(401, "", "You didn't provide an API key.")
        if self.keys is not None and key not in self.keys:
            raise Refused(401, "invalid_api_key", "Incorrect API key provided.")
        if (request.method, request.path) == ("POST", "/v1/embeddings") and isinstance(request.body, dict):
            self._hold(request.body)

    def _hold(self, body: Mapping[str, Any]) -> None:
        inputs = _inputs(body.get("input"))
        if not inputs:
            raise _invalid("", "'$.input' is invalid: it must not be an empty list.")
        if len(inputs) > self.max_inputs:
            raise _invalid("", f"'$.input' is invalid: at most {self.max_inputs} inputs, were {len(inputs)}.")
        if any(not one for one in inputs):
            raise _invalid("", "'$.input' is invalid: an input must not be an empty string.")
        counts = [_count(one) for one in inputs]
        if max(counts) > self.max_tokens:
            text = f"The maximum context length is {self.max_tokens} tokens, however you requested {max(counts)}"
            raise _invalid("", f"{text} tokens ({max(counts)} in your prompt). Please reduce your prompt.")
        if sum(counts) > self.max_tokens_per_request:
            text = f"Requested {sum(counts)} tokens, max {self.max_tokens_per_request} tokens per request"
            raise _invalid("max_tokens_per_request", text)

    def carry_out(self, request: Request) -> Answer:
        match request.method, request.path:
            case "POST", "/v1/embeddings":
                return Answer(status=200, body=self._embed(request.body))
            case "GET", "/v1/models":
                about = {"object": "model", "created": 1705948997, "owned_by": "system"}
                found = [{"id": name, **about} for name in self.models]
                return Answer(status=200, body={"object": "list", "data": found})
        raise Refused(404, "unknown_url", f"Invalid URL ({request.method} {request.path})")

    def _embed(self, body: Mapping[str, Any]) -> dict[str, Any]:
        inputs = _inputs(body["input"])
        dimensions = self._dimensions(body["model"], body.get("dimensions"))
        as_text = body.get("encoding_format", "float") == "base64"
        made = [vector(one if isinstance(one, str) else str(one), dimensions) for one in inputs]
        self.embedded += [one for one in inputs if isinstance(one, str)]
        used = sum(_count(one) for one in inputs)
        shown = [b64encode(one.tobytes()).decode() if as_text else one.tolist() for one in made]
        data = [{"object": "embedding", "index": place, "embedding": one} for place, one in enumerate(shown)]
        usage = {"prompt_tokens": used, "total_tokens": used}
        return {"object": "list", "data": data, "model": body["model"], "usage": usage}

    def _dimensions(self, model: str, wanted: int | None) -> int:
        if model not in self.models:
            raise Refused(404, "model_not_found", f"The model `{model}` does not exist, or is not open to you.")
        if wanted is None:
            return self.models[model]
        if model in FIXED:
            raise _invalid("", "This model does not support specifying dimensions.")
        if not 1 <= wanted <= self.models[model]:
            raise _invalid("", f"Invalid value for 'dimensions' = {wanted}. Must be at most {self.models[model]}.")
        return wanted


@lru_cache(maxsize=1)
def _specification() -> Spec | None:
    if not PATH.exists():
        return None
    whole = dict(document(PATH))
    schemas = whole["components"]["schemas"]
    embedding = schemas["Embedding"]
    # The document knows lists of numbers only; with encoding_format base64 a text comes.
    either = {"anyOf": [embedding["properties"]["embedding"], {"type": "string", "minLength": 4}]}
    changed = {**embedding, "properties": {**embedding["properties"], "embedding": either}}
    whole["components"] = {**whole["components"], "schemas": {**schemas, "Embedding": changed}}
    whole["paths"] = {path: whole["paths"][path] for path in ("/embeddings", "/models")}
    return Spec(documents=(whole,), prefix="/v1")


def _inputs(given: Any) -> list[Any]:
    """The texts, or lists of token numbers, of a request."""
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list):
        raise _invalid("", "'$.input' is invalid: it must be a text or a list.")
    return [given] if given and isinstance(given[0], int) else given


def _count(one: Any) -> int:
    return tokens(one) if isinstance(one, str) else len(one)


def _invalid(code: str, message: str) -> Refused:
    return Refused(400, code, message, invalid=True)


def main() -> None:
    """Serve the models."""
    given = parser("OpenAI").parse_args()
    faults = Faults(seed=given.seed, rate=given.storm)
    serve(OpenAIFake(port=given.port, keys=given.key, rate=given.rate, faults=faults))


if __name__ == "__main__":
    main()
