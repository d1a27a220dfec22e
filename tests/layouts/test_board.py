"""What the wall counts: its figures, feeds and rows never lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest

from community.board import board
from community.freshness import source_freshness
from community.state import Activation, OutOfService, State
from community.words import Lang
from tests.layouts.scenes import (
    HOUR,
    MINUTE,
    SCENES,
    SECOND,
    Scene,
    calm,
    empty,
    flood,
    incident,
    lanting,
    normal,
    partial,
    rush,
)


def tile(state: State, name: str, lang: Lang = "zh") -> tuple[str, str, str, str]:
    t = board(state, lang)["tiles"][name]
    return t["state"], t["value"], t["of"], t["words"]


def test_cameras_that_are_not_known_are_said() -> None:
    assert tile(normal(), "cameras") == ("", "128", "/128", "在线")
    assert tile(partial(), "cameras") == ("", "125", "/128", "· 3未知")


def test_offline_is_not_unknown() -> None:
    scene = calm().device("C-001", status="offline").device("C-002", status="online", fps=0)
    assert tile(scene.state, "cameras") == ("", "126", "/128", "在线")


def test_a_word_nobody_knows_is_unknown() -> None:
    scene = calm().device("C-001", status="rebooting").device("EV-01-1", status="Charging")
    assert tile(scene.state, "cameras")[3] == "· 1未知"


def free(scene: Scene) -> int:
    return int(board(scene.state, "zh")["tiles"]["ev"]["value"])


def all_free() -> Scene:
    scene = calm()
    for device in scene.site.devices:
        if device.source == "ocpp16":
            scene.device(device.id, status="Available")
    return scene


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda s: s, 24),
        (lambda s: s.device("EV-01-1", status="Preparing"), 23),
        (lambda s: s.device("EV-01-1", status="Reserved"), 23),
        (lambda s: s.device("EV-01-1", status="Faulted"), 23),
        (lambda s: s.device("EV-01-1", status="SomethingNew"), 23),
        (lambda s: s.device("EV-01", status="Faulted"), 22),
        (lambda s: s.device("EV-01", status="Unavailable"), 22),
        (lambda s: s.device("EV-01", age_ms=200 * SECOND, status="Available"), 22),  # late: not surely free
        (lambda s: s.device("EV-01", age_ms=600 * SECOND, silent=True, status="Available"), 22),
    ],
)
def test_free_counts_only_what_is_surely_free(change: Callable[[Scene], Scene], expected: int) -> None:
    assert free(change(all_free())) == expected


def test_unknown_is_a_dash_never_zero() -> None:
    assert tile(empty(), "cameras") == ("none", "—", "", "等待数据")
    assert tile(empty(), "lifts") == ("none", "—", "", "等待数据")
    shown = board(empty(), "zh")
    assert [c["n"] for c in shown["counts"]] == [None] * 4
    assert [f["value"] for f in shown["today"]] == ["—", "—", "—"]
    silent = calm()
    for device in silent.site.devices:
        if device.system == "cameras":
            silent.device(device.id, age_ms=600 * SECOND, silent=True, status="online")
    assert tile(silent.state, "cameras") == ("", "—", "", "128未知")


@pytest.mark.parametrize(
    ("silent", "late", "zh", "en"),
    [
        ((), ("bins",), "", ""),
        (("bins",), (), "垃圾桶无数据，未计入", "Without Bins: no data"),
        (("bins", "lifts"), (), "电梯、垃圾桶无数据，未计入", "Without Lifts, Bins: no data"),
        (("bins", "lifts", "fire", "care", "isapi"), (), "5 路无数据，未计入", "Without 5 feeds: no data"),
    ],
)
def test_counts_say_which_feeds_they_leave_out(silent: Sequence[str], late: Sequence[str], zh: str, en: str) -> None:
    """A feed that is late is still counted on; one that is stale, or was never heard, tells of no alarm."""
    told = Scene().everything()
    for feed in silent:
        told.feed(feed, 6 * MINUTE)
    for feed in late:
        told.feed(feed, 25 * SECOND)
    assert (board(told.state, "zh")["left_out"], board(told.state, "en")["left_out"]) == (zh, en)
    if silent:
        del told.state.sources[silent[0]]
        assert board(told.state, "zh")["left_out"] == zh, "never heard is no better than silent"
    assert board(empty(), "zh")["left_out"] == "", "its counts are dashes"


def test_a_stale_feed_keeps_the_last_figure_and_says_how_old() -> None:
    shown = board(partial(), "zh")["tiles"]["ebike"]
    assert (shown["state"], shown["value"], shown["words"]) == ("stale", "185", "")
    assert partial().clock_ms - shown["oldest_ms"] == 6 * MINUTE


def test_a_feed_that_came_back_does_not_vouch_for_devices_that_have_not_spoken() -> None:
    scene = all_free()
    for device in scene.site.devices:
        if device.source == "ocpp16":
            scene.device(device.id, age_ms=20 * MINUTE, status="Available")
    scene.state.sources["ocpp16"].since_ms = scene.clock_ms - 5 * SECOND
    assert source_freshness(scene.state, "ocpp16") == "fresh"
    assert tile(scene.state, "ev") == ("", "—", "", "24未知")


def test_sos_counts_calls_and_listens() -> None:
    assert tile(normal(), "sos") == ("", "0", "", "起 · 60 在守")
    assert tile(incident(), "sos") == ("", "1", "", "起 · 未确认")


def test_today_is_the_communitys_day() -> None:
    scene = calm().history()
    assert board(scene.state, "zh")["today"][0]["value"] == "15"
    scene.state.today.day = "2026-03-11"
    assert [f["value"] for f in board(scene.state, "zh")["today"]] == ["0", "—", "—"]


def test_feeds_are_named() -> None:
    assert board(normal(), "zh")["feeds"]["words"] == f"{len(lanting().sources)} 路数据正常"
    assert board(partial(), "zh")["feeds"]["words"] == "两轮桩数据中断"
    assert board(calm().feed("isapi", 25_000).state, "zh")["feeds"]["words"] == "摄像机数据迟到"
    assert [f["look"] for f in board(empty(), "zh")["feeds"]["bars"]] == ["never"] * len(lanting().sources)


def test_at_most_five_rows_and_the_rest_is_counted() -> None:
    scene = rush(calm(), 8, 20 * MINUTE)
    shown = board(scene.state, "zh")["alarms"]
    assert len(shown["rows"]) == 5
    assert shown["total"] == 8


def test_callouts_are_five_then_merged_by_place() -> None:
    few = board(incident(), "zh")["plan"]["callouts"]
    assert [c["words"] for c in few] == ["求助 1203室", "充电过温 68℃", "镜头遮挡", "画面停在 21:08"]
    assert [c["stale"] for c in few] == [False, False, False, True]
    told = calm()
    for n in range(1, 7):
        told.alarm("CAM_BLIND", f"C-{n:03}", "P2", n * MINUTE)
    many = board(told.state, "zh")["plan"]["callouts"]
    assert len(many) <= 5
    assert sum(int(c["words"].split()[0]) if c["words"].endswith("条") else 1 for c in many) == 6


def test_in_a_flood_one_cause_is_one_plate_and_one_tint() -> None:
    shown = board(flood(), "zh")
    assert [c["words"] for c in shown["plan"]["callouts"]] == ["求助", "镜头遮挡", "摄像机离线 ×15", "桩离线 ×8"]
    assert shown["devices"]["C-001"] == "alarm p3 ack stale", "no solid fill for one of fifteen"
    assert shown["devices"]["C-033"] == "alarm p2 unack"


def test_what_is_put_aside_says_until_when_and_by_whom() -> None:
    """An alarm of tomorrow with its date; one that no end is known of without."""
    told = calm().alarm("CAM_BLIND", "C-001", "P3", HOUR, "ack").alarm("CAM_BLIND", "C-002", "P3", HOUR, "ack")
    for camera, until_ms in (("C-001", 20 * HOUR), ("C-002", 10 * MINUTE)):
        alarm = told.state.alarms[f"CAM_BLIND/{camera}"]
        alarm.shelved_until_ms, alarm.shelved_by = told.clock_ms + until_ms, "post:control"
    told.state.out_of_service = {"L-2-1": OutOfService("post:supervisor", "维保", told.clock_ms)}
    shelf = board(told.state, "zh")["shelf"]
    assert shelf["head"] == "已搁置 2 条 · 停用 1 项"
    assert [(line["until"], line["who"]) for line in shelf["lines"]] == [
        ("至 14:42", "中控岗"),
        ("至 3月13日 10:32", "中控岗"),
    ]
    told.state.alarms.clear()
    shelf = board(told.state, "en")["shelf"]
    assert shelf["head"] == "1 out of service"
    assert shelf["lines"] == [
        {"p": 0, "what": "Out of service", "where": "Bldg 2-1 · Lift", "until": "", "who": "supervisor"}
    ]


def test_staff_appear_by_post_never_by_name() -> None:
    scene = calm().alarm("CAM_OFFLINE", "C-001", "P3", 5000, "ack")
    scene.state.alarms["CAM_OFFLINE/C-001"].acknowledged_by = "person:wang.xiaoming"
    assert "xiaoming" not in msgspec.json.encode(board(scene.state, "zh")).decode()


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_blank_is_left_unfilled(scene: str, lang: Lang) -> None:
    assert "{" not in "".join(_texts(board(SCENES[scene](), lang)))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    return [text for item in value for text in _texts(item)] if isinstance(value, list | tuple) else []


def test_ribbon_marks_what_still_stands() -> None:
    scene = calm().history().alarm("CAM_BLIND", "C-004", "P2", HOUR)
    scene.state.activations = (*scene.state.activations, Activation(scene.clock_ms, "P4", "CP_FAULT/EV-03-1"))
    marks = board(scene.state, "zh")["ribbon"]["marks"]
    assert [m[2] for m in marks if m[0] >= scene.clock_ms - HOUR] == [1, 0]
