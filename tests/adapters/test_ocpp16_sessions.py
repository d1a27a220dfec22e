"""Which session a message belongs to, when the log is whole, one-sided, repeated or begins in the middle."""

from __future__ import annotations

from typing import Any

import pytest

from community.model import to_rfc3339
from community.site import Device
from community.world.cars import CarCharge
from ingest.adapters.base import Canonical, Payload, Refused
from ingest.adapters.ocpp16 import Ocpp16
from ingest.adapters.ocpp16_sessions import CONTEXT_LIMIT, ENDED_KEPT

FIRST, SECOND = "2026-03-12T01:00:00Z", "2026-03-12T05:00:00Z"


class Station:
    """A charge point whose frames go through one adapter."""

    def __init__(self, name: str = "CP-7", adapter: Ocpp16 | None = None) -> None:
        self.name, self.adapter, self.sent = name, adapter or Ocpp16(), 0

    def says(self, action: str, **body: Any) -> Canonical:
        self.sent += 1
        outcome = self.adapter.adapt(Payload([2, str(self.sent), action, body], device=self.name))
        assert isinstance(outcome, list)
        return outcome[-1]

    def hears(self, transaction: int) -> None:
        self.adapter.adapt(Payload([3, str(self.sent), {"transactionId": transaction}], device=self.name))

    def starts(self, at: str, connector: int = 1) -> str:
        started = self.says("StartTransaction", connectorId=connector, idTag="X", meterStart=100, timestamp=at)
        return str(started.data["session"])

    def stops(self, transaction: int, at: str) -> Canonical:
        return self.says("StopTransaction", transactionId=transaction, meterStop=400, timestamp=at)

    def measures(self, transaction: int | None, at: str, connector: int = 1) -> Canonical:
        value = [{"timestamp": at, "sampledValue": [{"value": "200"}]}]
        return self.says("MeterValues", connectorId=connector, transactionId=transaction, meterValue=value)


def test_one_transaction_id_at_two_chargers() -> None:
    one = Station()
    other = Station("CP-8", one.adapter)
    first = one.starts(FIRST)
    one.hears(1)
    second = other.starts(FIRST)
    other.hears(1)
    assert first != second
    assert one.stops(1, SECOND).data["session"] == first
    assert other.stops(1, SECOND).data["session"] == second


@pytest.mark.parametrize("answered", [True, False])
def test_one_transaction_id_twice_at_one_charger(answered: bool) -> None:
    station = Station()
    sessions = []
    for at, end in ((FIRST, "2026-03-12T02:00:00Z"), (SECOND, "2026-03-12T06:00:00Z")):
        session = station.starts(at)
        if answered:
            station.hears(1)
        assert station.measures(1, at).data["session"] == session
        assert station.stops(1, end).data["session"] == session
        sessions.append(session)
    assert len(set(sessions)) == 2


def test_a_stop_sent_again_after_the_next_start() -> None:
    station = Station()
    first = station.starts(FIRST)
    station.hears(1)
    stopped = station.stops(1, "2026-03-12T02:00:00Z")
    station.starts(SECOND)
    again = station.stops(1, "2026-03-12T02:00:00Z")
    assert (again.data["session"], again.data["energy_wh"]) == (first, 300) == (stopped.data["session"], 300)


def test_a_start_sent_again_is_the_same_session() -> None:
    station = Station()
    assert station.starts(FIRST) == station.starts(FIRST)


def test_a_session_that_began_out_of_sight_keeps_one_name() -> None:
    station = Station()
    measured, stopped = station.measures(9, FIRST), station.stops(9, SECOND)
    assert measured.data["session"] == stopped.data["session"] == "CP-7#9"
    assert stopped.subject == "CP-7/1"
    assert "energy_wh" not in stopped.data


def test_a_stop_out_of_nowhere_is_kept_at_the_charger() -> None:
    stopped = Station().stops(9, SECOND)
    assert (stopped.subject, stopped.data["notes"]) == ("CP-7/0", ["connector_unknown"])


def test_two_open_starts_are_not_guessed_between() -> None:
    station = Station()
    one, two = station.starts(FIRST, 1), station.starts(FIRST, 2)
    assert station.stops(9, SECOND).data["session"] not in (one, two)


def test_no_transaction_is_no_session() -> None:
    station = Station()
    session = station.starts(FIRST)
    assert "session" not in station.measures(-1, SECOND).data
    assert "session" not in station.measures(None, SECOND).data
    stopped = station.stops(-1, SECOND)
    assert stopped.data["session"] == session
    assert stopped.data["notes"] == ["transaction_missing"]
    assert station.stops(-1, SECOND).data["session"] == "CP-7#2026-03-12T05:00:00.000Z"


def test_what_is_remembered_is_bounded() -> None:
    station = Station()
    for transaction in range(CONTEXT_LIMIT + 100):
        station.measures(transaction, FIRST)
    context = station.adapter.context
    assert len(context.calls) == len(context.sessions) == CONTEXT_LIMIT


def test_a_message_of_nobody_is_refused() -> None:
    with pytest.raises(Refused, match="names no device"):
        Ocpp16().adapt(Payload([2, "1", "Heartbeat", {}]))


def test_of_very_many_readings_the_newest_are_kept() -> None:
    values = [{"timestamp": FIRST, "sampledValue": [{"value": n}]} for n in range(2000)]
    body = {"transactionId": 1, "meterStop": 9, "timestamp": SECOND, "transactionData": values}
    outcome = Ocpp16().adapt(Payload([2, "1", "StopTransaction", body], device="CP-7"))
    assert isinstance(outcome, list)
    assert [outcome[0].data["energy_wh"], outcome[-2].data["energy_wh"], outcome[-1].type] == [
        1500,
        1999,
        "charging.session",
    ]
    assert outcome[0].data["notes"] == ["readings_cut"]


def test_what_lasts_is_open_sessions_and_the_last_ended() -> None:
    station = Station()
    station.starts(FIRST)
    for transaction in range(1, 600):
        station.stops(transaction, "2026-03-12T00:30:00Z")
    station.measures(600, FIRST, connector=2)
    lasting = station.adapter.context.lasting()
    assert len(lasting.calls) == len(lasting.unbound) == 1
    assert len(lasting.sessions) == ENDED_KEPT + 1


def test_a_start_with_its_answer_tells_the_transaction_an_order_has_to_name() -> None:
    frame = [2, "1", "StartTransaction", {"connectorId": 1, "idTag": "c", "meterStart": 0}]
    [started] = Ocpp16().adapt(Payload(frame, device="EV-01", response={"transactionId": 41}))  # type: ignore[misc]
    assert (started.data["phase"], started.data["transaction"]) == ("started", "41")


def test_a_session_of_the_simulated_past_is_named_as_the_pile_names_it_when_it_goes_on() -> None:
    """A car that charges over the demo's first start is one session: invented until then, heard from then on."""
    plug = Device("CP-7-2", "charging", "car_connector", "ocpp", parent="CP-7")
    charge = CarCharge(plug, 1_773_277_200_000, 7_000.0, 3_600.0, 5_400.0, 150_000.0)
    assert Station().starts(to_rfc3339(charge.start_ms), connector=2) == charge.session
