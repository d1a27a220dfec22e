"""A community of every system, small enough to count by hand: what the tests of tiles, words and looks are told in."""

from __future__ import annotations

from community.site import Building, Device, Site, Source, Text
from community.state import State
from tests.community.story import Story

SYSTEMS = (
    "cameras access lifts sos care charging meters bins orders broadcast fire parking plant patrol intercom".split()
)

TILES = (
    "cameras falling access lifts sos care ev ebike meters bins orders broadcast fire parking plant patrol intercom"
).split()


def device(
    id_: str,
    system: str,
    kind: str,
    building: str = "",
    unit: str = "",
    room: str = "",
    area: str = "",
    xy: tuple[float, float] | None = None,
    tags: tuple[str, ...] = (),
    parent: str = "",
    name: Text | None = None,
) -> Device:
    return Device(id_, system, kind, system, name or Text(id_, id_), building, unit, room, area, xy, None, tags, parent)


PERSON = Text("王小明 13800001234", "Wang Xiaoming 13800001234")
"""What a site must not hold of a resident, and a wall never show though it does."""

DEVICES = (
    device("C-1", "cameras", "camera", area="北门", xy=(5, 5), tags=("gate",)),
    device("C-2", "cameras", "camera", area="北门", xy=(9, 5), tags=("falling",)),
    device("C-3", "cameras", "camera", building="1", unit="1", area="轿厢", tags=("lift",)),
    device("C-4", "cameras", "camera", area="A棚", xy=(20, 5), tags=("bike_shed",)),
    device("C-5", "cameras", "camera", area="东围墙", xy=(30, 5), tags=("perimeter",)),
    device("C-6", "cameras", "camera", area="消防通道", xy=(33, 5), tags=("fire_lane",)),
    device("NVR-1", "cameras", "recorder", area="机房"),
    device("D-1", "access", "door", building="1", unit="1", area="单元门", xy=(10, 10)),
    device("D-2", "access", "plant_door", area="水泵房", xy=(12, 10)),
    device("L-1", "lifts", "lift", building="1", unit="1", area="客梯"),
    device("L-2", "lifts", "lift", building="2", unit="1", area="客梯"),
    device("SOS-1", "sos", "button", building="1", unit="1", room="101", area="卧室"),
    device("SOS-2", "sos", "pillar", area="北门", xy=(6, 8)),
    device("subject-00000001", "care", "resident_alone", "1", "2", "302", "卧室", name=PERSON),
    device("subject-00000002", "care", "resident_dementia", "2", "1", "502", "卧室", name=PERSON),
    device("subject-00000003", "care", "child", "2", "2", "601", name=PERSON),
    device("EV-1", "charging", "car_charger", area="E1区", xy=(40, 5)),
    device("EV-1-1", "charging", "car_connector", area="E1区", xy=(41, 5), parent="EV-1"),
    device("P-1", "charging", "ebike_pile", area="A棚", xy=(20, 8)),
    device("P-1-1", "charging", "ebike_port", area="A棚", xy=(20, 9), parent="P-1"),
    device("P-1-2", "charging", "ebike_port", area="A棚", xy=(20, 10), parent="P-1"),
    device("W-1", "meters", "water_meter", building="1", unit="1", room="101"),
    device("W-2", "meters", "water_meter", building="1", unit="2", room="302"),
    device("W-0", "meters", "bulk_meter", area="北门", xy=(3, 3)),
    device("B-1", "bins", "bin", area="北门", xy=(4, 4)),
    device("B-2", "bins", "bin", building="2", area="西侧", xy=(50, 10)),
    device("desk", "orders", "desk", area="物业中心"),
    device("S-1", "broadcast", "speaker", area="北门", xy=(7, 4)),
    device("S-2", "broadcast", "speaker", area="湖畔", xy=(8, 20)),
    device("FP-1", "fire", "fire_panel", area="消控室"),
    device("FD-1", "fire", "smoke_detector", building="2", unit="1", area="3层走道"),
    device("FC-1", "fire", "call_point", building="2", unit="1", area="3层走道"),
    device("GD-1", "fire", "gas_detector", building="2", unit="1", room="301"),
    device("BR-1", "parking", "barrier", area="北门", xy=(6, 3)),
    device("PW-1", "plant", "feeder", area="配电房", xy=(45, 20)),
    device("SW-1", "plant", "switch", area="机房", xy=(46, 20)),
    device("PU-1", "plant", "pump", area="水泵房", xy=(47, 20)),
    device("GW-1", "plant", "water_level", area="地库", xy=(48, 20)),
    device("CK-1", "patrol", "checkpoint", area="东围墙", xy=(30, 15)),
    device("IP-1", "intercom", "panel", building="1", unit="1", area="单元门"),
)

GARDEN = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=tuple(Source(name, Text(name, name)) for name in SYSTEMS),
    buildings=(Building("1", units=2), Building("2", units=2)),
    devices=DEVICES,
    tiles=tuple(TILES[:12]),
)


class Garden(Story):
    """Every feed is alive from the first second on; `live` carries them on."""

    def __init__(self, site: Site = GARDEN) -> None:
        super().__init__(site)
        self.live(0)

    def live(self, at_s: float) -> State:
        for source in self.state.site.sources:
            self.tell("source.heartbeat", source.id, {}, at_s=at_s)
        return self.state

    def everybody(self, at_s: float) -> State:
        """Every device says that it lives, and what its tile wants to know."""
        for described in self.state.site.devices:
            self.tell("device.heartbeat", described.id, {}, at_s=at_s)
            if described.kind in ("car_connector", "ebike_port"):
                self.tell("charging.status", described.id, {"status": "Available"}, at_s=at_s)
            elif described.kind == "lift":
                self.tell("lift.status", described.id, {"status": "running"}, at_s=at_s)
        return self.live(at_s)
