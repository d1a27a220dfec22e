"""What the page of alarm performance says: findings, and the definitions of KPIs that are no SQL figure."""

from __future__ import annotations

from collections.abc import Mapping

from ..kpi import EDITION, Figures
from ..site import Text
from .said import clock, number

PER_DAY, FLOOD_SHARE, STALE, TOP_SHARE = 150.0, 0.01, 5, 0.05
"""DOMAIN.md: about 150 a day and position, floods under 1 % of windows, stale under 5, the ten worst under 5 %."""
SHARES = {"low": 0.80, "medium": 0.15, "high": 0.05}
"""ISA-18.2's three: P1 is high, P2 medium, P3 and P4 low."""
GRADES = {"P1": "high", "P2": "medium", "P3": "low", "P4": "low"}
GRADE_NAMES = {
    "high": Text("高（紧急）", "High (critical)"),
    "medium": Text("中（重要）", "Medium (high)"),
    "low": Text("低（一般、提示）", "Low (medium, low)"),
}

RULE = Text(
    f"{EDITION}。每次响起都计，重复也计；压制、搁置、停用期间的不计。"
    "洪峰：十分钟窗口内超过 10 条，空窗口也计入。陈旧：在列表上超过 24 小时。抖动：60 秒内响三次及以上。"
    "确认、恢复用时：从响起到确认、到恢复的平均。不满 30 天的只供参考。",
    f"{EDITION}. Every annunciation counts, repeats too; not what a mask withheld. "
    "Flood: a ten-minute window with more than 10, the empty windows count. Stale: on the list for more than 24 h. "
    "Chattering: three activations or more within 60 s. MTTA and MTTR: mean from the alarm to its acknowledgement, "
    "to its return. Under 30 days they are indicative.",
)


def load(per_day: float | None) -> Text:
    if per_day is None:
        return Text("不到一天，说不出日均", "Under a day there is no mean")
    shown = number(per_day, 1)
    if per_day <= PER_DAY:
        return Text(f"每岗日均 {shown} 条，在 150 条以内", f"{shown} a day for one operator, within 150")
    return Text(f"每岗日均 {shown} 条，超过 150 条", f"{shown} a day for one operator, above 150")


def actors(found: Figures) -> Text:
    if found.top_10_share is None:
        return Text("没有告警", "No alarms")
    if found.alarms <= 2 * len(found.top_10):
        return Text(
            f"告警太少（{found.alarms} 条），看不出谁最多", f"Too few alarms ({found.alarms}) to tell the worst"
        )
    part = f"{100 * found.top_10_share:.0f}%"
    return Text(f"最多的十个占 {part}，目标低于 5%", f"The worst ten made {part}, the target is under 5%")


def chattering(found: Mapping[str, int]) -> Text:
    if not found:
        return Text("没有抖动的告警", "No alarm chattered")
    return Text(f"{len(found)} 个告警在抖动", f"{len(found)} alarm{'s' if len(found) > 1 else ''} chattered")


def priorities(shares: Mapping[str, float]) -> Text:
    """By the three grades of the standard."""
    if not shares:
        return Text("没有告警", "No alarms")
    low = sum(part for priority, part in shares.items() if GRADES.get(priority) == "low")
    high = sum(part for priority, part in shares.items() if GRADES.get(priority) == "high")
    if high > 2 * SHARES["high"]:
        return Text(f"紧急占 {high:.0%}，约应为 5%", f"{high:.0%} are critical, about 5% would be right")
    if low < SHARES["low"] - 0.1:
        return Text(f"低级别占 {low:.0%}，约应为 80%", f"{low:.0%} are low, about 80% would be right")
    return Text("级别分布接近 80/15/5", "Priorities are near 80/15/5")


def verdicts(came: int, judged: int, false: int) -> Text:
    if not came and not judged:
        return Text("没有告警", "No alarms")
    if not judged:
        return Text(f"{came} 条告警都没有写明结论", f"None of {came} alarms was closed with a verdict")
    part = false / judged
    return Text(
        f"写明结论的 {judged} 条中 {part:.0%} 是误报", f"{part:.0%} of the {judged} with a verdict were false alarms"
    )


def delays(now: int, later: int, delay_s: int) -> Text:
    """What one more minute would change, of the alarms that end by themselves."""
    if not now:
        return Text("没有自行恢复的告警", "No alarm ended by itself")
    if later == now:
        return Text(
            f"多等 {clock(delay_s, 'zh')}，{now} 条一条也不少",
            f"Waiting {clock(delay_s, 'en')} more would spare none of {now}",
        )
    return Text(
        f"多等 {clock(delay_s, 'zh')}，{now} 条至少少 {now - later} 条",
        f"Waiting {clock(delay_s, 'en')} more would spare at least {now - later} of {now}",
    )
