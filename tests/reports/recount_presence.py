"""Who was heard, minute by minute, recounted."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests.reports.recount_day import MINUTE, RecountDay, share

SPEAKERS = {
    "cameras": (("camera",), 60),
    "lifts": (("lift",), 60),
    "access": (("door", "plant_door"), 60),
    "sos": (("button", "pillar"), 86_400),
    "charging": (("car_charger", "ebike_pile"), 90),
    "meters": (("water_meter", "bulk_meter", "power_meter"), 86_400),
    "bins": (("bin",), 1800),
    "broadcast": (("speaker",), 60),
    "fire": (("fire_panel",), 60),
    "parking": (("barrier",), 60),
    "plant": (("switch",), 60),
}
"""System -> the kinds that speak by themselves, and how often in seconds (DOMAIN.md)."""
PERIODS = 3
FEED_S = 10


def written(day: RecountDay) -> set[int]:
    """The minutes of the day in which the log was."""
    return set((day.log.appended // MINUTE).astype(int)) & set(range(day.a // MINUTE, day.b // MINUTE))


def presence(day: RecountDay) -> dict[str, Any]:
    until = min(day.b, day.now)
    clock = written(day)
    words = day.log[(day.log.type != "clock.tick") & (day.log.subject != "")]
    words = words[[data.get("status") != "offline" for data in words.data]]
    feed = words.type == "source.heartbeat"
    minutes = words.heard // MINUTE
    feeds = {name: set(found.astype(int)) for name, found in minutes[feed].groupby(words.subject[feed])}
    said: dict[str, set[int]] = {}
    for subject, found in minutes[~feed].groupby(words.subject[~feed]):
        for who in {subject, day.parent.get(subject, subject)}:
            said.setdefault(who, set()).update(found.astype(int))
    rows = []
    for device in day.site.devices:
        kinds, period_s = SPEAKERS.get(device.system, ((), 0))
        if device.kind not in kinds:
            continue
        known = clock & lasting(feeds.get(device.source, set()), FEED_S)
        online = known & lasting(said.get(device.id, set()), period_s)
        row = {"device": device.id, "system": device.system, "known": len(known), "online": len(online)}
        rows.append(row | {"lost": len(known) - len(online), "gap": longest_run(known - online)})
    table = pd.DataFrame(rows)
    eyes = table[table.system == "cameras"]
    heard = eyes[eyes.known > 0].sort_values(["lost", "device"], ascending=[False, True])
    worst = table[table.lost > 0].sort_values(["lost", "device"], ascending=[False, True]).head(10)
    systems = table.groupby("system")[["online", "known"]].sum()
    return {
        "log_coverage": share(len(clock), max(0, until - day.a) // MINUTE),
        "online_rate": share(int(table.online.sum()), int(table.known.sum())),
        "online_rate_by_system": {(s.Index,): share(int(s.online), int(s.known)) for s in systems.itertuples()},
        "offline_worst": {(row.device, row.system): int(row.lost) for row in worst.itertuples()},
        "camera_gap_longest": int(heard.gap.max()) if len(heard) else None,
        "cameras_online": share(int(eyes.online.sum()), int(eyes.known.sum())),
        "cameras_by_minutes": {(row.device,): int(row.lost) for row in heard.itertuples()},
    }


def lasting(minutes: set[int], period_s: int) -> set[int]:
    """A word holds for three periods, in whole minutes, and for the minute in which it came."""
    holds = max(1, PERIODS * period_s // 60 + 1)
    return {minute + n for minute in minutes for n in range(holds)}


def longest_run(minutes: set[int]) -> int:
    longest = 0
    for first in (minute for minute in minutes if minute - 1 not in minutes):
        n = 1
        while first + n in minutes:
            n += 1
        longest = max(longest, n)
    return longest
