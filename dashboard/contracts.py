"""python -m dashboard contracts [--write FOLDER]: OpenAPI 3.1 of this process's own API, generated from the code.

    dashboard.openapi.json    addresses below /api/v1: who may ask, what may be asked, what is answered

Routes come from the running application, roles from the table of access, bodies from the structs that decode them.
Parameters and statuses are read off each handler's own text and that of the functions of its module that it calls: they
stand nowhere else. Open data has its own document (`/api/open/v1/openapi.json`), the intake another
(`docs/contracts/openapi.json`).
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from fastapi.routing import APIRoute

from store.settings import Settings, read_settings

from .access import rule_of
from .app import create_app
from .commands import COMMANDS
from .commands import Wish as TourWish
from .reports.desk import Wish as ReportWish

NAME = "dashboard.openapi.json"
BELOW = "/api/v1/"

BODIES: dict[str, Any] = {
    "/api/v1/commands": COMMANDS,
    "/api/v1/tour": TourWish,
    "/api/v1/reports": ReportWish,
    "/api/v1/photos": None,
}
"""What is sent there; None: a picture."""

OF_GUARD = {"401": "nobody has signed in", "403": "not for this role, not in this community, or from another site"}
SAID = {
    "200": "as asked",
    "201": "kept",
    "202": "recorded; the effect comes over the stream",
    "304": "what the asker has (If-None-Match) is still so",
    "400": "it cannot be read; `error` says why",
    "404": "there is no such thing",
    "409": "what is there does not allow it",
    "413": "too large",
    "415": "of another kind",
    "429": "too many at once",
    "502": "what stands behind it does not answer; `error` says why",
    "503": "log, live state or history do not answer",
}


def routes(settings: Settings) -> list[APIRoute]:
    """Of the application as it is started; connects to nothing."""
    server: Any = create_app(settings)
    while not hasattr(server, "routes"):  # within what stands before it: guard, compression, callbacks
        server = server.app
    found = [route for route in _leaves(server.routes) if isinstance(route, APIRoute) and route.path.startswith(BELOW)]
    return sorted(found, key=lambda route: (route.path, sorted(route.methods)))


def _leaves(found: Any) -> Iterator[Any]:
    """Routes of routers within the application, too."""
    for route in found:
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        if inner is None:
            yield route
        else:
            yield from _leaves(inner)


def document(settings: Settings) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for route in routes(settings):
        for method in sorted(route.methods):
            paths.setdefault(route.path, {})[method.lower()] = _operation(method, route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "守望 Shouwang: dashboard", "version": "1", "license": {"name": "Apache-2.0"}},
        "security": [{"session": []}, {"wall": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "shouwang"},
                "wall": {"type": "http", "scheme": "bearer", "description": "WALL_TOKEN: what a wall may see"},
            },
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _operation(method: str, route: APIRoute, schemas: dict[str, Any]) -> dict[str, Any]:
    rule = rule_of(method, route.path)
    texts = list(sources(route.endpoint))
    operation: dict[str, Any] = {"operationId": f"{method.lower()} {route.path}"}
    if route.endpoint.__doc__:
        operation["description"] = inspect.cleandoc(route.endpoint.__doc__)
    operation["x-roles"] = sorted(rule.roles or ())
    in_path = [{"name": name, "in": "path", "required": True} for name in route.param_convertors]
    asked = [{"name": name, "in": "query"} for name in ("community", "lang", *parameters(texts))]
    operation["parameters"] = [one | {"schema": {"type": "string"}} for one in (*in_path, *asked)]
    if method == "POST":
        operation["requestBody"] = _body(route.path, schemas)
    told = {status: SAID[status] for status in map(str, statuses(texts, route.endpoint.__globals__))}
    json_ = {"application/json": {"schema": {}}}
    operation["responses"] = {
        status: {"description": what} | ({"content": json_} if status[0] in "245" else {})
        for status, what in sorted((told | OF_GUARD).items())
    }
    return operation


def _body(path: str, schemas: dict[str, Any]) -> dict[str, Any]:
    kind = BODIES[path]
    if kind is None:
        return {"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
    (told,), defs = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
    schemas.update(defs)
    return {"required": True, "content": {"application/json": {"schema": told}}}


def sources(handler: Callable[..., Any]) -> Iterator[ast.AST]:
    """The handler, and the functions of its module that it calls, once each."""
    seen: set[str] = set()
    waiting: list[Callable[..., Any]] = [handler]
    while waiting:
        one = waiting.pop()
        if one.__qualname__ in seen:
            continue
        seen.add(one.__qualname__)
        tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
        yield tree
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            found = one.__globals__.get(called.id) if isinstance(called, ast.Name) else None
            if inspect.isfunction(found) and found.__module__ == one.__module__:
                waiting.append(found)


def parameters(trees: list[ast.AST]) -> list[str]:
    """What is asked of `query_params`; of days, `from` and `to`."""
    found: list[str] = []
    for node in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        called = node.func
        if isinstance(called, ast.Name) and called.id == "days_asked":
            found += ["from", "to"]
        elif (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Attribute)
            and called.value.attr == "query_params"
            and isinstance(node.args[0], ast.Constant)
        ):
            found.append(str(node.args[0].value))
    return list(dict.fromkeys(found))


def statuses(trees: list[ast.AST], known: Mapping[str, Any]) -> list[int]:
    """Of what is returned, or chosen before it from a table of the module (`known`); an answer that names no status is
    200."""
    found: set[int] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if not isinstance(node, ast.Return | ast.Assign) or node.value is None:
            continue
        parts = list(ast.walk(node.value))
        tables = [known.get(part.id) for part in parts if isinstance(part, ast.Name)]
        values = [part.value for part in parts if isinstance(part, ast.Constant)]
        values += [value for table in tables if isinstance(table, dict) for value in table.values()]
        said = {value for value in values if type(value) is int and 200 <= value < 600}
        if isinstance(node, ast.Assign):
            found |= said
            continue
        answers = isinstance(node.value, ast.Call) and _named(node.value.func) in ("Json", "Response", "_answer")
        found |= said or ({200} if answers and len(node.value.args) < 2 else set())  # type: ignore[attr-defined]
    return sorted(found)


def _named(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else ""


def text(settings: Settings) -> str:
    return json.dumps(document(settings), ensure_ascii=False, indent=1) + "\n"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m dashboard contracts", description="OpenAPI of the dashboard's API")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="instead of printing it")
    options = parser.parse_args(argv)
    told = text(read_settings({}))
    if options.write is None:
        print(told, end="")
        return 0
    options.write.mkdir(parents=True, exist_ok=True)
    (options.write / NAME).write_text(told, "utf-8")
    print(options.write / NAME, file=sys.stderr)
    return 0
