"""What a chart shows, as a sentence: the title above it. Computed from the numbers that are drawn, never more than they
say; None in a series is a stretch that nobody recorded, and a finding leaves it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..site import Text
from .said import clock, number

Series = Sequence[float | None]

WINDOW_HOURS = 4
"""A concentration worth a title is no longer than half a shift."""
FULL_PERCENT = 97.0
"""Of an hour and an area: VISUAL.md, section 9."""
SLOW_S, NAMED_SLOW = 60.0, 2
"""A type is confirmed slowly beyond the minute that P2 has."""

NAMED_DAYS = 2
"""Of days that are alike; of more their number is said."""

NOTHING_RECORDED = Text(
    "这段时间没有记录，不等于没有发生", "Nothing was recorded; that is not the same as nothing happened"
)
NO_ALARMS = Text("没有告警", "No alarms")
SHARES = ((0.95, "几乎全部", "nearly all"), (0.55, "超过一半", "more than half"), (0.45, "约一半", "about half"))


def share_words(part: float) -> Text:
    """`约一半`; below that the percentage itself."""
    for least, zh, en in SHARES:
        if part >= least:
            return Text(zh, en)
    return Text(f"{part:.0%}", f"{part:.0%}")


def concentrated(hours: Series) -> tuple[int, int] | None:
    """The shortest stretch, of at most four hours, that holds half of what the day holds; None: it is spread out."""
    total = sum(n or 0 for n in hours)
    for length in range(1, WINDOW_HOURS + 1):
        sums = [sum(n or 0 for n in hours[at : at + length]) for at in range(len(hours) - length + 1)]
        if sums and total and 2 * max(sums) >= total:
            return sums.index(max(sums)), length
    return None


def alarm_hours(hours: Series, clock_hours: Sequence[int], running: bool = False) -> Text:
    """`clock_hours`: which hour each is; a day has 23 or 25 where clocks are changed. Of a day that runs nobody says in
    which hours it had its alarms."""
    if all(n is None for n in hours):
        return NOTHING_RECORDED
    total = sum(n or 0 for n in hours)
    if not total:
        return NO_ALARMS
    if running:
        return Text(f"至今 {number(total, 0)} 条告警", f"{number(total, 0)} alarm{'s' if total > 1 else ''} so far")
    found = concentrated(hours)
    if found is not None and total >= 4:
        at, length = found
        share = share_words(sum(n or 0 for n in hours[at : at + length]) / total)
        begin, end = clock_hours[at], clock_hours[at + length - 1] + 1
        return Text(f"{begin}–{end} 点集中了{share.zh}告警", f"{begin}–{end} h saw {share.en} of the alarms")
    most = max(n or 0 for n in hours)
    if total < 4:
        return Text(f"只有 {number(total, 0)} 条告警", f"Only {number(total, 0)} alarm{'s' if total > 1 else ''}")
    fullest = [n for n, amount in enumerate(hours) if amount == most]
    if len(fullest) > 1:
        return Text(
            f"告警较分散，每小时最多 {number(most, 0)} 条", f"Alarms were spread out, at most {most:.0f} an hour"
        )
    at = clock_hours[fullest[0]]
    return Text(f"告警较分散，{at} 点最多 {number(most, 0)} 条", f"Alarms were spread out, most at {at} h: {most:.0f}")


def days_peak(values: Series, names: Sequence[Text], what: Text) -> Text:
    """Of days: which had most."""
    known = [(n, at) for at, n in enumerate(values) if n is not None]
    if not known:
        return NOTHING_RECORDED
    most = max(n for n, _ in known)
    days = [at for n, at in known if n == most]
    if not most:
        return Text(f"没有{what.zh}", f"No {what.en}")
    shown = number(most, 0)
    if len(days) > NAMED_DAYS:
        return Text(f"{what.zh}最多的 {len(days)} 天各 {shown}", f"Most {what.en} on {len(days)} days: {shown} each")
    each = ("各 ", " each") if len(days) > 1 else ("", "")
    zh, en = "、".join(names[at].zh for at in days), " and ".join(names[at].en for at in days)
    return Text(f"{zh} {what.zh}最多：{each[0]}{shown}", f"Most {what.en} on {en}: {shown}{each[1]}")


def alarm_types(now: Mapping[str, float], other: Mapping[str, float], names: Mapping[str, Text]) -> Text:
    """The most frequent, with the second where it has at least half as many; and the one that has grown most beside the
    other day (by 2 at least, and by half)."""
    ranked = sorted((kind for kind in now if now[kind]), key=lambda kind: (-now[kind], kind))
    if not ranked:
        return NO_ALARMS
    near = [kind for kind in ranked[:2] if 2 * now[kind] >= now[ranked[0]]]
    top = [kind for kind in near if len(ranked) <= len(near) or now[kind] > now[ranked[len(near)]]]
    if not top:
        return Text(f"没有哪类突出，最多 {now[ranked[0]]:.0f} 条", f"No type stands out; at most {now[ranked[0]]:.0f}")
    zh, en = f"{'、'.join(names[k].zh for k in top)}最多", f"Most: {', '.join(names[k].en for k in top)}"
    grown = {kind: now[kind] - other.get(kind, 0) for kind in ranked}
    risen = [kind for kind in ranked if grown[kind] >= 2 and 2 * grown[kind] >= other.get(kind, 0)]
    if other and risen:
        most = max(risen, key=lambda kind: (grown[kind], kind))
        again = len(top) == 1 and most == top[0]
        return Text(
            f"{zh}，{'' if again else names[most].zh}在涨", f"{en}; {'it' if again else names[most].en} is rising"
        )
    return Text(zh, en)


def slowest(seconds: Mapping[str, float]) -> list[str]:
    """The types that were confirmed slower than a minute, the slowest first."""
    return sorted((kind for kind, s in seconds.items() if s > SLOW_S), key=lambda kind: (-seconds[kind], kind))


def delays(seconds: Mapping[str, float], names: Mapping[str, Text]) -> Text:
    """Names the first NAMED_SLOW of the slow types: whoever draws some types draws these."""
    if not seconds:
        return Text("没有确认过的告警", "No alarm was acknowledged")
    slow = slowest(seconds)
    if not slow:
        return Text("各类告警都在 1 分钟内确认", "Every type was acknowledged within a minute")
    shown = [names[kind] for kind in slow[:NAMED_SLOW]]
    rest = len(slow) - len(shown)
    zh = "、".join(name.zh for name in shown) + (f"等 {len(slow)} 类" if rest else "")
    en = ", ".join(name.en for name in shown) + (f" and {rest} more" if rest else "")
    return Text(f"{zh}确认慢于 1 分钟", f"{en} took more than a minute")


def occupancy(areas: Mapping[str, Series], names: Mapping[str, Text], days: int = 1) -> Text:
    """Which area was full, and when; else the fullest hour. Percent of its ports by hour of the day, of several days
    their mean: of a single one it says nothing."""
    known = {area: hours for area, hours in areas.items() if any(n is not None for n in hours)}
    if not known:
        return NOTHING_RECORDED
    full = {
        area: [at for at, n in enumerate(hours) if n is not None and n >= FULL_PERCENT] for area, hours in known.items()
    }
    most = max(full, key=lambda area: (len(full[area]), area))
    if full[most]:
        first, last = full[most][0], full[most][-1] + 1
        run = last - first == len(full[most])
        span = f"{first}–{last} 点" if run else f"有 {len(full[most])} 个小时"
        span_en = f"from {first} to {last} h" if run else f"in {len(full[most])} hours"
        often = ("", "") if days == 1 else ("几乎天天", "on nearly every day ")
        return Text(f"{names[most].zh} {span}{often[0]}满位", f"{names[most].en} was full {often[1]}{span_en}")
    percent, area, at = max(
        (n, area, -at) for area, hours in known.items() for at, n in enumerate(hours) if n is not None
    )
    if not percent:
        return Text("没有充电", "Nothing was charging")
    shown = f"{percent:.0f}%" if percent >= 1 else "<1%"
    if days > 1:
        return Text(
            f"最忙是{names[area].zh} {-at} 点，平均 {shown}", f"Busiest: {names[area].en} at {-at} h, mean {shown}"
        )
    return Text(
        f"都有空位，最满是{names[area].zh} {-at} 点 {shown}", f"Never full; {names[area].en} at {-at} h: {shown}"
    )


def energy(values: Series, unit: Text, running: bool = False) -> Text:
    """The last beside those before it; while it runs it is not compared."""
    if not values or values[-1] is None:
        return NOTHING_RECORDED
    known = [n for n in values if n is not None]
    last = known[-1]
    zh, en = f"充电 {number(last, 0)} {unit.zh}", f"{number(last, 0)} {unit.en} charged"
    if running:
        return Text(f"至今{zh}", f"{en} so far")
    if len(known) < 3:
        return Text(zh, en)
    if last > max(known[:-1]):
        return Text(f"{zh}，{len(known)} 段中最高", f"{en}, the most of {len(known)}")
    if last < min(known[:-1]):
        return Text(f"{zh}，{len(known)} 段中最低", f"{en}, the least of {len(known)}")
    mean = sum(known[:-1]) / len(known[:-1])
    percent = round(100 * (last - mean) / mean) if mean else 0
    if not percent:
        return Text(f"{zh}，与前 {len(known) - 1} 段的平均持平", f"{en}, as the mean of the {len(known) - 1} before")
    more = percent > 0
    return Text(
        f"{zh}，比前 {len(known) - 1} 段的平均{'多' if more else '少'} {abs(percent)}%",
        f"{en}, {abs(percent)}% {'above' if more else 'below'} the mean of the {len(known) - 1} before",
    )


def pass_hours(hours: Series, clock_hours: Sequence[int]) -> Text:
    """The busiest hour before noon and the one after it."""
    if all(n is None for n in hours):
        return NOTHING_RECORDED
    amounts = [n or 0 for n in hours]
    if not sum(amounts):
        return Text("没有人通行", "Nobody passed")
    halves = [[n for n, hour in enumerate(clock_hours) if (hour < 12) is early] for early in (True, False)]
    busiest = [max(half, key=lambda n: (amounts[n], -n)) for half in halves if half]
    at = [clock_hours[n] for n in busiest if amounts[n]]
    zh = "、".join(f"{'早' if hour < 12 else '晚' if hour >= 17 else '午后'} {hour}–{hour + 1} 点" for hour in at)
    return Text(f"{zh}最忙", f"Busiest: {' and '.join(f'{hour}–{hour + 1} h' for hour in at)}")


def methods(counts: Mapping[str, float], names: Mapping[str, Text]) -> Text:
    total = sum(counts.values())
    if not total:
        return Text("没有人通行", "Nobody passed")
    first = max(counts, key=lambda method: (counts[method], method))
    part = counts[first] / total
    words = share_words(part)
    if part >= 0.45:
        return Text(f"{names[first].zh}占{words.zh}", f"{names[first].en}: {words.en}")
    return Text(f"{names[first].zh}最多，占 {words.zh}", f"Most by {names[first].en}: {words.en}")


def cameras(broken: int, whole: int, unknown: int) -> Text:
    """Cameras with an interruption, without one, and those of which nobody can say."""
    rest_zh = f"，{unknown} 路无法判断" if unknown else ""
    rest_en = f", {unknown} unknown" if unknown else ""
    if broken:
        were = "camera was" if broken == 1 else "cameras were"
        return Text(f"{broken} 路摄像机有中断{rest_zh}", f"{broken} {were} interrupted{rest_en}")
    if whole:
        named = "camera" if whole == 1 else "cameras"
        return Text(f"{whole} 路摄像机没有中断{rest_zh}", f"{whole} {named} without an interruption{rest_en}")
    return NOTHING_RECORDED


def night_flow(flows: Mapping[str, float | None], usual: Mapping[str, float | None], over: Sequence[str]) -> Text:
    """`over`: the meters above their line. Of a meter that was not read nothing is said but that."""
    if not any(flow is not None for flow in flows.values()):
        return Text("没有夜间读数", "No readings of the night")
    if over:
        return Text(f"{'、'.join(over[:2])} 夜间用水高于提醒线", f"{', '.join(over[:2])}: night flow above the line")
    if not any(line is not None for line in usual.values()):
        return Text("夜间流量，尚无可比的夜晚", "Night flow, no nights to compare with yet")
    unread = sum(flow is None for flow in flows.values())
    if unread:
        read = len(flows) - unread
        return Text(
            f"读到的 {read} 块表都在提醒线以下，{unread} 块没有读数",
            f"Below the line at the {read} meters read; {unread} not read",
        )
    return Text("夜间流量都在提醒线以下", "Night flow was below the line everywhere")


def orders(new: int, late: int) -> Text:
    if not new:
        return Text("没有新工单", "No new orders")
    plural = "s" if new > 1 else ""
    many, some = number(new, 0), number(late, 0)
    if late:
        return Text(f"工单 {many} 件，{some} 件没有按时接单", f"{many} order{plural}, {some} not taken in time")
    return Text(f"工单 {many} 件，没有超时", f"{many} order{plural}, none late")


def gained(take_s: float | None, rating: float | None, rated: int) -> Text:
    """What residents had of it."""
    if take_s is None and rating is None:
        return Text("没有可说的：无人报修，也无人评价", "Nothing to tell: nobody asked and nobody rated")
    parts = []
    if take_s is not None:
        parts.append(Text(f"一半报修在 {clock(take_s, 'zh')}内有人接", f"half were taken within {clock(take_s, 'en')}"))
    if rating is not None:
        parts.append(Text(f"{rated} 人评 {rating:.1f} 分", f"{rated} rated it {rating:.1f}"))
    return Text("，".join(part.zh for part in parts), ", ".join(part.en for part in parts).capitalize())
