"""Every alarm of the catalogue as a wall says it: named, within its length, and nobody's health or way of life."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from community.board import board
from community.board.alarm_words import (
    BIG_EM,
    CARE,
    CAUSES,
    FIGURES,
    SHORT,
    SHORT_LENGTH,
    TITLE_EM,
    name,
    short,
    title,
    width,
)
from community.board.naming import area_en, where
from community.board.privacy import key_of
from community.catalogue import CATALOGUE
from community.state import Alarm, Closed, alarm_state
from community.systems import SYSTEMS
from community.words import Lang
from tests.layouts.garden import GARDEN, Garden

DETAIL: dict[str, Any] = {
    "temperature_c": 68.4,
    "fill_percent": 96.0,
    "battery_percent": 12.0,
    "lel_percent": 34.0,
    "level_cm": 31.0,
    "power_w": 1240.0,
    "fails": 5,
    "late": 12,
    "orders": ["o1"],
    "oldest_clip_days": 12.5,
    "skew_s": -14_000,
    "heart_rate_bpm": 41.0,
    "breathing_rate_bpm": 6.0,
    "state": "IN",
    "evidence": "water",
    "cause": "fault",
    "voltage_v": 0.0,
}
"""All that any rule tells, so that no name is longer with another alarm's figure."""

SAID_NEVER = {
    "zh": "老人 独居 跌倒 体征 心率 呼吸 失智 痴呆 认知症 健康 疾病 久归 久出 用水 儿童 孤 病 卧室 王 302 502".split(),
    "en": "elder alone fell vital heart breath dementia ill sick child overdue exit wang bedroom 302 502".split(),
}

PERSONAL = re.compile(r"1\d{10}|subject-|[\u4e00-\u9fa5][A-Z][A-Z0-9]{5}")

NOT_SHOWN = {"key", "device", "spot", "occurrence", "id"}
"""Fields that no screen writes."""


def subject_of(alarm_id: str) -> str:
    """A device of the garden that can have the alarm."""
    if alarm_id in CARE:
        return "subject-00000001"
    if alarm_id in ("SOURCE_STALE", "DEAD_LETTERS"):
        return "sos"
    system = next(
        s.id
        for s in SYSTEMS.values()
        if alarm_id in {r.alarm for r in s.rules} | ({s.silence.alarm} if s.silence else set())
    )
    if system == "common":
        return "SOS-1"
    return next(d.id for d in GARDEN.devices if d.system == system)


def standing(alarm_id: str, *, acknowledged: bool = False, priority: str = "") -> Garden:
    garden = Garden()
    garden.everybody(1)
    device = subject_of(alarm_id)
    found = Alarm(
        alarm_id,
        device,
        priority or CATALOGUE[alarm_id].priority,
        detail=dict(DETAIL),
        condition=True,
        active=True,
        acknowledged=acknowledged,
        activated_ms=garden.state.clock_ms - 5000,
        acknowledged_by="person:wang.xiaoming" if acknowledged else "",
        count=1,
        occurrence=f"{alarm_id}/{device}@1",
    )
    garden.state.alarms[found.key] = found
    garden.state.recent = (Closed(found.key, found.priority, found.activated_ms, garden.state.clock_ms),)
    return garden


def texts(value: Any, field: str = "") -> Iterator[str]:
    if isinstance(value, str) and field not in NOT_SHOWN:
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item, field)


LANGS = pytest.mark.parametrize("lang", ["zh", "en"])
EVERY = pytest.mark.parametrize("alarm_id", CATALOGUE)


@LANGS
@EVERY
@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("priority", ["", "P1"])
def test_every_alarm_is_said_and_nobody_named(alarm_id: str, lang: Lang, acknowledged: bool, priority: str) -> None:
    garden = standing(alarm_id, acknowledged=acknowledged, priority=priority)
    said = board(garden.state, lang)
    row, verdict = said["alarms"]["rows"][0], said["verdict"]
    assert row["title"] and row["place"] and row["words"]
    assert width(row["title"]) <= TITLE_EM[lang], row["title"]
    if CATALOGUE[alarm_id].priority == "P1":
        assert width(row["title"]) <= BIG_EM[lang], row["title"]
    level = priority or CATALOGUE[alarm_id].priority
    if level in ("P1", "P2") or (level == "P3" and not acknowledged):
        assert verdict["title"] and verdict["place"] == row["place"]
    callouts = said["plan"]["callouts"]
    expected = level != "P4" and subject_of(alarm_id) in garden.state.site.by_id
    assert [plate["key"] for plate in callouts] == ([row["key"]] if expected else [])
    everything = " ".join(texts({part: said[part] for part in ("verdict", "alarms", "recent", "plan", "tiles")}))
    assert not PERSONAL.search(everything), everything
    assert "xiaoming" not in everything.lower() and "王小明" not in everything
    assert "{" not in everything and "None" not in everything
    if lang == "en":
        place_free = " ".join([row["title"], verdict["title"], *(c["words"] for c in callouts)])
        assert place_free.isascii() or "℃" in place_free or "—" in place_free
    if alarm_id in CARE:
        for word in SAID_NEVER[lang]:
            assert word not in everything.lower(), f"{word}: {everything}"
        assert row["title"] == ("特殊关怀" if lang == "zh" else "Care")
        assert row["place"] == ("1号楼2单元" if lang == "zh" else "Bldg 1-2")
        assert row["more"] == ""


@LANGS
@EVERY
def test_names_keep_their_length(alarm_id: str, lang: Lang) -> None:
    assert alarm_id in SHORT
    assert 0 < len(short(alarm_id, lang)) <= SHORT_LENGTH[lang]
    assert 0 < width(name(alarm_id, lang)) <= TITLE_EM[lang]


def test_a_figure_stands_where_there_is_room_for_it() -> None:
    assert title("BIN_FULL", {"fill_percent": 86.2}, "zh") == "垃圾桶满 86%"
    assert title("TICKET_SLA", {"late": 3}, "zh") == "居民工单超时 3单"
    assert title("TICKET_SLA", {"late": 3}, "en") == "Ticket late 3"
    assert title("CLOCK_SKEW", {"skew_s": -245}, "zh") == "设备时钟偏差 4分"
    assert title("CP_OVERLOAD", {"power_w": 1240.0}, "zh") == "充电过流/过功率", "no room: not half of it"
    assert title("GARAGE_WATER", {"level_cm": 31.0}, "zh", big=True) == "地库进水 31cm"
    assert title("GARAGE_WATER", {"level_cm": 31.0}, "en", big=True) == "Garage water"
    assert title("VITALS", {"temperature_c": 39.9, "heart_rate_bpm": 41.0}, "zh") == "特殊关怀"


def test_what_figures_and_causes_name_is_told_by_a_rule() -> None:
    """A typo in a field's name would be a figure that nobody ever sees."""
    import inspect
    import sys

    from community import letters  # a feed's alarm, by the fold itself

    for alarm_id, (field, _) in {**FIGURES, **CAUSES}.items():
        tests = [rule.test for s in SYSTEMS.values() for rule in s.rules if rule.alarm == alarm_id]
        modules = [sys.modules[test.__module__] for test in tests] or [letters]
        sources = "".join(inspect.getsource(module) for module in modules)
        assert f'"{field}"' in sources, (alarm_id, field)


def test_an_area_keeps_its_code_in_english() -> None:
    assert (area_en("E2区"), area_en("A棚"), area_en("北门"), area_en("West")) == ("Zone E2", "Shed A", "", "West")
    assert where(GARDEN, "EV-1-1", "en") == "E1 EV-1-1"
    assert where(GARDEN, "C-3", "en") == "Bldg 1-1 · C-3"


def test_whoever_is_in_care_and_not_described_is_only_not_listed() -> None:
    garden = Garden()
    garden.tell("care.fall", "subject-99999999", {"fallen": True}, at_s=1)
    garden.tell("clock.tick", community="", at_s=70)
    garden.live(70)
    found = garden.state.alarms["FALL/subject-99999999"]
    assert alarm_state(found) == "unacknowledged"
    said = board(garden.state, "zh")
    assert said["alarms"]["rows"][0]["place"] == said["verdict"]["place"] == "未登记"
    assert "subject-" not in " ".join(texts(said["verdict"]))


@pytest.mark.parametrize("alarm_id", sorted(CARE))
def test_of_an_alarm_of_care_no_screen_is_told_which_one_or_whose(alarm_id: str) -> None:
    """Not even in what no screen writes: whoever reads the stream sees it."""
    garden = standing(alarm_id)
    state = garden.state
    said = repr(board(state, "zh")) + repr(board(state, "en"))
    assert subject_of(alarm_id) not in said and alarm_id not in said
    row = board(state, "zh")["alarms"]["rows"][0]
    assert key_of(state, row["key"]) == f"{alarm_id}/{subject_of(alarm_id)}"
    assert key_of(state, f"{alarm_id}/{subject_of(alarm_id)}") == ""
