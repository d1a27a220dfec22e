"""小结 and 需要决定: sentences drafted from recorded facts, each by a rule that is printed with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..clock import hour_of, local
from ..figures import CATALOGUE, unit_words
from ..figures.answers import Report, comparable
from ..site import Text
from ..words import Lang
from .decisions import DECISIONS, OF_DAYS
from .editions import Eyes
from .facts import Facts, find, lines
from .model import RuleNote, Statement
from .needed import PEAKS
from .rule import Rule, Said
from .words import figure_words, length_words, number_words, short_day

BUSY_HOURS, BUSY_SHARE = 4, 0.5
ROSE_BY = 2
MOST_OF_ONE = 2
"""Sentences of one rule: the page has room for so many, the tables have all."""

SAFETY, ORDER, SERVICE, RECORD = "安全|Safety", "秩序|Load", "服务|Service", "记录|Record"


def _critical(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    zone = facts.site.timezone
    told = [life for life in facts.lives if life.priority == "P1"]
    days = facts.now.days
    names: dict[tuple[str, str], str] = {}
    for life in [life for life in told if eyes.shows(life)]:
        began = local(life.began_ms, zone)
        at = f"{began:%H:%M}"
        if days > 1:
            at = f"{short_day(began.date().isoformat(), eyes.lang)} {at}"
        key = (life.alarm, life.device)
        if key not in names:
            alarm, place = eyes.alarm(life.alarm), eyes.place(life.device)
            names[key] = eyes.say(f"{alarm}（{place}）", f"{alarm} ({place})")
        parts = [f"{at} {names[key]}"]
        if life.acknowledged_ms is not None:
            took = length_words((life.acknowledged_ms - life.began_ms) / 1000, eyes.lang)
            parts.append(eyes.say(f"{took}确认", f"acknowledged in {took}"))
        else:
            parts.append(eyes.say("无人确认", "not acknowledged"))
        if life.closed_ms is not None:
            took = length_words((life.closed_ms - life.began_ms) / 1000, eyes.lang)
            parts.append(eyes.say(f"{took}结束", f"closed in {took}"))
        else:
            parts.append(eyes.say("期末未结束", "open at the end"))
        yield SAFETY, eyes.say("，".join(parts) + "。", ", ".join(parts) + ".")
    if not told and facts.value("alarms") is not None:
        yield SAFETY, eyes.say("没有紧急告警。", "No critical alarm.")


def _load(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    value = facts.value("alarms")
    if value is None:
        return
    parts = [eyes.say(f"告警 {number_words(value)} 条", f"{number_words(value)} alarms")]
    for name, report in zip(compared, facts.compared, strict=True):
        found = find(report, "alarms")
        if found is None or found.value is None or not comparable(facts.now, report):
            continue
        change = value - found.value
        more = eyes.say("多" if change > 0 else "少", "more" if change > 0 else "fewer")
        same = eyes.say(f"与{name}相同", f"as many as {name}")
        parts.append(
            same if not change else eyes.say(f"比{name}{more} {abs(change):,}", f"{abs(change):,} {more} than {name}")
        )
    busy = busiest(facts.now, "alarms_by_hour", facts.site.timezone)
    end = eyes.say("。", ".")
    if busy is not None and value >= 10:
        first, share = busy
        span = f"{first}-{first + BUSY_HOURS}"
        end = eyes.say(f"；{span} 时占 {share:.0%}。", f"; {share:.0%} of them between {span} h.")
    yield ORDER, eyes.say("，", ", ").join(parts) + end


def busiest(report: Report, figure: str, zone: str) -> tuple[int, float] | None:
    """(first hour, part of all) of the BUSY_HOURS hours of the day that hold most; None: under half of all, or the day
    runs, and has had no other hours."""
    if report.as_of_ms < report.to_ms:
        return None
    hours: Counter[int] = Counter()
    for (hour_ms, *_), value in lines(report, figure).items():
        hours[hour_of(hour_ms, zone)] += int(value or 0)
    total = hours.total()
    if not total:
        return None
    sums = {first: sum(hours[first + n] for n in range(BUSY_HOURS)) for first in range(25 - BUSY_HOURS)}
    first = max(sums, key=lambda hour: (sums[hour], -hour))
    share = sums[first] / total
    return (first, share) if share >= BUSY_SHARE else None


def _rising(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    if not facts.compared or find(facts.compared[0], "alarms") is None:
        return
    if not comparable(facts.now, facts.compared[0]):
        return
    now, before = _by_type(facts.now, eyes), _by_type(facts.compared[0], eyes)
    if not before:
        return
    # of two that rose alike every language names the same
    most = max(now, key=lambda kind: (now[kind] - before[kind], kind), default="")
    more = now[most] - before[most]
    if more >= ROSE_BY:
        name = next(eyes.alarm(id_) for (id_, *_) in facts.by("alarms_by_type") if eyes.identity("alarm", id_) == most)
        yield (
            ORDER,
            eyes.say(
                f"{name} {now[most]} 起，比{compared[0]}多 {more} 起。",
                f"{name}: {now[most]}, {more} more than {compared[0]}.",
            ),
        )


def _by_type(report: Report, eyes: Eyes) -> Counter[str]:
    """Those that the reader does not tell apart together, by what they are and not by their words."""
    found: Counter[str] = Counter()
    for (alarm_id, *_), value in lines(report, "alarms_by_type").items():
        found[eyes.identity("alarm", alarm_id)] += int(value or 0)
    return found


def _served(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    value = facts.value("orders")
    if value is None:
        return
    parts = [eyes.say(f"诉求 {value:,} 件", f"{value:,} orders")]
    in_time, take, rating = (facts.answer(id_) for id_ in ("orders_taken_in_time", "orders_take_p50", "orders_rating"))
    if in_time is not None and in_time.value is not None:
        parts.append(eyes.say(f"按时接单 {in_time.value:.1f}%", f"{in_time.value:.1f}% taken in time"))
    if take is not None and take.value is not None:
        parts.append(eyes.say(f"接单中位 {take.value:.1f} 分钟", f"median {take.value:.1f} min to take"))
    if rating is not None and rating.value is not None:
        parts.append(
            eyes.say(f"满意度 {rating.value:.2f}（n={rating.rows}）", f"rated {rating.value:.2f} (n={rating.rows})")
        )
    open_ = facts.value("orders_open")
    if open_ is not None:
        parts.append(eyes.say(f"期末未办结 {open_:,} 件", f"{open_:,} open at the end"))
    yield SERVICE, eyes.say("，".join(parts) + "。", ", ".join(parts) + ".")


def _peaks(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    """The days of the trend are the last ones, this day being the newest."""
    if facts.now.days > 1:
        return
    for id_ in PEAKS:
        figure = CATALOGUE[id_]
        past = [found.value for report in facts.trend if (found := find(report, id_)) is not None]
        known = [value for value in past if value is not None]
        value = facts.value(id_)
        if value is not None and len(known) >= OF_DAYS and value == max(known) > min(known):
            said = figure_words(value, unit_words(figure, eyes.lang), figure.decimals, eyes.lang)
            name = figure.name.get(eyes.lang)
            yield (
                SERVICE,
                eyes.say(f"{name} {said}，{len(known)} 日最高。", f"{name} {said}, the most of {len(known)} days."),
            )


def _record(facts: Facts, eyes: Eyes, compared: list[str]) -> Said:
    coverage = facts.now.coverage
    missing = coverage.minutes - coverage.recorded
    if coverage.minutes and missing > 0:
        took = length_words(60 * missing, eyes.lang)
        yield (
            RECORD,
            eyes.say(
                f"缺测 {coverage.gaps_total} 段，共 {took}；各项统计不含这些时段。",
                f"One gap, {took}, is in none of the figures."
                if coverage.gaps_total == 1
                else f"{coverage.gaps_total} gaps, {took} in all, are in none of the figures.",
            ),
        )


SUMMARY = (
    Rule("S1", Text("逐条列出 P1", "each P1"), _critical),
    Rule(
        "S2",
        Text(
            "告警总数与对比日之差；连续 4 小时占一半以上的时段",
            "alarms against the days compared; four hours that hold half of them",
        ),
        _load,
    ),
    Rule("S3", Text("比前一期多 2 起以上、增加最多的类型", "the type that rose most, by 2 or more"), _rising),
    Rule(
        "S4", Text("诉求件数、按时率、接单中位、满意度、未办结", "orders, taken in time, median, rating, open"), _served
    ),
    Rule("S5", Text("近 7 日的最高值", "the most of the last seven days"), _peaks),
    Rule("S6", Text("日志没有写入的时段", "stretches in which the log was not written"), _record),
)
FROM_JOURNAL, TAKEN = "I1", Text("时间取自审计日志", "times as the journal has them")
"""Of a 报警处置单."""

RULES = {rule.id: rule for rule in (*SUMMARY, *DECISIONS)}


def drafted(rules: Iterable[Rule], facts: Facts, eyes: Eyes, compared: list[str]) -> list[Statement]:
    """A rule says at most MOST_OF_ONE sentences and how many more there were; what it says twice it says once."""
    found: list[Statement] = []
    for rule in rules:
        said = Counter(rule.says(facts, eyes, compared))
        for (kind, text), times in list(said.items())[:MOST_OF_ONE]:
            zh, _, en = kind.partition("|")
            again = "" if times == 1 else eyes.say(f"（{times} 处）", f" ({times} of them)")
            found.append(Statement(text + again, rule.id, kind=eyes.say(zh, en)))
        if len(said) > MOST_OF_ONE:
            more = len(said) - MOST_OF_ONE
            found.append(
                Statement(
                    eyes.say(f"同类另有 {more} 项，见各表。", f"{more} more of the kind: see the tables."), rule.id
                )
            )
    return found


def notes(statements: Iterable[Statement], lang: Lang) -> list[RuleNote]:
    used = dict.fromkeys(statement.rule for statement in statements if statement.rule)
    known = {id_: rule.text for id_, rule in RULES.items()} | {FROM_JOURNAL: TAKEN}
    return [RuleNote(id_, known[id_].get(lang)) for id_ in used if id_ in known]
