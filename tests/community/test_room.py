"""One home: what is its own is covered, what is the unit's is not; care is not even hinted at."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from community.room import home_id, is_home, parse_home, room_of
from community.site import Device, Text
from tests.community.story import SITE, Story

ALONE = "subject-00000001"
HOME = {"building": "7", "unit": "2", "room": "1203"}
GARDEN = replace(
    SITE,
    devices=(
        Device("W-1", "meters", "water_meter", "isapi", Text("水表"), **HOME),
        Device("EV-H", "charging", "car_connector", "ocpp16", Text("家用桩"), **HOME),
        Device("D-1", "access", "door", "isapi", Text("单元门"), building="7", unit="2"),
        Device("D-2", "access", "door", "isapi", Text("邻单元门"), building="7", unit="1"),
        Device(ALONE, "care", "resident", "isapi", tags=("alone",), **HOME),
        Device("DESK", "orders", "desk", "isapi"),
        Device("W-2", "meters", "water_meter", "isapi", building="7", unit="2", room="1204"),
    ),
)


def lived() -> Story:
    story = Story(GARDEN)
    story.tell("meter.reading", "W-1", {"flow_m3h": 0.25})
    story.tell("charging.status", "EV-H", {"status": "Available"})
    story.tell("access.contact", "D-1", {"state": "closed"})
    story.tell("care.passage", ALONE, {"direction": "in"})
    story.tell("care.fall", ALONE, {"fallen": True})
    for order, home in (("o1", "7/2/1203"), ("o2", "7/2/1204"), ("o3", None)):
        said = {"order": order, "phase": "published", "category": "plumbing"}
        story.tell("order.phase", "DESK", said | ({"home": home} if home else {}))
    story.tell("order.phase", "DESK", {"order": "o1", "phase": "taken", "post": "post:plumber"}, at_s=60)
    story.ticks(60, 130)
    return story


def test_the_covered_view_tells_that_things_are_heard_and_nothing_of_the_people() -> None:
    found = room_of(lived().state, "7", "2", "1203", "zh", plain=False)
    assert [(line.device, line.own, line.values) for line in found.lines] == [
        ("W-1", True, None),
        ("EV-H", True, None),
        ("D-1", False, {"state": "closed"}),
    ]
    assert found.covered == 2
    assert [one.title for one in found.alarms] == ["特殊关怀"]
    assert [(one.order, one.phase, one.post) for one in found.orders] == [("o1", "taken", "post:plumber")]
    assert ALONE not in repr(found) and "跌倒" not in repr(found)


def test_the_plain_view_tells_all_of_the_home_and_nothing_of_its_neighbours() -> None:
    found = room_of(lived().state, "7", "2", "1203", "zh", plain=True)
    lines = {line.device: line for line in found.lines}
    assert set(lines) == {"W-1", "EV-H", "D-1", ALONE}
    assert lines["EV-H"].values == {"status": "Available"}, "its charger"
    assert lines["W-1"].values is not None and lines["W-1"].values["flow_m3h"] == 0.25
    assert lines[ALONE].whereabouts["state"] == "IN"
    assert lines[ALONE].values is not None and lines[ALONE].values["fallen"] is True


@pytest.mark.parametrize(
    ("text", "there"), [("7/2/1203", True), ("7/2/9999", False), ("7/2/", False), (" 7 /2/ 1204", True)]
)
def test_which_homes_there_are(text: str, there: bool) -> None:
    home = parse_home(text)
    assert is_home(GARDEN, *home) is there
    if there:
        assert home_id(*home) == text.replace(" ", "")


def test_what_is_no_home() -> None:
    for text in ("", "7", "7/2", "7/2/3/4"):
        with pytest.raises(ValueError):
            parse_home(text)
