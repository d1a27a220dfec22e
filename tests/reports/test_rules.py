"""小结 and 需要决定: each rule speaks when its facts are there, names itself, and is silent otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from community.catalogue import CATALOGUE as ALARMS
from community.figures import CATALOGUE as FIGURES
from community.figures.answers import Answer, Coverage, Line, Report
from community.figures.words import CATEGORIES, alarm_words, key_words
from community.history.lives import Life
from community.reports.decisions import DECISIONS
from community.reports.editions import Eyes
from community.reports.facts import Facts, Judged, Order, Repeated, Silent
from community.reports.frame import completeness
from community.reports.kinds import paper
from community.reports.model import Edition
from community.reports.periods import PERIODS
from community.reports.personal import faults_of
from community.reports.rules import SUMMARY, drafted
from community.reports.sections.alarms import false_rates
from community.reports.sections.lists import open_orders
from community.words import Lang
from tests.history.pages import DAY_MS, HOUR_MS, T0_MS
from tests.reports.day import SITE

OUTSIDE: tuple[Edition, ...] = ("owners", "street")


def report(*answers: Answer, recorded: int = 1440) -> Report:
    coverage = Coverage(1440, recorded, [], int(recorded < 1440), {})
    to_ms = T0_MS + DAY_MS
    return Report(
        "garden", "2026-03-12", "2026-03-12", 1, SITE.timezone, T0_MS, to_ms, to_ms, None, coverage, list(answers)
    )


def value(id_: str, number: float, rows: int = 1) -> Answer:
    return Answer(id_, number, rows)


def by(id_: str, **lines: int) -> Answer:
    found = [Line({"alarm": name, "priority": "P2"}, n, n) for name, n in lines.items()]
    return Answer(id_, None, len(found), lines=found)


ROUNDS = report(value("patrol_missed", 2))
EMPTY = Facts(SITE, report(), [report(), report()], [], [], [], [], [], [], [])
SOS = Life("SOS/SOS-1@1", "SOS", "SOS-1", "P1", T0_MS + 21 * HOUR_MS, "P1")
BIN = Life("BIN_FULL/B-1@1", "BIN_FULL", "B-1", "P4", T0_MS - 30 * HOUR_MS, "P4")


def test_of_two_that_are_level_both_languages_name_the_same() -> None:
    """Who rose as much, waits as long or was judged as often is put in order by what it is, not by its words."""
    alarms = {"TAILGATE": 4, "METER_LOST": 4, "FIRE_LANE": 4, "BIN_FULL": 3}
    categories = ("plumbing", "lift", "noise", "other", "")
    facts = replace(
        EMPTY,
        now=report(by("alarms_by_type", **alarms)),
        compared=[report(value("alarms", 9), by("alarms_by_type", **dict.fromkeys(alarms, 2))), report()],
        orders=[Order(name, "taken", T0_MS - 3 * DAY_MS, None, T0_MS, "") for name in categories],
        judged=[Judged(alarm, 4, 3) for alarm in sorted(alarms)],
    )
    zh, en = said(facts), said(facts, lang="en")
    assert zh["S3"] == ["尾随 4 起，比昨日多 2 起。"] and en["S3"] == ["Tailgating: 4, 2 more than 昨日."]
    assert [text.partition("诉求")[0] for text in zh["D5"][:2]] == ["未分类", "电梯"]
    assert [text.partition(":")[0] for text in en["D5"][:2]] == ["no category", "Lifts"]
    languages: tuple[Lang, ...] = ("zh", "en")
    for lang in languages:
        eyes = Eyes(SITE, "internal", lang)
        assert [row[0] for row in false_rates(facts, eyes).rows] == [
            alarm_words(alarm, lang) for alarm in sorted(alarms)
        ]
        named = [key_words("category", name, lang) for name in sorted(categories)[1:]]
        assert [row[0] for row in open_orders(facts, eyes).rows][1:] == named


def said(facts: Facts, edition: str = "internal", lang: str = "zh") -> dict[str, list[str]]:
    eyes = Eyes(SITE, edition, lang)  # type: ignore[arg-type]
    found: dict[str, list[str]] = {}
    for statement in drafted((*SUMMARY, *DECISIONS), facts, eyes, ["昨日", "上周四"]):
        found.setdefault(statement.rule, []).append(statement.text)
    return found


def hours(*counts: int) -> Answer:
    return Answer(
        "alarms_by_hour", None, 1, lines=[Line({"hour_ms": T0_MS + h * HOUR_MS}, n, n) for h, n in enumerate(counts)]
    )


WEEK = [report(value("charging_energy", 10 + n), value("orders_taken_in_time", 90)) for n in range(7)]
STORIES: list[tuple[str, Callable[[], Facts], str]] = [
    (
        "S1",
        lambda: replace(
            EMPTY, lives=[replace(SOS, acknowledged_ms=SOS.began_ms + 47_000, closed_ms=SOS.began_ms + 192_000)]
        ),
        "21:00 一键报警（1号楼1单元 101室），47秒确认，3分12秒结束。",
    ),
    ("S1", lambda: replace(EMPTY, lives=[SOS]), "21:00 一键报警（1号楼1单元 101室），无人确认，期末未结束。"),
    ("S1", lambda: replace(EMPTY, now=report(value("alarms", 0))), "没有紧急告警。"),
    (
        "S2",
        lambda: replace(
            EMPTY,
            now=report(value("alarms", 42), hours(*[0] * 18, 6, 6, 6, 6)),
            compared=[report(value("alarms", 38)), report(value("alarms", 51))],
        ),
        "告警 42 条，比昨日多 4，比上周四少 9；18-22 时占 100%。",
    ),
    ("S2", lambda: replace(EMPTY, now=report(value("alarms", 3))), "告警 3 条。"),
    (
        "S2",  # of a day of which an hour was recorded nobody knows whether it had less
        lambda: replace(
            EMPTY,
            now=report(value("alarms", 42)),
            compared=[report(value("alarms", 1), recorded=60), report(value("alarms", 51))],
        ),
        "告警 42 条，比上周四少 9。",
    ),
    (
        "S3",
        lambda: replace(
            EMPTY,
            now=report(by("alarms_by_type", EBIKE_LIFT=3, SOS=1)),
            compared=[report(value("alarms", 2), by("alarms_by_type", EBIKE_LIFT=1, SOS=1)), report()],
        ),
        "电动车入梯 3 起，比昨日多 2 起。",
    ),
    (
        "S4",
        lambda: replace(
            EMPTY,
            now=report(
                value("orders", 34),
                value("orders_taken_in_time", 94),
                value("orders_take_p50", 12.25),
                value("orders_rating", 4.5, 12),
                value("orders_open", 5),
            ),
        ),
        "诉求 34 件，按时接单 94.0%，接单中位 12.2 分钟，满意度 4.50（n=12），期末未办结 5 件。",
    ),
    (
        "S5",
        lambda: replace(EMPTY, now=report(value("charging_energy", 16)), trend=WEEK),
        "充电电量 16.00 度，7 日最高。",
    ),
    ("S6", lambda: replace(EMPTY, now=report(recorded=1400)), "缺测 1 段，共 40分00秒；各项统计不含这些时段。"),
    (
        "D1",
        lambda: replace(
            EMPTY,
            lives=[replace(SOS, alarm="CP_OVERTEMP", device="P-1-1")],
            repeated=[Repeated("CP_OVERTEMP", "P-1-1", 3, "P1", True)],
        ),
        "A棚 P-1-1 充电过温 30 日内第 3 次，建议检修。",
    ),
    (
        "D1",
        lambda: replace(EMPTY, repeated=[Repeated("EBIKE_LIFT", "C-3", 17, "P2", True)]),
        "1号楼1单元 轿厢 电动车入梯 30 日内第 17 次，建议整治。",
    ),
    (
        "D2",
        lambda: replace(EMPTY, standing=[replace(BIN, alarm="DMA_NIGHT", device="W-0")]),
        "北门 W-0 夜间流量异常 未结束，建议查漏。",
    ),
    (
        "D3",
        lambda: replace(EMPTY, now=report(value("orders_taken_in_time", 90)), trend=WEEK),
        "按时接单率 90.0%，7 日中 7 日未达 95%，请定整改。",
    ),
    (
        "D3",  # of the same rounds, and less would be better
        lambda: replace(EMPTY, now=report(value("patrol_missed", 2), value("recover_p95", 9000)), trend=[ROUNDS] * 7),
        "漏巡 2 次，7 日中 7 日超过 0 次，请定整改。",
    ),
    ("D4", lambda: replace(EMPTY, standing=[BIN]), "北门 B-1 垃圾桶满 已 2天6时 未结束，请定处理人。"),
    (
        "D5",
        lambda: replace(EMPTY, orders=[Order("plumbing", "taken", T0_MS - 3 * DAY_MS, None, T0_MS, "")]),
        "水暖维修诉求 1 件超过三天未办结，最久 4天0时，请定期限。",
    ),
    (
        "D6",
        lambda: replace(EMPTY, silent=[Silent("C-5", None), Silent("C-1", T0_MS)]),
        "1 台设备一整天没有声音（东围墙 C-5），建议报修。",
    ),
    (
        "D7",
        lambda: replace(EMPTY, judged=[Judged("TAILGATE", 5, 4), Judged("SOS", 9, 2)]),
        "尾随 30 日内 5 次有结论，4 次是误报，建议调整规则。",
    ),
]


@pytest.mark.parametrize(
    ("rule", "facts", "sentence"), STORIES, ids=[f"{rule}-{n}" for n, (rule, _, _) in enumerate(STORIES)]
)
def test_a_rule_says_what_was_recorded(rule: str, facts: Callable[[], Facts], sentence: str) -> None:
    assert said(facts()).get(rule) == [sentence]
    english = said(facts(), lang="en")
    assert english[rule] and not any(
        "\u4e00" <= letter <= "\u9fff" for letter in english[rule][0].replace("昨日", "").replace("上周四", "")
    )


def test_without_facts_nothing_is_said() -> None:
    assert said(EMPTY) == {}
    assert "D1" not in said(
        replace(EMPTY, repeated=[Repeated("CP_OVERTEMP", "P-1-1", 3, "P1", False)])
    )  # not again now
    assert "D3" not in said(replace(EMPTY, now=report(value("orders_taken_in_time", 96)), trend=WEEK))  # mended


def test_what_is_said_often_is_said_once_and_counted() -> None:
    many = [replace(BIN, device=f"B-{n}") for n in range(5)]
    found = said(replace(EMPTY, standing=many))["D4"]
    assert len(found) == 3 and found[-1] == "同类另有 3 项，见各表。"


def test_outside_a_rule_says_the_building() -> None:
    assert said(replace(EMPTY, lives=[SOS]), "street")["S1"] == ["21:00 一键报警（1号楼），无人确认，期末未结束。"]


def test_of_a_day_that_runs_nobody_says_when_it_had_its_alarms() -> None:
    whole = report(value("alarms", 42), hours(21, 21))
    running = replace(whole, as_of_ms=T0_MS + 2 * HOUR_MS)
    assert (
        "时占" in said(replace(EMPTY, now=whole))["S2"][0] and "时占" not in said(replace(EMPTY, now=running))["S2"][0]
    )


def test_totals_of_meters_say_how_many_have_told_anything() -> None:
    meters = replace(SITE, devices=tuple(replace(SITE.by_id["W-2"], id=f"M-{n}") for n in range(30)))
    few, all_but_one = (
        completeness(replace(EMPTY, site=meters, now=report(value("meters_reporting", n))), "zh").note for n in (3, 29)
    )
    assert "水电表 30 块中 3 块送数" in few and "水电表" not in all_but_one


def test_the_same_rounds_are_asked_of_once_and_a_part_is_named() -> None:
    rounds = [value("patrol_missed", 2), value("patrol_completion", 90)]
    facts = replace(EMPTY, now=report(*rounds), trend=[report(*rounds)] * 7)
    assert [line for line in said(facts)["D3"] if "漏巡" in line or "巡更" in line] == [
        "巡更完成率 90.0%，7 日中 7 日未达 100%，请定整改。"
    ]
    partly = replace(EMPTY, compared=[report(recorded=400), report(recorded=0)])
    made = paper("daily", partly, PERIODS["day"]("2026-03-12"), "internal", "zh", T0_MS)
    assert made.compared == ["昨日（不全）", "上周四"], "of nothing there are dashes"


def everything() -> list[Facts]:
    """The stories, and every alarm, figure and category that a sentence can name."""
    devices = [device.id for device in SITE.devices]
    alarms = [(alarm, devices[n % len(devices)]) for n, alarm in enumerate(ALARMS)]
    lives = [replace(SOS, alarm=alarm, device=device) for alarm, device in alarms]
    found = [facts() for _, facts, _ in STORIES]
    found += [replace(EMPTY, lives=[life], standing=[replace(life, began_ms=BIN.began_ms)]) for life in lives]
    found += [replace(EMPTY, repeated=[Repeated(*pair, 1203, "P1", True)]) for pair in alarms]
    found += [replace(EMPTY, judged=[Judged(alarm, 1203, 1203)]) for alarm in ALARMS]
    found += [replace(EMPTY, silent=[Silent(device, None)]) for device in devices]
    for id_ in FIGURES:
        bad = [report(value(id_, number)) for number in (0, 1203, 20_260_312)]
        found += [replace(EMPTY, now=now, trend=[*bad, *bad, now]) for now in bad]
        found += [replace(EMPTY, now=now, trend=[now] * 7) for now in bad]
    for category in CATEGORIES:
        order = Order(category, "taken", T0_MS - 3 * DAY_MS, None, T0_MS, "")
        found.append(replace(EMPTY, orders=[order] * 1203))
    return found


def test_what_the_product_says_itself_could_go_outside() -> None:
    """The manager who only turns a drafted sentence about must not be refused it."""
    drafts: set[tuple[Edition, str]] = {
        (edition, text)
        for facts in everything()
        for edition in OUTSIDE
        for lang in ("zh", "en")
        for texts in said(facts, edition, lang).values()
        for text in texts
    }
    assert len({text for _, text in drafts}) > 400
    refused = {text: faults for edition, text in drafts if (faults := faults_of([text], edition))}
    assert refused == {}
