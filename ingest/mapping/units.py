"""Units: the one a vendor writes -> the one that the end of a field's name says (`volume_m3`, `power_w`)."""

from __future__ import annotations

_SCALES: dict[str, dict[str, float]] = {
    "percent": {"%": 1, "percent": 1, "ratio": 100},
    "m3": {"m3": 1, "m³": 1, "l": 1e-3, "hl": 0.1, "ml": 1e-6, "ft3": 0.028316846592, "gal": 0.003785411784},
    "l": {"l": 1, "m3": 1e3, "m³": 1e3, "ml": 1e-3, "gal": 3.785411784},
    "kwh": {"kwh": 1, "wh": 1e-3, "mwh": 1e3, "mj": 1 / 3.6, "gj": 1e3 / 3.6},
    "wh": {"wh": 1, "kwh": 1e3, "mwh": 1e6},
    "w": {"w": 1, "kw": 1e3, "va": 1, "kva": 1e3},
    "a": {"a": 1, "ma": 1e-3},
    "v": {"v": 1, "mv": 1e-3, "kv": 1e3},
    "c": {"c": 1, "°c": 1, "℃": 1, "cel": 1, "celsius": 1},
    "kpa": {"kpa": 1, "pa": 1e-3, "hpa": 0.1, "mpa": 1e3, "bar": 100, "mbar": 0.1},
    "mm": {"mm": 1, "cm": 10, "m": 1e3, "in": 25.4},
    "cm": {"cm": 1, "mm": 0.1, "m": 100},
    "m3h": {"m3/h": 1, "m3h": 1, "m³/h": 1, "l/h": 1e-3, "l/min": 0.06, "l/s": 3.6},
    "s": {"s": 1, "ms": 1e-3, "min": 60, "h": 3600, "d": 86400},
    "ms": {"ms": 1, "s": 1e3, "min": 60e3, "h": 3600e3},
    "bpm": {"bpm": 1, "1/min": 1},
    "m_s": {"m/s": 1, "cm/s": 0.01, "mm/s": 1e-3},
    "days": {"d": 1, "h": 1 / 24},
}
"""Own unit -> what the vendor may write, in small letters, -> factor. Exact by definition of the units."""

_OFFSETS = {("c", "f"): (5 / 9, -160 / 9), ("c", "°f"): (5 / 9, -160 / 9), ("c", "k"): (1.0, -273.15)}

Change = tuple[float, float]
"""Factor and what is added behind it."""


def own_unit(field: str) -> str:
    """`temperature_c` -> `c`; empty where the name ends in no unit."""
    return next((unit for unit in sorted(_SCALES, key=len, reverse=True) if field.endswith(f"_{unit}")), "")


def change(field: str, unit: str) -> Change | None:
    """How a number in the vendor's unit becomes one of the field's; None: the two do not belong together."""
    own, written = own_unit(field), unit.strip().lower()
    factor = _SCALES.get(own, {}).get(written)
    return (factor, 0.0) if factor is not None else _OFFSETS.get((own, written))


def written_units(field: str) -> tuple[str, ...]:
    """What a vendor may write for the field."""
    own = own_unit(field)
    return (*_SCALES.get(own, ()), *(written for unit, written in _OFFSETS if unit == own))
