"""The first minutes of a live demo: what is over is not raised, and nothing begins by itself."""

from __future__ import annotations

from pathlib import Path
from random import Random

import msgspec
from msgspec.structs import replace

from community.fold import fold
from community.site import Device, Site, Source, Text
from community.state import State
from community.world.base import Planned
from community.world.day import HOUR_MS, TURN_MS, Day
from community.world.stream import Wire, stream
from ingest.simulation.ahead import Asked, Made, in_order, lines, make
from tests.community.story import T0_MS, Story
from tests.world.small import DAY, small, sort

SITE = Site(
    "garden",
    Text("花园", "Garden"),
    sources=(Source("care", Text("关怀", "Care")),),
    devices=(
        Device("subject-00000001", "care", "resident_alone", "care"),
        Device("subject-00000002", "care", "resident_dementia", "care"),
    ),
)


def said(hours_ago: float, type_: str, subject: str, data: dict[str, object]) -> Wire:
    at_ms = T0_MS - int(hours_ago * HOUR_MS)
    return Wire(at_ms, f"{type_}-{subject}-{at_ms}", at_ms, at_ms, type_, subject, data)


PAST = (
    said(13, "care.passage", "subject-00000001", {"direction": "out"}),
    said(2, "care.water", "subject-00000001", {"volume_l": 6.0, "window_s": 600.0}),
    said(9, "care.passage", "subject-00000002", {"direction": "out"}),
    said(1, "care.absence", "subject-00000002", {"absent": True}),
)
"""One was out and has been at home for two hours; the other is away, and everybody knows."""


def raised(wires: list[Wire]) -> list[str]:
    story = Story(SITE)
    story.tell("source.heartbeat", "care", {}, at_s=-1)
    for wire in wires:
        device_s = (wire.time_ms - T0_MS) / 1000
        story.tell(wire.type, wire.subject, wire.data, at_s=0, device_s=device_s)
    return [subject for _, subject, _ in story.journal("alarm.activated")]


def test_what_is_over_is_not_raised_when_a_whole_day_is_told_at_once() -> None:
    assert raised(sorted(PAST)), "told by their time, what was true for a while is raised"
    for seed in range(4):
        shuffled = Random(seed).sample(PAST, len(PAST))
        assert raised(in_order(shuffled)) == []


def test_nothing_begins_by_itself_while_a_newcomer_is_shown_round() -> None:
    whole = sort(7, each=2)
    first_ms = Day(whole, DAY).start_ms + TURN_MS
    quiet = (first_ms, first_ms + 12 * HOUR_MS)
    begun = [(scene.plot.name, scene.device.id, scene.from_ms) for scene in Day(whole, DAY).begun]
    calm = [scene.from_ms for scene in Day(sort(7, each=2, quiet=quiet), DAY).begun]
    assert any(quiet[0] <= at < quiet[1] for _, _, at in begun), "else it proves nothing"
    assert calm and not any(quiet[0] <= at < quiet[1] for at in calm)


def test_whoever_steps_between_pass_and_door_sees_no_door_forced(tmp_path: Path) -> None:
    site, eight_ms = small(), Day(sort(), DAY).at(8)
    quiet = (0, eight_ms + 24 * HOUR_MS)
    let_in: dict[str, int] = {}
    moments = []
    for wire in stream(sort(quiet=quiet), DAY, 1):
        if wire.type == "access.pass" and wire.appended_ms > eight_ms:
            let_in[wire.subject] = wire.time_ms
        elif wire.type == "access.contact" and wire.data["state"] == "open" and wire.subject in let_in:
            moments.append((let_in.pop(wire.subject) + wire.time_ms) // 2)
    for from_ms in moments[:5]:
        asked = Asked(site, 1, 1.0, (), DAY, from_ms, str(tmp_path / "day"), quiet=quiet)
        told = msgspec.json.decode(make(asked), type=Made)
        arrived = [replace(wire, received_ms=from_ms, appended_ms=from_ms) for wire in told.hello]
        coming = [wire for wire in lines(tmp_path / "day") if wire.appended_ms < from_ms + 60_000]
        state = State(site)
        for count, wire in enumerate(arrived + coming):
            state.apply(fold(state, wire.record(site.id, count)))
        assert any(device.values.get("state") for device in state.devices.values())
        assert not [key for key in state.alarms if key.startswith("DOOR_FORCED")]


def test_a_port_that_something_befell_when_ports_say_that_they_are_free_is_known(tmp_path: Path) -> None:
    yesterday, now_ms = Day(sort(), DAY - 1), Day(sort(), DAY).at(5)
    befell = (Planned("heard_by_its_ports", "P-0", yesterday.at(9.85)),)
    quiet = (yesterday.start_ms, now_ms + 24 * HOUR_MS)
    assert any(s.from_ms < yesterday.at(9.9) < s.until_ms for s in Day(sort(script=befell, quiet=quiet), DAY - 1).begun)
    told = msgspec.json.decode(
        make(Asked(small(), 1, 1.0, befell, DAY, now_ms, str(tmp_path / "day"), quiet=quiet)), type=Made
    )
    plugs = {device.id for device in small().devices if device.kind in ("ebike_port", "car_connector")}
    assert {wire.subject for wire in told.hello if wire.type == "charging.status"} >= plugs
