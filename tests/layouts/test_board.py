"""What the wall says, rule by rule, and that its counts never lie."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import islice

import msgspec
import pytest

from community.board import Lens, board, diff
from community.board.flood import flood_since
from community.board.tiles import TILES
from community.fold import fold
from community.freshness import source_freshness
from community.numbers import House
from community.site import Device, Site, Source, Wall
from community.state import Activation, Changes, OutOfService, State
from community.words import Lang
from community.world.day import Day, Sort
from community.world.stream import PLOTS, stream
from tests.layouts.scenes import HOUR, MINUTE, SCENES, SECOND, Scene, empty, flood, incident, lanting, normal, partial
from tests.world.small import DAY
from tests.world.works import whole as place

SAFETY, OTHER = "lorawan", "isapi"


def calm() -> Scene:
    return Scene().everything()


def rush(scene: Scene, count: int, age_ms: int) -> Scene:
    """That many P3 in one burst."""
    for n in range(1, count + 1):
        scene.alarm("CAM_OFFLINE", f"C-{n:03}", "P3", age_ms - n)
    return scene


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


# ---- counts


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


# ---- frames


def test_the_lens_never_changes_what_is_said() -> None:
    every_eighth = tuple(lanting().devices[::8])  # the other side looks at all of them at every step
    scene = Scene(site=msgspec.structs.replace(lanting(), devices=every_eighth)).everything().history()
    lens = Lens(scene.site)
    for step in range(400):
        clock_ms = scene.state.clock_ms + 1000
        heard = {}
        if step % 7 == 0:
            id_ = scene.site.devices[step % len(scene.site.devices)].id
            heard[id_] = msgspec.structs.replace(scene.state.devices[id_], seen_ms=clock_ms)
        scene.state.apply(Changes(clock_ms, "p", devices=heard))
        assert board(scene.state, "zh", lens) == board(scene.state, "zh"), f"after {step} s"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_lens_keeps_up_with_a_place_that_wakes_up_and_falls_silent(seed: int) -> None:
    """From nothing on: devices come one by one, some that nobody has described; panels and piles speak for theirs,
    doors count, and for an hour half of all feeds and a fifth of all devices say nothing."""
    whole = place()
    site = msgspec.structs.replace(
        whole, tiles=tuple(TILES), devices=tuple(d for n, d in enumerate(whole.devices) if n % 9)
    )
    deaf, mute = {s.id for s in whole.sources[::2]}, {d.id for d in whole.devices[::5]}
    state, lens = State(site), Lens(site)
    day = Day(Sort(whole, seed), DAY)
    woke_ms = day.start_ms + 6 * HOUR
    morning = (w for w in stream(Sort(whole, seed, PLOTS, each=1), DAY, 1) if w.appended_ms > woke_ms)
    silent = range(woke_ms + HOUR // 2, woke_ms + 3 * HOUR // 2)
    of = {d.id: d.source for d in whole.devices} | {s.id: s.id for s in whole.sources}
    for n, wire in enumerate(islice(morning, 20_000)):
        if wire.appended_ms in silent and (wire.subject in mute or of.get(wire.subject) in deaf):
            continue
        state.apply(fold(state, wire.record(site.id, n)))
        if n % 97 == 0:
            assert board(state, "zh", lens) == board(state, "zh"), f"after record {n}"
    assert state.clock_ms > silent.stop and len(lens.passes()) > 4


def test_a_difference_carries_only_what_changed_and_can_be_applied() -> None:
    before = board(Scene("21:14:36").everything().history().state, "zh")
    after = board(incident(), "zh")
    changed = diff(before, after)
    assert "head" not in changed and "setup" not in changed
    assert set(changed["tiles"]) == {"cameras", "sos", "ebike", "ev"}
    for part, value in changed.items():
        if part in ("tiles", "devices", "areas"):
            before[part] = {k: v for k, v in {**before[part], **value}.items() if v is not None}
        else:
            before[part] = value
    assert before == after
    assert diff(after, after) == {}


def big(devices: int) -> State:
    sites = tuple(
        Device(f"C-{n}", "cameras", "camera", "isapi", xy=(n % 400, n / 40), heading_deg=0) for n in range(devices)
    )
    scene = Scene(
        site=Site(
            "big", Scene().site.name, sources=(Source("isapi", Scene().site.name),), devices=sites, tiles=("cameras",)
        )
    )
    scene.feed("isapi")
    for device in sites:
        scene.device(device.id, status="online")
    return scene.state


def test_a_frame_of_5000_devices_costs_less_than_3_ms() -> None:
    """The best of many: a busy machine makes single frames slower, never faster."""
    state = big(5000)
    lens = Lens(state.site)
    board(state, "zh", lens)
    best = 1.0
    for step in range(30):
        moved = {
            f"C-{n}": msgspec.structs.replace(state.devices[f"C-{n}"], seen_ms=state.clock_ms)
            for n in range(step, step + 5)
        }
        state.apply(Changes(state.clock_ms + 50, "p", devices=moved))
        started = time.perf_counter()
        board(state, "zh", lens)
        best = min(best, time.perf_counter() - started)
    assert best < 0.003


def test_ribbon_marks_what_still_stands() -> None:
    scene = calm().history().alarm("CAM_BLIND", "C-004", "P2", HOUR)
    scene.state.activations = (*scene.state.activations, Activation(scene.clock_ms, "P4", "CP_FAULT/EV-03-1"))
    marks = board(scene.state, "zh")["ribbon"]["marks"]
    assert [m[2] for m in marks if m[0] >= scene.clock_ms - HOUR] == [1, 0]
