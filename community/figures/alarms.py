"""Alarms: how many, of which kind and when, how soon seen and over, what still stands (ISA-18.2:2009, EEMUA 191)."""

from __future__ import annotations

from ..site import Text
from .base import COUNT, ROWS, SECONDS, SHARE, Figure, Target, counted, rank

# by the moment: the journal has an index by type and moment with all that is asked here
_DAYS = "community = :community AND at_ms >= :from_ms AND at_ms < :to_ms"
_ACKNOWLEDGED = f"journal WHERE {_DAYS} AND type = 'alarm.acknowledged' AND since_ms IS NOT NULL AND at_ms >= since_ms"
_RETURNED = f"journal WHERE {_DAYS} AND type = 'alarm.returned' AND since_ms IS NOT NULL AND at_ms >= since_ms"
_DELAY = "at_ms - since_ms"
_EEMUA, _HOUSE = "ANSI/ISA-18.2-2009, EEMUA 191", "P1 30 s, P2 60 s"

RANKS = {50: Text("中位", "median"), 95: Text(" 95 分位", "95th percentile")}


def _acknowledged(percent: int) -> Figure:
    return Figure(
        f"acknowledge_p{percent}",
        Text(f"确认用时{RANKS[percent].zh}", f"Time to acknowledge, {RANKS[percent].en}"),
        Text(
            f"本期内每次确认距告警响起的时间，{percent}% 不超过此值（最近秩法）。",
            f"From the alarm to its acknowledgement, of the acknowledgements of these days: {percent} % took no longer "
            "(nearest rank).",
        ),
        SECONDS,
        rank(percent, _DELAY, _ACKNOWLEDGED),
        "alarms",
        better="less",
        factor=0.001,
        decimals=1,
        peak=True,
    )


def _recovered(percent: int) -> Figure:
    return Figure(
        f"recover_p{percent}",
        Text(f"恢复用时{RANKS[percent].zh}", f"Time to recover, {RANKS[percent].en}"),
        Text(
            f"本期内恢复的告警从响起到恢复的时间，{percent}% 不超过此值（最近秩法）。",
            f"From the alarm to its return to normal, of the returns of these days: {percent} % took no longer "
            "(nearest rank).",
        ),
        SECONDS,
        rank(percent, _DELAY, _RETURNED),
        "alarms",
        better="less",
        factor=0.001,
        decimals=1,
        peak=True,
    )


def acknowledged_by_alarm() -> Figure:
    return Figure(
        "acknowledge_p50_by_alarm",
        Text("各类确认用时中位", "Time to acknowledge by type, median"),
        Text("确认用时的中位数，按告警类型。", "Median time from the alarm to its acknowledgement, by type."),
        SECONDS,
        rank(50, _DELAY, _ACKNOWLEDGED, by="alarm"),
        "alarms",
        better="less",
        by=("alarm",),
        factor=0.001,
        decimals=1,
        peak=True,
    )


def recovered_by_alarm() -> Figure:
    return Figure(
        "recover_p50_by_alarm",
        Text("各类恢复用时中位", "Time to recover by type, median"),
        Text("恢复用时的中位数，按告警类型。", "Median time from the alarm to its return to normal, by type."),
        SECONDS,
        rank(50, _DELAY, _RETURNED, by="alarm"),
        "alarms",
        better="less",
        by=("alarm",),
        factor=0.001,
        decimals=1,
        peak=True,
    )


# by subject and no further back than its last end: there are few subjects, and of years of alarms nearly all have ended
_STANDING = (
    "WITH RECURSIVE subjects(subject) AS (SELECT MIN(subject) FROM journal WHERE community = :community UNION ALL "
    "SELECT (SELECT MIN(later.subject) FROM journal AS later WHERE later.community = :community "
    "AND later.subject > subjects.subject) FROM subjects WHERE subjects.subject IS NOT NULL), "
    "ended AS (SELECT subject, COALESCE((SELECT MAX(last.at_ms) FROM journal AS last "
    "WHERE last.community = :community AND last.subject = subjects.subject AND last.type = 'alarm.closed' "
    "AND last.at_ms < :to_ms), 0) AS at_ms FROM subjects WHERE subject IS NOT NULL), "
    "standing AS (SELECT subject, (SELECT COUNT(*) FROM journal AS a WHERE a.community = :community "
    "AND a.subject = ended.subject AND a.type IN ('alarm.activated', 'alarm.reactivated') "
    "AND a.at_ms >= ended.at_ms AND a.at_ms < :to_ms AND NOT EXISTS (SELECT 1 FROM journal AS later "
    "WHERE later.community = :community AND later.subject = a.subject AND later.type = 'alarm.closed' "
    "AND later.at_ms >= a.at_ms AND later.at_ms < :to_ms "
    "AND (later.at_ms > a.at_ms OR later.record_id > a.record_id))) AS n FROM ended) "
)
STANDING = _STANDING + "SELECT subject FROM standing WHERE n > 0 ORDER BY subject"
"""Alarms of devices that had come and not closed before `:to_ms`."""

FIGURES = (
    Figure(
        "alarms",
        Text("告警", "Alarms"),
        Text(
            "本期内新响起的告警；在同一行上重复的不计。",
            "Alarms that came up in these days; a repeat on a row that stood is none.",
        ),
        ROWS,
        counted("alarm"),
        "alarms",
        better="less",
    ),
    Figure(
        "alarms_per_day",
        Text("日均告警（含重复）", "Alarms a day, repeats included"),
        Text(
            "告警数（含重复）除以本期有记录的天数；2009 版标准：一个岗位每天约 150 条可接受。",
            "Alarms, repeats included, by the days of which there are records; edition 2009: about 150 a day for one "
            "operator are acceptable.",
        ),
        ROWS,
        "SELECT SUM(n) AS value, :days AS of, COALESCE(SUM(n), 0) AS n FROM rollup_day WHERE community = :community "
        "AND measure IN ('alarm', 'alarm_repeat') AND day BETWEEN :from_day AND :to_day",
        "alarms",
        better="less",
        target=Target(150, _EEMUA),
        decimals=1,
    ),
    Figure(
        "alarm_repeats",
        Text("重复告警", "Repeats"),
        Text("在同一行上再次响起的次数。", "How often an alarm came again on the row that stood."),
        COUNT,
        counted("alarm_repeat"),
        "alarms",
        better="less",
    ),
    Figure(
        "alarms_by_type",
        Text("各类告警", "Alarms by type and priority"),
        Text("新响起的告警，按类型和级别。", "Alarms that came up, by type and priority."),
        ROWS,
        counted("alarm", by="dim1, dim2"),
        "alarms",
        better="less",
        by=("alarm", "priority"),
    ),
    Figure(
        "alarms_by_hour",
        Text("告警按小时", "Alarms by hour"),
        Text("新响起的告警，按当地小时。", "Alarms that came up, by the local hour."),
        ROWS,
        counted("alarm", by="hour_ms", hours=True),
        "alarms",
        better="less",
        by=("hour_ms",),
    ),
    Figure(
        "alarms_by_priority",
        Text("各级告警", "Alarms by priority"),
        Text("新响起的告警，按级别。", "Alarms that came up, by priority."),
        ROWS,
        counted("alarm", by="dim2"),
        "alarms",
        better="less",
        by=("priority",),
    ),
    Figure(
        "flood_windows",
        Text("告警洪峰时段", "Flood windows"),
        Text(
            "十分钟内告警（含重复）超过 10 条的时段占全部有记录的时段的比例，空时段也计入。",
            "Windows of ten minutes with more than 10 alarms, repeats included, of all that were recorded, the empty "
            "ones too.",
        ),
        SHARE,
        "SELECT COALESCE(SUM(CASE WHEN alarms > 10 THEN 1 ELSE 0 END), 0) AS value, "
        ":recorded / 10 AS of, COALESCE(SUM(alarms), 0) AS n FROM (SELECT at_ms / 600000 AS w, "
        f"COUNT(*) AS alarms FROM journal WHERE {_DAYS} AND type IN ('alarm.activated', 'alarm.reactivated') "
        "GROUP BY at_ms / 600000) AS windows",
        "alarms",
        better="less",
        target=Target(1, _EEMUA),
        factor=100,
        decimals=2,
    ),
    Figure(
        "top_alarms",
        Text("最多的十个告警", "Worst ten alarms"),
        Text("响起最多的十个设备告警，含重复。", "The ten alarms of a device that came most often, repeats included."),
        ROWS,
        f"SELECT subject, COUNT(*) AS value, COUNT(*) AS n FROM journal WHERE {_DAYS} "
        "AND type IN ('alarm.activated', 'alarm.reactivated') GROUP BY subject "
        "ORDER BY COUNT(*) DESC, subject LIMIT 10",
        "alarms",
        better="less",
        by=("subject",),
    ),
    _acknowledged(50),
    _acknowledged(95),
    Figure(
        "acknowledge_p50_by_priority",
        Text("各级确认用时中位", "Time to acknowledge by priority, median"),
        Text("确认用时的中位数，按级别。", "Median time from the alarm to its acknowledgement, by priority."),
        SECONDS,
        rank(50, _DELAY, _ACKNOWLEDGED, by="priority"),
        "alarms",
        better="less",
        by=("priority",),
        factor=0.001,
        decimals=1,
        peak=True,
    ),
    Figure(
        "acknowledged_in_time",
        Text("按时确认率", "Acknowledged in time"),
        Text(
            "已确认的 P1、P2 中，P1 在 30 秒内、P2 在 60 秒内确认的占比。",
            "P1 seen within 30 s and P2 within 60 s, of all P1 and P2 that were acknowledged.",
        ),
        SHARE,
        "SELECT COALESCE(SUM(CASE WHEN at_ms - since_ms <= CASE priority WHEN 'P1' THEN 30000 ELSE 60000 END "
        f"THEN 1 ELSE 0 END), 0) AS value, COUNT(*) AS of, COUNT(*) AS n FROM {_ACKNOWLEDGED} "
        "AND priority IN ('P1', 'P2')",
        "alarms",
        better="more",
        target=Target(95, _HOUSE),
        factor=100,
        decimals=1,
    ),
    _recovered(50),
    _recovered(95),
    Figure(
        "alarms_open",
        Text("期末未结束", "Open at the end"),
        Text(
            "期末时仍未恢复正常的告警（响起后还没有结束）。",
            "Alarms that were not back to normal at the end: they came up and had not closed.",
        ),
        ROWS,
        _STANDING + "SELECT COUNT(*) AS value, COALESCE(SUM(n), 0) AS n FROM standing WHERE n > 0",
        "alarms",
        better="less",
        peak=True,
        standing=True,
    ),
)
