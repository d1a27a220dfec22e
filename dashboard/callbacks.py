"""In front of Dash's callbacks: a body that no page of this house sends is refused (400) before Dash runs into it.

What gets through names a callback that there is, with the outputs, inputs and states that it was registered with; the
`id` of a component is the id that it is of. Any other value is whatever the browser says: callbacks judge that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from dash import Dash
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/_dash-update-component"

Id = str | dict[str, str | int | float | bool]


class Part(msgspec.Struct):
    id: Id
    property: str
    value: Any = None


class Asked(msgspec.Struct):
    """The body of a callback's request."""

    output: str
    outputs: Part | list[Part]
    inputs: list[Part]
    state: list[Part] = []
    changedPropIds: list[str] = []  # Dash's spelling


class Callbacks:
    def __init__(self, app: ASGIApp, dash: Dash) -> None:
        self.app, self._dash = app, dash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("POST", PATH):
            await self.app(scope, receive, send)
            return
        body = await Request(scope, receive).body()  # the guard has bounded it
        if not is_ours(body, self._dash.callback_map):
            await JSONResponse({"error": "no page here asks so"}, 400)(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return whole.pop() if whole else await receive()

        await self.app(scope, again, send)


def is_ours(body: bytes, callbacks: Mapping[str, Mapping[str, Any]]) -> bool:
    """`callbacks`: Dash's `callback_map`."""
    try:
        asked = msgspec.json.decode(body, type=Asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    known = callbacks.get(asked.output)
    if known is None:
        return False
    outputs = known["output"] if isinstance(known["output"], list | tuple) else [known["output"]]
    told = asked.outputs if isinstance(asked.outputs, list) else [asked.outputs]
    return (
        isinstance(asked.outputs, list) == isinstance(known["output"], list | tuple)
        and _are(told, [one.to_dict() for one in outputs])
        and _are(asked.inputs, known["inputs"])
        and _are(asked.state, known["state"])
    )


def _are(told: list[Part], registered: list[dict[str, str]]) -> bool:
    return len(told) == len(registered) and all(map(_is, told, registered))


def _is(told: Part, registered: dict[str, str]) -> bool:
    wanted = registered["id"]
    if told.property != registered["property"] or (told.property == "id" and told.value != told.id):
        return False
    if not wanted.startswith("{"):
        return told.id == wanted
    pattern: dict[str, Any] = json.loads(wanted)
    return (
        isinstance(told.id, dict)
        and told.id.keys() == pattern.keys()
        and all(isinstance(part, list) or told.id[name] == part for name, part in pattern.items())
    )
