"""(a) The worker, log -> Redis, beside a bare loop that polls, decodes and writes with the same script, without a fold.

The ratio is the price of meaning: 1.0 would be a fold that costs nothing. Both read the same topic of a real Apache
Kafka into the same Valkey, in turn, five rounds; the median of the rounds' ratios counts.
"""

from __future__ import annotations

import random
import tempfile
import time
import uuid
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import redis

from community.model import decode, encode_event
from community.site import Site
from community.world.day import EPOCH, Day, Sort
from community.world.site import by_log
from community.world.stream import PLOTS, stream
from ingest.worker import BATCH, Worker
from store import keys
from store.children import Children
from store.deadletter import DeadLetters
from store.live import _SCRIPT, LiveWriter
from store.log.kafka import KafkaReader, KafkaWriter
from tests.benchmarks.figures import Figure
from tests.benchmarks.programs import kafka
from tests.engines.redis import RedisServer
from tests.ingest.yard import LANTING

RECORDS = 60_000
ROUNDS = 5
LIMIT, LIMIT_ALL = 0.6, 0.5
HOUR, FIRST = "bench.hour", date(2026, 1, 1)
STILL_S = 60.0


def measure(rounds: int = ROUNDS) -> Figure:
    """Raises RuntimeError where Kafka cannot be had."""
    children = Children()
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as name:
        broker = kafka(Path(name) / "kafka", children)
        server = RedisServer(Path(name) / "redis", children)
        server.start()
        try:
            bare, full, processor = _rounds(broker.bootstrap, redis.Redis.from_url(server.url), rounds)
        finally:
            server.kill()
            broker.kill()
    ratios = [f / b for f, b in zip(full, bare, strict=True)]
    return Figure(
        key="a",
        what="(a) worker, log -> Redis, beside a bare loop that does not fold",
        value=f"{median(ratios):.2f}",
        limit=f">= {LIMIT}",
        met=median(ratios) >= LIMIT,
        note=(
            f"worker {median(full):,.0f} records/s, bare loop {median(bare):,.0f}; ratios of the rounds "
            + ", ".join(f"{ratio:.2f}" for ratio in ratios)
            + f"; by the program's own processor time {median(processor):.2f}, which says more on a busy machine"
        ),
        details={
            "worker_records_per_s": full,
            "bare_records_per_s": bare,
            "ratios": ratios,
            "ratios_by_processor_time": processor,
            "records": RECORDS,
        },
    )


def measure_all(rounds: int = 3) -> Figure:
    """(l) The same worker on an hour of the demo's day, every system and every rule in it, beside the mix of (a). Most
    of the hour are signs of life, and a feed's heartbeat asks its devices for their silence. Raises RuntimeError."""
    children = Children()
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as name:
        broker = kafka(Path(name) / "kafka", children)
        server = RedisServer(Path(name) / "redis", children)
        server.start()
        try:
            spine, every = _both(broker.bootstrap, redis.Redis.from_url(server.url), rounds)
        finally:
            server.kill()
            broker.kill()
    ratios = [e / s for e, s in zip(every, spine, strict=True)]
    return Figure(
        key="l",
        what="(l) worker, an hour of the demo with every system's rules, beside the mix of (a)",
        value=f"{median(ratios):.2f}",
        limit=f">= {LIMIT_ALL}",
        met=median(ratios) >= LIMIT_ALL,
        note=f"records for a second of the program's own processor time: {median(every):,.0f} beside "
        f"{median(spine):,.0f}; ratios of the rounds " + ", ".join(f"{ratio:.2f}" for ratio in ratios),
        details={"every_records_per_cpu_s": every, "spine_records_per_cpu_s": spine, "ratios": ratios},
    )


def _both(bootstrap: str, client: redis.Redis, rounds: int) -> tuple[list[float], list[float]]:
    writer = KafkaWriter(bootstrap, linger_ms=10)
    _fill(writer)
    site = by_log(LANTING)
    count = _fill_hour(writer, site)
    spine, every = [], []
    for _ in range(rounds):
        for topic, described, records, found in ((keys.LOG, LANTING, RECORDS, spine), (HOUR, site, count, every)):
            client.flushdb()
            reader = KafkaReader(bootstrap, topic, uuid.uuid4().hex)
            dead = DeadLetters(writer, client)
            worker = Worker(reader, LiveWriter(client), dead, {described.id: described}, writer.partitions(topic))
            began_s = time.process_time()
            _worker(worker, reader, records)
            found.append(records / (time.process_time() - began_s))
    writer.close()
    return spine, every


def _fill_hour(writer: KafkaWriter, site: Site) -> int:
    """From eight on, when people leave; returns how many records."""
    sort = Sort(site, 1, PLOTS, 1, True)
    number = (FIRST - EPOCH).days
    from_ms = Day(sort, number).at(8)
    count = 0
    for wire in stream(sort, number, 1):
        if wire.appended_ms >= from_ms + 3_600_000:
            break
        if wire.appended_ms >= from_ms:
            writer.append(HOUR, site.id, wire.encode(site.id))
            count += 1
    writer.flush(60)
    return count


def _rounds(bootstrap: str, client: redis.Redis, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Records a second of bare loop and worker, in turn; and the ratio of the processor time that they took."""
    writer = KafkaWriter(bootstrap, linger_ms=10)
    _fill(writer)
    partitions = writer.partitions(keys.LOG)
    bare, full, processor = [], [], []
    for _ in range(rounds):
        client.flushdb()
        reader = KafkaReader(bootstrap, keys.LOG, uuid.uuid4().hex)
        began_s = time.process_time()
        bare.append(_bare(reader, client))
        bare_s = time.process_time() - began_s
        client.flushdb()
        reader = KafkaReader(bootstrap, keys.LOG, uuid.uuid4().hex)
        worker = Worker(reader, LiveWriter(client), DeadLetters(writer, client), {"lanting": LANTING}, partitions)
        began_s = time.process_time()
        full.append(_worker(worker, reader, RECORDS))
        processor.append(bare_s / (time.process_time() - began_s))
    writer.close()
    return bare, full, processor


def _fill(writer: KafkaWriter) -> None:
    """The mix of a busy community: meters and statuses above all, some events, a tick a second."""
    rng = random.Random(1)
    cameras = [d.id for d in LANTING.devices if d.system == "cameras"]
    plugs = [d.id for d in LANTING.devices if d.kind in ("car_connector", "ebike_port")]
    start_ms = time.time_ns() // 1_000_000
    for n in range(RECORDS):
        at_ms = start_ms + n // 10
        if n % 500 == 0:
            type_, subject, data = "clock.tick", "", {}
        elif n % 3 == 0:
            power_w = rng.uniform(100, 900)
            type_, subject, data = "charging.meter", rng.choice(plugs), {"power_w": power_w, "temperature_c": 30.0}
        elif n % 20 == 1:
            type_, subject = "camera.event", rng.choice(cameras)
            data = {"event": "motion", "active": rng.random() < 0.5}
        else:
            type_, subject, data = "camera.status", rng.choice(cameras), {"status": "online", "fps": 25}
        value = encode_event(
            id=f"b{n}", source="bench", type=type_, community="lanting", subject=subject, time_ms=at_ms, data=data
        )
        writer.append(keys.LOG, "lanting", value)
    writer.flush(60)


class Patience:
    """Raises RuntimeError when a reader stands still although the log has more."""

    def __init__(self) -> None:
        self._seen = -1
        self._since_s = 0.0

    def check(self, seen: int, of: int = RECORDS) -> None:
        now_s = time.monotonic()
        if seen != self._seen:
            self._seen, self._since_s = seen, now_s
        elif now_s - self._since_s > STILL_S:
            raise RuntimeError(f"stood still for {STILL_S:.0f} s at {seen} of {of} records")


def _worker(worker: Worker, reader: KafkaReader, count: int) -> float:
    patience = Patience()
    while not worker.step(100):
        patience.check(0, count)
    done, start_s = worker.folded, time.perf_counter()
    while worker.folded < count:
        worker.step(100)
        patience.check(worker.folded, count)
    rate = (worker.folded - done) / (time.perf_counter() - start_s)
    reader.close()
    return rate


def _bare(reader: KafkaReader, client: redis.Redis) -> float:
    """Each record as it is into the device's place, a batch a script call; the newest of a device wins."""
    script = client.register_script(_SCRIPT)
    encode = msgspec.json.Encoder().encode
    names = [keys.meta("lanting"), keys.devices("lanting"), keys.alarms("lanting"), keys.outbox("lanting")]
    position, seen, first, start_s = "", 0, 0, 0.0
    patience = Patience()
    while seen < RECORDS:
        entries = reader.poll(100, BATCH)
        patience.check(seen)
        if not entries:
            continue
        devices: dict[str, bytes] = {}
        for entry in entries:
            told = decode(entry.value, position=entry.position, appended_ms=entry.appended_ms, headers=entry.headers)
            devices[told.subject] = encode(told.data)
        delta = encode({"devices": {id_: msgspec.Raw(value) for id_, value in devices.items()}})
        arguments: list[Any] = [position, keys.delta("lanting"), delta, 4, 2 * len(devices), 0, 0, 0, 0]
        position = told.position
        arguments += ("position", position, "clock_ms", told.appended_ms)
        for id_, value in devices.items():
            arguments += (id_, value)
        script(keys=names, args=arguments)
        reader.commit({entry.position.partition: entry.position})
        seen += len(entries)
        if not first:
            first, start_s = seen, time.perf_counter()
    rate = (seen - first) / (time.perf_counter() - start_s)
    reader.close()
    return rate
