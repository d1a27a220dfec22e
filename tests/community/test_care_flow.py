"""First the telephone, then the door, as a table."""

from __future__ import annotations

import pytest

from community.care_flow import RESULTS, SAID, SELF, Next, Step, evidence_of, next_step, said, step_of

DAUGHTER, NEIGHBOUR = "c-00000001", "c-00000002"
CONTACTS = (DAUGHTER, NEIGHBOUR)


def phoned(whom: str, result: str, at_ms: int = 1) -> Step:
    found = step_of(at_ms, {"step": "phone", "whom": whom, "result": result})
    assert found is not None
    return found


def visited(result: str, at_ms: int = 9) -> Step:
    found = step_of(at_ms, {"step": "visit", "result": result})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("alarm", "steps", "contacts", "expected"),
    [
        ("LONG_IN", (), CONTACTS, Next("phone", SELF)),
        ("LONG_IN", (phoned(SELF, "no_answer"),), CONTACTS, Next("phone", DAUGHTER)),
        ("LONG_IN", (phoned(SELF, "no_answer"), phoned(DAUGHTER, "no_answer")), CONTACTS, Next("phone", NEIGHBOUR)),
        ("LONG_IN", (phoned(SELF, "no_answer"),), (), Next("visit")),
        ("LONG_IN", (phoned(SELF, "no_answer"), phoned(SELF, "well", 2)), (), Next("close")),
        ("LONG_IN", (phoned(SELF, "well"), phoned(SELF, "no_answer", 2)), (), Next("visit")),
        ("LONG_IN", (phoned(SELF, "help"),), CONTACTS, Next("visit")),
        ("LONG_OUT", (phoned(SELF, "no_answer"), phoned(DAUGHTER, "well")), CONTACTS, Next("close")),
        ("FALL", (), CONTACTS, Next("phone", SELF)),
        ("FALL", (phoned(SELF, "well"),), CONTACTS, Next("visit")),
        ("FALL", (phoned(SELF, "no_answer"),), CONTACTS, Next("visit")),
        ("FALL", (visited("well"),), CONTACTS, Next("close")),
        ("LONG_IN", (phoned(SELF, "no_answer"), visited("no_entry")), CONTACTS, Next("rescue")),
        ("LONG_IN", (visited("no_entry"), visited("hospital", 10)), CONTACTS, Next("close")),
        ("LONG_IN", (visited("help"), phoned(DAUGHTER, "well", 12)), CONTACTS, Next("rescue")),
    ],
)
def test_what_comes_next(alarm: str, steps: tuple[Step, ...], contacts: tuple[str, ...], expected: Next) -> None:
    assert next_step(alarm, steps, contacts) == expected
    assert next_step(alarm, steps[::-1], contacts) == expected, "in whatever order they are read"


def test_words_alone_are_no_step() -> None:
    assert step_of(1, {"text": "on my way"}) is None
    assert step_of(1, {"step": "visit", "result": "no_answer"}) is None


def test_every_result_has_its_words_and_what_it_tells_of_the_person() -> None:
    for kind, results in RESULTS.items():
        assert all(SAID[f"{kind}_{result}"].en for result in results)
    assert said("phone", SELF, "no_answer", "zh") == "电话 本人：无人接听"
    assert said("visit", "", "well", "en") == "Visited: seen, is well"
    assert evidence_of("LONG_IN", "phone", "no_answer") is None
    assert evidence_of("LONG_OUT", "phone", "well") == {"evidence": "guardian"}
    assert evidence_of("LONG_IN", "visit", "help") == {"evidence": "visit", "place": "home"}
