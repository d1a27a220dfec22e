"""(f) What one core adapts: payloads of each adapter's own samples, to encoded records, a second of processor time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from ingest.adapters import ADAPTERS
from ingest.adapters.base import Adapter, Ignored, Payload, Refused, encode, record_id, unwrap, zone_of
from ingest.adapters.files import payloads_of
from ingest.mapping.check import samples_of
from ingest.mapping.folder import FOLDER, sources
from tests.benchmarks.figures import Figure
from tests.benchmarks.programs import ROOT

LEAST_PER_S = 2_000
"""A community of 5,000 devices says some hundred things a second, and an outage of an hour is caught up in minutes."""

ROUND_S = 0.3
ROUNDS = 3
"""The best of three: a busy machine makes single rounds slower, never faster."""


def measure() -> Figure:
    rates = {source: max(_per_s(source) for _ in range(ROUNDS)) for source in sorted(ADAPTERS)}
    slowest = min(rates, key=lambda source: rates[source])
    return Figure(
        "f",
        "(f) adapters, payload -> encoded records, one core, the slowest of them",
        f"{slowest} {rates[slowest]:,.0f} payloads/s",
        f">= {LEAST_PER_S:,}/s",
        met=rates[slowest] >= LEAST_PER_S,
        note=", ".join(f"{source} {rate:,.0f}" for source, rate in sorted(rates.items(), key=lambda item: -item[1])),
    )


def _files(source: str) -> list[Path]:
    if source in sources():
        return samples_of(FOLDER / source)
    samples = ROOT / "tests" / "adapters" / "samples"
    return [path for path in sorted(samples.glob(f"{source}_*")) if path.suffix not in (".golden", ".said")]


def _payloads(source: str) -> Iterator[Payload]:
    zone = zone_of(None)
    for path in _files(source):
        for found in payloads_of(path, frames=source.startswith("ocpp")):
            if not found.refused:
                yield unwrap(found.value, zone, fallback=path.stem)


def _per_s(source: str) -> float:
    adapter, payloads = ADAPTERS[source](None), list(_payloads(source))
    done, began_s = 0, time.process_time()
    while (took_s := time.process_time() - began_s) < ROUND_S:
        for place, payload in enumerate(payloads):
            _adapt(source, adapter, payload, place)
        done += len(payloads)
    return done / took_s


def _adapt(source: str, adapter: Adapter, payload: Payload, place: int) -> None:
    try:
        outcome = adapter.adapt(payload)
    except Refused:
        return
    for canonical in outcome if not isinstance(outcome, Ignored) else ():
        id_ = record_id(source, "vendor", 0, place, canonical.n)
        encode(canonical, id=id_, source=source, community="bench", received_ms=payload.received_ms)
