"""The walk: for each alarm of the catalogue records in, the fold, the alarm, the row, and its system's tile."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from community.board import board
from community.board.privacy import shown_key
from community.catalogue import CATALOGUE
from community.state import alarm_state
from community.systems import SYSTEMS, TILES
from community.systems.meters import HALF_HOUR_MS
from tests.community.story import T0_MS
from tests.layouts.garden import DEVICES, GARDEN, Garden

DAY_S, MIDNIGHT_S = 86_400, 9_924
"""T0 is 21:14:36."""

ALONE, CHILD = "subject-00000001", "subject-00000003"

Event = tuple[float, str, str, dict[str, Any]]
"""(second, type, subject, data)."""


class Walk(NamedTuple):
    alarm: str
    device: str
    priority: str
    tile: str
    says: str
    """The sentence on the tile while the alarm stands."""
    events: tuple[Event, ...] = ()
    until_s: int = 5
    """The clock goes on a second at a time until then, every feed alive."""
    silent: tuple[str, ...] = ()
    """Devices that say nothing from the beginning on."""


def event(word: str, camera: str, **more: Any) -> Event:
    return (2, "camera.event", camera, {"event": word, "active": True, **more})


def half_hours(meter: str, end_s: float, volumes: list[float]) -> Event:
    start_ms = T0_MS + int(1000 * end_s) - len(volumes) * HALF_HOUR_MS
    return (end_s, "meter.intervals", meter, {"start_ms": start_ms, "volume_l": volumes})


def nights(*flows_m3h: float) -> tuple[Event, ...]:
    """A delivery at the end of each local day, with this flow from 02 to 04."""
    days = ([4000.0] * 4 + [flow * 500] * 4 + [9000.0] * 40 for flow in flows_m3h)
    return tuple(half_hours("W-0", MIDNIGHT_S + n * DAY_S, volumes) for n, volumes in enumerate(days, 1))


ORDER = {"order": "o1", "phase": "published"}
WINDOW = {"round": "r1", "from_ms": T0_MS, "until_ms": T0_MS + 60_000}
SESSION = {"session": "s1", "phase": "started"}
BAND = {"heart_low_bpm": 50, "heart_high_bpm": 110}
CHARGE: tuple[Event, ...] = (
    (2, "charging.session", "P-1-1", SESSION),
    (2, "charging.status", "P-1-1", {"status": "Charging"}),
    *((60 * n, "charging.meter", "P-1-1", {"power_w": 180 if n < 10 else 12}) for n in range(1, 67)),
)
"""Full at the tenth minute; the power stays on though the stop is ordered."""

HALF_DRY = tuple(
    (MIDNIGHT_S + 21_600 + 1800 * n, "care.water", ALONE, {"volume_l": 0, "window_s": 1800}) for n in range(1, 26)
)

WALKS = (
    Walk("FIRE_SMOKE", "FD-1", "P1", "fire", "1 起 · 未确认", ((2, "fire.detector", "FD-1", {"event": "alarm"}),)),
    Walk("FIRE_MCP", "FC-1", "P1", "fire", "1 起 · 未确认", ((2, "fire.call_point", "FC-1", {"event": "alarm"}),)),
    Walk("GAS_LEAK", "GD-1", "P1", "fire", "1 起 · 未确认", ((2, "gas.detector", "GD-1", {"lel_percent": 20}),), 10),
    Walk(
        "FIRE_PANEL_FAULT",
        "FP-1",
        "P2",
        "fire",
        "0 起 · 3 在守",
        ((2, "fire.panel", "FP-1", {"mains_lost": True}),),
        40,
    ),
    Walk("SOS", "SOS-1", "P1", "sos", "1 起 · 未确认", ((2, "sos.press", "SOS-1", {"press": "short"}),)),
    Walk(
        "DURESS",
        "D-1",
        "P1",
        "access",
        "3 /3 在线",
        ((2, "access.pass", "D-1", {"method": "password", "result": "granted", "duress": True}),),
    ),
    Walk(
        "DOOR_FORCED",
        "D-1",
        "P2",
        "access",
        "3 /3 · 1未关",
        ((2, "access.contact", "D-1", {"state": "closed"}), (3, "access.contact", "D-1", {"state": "open"})),
        8,
    ),
    Walk(
        "DOOR_HELD",
        "D-2",
        "P3",
        "access",
        "3 /3 · 1未关",
        ((2, "access.lock", "D-2", {"lock": "unlocked"}), (3, "access.contact", "D-2", {"state": "open"})),
        40,
    ),
    Walk(
        "DOOR_AUTH",
        "D-1",
        "P3",
        "access",
        "3 /3 在线",
        tuple((n, "access.pass", "D-1", {"method": "face", "result": "denied"}) for n in range(2, 8)),
        9,
    ),
    Walk("TAILGATE", "D-1", "P4", "access", "3 /3 在线", ((2, "access.crossing", "D-1", {"persons": 1}),), 100),
    Walk(
        "GATE_FAULT", "BR-1", "P3", "parking", "0 /1 正常", ((2, "parking.barrier", "BR-1", {"barrier": "fault"}),), 70
    ),
    Walk("LIFT_TRAP", "L-1", "P1", "lifts", "1 困人 · 未确认", ((2, "lift.trap", "L-1", {"trapped": True}),)),
    Walk("LIFT_STOP", "L-1", "P2", "lifts", "1 /2 · 1停梯", ((2, "lift.status", "L-1", {"status": "fault"}),), 40),
    Walk("EBIKE_LIFT", "C-3", "P2", "lifts", "2 /2 运行", (event("ebike", "C-3", score=0.93),), 6),
    Walk("FALL", ALONE, "P1", "care", "2 /3 正常", ((2, "care.fall", ALONE, {"fallen": True}),), 70),
    Walk(
        "VITALS",
        ALONE,
        "P2",
        "care",
        "2 /3 正常",
        ((2, "care.band", ALONE, BAND), (3, "care.vitals", ALONE, {"heart_rate_bpm": 38})),
        70,
    ),
    Walk(
        "LONG_IN",
        ALONE,
        "P2",
        "care",
        "2 /3 正常",
        ((2, "care.passage", ALONE, {"direction": "in"}), (DAY_S + 3, "clock.tick", "", {})),
        0,
    ),
    Walk("LONG_OUT", CHILD, "P3", "care", "2 /3 正常", ((2, "care.passage", CHILD, {"direction": "out"}),)),
    Walk(
        "LOW_WATER", ALONE, "P2", "care", "2 /3 正常", ((2, "care.passage", ALONE, {"direction": "in"}), *HALF_DRY), 0
    ),
    Walk(
        "CP_OVERTEMP",
        "P-1-1",
        "P1",
        "ebike",
        "1 /2 空闲",
        ((2, "charging.status", "P-1-1", {"status": "Faulted", "error_code": "HighTemperature"}),),
        20,
    ),
    Walk("CP_FIRE", "C-4", "P1", "ebike", "2 /2 空闲", (event("smoke", "C-4", score=0.9),), 6),
    Walk("CP_OVERLOAD", "P-1-1", "P2", "ebike", "2 /2 空闲", ((2, "charging.meter", "P-1-1", {"power_w": 1300}),), 10),
    Walk("CP_NO_CUTOFF", "P-1-1", "P2", "ebike", "1 /2 空闲", CHARGE, 0),
    Walk("CP_OFFLINE", "EV-1", "P3", "ev", "— 1未知", (), 300, ("EV-1", "EV-1-1")),
    Walk("CP_FAULT", "EV-1-1", "P4", "ev", "0 /1 空闲", ((2, "charging.status", "EV-1-1", {"status": "Faulted"}),), 70),
    Walk(
        "CP_ZOMBIE",
        "EV-1-1",
        "P4",
        "ev",
        "1 /1 空闲",
        ((2, "charging.session", "EV-1-1", SESSION), (3, "charging.status", "EV-1-1", {"status": "Available"})),
        70,
    ),
    Walk("PERIMETER", "C-5", "P3", "cameras", "6 /6 在线", (event("intrusion", "C-5", target="human"),)),
    Walk("FALLING_OBJ", "C-2", "P2", "falling", "1 起 · 未确认", (event("falling_object", "C-2"),)),
    Walk("FIRE_LANE", "C-6", "P3", "cameras", "6 /6 在线", (event("parking", "C-6"),), 190),
    Walk("CAM_OFFLINE", "C-1", "P2", "cameras", "5 /6 · 1未知", (), 200, ("C-1",)),
    Walk("CAM_BLACK", "C-1", "P3", "cameras", "6 /6 在线", (event("black", "C-1"),), 40),
    Walk("CAM_BLIND", "C-1", "P2", "cameras", "6 /6 在线", (event("occluded", "C-1"),), 10),
    Walk("CAM_MOVED", "C-1", "P4", "cameras", "6 /6 在线", (event("moved", "C-1"),), 40),
    Walk(
        "NVR_STORE",
        "NVR-1",
        "P3",
        "cameras",
        "6 /6 在线",
        ((2, "recorder.storage", "NVR-1", {"oldest_clip_days": 12}),),
        310,
    ),
    Walk("LEAK_HOME", "W-1", "P3", "meters", "1 漏损 /3", (half_hours("W-1", MIDNIGHT_S, [3.0] * 48),), 0),
    Walk("DMA_NIGHT", "W-0", "P3", "meters", "1 漏损 /3", nights(*[1.0] * 14, 2.0, 2.0), 0),
    Walk(
        "WATER_BURST",
        "W-0",
        "P2",
        "meters",
        "1 漏损 /3",
        ((2, "meter.flag", "W-0", {"flag": "burst", "active": True}),),
        610,
    ),
    Walk("METER_LOST", "W-1", "P4", "meters", "0 漏损 · 1未知", (), 200, ("W-1",)),
    Walk("BIN_FULL", "B-1", "P4", "bins", "1 将满 /2", ((2, "bin.status", "B-1", {"fill_percent": 86}),), 610),
    Walk("BIN_FIRE", "B-1", "P2", "bins", "0 将满 /2", ((2, "bin.status", "B-1", {"temperature_c": 71}),)),
    Walk(
        "BCAST_FAIL",
        "S-1",
        "P3",
        "broadcast",
        "1 /2 · 1无应答",
        ((2, "broadcast.offer", "S-1", {"message": "m1"}),),
        15,
    ),
    Walk("PATROL_MISS", "CK-1", "P3", "patrol", "1 漏检 /1", ((2, "patrol.window", "CK-1", WINDOW),), 670),
    Walk("TICKET_SLA", "desk", "P4", "orders", "1 在办 · 1超时", ((2, "order.phase", "desk", ORDER),), 1810),
    Walk(
        "CALL_UNANSWERED",
        "IP-1",
        "P3",
        "intercom",
        "1 未接 /1",
        ((2, "intercom.call", "IP-1", {"call": "c1", "phase": "ringing", "rings": "guard"}),),
        40,
    ),
    Walk("POWER_LOST", "PW-1", "P2", "plant", "3 /4 正常", ((2, "plant.feeder", "PW-1", {"energised": False}),), 10),
    Walk("NET_DOWN", "SW-1", "P2", "plant", "3 /4 正常", ((2, "plant.network", "SW-1", {"reachable": False}),), 70),
    Walk("GARAGE_WATER", "GW-1", "P2", "plant", "3 /4 正常", ((2, "plant.water", "GW-1", {"level_cm": 12}),), 40),
    Walk(
        "BATTERY_LOW",
        "SOS-1",
        "P4",
        "sos",
        "0 起 · 2 在守",
        ((2, "device.battery", "SOS-1", {"battery_percent": 9}), (3700, "clock.tick", "", {})),
        0,
    ),
    Walk(
        "CLOCK_SKEW",
        "B-1",
        "P4",
        "bins",
        "0 将满 /2",
        tuple((n, "device.heartbeat", "B-1", {"_behind_s": 300}) for n in range(2, 32, 6)),
    ),
    Walk(
        "DEAD_LETTERS",
        "bins",
        "P3",
        "bins",
        "0 将满 /2",
        ((2, "source.letters", "bins", {"letters": 6, "window_s": 600}),),
    ),
    Walk("SOURCE_STALE", "bins", "P2", "bins", "0", (), 60, ("bins", "B-1", "B-2")),
)


SITE = replace(
    GARDEN,
    tiles=tuple(sorted(TILES)),
    devices=tuple(replace(d, period_s=60.0) if d.id == "W-1" else d for d in DEVICES),
)
"""A meter that reports each minute is lost within minutes."""


class Walker(Garden):
    """Time passes: every feed and device lives but those that are silent."""

    def __init__(self, silent: tuple[str, ...]) -> None:
        super().__init__(SITE)
        self.silent = silent
        self.now_s = 1.0
        self.everybody(1)

    def until(self, at_s: float) -> None:
        """A second at a time; where hours pass the log slept, and nobody is called silent for it."""
        if at_s - self.now_s > 2000:
            self.now_s = at_s - 1
        while self.now_s < at_s:
            self.now_s = min(at_s, self.now_s + 1)
            self.tell("clock.tick", community="", at_s=self.now_s)
            if self.now_s % 10 == 0:
                self.live(self.now_s)
            if self.now_s % 60 == 0:
                self.beat()

    def live(self, at_s: float) -> Any:
        for source in SITE.sources:
            if source.id not in getattr(self, "silent", ()):
                self.tell("source.heartbeat", source.id, {}, at_s=at_s)
        return self.state

    def beat(self) -> None:
        for device in SITE.devices:
            if device.id not in self.silent:
                self.tell("device.heartbeat", device.id, {}, at_s=self.now_s)

    def event(self, event: Event) -> None:
        at_s, type_, subject, data = event
        self.until(at_s)
        behind_s = data.get("_behind_s", 0)
        data = {name: value for name, value in data.items() if name != "_behind_s"}
        self.tell(type_, subject, data, at_s=at_s, device_s=at_s - behind_s)


def walked(walk: Walk) -> Walker:
    walker = Walker(walk.silent)
    for event in walk.events:
        walker.event(event)
    walker.until(walk.until_s)
    walker.now_s += 1
    walker.live(walker.now_s)
    walker.beat()
    return walker


def test_every_alarm_of_the_catalogue_and_every_tile_is_walked() -> None:
    assert sorted(walk.alarm for walk in WALKS) == sorted(CATALOGUE)
    assert {walk.tile for walk in WALKS} == set(TILES)
    of_systems = {next(s.id for s in SYSTEMS.values() if TILES[walk.tile] in s.tiles) for walk in WALKS}
    assert of_systems == set(SYSTEMS) - {"common"}


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.alarm)
def test_from_the_record_to_the_tile(walk: Walk) -> None:
    walker = walked(walk)
    key = f"{walk.alarm}/{walk.device}"
    alarm = walker.state.alarms[key]
    assert (alarm_state(alarm), alarm.priority) == ("unacknowledged", walk.priority)
    shown = board(walker.state, "zh")
    row = next(row for row in shown["alarms"]["rows"] if row["key"] == shown_key(walker.state, alarm))
    assert (row["p"], row["acknowledge"]) == (int(walk.priority[1]), True)
    tile = shown["tiles"][walk.tile]
    said = " ".join(part for part in (tile["value"], tile["of"], tile["words"]) if part)
    assert (said, tile["alarm"]) == (walk.says, {"p": int(walk.priority[1]), "badge": "unack"})
    others = {name: t["alarm"] for name, t in shown["tiles"].items() if t["alarm"] and name != walk.tile}
    assert set(others) <= ALSO.get(walk.alarm, set()), "no other tile is alarmed"


ALSO = {"CP_FIRE": {"fire"}, "CAM_OFFLINE": set(), "GATE_FAULT": {"access"}}
"""Tiles that show the same alarm: a bike shed on fire is the firemen's too, a barrier is a gate."""
