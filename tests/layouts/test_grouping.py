"""Sixty alarms in ten minutes: which of them belong together, and what a row says of them."""

from __future__ import annotations

import msgspec

from community.board import board
from community.board.grouping import groups
from community.board.rows import alarm_rows, escalation
from community.site import Device, Site, Source, Text
from community.state import Alarm, DeviceState, State, annunciated

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("isapi", Text("摄像机", "Cameras")), Source("piles", Text("桩", "Piles"))),
    devices=(
        Device("F-1", "plant", "feeder", "plc", name=Text("东区馈线", "East feeder"), area="东区"),
        Device("SW-1", "plant", "switch", "snmp", parent="F-1"),
        *(Device(f"C-{n}", "cameras", "camera", "isapi", parent="SW-1", area=f"{n}区") for n in range(9)),
        *(Device(f"D-{n}", "access", "door", f"door-{n}", parent="F-1", building=str(n)) for n in range(9)),
        *(Device(f"P-{n}", "charging", "ebike_pile", f"pile-{n}", area="B棚") for n in range(9)),
        *(Device(f"B-{n}", "bins", "bin", f"bin-{n}", area=f"{n}点") for n in range(9)),
        Device("SOS-1", "sos", "button", "lora", parent="F-1", building="7", unit="2", room="1203"),
    ),
)
T0_MS = 1_773_321_276_000


def alarm(id_: str, device: str, at_s: float, priority: str = "P3", **facts: object) -> Alarm:
    at_ms = T0_MS + int(1000 * at_s)
    base = Alarm(id_, device, priority, condition=True, active=True, acknowledged=False, activated_ms=at_ms, count=1)
    return msgspec.structs.replace(base, **facts)


def grouped(*alarms: Alarm) -> list[tuple[str, str, int]]:
    found = groups(annunciated(alarms), SITE)
    assert sorted(a.key for g in found for a in g.members) == sorted(a.key for a in alarms), "each once, none lost"
    return [(group.by, group.first_out.key, len(group.members)) for group in found]


def test_one_feeder_is_one_row_named_after_what_came_first() -> None:
    behind = [alarm("CAM_BLIND", f"C-{n}", 10 + n) for n in range(5)] + [alarm("DOOR_HELD", "D-1", 60)]
    assert grouped(alarm("POWER_LOST", "F-1", 5, "P2"), *behind) == [("cause", "POWER_LOST/F-1", 7)]


def test_what_began_later_than_the_window_is_another_group() -> None:
    doors = [alarm("DOOR_HELD", f"D-{n}", at_s) for n, at_s in enumerate((0, 60, 120, 121, 180))]
    assert grouped(*doors) == [("cause", "DOOR_HELD/D-0", 3), ("cause", "DOOR_HELD/D-3", 2)]


def test_a_critical_alarm_is_in_no_group() -> None:
    assert grouped(alarm("SOS", "SOS-1", 1, "P1"), *(alarm("DOOR_HELD", f"D-{n}", n) for n in range(3))) == [
        ("", "SOS/SOS-1", 1),
        ("cause", "DOOR_HELD/D-0", 3),
    ]


def test_one_place_one_gateway_and_what_is_left_by_type() -> None:
    shed = [alarm("CP_FAULT", "P-1", 0), alarm("CP_OVERLOAD", "P-2", 30)]
    bins = [alarm("BIN_FULL", f"B-{n}", 500 * n, "P4") for n in range(3)]
    lone = alarm("CAM_MOVED", "C-1", 2000, "P4")
    assert grouped(*shed, *bins, lone) == [
        ("cause", "CP_FAULT/P-1", 2),
        ("type", "BIN_FULL/B-0", 3),
        ("", "CAM_MOVED/C-1", 1),
    ]


def test_the_larger_group_has_what_belongs_to_two() -> None:
    """A pile in the shed, and the shed has two alarms; behind the feeder there are four."""
    cameras = [alarm("CAM_BLIND", f"C-{n}", n) for n in range(4)]
    same_area = alarm("CAM_MOVED", "C-0", 5)
    assert grouped(*cameras, same_area) == [("cause", "CAM_BLIND/C-0", 5)]


def test_the_order_in_which_they_are_told_changes_nothing() -> None:
    alarms = [alarm("DOOR_HELD", f"D-{n}", 50 * n) for n in range(9)] + [alarm("CP_FAULT", "P-1", 7)]
    assert grouped(*alarms) == grouped(*reversed(alarms))


def test_groups_of_a_device_that_nobody_described() -> None:
    assert grouped(alarm("BATTERY_LOW", "ghost", 0), alarm("BATTERY_LOW", "spook", 1)) == [
        ("type", "BATTERY_LOW/ghost", 2)
    ]


def state_of(*alarms: Alarm) -> State:
    state = State(SITE)
    state.clock_ms = state.started_ms = T0_MS + 100_000
    state.alarms = {a.key: a for a in alarms}
    return state


def rows(state: State, lang: str = "zh", *, flood: bool = False) -> list[dict[str, object]]:
    return alarm_rows(state, annunciated(state.alarms.values()), flood, False, lang)["rows"]  # type: ignore[arg-type]


def test_a_group_says_what_is_in_it_and_cannot_be_acknowledged_at_once() -> None:
    behind = [alarm("CAM_BLIND", f"C-{n}", 10 + n) for n in range(5)] + [
        alarm("DOOR_HELD", "D-1", 60, acknowledged=True)
    ]
    state = state_of(alarm("POWER_LOST", "F-1", 5, "P2", acknowledged=True, acknowledged_by="post:gate"), *behind)
    (row,) = rows(state, flood=True)
    assert (row["title"], row["place"], row["members"], row["p"]) == ("配电失电 ×7", "摄像机5 机电1 门禁1", 7, 2)
    assert (row["key"], row["acknowledge"], row["words"], row["badge"]) == ("", False, "未确认", "unack")
    assert rows(state, "en", flood=True)[0]["place"] == "Cameras 5 Plant 1 Access 1"


def test_a_cause_says_how_many_symptoms_are_behind_it() -> None:
    symptoms = [alarm("CAM_OFFLINE", f"C-{n}", n, suppressed_by="NET_DOWN/SW-1", withheld=True) for n in range(9)]
    state = state_of(alarm("NET_DOWN", "SW-1", 0, "P2"), *symptoms)
    (row,) = rows(state)
    assert (row["title"], row["more"], row["key"]) == ("网络中断 ×10", "连带 9 项", "NET_DOWN/SW-1")
    assert rows(state, "en")[0]["more"] == "9 behind it"
    state.devices = {"SW-1": DeviceState("SW-1", "plant", "switch", "snmp")}
    assert [count["n"] for count in board(state, "zh")["counts"]] == [0, 1, 0, 0]


def test_chattering_is_said_in_the_row_and_a_critical_one_says_that_nobody_is_on_it() -> None:
    times = tuple(T0_MS + 1000 * n for n in range(7))
    state = state_of(alarm("DOOR_HELD", "D-1", 0, count=7, times=times))
    assert [(row["title"], row["words"]) for row in rows(state)] == [("门开超时", "反复 7 次")]
    assert rows(state, "en")[0]["words"] == "7 repeats"
    calm = state_of(alarm("DOOR_HELD", "D-1", 0, count=2, times=times[:2]))
    assert [(row["title"], row["words"]) for row in rows(calm)] == [("门开超时 ×2", "未确认")]
    critical = state_of(alarm("SOS", "SOS-1", 0, "P1", count=7, times=times))
    assert rows(critical)[0]["words"] == "未确认 · 尚无人接"


def test_escalation_is_said_before_it_happens_and_after() -> None:
    pressed = alarm("SOS", "SOS-1", 0, "P1", unseen_ms=T0_MS)
    told = [(0, "21:15:36 若仍未确认：呼叫班长"), (1, "21:16:36 若仍未确认：呼叫经理"), (2, "21:16:36 已呼叫经理")]
    for escalated, words in told:
        state = state_of(msgspec.structs.replace(pressed, escalated=escalated))
        assert rows(state)[0]["more"] == words
        assert board(state, "zh")["verdict"]["line"] == words.replace("若仍未确认：", "")
    assert escalation(SITE, pressed, "en") == "21:15:36 if still unacked: call supervisor"
    assert not escalation(SITE, alarm("DOOR_HELD", "D-1", 0), "zh")
