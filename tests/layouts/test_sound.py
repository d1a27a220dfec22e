"""For whom a wall may sound and what it says; and what visitors in front of it do not get to see."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from community.board import board
from community.board.visit import Visitors
from community.site import Device, Wall
from tests.layouts.scenes import SECOND, Scene, flood, lanting, normal

SPEAKING = replace(lanting(), wall=Wall(speak=True))


def test_what_nobody_acknowledged_sounds_also_when_it_has_gone() -> None:
    scene = Scene(site=SPEAKING).everything()
    scene.alarm("SOS", "SOS-021", "P1", 5 * SECOND)
    scene.alarm("CAM_BLIND", "C-004", "P2", 9 * SECOND, "rtn")
    scene.alarm("CAM_OFFLINE", "C-010", "P3", 9 * SECOND)
    scene.alarm("CP_FAULT", "EV-03-1", "P4", 9 * SECOND)
    scene.alarm("CAM_BLIND", "C-005", "P2", 9 * SECOND, "ack")
    sound = board(scene.state, "en")["sound"]
    since = scene.clock_ms
    assert sound["alarms"] == [
        [f"SOS/SOS-021@{since - 5000}", 1, since - 5000, "紧急，一键报警，5号楼1单元 1 2 0 3 室"],
        [f"CAM_BLIND/C-004@{since - 9000}", 2, since - 9000, "重要，镜头遮挡，南门"],
        [f"CAM_OFFLINE/C-010@{since - 9000}", 3, since - 9000, ""],
    ]
    assert (sound["voice"], sound["flood"]) == ("zh", None)


def test_a_site_without_a_voice_says_nothing() -> None:
    site = replace(lanting(), wall=Wall(speak=False))
    sound = board(Scene(site=site).everything().alarm("SOS", "SOS-021", "P1", 1000).state, "zh")["sound"]
    assert [alarm[3] for alarm in sound["alarms"]] == [""]
    assert sound["voice"] == ""


def test_a_flood_says_when_it_began() -> None:
    assert board(flood(), "zh")["sound"]["flood"] is not None


LEAK = Device("WM-7-2-1203", "meters", "water_meter", "meters", building="7", unit="2", room="1203")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_visitors_get_no_room_by_name_nor_by_id(lang: str) -> None:
    site = replace(SPEAKING, devices=(*SPEAKING.devices, LEAK))
    scene = Scene(site=site).everything()
    scene.alarm("SOS", "SOS-021", "P1", 5 * SECOND)  # 1203
    scene.alarm("LEAK_HOME", LEAK.id, "P2", 9 * SECOND)
    assert "1203" in json.dumps(board(scene.state, lang)), "people on duty get it"
    seen = Visitors(site).board(scene.state, lang)
    said = json.dumps(seen, ensure_ascii=False)
    assert "1203" not in said and "1 2 0 3" not in said
    assert not [row for row in seen["alarms"]["rows"] if row["acknowledge"]]
    assert all(row["key"] for row in seen["alarms"]["rows"]), "each row still has a name of its own"


def test_visitors_see_everything_else_and_what_changes() -> None:
    state = normal()
    visitors = Visitors(state.site)
    before = visitors.board(state, "zh")
    assert {part: before[part] for part in ("verdict", "tiles", "ribbon", "feeds")} == {
        part: board(state, "zh")[part] for part in ("verdict", "tiles", "ribbon", "feeds")
    }
    state.clock_ms += 9 * SECOND
    assert visitors.board(state, "zh")["verdict"]["rule"] == 7, "two beats are missing"
    assert visitors.board(Scene().state, "zh")["head"]["empty"], "another state"
