"""Is the process alive, can it do its work, and what has it done: /healthz, /readyz, /metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from community.kpi import Figures
from community.state import alarm_state
from store import keys
from store.kpis import Kept

from .hub import Hub
from .kpis import samples

CLOCK_S = 10.0
"""A community's clock that stands longer than this is what a wall calls 数据中断."""


def readiness(hub: Hub) -> dict[str, Any]:
    """{"ready", "reasons"}: a sentence for each thing that is missing."""
    reasons = []
    if not hub.connected:
        reasons.append("Redis does not answer")
    for id_, channel in hub.channels.items():
        if channel.broken:
            reasons.append(f"{id_}: {channel.broken}")
        elif channel.state is None:
            reasons.append(f"{id_}: the state has not been read")
        elif not channel.revision:
            reasons.append(f"{id_}: no record has been folded yet")
        elif channel.still_ms() > 1000 * CLOCK_S:
            reasons.append(f"{id_}: its clock has stood still for {channel.still_ms() // 1000} s (live worker or tick)")
    return {"ready": not reasons, "reasons": reasons}


def metrics(
    hub: Hub,
    counters: Mapping[str, int],
    kpis: Mapping[str, tuple[Kept, Figures]],
    history: Mapping[str, int],
) -> str:
    """Prometheus text, by hand: a dozen lines do not need a library with a registry and a process collector."""
    out: list[str] = []

    def family(name: str, kind: str, help_: str, samples: Mapping[str, float]) -> None:
        out.append(f"# HELP shouwang_{name} {help_}")
        out.append(f"# TYPE shouwang_{name} {kind}")
        out.extend(f"shouwang_{name}{labels} {value:.15g}" for labels, value in samples.items())

    def each(value: Any) -> dict[str, float]:
        return {_labels(community=id_): value(channel) for id_, channel in hub.channels.items()}

    family("redis_up", "gauge", "1 while the subscription to Redis stands.", {"": float(hub.connected)})
    family("state_reloads_total", "counter", "Whole states read again after a gap.", {"": hub.reloads})
    family("stream_clients", "gauge", "Open screens.", each(lambda c: len(c.clients)))
    family("stream_frames_total", "counter", "Frames encoded.", each(lambda c: c.frames))
    family("stream_bytes_total", "counter", "Bytes handed to screens.", each(lambda c: c.bytes))
    family(
        "clock_still_seconds", "gauge", "How long the community's clock has stood.", each(lambda c: c.still_ms() / 1000)
    )
    family("clock_seconds", "gauge", "The community's clock, Unix time.", each(lambda c: c.clock_ms / 1000))
    family("devices", "gauge", "Devices that have reported.", each(lambda c: len(c.state.devices) if c.state else 0))
    alarms: Counter[str] = Counter()
    for id_, channel in hub.channels.items():
        for alarm in channel.state.alarms.values() if channel.state else ():
            alarms[_labels(community=id_, priority=alarm.priority, state=alarm_state(alarm))] += 1
    family("alarms", "gauge", "Alarms that are not normal.", alarms)
    letters: Counter[str] = Counter()
    removed: dict[str, float] = {}
    for name, count in sorted(counters.items()):
        kind, _, origin = name.partition(":")
        topic, _, reason = origin.rpartition(":")
        if kind == "deadletter":  # of `replay:/some/file` only `replay`: a path of this machine is nobody's business
            letters[_labels(topic=topic.partition(":")[0], reason=reason)] += count
        elif kind == "removed":
            removed[_labels(topic=origin)] = count
    family("dead_letters_total", "counter", "Records set aside because they could not be read.", letters)
    family("past_retention_total", "counter", "Entries that a bound of age, number or size took.", removed)
    if history:
        _history(family, history, max((c.clock_ms for c in hub.channels.values()), default=0))
    gauges: dict[tuple[str, str], dict[str, float]] = {}
    for id_, (kept, figures) in kpis.items():
        age = gauges.setdefault(("kpi_age_seconds", "How far the KPIs are behind the community's clock."), {})
        age[_labels(community=id_)] = max(0, hub.channels[id_].clock_ms - kept.as_of_ms) / 1000
        for name, help_, labels, value in samples(figures):
            gauges.setdefault((name, help_), {})[_labels(community=id_, **labels)] = value
    for (name, help_), found in gauges.items():
        family(name, "gauge", help_, found)
    return "\n".join(out) + "\n"


def _history(family: Callable[..., None], said: Mapping[str, int], clock_ms: int) -> None:
    """How far SQL is behind the log; the process says so itself, as long as it lives."""
    waiting = {
        _labels(topic=name.removeprefix("waiting/")): n for name, n in said.items() if name.startswith("waiting/")
    }
    line = [ms for name, ms in said.items() if name.startswith(f"{keys.LOG}/")]
    behind_s = max(0, clock_ms - min(line)) / 1000 if line else float("nan")
    family("history_up", "gauge", "1 while the history database answers its writer.", {"": said.get("database", 0)})
    family("history_lag_seconds", "gauge", "From the last record in SQL to the clock of the log.", {"": behind_s})
    family("history_waiting_records", "gauge", "Records of a topic that are not in SQL yet.", waiting)
    family("history_skipped_total", "counter", "Records that no row could be made of.", {"": said.get("skipped", 0)})
    family("history_too_old_total", "counter", "Rows of days that are not kept any more.", {"": said.get("too_old", 0)})


def _labels(**labels: str) -> str:
    pairs = (f'{name}="{_escape(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
