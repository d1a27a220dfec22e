"""Reviewed output of our own samples. `UPDATE_GOLDEN=1` writes it anew, on purpose: read the difference."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path("tests/adapters/samples")
CASES = [
    "ocpp16_life.jsonl",
    "ocpp16_quirks.jsonl",
    "isapi_alerts.jsonl",
    "isapi_duration.xml",
    "isapi_access.jsonl",
    "isapi_channels.jsonl",
    "frigate_mqtt.jsonl",
    "ocpp201_life.jsonl",
    "cloudevents_house.jsonl",
]


@pytest.mark.parametrize("name", CASES)
def test_the_sample_gives_the_reviewed_records(name: str) -> None:
    sample = SAMPLES / name
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "ingest",
            "adapt",
            name.split("_")[0],
            str(sample),
            "--site",
            str(SAMPLES / "site.json"),
        ],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = {".golden": run.stdout, ".said": run.stderr}
    for suffix, output in said.items():
        golden = (ROOT / sample).with_suffix(suffix)
        if os.environ.get("UPDATE_GOLDEN") == "1":
            golden.write_bytes(output)
        assert output.decode() == golden.read_bytes().decode()
    assert run.returncode == (1 if b" 0 refused" not in run.stderr else 0)
