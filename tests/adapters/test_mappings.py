"""Every mapping against its own samples, as `python -m ingest mapping test` runs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.mapping.catalogue import mapping
from ingest.mapping.check import check, samples_of, site_of, undecided_fields
from ingest.mapping.folder import FOLDER, sources
from ingest.mapping.usage import deciding, undecided

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("source", sources())
def test_the_samples_give_the_reviewed_records(source: str) -> None:
    folder = FOLDER / source
    samples = list(check(mapping(source), folder))
    assert samples, "a mapping without samples"
    assert [complaint for sample in samples for complaint in sample.complaints] == []
    assert undecided_fields(mapping(source), site_of(folder), samples_of(folder)) == []
    assert any("mapped" in sample.sentence and " 0 mapped" not in sample.sentence for sample in samples)


def run(*args: str | Path) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "ingest", "mapping", *map(str, args)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "probe" / "samples").mkdir(parents=True)
    (tmp_path / "probe" / "mapping.yaml").write_text(
        'source: probe\nsubject: "{body.id}"\nnot_used: {the wire: [body.seq]}\nrecords:\n'
        "  - type: device.battery\n    needs: battery_percent\n    data: {battery_percent: body.percent}\n"
    )
    (tmp_path / "probe" / "samples" / "day.jsonl").write_text('{"id":"d","percent":7,"seq":3}\n{"id":"d"}\n')
    return tmp_path


def test_a_new_vendor_from_its_samples(folder: Path) -> None:
    code, _, said = run("test", "probe", "--folder", folder)
    assert (code, "day.jsonl.golden is not there; --update writes it" in said) == (1, True)
    assert run("test", "probe", "--folder", folder, "--update")[0] == 0
    assert run("test", "--folder", folder)[:2] == (
        0,
        "probe/day.jsonl: 2 payloads: 1 mapped to 1 records, 0 ignored, 1 refused\n",
    )
    (folder / "probe" / "samples" / "day.jsonl").write_text('{"id":"d","percent":8,"colour":"red"}\n{"id":"d"}\n')
    code, _, said = run("test", "--folder", folder)
    assert code == 1
    assert '"battery_percent":8' in said and "body.colour decides nothing" in said


def test_what_the_fold_would_not_take_is_said_here(folder: Path) -> None:
    path = folder / "probe" / "mapping.yaml"
    path.write_text(path.read_text().replace("device.battery", "bin.status").replace("battery_percent", "fill_percent"))
    (folder / "probe" / "samples" / "day.jsonl").write_text('{"id":"d","percent":180}\n')
    code, _, said = run("test", "--folder", folder, "--update")
    assert (code, "the fold would set this record aside: data: fill_percent 180" in said) == (1, True)


def test_called_wrongly(folder: Path) -> None:
    assert run("test", "gopher")[0] == 2
    (folder / "probe" / "mapping.yaml").write_text("source: probe\nrecords:\n  - type: gopher\n")
    code, _, said = run("test", "--folder", folder)
    assert code == 2
    assert "mapping.yaml:3: 'gopher' is no type of a record" in said
    shutil.rmtree(folder / "probe" / "samples")


def test_what_decides_is_found_by_trying() -> None:
    tree = {"a": 1, "b": {"c": "x", "d": True}, "e": [{"f": 1}, {"f": 2}], "g": None}
    known = {"body.old": True}
    deciding(tree, lambda t: (t.get("a"), t.get("b", {}).get("d"), t["e"][1].get("f") if len(t["e"]) > 1 else 0), known)
    assert known == {"body.old": True, "body.a": True, "body.b.c": False, "body.b.d": True, "body.e.f": True}
    assert undecided(["body.b.c", "body.bc.x"], [("body.b", "why")]) == ["body.bc.x"]
    assert undecided(["body.q.rssi.x", "body.rssis"], [("*.rssi", "why")]) == ["body.rssis"]
