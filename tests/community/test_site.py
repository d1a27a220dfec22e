"""A site with a mistake in it: the person who wrote it is told the line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.site import SITES, read_site
from community.site_lines import line_of

ROOT = Path(__file__).resolve().parents[2]

SITE = """{
 "id": "old", "name": {"zh": "老小区"},
 "timezone": "Asia/Shanghai",
 "sources": [{"id": "piles", "name": {}}],
 "buildings": [{"id": "1"}],
 "devices": [
  {"id": "P-1", "system": "charging", "kind": "ebike_pile", "source": "piles"},
  {"id": "P-1-01", "system": "charging", "kind": "ebike_port", "source": "piles",
   "parent": "P-1", "building": "1"}
 ],
 "tiles": ["ebike"],
 "thresholds": {"CP_OFFLINE": {"on_delay_s": 10,
   "priority": "P2"}}
}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ('"Asia/Shanghai"', '"Asia/Shangai"', "3: timezone: 'Asia/Shangai' does not exist"),
        ('"piles", "name"', '"pile", "name"', "7: devices[0].source: device 'P-1' names source 'piles', which is not"),
        ('"kind": "ebike_pile"', '"kin": "ebike_pile"', "7: devices[0].kin: Object contains unknown field `kin`"),
        ('"parent": "P-1"', '"parent": "P-2"', "9: devices[1].parent: device 'P-1-01' names parent 'P-2'"),
        ('"parent": "P-1"', '"parent": "P-1-01"', "9: devices[1].parent: device 'P-1-01' is its own parent"),
        (
            '"building": "1"',
            '"building": "2"',
            "9: devices[1].building: device 'P-1-01': building '2'",
        ),
        ('"parent": "P-1"', '"parent": 1', "9: devices[1].parent: Expected `str`, got `int`"),
        ('"P-1-01", "system": "charging"', '"P-1-01", "system": "charge"', "8: devices[1].system"),
        ('"id": "P-1-01"', '"id": "P-1"', "8: devices[1].id: device 'P-1' is described twice"),
        ('["ebike"]', '["ebik"]', "11: tiles[0]: there is no tile 'ebik'"),
        ('"CP_OFFLINE"', '"CP_OFLINE"', "12: thresholds.CP_OFLINE: there is no such alarm"),
        ('"P2"', '"urgent"', "13: thresholds.CP_OFFLINE.priority: priority 'urgent' is not P1, P2, P3 or P4"),
        ('"on_delay_s": 10', '"on_delay_s": -10', "12: thresholds.CP_OFFLINE.on_delay_s: a delay must not be negative"),
        ('"tiles": [', '"tiles": [,', "11: not JSON"),
    ],
)
def test_a_mistake_is_named_with_its_line(right: str, wrong: str, fault: str) -> None:
    assert read_site(SITE.encode())[1] == []
    assert SITE.count(right) == 1
    faults = read_site(SITE.replace(right, wrong).encode())[1]
    assert any(found.startswith(fault) for found in faults), faults


def test_every_mistake_is_named_at_once_and_in_order() -> None:
    text = SITE.replace("Asia/Shanghai", "Mars").replace('["ebike"]', '["a", "b"]')
    assert [fault.partition(":")[0] for fault in read_site(text.encode())[1]] == ["3", "11", "11"]


def test_the_command_says_what_is_there_or_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(SITE.replace('"P-1", "building"', '"P-2", "building"'), "utf-8")
    command = [sys.executable, "-m", "ingest", "site", "check", str(SITES / "lanting.json"), str(wrong)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert "lanting, 16 buildings" in run.stdout
    assert run.stderr.startswith(f"{wrong}:9: devices[1].parent: ")


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("ab,:]}", min_size=1, max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(before=TREES, after=TREES, indent=st.sampled_from([None, 1, 3]))
def test_a_line_is_found_behind_whatever_stands_before_it(before: object, after: object, indent: int | None) -> None:
    text = json.dumps({"before": before, "list": [before, {"wanted": "here"}], "after": after}, indent=indent)
    expected = text[: text.index('"wanted": "here"')].count("\n") + 1
    assert line_of(text, "$.list[1].wanted") == expected
