"""The published document of Notion's interface, corrected where recorded traffic of the real one contradicts it."""

import copy
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fakes.schemas import SPECS, Spec, document

PATH = SPECS / "notion" / "openapi-2025-09-03.json"

ANY_OBJECT: Mapping[str, Any] = {"type": ["object", "null"]}
TEXTS: Mapping[str, Any] = {"type": "array", "items": {"$ref": "#/components/schemas/richTextRequest"}, "maxItems": 100}
ERROR: Mapping[str, Any] = {
    "type": "object",
    "required": ["object", "status", "code", "message"],
    "properties": {"object": {"const": "error"}, "status": {"type": "integer"}, "code": {"type": "string"}},
}


def _parent(*kinds: str) -> Mapping[str, Any]:
    one_of = [
        {
            "type": "object",
            "required": [kind],
            "properties": {"type": {"const": kind}, kind: {"type": ["string", "boolean"]}},
            "additionalProperties": False,
        }
        for kind in kinds
    ]
    return {"oneOf": one_of}


def _body(required: list[str], **properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _operation(body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    said: dict[str, Any] = {
        "responses": {
            "200": {"content": {"application/json": {"schema": {"type": "object", "required": ["object"]}}}},
            "400": {"content": {"application/json": {"schema": ERROR}}},
        }
    }
    return said | ({"requestBody": {"content": {"application/json": {"schema": body}}}} if body else {})


DATABASES: Mapping[str, Any] = {
    "/v1/databases": {
        "post": _operation(
            _body(
                ["parent"],
                parent=_parent("page_id", "workspace"),
                title=TEXTS,
                initial_data_source=_body([], properties={"type": "object"}),
            )
        )
    },
    "/v1/databases/{database_id}": {
        "get": _operation(),
        "patch": _operation(_body([], title=TEXTS, in_trash={"type": "boolean"}, archived={"type": "boolean"})),
    },
}


def corrected(published: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with what the recorded calls and the vendor's pages say otherwise."""
    whole = copy.deepcopy(dict(published))
    schemas = whole["components"]["schemas"]
    # Recorded: texts carry annotations; mentions and equations are texts as well.
    schemas["richTextRequest"] = {
        "type": "object",
        "anyOf": [{"required": ["text"]}, {"required": ["mention"]}, {"required": ["equation"]}],
        "properties": {
            "type": {"enum": ["text", "mention", "equation"]},
            "text": schemas["richTextRequest"]["properties"]["text"],
            "mention": {"type": "object"},
            "equation": _body(["expression"], expression={"type": "string"}),
            "annotations": {"type": "object"},
        },
        "additionalProperties": False,
    }
    # The document knows two kinds of block; there are thirty. What is in a block is held to by the fake itself.
    schemas["blockObjectRequest"] = {"type": "object", "minProperties": 1}
    # The document calls it "data source" and asks for database_id; the real one takes either.
    schemas["parentRequest"] = _parent("page_id", "data_source_id", "database_id", "workspace", "block_id")
    # A query sorts by a property or by a time.
    schemas["sortObject"] = {
        "type": "object",
        "required": ["direction"],
        "oneOf": [{"required": ["property"]}, {"required": ["timestamp"]}],
        "properties": {
            "property": {"type": "string"},
            "timestamp": {"enum": ["created_time", "last_edited_time"]},
            "direction": {"enum": ["ascending", "descending"]},
        },
    }
    paths = whole["paths"]
    create = _schema(paths["/v1/pages"]["post"])["properties"]
    # Children are said to be texts, icon and cover JSON in a text; they are objects.
    create["children"] = {"type": "array", "items": {"$ref": "#/components/schemas/blockObjectRequest"}}
    create["icon"] = create["cover"] = ANY_OBJECT
    update = _schema(paths["/v1/pages/{page_id}"]["patch"])["properties"]
    update["icon"] = update["cover"] = ANY_OBJECT
    # Recorded: a data source is created in a database.
    _schema(paths["/v1/data_sources"]["post"])["properties"]["parent"] = _parent("database_id")
    # Recorded: a block is updated by the name of its type; "type" as in the document is refused.
    del _schema(paths["/v1/blocks/{block_id}"]["patch"])["properties"]["type"]
    paths.update(copy.deepcopy(DATABASES))  # missing from the document, recorded
    for methods in paths.values():
        for operation in methods.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"]["4XX"] = {"content": {"application/json": {"schema": ERROR}}}
    return whole


def _schema(operation: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return found


@lru_cache(maxsize=1)
def specification() -> Spec | None:
    """The corrected document; None where it is not there."""
    return Spec(documents=(corrected(document(PATH)),)) if PATH.exists() else None
