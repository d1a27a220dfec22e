"""Transaction ids: unique, the same for a repeated start, over restarts and torn files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.gateways import transactions
from ingest.gateways.transactions import Ledger

START: dict[str, Any] = {"connectorId": 1, "idTag": "t-1", "meterStart": 5, "timestamp": "2026-03-12T13:14:36Z"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ocpp16" / "transactions.jsonl"


def test_ids_rise_and_are_unique_over_devices_and_restarts(path: Path) -> None:
    ids = []
    for _ in range(3):
        ledger = Ledger(path)
        for device in ("EV-01", "EV-02"):
            for meter in range(5):
                start = {**START, "meterStart": len(ids) * 10 + meter}
                ids.append(ledger.begin(device, 1, start, str(len(ids))))
        ledger.close()
    assert ids == sorted(set(ids)) and len(ids) == 30
    assert 0 < ids[0] and ids[-1] < 2**31


def test_a_repeated_start_gets_the_same_id_also_after_a_restart(path: Path) -> None:
    ledger = Ledger(path)
    first = ledger.begin("EV-01", 1, START, "a")
    assert ledger.begin("EV-01", 1, START, "b") == first
    ledger.close()
    ledger = Ledger(path)
    assert ledger.begin("EV-01", 1, START, "c") == first
    assert ledger.begin("EV-02", 1, START, "c") != first
    ledger.close()


def test_the_next_session_of_a_charger_without_a_clock_is_another_one(path: Path) -> None:
    ledger = Ledger(path)
    timeless = {name: value for name, value in START.items() if name != "timestamp"}
    first = ledger.begin("EV-01", 1, timeless, "a")
    assert ledger.begin("EV-01", 1, timeless, "a") == first
    assert ledger.begin("EV-01", 1, timeless, "b") != first
    frozen = ledger.begin("EV-01", 1, START, "c")
    ledger.end("EV-01", frozen)
    assert ledger.begin("EV-01", 1, START, "d") != frozen


def test_which_transaction_runs(path: Path) -> None:
    ledger = Ledger(path)
    assert ledger.running("EV-01", 1) is None
    first = ledger.begin("EV-01", 1, START, "a")
    assert ledger.running("EV-01", 1) == first
    assert ledger.running("EV-01", 2) is None
    ledger.end("EV-02", first)
    assert ledger.running("EV-01", 1) == first
    ledger.end("EV-01", first)
    ledger.close()
    ledger = Ledger(path)
    assert ledger.running("EV-01", 1) is None
    ledger.seen("EV-01", 1, 42)
    assert ledger.running("EV-01", 1) == 42
    assert ledger.begin("EV-01", 2, START, "a") > 1_000_000
    ledger.close()


def test_a_torn_file_loses_at_most_the_line_that_was_not_handed_out(path: Path) -> None:
    ledger = Ledger(path)
    first = ledger.begin("EV-01", 1, START, "a")
    ledger.begin("EV-02", 1, START, "a")
    ledger.close()
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        ledger = Ledger(path)
        if length >= whole.index(b"}") + 1:
            assert ledger.running("EV-01", 1) == first
        assert ledger.begin("EV-03", 1, START, "a") > 0
        ledger.close()


def test_the_file_stays_small(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "KEPT", 20)
    ledger = Ledger(path)
    ids = [ledger.begin("EV-01", 1, {**START, "meterStart": n}, str(n)) for n in range(200)]
    assert ids == sorted(set(ids))
    assert ledger.running("EV-01", 1) == ids[-1]
    assert path.read_bytes().count(b"{") <= 41
    ledger.close()
