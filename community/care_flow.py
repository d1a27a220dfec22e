"""First the telephone, then the door: what comes next for a resident in care whose alarm stands. Pure.

Steps are comments on the alarm, so the log has who phoned whom, with what result, and who went.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from .place import Text

SELF = "self"

Kind = Literal["phone", "visit"]
Result = Literal["", "well", "help", "no_answer", "no_entry", "hospital"]

RESULTS: Mapping[Kind, tuple[Result, ...]] = {
    "phone": ("well", "help", "no_answer"),
    "visit": ("well", "help", "hospital", "no_entry"),
}

SAID: Mapping[str, Text] = {
    "phone": Text("电话", "Phoned"),
    "visit": Text("上门", "Visited"),
    "self": Text("本人", "the resident"),
    "phone_well": Text("接通，平安", "answered, is well"),
    "phone_help": Text("接通，需要帮助", "answered, needs help"),
    "phone_no_answer": Text("无人接听", "no answer"),
    "visit_well": Text("见到本人，平安", "seen, is well"),
    "visit_help": Text("见到本人，需要帮助", "seen, needs help"),
    "visit_hospital": Text("已送医", "taken to hospital"),
    "visit_no_entry": Text("无人应门", "nobody opens"),
}


class Step(NamedTuple):
    at_ms: int
    kind: Kind
    whom: str
    """SELF or the id of a contact; of a visit empty."""
    result: Result
    by: str = ""
    person: str = ""


class Next(NamedTuple):
    """`do`: phone (`whom`), visit, rescue (somebody has to get in, or an ambulance), close."""

    do: Literal["phone", "visit", "rescue", "close"]
    whom: str = ""


def step_of(at_ms: int, data: Mapping[str, Any]) -> Step | None:
    """Of a comment in the journal; None: it is words only."""
    kind = next((kind for kind in RESULTS if kind == data.get("step")), None)
    result = next((result for result in RESULTS[kind] if result == data.get("result")), None) if kind else None
    if kind is None or result is None:
        return None
    return Step(at_ms, kind, data.get("whom", ""), result, data.get("by", ""), data.get("person", ""))


def next_step(alarm_id: str, steps: Iterable[Step], contacts: Sequence[str]) -> Next:
    """The last word of each counts. Whoever fell is visited, whatever is said on the telephone."""
    last: dict[str, Step] = {}
    for step in sorted(steps):
        last[step.whom if step.kind == "phone" else "visit"] = step
    visit = last.pop("visit", None)
    if visit is not None:
        return Next("close" if visit.result in ("well", "hospital") else "rescue")
    answers = {whom: step.result for whom, step in last.items()}
    if "help" in answers.values():
        return Next("visit")
    if "well" in answers.values():
        return Next("visit" if alarm_id == "FALL" else "close")
    if alarm_id == "FALL" and answers:
        return Next("visit")
    unasked = next((whom for whom in (SELF, *contacts) if whom not in answers), None)
    return Next("phone", unasked) if unasked is not None else Next("visit")


def evidence_of(alarm_id: str, kind: Kind, result: Result) -> dict[str, Any] | None:
    """What the fold hears of the person by it; None: nothing. A word on the telephone ends an outing's alarm as a
    guardian's does; who is seen at the door is at home."""
    if result not in ("well", "help"):
        return None
    if kind == "visit":
        return {"evidence": "visit", "place": "home"}
    return {"evidence": "guardian" if alarm_id == "LONG_OUT" else "call"}


def said(kind: Kind, whom: str, result: Result, lang: str) -> str:
    """`电话 女儿：无人接听`. `whom`: a relation, SELF, or empty."""
    who = SAID[SELF].get(lang) if whom == SELF else whom
    colon = "：" if lang == "zh" else ": "
    return f"{SAID[kind].get(lang)}{' ' if who else ''}{who}{colon}{SAID[f'{kind}_{result}'].get(lang)}"
