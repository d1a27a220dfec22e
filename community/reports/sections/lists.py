"""Orders that wait, devices that are silent, how long records are kept."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ...figures.words import key_words
from ..editions import Eyes
from ..facts import Facts
from ..model import Column, Table


def open_orders(facts: Facts, eyes: Eyes) -> Table:
    """By category: how many wait, how many are late, the oldest. No order is listed by itself outside the house."""
    name = eyes.say
    end_ms = min(facts.now.to_ms, facts.now.as_of_ms)
    groups: dict[str, list[Any]] = defaultdict(list)
    for order in facts.orders:
        groups[order.category].append(order)
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
                eyes.key("category", category) or name("未分类", "No category"),
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


def retention(facts: Facts, eyes: Eyes) -> Table:
    name = eyes.say
    return Table(
        "retention",
        name("留存检查", "Retention check"),
        [
            Column("table", name("记录", "Records"), width=1.6),
            Column("wanted", name("应留存", "Kept for"), "number", name("天", "days")),
            Column("oldest", name("现存最早", "Oldest day"), "day", width=1.2),
        ],
        [[key_words("table", held.table, eyes.lang), held.wanted_days, held.oldest or None] for held in facts.held],
        note=name("审计记录法定不少于 180 天", "the audit at least 180 days by law"),
    )
