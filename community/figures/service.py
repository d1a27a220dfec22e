"""What residents gained: orders taken in time, rated, repeated; rounds that were walked; messages that were heard."""

from __future__ import annotations

from ..site import Text
from .base import COUNT, MINUTES, ORDERS, POINTS, SHARE, Figure, Target, of_days, rank

_DAYS = "community = :community AND day BETWEEN :from_day AND :to_day"
_PUBLISHED = "published_ms IS NOT NULL"
_DUE = (
    "cancelled = 0 AND waived = 0 AND from_ms IS NOT NULL AND until_ms IS NOT NULL AND until_ms < :now_ms "
    "AND until_ms < :to_ms"
)
_WALKED = (
    "CASE WHEN EXISTS (SELECT 1 FROM patrol_scan AS s WHERE s.community = patrol_window.community AND "
    "s.device = patrol_window.device AND s.at_ms BETWEEN patrol_window.from_ms AND patrol_window.until_ms + {late_ms}) "
    "THEN 1 ELSE 0 END"
)
_ROUNDS = (
    "SELECT walked AS value, due AS of, due AS n, due - walked AS missed FROM (SELECT COALESCE(SUM("
    f"{_WALKED.format(late_ms=600_000)}), 0) AS walked, COUNT(*) AS due FROM patrol_window WHERE {_DAYS} AND {_DUE}) "
    "AS sums"
)
"""A year of windows is gone through once for both of its figures."""

FIGURES = (
    Figure(
        "orders",
        Text("工单", "Work orders"),
        Text("本期内发布的诉求。", "Orders that residents published in these days."),
        ORDERS,
        of_days("work_order", "COUNT(*)", _PUBLISHED),
        "orders",
        systems=("orders",),
    ),
    Figure(
        "orders_taken_in_time",
        Text("按时接单率", "Taken in time"),
        Text(
            "30 分钟内（只计 8 至 22 时）接单的，占已到期的工单。",
            "Orders taken within 30 minutes (08 to 22 h count), of those that were taken or due.",
        ),
        SHARE,
        of_days(
            "work_order",
            "COALESCE(SUM(CASE WHEN taken_ms <= due_ms THEN 1 ELSE 0 END), 0)",
            f"{_PUBLISHED} AND (taken_ms IS NOT NULL OR (due_ms < :now_ms AND phase IN ('published', 'reopened')))",
            of="COUNT(*)",
        ),
        "orders",
        better="more",
        target=Target(95, "alarms.csv TICKET_SLA"),
        factor=100,
        decimals=1,
        systems=("orders",),
    ),
    Figure(
        "orders_take_p50",
        Text("接单用时中位", "Time to take, median"),
        Text(
            "从发布到接单的中位数。",
            "Median time from published to taken, of the orders of these days that were taken.",
        ),
        MINUTES,
        rank(50, "taken_ms - published_ms", f"work_order WHERE {_DAYS} AND taken_ms >= published_ms"),
        "orders",
        better="less",
        factor=1 / 60_000,
        decimals=1,
        systems=("orders",),
        peak=True,
    ),
    Figure(
        "orders_done_p50",
        Text("办结用时中位", "Time to done, median"),
        Text(
            "从发布到完成的中位数。", "Median time from published to done, of the orders of these days that are done."
        ),
        MINUTES,
        rank(50, "done_ms - published_ms", f"work_order WHERE {_DAYS} AND done_ms >= published_ms"),
        "orders",
        better="less",
        factor=1 / 60_000,
        decimals=1,
        systems=("orders",),
        peak=True,
    ),
    Figure(
        "orders_open",
        Text("期末未办结", "Open at the end"),
        Text("期末时尚未完成的工单，不论何时发布。", "Orders not done at the end, whenever they were published."),
        ORDERS,
        "SELECT COUNT(*) AS value, COUNT(*) AS n FROM work_order WHERE community = :community "
        "AND published_ms < :to_ms AND (ended_ms IS NULL OR ended_ms >= :to_ms)",
        "orders",
        better="less",
        systems=("orders",),
        peak=True,
        standing=True,
    ),
    Figure(
        "orders_rating",
        Text("满意度", "Satisfaction"),
        Text(
            "居民评分（1 至 5）的平均；n 为评价数，未评价的另列。",
            "Mean of residents' ratings, 1 to 5; n ratings, orders without one are left out.",
        ),
        POINTS,
        of_days(
            "work_order",
            "SUM(rating)",
            _PUBLISHED,
            of="COUNT(rating)",
            left_out="COUNT(*) - COUNT(rating)",
        ).replace("COUNT(*) AS n", "COUNT(rating) AS n"),
        "orders",
        better="more",
        decimals=2,
        systems=("orders",),
    ),
    Figure(
        "orders_reopened",
        Text("重复投诉", "Reopened"),
        Text("完成后又被打开的工单。", "Orders that were opened again after they had been done."),
        ORDERS,
        of_days("work_order", "COALESCE(SUM(CASE WHEN reopened > 0 THEN 1 ELSE 0 END), 0)", _PUBLISHED),
        "orders",
        better="less",
        systems=("orders",),
    ),
    Figure(
        "patrol_completion",
        Text("巡更完成率", "Rounds walked"),
        Text(
            "到期的点位中，在时段内或之后十分钟内扫到的；取消和豁免的不计。",
            "Checkpoints scanned within their window or ten minutes after it, of those that were due; cancelled and "
            "waived ones are not counted.",
        ),
        SHARE,
        _ROUNDS,
        "patrol",
        better="more",
        target=Target(100, "alarms.csv PATROL_MISS"),
        factor=100,
        decimals=1,
        systems=("patrol",),
    ),
    Figure(
        "patrol_missed",
        Text("漏巡", "Missed"),
        Text("到期而没有扫到的点位。", "Checkpoints that were due and not scanned, by the same rule."),
        COUNT,
        _ROUNDS,
        "patrol",
        better="less",
        target=Target(0, "alarms.csv PATROL_MISS"),
        systems=("patrol",),
        column="missed",
    ),
    Figure(
        "broadcast_heard",
        Text("广播到达率", "Broadcasts played"),
        Text(
            "音箱确认播放的，占送出的；撤回的不计。",
            "Messages that a loudspeaker confirmed, of those offered and not withdrawn.",
        ),
        SHARE,
        of_days(
            "broadcast",
            "COALESCE(SUM(CASE WHEN acked_ms IS NOT NULL THEN 1 ELSE 0 END), 0)",
            "offered_ms IS NOT NULL AND withdrawn = 0",
            of="COUNT(*)",
        ),
        "broadcast",
        better="more",
        factor=100,
        decimals=1,
        systems=("broadcast",),
    ),
)
