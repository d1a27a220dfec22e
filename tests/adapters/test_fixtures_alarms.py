"""Each recorded alarm raises its catalogue id; what says that something is wrong and raises none has a reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.recorded.alarms import adapted, carries, raised
from tests.recorded.table import files

RAISED: dict[str, dict[str, int]] = {
    "isapi/fielddetection_human.xml": {"PERIMETER": 1},
    # They name no target: old firmware tells nothing apart, and a boundary is not left open for that.
    "isapi/ipc_1_fielddetection.xml": {"PERIMETER": 1},
    "isapi/nvr_2_fielddetection.xml": {"PERIMETER": 1},
    "lorawan/door/milesight-iot--em300-mcs-v2.json": {"DOOR_HELD": 1},
    "lorawan/door/milesight-iot--em300-mcs.json": {"DOOR_HELD": 1},
    "lorawan/door/milesight-iot--ws301-v2.json": {"DOOR_HELD": 1},
    "lorawan/door/milesight-iot--ws301.json": {"DOOR_HELD": 2},
    "lorawan/sos_button/milesight-iot--ws101-v2.json": {"SOS": 1},
    "lorawan/sos_button/milesight-iot--ws101.json": {"SOS": 2},
    "lorawan/sos_button/milesight-iot--ws136.json": {"SOS": 2},
    "lorawan/water_leak/milesight-iot--ws303-v2.json": {"LEAK_HOME": 1},
    "lorawan/water_leak/milesight-iot--ws303.json": {"LEAK_HOME": 2},
    # HighTemperature; and a session that the log leaves without an end.
    "ocpp/sample_exicom_ocpp_lens.log": {"CP_OVERTEMP": 1, "CP_ZOMBIE": 1},
    # Beside them dry and backward meters, one tampered with and two detectors at fault: as below.
    "wmbus/wmbus_vectors.json": {"LEAK_HOME": 4, "FIRE_SMOKE": 2},
    # Nobody has taken them for half an hour.
    "workorders/nyc311_200.csv": {"TICKET_SLA": 91},
    "workorders/nyc311_2013-12-25_no_times.csv": {"TICKET_SLA": 46},
}
"""File -> catalogue id -> how many of its devices raise it."""

SEEN = "something moves or is seen; PERIMETER is a line or a field that somebody enters"
INPUT = "an input of the camera: what is wired to it the site does not say, the catalogue has no alarm"
TILTED = "a lid that is open or a bin that lies: the catalogue has no alarm, the tile shows it"
SERVICE = "for the workshop: a dry pipe, a meter tampered with, a detector at fault have no alarm in the catalogue"

NONE: dict[str, str] = {
    "access/unifi_access_real.jsonl": "a visitor rings at a home, not at the guard",
    "cameras/dahua/dahua_eventmanager_real.txt": SEEN,
    "cameras/frigate/events.json": SEEN,
    "cameras/frigate/hass_events_front_door.json": SEEN,
    "cameras/frigate/reviews.json": SEEN,
    "cameras/onvif/axis_metadata_stream.json": SEEN,
    "isapi/cam1_DS-2CD2T46G2-ISU_io_notification.xml": INPUT,
    "isapi/cam2_DS-2CD2346G2-ISU_io_notification.xml": INPUT,
    "isapi/cam3_DS-2CD2T86G2-ISU_io_notification.xml": INPUT,
    "isapi/fielddetection_vehicle.xml": "a vehicle: PERIMETER asks for a person",
    "isapi/ipc_thermometry_motiondetection.xml": SEEN,
    "isapi/pir.xml": SEEN,
    "lorawan/bin_level/milesight-iot--em310-udl.json": TILTED,
    "lorawan/bin_level/milesight-iot--em400-mud-v2.json": TILTED,
    "lorawan/bin_level/milesight-iot--em400-mud.json": TILTED,
    "lorawan/bin_level/milesight-iot--em400-tld-v2.json": TILTED,
    "lorawan/bin_level/milesight-iot--em400-tld.json": TILTED,
    "lorawan/bin_level/milesight-iot--em400-udl-v2.json": TILTED,
    "lorawan/smoke_gas/yobiiq--sd-1001.json": SERVICE,
    "lorawan/tilt_manhole/milesight-iot--em320-tilt.json": TILTED,
    "lorawan/water_meter/axioma--w1.json": SERVICE,
    "lorawan/water_meter/kamstrup--generic.json": SERVICE,
}


def test_each_recorded_alarm_raises_its_catalogue_id(fixtures_dir: Path) -> None:
    told: dict[str, Counter[str]] = {}
    for name, source in files(fixtures_dir)[0].items():
        if any(carries(record) for records in adapted(name, source, fixtures_dir) for record in records):
            told[name] = raised(name, source, fixtures_dir)
    assert {name: found for name, found in told.items() if found} == RAISED
    assert {name for name, found in told.items() if not found} == NONE.keys()
