"""No number of a site is read by nobody, and none by which a system judges is a constant."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from community.systems import NUMBERS


def test_every_number_is_read_somewhere() -> None:
    """A number that nothing reads would be accepted, and change nothing."""
    read = {
        node.attr
        for room in ("community", "store", "dashboard")
        for path in (Path(__file__).resolve().parents[2] / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    retention = (Path(__file__).resolve().parents[2] / "store" / "history" / "retention.py").read_text("utf-8")
    read |= set(re.findall(r'"(\w+_days)"', retention))  # table by table, by their names
    fields = {name for shape in NUMBERS.values() for name in shape.__struct_fields__}
    assert not fields - read


BOUNDS = {
    "KEPT": "of a memory",
    "KEPT_MESSAGES": "of a memory",
    "KEPT_PARTS": "of a memory",
    "KEPT_EXITS": "of a memory",
    "KEPT_MS": "of a memory",
    "WINDOWS_KEPT": "of a memory",
    "SCANS_KEPT": "of a memory",
    "CLOSED_KEPT_MS": "of a memory",
    "CLOSED_KEPT": "of a memory",
    "OPEN_KEPT": "of a memory",
    "LAST_PASSES": "of a memory",
    "UNLOCKS": "of a memory",
    "SUSPECTS": "of a memory",
    "FAILS_KEPT": "of a memory",
    "READERS": "of a memory",
    "DURESSES": "of a memory",
    "GRANTS": "of a memory",
    "CROSSINGS": "of a memory",
    "CALLS": "of a memory",
    "PIECE": "of a memory",
    "SAMPLES": "of a memory",
    "SAMPLES_MS": "of a memory",
    "SHOWN": "of a list in an alarm",
    "QUARTERS": "of the ribbon",
    "QUARTER_MS": "a unit",
    "HALF_HOUR_MS": "a unit",
    "HOUR_MS": "a unit",
    "MINUTE_MS": "a unit",
    "DAY_HALF_HOURS": "a unit",
    "ALIGNED_MS": "of what a record may say",
    "LONGEST_WINDOW_MS": "of what a record may say",
    "LASTS_AT_MOST_S": "of what a record may say",
    "LEVELS_CM": "of what a record may say",
    "LOOK_AGAIN_MS": "how often a tracker that cannot know looks again: it changes no judgement",
    "NEVER": "older than everything",
}


def test_what_a_system_judges_by_is_no_constant() -> None:
    """A number that stands in the code of a system is named here with its reason, or it is a number of the site."""
    found = set()
    for path in (Path(__file__).resolve().parents[2] / "community" / "systems").glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, ast.Assign):
                continue
            inside = list(ast.walk(node.value))
            numbers = [n for n in inside if isinstance(n, ast.Constant) and type(n.value) in (int, float)]
            if numbers and not any(isinstance(n, ast.Call | ast.Dict | ast.Subscript) for n in inside):
                found |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    assert found == set(BOUNDS)
