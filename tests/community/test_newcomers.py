"""Unknown devices: a list, a table, a change of the site."""

from __future__ import annotations

import json
from typing import Any

import pytest

from community.newcomer_guess import guess
from community.newcomers import NotAdopted, adopted, table, unknown_of, written
from community.place import Source, Text
from community.site import Site, parse_site
from community.state import DeviceState
from tests.community.story import Story

SOURCE: dict[str, Any] = {
    "id": "garden",
    "name": {"zh": "花园"},
    "sources": [{"id": "lorawan", "name": {"zh": "传感器"}}],
    "devices": [
        {"id": "SOS-1", "system": "sos", "kind": "button", "source": "lorawan", "vendor": {"lorawan": "24e1"}},
        {"id": "SOS-2", "system": "sos", "kind": "button", "source": "lorawan"},
    ],
}
HEAD = "vendor,vendor_id,id,system,kind,source,name,room\n"


def states() -> list[DeviceState]:
    return [
        DeviceState("SOS-1", "sos", "button", "lorawan", heard_ms=9),
        DeviceState("24e2/1", "sos", "", "lorawan", heard_ms=5, stamps={"press": (5, "lorawan:vendor.lorawan:0:7:0")}),
        DeviceState("24e3", "bins", "", "mqtt", heard_ms=7, values={"fill_percent": 40}),
        DeviceState("lorawan", "", "", "lorawan", heard_ms=8),
    ]


def test_who_is_not_described_the_newest_first_as_a_table_to_fill_in() -> None:
    site = Site("garden", Text("花园"), sources=(Source("lorawan", Text("传感器")),))
    site = parse_site(json.dumps(SOURCE).encode())
    found = unknown_of(site, states())
    assert [one.vendor_id for one in found] == ["24e3", "24e2/1"]
    assert found[1].place == "lorawan:vendor.lorawan:0:7:0"
    _, bin_, button = table([(one, guess(site, one)._asdict()) for one in found]).splitlines()
    assert bin_.startswith("mqtt,24e3,24e3,bins,,,") and '""fill_percent"": 40' in bin_
    assert button.startswith("lorawan,24e2/1,24e2-1,sos,button,lorawan,")


def test_who_has_only_beaten_so_far_is_known_by_its_first_word() -> None:
    story = Story(parse_site(json.dumps(SOURCE).encode()))
    story.tell("device.heartbeat", "24e4", at_s=1)
    assert story.state.devices["24e4"].system == "unknown"
    story.tell("meter.reading", "24e4", {"power_w": 1}, at_s=2)
    story.tell("device.heartbeat", "24e4", at_s=3)
    assert (story.state.devices["24e4"].system, story.state.devices["24e4"].kind) == ("meters", "meter")


def test_rows_become_devices_and_a_second_name_of_one_that_is_there() -> None:
    rows = f"\ufeff{HEAD}lorawan,24e2/1,SOS-7,sos,button,lorawan,七栋,0701\n\nlorawan,24e9,SOS-2,,,,,\n"
    source, count = adopted(SOURCE, rows)
    site = parse_site(written(source).encode())
    assert count == 2 and len(site.devices) == 3
    seven = site.by_id["SOS-7"]
    assert (seven.vendor, seven.name.zh, seven.room) == ({"lorawan": "24e2/1"}, "七栋", "0701")
    assert site.by_id["SOS-2"].vendor == {"lorawan": "24e9"}
    assert SOURCE["devices"][1].get("vendor") is None, "what was there is not touched"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("vendor,id\n", "the first row lacks vendor_id, system, kind, source"),
        (HEAD, "it has no row"),
        (f"{HEAD}lorawan,24e2,,sos,,lorawan,,\n", "row 2 lacks kind"),
        (f"{HEAD}lorawan,,SOS-1,,,,,\n", "row 2 lacks vendor_id"),
        (f"{HEAD}lorawan,24e2,SOS-1,,,,,\n", "row 2: SOS-1 is lorawan '24e1' already"),
    ],
)
def test_a_table_that_cannot_be_used_says_which_row(rows: str, why: str) -> None:
    with pytest.raises(NotAdopted, match=why):
        adopted(SOURCE, rows)


def test_a_site_is_written_as_people_edit_it() -> None:
    text = written(SOURCE)
    assert json.loads(text) == SOURCE
    assert sum(line.startswith('  {"id": "SOS') for line in text.splitlines()) == 2
