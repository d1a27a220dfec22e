"""Every figure of a day once more, by pandas, from the raw records of log and journal, and by nothing of the product.

It reads the JSON lines as they came and the definitions as they are printed; no table, query or reducer of history is
asked. Amounts are summed as whole thousandths, so that equal is equal to the last digit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from tests.reports.recount_day import DAY_MS, HOUR, RecountDay, rank, share
from tests.reports.recount_presence import presence, written


class Recount(RecountDay):
    def figures(self) -> dict[str, Any]:
        return {
            **self.alarms(),
            **self.access(),
            **self.charging(),
            **self.orders(),
            **self.rounds(),
            **self.calls(),
            **self.meters(),
            **presence(self),
            **self.broadcasts(),
        }

    # ---- alarms
    def alarms(self) -> dict[str, Any]:
        rows = self.journal[self.journal.type.str.startswith("alarm.")].copy()
        rows["priority"] = [data.get("priority", "") for data in rows.data]
        rows["since"] = [int(data["occurrence"].rpartition("@")[2]) for data in rows.data]
        rows["alarm"] = [subject.partition("/")[0] for subject in rows.subject]
        today = self.within(rows)
        came = today[today.type == "alarm.activated"]
        told = today[today.type.isin(("alarm.activated", "alarm.reactivated"))]
        acked = today[(today.type == "alarm.acknowledged") & (today["at"] >= today.since)]
        back = today[(today.type == "alarm.returned") & (today["at"] >= today.since)]
        delay, recovery = acked["at"] - acked.since, back["at"] - back.since
        windows = told.groupby(told["at"] // 600_000).size()
        judged = acked[acked.priority.isin(("P1", "P2"))]
        limit = judged.priority.map({"P1": 30_000, "P2": 60_000})
        hours = came["at"].map(self.hour)
        ever = rows[rows["at"] < self.b].sort_values(["at", "id"])
        standing = 0
        for _, life in ever.groupby("subject"):
            opened = life[life.type.isin(("alarm.activated", "alarm.reactivated"))]
            closed = life[life.type == "alarm.closed"]
            standing += bool(len(opened)) and (closed.empty or opened["at"].max() > closed["at"].max())
        top = (
            told.groupby("subject").size().reset_index(name="n").sort_values(["n", "subject"], ascending=[False, True])
        )
        return {
            "alarms": len(came),
            "alarms_per_day": float(len(told)),
            "alarm_repeats": len(told) - len(came),
            "alarms_by_type": _counts(came.groupby(["alarm", "priority"]).size()),
            "alarms_by_hour": _counts(came.groupby(hours).size()),
            "alarms_by_hour_and_priority": _counts(came.groupby([hours, "priority"]).size()),
            "alarms_by_priority": _counts(came.groupby("priority").size()),
            "alarms_by_day_and_priority": {
                (self.day, p): n for (p,), n in _counts(came.groupby("priority").size()).items()
            },
            "alarms_told_by_day": {(self.day,): len(told)} if len(told) else {},
            "flood_windows": share(int((windows > 10).sum()), len(written(self)) // 10),
            "top_alarms": {(row.subject,): row.n for row in top.head(10).itertuples()},
            "acknowledge_p50": _seconds(rank(delay, 50)),
            "acknowledge_p95": _seconds(rank(delay, 95)),
            "acknowledge_p50_by_priority": {
                (p,): _seconds(rank(g["at"] - g.since, 50)) for p, g in acked.groupby("priority")
            },
            "acknowledge_p50_by_alarm": {
                (p,): _seconds(rank(g["at"] - g.since, 50)) for p, g in acked.groupby("alarm")
            },
            "acknowledged_in_time": share(int((judged["at"] - judged.since <= limit).sum()), len(judged)),
            "recover_p50": _seconds(rank(recovery, 50)),
            "recover_p95": _seconds(rank(recovery, 95)),
            "recover_p50_by_alarm": {(p,): _seconds(rank(g["at"] - g.since, 50)) for p, g in back.groupby("alarm")},
            "alarms_open": standing,
        }

    # ---- doors
    def access(self) -> dict[str, Any]:
        rows = self.within(self.log[self.log.type == "access.pass"]).copy()
        rows["method"] = [data["method"] for data in rows.data]
        granted = rows[[data["result"] == "granted" for data in rows.data]]
        hours = granted["at"].map(self.hour)
        by_method = _counts(granted.groupby("method").size())
        return {
            "passes": len(granted),
            "passes_by_hour": _counts(granted.groupby(hours).size()),
            "passes_by_method": by_method,
            "passes_by_hour_and_method": _counts(granted.groupby([hours, "method"]).size()),
            "passes_by_day_and_method": {(self.day, method): n for (method,), n in by_method.items()},
            "passes_denied": share(len(rows) - len(granted), len(rows)),
        }

    # ---- charging
    def charging(self) -> dict[str, Any]:
        sessions = []
        for (device, name), rows in (
            self.log[self.log.type == "charging.session"]
            .assign(session=lambda d: [data["session"] for data in d.data])
            .groupby(["subject", "session"])
        ):
            phases = [(row.at, row.data) for row in rows.itertuples()]
            starts = [at for at, data in phases if data["phase"] == "started"]
            ends = [(at, data) for at, data in phases if data["phase"] == "ended"]
            energy = next((data["energy_wh"] for _, data in ends if "energy_wh" in data), None)
            sessions.append(
                {
                    "device": device,
                    "name": name,
                    "start": min(starts, default=None),
                    "end": max((at for at, _ in ends), default=None),
                    "mwh": round(1000 * energy) if energy is not None else None,
                }
            )
        table = pd.DataFrame(sessions, columns=["device", "name", "start", "end", "mwh"])
        ended = table[(table.end >= self.a) & (table.end < self.b)]
        whole = ended[(ended.start.notna()) & (ended.end >= ended.start)]
        mwh = ended.mwh.dropna()
        kinds = ended.groupby(ended.device.map(self.kind))
        running = [
            (max(int(s.start), self.a), int(s.end) if pd.notna(s.end) else int(s.start) + DAY_MS, s.device)
            for s in table.itertuples()
            if pd.notna(s.start) and self.a - DAY_MS <= s.start < self.b and (pd.isna(s.end) or s.end > self.a)
        ]
        steps = sorted([(a, 1) for a, _, _ in running] + [(b, -1) for _, b, _ in running])
        most = level = 0
        for _, step in steps:
            level += step
            most = max(most, level)
        busy: dict[tuple[str, int], int] = {}
        until = min(self.b, self.now)
        for a, b, device in running:
            b = min(b, until) if b - a >= 0 else b
            for hour in range(self.a, until, HOUR):
                overlap = min(b, hour + HOUR) - max(a, hour)
                if overlap > 0:
                    busy[device, hour] = busy.get((device, hour), 0) + overlap
        of_kinds: dict[tuple[int, str], int] = {}
        for (device, hour), ms in busy.items():
            of_kinds[hour, self.kind[device]] = of_kinds.get((hour, self.kind[device]), 0) + ms
        orders = self.within(self.journal[self.journal.type == "action.ordered"])
        return {
            "charging_sessions": len(ended),
            "charging_energy": int(mwh.sum()) / 1_000_000,
            "charging_energy_by_kind": {(kind,): int(rows.mwh.fillna(0).sum()) / 1_000_000 for kind, rows in kinds},
            "charging_energy_by_day": {(self.day,): int(mwh.sum()) / 1_000_000} if len(ended) else {},
            "charging_peak": most if running else None,
            "charging_duration_p50": _minutes(rank(whole.end - whole.start, 50)),
            "charging_cutoffs": sum(data.get("by") == "house" for data in orders.data),
            "charging_busy": {key: ms / 60_000 for key, ms in busy.items()},
            "charging_busy_by_hour": {key: ms / 60_000 for key, ms in of_kinds.items()},
            "charging_busy_by_clock": {(d, (h - self.a) // HOUR): ms / 60_000 for (d, h), ms in busy.items()},
        }

    # ---- orders
    def orders(self) -> dict[str, Any]:
        rows = self.log[self.log.type == "order.phase"].assign(order=lambda d: [data["order"] for data in d.data])
        found = []
        for order, words in rows.groupby("order"):
            at: dict[str, int] = {}
            rating, category = None, ""
            for word in words.sort_values(["at", "id"]).itertuples():
                phase = word.data["phase"]
                early = phase in ("published", "taken")
                at[phase] = min(at.get(phase, word.at), word.at) if early else word.at
                rating = word.data.get("rating", rating)
                category = word.data.get("category", category)
            ended = max((at[p] for p in ("done", "cancelled", "duplicate") if p in at), default=None)
            last = max((p for p in at if p != "published"), key=lambda p: at[p], default="published")
            reopened = sum(word.data["phase"] == "reopened" for word in words.itertuples())
            found.append({**{p: at.get(p) for p in ("published", "taken", "done")}, "ended": ended, "rating": rating,
                          "category": category, "last": last, "reopened": reopened, "order": order})  # fmt: skip
        table = pd.DataFrame(
            found, columns=["published", "taken", "done", "ended", "rating", "category", "last", "reopened", "order"]
        )
        today = self.within(table[table.published.notna()], "published")
        due = today.published.map(self._due)
        taken = today.taken.notna()
        counted = taken | ((due < self.now) & today["last"].isin(("published", "reopened")))
        in_time = taken & (today.taken <= due)
        took = today[taken & (today.taken >= today.published)]
        done = today[today.done.notna() & (today.done >= today.published)]
        rated = today.rating.dropna()
        open_ = table[(table.published < self.b) & (table.ended.isna() | (table.ended >= self.b))]
        groups = today.groupby("category")
        return {
            "orders": len(today),
            "orders_taken_in_time": share(int((in_time & counted).sum()), int(counted.sum())),
            "orders_take_p50": _minutes(rank(took.taken - took.published, 50)),
            "orders_done_p50": _minutes(rank(done.done - done.published, 50)),
            "orders_open": len(open_),
            "orders_rating": int(rated.sum()) / len(rated) if len(rated) else None,
            "orders_reopened": int((today.reopened > 0).sum()),
            "orders_by_category": {(c,): len(g) for c, g in groups},
            "orders_done_by_category": {(c,): int(g.done.notna().sum()) for c, g in groups},
            "orders_take_p50_by_category": {
                (c,): _minutes(rank(g.taken - g.published, 50)) for c, g in took.groupby("category")
            },
            "orders_in_time_by_category": {
                (c,): share(int(in_time[g.index].sum()), len(g)) for c, g in today[counted].groupby("category")
            },
        }

    def _due(self, published: float) -> int:
        """Thirty minutes of 08 to 22 h after it was published."""
        at, left = datetime.fromtimestamp(published / 1000, self.zone), 1800.0
        while True:
            opens, closes = (at.replace(hour=h, minute=0, second=0, microsecond=0) for h in (8, 22))
            at = max(at, opens)
            room = (closes - at).total_seconds()
            if room >= left:
                return round((at + timedelta(seconds=left)).timestamp() * 1000)
            left -= max(0.0, room)
            at = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)

    # ---- rounds, messages
    def rounds(self) -> dict[str, Any]:
        windows = [(row.subject, row.data) for row in self.log[self.log.type == "patrol.window"].itertuples()]
        waived = {row.data["round"] for row in self.log[self.log.type == "patrol.waiver"].itertuples()}
        scans = self.log[self.log.type == "patrol.scan"]
        due = walked = 0
        for device, window in windows:
            inside = self.a <= window["from_ms"] < self.b and window["until_ms"] < min(self.now, self.b)
            if inside and not window.get("cancelled") and window["round"] not in waived:
                due += 1
                own = scans[scans.subject == device]["at"]
                walked += bool(own.between(window["from_ms"], window["until_ms"] + 600_000).any())
        return {"patrol_completion": share(walked, due), "patrol_missed": due - walked}

    # ---- calls
    def calls(self) -> dict[str, Any]:
        rows = self.log[self.log.type == "intercom.call"].assign(call=lambda d: [data["call"] for data in d.data])
        outcomes, answers = [], []
        for _, words in rows.groupby(["subject", "call"]):
            phases = {word.data["phase"]: word.at for word in words.sort_values("at", ascending=False).itertuples()}
            rang = words["at"].min()
            if not self.a <= rang < self.b:
                continue
            outcomes.append(
                next(
                    (p for p in ("opened", "answered") if p in phases),
                    "missed" if {"missed", "ended"} & phases.keys() else "ringing",
                )
            )
            first = phases.get("answered", phases.get("opened"))
            if first is not None and first >= rang:
                answers.append(first - rang)
        over = [outcome for outcome in outcomes if outcome != "ringing"]
        return {
            "calls": len(outcomes),
            "calls_unanswered": share(over.count("missed"), len(over)),
            "calls_answer_p50": _seconds(rank(pd.Series(answers, dtype="int64"), 50)),
        }

    def broadcasts(self) -> dict[str, Any]:
        offered = heard = 0
        words = self.log[self.log.type.isin(("broadcast.offer", "broadcast.ack"))]
        for _, told in words.groupby([[data["message"] for data in words.data], words.subject]):
            offers, acks = (told[told.type == f"broadcast.{word}"] for word in ("offer", "ack"))
            if offers.empty or not self.a <= offers["at"].min() < self.b:
                continue
            if offers.sort_values(["at", "id"]).iloc[-1].data.get("withdrawn"):
                continue
            offered += 1
            heard += any(data["result"] == "ok" for data in acks.data)
        return {"broadcast_heard": share(heard, offered)}

    # ---- meters
    def meters(self) -> dict[str, Any]:
        read: dict[tuple[str, str], dict[int, int]] = {}
        devices = set()
        for row in self.log[self.log.type == "meter.intervals"].sort_values(["at", "id"]).itertuples():
            for name in ("volume_l", "energy_wh"):
                for n, amount in enumerate(row.data.get(name, ())):
                    at = row.data["start_ms"] + n * HOUR // 2
                    if self.a <= at < self.b:
                        devices.add(row.subject)
                        if amount is not None and amount >= 0:
                            read.setdefault((row.subject, name), {})[at] = round(1000 * amount)
        slots = (self.b - self.a) // (HOUR // 2)

        def total(name: str, of: Any) -> float | None:
            own = [
                sum(half.values()) for (device, what), half in read.items() if what == name and of(self.kind[device])
            ]
            return sum(own) / 1_000_000 if own else None

        halves = sum(max(len(read.get((device, name), ())) for name in ("volume_l", "energy_wh")) for device in devices)
        return {
            "water": total("volume_l", lambda kind: kind != "bulk_meter"),
            "water_district": total("volume_l", lambda kind: kind == "bulk_meter"),
            "electricity": total("energy_wh", lambda kind: True),
            "meters_read": share(halves, slots * len(devices)),
            "meters_reporting": len(devices),
        }


def _counts(found: pd.Series) -> dict[tuple[Any, ...], int]:
    return {key if isinstance(key, tuple) else (key,): int(n) for key, n in found.items()}


def _seconds(ms: Any) -> float | None:
    return None if ms is None else int(ms) / 1000


def _minutes(ms: Any) -> float | None:
    return None if ms is None else int(ms) / 60_000
