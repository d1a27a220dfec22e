"""Every system from a vendor's payload: adapter, record, fold, alarm, tile.

The payloads are recorded where somebody recorded one; the others are our own samples, written after the vendors'
documentation. A recording is told as if it happened now: its times are moved, its facts are not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from community.board import board
from community.board.privacy import shown_key
from community.state import alarm_state
from community.systems import SYSTEMS
from ingest.adapters import ADAPTERS
from ingest.adapters.base import unwrap, zone_of
from ingest.adapters.files import payloads_of
from ingest.mapping.folder import FOLDER
from tests.community.test_walk import SITE, Walker

SAMPLES = Path(__file__).parent / "samples"


class Case(NamedTuple):
    system: str
    source: str
    file: str
    device: str
    vendor: str
    """The vendor's id of the device; empty: it uses ours."""
    tile: str
    has: str = ""
    """Words of the payloads that are told; empty: all of the file."""
    alarm: str = ""
    """Empty: what the payload says is no alarm. It stands in the state, and the tile knows of the device."""
    until_s: float = 5
    values: dict[str, Any] = {}


def own(source: str, name: str) -> str:
    return str(FOLDER / source / "samples" / name)


LORAWAN, GATE = own("lorawan", "uplinks.jsonl"), str(SAMPLES / "isapi_access.jsonl")
HOUSE = str(SAMPLES / "cloudevents_house.jsonl")
WEARER = "subject-00000001"

OWN = (
    Case(
        "cameras",
        "gb28181",
        own("gb28181", "alarm_gb2312.xml"),
        "C-1",
        "34020000001320000001",
        "cameras",
        alarm="CAM_BLIND",
        until_s=20,
    ),
    Case(
        "cameras",
        "onvif",
        own("onvif", "events.jsonl"),
        "C-1",
        "192.0.2.11/1",
        "cameras",
        "IsTamper",
        until_s=4,
        values={"occluded": False},
    ),
    Case("access", "isapi", GATE, "D-1", "44:19:b6:0a:00:31/1", "access", '"subEventType":27,', "DOOR_FORCED"),
    Case("access", "isapi", GATE, "D-1", "44:19:b6:0a:00:31/1", "access", '"subEventType":1034,', "DURESS"),
    Case(
        "intercom",
        "isapi",
        GATE,
        "IP-1",
        "44:19:b6:0a:00:31/panel1",
        "intercom",
        '"subEventType":51,',
        "CALL_UNANSWERED",
        40,
    ),
    Case(
        "intercom",
        "speaker",
        own("speaker", "journey.jsonl"),
        "IP-1",
        "panel-7",
        "intercom",
        '"c-1"',
        values={"phase": "ended"},
    ),
    Case(
        "charging",
        "ocpp201",
        str(SAMPLES / "ocpp201_life.jsonl"),
        "EV-1-1",
        "CS-9/1",
        "ev",
        "HighTemperature",
        "CP_OVERTEMP",
        20,
    ),
    Case(
        "charging",
        "ebike_pile",
        own("ebike_pile", "frames.jsonl"),
        "P-1-1",
        "04A26CF3/2",
        "ebike",
        '"power":1853',
        values={"power_w": 185.3},
    ),
    Case("sos", "lorawan", LORAWAN, "SOS-1", "24e1240000000005", "sos", "WS101", "SOS"),
    Case("care", "lorawan", LORAWAN, WEARER, "24e1240000000006", "care", '"fall_alarm"', "FALL", 70),
    Case("meters", "wmbus", own("wmbus", "telegrams.jsonl"), "W-0", "50087368", "meters", "BURST", "WATER_BURST", 610),
    Case("bins", "lorawan", LORAWAN, "B-1", "24e1240000000003", "bins", "EM400-TLD", "BIN_FIRE"),
    Case("lifts", "cloudevents", HOUSE, "L-1", "", "lifts", '"1","source"', "LIFT_TRAP"),
    Case("fire", "lorawan", LORAWAN, "FD-1", "24e1240000000008", "fire", '"smokeAlarm":"Alarm"', "FIRE_SMOKE"),
    Case("parking", "cloudevents", HOUSE, "BR-1", "", "parking", '"23"', "GATE_FAULT", 70),
    Case("plant", "cloudevents", HOUSE, "GW-1", "", "plant", '"20"', "GARAGE_WATER", 40),
    Case("broadcast", "cloudevents", HOUSE, "S-1", "", "broadcast", '"21"', "BCAST_FAIL", 15),
    Case(
        "orders",
        "work_orders",
        own("work_orders", "requests.csv"),
        "desk",
        "DEP",
        "orders",
        "9000001",
        "TICKET_SLA",
        1_820,
    ),
    Case("patrol", "cloudevents", HOUSE, "CK-1", "", "patrol", '"22"', "PATROL_MISS", 670),
)

RECORDED = (
    Case("cameras", "isapi", "isapi/fielddetection_human.xml", "C-5", "", "cameras", alarm="PERIMETER"),
    Case(
        "cameras",
        "dahua",
        "cameras/dahua/dahua_eventmanager_real.txt",
        "C-1",
        "dahua_eventmanager_real/1",
        "cameras",
        values={"motion": False},
    ),
    Case(
        "access",
        "unifi_access",
        "access/unifi_access_real.jsonl",
        "D-1",
        "245a4c7f5894",
        "access",
        "245a4c7f5894",
        values={"method": "remote", "result": "granted"},
    ),
    Case(
        "intercom",
        "unifi_access",
        "access/unifi_access_real.jsonl",
        "IP-1",
        "f79e09f6-411c-424b-a364-061c13299d1b",
        "intercom",
        "door_bell",
        values={"phase": "ringing"},
    ),
    Case(
        "charging",
        "ocpp16",
        "ocpp/sample_exicom_ocpp_lens.log",
        "EV-1-1",
        "",
        "ev",
        "HighTemperature",
        "CP_OVERTEMP",
        20,
    ),
    Case(
        "sos",
        "lorawan",
        "lorawan/sos_button/milesight-iot--ws101.json",
        "SOS-1",
        "milesight-iot--ws101",
        "sos",
        alarm="SOS",
    ),
    Case(
        "care",
        "lorawan",
        "lorawan/elderly_fall_presence/milesight-iot--vs373.json",
        WEARER,
        "milesight-iot--vs373",
        "care",
        values={"fallen": False},
    ),
    Case(
        "meters",
        "lorawan",
        "lorawan/water_meter/axioma--w1.json",
        "W-1",
        "axioma--w1",
        "meters",
        "EMPTY PIPE",
        values={"flag_empty_pipe": True},
    ),
    Case(
        "bins",
        "lorawan",
        "lorawan/bin_level/milesight-iot--em400-tld.json",
        "B-1",
        "milesight-iot--em400-tld",
        "bins",
        values={"distance_mm": 2116, "tilted": True},
    ),
    Case(
        "fire",
        "lorawan",
        "lorawan/smoke_gas/yobiiq--sd-1001.json",
        "FD-1",
        "yobiiq--sd-1001",
        "fire",
        "smokeAlarm",
        values={"detector_word": "fault"},
    ),
    Case(
        "orders",
        "work_orders",
        "workorders/nyc311_200.csv",
        "desk",
        "DEP",
        "orders",
        '"Water System"',
        "TICKET_SLA",
        1_820,
    ),
)
"""No recording of a lift, a barrier, a pump, a loudspeaker or a patrol is known to us."""


def walked(case: Case, path: Path) -> Walker:
    """The payloads that have the words, through the adapter into the fold, a second apart from T0 + 2 s on."""
    records = []
    subject = ""
    for found in payloads_of(path, frames=case.source.startswith("ocpp")):
        if found.refused or case.has not in json.dumps(found.value, ensure_ascii=False, separators=(",", ":")):
            continue
        if not subject:
            subject = case.vendor or _named_by(case, found.value, path)
        vendor = {} if case.source == "cloudevents" else {case.source: subject}
        devices = tuple(replace(d, vendor=vendor) if d.id == case.device else d for d in SITE.devices)
        site = replace(SITE, devices=devices)
        outcome = ADAPTERS[case.source](site).adapt(unwrap(found.value, zone_of(site), fallback=path.stem))
        records += outcome if isinstance(outcome, list) else []
    told = [record for record in records if record.subject == case.device]
    assert told, f"{path}: no record of {case.device} among {[(r.type, r.subject) for r in records]}"
    walker = Walker(())
    for step, record in enumerate(told):
        walker.event((2 + step, record.type, record.subject, record.data))
    walker.until(case.until_s)
    walker.now_s += 1
    walker.live(walker.now_s)
    walker.beat()
    return walker


def _named_by(case: Case, value: Any, path: Path) -> str:
    """The id that a payload gives its device, where we do not write it down: serial numbers of real devices."""
    outcome = ADAPTERS[case.source](None).adapt(unwrap(value, zone_of(None), fallback=path.stem))
    assert isinstance(outcome, list)
    return outcome[0].subject


def judge(case: Case, path: Path) -> None:
    walker = walked(case, path)
    shown = board(walker.state, "zh")
    tile = shown["tiles"][case.tile]
    values = walker.state.devices[case.device].values
    assert case.values.items() <= values.items(), values
    if not case.alarm:
        assert case.values
        assert tile["value"] not in ("", "—")
        return
    alarm = walker.state.alarms[f"{case.alarm}/{case.device}"]
    assert alarm_state(alarm) == "unacknowledged"
    assert tile["alarm"]["badge"] == "unack"
    key = shown_key(walker.state, alarm)
    assert any(row["key"] == key for row in shown["alarms"]["rows"])


@pytest.mark.parametrize("case", OWN, ids=lambda case: f"{case.system}-{case.source}-{case.alarm or 'state'}")
def test_from_our_own_sample_to_the_tile(case: Case) -> None:
    judge(case, Path(case.file))


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: f"{case.system}-{case.source}-{case.alarm or 'state'}")
def test_from_what_a_device_has_said_to_the_tile(case: Case, fixtures_dir: Path) -> None:
    judge(case, fixtures_dir / case.file)


def test_no_system_is_left_out() -> None:
    alarmed = {case.system for case in OWN if case.alarm}
    assert alarmed == set(SYSTEMS) - {"common"}
    assert len(alarmed) == 15
    assert {case.system for case in RECORDED} >= alarmed - {"lifts", "parking", "plant", "broadcast", "patrol"}
