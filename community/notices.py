"""Who is told of which alarm, when: pure decisions over the alarms that stand now.

A rule sends alarms of its priorities to a channel, at once or once nobody has acknowledged them for so long
(escalation); not in its quiet hours, which no P1 respects. A guardian is a channel of one resident who consented.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec

from .board.alarm_words import CARE_TITLE, title
from .board.naming import clock_time, where
from .board.privacy import is_care
from .catalogue import CATALOGUE
from .clock import within
from .numbers import ClockTime
from .place import Text
from .state import Alarm, State, alarm_state
from .words import PRIORITIES, Lang

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,40}\Z")]
Level = Annotated[str, msgspec.Meta(pattern=r"^P[1-4]\Z")]

STALE_MS = 15 * 60_000
"""What was due longer ago is no news: whoever starts, or whose channel has just passed its test, is not told of it."""


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the community's own clock, past midnight where `until` is the earlier."""

    begins: ClockTime = msgspec.field(name="from")
    ends: ClockTime = msgspec.field(name="until")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`after_s` above 0: once nobody has acknowledged it for so long."""

    to: Name
    priorities: Annotated[tuple[Level, ...], msgspec.Meta(min_length=1)] = ("P1", "P2")
    after_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0
    quiet: Quiet | None = None


class Guardian(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`subject`: the resident's id in the register. Told of their own alarms alone, while the consent stands."""

    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    to: Name


class Notice(NamedTuple):
    id: str
    """Of this occurrence, channel and step: told once."""
    channel: str
    alarm: str
    """Its key, as the log has it."""
    occurrence: str
    priority: str
    escalated: bool
    guardian: bool


def due(
    state: State, rules: Sequence[Rule], guardians: Iterable[Guardian], usable: Collection[str], now_ms: int
) -> list[Notice]:
    """What should have been said by now, the gravest first. `usable`: channels that have passed their test."""
    found: list[Notice] = []
    alarms = sorted(state.alarms.values(), key=lambda alarm: (alarm.priority, alarm.activated_ms, alarm.key))
    for alarm in alarms:
        now = alarm_state(alarm)
        if now not in ("unacknowledged", "acknowledged") or not alarm.occurrence:
            continue
        for n, rule in enumerate(rules):
            if rule.to in usable and alarm.priority in rule.priorities and _is_time(state, alarm, rule, now, now_ms):
                found.append(_notice(alarm, rule.to, f"{n}", escalated=rule.after_s > 0))
        if is_care(state, alarm) and now_ms - alarm.activated_ms < STALE_MS:
            for guardian in guardians:
                if guardian.subject == alarm.device and guardian.to in usable and consents(state, guardian.subject):
                    found.append(_notice(alarm, guardian.to, "guardian", guardian=True))
    return found


def _is_time(state: State, alarm: Alarm, rule: Rule, now: str, now_ms: int) -> bool:
    waited_ms = now_ms - alarm.activated_ms - round(1000 * rule.after_s)
    if not 0 <= waited_ms < STALE_MS or (rule.after_s and now == "acknowledged"):
        return False
    if rule.quiet is None or alarm.priority == "P1":
        return True
    return not within(now_ms, rule.quiet.begins, rule.quiet.ends, state.site.timezone)


def _notice(alarm: Alarm, channel: str, step: str, *, escalated: bool = False, guardian: bool = False) -> Notice:
    id_ = f"{alarm.occurrence}/{channel}/{step}"
    return Notice(id_, channel, alarm.key, alarm.occurrence, alarm.priority, escalated, guardian)


def consents(state: State, subject: str) -> bool:
    """Said in so many words, and not withdrawn since: of who has said nothing nobody is told. Nor is a guardian who
    does not want to be."""
    device = state.devices.get(subject)
    return device is not None and device.values.get("consent") is True and device.values.get("guardian") is not False


def admitted(waiting: Sequence[Notice], room: int) -> tuple[list[Notice], list[Notice]]:
    """Of what waits for one channel, the gravest first: what goes out now that it takes `room` messages more in this
    minute, and what is held back for good. A P1 is never dropped: it waits for the next minute."""
    if room <= 0:
        return [], []
    return list(waiting[:room]), [one for one in waiting[room:] if one.priority != "P1"]


def words(state: State, notice: Notice, lang: Lang) -> tuple[str, str]:
    """Title and body. Outside the house no room, no name and nothing of anybody's health is said."""
    alarm = state.alarms.get(notice.alarm)
    care = alarm is not None and is_care(state, alarm)
    alarm_id, _, device = notice.alarm.partition("/")
    what = CARE_TITLE.get(lang) if care else title(alarm_id, alarm.detail if alarm is not None else {}, lang)
    place = where(state.site, device, lang)
    at = clock_time(state.site, alarm.activated_ms, seconds=True) if alarm is not None else ""
    step = SAID["escalated"].get(lang) if notice.escalated else ""
    head = f"【{PRIORITIES[notice.priority].get(lang)}】{what} · {place}"
    steps = [] if care else [entry.get(lang) for entry in CATALOGUE[alarm_id].steps[:2]]
    lines = (f"{state.site.name.get(lang)} {at}", step, *steps)
    return head, "\n".join(line for line in lines if line)


SAID = {
    "escalated": Text("还没有人确认", "Nobody has acknowledged it"),
    "held": Text(
        "另有 {} 条未逐条发送（一分钟内太多），请看告警台",
        "{} more are not sent one by one (too many in a minute): see the desk",
    ),
    "test_title": Text("守望 · 通道测试", "Shouwang · channel test"),
    "test": Text("测试码 {}，请在通知页填入，10 分钟内有效。", "Code {}: enter it at /notices within 10 minutes."),
    "guardian": Text("已联系上本人请点：{}", "When you have reached them: {}"),
}
