"""The parts of a report: figures held against other days and targets, their lines as tables, lists, charts as data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from ..clock import local
from ..figures import CATALOGUE, Figure, unit_words
from ..figures.answers import Answer
from ..figures.words import KEYS, SECTIONS, key_words
from ..history.lives import Life
from ..site import Text
from ..words import PRIORITIES, WEEKDAYS, post
from .editions import Eyes
from .facts import Facts, find, lines
from .model import Chart, Column, FigureRow, Section, Series, Table
from .rules import BUSY_HOURS, busiest, met
from .words import PAPER, figure_words, number_words, short_day

SAME_SHARE = 0.05
"""Under five percent's difference is said to be none."""

SAID_BEFORE = frozenset(("alarms_by_priority",))
"""Figures that the first page says in words."""

NOT_OF_A_DAY = frozenset(
    ("acknowledge_p50_by_alarm", "recover_p50_by_alarm", "cameras_by_minutes", "charging_busy")
    + ("orders_done_by_category", "orders_take_p50_by_category", "orders_in_time_by_category")
)
"""A day's print has no room for them; they stand in its XLSX and CSV, and in the print of weeks and months."""

FIRST_TEN = frozenset(("top_alarms", "offline_worst"))
"""Their lines are not all: a sum would say nothing."""

HOURS = [str(hour) for hour in range(24)]


def row(figure: Figure, facts: Facts, compared: list[str], eyes: Eyes) -> FigureRow:
    answer = facts.answer(figure.id) or Answer(figure.id, None, 0, why="nothing")
    values = [found.value if (found := find(report, figure.id)) is not None else None for report in facts.compared]
    target = figure.target.at if figure.target is not None else None
    good = met(answer.value, figure.better, target) if target is not None else None
    return FigureRow(
        id=figure.id,
        name=figure.name.get(eyes.lang),
        unit=unit_words(figure, eyes.lang),
        decimals=figure.decimals,
        value=answer.value,
        compared=values,
        target=target,
        better=figure.better,
        met=good,
        said=_judgement(answer, good, values, compared, facts, eyes),
        definition=figure.definition.get(eyes.lang),
        rows=answer.rows,
        left_out=answer.left_out,
        heard=answer.heard,
        why=answer.why,
    )


def _judgement(
    answer: Answer, good: bool | None, values: list[Any], compared: list[str], facts: Facts, eyes: Eyes
) -> str:
    lang = eyes.lang
    if answer.value is None:
        return PAPER[f"unknown_{answer.why}"].get(lang) if answer.why else ""
    if good is not None:
        return PAPER["met" if good else "missed"].get(lang)
    if not values or values[0] is None:
        return ""
    before, figure = values[0], CATALOGUE.get(answer.id)
    change = answer.value - before
    if not change or (before and abs(change / before) < SAME_SHARE):
        return PAPER["same"].get(lang).format(compared[0])
    word = PAPER["more_than" if change > 0 else "less_than"].get(lang)
    if before and figure is not None and figure.unit.zh != "%" and abs(before) >= 20:
        return word.format(compared[0], f"{abs(change / before):.0%}")
    decimals = figure.decimals if figure is not None else 0
    return word.format(compared[0], number_words(abs(change), decimals))


def headline(ids: Iterable[str], facts: Facts, compared: list[str], eyes: Eyes) -> list[FigureRow]:
    return [row(CATALOGUE[id_], facts, compared, eyes) for id_ in ids]


def of_catalogue(section: str, facts: Facts, compared: list[str], eyes: Eyes) -> Section:
    """Every figure of a section: single values as rows, those by something as tables. What the site has nothing of is
    left out."""
    found = Section(section, SECTIONS[section].get(eyes.lang))
    for figure in CATALOGUE.values():
        if figure.section != section:
            continue
        answer = facts.answer(figure.id)
        if answer is None or answer.why == "no_devices":
            continue
        if not figure.by:
            found.figures.append(row(figure, facts, compared, eyes))
        elif answer.lines is not None:
            table = by_table(figure, answer, facts, eyes)
            one_day = facts.now.days == 1 and ("day" in figure.by or figure.id in NOT_OF_A_DAY)
            table.unprinted = figure.by[0] == "hour_ms" or one_day or figure.id in SAID_BEFORE
            if figure.by[0] == "hour_ms":
                if len(figure.by) == 1 and section != "alarms" and facts.now.days == 1:
                    found.charts.append(_by_hour(figure, table, facts, eyes))
            found.tables.append(table)
    return found


def _by_hour(figure: Figure, table: Table, facts: Facts, eyes: Eyes) -> Chart:
    """A day's hours; those without a line are 0, for the figure is known."""
    counts: Counter[int] = Counter()
    for hour_ms, value in table.rows:
        assert isinstance(hour_ms, int)
        counts[local(hour_ms, facts.site.timezone).hour] += int(float(value or 0))
    most = max(counts, key=lambda hour: (counts[hour], -hour), default=0)
    name = figure.name.get(eyes.lang)
    title = f"{name}：{most} 时最多" if eyes.lang == "zh" else f"{name}: most at {most} h"
    unit = unit_words(figure, eyes.lang)
    return Chart(
        f"{figure.id}_chart",
        title,
        unit,
        HOURS,
        [Series(name, [counts[hour] for hour in range(24)])],
        unit,
        table=table.id,
    )


def by_table(figure: Figure, answer: Answer, facts: Facts, eyes: Eyes) -> Table:
    """The lines of a figure in words; lines that this edition does not tell apart are one, where they add up."""
    columns = [Column(by, KEYS[by].get(eyes.lang) if by in KEYS else by, _form(by), width=1.6) for by in figure.by]
    unit = unit_words(figure, eyes.lang)
    columns.append(Column("value", figure.name.get(eyes.lang), _value_form(unit), unit, figure.decimals))
    rows: dict[tuple[Any, ...], float | int | None] = {}
    for at, line in enumerate(answer.lines or []):
        keys: tuple[Any, ...] = tuple(
            value if by.endswith("_ms") else eyes.key(by, value) for by, value in line.keys.items()
        )
        if keys in rows and not _adds_up(figure):
            keys = (*keys[:-1], f"{keys[-1]} {at + 1}")
        before = rows.get(keys)
        rows[keys] = line.value if before is None else before + (line.value or 0)
    listed: list[list[Any]] = [[*keys, value] for keys, value in rows.items()]
    if figure.by[0] not in ("priority", "hour_ms", "day"):  # those have an order of their own
        rising = figure.better == "more" and figure.unit.zh == "%"
        listed.sort(key=lambda line: (line[-1] is None, (line[-1] or 0) * (1 if rising else -1)))
    return Table(
        figure.id,
        figure.name.get(eyes.lang),
        columns,
        listed,
        note=figure.definition.get(eyes.lang),
        figure=figure.id,
        left_out=answer.left_out,
        total=_adds_up(figure) and figure.id not in FIRST_TEN,
    )


def _adds_up(figure: Figure) -> bool:
    return not figure.peak and "AS of" not in figure.query and figure.unit.zh != "%"


def _form(by: str) -> Any:
    return "moment" if by.endswith("_ms") else "text"


def _value_form(unit: str) -> Any:
    return "seconds" if unit in ("秒", "s") else "minutes" if unit in ("分钟", "min") else "number"


def plain_figures(facts: Facts, eyes: Eyes) -> dict[str, Any]:
    """Every figure with its lines in words, as a correction compares them."""
    found: dict[str, Any] = {}
    for answer in facts.now.figures:
        figure = CATALOGUE[answer.id]
        if not figure.by:
            found[answer.id] = answer.value
        elif answer.lines is not None:
            table = by_table(figure, answer, facts, eyes)
            found[answer.id] = {" · ".join(str(cell) for cell in row[:-1]): row[-1] for row in table.rows}
        else:
            found[answer.id] = None
    return found


# ---- alarms
def hours_chart(facts: Facts, compared: list[str], eyes: Eyes) -> Chart | None:
    """Alarms by hour of the day, stacked by priority; the last day compared with is the dotted line."""
    counted: dict[str, Counter[int]] = {priority: Counter() for priority in ("P4", "P3", "P2", "P1")}
    for (hour_ms, priority), value in facts.by("alarms_by_hour_and_priority").items():
        counted.setdefault(priority, Counter())[local(hour_ms, facts.site.timezone).hour] += int(value or 0)
    if facts.value("alarms") is None:
        return None
    beside = None
    if facts.compared and find(facts.compared[-1], "alarms_by_hour") is not None:
        other: Counter[int] = Counter()
        for (hour_ms, *_), value in lines(facts.compared[-1], "alarms_by_hour").items():
            other[local(hour_ms, facts.site.timezone).hour] += int(value or 0)
        known = find(facts.compared[-1], "alarms")
        if known is not None and known.value is not None:
            beside = Series(compared[-1], [other[hour] for hour in range(24)])
    series = [
        Series(f"{PRIORITIES[name].get(eyes.lang)} {count.total()}", [count[hour] for hour in range(24)], name)
        for name, count in counted.items()
    ]
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
            return Text("未结束，无人确认", "open, not acknowledged").get(eyes.lang)
        who = post(life.acknowledged_by, eyes.lang, facts.site.posts)
        return f"未结束，{who}在办" if eyes.lang == "zh" else f"open, {who} has it"
    said = key_words("reason", life.reason, eyes.lang) if life.reason in _REASONS else ""
    repeats = f"反复 {life.repeats} 次" if eyes.lang == "zh" else f"{life.repeats} repeats"
    parts = [said or Text("已恢复", "back to normal").get(eyes.lang), *([repeats] if life.repeats else [])]
    return ("，" if eyes.lang == "zh" else ", ").join(parts)


_REASONS = frozenset(("true", "benign", "mistake", "false_rule", "false_data", "test", "undetermined"))


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


# ---- orders, devices, retention
def open_orders(facts: Facts, eyes: Eyes) -> Table:
    """By category: how many wait, how many are late, the oldest. No order is listed by itself outside the house."""
    name = eyes.say
    end_ms = min(facts.now.to_ms, facts.now.as_of_ms)
    groups: dict[str, list[Any]] = defaultdict(list)
    for order in facts.orders:
        groups[eyes.key("category", order.category) or name("未分类", "Other")].append(order)
    return Table(
        "open_orders",
        name("未办结的诉求", "Orders not done"),
        [
            Column("category", name("类别", "Category"), width=1.6),
            Column("open", name("未办结", "Open"), "number"),
            Column("waiting", name("待接单", "Waiting"), "number"),
            Column("late", name("接单超时", "Late"), "number"),
            Column("oldest", name("最早发布", "Oldest"), "moment", width=1.3),
            Column("age_s", name("最久", "For"), "seconds"),
        ],
        [
            [
                category,
                len(orders),
                sum(order.taken_ms is None for order in orders),
                sum(_late(order, end_ms) for order in orders),
                min(order.published_ms for order in orders),
                (end_ms - min(order.published_ms for order in orders)) / 1000,
            ]
            for category, orders in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
        ],
        note=name(f"共 {len(facts.orders)} 件", f"{len(facts.orders)} in all"),
        nothing=name("没有。", "None."),
    )


def _late(order: Any, end_ms: int) -> bool:
    due_ms = order.due_ms
    return due_ms is not None and (order.taken_ms if order.taken_ms is not None else end_ms) > due_ms


def silent(facts: Facts, eyes: Eyes) -> Table:
    name = eyes.say
    feeds = facts.site.source_by_id
    return Table(
        "silent",
        name("期末离线的数据源与设备", "Feeds and devices not heard at the end"),
        [
            Column("what", name("类别", "What"), width=0.8),
            Column("device", name("名称", "Name"), width=2),
            Column("heard", name("最后听到", "Last heard"), "moment", width=1.3),
        ],
        [
            [
                name("数据源", "feed") if one.device in feeds else name("设备", "device"),
                eyes.device(one.device),
                one.heard_ms,
            ]
            for one in facts.silent
        ],
        note=name(f"共 {len(facts.silent)}，一天内没有听到的为 —", f"{len(facts.silent)} in all; — : not within a day"),
        nothing=name("没有。", "None."),
    )


def false_rates(facts: Facts, eyes: Eyes) -> Table:
    name = eyes.say
    merged: dict[str, tuple[int, int]] = {}
    for alarm_id, closed, false in facts.judged:
        words = eyes.alarm(alarm_id)
        before = merged.get(words, (0, 0))
        merged[words] = (before[0] + closed, before[1] + false)
    return Table(
        "false_rates",
        name("各规则误报率", "False alarms by rule"),
        [
            Column("alarm", name("规则", "Rule"), width=1.6),
            Column("closed", name("有结论", "Judged"), "number"),
            Column("false", name("误报", "False"), "number"),
            Column("share", name("误报率", "Share"), "number", "%", 1),
        ],
        [[words, closed, false, 100 * false / closed] for words, (closed, false) in sorted(merged.items())],
        note=name("30 日内关闭时填了原因的", "closed with a reason within 30 days"),
        nothing=name("没有填写原因的关闭。", "None was closed with a reason."),
    )


def week_heat(facts: Facts, eyes: Eyes) -> tuple[Table, Chart]:
    """Alarms by weekday and hour, as a table and as a field; unknown where nothing was recorded."""
    known = facts.value("alarms") is not None
    counts: Counter[tuple[int, int]] = Counter()
    for (hour_ms, *_), value in facts.by("alarms_by_hour").items():
        at = local(hour_ms, facts.site.timezone)
        counts[at.weekday(), at.hour] += int(value or 0)
    days = [f"周{WEEKDAYS['zh'][n]}" if eyes.lang == "zh" else WEEKDAYS["en"][n] for n in range(7)]
    title, unit = eyes.say("告警 时段 × 星期", "Alarms by hour and weekday"), eyes.say("条", "alarms")
    cells: list[list[Any]] = [[counts[n, hour] if known else None for hour in range(24)] for n in range(7)]
    columns = [
        Column("day", KEYS["day"].get(eyes.lang)),
        *(Column(f"h{hour}", str(hour), "number") for hour in range(24)),
    ]
    table = Table("heat", title, columns, [[day, *row] for day, row in zip(days, cells, strict=True)], unprinted=True)
    series = [Series(day, row) for day, row in zip(days, cells, strict=True)]
    if counts:
        (day_, hour_), most = max(counts.items(), key=lambda item: (item[1], item[0]))
        title = eyes.say(
            f"{days[day_]} {hour_} 时告警最多（{most} 条）", f"Most alarms on {days[day_]} at {hour_} h ({most})"
        )
    return table, Chart("heat_chart", title, unit, HOURS, series, unit, table="heat", form="cells")


def trend(facts: Facts, ids: Iterable[str], eyes: Eyes) -> tuple[Table, list[Chart]]:
    """Day by day; a day that nobody recorded is a gap."""
    figures = [CATALOGUE[id_] for id_ in ids]
    days = [report.from_day for report in facts.trend]
    values = {
        figure.id: [found.value if (found := find(report, figure.id)) is not None else None for report in facts.trend]
        for figure in figures
    }
    columns = [Column("day", KEYS["day"].get(eyes.lang), "text", width=1.2)]
    columns += [
        Column(f.id, f.name.get(eyes.lang), "number", unit_words(f, eyes.lang), f.decimals, width=1.2) for f in figures
    ]
    rows: list[list[Any]] = [[day, *(values[f.id][n] for f in figures)] for n, day in enumerate(days)]
    table = Table("trend", Text("逐日", "By day").get(eyes.lang), columns, rows)
    short = [short_day(day, eyes.lang) for day in days]
    charts = [
        Chart(
            f"trend_{figure.id}",
            _finding(figure, values[figure.id], days, eyes),
            unit_words(figure, eyes.lang),
            short,
            [Series(figure.name.get(eyes.lang), values[figure.id])],
            unit_words(figure, eyes.lang),
            figure.decimals,
            table="trend",
        )
        for figure in figures
    ]
    return table, charts


def _finding(figure: Figure, values: list[float | int | None], days: list[str], eyes: Eyes) -> str:
    known = [(value, day) for value, day in zip(values, days, strict=True) if value is not None]
    name = figure.name.get(eyes.lang)
    if not known:
        return f"{name} —"
    most = max(known)
    said = figure_words(most[0], unit_words(figure, eyes.lang), figure.decimals, eyes.lang)
    day = short_day(most[1], eyes.lang)
    return f"{name}：最高 {said}（{day}）" if eyes.lang == "zh" else f"{name}: most {said} ({day})"


def retention(facts: Facts, eyes: Eyes) -> Table:
    name = eyes.say
    return Table(
        "retention",
        name("留存检查", "Retention check"),
        [
            Column("table", name("记录", "Records"), width=1.6),
            Column("wanted", name("应留存", "Kept for"), "number", name("天", "days")),
            Column("oldest", name("现存最早", "Oldest day"), width=1.2),
        ],
        [[key_words("table", held.table, eyes.lang), held.wanted_days, held.oldest or None] for held in facts.held],
        note=name("审计记录法定不少于 180 天", "the audit at least 180 days by law"),
    )
