"""A change of the description is a record: what follows from it at once, what stays, and that a replay agrees."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from community.description import (
    INLINE_BYTES,
    Description,
    canonical,
    data_of,
    description,
    hash_of,
    pack,
    site_of,
    unpack,
)
from community.fold import fold
from community.model import MAX_RECORD_BYTES, BadRecord, encode_event
from community.site import SITES, Site, SiteError, Source, Text, Threshold
from community.state import State, alarm_state
from tests.community.story import SITE as PLACE
from tests.community.story import Story, record


def told(site: Site) -> Description:
    return description(msgspec.json.encode(site))


SITE = told(replace(PLACE, sources=(*PLACE.sources, Source("lorawan_less", Text("按钮", "Buttons"))))).site
"""As it is read: what has no plan has its places from the lists."""

FIRST = told(SITE)


def without(*ids: str) -> Site:
    return replace(SITE, devices=tuple(device for device in SITE.devices if device.id not in ids))


def describe(
    story: Story, after: Site | Description, before: str = "", *, by: str = "post:office", at_s: float
) -> None:
    said = after if isinstance(after, Description) else told(after)
    story.tell("site.described", data=as_told(data_of(said, before, by)), at_s=at_s)


def as_told(data: dict[str, Any]) -> dict[str, Any]:
    """As it comes out of the log."""
    return msgspec.json.decode(msgspec.json.encode(data))


def begun() -> Story:
    story = Story(SITE)
    describe(story, FIRST, by="house", at_s=0)
    return story


def test_the_first_description_changes_nothing_but_is_noted() -> None:
    story = Story(SITE)
    story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=0)
    devices, alarms = dict(story.state.devices), dict(story.state.alarms)
    describe(story, FIRST, by="house", at_s=1)
    assert story.state.site == SITE and story.state.devices == devices and story.state.alarms == alarms
    assert story.state.described is not None and story.state.described.hash == FIRST.hash
    (entry,) = [e for e in story.entries if e.type == "site.described"]
    assert entry.data["hash"] == FIRST.hash and entry.data["by"] == "house"
    assert (entry.data["added"], entry.data["removed"]) == (0, 0)


def test_the_same_description_once_more_is_no_change() -> None:
    story = begun()
    entries = len(story.entries)
    describe(story, FIRST, "sha256:of another time", at_s=1)
    assert len(story.entries) == entries


def test_a_device_that_is_taken_out_is_forgotten_and_its_alarm_ends_with_the_reason() -> None:
    story = begun()
    story.tell("camera.status", "C-1", {"status": "online"}, at_s=1)
    story.tell("camera.event", "C-2", {"event": "occluded", "active": True}, at_s=1)
    story.ticks(2, 10)
    assert story.state.alarms["CAM_BLIND/C-2"].active
    describe(story, without("C-2"), FIRST.hash, at_s=11)
    assert sorted(story.state.devices) == ["C-1"] and not story.state.alarms
    ended = [e for e in story.entries if e.subject == "CAM_BLIND/C-2" and e.type in ("alarm.returned", "alarm.closed")]
    assert [e.type for e in ended] == ["alarm.closed"] or [e.type for e in ended] == ["alarm.returned", "alarm.closed"]
    assert all(e.data["reason"] == "the device is no longer described" for e in ended)
    assert all(e.data["by"] == "post:office" for e in ended)


def test_a_call_for_help_is_not_edited_away() -> None:
    """An unacknowledged P1 of a device that is no longer described waits for a person, and ends with them."""
    story = begun()
    story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=1)
    describe(story, without("SOS-1"), FIRST.hash, at_s=2)
    assert "SOS-1" not in story.state.devices
    assert alarm_state(story.state.alarms["SOS/SOS-1"]) == "returned"
    story.tell("command.alarm.acknowledge", "SOS/SOS-1", {"by": "post:control"}, at_s=5)
    assert not story.state.alarms
    assert story.journal("alarm.returned", "alarm.acknowledged", "alarm.closed") == [
        ("alarm.returned", "SOS/SOS-1", 2),
        ("alarm.acknowledged", "SOS/SOS-1", 5),
        ("alarm.closed", "SOS/SOS-1", 5),
    ]


def test_an_alarm_that_was_still_waiting_for_its_delay_leaves_without_a_word() -> None:
    story = begun()
    story.tell("camera.event", "C-2", {"event": "occluded", "active": True}, at_s=1)
    assert story.state.alarms["CAM_BLIND/C-2"].pending_ms is not None
    describe(story, without("C-2"), FIRST.hash, at_s=2)
    assert not story.state.alarms and not story.journal("alarm.activated", "alarm.closed")


def test_a_new_device_is_unknown_until_it_speaks_and_one_that_spoke_before_gets_its_place() -> None:
    story = Story(SITE)
    describe(story, without("EV-1", "EV-1-1", "C-3"), by="house", at_s=0)
    story.tell("charging.status", "EV-1-1", {"status": "Available"}, at_s=1)
    story.tell("device.heartbeat", "EV-1", at_s=1)
    assert story.state.devices["EV-1-1"].source == "test" and story.state.devices["EV-1"].system == "unknown"
    describe(story, FIRST, story.state.described.hash, at_s=2)  # type: ignore[union-attr]
    port, pile = story.state.devices["EV-1-1"], story.state.devices["EV-1"]
    assert (port.kind, port.source, port.parent) == ("car_connector", "piles", "EV-1")
    assert port.values["status"] == "Available" and (pile.system, pile.kind) == ("charging", "car_charger")
    assert "C-3" not in story.state.devices


def test_a_device_that_spoke_by_its_vendors_id_is_forgotten_under_it_once_it_has_a_name() -> None:
    story = begun()
    story.tell("charging.status", "P9/1", {"status": "Available"}, at_s=1)
    story.tell("charging.status", "P9/2", {"status": "Available"}, at_s=1)
    port = next(device for device in SITE.devices if device.id == "EV-1-1")
    adopted = replace(port, id="EV-9-1", vendor={"test": "P9/1"})
    describe(story, replace(SITE, devices=(*SITE.devices, adopted)), FIRST.hash, at_s=2)
    assert "P9/1" not in story.state.devices and "P9/2" in story.state.devices


def test_an_id_that_is_now_another_device_starts_anew() -> None:
    story = begun()
    story.tell("camera.status", "C-2", {"status": "online"}, at_s=1)
    other = tuple(replace(d, system="sos", kind="button") if d.id == "C-2" else d for d in SITE.devices)
    describe(story, replace(SITE, devices=other), FIRST.hash, at_s=2)
    assert "C-2" not in story.state.devices
    story.tell("sos.press", "C-2", {"press": "short"}, at_s=3)
    assert story.state.devices["C-2"].system == "sos" and "SOS/C-2" in story.state.alarms


@pytest.mark.parametrize("on_delay_s", [2, 40])
def test_a_threshold_holds_from_then_on_and_a_running_delay_keeps_its_begin(on_delay_s: float) -> None:
    """Five seconds by the catalogue; since one second. A shorter one is over with the next look, at its own moment."""
    story = begun()
    story.tell("camera.event", "C-2", {"event": "occluded", "active": True}, at_s=1)
    story.tell("clock.tick", community="", at_s=4)
    changed = replace(SITE, thresholds={"CAM_BLIND": Threshold(on_delay_s=on_delay_s)})
    describe(story, changed, FIRST.hash, at_s=5)
    story.ticks(6, 60)
    assert story.journal("alarm.activated") == [("alarm.activated", "CAM_BLIND/C-2", 1 + on_delay_s)]


def test_what_fell_due_before_the_change_fell_due_by_the_old_numbers() -> None:
    story = begun()
    story.tell("camera.event", "C-2", {"event": "occluded", "active": True}, at_s=1)
    changed = replace(SITE, thresholds={"CAM_BLIND": Threshold(on_delay_s=3000)})
    describe(story, changed, FIRST.hash, at_s=20)
    assert story.journal("alarm.activated", "site.described") == [
        ("site.described", "garden", 0),
        ("alarm.activated", "CAM_BLIND/C-2", 6),
        ("site.described", "garden", 20),
    ]


def test_a_feed_that_is_no_longer_described_is_not_missed() -> None:
    story = begun()
    story.tell("source.heartbeat", "isapi", {}, at_s=1)
    story.ticks(2, 60)
    assert story.state.alarms["SOURCE_STALE/isapi"].active
    kept = tuple(d for d in SITE.devices if d.source != "isapi")
    describe(story, replace(SITE, sources=SITE.sources[1:], devices=kept), FIRST.hash, at_s=61)
    assert not story.state.sources and not story.state.alarms


def test_an_order_under_way_to_a_device_that_is_gone_is_reported() -> None:
    story = begun()
    story.tell("charging.session", "EV-1-1", {"session": "s1", "phase": "started"}, at_s=1)
    story.tell("command.charging.remote_stop", "EV-1-1", {"by": "post:control"}, at_s=2)
    assert story.state.devices["EV-1-1"].pending is not None
    describe(story, without("EV-1", "EV-1-1"), FIRST.hash, at_s=3)
    (expired,) = [e for e in story.entries if e.type == "action.expired"]
    assert expired.data["reason"] == "the device is no longer described"


def test_what_was_out_of_service_is_forgotten_with_its_device() -> None:
    story = begun()
    work = {"by": "post:technician", "role": "supervisor", "reason": "new cable"}
    story.tell("command.device.out_of_service", "SOS-1", work, at_s=1)
    story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=2)  # somebody tries it while they work
    describe(story, without("SOS-1"), FIRST.hash, at_s=3)
    assert not story.state.out_of_service and not story.state.alarms
    (back,) = [e for e in story.entries if e.type == "device.returned_to_service"]
    assert (back.subject, back.data["reason"]) == ("SOS-1", "the device is no longer described")


def test_of_two_who_change_the_same_description_the_second_is_refused() -> None:
    story = begun()
    describe(story, without("C-1"), FIRST.hash, by="post:one", at_s=1)
    describe(story, without("C-2"), FIRST.hash, by="post:two", at_s=2)
    assert "C-1" not in story.state.site.by_id and "C-2" in story.state.site.by_id
    (refused,) = [e for e in story.entries if e.type == "site.refused"]
    assert refused.data["by"] == "post:two" and "is in force" in refused.data["reason"]


def test_the_clock_of_a_community_does_not_change() -> None:
    story = begun()
    describe(story, replace(SITE, clock="log"), FIRST.hash, at_s=1)
    assert story.state.site.clock == "live"
    assert story.journal("site.refused") == [("site.refused", "garden", 1)]


def test_a_description_does_not_move_a_recorded_clock() -> None:
    recorded = replace(SITE, clock="log")
    story = Story(recorded)
    story.tell("camera.status", "C-1", {"status": "online"}, at_s=900_000, device_s=5, received_s=5)
    clock_ms = story.state.clock_ms
    describe(story, recorded, by="house", at_s=900_001)
    assert story.state.clock_ms == clock_ms and story.state.described is not None


BAD = [
    ({"hash": "sha256:0"}, "hash"),
    ({"by": ""}, "nobody"),
    ({"site": {"id": "garden", "name": {}, "tile": []}}, "unknown field `tile`"),
    ({"site": {"id": "another", "name": {}}}, "not 'garden'"),
    ({"site": None, "packed": "eJy"}, "packed"),
    ({"site": None, "packed": pack(b" " * 17_000_000)}, "larger than"),
    ({"site": None}, "packed"),
]


@pytest.mark.parametrize(("wrong", "why"), BAD, ids=[why for _, why in BAD])
def test_what_cannot_be_a_description_is_set_aside(wrong: dict[str, Any], why: str) -> None:
    story = begun()
    data = as_told(data_of(told(without("C-1")), FIRST.hash, "post:office")) | wrong
    if "site" in wrong and wrong["site"]:
        data["hash"] = hash_of(canonical(wrong["site"]))
    with pytest.raises(BadRecord, match=why):
        fold(story.state, record("site.described", data=data, offset=99, at_s=9))


def test_one_too_large_for_a_record_goes_packed_and_means_the_same() -> None:
    many = replace(SITE, devices=(*SITE.devices, *(replace(SITE.devices[1], id=f"C-{n}") for n in range(10, 6000))))
    large = told(many)
    assert len(large.text) > MAX_RECORD_BYTES
    data = as_told(data_of(large, FIRST.hash, "post:office"))
    assert "site" not in data and len(encode_event(id="1", source="s", type="t", data=data)) < MAX_RECORD_BYTES
    story = begun()
    describe(story, large, FIRST.hash, at_s=1)
    assert story.state.site == large.site
    described = story.state.described
    assert described is not None and site_of(described.packed) == large.site and unpack(described.packed) == large.text


def test_one_that_no_record_can_carry_is_refused_when_it_is_read() -> None:
    import random

    noise = random.Random(1).randbytes(INLINE_BYTES).hex()
    with pytest.raises(SiteError, match=r"site: \d+ bytes are too many"):
        description(msgspec.json.encode(replace(SITE, duty={"zh": noise})))


def test_the_text_in_the_record_is_the_source_whatever_its_spaces_and_order() -> None:
    source = (SITES / "lanting.json").read_bytes()
    again = msgspec.json.format(msgspec.json.encode(dict(reversed(msgspec.json.decode(source).items()))), indent=7)
    assert description(source).hash == description(again).hash
    assert msgspec.json.decode(description(source).text) == msgspec.json.decode(source)


def test_a_replay_across_a_change_gives_the_same_journal_and_state() -> None:
    story = begun()
    story.tell("source.heartbeat", "isapi", {}, at_s=1)
    story.tell("camera.event", "C-2", {"event": "occluded", "active": True}, at_s=2)
    story.tell("sos.press", "SOS-2", {"press": "short"}, at_s=3)
    story.ticks(4, 20, "isapi")
    second = told(replace(without("C-2"), thresholds={"CAM_BLIND": Threshold(on_delay_s=30)}))
    describe(story, second, FIRST.hash, at_s=21)
    story.tell("camera.event", "C-1", {"event": "occluded", "active": True}, at_s=22)
    story.ticks(23, 90, "isapi")
    describe(story, FIRST, second.hash, at_s=91)
    story.tell("camera.event", "C-2", {"event": "occluded", "active": True}, at_s=92)
    story.ticks(93, 120)
    again = Story(SITE)
    for said in story.records:
        again.fold(said)
    assert [msgspec.json.encode(e) for e in again.entries] == [msgspec.json.encode(e) for e in story.entries]
    assert as_bytes(again.state) == as_bytes(story.state)
    blind = [e for e in story.journal("alarm.activated") if e[1].startswith("CAM_BLIND")]
    assert [(key, at_s) for _, key, at_s in blind] == [
        ("CAM_BLIND/C-2", 7),
        ("CAM_BLIND/C-1", 52),
        ("CAM_BLIND/C-2", 97),
    ]


def as_bytes(state: State) -> bytes:
    parts = ("described", "devices", "alarms", "sources", "recent", "today", "activations", "clock_ms", "position")
    return msgspec.json.encode({name: getattr(state, name) for name in parts}, order="deterministic")
