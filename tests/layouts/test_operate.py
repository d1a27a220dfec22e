"""What the page of devices is told: the odd first, what may be told to one and why not, each loudspeaker's own word."""

from __future__ import annotations

import pytest

from community.actions import ACTIONS
from community.board.operate import TABS, operate_board
from community.board.operate_words import HELD_DOWN, ORDERS, WHY
from tests.community.test_actions import ANSWERED, DOOR, ESTATE, RINGS, Story, order, play, told


def board(story: Story, tab: str = "doors", chosen: str = "", role: str = "guard") -> dict:  # type: ignore[type-arg]
    return operate_board(story.state, "zh", role, tab, chosen)


def test_the_odd_first_and_what_is_under_way() -> None:
    story = told(DOOR, ("access.contact", "D-L", {"state": "closed"}), ("parking.barrier", "PB-1", {"barrier": "open"}))
    order(story, "access.open", "D-L", role="supervisor")
    rows = board(story)["devices"]
    assert [(row["device"], row["now"], row["ordered"]) for row in rows] == [
        ("D-L", "关闭", "开门"),
        ("PB-1", "开着", ""),
        ("D-1", "关闭", ""),
        ("D-P", "", ""),
    ]


@pytest.mark.parametrize(
    ("device", "role", "why"),
    [
        ("D-1", "guard", ""),
        ("D-L", "guard", "这里要班长操作"),
        ("D-L", "supervisor", ""),
        ("D-P", "manager", "设备还没有上报过"),
    ],
)
def test_what_may_be_told_to_whom_by_whom(device: str, role: str, why: str) -> None:
    story = told(DOOR, ("access.contact", "D-L", {"state": "closed"}))
    (act,) = board(story, chosen=device, role=role)["chosen"]["acts"]
    assert (act["type"], act["why"], act["hold"]) == ("access.open", why, True)


def test_a_call_while_it_lasts_and_what_became_of_it() -> None:
    story = told(RINGS)
    (call,) = board(story)["calls"]
    assert (call["place"], call["caller"], call["phase"]) == ("7号楼2单元", "快递", "ringing")
    story.tell(*ANSWERED, at_s=2)
    order(story, "intercom.open", "I-1", at_s=3)
    story.tell("intercom.call", "I-1", {"call": "k1", "phase": "opened", "opened_by": "guard"}, at_s=4)
    story.tell("intercom.call", "I-1", {"call": "k1", "phase": "ended"}, at_s=5)
    assert board(story)["calls"] == []
    (over,) = board(story)["calls_over"]
    assert over["ended"]["outcome"] == "confirmed"
    story.ticks(6, 40)
    assert board(story)["calls_over"] == []


def test_what_rings_at_home_is_nobodys_business_here() -> None:
    story = told(("intercom.call", "I-1", {"call": "k1", "phase": "ringing", "rings": "home"}))
    assert board(story)["calls"] == []


def test_each_loudspeakers_own_word() -> None:
    story = told(*(("broadcast.ack", id_, {"message": "m0"}) for id_ in ("SP-N1", "SP-S")))
    play(story, "storm-01ab")
    story.tell("broadcast.ack", "SP-N1", {"message": "storm-01ab"}, at_s=11)
    story.tell("broadcast.ack", "SP-S", {"message": "storm-01ab", "result": "busy"}, at_s=11)
    (one,) = board(story)["broadcasts"]
    assert (one["name"], one["ok"], one["total"]) == ("大风", 1, 3)
    assert {s["device"]: s["word"] for s in one["speakers"]} == {"SP-N1": "ok", "SP-N2": "waiting", "SP-S": "busy"}
    story.ticks(12, 45)
    (one,) = board(story)["broadcasts"]
    assert {s["device"]: s["word"] for s in one["speakers"]}["SP-N2"] == "silent"
    assert [(zone["id"], zone["speakers"]) for zone in board(story)["zones"]] == [
        ("north", 2),
        ("south", 1),
        ("all", 3),
    ]


def test_every_order_has_its_words_and_every_kind_its_tab() -> None:
    assert ORDERS.keys() == ACTIONS.keys() and HELD_DOWN < ORDERS.keys()
    assert all(text.zh and text.en for text in (*ORDERS.values(), *WHY.values()))
    kinds = {device.kind for device in ESTATE.devices} - {"panel"}
    assert kinds <= {kind for tab in TABS.values() for kind in tab}
