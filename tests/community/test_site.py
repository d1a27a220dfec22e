"""A site with a mistake in it: the person who wrote it is told the line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.site import SITES, parse_site, read_site
from community.site_check import notes_of
from community.site_lines import line_of
from community.systems import NUMBERS as SHAPES

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
        ('"CP_OFFLINE"', '"CAM_OFFLINE"', "13: thresholds.CAM_OFFLINE.priority: its priority goes by place, time"),
        (
            '"CP_OFFLINE": {"on_delay_s": 10',
            '"SOS": {"latched": false',
            "12: thresholds.SOS.latched: nothing but an operator",
        ),
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


SCREENS = [
    # what the site says of its wall, the note that a person gets, and whether the site is taken
    ('{"viewing_distance_m": 4}', "", True),
    (
        '{"viewing_distance_m": 6}',
        "at 6 m a building's number is 10.7 minutes of arc high, not 16: this screen is read from 4.0 m",
        True,
    ),
    ('{"screen_pitch_mm": 0.317}', "at 4 m a building's number is 8.0 minutes of arc high", True),
    ('{"viewing_distance_m": 6, "screen_pitch_mm": 0.96}', "", True),
    ('{"viewing_distance_m": 0}', "12: wall.viewing_distance_m: 0 is not between 0.3 and 40", False),
    ('{"screen_pitch_mm": 634}', "12: wall.screen_pitch_mm: 634 is not between 0.05 and 5", False),
]


@pytest.mark.parametrize(("wall", "said", "taken"), SCREENS)
def test_a_wall_that_cannot_be_read_from_there_is_said_with_its_line(wall: str, said: str, taken: bool) -> None:
    site, faults = read_site(SITE.replace('"thresholds"', f'"wall": {wall},\n "thresholds"').encode())
    assert site is not None and bool(faults) is not taken
    notes = [what for _, what in notes_of(site)] if taken else faults
    assert len(notes) == bool(said)
    assert all(note.startswith(said) for note in notes), notes


def test_a_kind_that_nothing_is_known_of_is_worth_a_word() -> None:
    """It would have no alarm of its silence, and nobody would see why."""
    assert [*notes_of(parse_site(SITE.encode()))] == []
    [(_, said)] = notes_of(parse_site(SITE.replace('"ebike_pile"', '"bike_pile"').encode()))
    assert said.startswith("device 'P-1': nothing is known of a 'bike_pile'; of charging: car_charger, ")


def test_the_command_says_what_is_there_or_what_is_wrong(tmp_path: Path) -> None:
    far = tmp_path / "far.json"
    far.write_text(SITE.replace('"thresholds"', '"wall": {"viewing_distance_m": 9},\n "thresholds"'), "utf-8")
    wrong = tmp_path / "wrong.json"
    wrong.write_text(SITE.replace('"P-1", "building"', '"P-2", "building"'), "utf-8")
    command = [sys.executable, "-m", "ingest", "site", "check", str(SITES / "lanting.json"), str(far), str(wrong)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert "lanting (澜庭花园), 16 buildings" in run.stdout
    assert f"{far}:12: note: wall.viewing_distance_m: at 9 m" in run.stdout
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


@pytest.mark.parametrize("section", SHAPES)
def test_every_number_may_be_changed_and_a_typo_of_it_is_refused_with_its_line(section: str) -> None:
    shape = SHAPES[section]
    for field in msgspec.structs.fields(shape):
        value = msgspec.json.encode(msgspec.structs.asdict(shape())[field.name]).decode()
        text = SITE.replace('"tiles"', f'"numbers": {{\n"{section}": {{\n"{field.name}": {value}}}}},\n"tiles"')
        assert read_site(text.encode())[1] == [], field.name
        typo = text.replace(f'"{field.name}"', f'"{field.name}x"')
        fault = f"13: numbers.{section}.{field.name}x: there is no number '{field.name}x'"
        assert [line for line in read_site(typo.encode())[1] if line.startswith(fault)], field.name
        wrong = text.replace(f'"{field.name}": {value}', f'"{field.name}": {{}}')
        assert read_site(wrong.encode())[1][0].startswith(f"13: numbers.{section}.{field.name}: Expected"), field.name
        below = text.replace(f'"{field.name}": {value}', f'"{field.name}": -1000000')
        if not isinstance(msgspec.structs.asdict(shape())[field.name], str):
            assert read_site(below.encode())[1], f"{field.name} may be -1000000"


@pytest.mark.parametrize(
    ("numbers", "fault"),
    [
        ('{"hous": {}}', "11: numbers.hous: there are no numbers of 'hous'"),
        ('{"house": []}', "11: numbers.house: Expected `object`, got `array`"),
        ('{"house": {"flood_alarms": 2.5}}', "11: numbers.house.flood_alarms: Expected `int`, got `float`"),
        (
            '{"charging": {"overtemp_off_c": 70}}',
            "11: numbers.charging.overtemp_off_c: overtemp_off_c 70 must be below overtemp_on_c 65",
        ),
        ('{"cameras": {"night_from": "25:00"}}', "11: numbers.cameras.night_from: Expected `str` matching regex"),
        ('{"cameras": {"key_priority": "P5"}}', "11: numbers.cameras.key_priority: Invalid enum value 'P5'"),
        (
            '{"house": {"late_periods": 3}}',
            "11: numbers.house.late_periods: late_periods 3 must be below",
        ),
    ],
)
def test_numbers_that_cannot_be_are_refused(numbers: str, fault: str) -> None:
    faults = read_site(SITE.replace('"tiles"', f'"numbers": {numbers},\n"tiles"').encode())[1]
    assert [found for found in faults if found.startswith(fault)], faults


def test_a_site_has_the_numbers_it_names_and_the_defaults_of_the_others() -> None:
    site = parse_site(SITE.replace('"tiles"', '"numbers": {"house": {"slept_s": 60}},\n"tiles"').encode())
    assert (site.house.slept_s, site.house.max_skew_s) == (60, 120)
    assert site.house is site.house
