"""What the community's description says itself: who is on duty, which works are announced."""

from __future__ import annotations

from ...clock import local_day
from ...history.days import days_before
from ..editions import Eyes
from ..facts import Facts
from ..model import Column, Section, Table


def shifts(facts: Facts, eyes: Eyes) -> Section:
    """Who was on duty, by post: staff appear by their post, never by name."""
    name = eyes.say
    rows: list[list[str | int | float | None]] = []
    for post in facts.site.posts:
        hours = name("、", ", ").join(f"{h.begins}–{h.ends}" for h in post.shifts) or name("全天", "all day")
        rows.append([post.name.get(eyes.lang), hours, post.people])
    columns = [
        Column("post", name("岗位", "Post"), width=1.4),
        Column("hours", name("班次", "Shift"), width=1.4),
        Column("people", name("人数", "People"), "number"),
    ]
    said = [name(f"{who} {hours} {people} 人", f"{who} {hours}, {people}") for who, hours, people in rows]
    tables = [Table("shifts", name("当日班次", "Shifts"), columns, rows, unprinted=True)] if rows else []
    return Section("shifts", name("班次", "Shifts"), tables=tables, note=name("；", "; ").join(said))


def plan(facts: Facts, eyes: Eyes) -> Section:
    """Works that were announced for the month that follows."""
    name = eyes.say
    site = facts.site
    first = local_day(facts.now.to_ms, site.timezone)
    last = days_before(first, -31)
    rows: list[list[str | int | float | None]] = [
        [
            works.begins.replace("T", " "),
            works.ends.replace("T", " "),
            name("、", ", ").join(map(eyes.device, works.devices)),
            works.reason,
        ]
        for works in site.maintenance
        if first <= works.begins[:10] < last
    ]
    columns = [
        Column("from", name("开始", "From"), width=1.2),
        Column("until", name("结束", "Until"), width=1.2),
        Column("devices", name("设备", "Devices"), width=2),
        Column("reason", name("事由", "Reason"), width=2),
    ]
    table = Table("plan", name("下月已公告的检修", "Works announced for the next month"), columns, rows)
    table.nothing = name("没有公告。", "None announced.")
    return Section("plan", name("下月安排", "Next month"), tables=[table])
