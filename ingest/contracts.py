"""python -m ingest contracts [--write FOLDER]: what may stand in the topics and at the intake, generated from the code.

    records.schema.json   JSON Schema (2020-12) of a record of the log, and of the data of each type, under $defs
    journal.schema.json   the same of what the fold decided
    actions.schema.json   the same of orders to devices
    asyncapi.json         AsyncAPI 3: the topics, who writes and reads them, their messages
    openapi.json          OpenAPI 3.1: the HTTP intake

How they may change: a field may be added where nobody has to say it; none is taken away, renamed, narrowed or made
obligatory. What must mean something else is a new type. Records of before are read for ever: a test reads those of
each month that was put aside.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from community.fold import HANDLERS, beat
from community.journal import JOURNAL, ORDERS
from community.model import MAX_RECORD_BYTES, SOURCE_HEARTBEAT, TICK
from community.systems import REDUCERS
from ingest.adapters import ADAPTERS
from store import keys
from store.deadletter import CODES

TITLE = "守望 Shouwang"
VERSION = "1"
"""Of the contracts; a breach of the rules above would be another one."""

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}


def shapes() -> dict[str, type[msgspec.Struct] | None]:
    """Record type -> the struct by which its data is read; None: it needs none (a sign of life, a tick)."""
    reads: dict[str, Callable[..., Any]] = {type_: reducer.reduce for type_, (_, reducer) in REDUCERS.items()}
    reads |= {**HANDLERS, SOURCE_HEARTBEAT: beat}
    return dict(sorted({TICK: None, **{type_: _shape(read) for type_, read in reads.items()}}.items()))


def _shape(read: Callable[..., Any]) -> type[msgspec.Struct] | None:
    """What `typed(Shape, ..)` names in the function's own text, or in that of a function of its module that it calls:
    the one place where a reader says what it wants."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(read)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in calls:
        if getattr(call.func, "id", "") == "typed" and isinstance(call.args[0], ast.Name):
            shape: type[msgspec.Struct] = read.__globals__[call.args[0].id]
            return shape
    for call in calls:
        called = read.__globals__.get(getattr(call.func, "id", ""))
        if inspect.isfunction(called) and called.__module__ == read.__module__:
            found = _shape(called)
            if found is not None:
                return found
    return None


def records() -> dict[str, Any]:
    about = f"At most {MAX_RECORD_BYTES} bytes. Numbers may come as text; unknown fields are ignored."
    return _events("A record of a community's log: CloudEvents 1.0 JSON", about, shapes())


def journal() -> dict[str, Any]:
    return _events("What the fold of a community decided: CloudEvents 1.0 JSON", "Its id is known again.", JOURNAL)


def actions() -> dict[str, Any]:
    about = "The id is claimed durably before it is sent; the subject is the device."
    return _events("An order to a device: CloudEvents 1.0 JSON", about, ORDERS)


def _events(title: str, about: str, shapes_: Mapping[str, type[msgspec.Struct] | None]) -> dict[str, Any]:
    defs = {type_: _data(shape) for type_, shape in sorted(shapes_.items())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": about,
        "type": "object",
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": _TEXT,
            "source": _TEXT,
            "type": _TEXT,
            "community": {"type": "string"},
            "subject": {"type": "string"},
            "time": {"type": "string", "format": "date-time", "description": "the device's clock"},
            "received": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "data": {"type": "object"},
        },
        "allOf": [
            {
                "if": {"properties": {"type": {"const": type_}}, "required": ["type"]},
                "then": {"properties": {"data": {"$ref": f"#/$defs/{type_}"}}},
            }
            for type_ in defs
        ],
        "$defs": defs,
    }


def _data(shape: type[msgspec.Struct] | None) -> dict[str, Any]:
    if shape is None:
        return {"type": "object"}
    told = msgspec.json.schema(shape, ref_template="{name}")
    inner = told.pop("$defs", {})
    whole: dict[str, Any] = _opened(told, inner)
    whole.pop("title", None)
    return whole


def _opened(value: Any, inner: dict[str, Any]) -> Any:
    """References written out: the shapes are flat, and a reader sees a type in one piece."""
    if isinstance(value, dict):
        if "$ref" in value:
            return _opened(inner[value["$ref"]], inner)
        return {name: _opened(one, inner) for name, one in value.items()}
    return [_opened(one, inner) for one in value] if isinstance(value, list) else value


def asyncapi() -> dict[str, Any]:
    def event(file: str) -> dict[str, Any]:
        return {"contentType": "application/cloudevents+json", "payload": {"$ref": file}}

    topics = {
        keys.LOG: ("canonical records; key: community", {"record": event("records.schema.json")}),
        keys.JOURNAL: ("what the fold decided; key: community", {"decision": event("journal.schema.json")}),
        keys.ACTIONS: ("orders to devices; key: community", {"order": event("actions.schema.json")}),
        keys.DEADLETTER: (
            "what could not be read",
            {"letter": {"contentType": "application/json", "payload": LETTER}},
        ),
        keys.vendor("{source}"): (
            "payloads as they came; key: the device, or what orders them",
            {
                "envelope": {"contentType": "application/json", "payload": ENVELOPE},
                "heartbeat": {**event("records.schema.json"), "description": f"{SOURCE_HEARTBEAT} of the feed"},
            },
        ),
    }
    channels: dict[str, Any] = {}
    for topic, (what, messages) in topics.items():
        channels[topic.replace("{source}", "source")] = {"address": topic, "description": what, "messages": messages}
    source = {"description": "the adapter that reads it", "enum": sorted(ADAPTERS)}
    channels["vendor.source"]["parameters"] = {"source": source}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"{TITLE}: topics", "version": VERSION, "license": {"name": "Apache-2.0"}},
        "channels": channels,
        "operations": {
            "readPayloads": {"action": "receive", "channel": {"$ref": "#/channels/vendor.source"}},
            "readRecords": {"action": "receive", "channel": {"$ref": f"#/channels/{keys.LOG}"}},
            "tellDecisions": {"action": "send", "channel": {"$ref": f"#/channels/{keys.JOURNAL}"}},
            "order": {"action": "send", "channel": {"$ref": f"#/channels/{keys.ACTIONS}"}},
            "setAside": {"action": "send", "channel": {"$ref": f"#/channels/{keys.DEADLETTER}"}},
        },
    }


ENVELOPE: dict[str, Any] = {
    "type": "object",
    "description": "A bare payload is read too; the key is its device then.",
    "required": ["payload"],
    "properties": {
        "device": {"type": "string"},
        "community": {"type": "string"},
        "received": {"type": "string", "format": "date-time"},
        "topic": {"type": "string", "description": "MQTT"},
        "payload": {"description": "as it came: JSON as it is, any other text as a string"},
        "encoding": {"const": "base64", "description": "the payload was no text"},
        "retained": {"type": "boolean", "description": "MQTT: kept by the broker from before"},
        "direction": {"const": "out", "description": "an order of ours and what was said to it, no word of a device"},
        "order": {"type": "string", "description": "id of that order"},
        "action": {"type": "string", "description": "OCPP: of a bare request body; Link: it connected or left"},
        "message_id": {"type": "string", "description": "OCPP: of a bare request body"},
        "response": {"description": "OCPP: the answer to the request, where the gateway knows it"},
        "redacted": {"type": "array", "items": {"type": "string"}, "description": "fields that were replaced"},
        "redacted_parts": {
            "type": "array",
            "description": "parts of a form that were left out: pictures",
            "items": {
                "type": "object",
                "required": ["content_type", "size_bytes"],
                "properties": {"content_type": {"type": "string"}, "size_bytes": {"type": "integer", "minimum": 0}},
            },
        },
        "blob": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": "where a large payload stands"},
        "size_bytes": {"type": "integer", "minimum": 0, "description": "of that payload"},
    },
}

LETTER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "code", "reason", "origin", "size_bytes", "hash"],
    "properties": {
        "id": _TEXT,
        "code": {"enum": sorted(CODES)},
        "reason": {"type": "string"},
        "origin": {
            "type": "object",
            "description": "where it stood",
            "required": ["topic", "epoch", "partition", "offset", "appended_ms"],
            "properties": {
                "topic": _TEXT,
                **{name: {"type": "integer"} for name in ("epoch", "partition", "offset", "appended_ms")},
            },
        },
        "key": {"type": "string"},
        "size_bytes": {"type": "integer", "minimum": 0},
        "hash": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
        "payload": {"type": "string", "description": "the first 64 kB"},
        "payload_base64": {"type": "string", "description": "the same of what is no text"},
        "blob": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": "the whole of a larger one"},
    },
}


def openapi() -> dict[str, Any]:
    said = {
        "200": "durable",
        "400": "nothing in it",
        "401": "the token is not right",
        "404": "no such source",
        "408": "the body did not come",
        "413": "too large",
        "429": "too many; Retry-After says when",
        "503": "neither log nor spool takes it; send again",
    }
    any_body: dict[str, Any] = {"schema": {}}
    post = {
        "summary": "A payload of a device or a system, as it is",
        "parameters": [
            {"name": "source", "in": "path", "required": True, "schema": {"enum": sorted(ADAPTERS)}},
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": any_body,
                "application/xml": any_body,
                "multipart/form-data": {"schema": {"description": "each text is a payload, pictures are left out"}},
            },
        },
        "responses": {status: {"description": what} for status, what in said.items()},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{TITLE}: intake", "version": VERSION, "license": {"name": "Apache-2.0"}},
        "paths": {"/intake/{source}": {"post": post, "put": post}},
        "security": [{"bearer": []}, {"basic": []}, {"query": []}],
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "the token is the password"},
                "query": {"type": "apiKey", "in": "query", "name": "token"},
            }
        },
    }


def files() -> dict[str, str]:
    made = {
        "records.schema.json": records(),
        "journal.schema.json": journal(),
        "actions.schema.json": actions(),
        "asyncapi.json": asyncapi(),
        "openapi.json": openapi(),
    }
    return {name: json.dumps(value, ensure_ascii=False, indent=1) + "\n" for name, value in made.items()}


def breaches(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What of the schema `before` the schema `now` would refuse or has forgotten."""
    found: list[str] = []
    for type_, was in before["$defs"].items():
        is_ = now["$defs"].get(type_)
        if is_ is None:
            found.append(f"{type_} is gone")
            continue
        must = set(is_.get("required", ())) - set(was.get("required", ()))
        found += [f"{type_}.{name} has to be said now" for name in must]
        for name, old in was.get("properties", {}).items():
            new = is_.get("properties", {}).get(name)
            if new is None:
                found.append(f"{type_}.{name} is gone")
            elif _types(old) - _types(new):
                found.append(f"{type_}.{name} may not be {', '.join(sorted(_types(old) - _types(new)))} any more")
    return sorted(found)


def _types(schema: dict[str, Any]) -> set[str]:
    if "anyOf" in schema:
        return set().union(*(_types(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return {json.dumps(value) for value in schema["enum"]}
    told = schema.get("type", [])
    return {told} if isinstance(told, str) else set(told)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest contracts", description="schemas, generated from the code")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="instead of printing the records' schema")
    options = parser.parse_args(argv)
    if options.write is None:
        print(files()["records.schema.json"], end="")
        return 0
    options.write.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (options.write / name).write_text(text, "utf-8")
        print(options.write / name, file=sys.stderr)
    return 0
