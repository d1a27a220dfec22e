"""JMESPath, compiled once into closures: what a mapping picks out of a payload.

The common parts (names, `a.b`, `||`, `&&`, `!`, comparisons, literals, list places) become Python closures; everything
else (projections, filters, functions) goes to the library's own interpreter. Both give the same value for every payload
(`tests/adapters/test_mapping_expressions.py`). A function that is given what it cannot take says nothing: None.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

Pick = Callable[[Any], Any]
Node = dict[str, Any]

_INTERPRETER = TreeInterpreter()
_ORDERINGS = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}

_OF_THE_FIRST = frozenset(
    ("subexpression", "index_expression", "pipe", "projection", "value_projection", "filter_projection", "flatten")
)
"""Nodes of which only the first child looks at the whole: the others look at what the first has found."""


class BadExpression(ValueError):
    """No JMESPath; the message says where it goes wrong."""


def pick(expression: str, names: Iterable[str]) -> Pick:
    """An expression whose first names are among `names`. Raises BadExpression, also for a name that is not there."""
    try:
        node = jmespath.compile(expression).parsed
    except JMESPathError as error:
        raise BadExpression(f"no JMESPath: {' '.join(str(error).split())}") from error
    if _negates_a_part(node):
        raise BadExpression("JMESPath reads !a.b as (!a).b: write !(a.b)")
    known = set(names)
    if unknown := sorted(_roots(node) - known):
        raise BadExpression(f"{unknown[0]!r} is none of {', '.join(sorted(known))}")
    return _closure(node)


def members(expression: str, name: str) -> list[str]:
    """What a valid expression looks up directly in `name`: of `name.a || name.b.c` a and b."""
    return list(dict.fromkeys(_members(jmespath.compile(expression).parsed, name)))


def truthy(value: Any) -> bool:
    """JMESPath's own idea of true: 0 is."""
    return not (value is None or value is False or value == "" or value == [] or value == {})


def _roots(node: Node) -> set[str]:
    kind = node["type"]
    if kind == "field":
        return {node["value"]}
    children = [child for child in node.get("children", ()) if isinstance(child, dict)]
    if kind in _OF_THE_FIRST:
        return _roots(children[0])
    if kind == "expref":
        return set()
    return set().union(*(_roots(child) for child in children)) if children else set()


def _members(node: Node, name: str) -> Iterator[str]:
    children = [child for child in node.get("children", ()) if isinstance(child, dict)]
    if node["type"] == "subexpression" and (children[0]["type"], children[0].get("value")) == ("field", name):
        inner = children[1]
        while inner["type"] in _OF_THE_FIRST:
            inner = inner["children"][0]
        if inner["type"] == "field":
            yield inner["value"]
    for child in children:
        yield from _members(child, name)


def _negates_a_part(node: Node) -> bool:
    children = [child for child in node.get("children", ()) if isinstance(child, dict)]
    if node["type"] in _OF_THE_FIRST and children[0]["type"] == "not_expression":
        return True
    return any(_negates_a_part(child) for child in children)


def _closure(node: Node) -> Pick:
    kind, children = node["type"], node.get("children", [])
    if (keys := _chain(node)) is not None:
        return _path(keys)
    if kind == "literal":
        value = node["value"]
        return lambda _: value
    if kind == "or_expression":
        left, right = map(_closure, children)
        return lambda scope: found if truthy(found := left(scope)) else right(scope)
    if kind == "and_expression":
        left, right = map(_closure, children)
        return lambda scope: right(scope) if truthy(found := left(scope)) else found
    if kind == "not_expression":
        inner = _closure(children[0])
        return lambda scope: not truthy(inner(scope))
    if kind == "comparator":
        return _comparator(node["value"], *map(_closure, children))
    if kind == "index_expression" and len(children) == 2 and children[1]["type"] == "index":
        return _place(_closure(children[0]), children[1]["value"])
    return _interpreted(node)


def _chain(node: Node) -> list[str] | None:
    """`a.b.c` -> its names; None for anything else."""
    if node["type"] == "field":
        return [node["value"]]
    if node["type"] != "subexpression":
        return None
    keys: list[str] = []
    for child in node["children"]:
        inner = _chain(child)
        if inner is None:
            return None
        keys += inner
    return keys


def _path(keys: list[str]) -> Pick:
    def found(scope: Any) -> Any:
        for key in keys:
            if type(scope) is not dict:
                return None
            scope = scope.get(key)
        return scope

    return found


def _place(inner: Pick, index: int) -> Pick:
    def found(scope: Any) -> Any:
        value = inner(scope)
        return value[index] if type(value) is list and -len(value) <= index < len(value) else None

    return found


def _comparator(name: str, left: Pick, right: Pick) -> Pick:
    if name == "eq":
        return lambda scope: _equal(left(scope), right(scope))
    if name == "ne":
        return lambda scope: not _equal(left(scope), right(scope))
    ordering = _ORDERINGS[name]

    def compared(scope: Any) -> bool | None:
        a, b = left(scope), right(scope)
        both = (_is_number(a) and _is_number(b)) or (type(a) is str and type(b) is str)
        return bool(ordering(a, b)) if both else None

    return compared


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _equal(a: Any, b: Any) -> bool:
    """1 is not true, in JMESPath."""
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _interpreted(node: Node) -> Pick:
    visit = _INTERPRETER.visit

    def found(scope: Any) -> Any:
        try:
            return visit(node, scope)
        except (JMESPathError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            return None  # the library's functions raise plain errors too, for what they did not expect

    return found
