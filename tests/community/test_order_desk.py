"""Residents' orders at the house's own desk: what follows what, one outcome where two act, what the journal has."""

from __future__ import annotations

from typing import Any

import pytest

from community.history.rows import Fact, Word, of_journal
from community.model import Position, Record
from community.order_book import MOVED, desk_of, open_orders, standing
from community.place import Post, Text
from community.resident.reports import Told as Far
from community.resident.reports import code_of, from_standing, joined, order_of, read_code, steps_done
from community.site import Device, Site
from tests.community.story import T0_MS, Story

POSTS = (Post("post:control", Text("中控岗")), Post("post:gate", Text("门岗")))
DESK = Site("garden", Text("花园"), devices=(Device("DESK", "orders", "desk", "orders"),), posts=POSTS)
LI, WANG = ({"by": post, "person": f"staff:{n:08x}"} for n, post in enumerate(("post:control", "post:gate")))


def published(order: str = "R-1") -> Story:
    story = Story(DESK)
    story.tell("order.phase", "DESK", {"order": order, "phase": "published", "category": "lift"}, at_s=0)
    return story


def move(story: Story, phase: str, at_s: float, order: str = "R-1", **data: Any) -> tuple[str, str]:
    before = len(story.entries)
    story.tell("command.order.move", "DESK", {"order": order, "phase": phase, **data}, at_s=at_s)
    (entry,) = (e for e in story.entries[before:] if not e.type.startswith("alarm."))
    return entry.type, entry.data.get("reason", "")


def now(story: Story, order: str = "R-1") -> tuple[str, str]:
    found = standing(story.state.devices["DESK"], order, story.state.site)
    assert found is not None
    return found.phase, found.post


def test_from_published_to_done_with_the_person_in_the_journal() -> None:
    story = published()
    assert [(o.order, o.phase, o.due_ms is not None) for o in open_orders(story.state)] == [("R-1", "published", True)]
    assert move(story, "taken", 60, **LI) == (MOVED, "")
    assert move(story, "in_progress", 120, **LI) == (MOVED, "")
    assert move(story, "done", 600, **LI) == (MOVED, "")
    assert now(story)[0] == "done" and open_orders(story.state) == []
    assert [(e.data["phase"], e.data["by"], e.data["person"]) for e in story.entries] == [
        (phase, LI["by"], LI["person"]) for phase in ("taken", "in_progress", "done")
    ]
    assert move(story, "reopened", 700, **WANG, reason="仍在漏") == (MOVED, "仍在漏")
    assert now(story) == ("reopened", "")


def test_of_two_who_take_it_at_once_the_second_is_told() -> None:
    story = published()
    assert move(story, "taken", 60, **LI, was="published") == (MOVED, "")
    assert move(story, "taken", 60.1, **WANG, was="published") == (
        "command.refused",
        "it is taken already, post:control has it",
    )
    assert move(story, "taken", 61, **WANG) == ("command.refused", "post:control has taken it")
    assert now(story) == ("taken", "post:control")
    assert move(story, "taken", 62, **WANG, was="taken", instead_of="post:control") == (MOVED, "")
    assert move(story, "taken", 63, **WANG, instead_of="post:gate", to="post:control") == (MOVED, "")
    assert now(story) == ("taken", "post:control")


@pytest.mark.parametrize(
    ("phase", "more", "why"),
    [
        ("done", {}, "it is published: done does not follow"),
        ("rated", {}, "it is published: rated does not follow"),
        ("cancelled", {}, "cancelled needs a reason"),
        ("duplicate", {"reason": " "}, "duplicate needs a reason"),
        ("taken", {"to": "post:nobody"}, "there is no post:nobody here"),
    ],
)
def test_what_does_not_follow_is_refused(phase: str, more: dict[str, str], why: str) -> None:
    story = published()
    assert move(story, phase, 9, **LI, **more) == ("command.refused", why)
    assert now(story) == ("published", "")


def test_an_order_that_nobody_knows() -> None:
    story = published()
    assert move(story, "taken", 9, order="R-9", **LI) == ("command.refused", "no such order")
    assert (desk_of(story.state, "R-1"), desk_of(story.state, "R-9")) == ("DESK", "")


def test_the_clock_of_an_order_that_is_taken_stops() -> None:
    """Half an hour of counted time; 21:14 in Shanghai."""
    story = published()
    story.tell("clock.tick", community="", at_s=31 * 60)
    assert story.state.alarms["TICKET_SLA/DESK"].active
    assert open_orders(story.state)[0].late
    move(story, "taken", 32 * 60, **LI)
    story.ticks(32 * 60, 32 * 60 + 90)
    assert "TICKET_SLA/DESK" not in story.state.alarms or not story.state.alarms["TICKET_SLA/DESK"].active


def test_history_has_what_the_desk_has_done() -> None:
    data = {"order": "R-1", "phase": "taken", "post": "post:gate", "by": "post:gate", "person": "staff:1"}
    entry = Record("j-1", "journal", MOVED, "garden", "DESK", T0_MS, T0_MS, None, Position(1, 0, 1).token(), data)
    fact, phase, word = of_journal(entry, DESK)
    assert isinstance(fact, Fact) and isinstance(phase, Fact) and isinstance(word, Word)
    assert (fact.table, phase.table, word.table) == ("journal", "order_phase", "work_order")
    assert phase.line[-3:] == ("R-1", "taken", "post:gate")
    assert word.said[2] == {"phase": "taken", "post": "post:gate", "desk": "DESK"}


def test_the_code_of_a_report_is_the_same_for_the_same_page_and_says_nothing_of_the_order() -> None:
    code, order = code_of("a" * 20), order_of("a" * 20)
    assert (code, order) == (code_of("a" * 20), order_of("a" * 20)) and code != code_of("b" * 20)
    assert order[2:] not in code
    assert read_code(f" {code[:5].lower()}-{code[5:]} ") == code
    assert [read_code(typed) for typed in ("", "short", code + "A", "<script>!!")] == ["", "", "", ""]


def test_how_far_an_order_is() -> None:
    live = standing(published().state.devices["DESK"], "R-1", DESK)
    assert live is not None
    told = from_standing(live)
    assert (told.phase, steps_done(told), told.at) == ("published", 1, {"published": T0_MS})
    before = Far("done", {"published": 1, "taken": 2, "done": 3}, "post:gate", rating=5)
    both = joined(Far("done", {"done": 4}), before)
    assert both == Far("done", {"published": 1, "taken": 2, "done": 4}, "post:gate", rating=5)
    assert [steps_done(Far(phase, {})) for phase in ("taken", "in_progress", "rated", "reopened")] == [2, 3, 4, 1]
    assert joined(None, before) is before and joined(told, None) is told
