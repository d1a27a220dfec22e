"""Who has an alarm in hand, what is said of it, and with what verdict it is closed: commands of the desk.

Two people act at once: the first record in the log counts, the second is refused with the name of whoever was first. A
command says which occurrence it means, and one that takes an alarm says from whom (`instead_of`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec.structs import replace

from .alarms import Outcome, Refused, Transition, acknowledge, standing_told
from .catalogue import Definition
from .draft import JOURNAL, Draft
from .state import Alarm
from .systems.base import typed

Verdict = Literal["true", "benign", "mistake", "false_rule", "false_data", "test", "undetermined"]
"""DOMAIN.md: true, real but benign, pressed by mistake, false rule, false data, test, undetermined."""

Work = Literal["working", "en_route", "on_scene"]

Act = Callable[[Alarm | None], Outcome]


class Take(msgspec.Struct):
    """`work`: how far the one who takes it is. `instead_of`: the post that has it now, as the person saw it."""

    by: str
    occurrence: str = ""
    work: Work = "working"
    instead_of: str = ""
    reason: str = ""


class Assign(msgspec.Struct):
    by: str
    to: str
    occurrence: str = ""
    instead_of: str = ""
    reason: str = ""


class Comment(msgspec.Struct):
    """`picture`: its hash in the blob store. `step`, `whom`, `result`: of a call or a visit to a resident in care
    (`care_flow.py`)."""

    by: str
    text: str
    occurrence: str = ""
    picture: str = ""
    step: str = ""
    whom: str = ""
    result: str = ""


class Close(msgspec.Struct):
    by: str
    verdict: Verdict
    occurrence: str = ""
    reason: str = ""


# ---- decisions, pure
def taken(alarm: Alarm | None, said: Take, person: str, at_ms: int) -> Outcome:
    """Acknowledges what nobody has acknowledged: whoever takes an alarm has seen it. Raises Refused."""
    alarm = _meant(alarm, said.occurrence)
    _from_whom(alarm, said.instead_of, said.by, person)
    transitions: list[Transition] = []
    if not alarm.acknowledged:
        seen, transitions = acknowledge(alarm, said.occurrence, said.by, at_ms)
        if seen is None:  # it had returned already: that somebody has seen it ends it
            return None, transitions
        alarm = seen
    if (alarm.owner, alarm.owner_person, alarm.work) == (said.by, person, said.work):
        raise Refused("it is in your hands already")
    held = replace(alarm, owner=said.by, owner_person=person, owner_ms=at_ms, work=said.work)
    return held, [*transitions, Transition("taken", at_ms)]


def assigned(alarm: Alarm | None, said: Assign, at_ms: int) -> Outcome:
    """To a post; who stands there takes it. Raises Refused."""
    alarm = _meant(alarm, said.occurrence)
    if not alarm.acknowledged:
        raise Refused("acknowledge it first")
    if said.instead_of != alarm.owner:
        raise Refused(f"it is in the hands of {alarm.owner or 'nobody'} now")
    if alarm.owner == said.to:
        raise Refused("it is theirs already")
    held = replace(alarm, owner=said.to, owner_person="", owner_ms=at_ms, work="")
    return held, [Transition("assigned", at_ms, said.to)]


def closed(alarm: Alarm | None, definition: Definition, said: Close, at_ms: int) -> Outcome:
    """Ends what has ended, or what a person may end, with a verdict. Raises Refused."""
    alarm = _meant(alarm, said.occurrence)
    if not alarm.acknowledged:
        raise Refused("acknowledge it first")
    if alarm.condition and not (definition.operator_clears or alarm.operator_ends):
        raise Refused("its cause is still there")
    return None, [*([Transition("returned", at_ms)] if alarm.active else []), Transition("closed", at_ms)]


def _meant(alarm: Alarm | None, occurrence: str) -> Alarm:
    if alarm is None or not standing_told(alarm):
        raise Refused("the alarm is not standing any more")
    if occurrence and occurrence != alarm.occurrence:
        raise Refused(f"the alarm has come again since ({alarm.occurrence}); look at it first")
    return alarm


def _from_whom(alarm: Alarm, instead_of: str, by: str, person: str) -> None:
    if not alarm.owner or instead_of == alarm.owner:
        return
    mine = alarm.owner == by and alarm.owner_person in ("", person)
    if not mine:
        raise Refused(f"{alarm.owner} has taken it")


# ---- commands
def take(draft: Draft) -> None:
    said: Take = typed(Take, draft.record.data)
    _settle(draft, said.by, said.reason, lambda a: taken(a, said, draft.person, draft.clock_ms))


def assign(draft: Draft) -> None:
    said: Assign = typed(Assign, draft.record.data)
    posts = {post.id for post in draft.state.site.posts}

    def give(alarm: Alarm | None) -> Outcome:
        if posts and said.to not in posts:
            raise Refused(f"there is no {said.to} here")
        return assigned(alarm, said, draft.clock_ms)

    _settle(draft, said.by, said.reason, give)


def comment(draft: Draft) -> None:
    """Changes nothing but what is known of the alarm."""
    said: Comment = typed(Comment, draft.record.data)
    key = draft.record.subject
    if not said.text.strip():
        return draft.refuse(said.by, "there is nothing in it")
    alarm = draft.alarm(key)
    if alarm is None and not _recently(draft, key):
        return draft.refuse(said.by, "the alarm is not standing any more")
    occurrence = alarm.occurrence if alarm is not None else said.occurrence
    data = {"alarm": key, "by": said.by, "text": said.text, "occurrence": occurrence}
    more = {"picture": said.picture, "step": said.step, "whom": said.whom, "result": said.result}
    data |= {name: value for name, value in more.items() if value}
    draft.entry(JOURNAL, "alarm.commented", key, draft.clock_ms, data)
    return None


def close(draft: Draft) -> None:
    """Of an alarm that has closed by itself a little while ago the verdict alone is written down."""
    said: Close = typed(Close, draft.record.data)
    key = draft.record.subject
    if draft.alarm(key) is None and _recently(draft, key):
        data = {"alarm": key, "by": said.by, "verdict": said.verdict, "occurrence": said.occurrence}
        draft.entry(
            JOURNAL, "alarm.judged", key, draft.clock_ms, data | ({"reason": said.reason} if said.reason else {})
        )
        return
    definition = draft.definition(key.partition("/")[0])
    _settle(
        draft,
        said.by,
        said.reason,
        lambda alarm: closed(alarm, definition, said, draft.clock_ms),
        {"verdict": said.verdict},
    )


def _recently(draft: Draft, key: str) -> bool:
    return any(closed.key == key for closed in draft.state.recent)


def _settle(draft: Draft, by: str, reason: str, act: Act, more: dict[str, str] | None = None) -> None:
    key = draft.record.subject
    alarm = draft.alarm(key)
    try:
        outcome = act(alarm)
    except Refused as refusal:
        draft.refuse(by, str(refusal))
        return
    draft.settle(key, alarm, outcome, by, reason, more)
