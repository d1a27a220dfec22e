"""A figure in words: its value and unit, how it differs from another. Only a target not reached is a miss."""

from __future__ import annotations

from typing import NamedTuple

from ..figures import Figure
from ..site import Text
from ..words import UNKNOWN, Lang

EVEN = Text("持平", "same")
MET, MISSED = Text("达标", "met"), Text("未达标", "missed")
WHOLE_MINUTES_S = 600
"""From here on a difference is told without its seconds."""

PERCENT_FROM = 100
"""Below this a difference is told as a count: +50 % of four alarms is two."""

Amount = float | int | None


class Value(NamedTuple):
    number: str
    unit: str


class Judged(NamedTuple):
    words: str
    miss: bool = False


def value(figure: Figure, amount: Amount, lang: Lang) -> Value:
    """`42 条`, `6分12 秒`, `6,842 次`; unknown is —, without a unit."""
    if amount is None:
        return Value(UNKNOWN, "")
    if _is_time(figure) and _seconds(figure, amount) >= 60:
        return Value(clock(_seconds(figure, amount), lang), "")
    # not `get`: an English count has no unit, and the Chinese one is no stand-in
    return Value(number(amount, figure.decimals), figure.unit.en if lang == "en" else figure.unit.zh)


def plain(figure: Figure, amount: Amount, lang: Lang) -> str:
    """In one piece, as beside another."""
    found = value(figure, amount, lang)
    return found.number if not found.unit else f"{found.number}{'' if found.unit == '%' else ' '}{found.unit}"


def difference(figure: Figure, amount: Amount, other: Amount, lang: Lang) -> str:
    """`+4`, `+8%`, `快 5 秒`, `+0.3` (points of a share); — where either is unknown."""
    if amount is None or other is None:
        return UNKNOWN
    change = amount - other
    if round(change, figure.decimals) == 0:
        return EVEN.get(lang)
    sign = "+" if change > 0 else "−"
    if _is_time(figure):
        seconds = _seconds(figure, abs(change))
        length = clock(seconds if seconds < WHOLE_MINUTES_S else 60 * round(seconds / 60), lang)
        return f"{sign}{length}" if lang == "en" else f"{'快' if change < 0 else '慢'} {length}"
    if figure.unit.zh != "%" and other >= PERCENT_FROM:
        percent = round(100 * abs(change) / other)
        return f"{sign}{number(percent, 0)}%" if percent else EVEN.get(lang)
    return f"{sign}{number(abs(change), figure.decimals)}"


def judged(figure: Figure, amount: Amount, lang: Lang) -> Judged:
    """Beside the target: 达标, or by how much it was missed."""
    if figure.target is None or amount is None:
        return Judged(UNKNOWN)
    short = figure.target.at - amount if figure.better == "more" else amount - figure.target.at
    if short <= 0:
        return Judged(MET.get(lang))
    return Judged(
        f"{'▼' if figure.better == 'more' else '▲'} {number(short, figure.decimals)} {MISSED.get(lang)}", True
    )


def number(amount: float | int, decimals: int) -> str:
    return f"{amount:,.{decimals}f}"


def clock(seconds: float, lang: Lang) -> str:
    """`5 秒`, `6 分`, `6分12秒`, `3时20分`, `2天4时` / `5 s`, `6 m`, `6m12s`, `3h20m`, `2d4h`."""
    whole = round(seconds)
    zh = lang == "zh"
    if whole < 60:
        shown = f"{seconds:.1f}".removesuffix(".0") if seconds < 10 else str(whole)
        return f"{shown} 秒" if zh else f"{shown} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        if not rest:
            return f"{minutes} 分" if zh else f"{minutes} m"
        return f"{minutes}分{rest:02d}秒" if zh else f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48 and not minutes:
        return f"{hours} 时" if zh else f"{hours} h"
    if hours < 48:
        return f"{hours}时{minutes:02d}分" if zh else f"{hours}h{minutes:02d}m"
    days, hours = divmod(hours, 24)
    return f"{days}天{hours}时" if zh else f"{days}d{hours}h"


def _is_time(figure: Figure) -> bool:
    return figure.unit.zh in ("秒", "分钟")


def _seconds(figure: Figure, amount: float | int) -> float:
    return float(amount) * (60 if figure.unit.zh == "分钟" else 1)
