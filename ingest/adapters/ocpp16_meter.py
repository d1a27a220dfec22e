"""OCPP 1.6 sampled values -> one `charging.meter` reading: phases, units and defaults as the standard has them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from .lenient import by_plain, filled, plain, quantity, text, tidy

ENERGY = "Energy.Active.Import.Register"
"""The measurand that is meant where none is named (OCPP 1.6, 7.43)."""

_FIELDS = {
    ENERGY: "energy_wh",
    "Power.Active.Import": "power_w",
    "Current.Import": "current_a",
    "Voltage": "voltage_v",
    "Temperature": "temperature_c",
    "SoC": "soc_percent",
}
_MEASURANDS = by_plain(_FIELDS)

_SCALE = {
    "energy_wh": {"wh": 1.0, "kwh": 1000.0, "mwh": 1e6, "varh": 1.0},
    "power_w": {"w": 1.0, "kw": 1000.0, "va": 1.0, "kva": 1000.0},
    "current_a": {"a": 1.0, "ma": 0.001},
    "voltage_v": {"v": 1.0, "kv": 1000.0, "mv": 0.001},
    "soc_percent": {"percent": 1.0, "%": 1.0},
}
_CELSIUS, _FAHRENHEIT, _KELVIN = {"celsius", "celcius", "c", "°c", "℃"}, {"fahrenheit", "f", "°f", "℉"}, {"k", "kelvin"}

SESSION_LIMIT_WH = 300_000
"""The largest car battery holds about 220 kWh: a session beyond 300 is a meter's error, not a charge."""

_OTHERS_LIMIT = 32
"""Measurands without a field of their own that one reading keeps; the standard has 16, some with phases."""


class _Sample(msgspec.Struct):
    value: float
    unit: str
    phase: str
    location: str


def reading(sampled: object, notes: list[str]) -> dict[str, Any]:
    """The fields of one `charging.meter` from a list of sampled values; empty when none can be read."""
    groups: dict[str, list[_Sample]] = defaultdict(list)
    for entry in sampled if isinstance(sampled, list) else [sampled]:
        if isinstance(entry, str | int | float):
            entry = {"value": entry}
        if not isinstance(entry, dict):
            continue
        if plain(text(entry.get("format"))) == "signeddata":
            notes.append("signed_data_skipped")
            continue
        value, written_unit = quantity(entry.get("value"))
        if value is None:
            if entry.get("value") is not None:
                notes.append("value_unreadable")
            continue
        said = text(entry.get("measurand"))
        measurand = _MEASURANDS.get(plain(said), said) if said else ENERGY
        unit = text(entry.get("unit")) or written_unit
        groups[measurand].append(_Sample(value, unit, text(entry.get("phase")), text(entry.get("location"))))
    return _fields(groups, notes)


def _fields(groups: dict[str, list[_Sample]], notes: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for measurand, samples in groups.items():
        field = _FIELDS.get(measurand)
        if field is not None:
            fields[field] = tidy(_total(field, samples, notes))
            continue
        for sample in samples[:_OTHERS_LIMIT]:
            name = f"{measurand} {sample.phase}".strip()
            if len(others) < _OTHERS_LIMIT:
                others[name] = filled(value=tidy(sample.value, 6), unit=sample.unit)
    if others:
        fields["other"] = others
    return fields


def _total(field: str, samples: list[_Sample], notes: list[str]) -> float:
    """One value for the connector: the one without a phase, else phases summed (power, current, energy) or averaged."""
    values = [(sample, _in_unit(field, sample, notes)) for sample in samples]
    if field == "temperature_c":
        return max(value for _, value in values)  # of body, cable and outlet the hottest is the one that matters
    whole = [(sample, value) for sample, value in values if not sample.phase]
    if whole:
        at_outlet = [value for sample, value in whole if plain(sample.location) in ("", "outlet")]
        return at_outlet[-1] if at_outlet else whole[-1][1]
    phases = {_phase(sample.phase): value for sample, value in values}
    lines = {phase: value for phase, value in phases.items() if phase in ("L1", "L2", "L3")}
    chosen = list((lines or phases).values())
    notes.append("summed_over_phases" if field != "voltage_v" and field != "soc_percent" else "mean_of_phases")
    return sum(chosen) if notes[-1] == "summed_over_phases" else sum(chosen) / len(chosen)


def _phase(said: str) -> str:
    """`L1-N` and `l1` are both the first line; `L1-L2` stays what it is."""
    phase = said.upper().replace(" ", "")
    return phase.removesuffix("-N")


def _in_unit(field: str, sample: _Sample, notes: list[str]) -> float:
    unit = sample.unit.lower()
    if field == "temperature_c":
        return _celsius(sample.value, unit, notes)
    scale = _SCALE[field].get(unit, 1.0)
    if unit and unit not in _SCALE[field]:
        notes.append(f"unit_{unit[:12]}_for_{field}")
    return sample.value * scale


def _celsius(value: float, unit: str, notes: list[str]) -> float:
    if unit in _FAHRENHEIT:
        return (value - 32) * 5 / 9
    if unit in _KELVIN:
        return value - 273.15
    if unit and unit not in _CELSIUS:
        notes.append(f"unit_{unit[:12]}_for_temperature_c")
    return value


def energy_wh(value: object) -> float | int | None:
    """`meterStart`, `meterStop`: whole Wh by the standard; a unit written behind the number is believed."""
    parsed, unit = quantity(value)
    return None if parsed is None else tidy(parsed * _SCALE["energy_wh"].get(unit.lower(), 1.0))


def doubts(register_wh: float, meter_start_wh: float | None) -> list[str]:
    """What is odd about a register against the session's start. Flagged only: a guess would be no measurement."""
    if meter_start_wh is None:
        return []
    if 0 <= register_wh * 1000 - meter_start_wh <= SESSION_LIMIT_WH and register_wh < meter_start_wh:
        return ["energy_looks_like_kwh"]
    if register_wh < meter_start_wh:
        return ["energy_below_meter_start"]
    return ["energy_implausible"] if register_wh - meter_start_wh > SESSION_LIMIT_WH else []
