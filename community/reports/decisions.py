"""需要决定: what asks for a manager's decision, each by its rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ..figures import CATALOGUE, unit_words
from ..figures.answers import Report
from ..history.days import HOUR_MS
from ..site import Text
from .editions import Eyes
from .facts import Facts, find
from .needed import TARGETED
from .rule import Rule, Said
from .words import figure_words, length_words

MISSED_DAYS, OF_DAYS = 3, 7
STALE_H = 24
OVERDUE_H = 72
FALSE_LEAST, FALSE_SHARE = 3, 0.5


def _device_again(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    for alarm_id, device, times, priority, now in facts.repeated:
        if priority > "P3" or not now or eyes.personal(alarm_id, device):
            continue
        what, advice = f"{eyes.place(device)} {eyes.alarm(alarm_id)}", ADVICE.get(alarm_id, MEND)
        yield (
            "",
            eyes.say(f"{what} 30 日内第 {times} 次，{advice.zh}。", f"{what}: {times} times in 30 days; {advice.en}?"),
        )


MEND, ENFORCE = Text("建议检修", "have it mended"), Text("建议整治", "have it put in order")
LOOK, STAFF = Text("建议查明原因", "find out why"), Text("建议调整人手", "change who is on duty")
ADVICE = {
    **dict.fromkeys(("FIRE_LANE", "EBIKE_LIFT", "FALLING_OBJ", "PERIMETER", "DOOR_HELD", "BIN_FULL"), ENFORCE),
    **dict.fromkeys(("SOS", "DURESS", "DOOR_AUTH", "DOOR_FORCED", "CAM_BLIND"), LOOK),
    **dict.fromkeys(("PATROL_MISS", "CALL_UNANSWERED"), STAFF),
}
"""What people do again and again no repair ends; whatever is not named here is a thing that can be mended."""


def _leaks(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    for life in facts.standing:
        if life.alarm in ("DMA_NIGHT", "WATER_BURST", "LEAK_HOME"):
            where = eyes.place(life.device)
            what = eyes.alarm(life.alarm)
            yield "", eyes.say(f"{where} {what} 未结束，建议查漏。", f"{where} {what} stands; look for the leak?")


def in_question(trend: Sequence[Report]) -> list[str]:
    """The figures whose target was missed on MISSED_DAYS of the last single days."""
    return [id_ for id_ in TARGETED if _missed(id_, trend)[0] >= MISSED_DAYS]


def _missed(id_: str, trend: Sequence[Report]) -> tuple[int, int]:
    """On how many of the last days, and of how many."""
    figure = CATALOGUE[id_]
    values = [found.value for report in trend[-OF_DAYS:] if (found := find(report, id_)) is not None]
    assert figure.target is not None
    return sum(met(value, figure.better, figure.target.at) is False for value in values), len(values)


def _target_missed(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    asked = in_question(facts.trend)
    for id_ in asked:
        if SAME_AS.get(id_) in asked:
            continue
        figure, (missed, days) = CATALOGUE[id_], _missed(id_, facts.trend)
        if figure.target is not None and met(facts.value(id_), figure.better, figure.target.at) is False:
            name, unit = figure.name.get(eyes.lang), unit_words(figure, eyes.lang)
            said = figure_words(facts.value(figure.id), unit, figure.decimals, eyes.lang)
            aim = figure_words(figure.target.at, unit, _decimals(figure.target.at), eyes.lang)
            zh, en = ("超过", "above") if figure.better == "less" else ("未达", "below")
            yield (
                "",
                eyes.say(
                    f"{name} {said}，{days} 日中 {missed} 日{zh} {aim}，请定整改。",
                    f"{name} {said}: {en} {aim} on {missed} of {days} days; what shall change?",
                ),
            )


SAME_AS = {"patrol_missed": "patrol_completion"}
"""Of the same rounds: one decision."""


def _decimals(value: float) -> int:
    return 0 if value == int(value) else 1


def met(value: float | int | None, better: str, target: float) -> bool | None:
    if value is None:
        return None
    return value <= target if better == "less" else value >= target


def _stale(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    end_ms = min(facts.now.to_ms, facts.now.as_of_ms)
    for life in facts.standing:
        hours = (end_ms - life.began_ms) / HOUR_MS
        if hours >= STALE_H and eyes.shows(life) and life.alarm not in ("DMA_NIGHT", "WATER_BURST", "LEAK_HOME"):
            what = f"{eyes.place(life.device)} {eyes.alarm(life.alarm)}"
            took = length_words(hours * 3600, eyes.lang)
            yield "", eyes.say(f"{what} 已 {took} 未结束，请定处理人。", f"{what} has stood for {took}: who takes it?")


def _overdue(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    end_ms = min(facts.now.to_ms, facts.now.as_of_ms)
    late: dict[str, list[int]] = defaultdict(list)
    for order in facts.orders:
        if end_ms - order.published_ms >= OVERDUE_H * HOUR_MS:
            late[order.category].append(order.published_ms)
    for category, since in sorted(late.items(), key=lambda one: (-len(one[1]), min(one[1]), one[0])):
        took = length_words((end_ms - min(since)) / 1000, eyes.lang)
        name = eyes.key("category", category) or eyes.say("未分类", "no category")
        yield (
            "",
            eyes.say(
                f"{name}诉求 {len(since)} 件超过三天未办结，最久 {took}，请定期限。",
                f"{name}: {len(since)} order{'s' * (len(since) > 1)} open for more than three days, the oldest {took}; "
                "by when?",
            ),
        )


def _dead(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    silent = [one.device for one in facts.silent if one.heard_ms is None and one.device in facts.site.by_id]
    if silent:
        names = list(dict.fromkeys(eyes.device(device) for device in silent))
        told = eyes.say("、", ", ").join(names[:3]) + (eyes.say(" 等", " ..") if len(names) > 3 else "")
        yield (
            "",
            eyes.say(
                f"{len(silent)} 台设备一整天没有声音（{told}），建议报修。",
                f"{len(silent)} devices were silent for a whole day ({told}); call for repair?",
            ),
        )


def _false(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    for alarm_id, closed, false in facts.judged:
        if (
            false >= FALSE_LEAST
            and false / closed >= FALSE_SHARE
            and not (eyes.outside and eyes.personal(alarm_id, ""))
        ):
            name = eyes.alarm(alarm_id)
            yield (
                "",
                eyes.say(
                    f"{name} 30 日内 {closed} 次有结论，{false} 次是误报，建议调整规则。",
                    f"{name}: {false} of {closed} judged in 30 days were false; change the rule?",
                ),
            )


DECISIONS = (
    Rule(
        "D1",
        Text(
            "同一设备同一告警（P1 至 P3）30 日内 3 次以上且本期又响",
            "the same alarm (P1 to P3) of one device three times in 30 days, and again now",
        ),
        _device_again,
    ),
    Rule("D2", Text("漏水类告警期末未结束", "an alarm of a leak stands at the end"), _leaks),
    Rule(
        "D3",
        Text("有目标的指标近 7 日中 3 日以上未达标且本期仍未达标", "a target missed on three of seven days, and now"),
        _target_missed,
    ),
    Rule(
        "D4",
        Text("告警超过 24 小时未结束（ISA-18.2 stale）", "an alarm stands for more than 24 h (ISA-18.2: stale)"),
        _stale,
    ),
    Rule("D5", Text("诉求超过三天未办结", "an order is open for more than three days"), _overdue),
    Rule("D6", Text("应自报的设备一整天没有声音", "a device that speaks by itself was silent for a day"), _dead),
    Rule(
        "D7",
        Text(
            "30 日内有结论的告警半数以上（至少 3 次）是误报",
            "half of the judged alarms of a rule in 30 days, three at least, were false",
        ),
        _false,
    ),
)
