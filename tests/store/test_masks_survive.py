"""A restart forgets no shelf, nothing that is out of service, and no alarm that was there a minute ago."""

from __future__ import annotations

import msgspec

from community.fold import fold
from community.state import State, alarm_state
from store import keys
from store.live import Batch, LiveWriter, apply_delta
from store.log.streams import connect
from tests.community.story import SITE, T0_MS, record
from tests.community.test_fold_properties import everything

BOSS = {"by": "post:control", "role": "supervisor", "reason": "work"}
BLACK, UNTIL_MS = "CAM_BLACK/C-2", T0_MS + 600_000
TOLD = (
    (0, "camera.event", "C-2", {"event": "black", "active": True}),
    (0, "camera.event", "C-1", {"event": "black", "active": True}),
    (40, "clock.tick", "", {}),
    (41, "command.alarm.shelve", BLACK, {**BOSS, "until_ms": UNTIL_MS}),
    (42, "command.device.out_of_service", "EV-1", {**BOSS, "until_ms": UNTIL_MS + 1000}),
    (43, "command.alarm.acknowledge", "CAM_BLACK/C-1", BOSS),
    (44, "camera.event", "C-1", {"event": "black", "active": False}),
    (80, "clock.tick", "", {}),
)


def parts(state: State) -> dict[str, object]:
    """Whatever the order in which devices and alarms were put in."""
    found: dict[str, object] = msgspec.json.decode(everything(state))
    return found


def test_what_keeps_alarms_from_people_survives_a_restart_and_ends_by_itself(redis_url: str) -> None:
    client = connect(redis_url)
    writer, deltas = LiveWriter(client), []
    listener = client.pubsub()
    listener.subscribe(keys.delta(SITE.id))
    batch = Batch(writer.load(SITE))
    for offset, (at_s, type_, subject, data) in enumerate(TOLD, start=1):
        batch.add(fold(batch.state, record(type_, subject, data, offset=offset, at_s=at_s)))
        writer.flush(batch)
    again = writer.load(SITE)
    assert parts(again) == parts(batch.state)
    assert alarm_state(again.alarms[BLACK]) == "shelved" and list(again.out_of_service) == ["EV-1"]
    assert list(again.lately) == ["CAM_BLACK/C-1"]
    while (message := listener.get_message(timeout=1)) is not None:
        if message["type"] == "message":
            deltas.append(message["data"])
    reader = State(SITE)
    assert all(apply_delta(reader, delta) is not None for delta in deltas) and len(deltas) == len(TOLD)
    assert parts(reader) == parts(again)
    later = fold(again, record("clock.tick", community="", offset=99, at_s=700))
    told = [entry.type for entry in later.entries if entry.subject in (BLACK, "EV-1")]
    assert told == ["alarm.unshelved", "device.returned_to_service"]
    client.close()
