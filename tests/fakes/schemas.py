"""Holds requests and answers against a published OpenAPI document, cheaply: each schema is compiled once."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from attrs import define, field
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

SPECS = Path(__file__).parents[2] / ".." / "shared" / "specs"
PLAIN: Mapping[str, frozenset[type]] = {
    "number": frozenset({int, float}),
    "integer": frozenset({int}),
    "string": frozenset({str}),
}
JSON = "application/json"


def _items(validator: Any, items: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As jsonschema has it, but a list of plain numbers or texts is looked at once: vectors are long."""
    plain = PLAIN.get(items.get("type", "")) if isinstance(items, dict) and not items.keys() & BOUNDS else None
    if plain is not None and isinstance(instance, list) and set(map(type, instance)) <= plain:
        return
    yield from Draft202012Validator.VALIDATORS["items"](validator, items, instance, schema) or ()


BOUNDS = {"minimum", "maximum", "minLength", "maxLength", "enum", "const", "pattern"}
Validator: Any = extend(Draft202012Validator, {"items": _items})  # type: ignore[no-untyped-call]  # has no types


def inlined(schema: Any, document: Mapping[str, Any], inside: tuple[str, ...] = ()) -> Any:
    """The schema with its references replaced by what they point to; what contains itself is let be at the second turn.

    Bounds on the length of an array that are written as if it were a text count as meant.
    """
    if isinstance(schema, list):
        return [inlined(part, document, inside) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(reference := schema.get("$ref"), str):
        if reference in inside:
            return {}
        return inlined(_pointed(reference, document), document, (*inside, reference))
    done = {key: inlined(part, document, inside) for key, part in schema.items() if key not in {"example", "examples"}}
    if done.get("type") == "array":
        for written, meant in (("minLength", "minItems"), ("maxLength", "maxItems")):
            if written in done:
                done[meant] = done.pop(written)
    return done


def _pointed(reference: str, document: Mapping[str, Any]) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


@lru_cache(maxsize=8)
def document(path: Path) -> Mapping[str, Any]:
    """An OpenAPI document, read once in a process."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return dict(json.loads(text))
    return dict(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@define(kw_only=True)
class Spec:
    """The operations of one or more documents. ``prefix`` stands before their paths on the server."""

    documents: tuple[Mapping[str, Any], ...]
    prefix: str = ""
    _operations: list[tuple[str, re.Pattern[str], Mapping[str, Any], Mapping[str, Any]]] = field(init=False)
    _compiled: dict[tuple[int, str], Any] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        found = [
            (method.upper(), self.prefix + path, operation, whole)
            for whole in self.documents
            for path, methods in whole["paths"].items()
            for method, operation in methods.items()
            if method in {"get", "post", "patch", "put", "delete"}
        ]
        found.sort(key=lambda one: one[1].count("{"))  # a literal path before one with a name in it
        self._operations = [
            (method, re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))), operation, whole)
            for method, path, operation, whole in found
        ]

    def request_fault(self, method: str, path: str, body: Any) -> str | None:
        """What is wrong with a request's body; None: nothing, or the documents do not say."""
        operation, whole = self._operation(method, path)
        if operation is None:
            return None
        content = _dereferenced(operation.get("requestBody", {}), whole).get("content", {})
        return self._fault(operation, "request", content, whole, {} if body is None else body)

    def answer_fault(self, method: str, path: str, status: int, body: Any) -> str | None:
        """What is wrong with an answer."""
        operation, whole = self._operation(method, path)
        if operation is None:
            return None
        responses = operation["responses"]
        said = responses.get(str(status)) or responses.get(f"{status // 100}XX") or {}
        return self._fault(operation, str(status), _dereferenced(said, whole).get("content", {}), whole, body)

    def _operation(self, method: str, path: str) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
        for known, pattern, operation, whole in self._operations:
            if known == method and pattern.fullmatch(path):
                return operation, whole
        return None, {}

    def _fault(
        self, operation: Mapping[str, Any], part: str, content: Mapping[str, Any], whole: Mapping[str, Any], body: Any
    ) -> str | None:
        schema = content.get(JSON, {}).get("schema")
        if schema is None:
            return None
        known = (id(operation), part)
        if known not in self._compiled:
            self._compiled[known] = Validator(inlined(schema, whole))
        error = next(self._compiled[known].iter_errors(body), None)
        if error is None:
            return None
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
        return f"body{where}: {error.message[:300]}"


def _dereferenced(part: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(_pointed(part["$ref"], whole)) if "$ref" in part else part
