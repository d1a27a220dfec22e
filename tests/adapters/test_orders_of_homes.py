"""A request that says which home it is about reaches that home's page."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from community.room import room_of
from ingest.adapters import ADAPTERS
from ingest.adapters.base import Refused, unwrap, zone_of
from ingest.adapters.files import payloads_of
from ingest.mapping.folder import FOLDER
from tests.community.story import Story
from tests.community.test_room import GARDEN

SAMPLES = FOLDER / "work_orders" / "samples"


def orders(path: Path, *home: str) -> list[str]:
    """What the home's page lists after the file was read."""
    desk = next(device for device in GARDEN.devices if device.system == "orders")
    devices = [device for device in GARDEN.devices if device is not desk]
    desks = [replace(desk, id=agency, vendor={"work_orders": agency}) for agency in ("DEP", "HPD")]
    site = replace(GARDEN, devices=(*devices, *desks))
    story, adapter = Story(site), ADAPTERS["work_orders"](site)
    for found in payloads_of(path):
        if found.refused:
            continue
        with suppress(Refused):
            outcome = adapter.adapt(unwrap(found.value, zone_of(site), fallback=path.stem))
            assert isinstance(outcome, list)
            for record in outcome:
                story.tell(record.type, record.subject, record.data)
    return sorted(one.order for one in room_of(story.state, *home, "zh", plain=False).orders)


def test_by_an_address() -> None:
    path = SAMPLES / "requests.csv"
    assert orders(path, "7", "2", "1203") == ["9000006", "9000007", "9000008"]
    assert orders(path, "3", "", "302") == ["9000009"]


def test_by_columns() -> None:
    path = SAMPLES / "homes.csv"
    assert orders(path, "7", "2", "1203") == ["9100001"] and orders(path, "3", "", "302") == ["9100002"]
    assert orders(path, "7", "2", "") == []
