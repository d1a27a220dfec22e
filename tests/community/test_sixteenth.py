"""A sixteenth system is one file and one fixture: added to a copy of `community/`, walked from record to tile."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "sixteenth"
ROOT = Path(__file__).resolve().parents[2]


def test_one_file_and_one_fixture_make_a_system(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "community", tmp_path / "community", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "noise.py", tmp_path / "community" / "systems")
    done = subprocess.run(
        [sys.executable, str(HERE / "walk.py"), str(HERE / "noise.jsonl")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = [(step["alarm"], step["row"], step["tile"]) for step in json.loads(done.stdout)]
    assert said == [
        ("", "", "0 起 · 1 在守"),
        ("normal", "", "0 起 · 1 在守"),  # its minute runs
        ("unacknowledged", "夜间噪声", "1 起 · 未确认"),
        ("unacknowledged", "夜间噪声", "1 起 · 未确认"),  # 52.4 dB: above the deadband
        ("unacknowledged", "夜间噪声", "1 起 · 未确认"),  # its minute runs
        ("returned", "夜间噪声", "0 起 · 1 在守"),
    ]


def test_it_is_short() -> None:
    lines = [line for line in (HERE / "noise.py").read_text("utf-8").splitlines() if line.strip()]
    assert len(lines) <= 70 and len((HERE / "noise.jsonl").read_text().splitlines()) == 6
