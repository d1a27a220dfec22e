"""How somebody came in is told by the codes of the event, whatever the reader is set up for."""

from __future__ import annotations

from typing import Any

import pytest

from community.model import Position, decode
from community.systems import REDUCERS
from ingest.adapters.base import Canonical, Ignored, Payload, content_id, encode
from ingest.adapters.isapi import Isapi
from ingest.adapters.isapi_access import FACTS, RINGS


def event(major: int, minor: int, **said: Any) -> dict[str, Any]:
    inner = {"majorEventType": major, "subEventType": minor, "doorNo": 1, "serialNo": 7, **said}
    about = {"macAddress": "44:19:b6:0a:00:31", "dateTime": "2026-03-12T21:14:36+08:00", "eventState": "active"}
    return {**about, "eventType": "AccessControllerEvent", "AccessControllerEvent": inner}


def adapted(body: dict[str, Any]) -> Canonical:
    outcome = Isapi().adapt(Payload(body))
    assert isinstance(outcome, list)
    [record] = outcome
    return record


@pytest.mark.parametrize("mode", ["cardOrFaceOrFp", "face", "cardAndPw", "employeeNoAndPw"])
@pytest.mark.parametrize(("minor", "method"), [(75, "face"), (1, "card"), (181, "password"), (159, "bluetooth")])
def test_the_reader_s_setting_says_nothing(mode: str, minor: int, method: str) -> None:
    assert adapted(event(5, minor, currentVerifyMode=mode)).data["method"] == method


@pytest.mark.parametrize("codes", sorted(FACTS))
def test_every_code_makes_a_record_that_the_fold_takes(codes: tuple[int, int]) -> None:
    canonical = adapted(event(*codes))
    line = encode(canonical, id=content_id("isapi", canonical), source="isapi", community="probe")
    record = decode(line, position=Position(0, 0, 0), appended_ms=0)
    REDUCERS[record.type][1].reduce(record)


@pytest.mark.parametrize("minor", sorted(RINGS))
def test_a_bell_is_a_call_at_the_panel_beside_the_door(minor: int) -> None:
    record = adapted(event(5, minor))
    assert (record.type, record.subject, record.data["call"]) == ("intercom.call", "44:19:b6:0a:00:31/panel1", "7")


def test_nobody_is_named() -> None:
    named = event(
        5, 75, name="张三", employeeNoString="420102199001011234", cardNo="13912345678", pictureURL="http://x/1"
    )
    assert adapted(named).data == {"method": "face", "result": "granted", "vendor_event": "5/75"}
    known = event(5, 75, employeeNoString="t-0123456789abcdef01")
    assert adapted(known).data["person"] == "t-0123456789abcdef01"


def test_a_code_that_nobody_knows_is_ignored_by_its_name() -> None:
    assert Isapi().adapt(Payload(event(5, 4000))) == Ignored("isapi.access_event", "5/4000")
