"""Devices, charging, doors, calls, meters: what the house did and how well its eyes were open."""

from __future__ import annotations

from ..site import Text
from .base import (
    COUNT,
    KWH,
    M3,
    METERS,
    MINUTES,
    PASSES,
    PORTS,
    SECONDS,
    SESSIONS,
    SHARE,
    Figure,
    Target,
    counted,
    devices_of,
    kept,
    rank_by_step,
)  # fmt: skip

_DAYS = "community = :community AND day BETWEEN :from_day AND :to_day"
_OVERLAPPING = (
    "charging_session WHERE community = :community AND started_ms < :to_ms AND started_ms >= :from_ms - 86400000 "
    "AND (ended_ms IS NULL OR ended_ms > :from_ms)"
)

_HEARD = devices_of("presence_day", "seen.device <> '@clock' AND SUBSTR(seen.device, 1, 7) <> 'source:'")
_ANSWERED = "COALESCE(a.answered_ms, a.opened_ms) - a.rang_ms"

DEVICES = (
    Figure(
        "log_coverage",
        Text("记录完整率", "Recorded"),
        Text(
            "日志在其中写入过的分钟数，占本期已过去的分钟数。",
            "Minutes in which the log was written, of the minutes of these days that have passed.",
        ),
        SHARE,
        "SELECT SUM(online) AS value, :minutes AS of, COUNT(*) AS n FROM presence_day "
        "WHERE community = :community AND day BETWEEN :from_day AND :to_day AND device = '@clock'",
        "devices",
        better="more",
        factor=100,
        decimals=2,
    ),
    Figure(
        "online_rate",
        Text("设备在线率", "Devices online"),
        Text(
            "设备在线的分钟数，占其数据源可听到的分钟数；数据源或日志中断的分钟不计。",
            "Minutes in which devices were heard within three of their periods, of those in which their feed was "
            "heard; minutes without the feed or the log are left out.",
        ),
        SHARE,
        "SELECT SUM(total) AS value, SUM(total + missing) AS of, COALESCE(SUM(n), 0) AS n, "
        f":minutes * (CASE WHEN :from_day = :to_day THEN SUM(n) ELSE {_HEARD} END) - SUM(total + missing) AS left_out "
        f"FROM rollup_day WHERE {_DAYS} AND measure = 'presence'",
        "devices",
        better="more",
        target=Target(98, "house"),
        factor=100,
        decimals=2,
    ),
    Figure(
        "online_rate_by_system",
        Text("各系统在线率", "Online by system"),
        Text("同上，按系统。", "The same by system."),
        SHARE,
        "SELECT dim1 AS system, SUM(total) AS value, SUM(total + missing) AS of, SUM(n) AS n "
        f"FROM rollup_day WHERE {_DAYS} AND measure = 'presence' GROUP BY dim1 ORDER BY dim1",
        "devices",
        better="more",
        by=("system",),
        factor=100,
        decimals=2,
    ),
    Figure(
        "offline_worst",
        Text("离线最久的十台", "Worst ten devices"),
        Text(
            "数据源正常而设备没有声音的分钟数，最多的十台。",
            "Minutes unheard although the feed was: the ten with most.",
        ),
        MINUTES,
        # most devices have no such minute on most days: those that have are indexed
        "SELECT device, system, value, (SELECT COUNT(*) FROM presence_day AS p WHERE p.community = :community "
        "AND p.device = worst.device AND p.system = worst.system AND p.day BETWEEN :from_day AND :to_day) AS n "
        f"FROM (SELECT device, system, SUM(known - online) AS value FROM presence_day WHERE {_DAYS} "
        "AND system <> '' AND known > online GROUP BY device, system "
        "ORDER BY SUM(known - online) DESC, device LIMIT 10) AS worst ORDER BY value DESC, device",
        "devices",
        better="less",
        by=("device", "system"),
    ),
    Figure(
        "camera_gap_longest",
        Text("摄像机最长中断", "Longest camera gap"),
        Text(
            "单台摄像机一天内最长的连续无声分钟数。",
            "The longest run of minutes within a day without a word of a camera.",
        ),
        MINUTES,
        f"SELECT MAX(longest_gap) AS value, COUNT(*) AS n FROM presence_day WHERE {_DAYS} AND system = 'cameras' "
        "AND known > 0",
        "devices",
        better="less",
        systems=("cameras",),
        peak=True,
    ),
)

CHARGING = (
    Figure(
        "charging_sessions",
        Text("充电次数", "Charging sessions"),
        Text(
            "本期内结束的充电；跨午夜的算在结束那天。",
            "Sessions that ended in these days; over midnight, on the day of the end.",
        ),
        SESSIONS,
        counted("session"),
        "charging",
        systems=("charging",),
    ),
    Figure(
        "charging_energy",
        Text("充电电量", "Energy charged"),
        Text(
            "本期内结束的充电的电量；没有电量的次数另列。",
            "Energy of the sessions that ended in these days; sessions that told no energy are left out and named.",
        ),
        KWH,
        counted("session", value="SUM(total)"),
        "charging",
        factor=1e-6,
        decimals=2,
        systems=("charging",),
    ),
    Figure(
        "charging_energy_by_kind",
        Text("电量按桩型", "Energy by kind of port"),
        Text("同上，按桩型。", "The same by kind of port."),
        KWH,
        counted("session", value="SUM(total)", by="dim1"),
        "charging",
        by=("kind",),
        factor=1e-6,
        decimals=2,
        systems=("charging",),
    ),
    Figure(
        "charging_peak",
        Text("最多同时充电", "Most at once"),
        Text(
            "同时在充的最大数；开始后一天没有结束消息的不再计入。",
            "Sessions that ran at the same moment, at most; one whose end was never told counts for a day.",
        ),
        PORTS,
        "SELECT MAX(running) AS value, (SELECT COUNT(*) FROM " + _OVERLAPPING + ") AS n FROM "
        "(SELECT SUM(change) OVER (ORDER BY at, change ROWS UNBOUNDED PRECEDING) AS running FROM "
        "(SELECT CASE WHEN started_ms < :from_ms THEN :from_ms ELSE started_ms END AS at, 1 AS change "
        "FROM " + _OVERLAPPING + " UNION ALL SELECT COALESCE(ended_ms, started_ms + 86400000) AS at, -1 AS change "
        "FROM " + _OVERLAPPING + ") AS changes) AS sums",
        "charging",
        systems=("charging",),
        peak=True,
    ),
    Figure(
        "charging_duration_p50",
        Text("充电时长中位", "Session length, median"),
        Text("本期内结束的充电时长的中位数。", "Median length of the sessions that ended in these days."),
        MINUTES,
        rank_by_step(50, "a.ended_ms - a.started_ms", "charging_session", "lasted", 600_000),
        "charging",
        factor=1 / 60_000,
        decimals=1,
        systems=("charging",),
        peak=True,
    ),
    Figure(
        "charging_cutoffs",
        Text("充满断电", "Cut off when full"),
        Text(
            "规则下达的停充指令（不含人工）。",
            "Stop orders that the house's own rule gave; those of people are not counted.",
        ),
        COUNT,
        counted("order", "dim2 = 'house'"),
        "charging",
        systems=("charging",),
    ),
)

ACCESS = (
    Figure(
        "passes",
        Text("通行", "Passes"),
        Text("门禁放行的次数。", "Passes that doors granted."),
        PASSES,
        counted("pass", "dim2 = 'granted'"),
        "access",
        systems=("access",),
    ),
    Figure(
        "passes_by_hour",
        Text("通行按小时", "Passes by hour"),
        Text("同上，按当地小时。", "The same by the local hour."),
        PASSES,
        counted("pass", "dim2 = 'granted'", by="hour_ms", hours=True),
        "access",
        by=("hour_ms",),
        systems=("access",),
    ),
    Figure(
        "passes_by_method",
        Text("通行按方式", "Passes by method"),
        Text("放行的次数，按开门方式。", "Passes that doors granted, by way of opening."),
        PASSES,
        counted("pass", "dim2 = 'granted'", by="dim1"),
        "access",
        by=("method",),
        systems=("access",),
    ),
    Figure(
        "passes_denied",
        Text("拒绝率", "Denied"),
        Text("未放行的占全部刷门次数的比例。", "Attempts that were not granted, of all attempts."),
        SHARE,
        "SELECT COALESCE(SUM(CASE WHEN dim2 <> 'granted' THEN n ELSE 0 END), 0) AS value, COALESCE(SUM(n), 0) AS of, "
        f"COALESCE(SUM(n), 0) AS n FROM rollup_day WHERE {_DAYS} AND measure = 'pass'",
        "access",
        better="less",
        factor=100,
        decimals=2,
        systems=("access",),
    ),
)

CALLS = (
    Figure(
        "calls",
        Text("呼叫", "Calls"),
        Text("门口机的呼叫，不论结果。", "Calls at the panels, whatever became of them."),
        COUNT,
        counted("call"),
        "calls",
        systems=("intercom",),
    ),
    Figure(
        "calls_unanswered",
        Text("未接率", "Unanswered"),
        Text(
            "已结束而无人接听的呼叫，占已有结果的呼叫。",
            "Calls that ended unanswered, of those that ended one way or other.",
        ),
        SHARE,
        "SELECT COALESCE(SUM(CASE WHEN dim1 = 'missed' THEN n ELSE 0 END), 0) AS value, "
        "COALESCE(SUM(CASE WHEN dim1 <> 'ringing' THEN n ELSE 0 END), 0) AS of, COALESCE(SUM(n), 0) AS n, "
        "COALESCE(SUM(CASE WHEN dim1 = 'ringing' THEN n ELSE 0 END), 0) AS left_out "
        f"FROM rollup_day WHERE {_DAYS} AND measure = 'call'",
        "calls",
        better="less",
        factor=100,
        decimals=1,
        systems=("intercom",),
    ),
    Figure(
        "calls_answer_p50",
        Text("接听用时中位", "Time to answer, median"),
        Text("从响铃到接听或开门的中位数。", "Median time from the first ring to the answer, or to the opening."),
        SECONDS,
        rank_by_step(50, _ANSWERED, "intercom_call", "answered", 1000),
        "calls",
        better="less",
        factor=0.001,
        decimals=1,
        systems=("intercom",),
        peak=True,
    ),
)

METERED = (
    Figure(
        "water",
        Text("户用水量", "Water, homes"),
        Text(
            "户表半小时读数之和；没读到的半小时另列。",
            "Sum of the half-hours of the homes' meters; half-hours not read are left out and named.",
        ),
        M3,
        counted("water", "dim1 <> 'bulk_meter'", value="SUM(total)"),
        "meters",
        better="less",
        factor=1e-6,
        decimals=3,
        measured=True,
        systems=("meters",),
    ),
    Figure(
        "water_district",
        Text("各级总表读数", "Bulk meters, all levels"),
        Text(
            "全部总表半小时读数之和；总进水、分区、楼栋各级都计，同一升水每级各计一次，不是供水量。",
            "Sum of the half-hours of every bulk meter. Mains, zones and buildings count the same litre each: it is "
            "not what was supplied.",
        ),
        M3,
        counted("water", "dim1 = 'bulk_meter'", value="SUM(total)"),
        "meters",
        factor=1e-6,
        decimals=3,
        measured=True,
        systems=("meters",),
    ),
    Figure(
        "electricity",
        Text("电量", "Electricity"),
        Text(
            "电表半小时读数之和；没读到的半小时另列。",
            "Sum of the half-hours of the meters; half-hours not read are left out and named.",
        ),
        KWH,
        counted("electricity", value="SUM(total)"),
        "meters",
        better="less",
        factor=1e-6,
        decimals=2,
        measured=True,
        systems=("meters",),
    ),
    Figure(
        "meters_read",
        Text("抄表完整率", "Half-hours read"),
        Text(
            "读到的半小时，占送数表应有的半小时。", "Half-hours that were read, of those of the meters that reported."
        ),
        SHARE,
        "SELECT SUM(total) AS value, SUM(total + missing) AS of, COALESCE(SUM(n), 0) AS n FROM rollup_day "
        f"WHERE {_DAYS} AND measure = 'meter' AND {kept('meter_day')}",
        "meters",
        better="more",
        factor=100,
        decimals=2,
        systems=("meters",),
    ),
    Figure(
        "meters_reporting",
        Text("送数水电表", "Meters that reported"),
        Text("本期内至少送过一次数的表。", "Meters that delivered at least once in these days."),
        METERS,
        f"SELECT CASE WHEN :from_day = :to_day THEN COALESCE(SUM(n), 0) ELSE {devices_of('meter_day')} END AS value, "
        f"COALESCE(SUM(n), 0) AS n FROM rollup_day WHERE {_DAYS} AND measure = 'meter' AND {kept('meter_day')}",
        "meters",
        better="more",
        systems=("meters",),
        peak=True,
    ),
)

FIGURES = (*DEVICES, *CHARGING, *ACCESS, *CALLS, *METERED)
