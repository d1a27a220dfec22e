"""Alarms: by hour, the graver ones with what became of them, what stands, what was false."""

from __future__ import annotations

from typing import Any

from ...clock import local
from ...figures.words import KEYS, key_words
from ...history.lives import Life
from ...site import Text
from ...words import PRIORITIES, WEEKDAYS, post
from ..editions import Eyes
from ..facts import Facts, find, lines
from ..model import Chart, Column, Series, Table
from ..rules import BUSY_HOURS, busiest
from .figures import HOURS
from .hours import by_hour, by_weekday_and_hour


def hours_chart(facts: Facts, compared: list[str], eyes: Eyes) -> Chart | None:
    """Alarms by hour of the day, stacked by priority; the last day compared with is the dotted line."""
    if facts.value("alarms") is None:
        return None
    told: dict[str, list[tuple[int, Any]]] = {priority: [] for priority in ("P4", "P3", "P2", "P1")}
    for (hour_ms, priority), value in facts.by("alarms_by_hour_and_priority").items():
        told.setdefault(priority, []).append((hour_ms, value))
    beside = None
    if facts.compared and (known := find(facts.compared[-1], "alarms")) is not None and known.value is not None:
        other = facts.compared[-1]
        amounts = [(hour_ms, value) for (hour_ms, *_), value in lines(other, "alarms_by_hour").items()]
        beside = Series(compared[-1], list(by_hour(other, amounts)))
    series = []
    for name, amounts in told.items():
        counted = by_hour(facts.now, amounts)
        total = sum(n or 0 for n in counted)
        series.append(Series(f"{PRIORITIES[name].get(eyes.lang)} {total}", list(counted), name))
    busy = busiest(facts.now, "alarms_by_hour", facts.site.timezone)
    note = Text("每小时条数", "alarms an hour").get(eyes.lang)
    if busy is not None:
        span = f"{busy[0]}-{busy[0] + BUSY_HOURS}"
        note += f"，{span} 时占 {busy[1]:.0%}" if eyes.lang == "zh" else f", {busy[1]:.0%} of them {span} h"
    title = Text("各时段告警", "Alarms by hour").get(eyes.lang)
    return Chart("alarms_by_hour_chart", title, note, HOURS, series, compared=beside, mark=_first_critical(facts, eyes))


def _first_critical(facts: Facts, eyes: Eyes) -> str:
    told = [life for life in facts.lives if life.priority == "P1" and eyes.shows(life)]
    if len(told) != 1:
        return ""
    return f"{local(told[0].began_ms, facts.site.timezone):%H:%M} {eyes.alarm(told[0].alarm)}"


def incidents(facts: Facts, eyes: Eyes, priorities: tuple[str, ...] = ("P1", "P2")) -> Table:
    """Every alarm of these priorities, one by one, as far as the edition shows it."""
    all_ = [life for life in facts.lives if life.priority in priorities]
    shown = [life for life in all_ if eyes.shows(life)]
    names = "、".join(PRIORITIES[p].zh for p in priorities), " and ".join(PRIORITIES[p].en.lower() for p in priorities)
    note = f"全部 {len(all_)} 条" if eyes.lang == "zh" else f"all {len(all_)}"
    if len(shown) < len(all_):
        hidden = len(all_) - len(shown)
        note += (
            f"，其中 {hidden} 条涉及居民个人，不逐条列出"
            if eyes.lang == "zh"
            else f", {hidden} of residents not listed"
        )
    return Table(
        "incidents",
        f"{names[0].replace('、', '与')}告警" if eyes.lang == "zh" else f"{names[1].capitalize()} alarms",
        _life_columns(eyes),
        [life_row(life, facts, eyes) for life in shown],
        note=note,
        nothing=Text("本期没有。", "None.").get(eyes.lang),
        front=True,
    )


def _life_columns(eyes: Eyes) -> list[Column]:
    name = eyes.say
    return [
        Column("at", name("时间", "Time"), "moment", width=1.25),
        Column("priority", name("级别", "Level"), "priority", width=0.5),
        Column("alarm", name("事项", "Alarm"), width=1.5),
        Column("place", name("地点", "Place"), width=1.7),
        Column("acknowledged_s", name("确认", "Ack"), "seconds", width=0.7),
        Column("closed_s", name("结束", "Closed"), "seconds", width=0.8),
        Column("result", name("结果", "Result"), width=1.5),
    ]


def life_row(life: Life, facts: Facts, eyes: Eyes) -> list[Any]:
    def after(ms: int | None) -> float | None:
        return None if ms is None else (ms - life.began_ms) / 1000

    return [
        life.began_ms,
        life.priority,
        eyes.alarm(life.alarm),
        eyes.place(life.device),
        after(life.acknowledged_ms),
        after(life.closed_ms),
        result(life, facts, eyes),
    ]


def result(life: Life, facts: Facts, eyes: Eyes) -> str:
    if life.open:
        if life.acknowledged_ms is None:
            return eyes.say("未结束，无人确认", "open, not acknowledged")
        who = post(life.acknowledged_by, eyes.lang, facts.site.posts)
        return eyes.say(f"未结束，{who}在办", f"open, {who} has it")
    said = facts.said.get(life.occurrence)
    words = key_words("reason", said.verdict, eyes.lang) if said is not None else eyes.say("已恢复", "back to normal")
    parts = [words]
    if said is not None and said.words and eyes.tells(life, said.words):
        parts.append(shortened(said.words))
    if life.repeats:
        parts.append(eyes.say(f"反复 {life.repeats} 次", f"{life.repeats} repeat{'s' if life.repeats > 1 else ''}"))
    return eyes.say("，", ", ").join(parts)


LONGEST = 40
"""Characters of a person's words that a line of a table has room for; the 报警处置单 has all."""


def shortened(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def standing(facts: Facts, eyes: Eyes) -> Table:
    end_ms = min(facts.now.to_ms, facts.now.as_of_ms)
    shown = [life for life in facts.standing if eyes.shows(life)]
    name = eyes.say
    hidden = len(facts.standing) - len(shown)
    note = name(f"共 {len(facts.standing)} 条", f"{len(facts.standing)} in all")
    if hidden:
        note += name(f"，其中 {hidden} 条涉及居民个人，不列出", f", {hidden} of residents not listed")
    return Table(
        "standing",
        name("期末未结束的告警", "Open at the end"),
        [
            Column("since", name("自", "Since"), "moment", width=1.25),
            Column("priority", name("级别", "Level"), "priority", width=0.5),
            Column("alarm", name("事项", "Alarm"), width=1.5),
            Column("place", name("地点", "Place"), width=1.8),
            Column("for_s", name("已历时", "For"), "seconds", width=0.9),
            Column("who", name("谁在办", "Who has it"), width=1.0),
        ],
        [
            [
                life.began_ms,
                life.priority_now,
                eyes.alarm(life.alarm),
                eyes.place(life.device),
                (end_ms - life.began_ms) / 1000,
                post(life.acknowledged_by, eyes.lang, facts.site.posts)
                if life.acknowledged_ms is not None
                else name("无人确认", "nobody"),
            ]
            for life in shown
        ],
        note=note,
        nothing=name("没有。", "None."),
    )


def false_rates(facts: Facts, eyes: Eyes) -> Table:
    name = eyes.say
    merged: dict[str, tuple[str, int, int]] = {}
    for alarm_id, closed, false in facts.judged:
        kind = eyes.identity("alarm", alarm_id)
        _, before, wrong = merged.get(kind, ("", 0, 0))
        merged[kind] = (eyes.alarm(alarm_id), before + closed, wrong + false)
    return Table(
        "false_rates",
        name("各规则误报率", "False alarms by rule"),
        [
            Column("alarm", name("规则", "Rule"), width=1.6),
            Column("closed", name("有结论", "Judged"), "number"),
            Column("false", name("误报", "False"), "number"),
            Column("share", name("误报率", "Share"), "number", "%", 1),
        ],
        [[words, closed, false, 100 * false / closed] for _, (words, closed, false) in sorted(merged.items())],
        note=name("30 日内关闭时填了原因的", "closed with a reason within 30 days"),
        nothing=name("没有填写原因的关闭。", "None was closed with a reason."),
    )


def week_heat(facts: Facts, eyes: Eyes) -> tuple[Table, Chart]:
    """Alarms by weekday and hour, as a table and as a field; unknown where nothing was recorded."""
    amounts = [(hour_ms, value) for (hour_ms, *_), value in facts.by("alarms_by_hour").items()]
    days = [f"周{WEEKDAYS['zh'][n]}" if eyes.lang == "zh" else WEEKDAYS["en"][n] for n in range(7)]
    title, unit = eyes.say("告警 时段 × 星期", "Alarms by hour and weekday"), eyes.say("条", "alarms")
    cells = by_weekday_and_hour(facts.now, amounts)
    columns = [
        Column("day", KEYS["day"].get(eyes.lang)),
        *(Column(f"h{hour}", str(hour), "number") for hour in range(24)),
    ]
    table = Table("heat", title, columns, [[day, *row] for day, row in zip(days, cells, strict=True)], unprinted=True)
    series = [Series(day, list(row)) for day, row in zip(days, cells, strict=True)]
    most, day_, hour_ = max(((n or 0, day, hour) for day, row in enumerate(cells) for hour, n in enumerate(row)))
    if most:
        title = eyes.say(
            f"{days[day_]} {hour_} 时告警最多（{most} 条）", f"Most alarms on {days[day_]} at {hour_} h ({most})"
        )
    return table, Chart("heat_chart", title, unit, HOURS, series, unit, table="heat", form="cells")
