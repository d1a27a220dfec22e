"""What the wall says in one sentence, rule by rule, and which alarms make a flood."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from community.board import board
from community.board.flood import flood_since
from community.numbers import House
from community.site import Wall
from community.state import Activation
from tests.layouts.scenes import (
    HOUR,
    MINUTE,
    OTHER,
    SAFETY,
    Scene,
    calm,
    flood,
    incident,
    rush,
)

VERDICTS: list[tuple[str, Callable[[], Scene], int, str, str]] = [
    # what is the case, the scene, rule of VISUAL.md, look, title
    (
        "unacknowledged P1 before all",
        lambda: rush(calm(), 20, 60_000).alarm("SOS", "SOS-021", "P1", 5000),
        2,
        "p1",
        "一键报警",
    ),
    (
        "flood before an acknowledged P1",
        lambda: rush(calm(), 11, 60_000).alarm("SOS", "SOS-021", "P1", 5000, "ack"),
        3,
        "flood",
        "告警洪峰",
    ),
    ("ten alarms are no flood", lambda: rush(calm(), 10, 60_000), 5, "p3", "摄像机离线"),
    ("P1 in hand", lambda: calm().alarm("SOS", "SOS-021", "P1", 5000, "ack"), 4, "p1-ack", "一键报警"),
    (
        "P2 in hand still takes the edge",
        lambda: calm().alarm("CAM_BLIND", "C-004", "P2", 5000, "ack"),
        5,
        "p2",
        "镜头遮挡",
    ),
    (
        "P2 before an unacknowledged P3",
        lambda: rush(calm(), 1, 60_000).alarm("CAM_BLIND", "C-004", "P2", 5000),
        5,
        "p2",
        "镜头遮挡",
    ),
    ("unacknowledged P3", lambda: rush(calm(), 1, 60_000), 5, "p3", "摄像机离线"),
    (
        "stale safety feed before P2",
        lambda: calm().feed(SAFETY, 40_000).alarm("CAM_BLIND", "C-004", "P2", 5000),
        5,
        "stale",
        "数据中断",
    ),
    (
        "P2 before another feed's silence",
        lambda: calm().feed(OTHER, 40_000).alarm("CAM_BLIND", "C-004", "P2", 5000),
        5,
        "p2",
        "镜头遮挡",
    ),
    ("any required feed stale is not normal", lambda: calm().feed(OTHER, 40_000), 5, "stale", "数据中断"),
    ("a late feed is not stale, and not all is normal", lambda: calm().feed(SAFETY, 25_000), 7, "mostly", "总体正常"),
    ("two beats are missing", lambda: calm().feed(OTHER, 9_000), 7, "mostly", "总体正常"),
    ("the second beat is due", lambda: calm().feed(OTHER, 5_500), 8, "normal", "一切正常"),
    ("no data at all", lambda: Scene(), 6, "waiting", "等待第一批数据"),
    (
        "P3 in hand while nothing else",
        lambda: calm().alarm("CAM_OFFLINE", "C-001", "P3", 5000, "ack"),
        7,
        "mostly",
        "总体正常",
    ),
    (
        "P3 gone, nobody looked",
        lambda: calm().alarm("CAM_OFFLINE", "C-001", "P3", 9 * MINUTE, "rtn"),
        7,
        "mostly",
        "总体正常",
    ),
    ("P4 nobody looked at", lambda: calm().alarm("CP_FAULT", "EV-03-1", "P4", 5000), 7, "mostly", "总体正常"),
    ("P4 in hand", lambda: calm().alarm("CP_FAULT", "EV-03-1", "P4", 5000, "ack"), 8, "normal", "一切正常"),
    ("calm", calm, 8, "normal", "一切正常"),
]


@pytest.mark.parametrize(("scene", "rule", "look", "title"), [v[1:] for v in VERDICTS], ids=[v[0] for v in VERDICTS])
def test_verdict_first_match_wins(scene: Callable[[], Scene], rule: int, look: str, title: str) -> None:
    said = board(scene().state, "zh")["verdict"]
    assert (said["rule"], said["look"], said["title"]) == (rule, look, title)


def test_a_late_feed_is_named_with_its_last_word() -> None:
    said = board(calm().feed(SAFETY, 9_000).state, "zh")["verdict"]
    assert said["line"] == "求助数据迟到，最后一次 14:31:58"
    assert said["since_ms"] == calm().clock_ms - 9_000
    two = board(calm().feed(SAFETY, 9_000).feed(OTHER, 12_000).state, "en")["verdict"]
    assert (two["line"], two["since_ms"]) == ("2 feeds late", calm().clock_ms - 12_000)


def test_one_required_feed_never_heard_is_named() -> None:
    scene = calm()
    del scene.state.sources["ocpp16"]
    said = board(scene.state, "zh")["verdict"]
    assert (said["rule"], said["title"]) == (6, "等待数据")
    assert "汽车桩 尚无数据" in said["line"]


def test_verdict_names_the_first_unacknowledged_critical_and_the_rest() -> None:
    said = board(incident(), "zh")["verdict"]
    assert said["place"] == "5号楼1单元 1203室"
    assert said["strong"] == "未确认 · 尚无人接"
    assert said["line"] == "另有 2 起重要"
    assert board(incident(), "en")["verdict"]["line"] == "and 2 High"


def test_in_hand_is_said_only_of_what_somebody_has_taken() -> None:
    gone = calm().alarm("CP_FAULT", "EV-03-1", "P4", 5000, "rtn").alarm("CP_FAULT", "EV-04-1", "P4", 5000, "ack")
    assert "1 项提示有人在办 · 1 项提示已恢复待确认" in board(gone.state, "zh")["verdict"]["line"]
    only = calm().alarm("CP_OFFLINE", "EV-03", "P3", 5000, "rtn")
    said = board(only.state, "zh")["verdict"]
    assert said["title"] == "总体正常" and "有人在办" not in said["line"] and "1 项一般已恢复待确认" in said["line"]


def test_room_only_for_an_unacknowledged_critical_and_only_where_allowed() -> None:
    def shown(scene: Scene) -> str:
        return msgspec.json.encode(board(scene.state, "zh")).decode()

    assert "1203室" in shown(calm().alarm("SOS", "SOS-021", "P1", 5000))
    assert "1203" not in shown(calm().alarm("SOS", "SOS-021", "P1", 5000, "ack"))
    assert "1203" not in shown(calm().alarm("BATTERY_LOW", "SOS-021", "P4", 5000))
    shy = Scene()
    shy.site = msgspec.structs.replace(shy.site, wall=Wall(show_room=False))
    shy.state.site = shy.site
    assert "1203" not in shown(shy.everything().alarm("SOS", "SOS-021", "P1", 5000))


def test_flood_ends_below_five_in_ten_minutes() -> None:
    scene = rush(calm(), 12, 5 * MINUTE)
    assert board(scene.state, "zh")["verdict"]["rule"] == 3
    first = scene.state.activations[0].at_ms
    scene.state.clock_ms = first + 10 * MINUTE + 3  # all but the last eight have left the window
    for source in scene.site.sources:
        scene.feed(source.id)
    assert board(scene.state, "zh")["verdict"]["rule"] == 3
    scene.state.clock_ms = first + 11 * MINUTE
    for source in scene.site.sources:
        scene.feed(source.id)
    assert board(scene.state, "zh")["verdict"]["rule"] == 5


def test_a_late_report_of_an_old_alarm_is_no_part_of_a_flood() -> None:
    """Activations stand in the order of the log, each at the time its device says."""
    now_ms = 100 * HOUR
    ten = [Activation(now_ms - MINUTE + n, "P3", f"CAM_OFFLINE/C-{n:03}") for n in range(10)]
    late = Activation(now_ms - 2 * HOUR, "P3", "CAM_BLIND/C-030")
    assert flood_since([*ten, late], now_ms, House()) is None
    assert flood_since([*ten[:5], late, *ten[5:]], now_ms, House()) is None
    assert flood_since([ten[9], late, *ten[:9], ten[5]], now_ms, House()) == ten[0], (
        "eleven, and the first of them by time"
    )


def test_flood_groups_by_type_but_never_a_critical() -> None:
    shown = board(flood(), "zh")
    titles = [row["title"] for row in shown["alarms"]["rows"]]
    assert titles == ["一键报警", "镜头遮挡", "摄像机离线 ×15", "充电桩离线 ×8"]
    assert [row["key"] for row in shown["alarms"]["rows"]][2:] == ["", ""], "a group cannot be acknowledged at once"
