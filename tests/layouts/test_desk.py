"""What the desk is told of alarms: rows by what they are, one alarm with what may be done, cameras that help."""

from __future__ import annotations

import msgspec

from community.board.desk import desk_alarm, desk_rows
from community.board.desk_words import DESK
from community.board.naming import clock_time
from community.handling import Verdict
from community.nearby import cameras_near
from community.state import State
from tests.community.story import T0_MS, Story
from tests.layouts.scenes import flood, incident, normal

SOS = "SOS/SOS-021"


def row(state: State, key: str) -> dict[str, object]:
    return next(r for r in desk_rows(state, "zh")["rows"] if r["key"] == key)


def test_the_worst_first_and_the_room_for_whoever_goes_there() -> None:
    state = incident()
    rows = desk_rows(state, "zh")["rows"]
    assert rows[0]["key"] == SOS and rows[0]["place"] == "5号楼1单元 1203室"
    assert [r["p"] for r in rows if r["badge"] == "unack"] == sorted(r["p"] for r in rows if r["badge"] == "unack")
    assert not any("group" in r for r in rows), "nothing is put together but in a flood"
    assert desk_rows(normal(), "en")["rows"] == []


def test_a_row_says_in_which_part_of_the_community_it_is() -> None:
    state = incident()
    names = {zone.id: zone.name.zh for zone in state.site.zones}
    for said in desk_rows(state, "zh")["rows"]:
        assert set(said["zones"].split()) == {names[id_] for id_ in state.site.zones_of.get(said["device"], ())}
    assert row(state, SOS)["zones"] == "北区"


def test_in_a_flood_causes_stand_together_and_no_critical_one_does() -> None:
    rows = desk_rows(flood(), "zh")["rows"]
    grouped = [r for r in rows if "group" in r]
    assert len(grouped) > 10 and all(r["p"] > 1 for r in grouped)
    for r in grouped:
        assert sum(o.get("group") == r["group"] for o in grouped) == r["group_n"]


def test_what_may_be_done_and_why_not() -> None:
    state = incident()
    sos = state.alarms[SOS]
    said = desk_alarm(state, sos, "zh", "guard")
    assert said["may"] == {
        "take": "",
        "assign": "acknowledge_first",
        "shelve": "p1_never_shelved",
        "unshelve": "not_shelved",
        "close": "acknowledge_first",
    }
    assert all(why in DESK for why in said["may"].values() if why)
    assert len(said["steps"]) == 5 and said["stages"][1]["due_ms"] == sos.activated_ms + 30_000
    seen = msgspec.structs.replace(sos, acknowledged=True, acknowledged_ms=state.clock_ms, unseen_ms=None)
    assert desk_alarm(state, seen, "zh", "guard")["may"]["close"] == "", "an SOS is a person's to end"
    p2 = next(a for a in state.alarms.values() if a.priority == "P2" and a.active)
    assert desk_alarm(state, p2, "zh", "guard")["may"]["shelve"] == "supervisor_shelves"
    assert desk_alarm(state, p2, "zh", "supervisor")["may"]["shelve"] == ""


def test_who_is_called_next_is_said_before_it_happens() -> None:
    story = Story()
    story.tell("sos.press", "SOS-1", {"press": "long"}, at_s=0)
    said = desk_alarm(story.state, story.state.alarms["SOS/SOS-1"], "zh", "guard")
    assert (said["calls"], said["escalates_ms"]) == ("班长", T0_MS + 60_000)
    assert said["escalation"] == f"{clock_time(story.state.site, T0_MS + 60_000, seconds=True)} 若仍未确认：呼叫班长"


def test_cameras_of_the_unit_come_first_and_a_camera_shows_itself() -> None:
    site = incident().site
    near = cameras_near(site, site.by_id["SOS-021"])
    assert 1 <= len(near) <= 4 and near[0].building == "5"
    camera = site.by_id["C-010"]
    assert cameras_near(site, camera) == [camera]
    assert cameras_near(site, None) == []


def test_every_verdict_has_its_words() -> None:
    assert all(f"verdict_{verdict}" in DESK for verdict in Verdict.__args__)
    assert all(text.zh and text.en for text in DESK.values())


def test_somebody_elses_hands_are_said() -> None:
    story = Story()
    story.tell("sos.press", "SOS-1", {"press": "long"}, at_s=0)
    story.tell("command.alarm.take", "SOS/SOS-1", {"by": "post:gate", "person": "staff:1"}, at_s=9)
    assert row(story.state, "SOS/SOS-1")["words"] == "门岗 处理中"
    assert row(story.state, "SOS/SOS-1")["owner_person"] == "staff:1"
