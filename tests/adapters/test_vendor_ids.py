"""docs/connect.md tells whoever describes a site how each source spells its devices."""

from __future__ import annotations

import re
from pathlib import Path

from community.site import parse_site
from ingest.adapters import ADAPTERS, CODE
from ingest.adapters.base import Payload
from ingest.mapping.folder import sources

TOLD = (Path(__file__).resolve().parents[2] / "docs" / "connect.md").read_text("utf-8")
SECTION = TOLD[TOLD.index("### What a vendor calls its devices") : TOLD.index("### One that was timed")]


def test_every_source_has_its_spelling() -> None:
    rows = [line for line in SECTION.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(named) == sorted({*CODE, *sources()})


def test_the_example_is_a_site_whose_devices_are_found_by_their_vendor_ids() -> None:
    (example,) = re.findall(r"```json\n(.+?)```", SECTION, re.DOTALL)
    site = parse_site(example.encode(), "connect.md")
    heard = Payload({"topic": "zigbee2mqtt/Door-7", "payload": {"contact": False}})
    door = ADAPTERS["zigbee2mqtt"](site).adapt(heard)
    alert = "<EventNotificationAlert><macAddress>44-19-B6-00-00-01</macAddress><channelID>1</channelID>"
    alert += "<eventType>VMD</eventType><eventState>active</eventState></EventNotificationAlert>"
    camera = ADAPTERS["isapi"](site).adapt(Payload(alert))
    assert [records[0].subject for records in (door, camera) if isinstance(records, list)] == ["D-7", "C-1"]
