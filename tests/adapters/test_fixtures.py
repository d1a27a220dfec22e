"""Everything recorded from real devices and programs goes through: payloads = mapped + ignored + refused."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from community.model import Position, Record, decode
from community.site import SITES, parse_site
from ingest.adapt import Conversion
from ingest.adapters import ADAPTERS
from ingest.adapters.base import Ignored, Payload
from ingest.adapters.files import files_of
from ingest.adapters.frigate import Frigate

PERSONAL = re.compile("RFID-|John|Smith|Bob|ABC12345|123ABC|red sedan|COUR NORD|walking toward|thumb", re.IGNORECASE)


def convert(source: str, path: Path) -> tuple[Conversion, list[Record], str]:
    errors = io.StringIO()
    site = parse_site((SITES / "lanting.json").read_bytes())
    conversion = Conversion(ADAPTERS[source](site), site, "lanting", errors)
    files, _ = files_of(path)
    lines = list(conversion.lines(files))
    assert not PERSONAL.search(b"\n".join(lines).decode())
    return conversion, [decode(line, position=Position(0, 0, 0), appended_ms=0) for line in lines], errors.getvalue()


@pytest.mark.parametrize(
    ("source", "path", "payloads", "mapped", "records", "ignored"),
    [
        ("ocpp16", "ocpp/sample_exicom_ocpp_lens.log", 49, 20, 20, 29),
        ("ocpp16", "ocpp", 49, 20, 20, 29),
        ("isapi", "isapi", 9, 9, 9, 0),
        ("frigate", "cameras/frigate", 58, 57, 114, 1),
        ("dahua", "cameras/dahua", 6, 4, 4, 2),
        ("unifi_access", "access", 3, 3, 3, 0),
        ("work_orders", "workorders/nyc311_200.csv", 199, 199, 307, 0),
        ("work_orders", "workorders/nyc311_2013-12-25_no_times.csv", 2386, 2386, 4726, 0),
        ("ev_sessions_desmarais", "ev_sessions/desmarais_workplace.csv", 3395, 3395, 6790, 0),
        ("ev_sessions_desmarais", "ev_sessions/sbcounty_daily.csv", 1827, 0, 0, 1827),
    ],
)
def test_counts(
    fixtures_dir: Path, source: str, path: str, payloads: int, mapped: int, records: int, ignored: int
) -> None:
    conversion, made, said = convert(source, fixtures_dir / path)
    tally = conversion.tally
    assert (tally.mapped, tally.records, tally.ignored.total(), tally.refused) == (mapped, records, ignored, 0), said
    assert tally.mapped + tally.ignored.total() + tally.refused == payloads
    assert len({record.id for record in made}) == len(made) == records


def test_a_day_of_a_charge_point(fixtures_dir: Path) -> None:
    _, records, _ = convert("ocpp16", fixtures_dir / "ocpp" / "sample_exicom_ocpp_lens.log")
    sessions: dict[str, dict[str, Record]] = {}
    for record in records:
        if record.type == "charging.session":
            sessions.setdefault(record.data["session"], {})[record.data["phase"]] = record
    taken = [phases["ended"].data["energy_wh"] for phases in sessions.values() if "ended" in phases]
    assert taken == [18300, 3300, 15850]
    assert [sorted(phases) for phases in sessions.values()].count(["started"]) == 1
    hot = [record.data for record in records if record.data.get("error_code") == "HighTemperature"]
    assert [entry["status"] for entry in hot] == ["Faulted"]


def test_the_alerts_of_real_cameras(fixtures_dir: Path) -> None:
    _, records, _ = convert("isapi", fixtures_dir / "isapi")
    assert [(record.data["event"], record.data.get("target"), record.data.get("region")) for record in records] == [
        ("io", None, None),
        ("io", None, None),
        ("io", None, None),
        ("intrusion", "human", "3"),
        ("intrusion", "vehicle", "2"),
        ("intrusion", None, None),
        ("motion", None, None),
        ("intrusion", None, None),
        ("motion", None, None),
    ]


def wire_examples(markdown: str) -> list[dict]:
    """The JSON blocks of the manual, without their // comments (none of its strings holds `//`)."""
    blocks = re.findall(r"```json\n(.*?)```", markdown, re.DOTALL)
    return [json.loads(re.sub(r"//[^\n]*", "", block)) for block in blocks]


def test_the_examples_of_the_manual(fixtures_dir: Path) -> None:
    examples = wire_examples((fixtures_dir / "cameras" / "frigate" / "mqtt.md").read_text())
    said = []
    for example in examples:
        outcome = Frigate().adapt(Payload(example))
        if isinstance(outcome, Ignored):
            said.append(outcome.rule)
        else:
            said.append(" ".join(f"{c.subject}:{c.data['event']}:{c.data['active']}" for c in outcome))
            assert not PERSONAL.search(repr(outcome))
    update = "frigate.tracked_object_update"
    assert said == [
        "front_door:object:True",
        *[update] * 5,
        "front_cam:alert:True front_cam:detection:False",
        "frigate.trigger",
    ]
