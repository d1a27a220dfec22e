"""The first minutes of a live demo: what is over is not raised, and nothing begins by itself."""

from __future__ import annotations

from random import Random

from community.site import Device, Site, Source, Text
from community.world.day import HOUR_MS, TURN_MS, Day
from community.world.stream import Wire
from ingest.simulation.ahead import in_order
from tests.community.story import T0_MS, Story
from tests.world.small import DAY, sort

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
