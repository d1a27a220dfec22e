"""The same facts by hour, day, type or category: what the charts of the pages and reports are drawn from."""

from __future__ import annotations

from collections.abc import Mapping

from ..site import Text
from .alarms import acknowledged_by_alarm, recovered_by_alarm
from .base import KWH, MINUTES, ORDERS, PASSES, ROWS, SHARE, Figure, Target, counted, devices_of, kept, of_days, rank

_DAYS = "community = :community AND day BETWEEN :from_day AND :to_day"
_CAMERAS = devices_of("presence_day", among="system = 'cameras'")
_PUBLISHED = "published_ms IS NOT NULL"
_HOUR = 3_600_000
_RUNNING = (
    "charging_session AS s WHERE s.community = :community AND s.started_ms < :to_ms "
    "AND s.started_ms >= :from_ms - 86400000 AND (s.ended_ms IS NULL OR s.ended_ms > :from_ms)"
)
_FROM = "CAST(:from_ms AS BIGINT)"
_ENDED = "COALESCE(s.ended_ms, s.started_ms + 86400000)"
_UNTIL = "CASE WHEN :now_ms < :to_ms THEN :now_ms ELSE :to_ms END"


def _busy(id_: str, name: Text, definition: Text, by: Mapping[str, str]) -> Figure:
    """`by`: key -> of what."""
    keys = ", ".join(f"{of} AS {key}" if of != key else key for key, of in by.items())
    order = ", ".join(map(str, range(1, len(by) + 1)))
    return Figure(
        id_,
        name,
        definition,
        MINUTES,
        # each span is cut into its hours: a month's hours joined with its spans were thirty times the work
        f"WITH RECURSIVE spans AS (SELECT s.device AS device, s.kind AS kind, "
        f"CASE WHEN s.started_ms < :from_ms THEN {_FROM} ELSE s.started_ms END AS a, "
        f"CASE WHEN {_ENDED} < {_UNTIL} THEN {_ENDED} ELSE CAST({_UNTIL} AS BIGINT) END AS b FROM {_RUNNING}), "
        f"parts(device, kind, a, b, h) AS (SELECT device, kind, a, b, {_FROM} + (a - {_FROM}) / {_HOUR} * {_HOUR} "
        f"FROM spans WHERE b > a UNION ALL SELECT device, kind, a, b, h + {_HOUR} FROM parts WHERE h + {_HOUR} < b) "
        f"SELECT {keys}, SUM((CASE WHEN b < h + {_HOUR} THEN b ELSE h + {_HOUR} END) - "
        f"(CASE WHEN a > h THEN a ELSE h END)) AS value, COUNT(*) AS n FROM parts GROUP BY {order} ORDER BY {order}",
        "charging",
        by=tuple(by),
        factor=1 / 60_000,
        decimals=1,
        systems=("charging",),
    )


ALARMS = (
    Figure(
        "alarms_by_hour_and_priority",
        Text("告警按小时和级别", "Alarms by hour and priority"),
        Text("新响起的告警，按当地小时和级别。", "Alarms that came up, by the local hour and priority."),
        ROWS,
        counted("alarm", by="hour_ms, dim2", hours=True),
        "alarms",
        better="less",
        by=("hour_ms", "priority"),
    ),
    Figure(
        "alarms_by_day_and_priority",
        Text("告警按日和级别", "Alarms by day and priority"),
        Text("新响起的告警，按当地日期和级别。", "Alarms that came up, by the local day and priority."),
        ROWS,
        counted("alarm", by="day, dim2"),
        "alarms",
        better="less",
        by=("day", "priority"),
    ),
    Figure(
        "alarms_told_by_day",
        Text("每日告警（含重复）", "Alarms by day, repeats included"),
        Text(
            "新响起的告警和在同一行上的重复，按当地日期。",
            "Alarms that came up, and those that came again on the row that stood, by the local day.",
        ),
        ROWS,
        f"SELECT day, SUM(n) AS value, SUM(n) AS n FROM rollup_day WHERE {_DAYS} "
        "AND measure IN ('alarm', 'alarm_repeat') GROUP BY day ORDER BY day",
        "alarms",
        better="less",
        by=("day",),
    ),
    acknowledged_by_alarm(),
    recovered_by_alarm(),
)

DEVICES = (
    Figure(
        "cameras_online",
        Text("摄像机在线率", "Cameras online"),
        Text(
            "摄像机在线的分钟数，占其数据源可听到的分钟数。",
            "Minutes in which cameras were heard within three of their periods, of those in which their feed was.",
        ),
        SHARE,
        "SELECT SUM(total) AS value, SUM(total + missing) AS of, COALESCE(SUM(n), 0) AS n, :minutes * "
        f"(CASE WHEN :from_day = :to_day THEN SUM(n) ELSE {_CAMERAS} END) - SUM(total + missing) AS left_out "
        f"FROM rollup_day WHERE {_DAYS} AND measure = 'presence' AND dim1 = 'cameras' AND {kept('presence_day')}",
        "devices",
        better="more",
        target=Target(99.5, "house"),
        factor=100,
        decimals=1,
        systems=("cameras",),
    ),
    Figure(
        "cameras_by_minutes",
        Text("各摄像机中断", "Interruptions by camera"),
        Text(
            "数据源正常而摄像机没有声音的分钟数，逐台。",
            "Minutes unheard although the feed was, camera by camera.",
        ),
        MINUTES,
        f"SELECT device, SUM(known - online) AS value, COUNT(*) AS n FROM presence_day WHERE {_DAYS} "
        "AND system = 'cameras' AND known > 0 GROUP BY device ORDER BY SUM(known - online) DESC, device",
        "devices",
        better="less",
        by=("device",),
        systems=("cameras",),
    ),
)

CHARGING = (
    Figure(
        "charging_energy_by_day",
        Text("充电电量按日", "Energy charged by day"),
        Text("结束于当日的充电的电量。", "Energy of the sessions that ended on the day."),
        KWH,
        counted("session", value="SUM(total)", by="day"),
        "charging",
        by=("day",),
        factor=1e-6,
        decimals=2,
        systems=("charging",),
    ),
    _busy(
        "charging_busy",
        Text("充电口占用", "Ports in use"),
        Text(
            "每个充电口在每个小时内处于充电中的分钟数；开始后一天没有结束消息的，不再计入。",
            "Minutes of each hour in which a port was in a session; one whose end was never told counts for a day.",
        ),
        {"device": "device", "hour_ms": "h"},
    ),
    _busy(
        "charging_busy_by_hour",
        Text("各桩型占用按小时", "Ports in use by hour and kind"),
        Text("同上，各桩型全部充电口之和。", "The same, of all ports of a kind together."),
        {"hour_ms": "h", "kind": "kind"},
    ),
    _busy(
        "charging_busy_by_clock",
        Text("充电口占用按钟点", "Ports in use by the hour of the day"),
        Text(
            "每个充电口的占用分钟数，按自首日零点起第几个小时（除以 24 的余数）合计。",
            "The same of each port, by the hours since the first midnight, each 24th together.",
        ),
        {"device": "device", "hour": f"(h - {_FROM}) / {_HOUR} % 24"},
    ),
)

ACCESS = (
    Figure(
        "passes_by_hour_and_method",
        Text("通行按小时和方式", "Passes by hour and method"),
        Text(
            "放行的次数，按当地小时和开门方式。", "Passes that doors granted, by the local hour and the way of opening."
        ),
        PASSES,
        counted("pass", "dim2 = 'granted'", by="hour_ms, dim1", hours=True),
        "access",
        by=("hour_ms", "method"),
        systems=("access",),
    ),
    Figure(
        "passes_by_day_and_method",
        Text("通行按日和方式", "Passes by day and method"),
        Text(
            "放行的次数，按当地日期和开门方式。", "Passes that doors granted, by the local day and the way of opening."
        ),
        PASSES,
        counted("pass", "dim2 = 'granted'", by="day, dim1"),
        "access",
        by=("day", "method"),
        systems=("access",),
    ),
)

_BY_CATEGORY = of_days("work_order", "COUNT(*)", _PUBLISHED, by="category").replace(
    " FROM", ", COUNT(done_ms) AS done FROM", 1
)
_TAKEN = f"work_order WHERE {_DAYS} AND taken_ms >= published_ms"

SERVICE = (
    Figure(
        "orders_by_category",
        Text("工单按类别", "Orders by category"),
        Text("本期内发布的诉求，按类别。", "Orders published in these days, by category."),
        ORDERS,
        _BY_CATEGORY,
        "orders",
        by=("category",),
        systems=("orders",),
    ),
    Figure(
        "orders_done_by_category",
        Text("办结按类别", "Done by category"),
        Text("其中已经完成的，按类别。", "Of them those that are done, by category."),
        ORDERS,
        _BY_CATEGORY,
        "orders",
        by=("category",),
        systems=("orders",),
        column="done",  # none of some is none, not unknown
    ),
    Figure(
        "orders_take_p50_by_category",
        Text("接单用时中位，按类别", "Time to take by category, median"),
        Text("从发布到接单的中位数，按类别。", "Median time from published to taken, by category."),
        MINUTES,
        rank(50, "taken_ms - published_ms", _TAKEN, by="category"),
        "orders",
        better="less",
        by=("category",),
        factor=1 / 60_000,
        decimals=1,
        systems=("orders",),
        peak=True,
    ),
    Figure(
        "orders_in_time_by_category",
        Text("按时接单率按类别", "Taken in time by category"),
        Text(
            "30 分钟内（只计 8 至 22 时）接单的，占已到期的工单，按类别。",
            "Orders taken within 30 minutes (08 to 22 h count), of those that were taken or due, by category.",
        ),
        SHARE,
        of_days(
            "work_order",
            "COALESCE(SUM(CASE WHEN taken_ms <= due_ms THEN 1 ELSE 0 END), 0)",
            f"{_PUBLISHED} AND (taken_ms IS NOT NULL OR (due_ms < :now_ms AND phase IN ('published', 'reopened')))",
            of="COUNT(*)",
            by="category",
        ),
        "orders",
        better="more",
        by=("category",),
        target=Target(95, "alarms.csv TICKET_SLA"),
        factor=100,
        decimals=0,
        systems=("orders",),
    ),
)

FIGURES = (*ALARMS, *DEVICES, *CHARGING, *ACCESS, *SERVICE)
