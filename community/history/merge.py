"""What was said of one thing -> the columns of its row: pure functions of the set of words, in whatever order.

Amounts become whole thousandths (mWh, ml), so that sums are exact everywhere and a recount gives the same digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..site import Site
from ..systems.bulkwater import HALF_HOUR_MS
from ..systems.orders import counted_due_ms, latest
from .days import bounds, bucket
from .rows import Said

MOST = 1e12
"""Litres or watt-hours: beyond it a number is no reading."""


def milli(amount: float | None) -> int | None:
    return round(1000 * amount) if amount is not None and 0 <= amount <= MOST else None


def union(*sets: Iterable[Sequence[Any]]) -> list[Said]:
    """In the order of (moment, record id); of two words with one id the earlier stays."""
    told = [(at_ms, record_id, values) for words in sets for at_ms, record_id, values in words]
    if len(told) < 2:  # of most things one word is all that is ever said
        return told
    by_id: dict[str, Said] = {}
    for word in told:
        kept = by_id.get(word[1])
        if kept is None or word[0] < kept[0]:
            by_id[word[1]] = word
    return sorted(by_id.values(), key=lambda word: (word[0], word[1]))


def _last(words: Iterable[Said], name: str) -> Any:
    found = None
    for _, _, values in words:
        found = values.get(name, found)
    return found


def _when(words: Sequence[Said], name: str, *found: Any) -> list[int]:
    """Moments at which `name` was one of these."""
    return [at_ms for at_ms, _, values in words if values.get(name) in found]


def session(site: Site, key: tuple[str, ...], words: Sequence[Said]) -> dict[str, Any]:
    """Of the day on which it ended; one that runs, of the day on which it began."""
    started = [word for word in words if word[2].get("charging")]
    ended = [word for word in words if not word[2].get("charging")]
    started_ms = min((at for at, _, _ in started), default=None)
    ended_ms = max((at for at, _, _ in ended), default=None)
    at_ms = ended_ms if ended_ms is not None else started_ms
    assert at_ms is not None
    day, hour_ms = bucket(at_ms, site.timezone)
    described = site.by_id.get(key[0])
    return {
        "day": day,
        "hour_ms": hour_ms,
        "kind": described.kind if described is not None else "",
        "started_ms": started_ms,
        "ended_ms": ended_ms,
        "energy_mwh": _energy(words) if ended else None,
        "reason": str(_last(ended, "stop_reason") or ""),
    }


def _energy(words: Sequence[Said]) -> int | None:
    """As the end says it, else the difference of the registers; None: nobody said it, or they contradict."""
    energy = _last(words, "session_energy_wh")
    if energy is None:
        start, stop = _last(words, "meter_start_wh"), _last(words, "meter_stop_wh")
        energy = stop - start if start is not None and stop is not None else None
    return milli(energy)


def work_order(site: Site, key: tuple[str, ...], words: Sequence[Said]) -> dict[str, Any]:
    """Of the day on which it was published, as far as anybody said when."""
    at: dict[str, int] = {}
    for at_ms, _, values in words:
        phase = values["phase"]
        at[phase] = min(at.get(phase, at_ms), at_ms) if phase in ("published", "taken") else at_ms
    published_ms = at.get("published")
    day, hour_ms = bucket(published_ms if published_ms is not None else words[0][0], site.timezone)
    return {
        "day": day,
        "hour_ms": hour_ms,
        "phase": latest(at),
        "published_ms": published_ms,
        "due_ms": counted_due_ms(published_ms, site.timezone) if published_ms is not None else None,
        "taken_ms": at.get("taken"),
        "started_ms": at.get("in_progress"),
        "done_ms": at.get("done"),
        "ended_ms": max((at[p] for p in ("done", "cancelled", "duplicate") if p in at), default=None),
        "reopened": len(_when(words, "phase", "reopened")),
        "rating": _last(words, "rating"),
        "category": str(_last(words, "category") or ""),
        "post": str(_last(words, "post") or ""),
        "desk": str(_last(words, "desk") or ""),
    }


def call(site: Site, key: tuple[str, ...], words: Sequence[Said]) -> dict[str, Any]:
    day, hour_ms = bucket(words[0][0], site.timezone)
    opened, answered = _when(words, "phase", "opened"), _when(words, "phase", "answered")
    over = _when(words, "phase", "missed", "ended")
    outcome = "opened" if opened else "answered" if answered else "missed" if over else "ringing"
    return {
        "day": day,
        "hour_ms": hour_ms,
        "rang_ms": words[0][0],
        "answered_ms": min(answered, default=None),
        "opened_ms": min(opened, default=None),
        "ended_ms": max(over, default=None),
        "outcome": outcome,
        "caller": str(_last(words, "caller") or ""),
        "answered_by": str(_last(words, "answered_by") or ""),
        "opened_by": str(_last(words, "opened_by") or ""),
    }


def broadcast(site: Site, key: tuple[str, ...], words: Sequence[Said]) -> dict[str, Any]:
    """One message at one loudspeaker."""
    offered_ms = min((at for at, _, values in words if "offer" in values), default=None)
    acked_ms = min(_when(words, "result", "ok"), default=None)
    day, hour_ms = bucket(offered_ms if offered_ms is not None else words[0][0], site.timezone)
    return {
        "day": day,
        "hour_ms": hour_ms,
        "offered_ms": offered_ms,
        "acked_ms": acked_ms,
        "result": "ok" if acked_ms is not None else str(_last(words, "result") or ""),
        "withdrawn": int(bool(_last(words, "withdrawn"))),
        "zones": str(_last(words, "zones") or ""),
    }


def patrol_window(site: Site, key: tuple[str, ...], words: Sequence[Said]) -> dict[str, Any]:
    """Of the day on which the round was due to begin."""
    from_ms, until_ms = _last(words, "from_ms"), _last(words, "until_ms")
    day, hour_ms = bucket(from_ms if from_ms is not None else words[0][0], site.timezone)
    return {
        "day": day,
        "hour_ms": hour_ms,
        "from_ms": from_ms,
        "until_ms": until_ms,
        "route": str(_last(words, "route") or ""),
        "cancelled": int(bool(_last(words, "cancelled"))),
        "waived": int(bool(_last(words, "waived"))),
    }


def meter_day(site: Site, key: tuple[str, ...], words: Sequence[Said]) -> dict[str, Any]:
    """48 half-hours (46 or 50 where clocks are changed); of each the newest that was read, None where none was."""
    first_ms, next_ms = bounds(key[0], site.timezone)
    slots = (next_ms - first_ms) // HALF_HOUR_MS
    volumes, energies = (_read(words, name, first_ms, slots) for name in ("volume_l", "energy_wh"))
    described = site.by_id.get(key[1])
    return {
        "kind": described.kind if described is not None else "",
        "slots": slots,
        "volumes_read": len(volumes),
        "volume_ml": sum(volumes) if volumes else None,
        "energies_read": len(energies),
        "energy_mwh": sum(energies) if energies else None,
    }


def _read(words: Sequence[Said], name: str, first_ms: int, slots: int) -> list[int]:
    """Of the half-hours that were read, each as it was read last."""
    kept: list[int | None] = []
    for _, _, values in words:
        told = values.get(name)
        if not told:
            continue
        first = (values["start_ms"] - first_ms) // HALF_HOUR_MS
        whole = first == 0 and len(told) == slots and None not in told
        if whole and min(told) >= 0 and max(told) <= MOST:  # a whole day, as nearly all are told
            kept = [round(1000 * amount) for amount in told]
            continue
        kept = kept or [None] * slots
        for slot, amount in enumerate(told, first):
            if 0 <= slot < slots and (read := milli(amount)) is not None:
                kept[slot] = read
    return [amount for amount in kept if amount is not None]


Merge = Callable[[Site, tuple[str, ...], Sequence[Said]], dict[str, Any]]

MERGES: Mapping[str, Merge] = {
    "charging_session": session,
    "work_order": work_order,
    "intercom_call": call,
    "broadcast": broadcast,
    "patrol_window": patrol_window,
    "meter_day": meter_day,
}


def merge(table: str, site: Site, key: tuple[str, ...], words: Sequence[Said]) -> dict[str, Any]:
    return MERGES[table](site, key, words)
