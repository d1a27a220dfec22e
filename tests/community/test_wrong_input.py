"""Clocks, numbers and words as the field really sends them: nothing hides a press or stays behind as an untruth."""

from __future__ import annotations

import msgspec
import pytest

from community.model import BadRecord, Position, decode, encode_event
from community.site import SiteError, parse_site
from community.state import State
from tests.community.story import SITE, T0_MS, Story

DAY_S = 86_400


def test_a_press_counts_whatever_the_buttons_clock_says() -> None:
    story = Story()
    story.tell("sos.press", "SOS-1", {"press": "short"})
    story.tell("command.alarm.acknowledge", "SOS/SOS-1", {"by": "p"}, at_s=10)
    story.tell("command.alarm.reset", "SOS/SOS-1", {"by": "p"}, at_s=20)
    story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=30, device_s=30 - DAY_S)  # a new battery
    assert story.state.alarms["SOS/SOS-1"].activated_ms == T0_MS + 30_000


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
def test_an_absurd_clock_does_not_hide_a_first_press(time: str) -> None:
    event = {"specversion": "1.0", "id": "a", "source": "t", "type": "sos.press", "community": "garden"}
    value = msgspec.json.encode(event | {"subject": "SOS-1", "time": time, "data": {}})
    story = Story()
    story.fold(decode(value, position=Position(1, 0, 1), appended_ms=T0_MS))
    assert story.state.alarms["SOS/SOS-1"].activated_ms == T0_MS


def test_the_same_press_delivered_again_by_a_button_with_a_wrong_clock_is_one_press() -> None:
    story = Story()
    for second in (0, 5):
        story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=second, device_s=-DAY_S, id_="once")
    assert story.state.alarms["SOS/SOS-1"].count == 1


@pytest.mark.parametrize("received", ["9999-12-31T23:59:59-12:00", "1950-01-01T00:00:00Z"])
def test_a_gateway_that_had_it_at_no_possible_time_is_refused(received: str) -> None:
    event = {"specversion": "1.0", "id": "a", "source": "t", "type": "source.heartbeat", "community": "garden"}
    value = msgspec.json.encode(event | {"subject": "isapi", "received": received, "data": {}})
    with pytest.raises(BadRecord, match="received"):
        decode(value, position=Position(1, 0, 1), appended_ms=T0_MS)


def test_a_device_id_has_an_end() -> None:
    value = encode_event(id="a", source="t", type="sos.press", community="garden", subject="x" * 301)
    with pytest.raises(BadRecord, match="301 characters"):
        decode(value, position=Position(1, 0, 1), appended_ms=T0_MS)


def test_what_the_fold_keeps_can_always_be_read_again() -> None:
    """A heartbeat with `true` for a count once made a state that no worker could load."""
    from store.live import _decode_meta, _encode

    story = Story()
    for spooled in (True, "3", 2.0):
        try:
            story.tell("source.heartbeat", "isapi", {"spooled": spooled})
        except BadRecord:
            continue
    _decode_meta(_encode({"sources": story.state.sources}))


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_number_that_is_none_is_refused(value: str) -> None:
    story = Story()
    with pytest.raises(BadRecord, match="temperature_c is"):
        story.tell("charging.meter", "P-1-01", {"temperature_c": value})


def test_zero_frames_of_an_offline_camera_do_not_outlive_it() -> None:
    story = Story()
    story.tell("camera.status", "C-1", {"status": "offline", "fps": 0, "reason": "camera_fps=0"})
    story.tell("camera.status", "C-1", {"status": "online"}, at_s=5)
    assert story.state.devices["C-1"].values == {"status": "online"}
    story.ticks(6, 130)
    assert ("alarm.returned", "CAM_OFFLINE/C-1", 125) in story.journal()


def test_a_vendors_word_is_no_field_of_ours() -> None:
    story = Story()
    story.tell("camera.status", "C-1", {"status": "online", "fps": 25})
    story.tell("camera.event", "C-1", {"event": "fps", "active": False}, at_s=1)
    assert story.state.devices["C-1"].values["fps"] == 25
    assert not story.state.alarms


def test_a_sessions_energy_is_not_the_register_and_the_next_session_begins_clean() -> None:
    story = Story()
    story.tell("charging.meter", "EV-1-1", {"energy_wh": 1_234_567})
    story.tell("charging.session", "EV-1-1", {"session": "A", "phase": "started", "transaction": 7}, at_s=1)
    ended = {
        "session": "A",
        "phase": "ended",
        "energy_wh": 5000,
        "meter_stop_wh": 1_239_567,
        "reason": "EVDisconnected",
        "transaction": 7,
    }
    story.tell("charging.session", "EV-1-1", ended, at_s=2)
    values = story.state.devices["EV-1-1"].values
    assert (values["energy_wh"], values["session_energy_wh"], values["transaction"]) == (1_234_567, 5000, 7)
    story.tell("charging.session", "EV-1-1", {"session": "B", "phase": "started"}, at_s=3)
    values = story.state.devices["EV-1-1"].values
    assert values == {"energy_wh": 1_234_567, "session": "B", "charging": True, "session_start_ms": T0_MS + 3000}


def test_an_order_is_confirmed_by_nothing_but_the_sessions_end_or_a_status_since() -> None:
    story = Story()
    story.tell("charging.session", "EV-1-1", {"session": "S1", "phase": "started"})
    story.tell("charging.status", "EV-1-1", {"status": "Available"}, at_s=1)  # a zombie: it charges all the same
    story.tell("command.charging.remote_stop", "EV-1-1", {"by": "p"}, at_s=10)
    story.tell("charging.meter", "EV-1-1", {"power_w": 7000}, at_s=11)
    story.tell("device.heartbeat", "EV-1-1", at_s=12)
    assert story.state.devices["EV-1-1"].pending is not None
    story.tell("charging.status", "EV-1-1", {"status": "Finishing"}, at_s=13)
    assert story.state.devices["EV-1-1"].pending is None


def test_no_order_stands_for_ever() -> None:
    story = Story()
    story.tell("charging.session", "EV-1-1", {"session": "S1", "phase": "started"})
    story.tell("command.charging.remote_stop", "EV-1-1", {"by": "p", "expires_ms": 10**18})
    pending = story.state.devices["EV-1-1"].pending
    assert pending is not None and pending["expires_ms"] == T0_MS + 600_000


def test_a_restart_in_the_middle_condemns_nobody() -> None:
    """A camera first heard through an old spool is judged at its feed's next heartbeat, restarted worker or not."""

    def told(restart: bool) -> list[tuple[str, str, float]]:
        story = Story()
        story.tell("source.heartbeat", "isapi", {}, at_s=0)
        story.ticks(1, 9)
        story.tell("camera.status", "C-1", {"status": "online"}, at_s=500, device_s=100, received_s=100)
        if restart:
            story.state.due_ms, story.state.agenda = 0, None
        story.tell("camera.status", "C-1", {"status": "online"}, at_s=501, received_s=501)
        story.tell("source.heartbeat", "isapi", {}, at_s=502)
        return [entry for entry in story.journal() if entry[1] == "CAM_OFFLINE/C-1"]

    assert told(restart=True) == told(restart=False) == []


BROKEN = [
    ({"timezone": "Asia/Beijing"}, "timezone: 'Asia/Beijing' does not exist"),
    ({"thresholds": {"SOSS": {}}}, "thresholds.SOSS: there is no such alarm"),
    ({"thresholds": {"SOS": {"priority": "urgent"}}}, "is not P1, P2, P3 or P4"),
    ({"thresholds": {"SOS": {"on_delay_s": -1}}}, "must not be negative"),
    ({"sources": [{"id": "isapi", "name": {}, "period_s": 0}]}, "period_s must be above 0"),
]


@pytest.mark.parametrize("change, reason", BROKEN, ids=[reason[:30] for _, reason in BROKEN])
def test_a_site_with_a_typo_is_refused_by_its_place(change: dict, reason: str) -> None:
    text = msgspec.json.encode({"id": "x", "name": {"zh": "x"}} | change)
    with pytest.raises(SiteError, match=f"x.json:1: .*{reason}"):
        parse_site(text, "x.json")


def test_the_sites_that_we_ship_are_whole() -> None:
    from community.site import SITES

    for path in SITES.glob("*.json"):
        State(parse_site(path.read_bytes(), path.name))
    assert SITE.timezone == "Asia/Shanghai"
