"""Compiled expressions say what JMESPath says, for every payload."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from ingest.mapping.expressions import BadExpression, pick

NAMES = ["a", "b", "c"]
EXPRESSIONS = [
    "a",
    "a.b.c",
    "a || b",
    "a.b || b.c || 'x'",
    "a && b",
    "!a",
    "a == b",
    "a != `null`",
    "a.b == 'x' && !c",
    "a > b",
    "a.b <= `1`",
    "a[0]",
    "a.b[-1].c",
    "a[*].b",
    "a[?b == 'x'].c | [0]",
    "[a, b][?@ != `null`]",
    "{x: a, y: b.c}",
    "contains(a, 'x')",
    "ends_with(a, 'x') || b",
    "sum(a)",
    "to_number(a) || `0`",
    "a[].b",
    "length(keys(a))",
]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.floats(allow_nan=False), st.sampled_from(["", "x", "1"]), st.text()
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner)),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a machine that stands still for two seconds
@given(scope=st.dictionaries(st.sampled_from(NAMES), TREES), expression=st.sampled_from(EXPRESSIONS))
def test_the_same_as_the_library(scope: dict[str, Any], expression: str) -> None:
    try:
        expected = jmespath.search(expression, scope)
    except (JMESPathError, TypeError, ValueError):
        expected = "an error"  # a part that cannot be worked out says nothing; what stands beside it is still heard
    found = pick(expression, NAMES)(scope)
    if expected == "an error":
        assert found is None or "||" in expression
    else:
        assert repr(found) == repr(expected)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("a.", "no JMESPath"),
        ("a || ", "no JMESPath"),
        ("d.x", "'d' is none of a, b, c"),
        ("a[?x == 'y'] && e", "'e' is none of"),
        ("contains(f, 'x')", "'f' is none of"),
        ("!a.b", "write !\\(a.b\\)"),
        ("c || !a[0]", ""),
        ("!(a.b) && !c", ""),
        ("b[*].{q: q} | [0].z", ""),
    ],
)
def test_a_mistake_is_found_before_anything_runs(expression: str, says: str) -> None:
    if not says:
        pick(expression, NAMES)
        return
    with pytest.raises(BadExpression, match=says):
        pick(expression, NAMES)
