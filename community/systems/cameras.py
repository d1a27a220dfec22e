"""安防摄像头 cameras and their recorders: online / offline / occluded / black, last picture, perimeter, storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..clock import within
from ..model import BadRecord, Record
from ..numbers import Amount, ClockTime, Priority, Share, SystemNumbers
from ..site import Device, Site, Text
from ..state import DeviceState
from ..world import estate, views, watch
from .base import Look, Patch, Reducer, Rule, Silence, System, present, typed
from .tile import Cases, Tile
from .unended import UNENDED, going_on

KEY_TAGS = frozenset(("gate", "lift", "perimeter"))
"""Places where a blind camera is P2 (catalogue: 'P2 gates, lifts, perimeter')."""


WORDS = frozenset(
    (
        *("occluded", "black", "moved", "intrusion", "line_crossing", "motion", "object", "falling_object", "io"),
        *("ebike", "parking", "smoke", "flame"),
    )
)
"""Events as this house calls them; a value of each name is whether it is going on."""


FAULT = "fault_"

LASTS_AT_MOST_S = 3_600.0
"""What holds for longer than an hour is no event that nobody takes back."""


class Numbers(SystemNumbers, frozen=True):
    """alarms.csv. CAM_OFFLINE, CAM_BLIND: 'P2 gates, lifts, perimeter', else P3. PERIMETER: 'P2 (22-06) P3 day'.
    EBIKE_LIFT, CP_FIRE: how sure a camera must be, 0 to 1. NVR_STORE: what a recorder must still have of the past.
    `alarm_pictures`: so many cameras near a P1 or P2 are asked for a picture as it begins; 0 where none can be asked.
    """

    section: ClassVar[str] = "cameras"

    key_priority: Priority = "P2"
    other_priority: Priority = "P3"
    night_from: ClockTime = "22:00"
    night_until: ClockTime = "06:00"
    perimeter_night_priority: Priority = "P2"
    perimeter_day_priority: Priority = "P3"
    alarm_pictures: Annotated[int, msgspec.Meta(ge=0, le=4)] = 0
    ebike_score: Share = 0.8
    fire_score: Share = 0.7
    recording_kept_days: Amount = 30


class Status(msgspec.Struct, omit_defaults=True):
    status: str
    fps: float | None = None
    reason: str | None = None


class Event(msgspec.Struct, omit_defaults=True):
    event: str
    active: bool
    target: str | None = None
    score: float | None = None
    region: str | int | None = None
    vendor_event: str | None = None
    lasts_s: float | None = None
    """Of an event that nobody takes back: over so long after it was last said."""


class Picture(msgspec.Struct, omit_defaults=True):
    hash: str
    content_type: str | None = None
    size_bytes: int | None = None


class Storage(msgspec.Struct, omit_defaults=True):
    """A recorder's own word on its disks: one named fault that came or went, how far its clips reach back, or both."""

    fault: str | None = None
    active: bool = True
    oldest_clip_days: float | None = None


def reduce_status(record: Record) -> Patch:
    return Patch("status", present(typed(Status, record.data)), clears=("fps", "reason"))


def reduce_event(record: Record) -> Patch:
    """Each kind of event is a group of its own: an occlusion says nothing about an intrusion."""
    event: Event = typed(Event, record.data)
    if not event.event:
        raise BadRecord("data: event must not be empty")
    word = event.event if event.event in WORDS else f"event:{event.event}"  # a vendor's word is no field of ours
    if event.event == "falling_object" and not event.active:
        # The end of one trajectory takes nothing back, and one that comes later than its end has fallen all the same.
        return Patch("event:falling_object:end", {"falling_object_ended_ms": record.time_ms})
    said = present(event)
    values: dict[str, object] = {word: event.active}
    if event.lasts_s is not None and not 0 < event.lasts_s <= LASTS_AT_MOST_S:
        raise BadRecord(f"data: lasts_s {event.lasts_s} is not within 0 to {LASTS_AT_MOST_S}")
    for name in ("target", "score", "region", "lasts_s"):
        if name in said:
            values[f"{word}_{name}"] = said[name]
    clears = (f"{word}_target", f"{word}_score", f"{word}_region", f"{word}_lasts_s")
    return Patch(f"event:{event.event}", values, pulse=event.event == "falling_object", clears=clears)


def reduce_picture(record: Record) -> Patch:
    picture: Picture = typed(Picture, record.data)
    if not picture.hash.startswith("sha256:"):
        raise BadRecord("data: hash must begin with sha256:")
    return Patch("picture", {"picture": picture.hash, "picture_ms": record.time_ms})


def reduce_storage(record: Record) -> Patch:
    """Each fault has an age of its own: a disk that is formatted says nothing about one that is full."""
    storage: Storage = typed(Storage, record.data)
    values: dict[str, object] = {}
    if storage.fault:
        values[f"{FAULT}{storage.fault}"] = storage.active
    if storage.oldest_clip_days is not None:
        if storage.oldest_clip_days < 0:
            raise BadRecord(f"data: oldest_clip_days {storage.oldest_clip_days} lies in the future")
        values["oldest_clip_days"] = storage.oldest_clip_days
    if not values:
        raise BadRecord("data: neither a fault nor oldest_clip_days")
    return Patch("storage", values, each=True)


def storage_fault(look: Look) -> Seen | None:
    values = look.device.values
    faults = [name.removeprefix(FAULT) for name, standing in values.items() if name.startswith(FAULT) and standing]
    if faults:
        return Seen(True, {"fault": min(faults)})
    least = look.site.numbers_of(Numbers).recording_kept_days
    days = values.get("oldest_clip_days", least)
    return Seen(True, {"oldest_clip_days": days}) if days < least else CLEAR


def key_priority(device: Device | None, site: Site) -> str:
    numbers = site.numbers_of(Numbers)
    return numbers.key_priority if device is not None and KEY_TAGS & set(device.tags) else numbers.other_priority


def offline(look: Look) -> Seen | None:
    values = look.device.values
    gone = look.device.silent_ms is not None or values.get("status") == "offline" or values.get("fps") == 0
    return Seen(True, {}, key_priority(look.described, look.site)) if gone else CLEAR


def occluded(look: Look) -> Seen | None:
    return Seen(going_on(look.device, "occluded"), {}, key_priority(look.described, look.site))


def flag(event: str) -> Callable[[Look], Seen | None]:
    """A rule that follows one event of the camera as it is."""
    return lambda look: Seen(going_on(look.device, event))


def falling_object(look: Look) -> Seen | None:
    """Every trajectory counts; only an operator ends it."""
    values = look.device.values
    if not values.get("falling_object") or values.get("falling_object_target") in ("bird", "leaf"):
        return None
    return Seen(True, {}, pulse=True)


def perimeter(look: Look) -> Seen | None:
    """Only a person on the boundary; graver by night of the site's clock, by the moment of the event."""
    if look.described is None or "perimeter" not in look.described.tags:
        return None
    values = look.device.values
    for event in ("intrusion", "line_crossing"):
        if going_on(look.device, event) and values.get(f"{event}_target", "human") == "human":
            numbers = look.site.numbers_of(Numbers)
            at_ms = look.device.stamps[f"event:{event}"][0]
            night = within(at_ms, numbers.night_from, numbers.night_until, look.site.timezone)
            priority = numbers.perimeter_night_priority if night else numbers.perimeter_day_priority
            return Seen(True, {"event": event}, priority)
    return CLEAR


HOT = frozenset(("FIRE_SMOKE", "CP_OVERTEMP"))
"""What a fire that a camera sees in a shed probably has to do with."""


def beside_heat(look: Look) -> dict[str, Any]:
    beside = look.door.standing_near(look.device.id, HOT)
    return {"beside": beside} if beside else {}


def in_lift(look: Look) -> dict[str, Any]:
    """Which car it is and at which floor, where the camera's unit has one lift only."""
    lifts = look.door.in_place(look.device.id, "lifts")
    if len(lifts) != 1:
        return {}
    floor = lifts[0].values.get("floor")
    return {"lift": lifts[0].id} | ({"floor": floor} if floor is not None else {})


def sure_at(
    place: str, least: Callable[[Numbers], float], *events: str, more: Callable[[Look], dict[str, Any]]
) -> Callable[[Look], Seen | None]:
    """What a camera of this place is sure enough to see; a camera that gives no score has decided by itself."""

    def test(look: Look) -> Seen | None:
        if look.described is None or place not in look.described.tags:
            return None
        values, sure = look.device.values, least(look.site.numbers_of(Numbers))
        for event in events:
            if going_on(look.device, event) and values.get(f"{event}_score", 1.0) >= sure:
                return Seen(True, {"event": event} | more(look))
        return CLEAR

    return test


def fire_lane(look: Look) -> Seen | None:
    """A vehicle that stands; people may."""
    if look.described is None or "fire_lane" not in look.described.tags:
        return None
    values = look.device.values
    return Seen(going_on(look.device, "parking") and values.get("parking_target", "vehicle") != "human")


def says(device: DeviceState) -> str:
    if device.values.get("fps") == 0:
        return "offline"
    status = device.values.get("status", "online")
    return status if status in ("online", "offline") else ""


TILE = Tile(
    id="cameras",
    name=Text("摄像机", "Cameras"),
    icon="camera",
    words=Text("在线", "online"),
    figure="online",
    says=says,
    kinds=frozenset(("camera",)),
    bar=(("ok", ("online",)), ("worst", ("offline",))),
)

FALLING = Tile(
    id="falling",
    name=Text("高空抛物", "Falling"),
    icon="falling",
    words=Text("在线", "online"),
    figure="online",
    says=says,
    kinds=frozenset(("camera",)),
    tag="falling",
    bar=TILE.bar,
    cases=Cases(frozenset(("FALLING_OBJ",)), Text("起", "active")),
    claims=frozenset(("FALLING_OBJ",)),
)
"""The cameras that look up; where a wall has no room for it, the cameras' tile shows what they see."""

SYSTEM = System(
    id="cameras",
    name=Text("摄像机", "Cameras"),
    numbers=Numbers,
    reducers={
        "camera.status": Reducer(reduce_status, "camera"),
        "camera.event": Reducer(reduce_event, "camera"),
        "camera.picture": Reducer(reduce_picture, "camera"),
        "recorder.storage": Reducer(reduce_storage, "recorder"),
    },
    rules=(
        Rule("CAM_OFFLINE", frozenset(("presence", "status")), offline),
        Rule("CAM_BLACK", frozenset(("event:black", UNENDED.group)), flag("black")),
        Rule("CAM_BLIND", frozenset(("event:occluded", UNENDED.group)), occluded),
        Rule("CAM_MOVED", frozenset(("event:moved", UNENDED.group)), flag("moved")),
        Rule("FALLING_OBJ", frozenset(("event:falling_object",)), falling_object),
        Rule(
            "EBIKE_LIFT",
            frozenset(("event:ebike", UNENDED.group)),
            sure_at("lift", lambda n: n.ebike_score, "ebike", more=in_lift),
        ),
        Rule(
            "CP_FIRE",
            frozenset(("event:smoke", "event:flame", UNENDED.group)),
            sure_at("bike_shed", lambda n: n.fire_score, "smoke", "flame", more=beside_heat),
            heeds=HOT,
        ),
        Rule("FIRE_LANE", frozenset(("event:parking", UNENDED.group)), fire_lane),
        Rule("NVR_STORE", frozenset(("storage",)), storage_fault),
        Rule("PERIMETER", frozenset(("event:intrusion", "event:line_crossing", UNENDED.group)), perimeter),
    ),
    silence=Silence("CAM_OFFLINE", frozenset(("camera",)), key_priority),
    trackers=(UNENDED,),
    tiles=(TILE, FALLING),
    simulate=estate.together(views.simulate, watch.simulate),
    plots=(*views.PLOTS, *watch.PLOTS),
)
