"""Tables of what devices write and what we read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from ingest.adapters.lenient import free_text, integer, moment_ms, quantity
from ingest.adapters.ocpp16_meter import doubts, energy_wh, reading

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = 1773277200000  # 2026-03-12T01:00:00Z


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (5, (5.0, "")),
        ("5", (5.0, "")),
        (" 158,7 ", (158.7, "")),
        ("158.7 kWh", (158.7, "kWh")),
        ("1.234,5", (1234.5, "")),
        ("1,234.5", (1234.5, "")),
        ("1 234 Wh", (1234.0, "Wh")),
        ("-12.5°C", (-12.5, "°C")),
        ("1e3", (1000.0, "")),
        ("", (None, "")),
        ("n/a", (None, "")),
        ("NaN", (None, "")),
        (float("inf"), (None, "")),
        (10**30, (None, "")),
        (True, (None, "")),
        (None, (None, "")),
        ([1], (None, "")),
        ("1.2.3", (None, "")),
    ],
)
def test_quantities(said: object, read: tuple[float | None, str]) -> None:
    assert quantity(said) == read


@pytest.mark.parametrize(("said", "read"), [("1", 1), (1.0, 1), ("2.5", None), (" 7 ", 7), (None, None), ("x", None)])
def test_integers(said: object, read: int | None) -> None:
    assert integer(said) == read


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-03-12T01:00:00Z", (AT, True)),
        (" 2026-03-12T01:00:00z ", (AT, True)),
        ("2026-03-12T09:00:00+08:00", (AT, True)),
        ("2026-03-12T09:00:00+8:00", (AT, True)),
        ("2026-03-12T09:00:00+0800", (AT, True)),
        ("2026-03-12T09:00:00", (AT, False)),
        ("2026-03-12 09:00:00", (AT, False)),
        ("2026-03-12T01:00:00.123456789Z", (AT + 123, True)),
        (AT, (AT, True)),
        (AT / 1000, (AT, True)),
        (str(AT), (AT, True)),
        ("1773277200.25", (AT + 250, True)),
        ("soon", (None, True)),
        ("", (None, True)),
        (None, (None, True)),
        (-1, (None, True)),
        (1e30, (None, True)),
        ("0001-01-01T00:00:00+23:59", (None, True)),
        ("9999-12-31T23:59:59-23:59", (None, True)),
    ],
)
def test_moments(said: object, read: tuple[int | None, bool]) -> None:
    assert moment_ms(said, SHANGHAI) == read


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Internal temperature exceeded 65°C", "Internal temperature exceeded 65°C"),
        ("E-31 code 1234567", "E-31 code 1234567"),
        ("call 13812345678", "call ***"),
        ("call 138-1234-5678 now", "call *** now"),
        ("plate 沪A12345 parked", "plate *** parked"),
        ("card 04E2B91A6F5C80 refused", "card *** refused"),
        ("DeadBeef", "DeadBeef"),
    ],
)
def test_free_text_names_nobody(said: str, kept: str) -> None:
    assert free_text(said) == kept


def sample(value: object, measurand: str = "", **more: str) -> dict:
    return {"value": value, **({"measurand": measurand} if measurand else {}), **more}


POWER, CURRENT = "Power.Active.Import", "Current.Import"


@pytest.mark.parametrize(
    ("sampled", "fields"),
    [
        ([sample("1500")], {"energy_wh": 1500}),
        (sample(1500), {"energy_wh": 1500}),
        (["1500"], {"energy_wh": 1500}),
        ([sample("1.5", unit="kWh")], {"energy_wh": 1500}),
        ([sample("1,5 kWh")], {"energy_wh": 1500}),
        ([sample("1", "energy.active.import.register ", unit="KWH")], {"energy_wh": 1000}),
        ([sample("7", POWER, phase="L1", unit="kW"), sample("7.1", POWER, unit="kW")], {"power_w": 7100}),
        ([sample("1", POWER, phase=p) for p in ("L1", "L2", "L3")], {"power_w": 3}),
        ([sample("1", CURRENT, phase=p) for p in ("L1-N", "l2", "L3", "N")], {"current_a": 3}),
        ([sample("5", CURRENT, phase="N")], {"current_a": 5}),
        ([sample(v, "Voltage", phase=p) for v, p in ((229, "L1"), (231, "L2"), (400, "L1-L2"))], {"voltage_v": 230}),
        ([sample(v, "Voltage", phase=p) for v, p in ((398, "L1-L2"), (402, "L2-L3"))], {"voltage_v": 400}),
        ([sample("212", "Temperature", unit="Fahrenheit")], {"temperature_c": 100}),
        ([sample("300.15", "Temperature", unit="K")], {"temperature_c": 27}),
        ([sample(v, "Temperature", location=p) for v, p in ((40, "Body"), (71, "Cable"))], {"temperature_c": 71}),
        (
            [sample("1", location="Inlet"), sample("2", location="Outlet"), sample("3", location="Inlet")],
            {"energy_wh": 2},
        ),
        ([sample("0.9", "Power.Factor")], {"other": {"Power.Factor": {"value": 0.9}}}),
        ([sample("3", "Flux", unit="jigowatt")], {"other": {"Flux": {"value": 3, "unit": "jigowatt"}}}),
        ([sample(None), sample("x"), 7.5, None], {"energy_wh": 7.5}),
        ([], {}),
        ("nothing", {}),
    ],
)
def test_sampled_values(sampled: object, fields: dict) -> None:
    assert reading(sampled, []) == fields


def test_a_wrong_unit_is_noted() -> None:
    notes: list[str] = []
    assert reading([sample("12", unit="W")], notes) == {"energy_wh": 12}
    assert notes == ["unit_w_for_energy_wh"]


@pytest.mark.parametrize(("said", "wh"), [(150, 150), ("150", 150), ("0.15 kWh", 150), (None, None), ("x", None)])
def test_meter_registers(said: object, wh: float | None) -> None:
    assert energy_wh(said) == wh


@pytest.mark.parametrize(
    ("register", "start", "said"),
    [
        (1500, 1000, []),
        (1500, None, []),
        (900, 1000, ["energy_below_meter_start"]),
        (251.5, 250_000, ["energy_looks_like_kwh"]),
        (9_000_000, 1000, ["energy_implausible"]),
    ],
)
def test_odd_registers_are_flagged(register: float, start: float | None, said: list[str]) -> None:
    assert doubts(register, start) == said
