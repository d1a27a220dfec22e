"""`python -m ingest adapt` as a person runs it: records on stdout, reasons on stderr, and what the exit code says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from community.model import Position, Record, decode

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "tests" / "adapters" / "samples" / "site.json"
BEAT = '{"device":"CP-7","received":"2026-03-12T00:00:00Z","payload":[2,"%d","Heartbeat",{}]}'
ALERT = (
    "<EventNotificationAlert><macAddress>44:19:b6:0a:00:01</macAddress><channelID>1</channelID>"
    "<dateTime>2026-03-12T21:14:36+08:00</dateTime><eventType>VMD</eventType><eventState>active</eventState>"
    "</EventNotificationAlert>"
)


def adapt(*args: str | Path, **environ: str) -> tuple[int, list[Record], str]:
    run = subprocess.run(
        [sys.executable, "-m", "ingest", "adapt", *map(str, args)],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        timeout=60,
        check=False,
    )
    records = [decode(line, position=Position(0, 0, 0), appended_ms=0) for line in run.stdout.splitlines()]
    assert "Traceback" not in run.stderr.decode()
    return run.returncode, records, run.stderr.decode()


def test_a_broken_line_among_good_ones(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_text("\n".join([BEAT % 1, "", '{"device":"CP-7","payload":[2,', BEAT % 2, "\ufffd", BEAT % 3]) + "\n")
    code, records, said = adapt("ocpp16", file, "--site", SITE)
    assert code == 1
    assert [record.subject for record in records] == ["EV-7"] * 3
    assert f"{file}:3: not JSON" in said
    assert f"{file}:5: not JSON" in said
    assert "5 payloads: 3 mapped to 3 records, 0 ignored, 2 refused" in said


def test_a_first_line_that_is_broken(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_text("[2,\n" + BEAT % 1 + "\n")
    code, records, said = adapt("ocpp16", file)
    assert (code, len(records)) == (1, 1)
    assert f"{file}:1: not JSON" in said


def test_all_fine(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + (BEAT % 1).encode() + b"\r\n")
    code, records, said = adapt("ocpp16", file, "--site", SITE)
    assert (code, len(records)) == (0, 1)
    assert said == "1 payloads: 1 mapped to 1 records, 0 ignored, 0 refused\n"


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "empty.jsonl"
    file.write_bytes(content)
    assert adapt("isapi", file)[:2] == (0, [])


def test_a_binary_file_is_one_refusal(tmp_path: Path) -> None:
    file = tmp_path / "picture.json"
    file.write_bytes(bytes(range(256)) * 40)
    code, records, said = adapt("isapi", file)
    assert (code, records) == (1, [])
    assert said.startswith(f"{file}:1: a binary file\n")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "latin.jsonl"
    file.write_bytes(b'{"payload":"\xe9\xff"}\n' + (BEAT % 1).encode())
    code, records, said = adapt("ocpp16", file)
    assert (code, len(records)) == (1, 1)
    assert f"{file}:1: " in said


def test_a_payload_of_a_megabyte(tmp_path: Path) -> None:
    file = tmp_path / "big.jsonl"
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available", "info": "x" * 1_000_000}
    file.write_text(json.dumps({"device": "CP-7", "payload": [2, "1", "StatusNotification", status]}) + "\n" + BEAT % 2)
    code, records, _ = adapt("ocpp16", file, "--site", SITE)
    assert code == 0
    assert [record.subject for record in records] == ["EV-7-1", "EV-7"]
    assert len(records[0].data["info"]) == 200


def test_a_line_beyond_all_measure(tmp_path: Path) -> None:
    file = tmp_path / "huge.jsonl"
    file.write_text(BEAT % 1 + "\n" + "x" * 9_000_000 + "\n" + BEAT % 2 + "\n")
    code, records, said = adapt("ocpp16", file)
    assert (code, len(records)) == (1, 2)
    assert f"{file}:2: a line larger than" in said


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["isapi", "no/such/file.xml"], "adapt: no/such/file.xml: No such file or directory\n"),
        (["isapi", "README.md", "--site", "no/site.json"], "adapt: no/site.json: No such file or directory\n"),
        (["gopher", "README.md"], "invalid choice: 'gopher'"),
        (["isapi"], "the following arguments are required: FILE"),
    ],
)
def test_called_wrongly(args: list[str], said: str) -> None:
    code, records, stderr = adapt(*args)
    assert (code, records) == (2, [])
    assert said in stderr


def test_a_site_that_is_none(tmp_path: Path) -> None:
    site = tmp_path / "site.json"
    site.write_text('{"id": 7}')
    code, _, said = adapt("isapi", tmp_path, "--site", site)
    assert code == 2
    assert said.count("\n") == 1
    assert str(site) in said


def test_whose_records_they_are(tmp_path: Path) -> None:
    file = tmp_path / "alert.xml"
    file.write_text(ALERT)
    for args, environ, community, subject in [
        (["--site", SITE], {}, "probe", "C-1"),
        (["--site", SITE, "--community", "other"], {}, "other", "C-1"),
        ([], {"SITE": str(SITE)}, "probe", "C-1"),
        ([], {}, "lanting", "44:19:b6:0a:00:01/1"),
        (["--community", "other"], {}, "other", "44:19:b6:0a:00:01/1"),
    ]:
        code, records, _ = adapt("isapi", file, *args, **environ)
        assert code == 0
        assert [(record.community, record.subject) for record in records] == [(community, subject)]


def test_a_folder_in_order_with_what_does_not_belong_named(tmp_path: Path) -> None:
    (tmp_path / "b.xml").write_text(ALERT)
    (tmp_path / "a.json").write_text(json.dumps([{"eventType": "PIR"}, {"eventType": "IO"}], indent=1))
    (tmp_path / "c.jsonl").write_text(json.dumps(ALERT) + "\n" + ALERT + "\n")
    for name in ("LICENSE", "LICENSE.txt", "NOTES.md", "shot.jpg"):
        (tmp_path / name).write_bytes(b"\0")
    (tmp_path / "older").mkdir()
    code, records, said = adapt("isapi", tmp_path)
    assert code == 0
    assert [record.data["vendor_event"] for record in records] == ["PIR", "IO", "VMD", "VMD", "VMD"]
    for name in ("LICENSE", "LICENSE.txt", "NOTES.md", "shot.jpg", "older"):
        assert f"{tmp_path / name}: left aside" in said


def test_items_of_an_array_are_refused_by_their_line(tmp_path: Path) -> None:
    file = tmp_path / "alerts.json"
    file.write_text('[\n  {"eventType": "PIR"},\n  17,\n  {\n    "eventType": "IO"\n  }, 18\n]\n')
    code, records, said = adapt("isapi", file)
    assert (code, len(records)) == (1, 2)
    assert f"{file}:3: " in said
    assert f"{file}:6: " in said


def test_a_file_that_is_one_frame_is_one_payload(tmp_path: Path) -> None:
    file = tmp_path / "CP-7.json"
    file.write_text('[2, "1",\n "Heartbeat", {}]')
    code, records, _ = adapt("ocpp16", file, "--site", SITE)
    assert (code, [record.subject for record in records]) == (0, ["EV-7"])


def test_the_same_file_gives_the_same_bytes_wherever_it_lies(tmp_path: Path) -> None:
    lines = [BEAT % 1, BEAT % 1, '[2,"3","Heartbeat",{}]', '[2,"3","Heartbeat",{}]']
    outputs = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "CP-7.jsonl"
        file.write_text("\n".join(lines))
        outputs.append([record.id for record in adapt("ocpp16", file)[1]])
    assert outputs[0] == outputs[1]
    # Equal facts at an equal time are one fact; beats without any time are told apart.
    assert len(set(outputs[0])) == 3


def test_what_a_device_says_at_one_time_keeps_its_order(tmp_path: Path) -> None:
    statuses = ["Preparing", "Charging", "SuspendedEV", "Finishing", "Available", "Faulted"]
    said = [{"connectorId": 1, "errorCode": "X", "status": s, "timestamp": "2026-03-12T00:00:00Z"} for s in statuses]
    frames = [[2, str(n), "StatusNotification", status] for n, status in enumerate(said)]
    file = tmp_path / "CP-7.jsonl"
    file.write_text("".join(json.dumps(frame) + "\n" for frame in [*frames, frames[1]]))
    _, records, _ = adapt("ocpp16", file)
    ids = [record.id for record in records]
    assert ids[:-1] == sorted(ids[:-1]) and len(set(ids)) == 6
    assert ids[-1] == ids[1], "sent again"


def test_a_reader_that_has_enough(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_text("\n".join(BEAT % n for n in range(5000)))
    command = f"{sys.executable} -m ingest adapt ocpp16 {file} | head -n 1"
    run = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert run.stdout.count(b"\n") == 1
    assert b"Traceback" not in run.stderr
    assert b"Exception" not in run.stderr


def test_a_whole_value_that_is_broken_is_one_refusal(tmp_path: Path) -> None:
    file = tmp_path / "alerts.json"
    file.write_text('[\n {"eventType": "PIR"},\n {"eventType": "IO"\n')
    code, records, said = adapt("isapi", file)
    assert (code, records) == (1, [])
    assert said.count("not JSON") == 1


def test_xml_over_several_lines_under_another_name(tmp_path: Path) -> None:
    file = tmp_path / "alert.txt"
    file.write_text(ALERT.replace("><", ">\n<"))
    assert adapt("isapi", file)[0] == 0
