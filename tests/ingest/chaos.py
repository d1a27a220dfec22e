"""A community under 500 records a second on real Kafka while its programs are killed; and the same log in peace.

The proof is an equality: whatever was killed when, the live state and the journal are byte for byte those of one
worker that folds the same log undisturbed, and each order went out exactly once.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from typing import Any

import msgspec
import redis

from community.model import Position, encode_event
from dashboard.state_json import state_document
from ingest.actions import Order, Orders
from store import keys
from store.children import Children
from store.live import LiveWriter
from store.log import LogWriter
from store.log.kafka import KafkaReader, KafkaWriter, ensure_topics
from store.settings import read_settings
from tests.engines.kafka import Broker
from tests.engines.wait import wait_until
from tests.ingest.yard import LANTING, Yard, entries_once, live_bytes

RATE_PER_S = 500


class Feed(threading.Thread):
    """Seeded records of every kind at a steady rate, ticks among them, until told to stop."""

    def __init__(self, writer: LogWriter, seed: int) -> None:
        super().__init__(daemon=True)
        self._writer = writer
        self._rng = random.Random(seed)
        self._done = threading.Event()
        self._cameras = [d.id for d in LANTING.devices if d.system == "cameras"]
        self._plugs = [d.id for d in LANTING.devices if d.kind in ("car_connector", "ebike_port")]
        self._buttons = [d.id for d in LANTING.devices if d.system == "sos"]
        self.sent = 0
        self.last: Position | None = None

    def run(self) -> None:
        start_s, ticked_s = time.monotonic(), 0.0
        while not self._done.is_set():
            due = int((time.monotonic() - start_s) * RATE_PER_S) - self.sent
            for _ in range(due):
                self._writer.append(keys.LOG, "lanting", self._record())
                self.sent += 1
            if time.monotonic() - ticked_s >= 1:
                ticked_s = time.monotonic()
                self._writer.append(keys.LOG, "lanting", self._event("clock.tick", "", {}))
            self._done.wait(0.02)
        self.last = self._writer.append(keys.LOG, "lanting", self._event("source.heartbeat", "isapi", {})).result()

    def stop(self) -> Position:
        self._done.set()
        self.join(30)
        assert self.last is not None
        return self.last

    def _record(self) -> bytes:
        rng = self._rng
        kind = rng.choices(range(9), (50, 10, 15, 15, 4, 1, 2, 2, 1))[0]
        plug = rng.choice(self._plugs)
        match kind:
            case 0:
                return self._event("camera.status", rng.choice(self._cameras), {"status": "online", "fps": 25})
            case 1:
                event = rng.choice(("occluded", "black", "falling_object", "intrusion"))
                return self._event(
                    "camera.event", rng.choice(self._cameras), {"event": event, "active": rng.random() < 0.6}
                )
            case 2:
                status = rng.choice(("Available", "Charging", "Faulted", "Finishing"))
                return self._event("charging.status", plug, {"status": status})
            case 3:
                meter = {"power_w": rng.uniform(0, 1200), "temperature_c": rng.uniform(20, 80)}
                return self._event("charging.meter", plug, meter)
            case 4:
                session = {"session": f"S{rng.randrange(99)}", "phase": rng.choice(("started", "ended"))}
                return self._event("charging.session", plug, session)
            case 5:
                return self._event("sos.press", rng.choice(self._buttons), {"press": "long"})
            case 6:
                key = f"SOS/{rng.choice(self._buttons)}"
                return self._event(f"command.alarm.{rng.choice(('acknowledge', 'reset'))}", key, {"by": "post:control"})
            case 7:
                order = {"by": "post:control", "expires_ms": _now_ms() + 600_000}
                return self._event("command.charging.remote_stop", plug, order)
            case _:
                return rng.randbytes(40)

    def _event(self, type_: str, subject: str, data: dict[str, Any]) -> bytes:
        late_ms = self._rng.choice((0, 0, 0, 40, 2_000, 90_000))
        return encode_event(
            id=f"chaos-{self._rng.getrandbits(64):016x}",
            source="chaos",
            type=type_,
            community="lanting",
            subject=subject,
            time_ms=_now_ms() - late_ms,
            received_ms=self._rng.choice((None, _now_ms(), _now_ms() - 250_000)),  # the last: from a spool
            data=data,
        )


class Expiring(Orders):
    """Remembers what came too late to be sent: a picture that was wanted half a minute ago is wanted no more."""

    expired: frozenset[str] = frozenset()

    async def _claimed_when_ready(self, order: Order) -> bool:
        claimed = await super()._claimed_when_ready(order)
        if not claimed and _now_ms() >= order.expires_ms:
            self.expired |= {order.id}
        return claimed


class Gateway(threading.Thread):
    """Carries out orders as a gateway does, and remembers each sending."""

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.sent: list[str] = []
        self._orders = Expiring(read_settings(environ), f"chaos-{uuid.uuid4().hex}", self)
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._orders.run())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            self._loop.close()

    def stop(self) -> None:
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.join(15)

    @property
    def expired(self) -> frozenset[str]:
        return self._orders.expired

    def concerns(self, order: Order) -> bool:
        return True

    def ready(self, order: Order) -> bool:
        return True

    async def carry_out(self, order: Order) -> None:
        self.sent.append(order.id)


class Chaos:
    def __init__(self, broker: Broker, url: str, children: Children, seed: int) -> None:
        self.broker, self.url, self.seed = broker, url, seed
        self._children = children
        self._rng = random.Random(seed)
        self.environ = {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
            "REDIS_URL": url,
            "PYTHONPATH": os.getcwd(),
        }
        self.redis = redis.Redis.from_url(url)
        self.killed: list[str] = []
        self._blows: list[str] = []

    def program(self, name: str) -> subprocess.Popen[bytes]:
        return self._children.start([sys.executable, "-m", "ingest", name], env=self.environ, stderr=subprocess.DEVNULL)

    def run(self, kills: int) -> dict[str, int]:
        """Feeds, kills, waits until all is folded and relayed; then compares with the undisturbed run.

        Returns how much there was of what.
        """
        ensure_topics(self.broker.bootstrap, [keys.LOG, keys.JOURNAL, keys.ACTIONS, keys.DEADLETTER])
        writer = KafkaWriter(self.broker.bootstrap, linger_ms=5)
        gateway, feed = Gateway(self.environ), Feed(writer, self.seed)
        live, relay = self.program("live"), self.program("relay")
        gateway.start()
        feed.start()
        self._await_moving()
        try:
            for _ in range(kills):
                self._pause()
                live, relay = self._strike(live, relay)
            last = feed.stop()
            while True:  # a worker that has just begun describes its site, behind what was the last record
                self._await_position(last)
                wait_until(lambda: self.redis.xlen(keys.outbox("lanting")) == 0, 30, "everything relayed")
                actions, journal = (entries_once(self._topic(topic)) for topic in (keys.ACTIONS, keys.JOURNAL))
                if (end := self._end(last)) == last:
                    break
                last = end
            ids = {id_ for id_, _ in actions}
            wait_until(lambda: ids <= gateway.expired.union(gateway.sent), 60, "every order carried out, or expired")
        finally:
            for process in (live, relay):
                process.kill()
                process.wait()
            gateway.stop()
            writer.close()
        self._compare(last, journal, actions, gateway)
        counts = {blow: self.killed.count(blow) for blow in ("live", "relay", "both", "zombie")}
        return {"records": feed.sent, "journal": len(journal), "orders": len(gateway.sent), **counts}

    def _strike(
        self, live: subprocess.Popen[bytes], relay: subprocess.Popen[bytes]
    ) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
        if not self._blows:
            self._blows = self._rng.sample(("live", "live", "relay", "both", "zombie"), 5)
        blow = self._blows.pop()
        self.killed.append(blow)
        if blow == "zombie":
            # stopped, not dead: its partitions go to another, then it wakes and goes on where it was
            live.send_signal(signal.SIGSTOP)
            successor = self.program("live")
            self._await_moving()
            live.send_signal(signal.SIGCONT)
            self._pause()
            live.kill()
            live.wait()
            live = successor
        if blow in ("live", "both"):
            live.kill()
            live.wait()
            live = self.program("live")
        if blow in ("relay", "both"):  # between flush and produce: the outbox holds what was decided
            relay.kill()
            relay.wait()
            relay = self.program("relay")
        self._await_moving()
        return live, relay

    def _pause(self) -> None:
        threading.Event().wait(self._rng.uniform(0.2, 1.5))

    def _position(self) -> str:
        found = self.redis.hget(keys.meta("lanting"), "position")
        return found.decode() if isinstance(found, bytes) else ""

    def _await_moving(self) -> None:
        before = self._position()
        wait_until(lambda: self._position() > before, 40, "the state moves again")

    def _await_position(self, last: Position) -> None:
        wait_until(lambda: self._position() >= last.token(), 60, "everything folded")

    def _end(self, before: Position) -> Position:
        """The last position of its partition."""
        reader = KafkaReader(self.broker.bootstrap, keys.LOG, uuid.uuid4().hex)
        wait_until(lambda: reader.poll(100) is not None and reader.assigned(), 30, "the log can be read")
        for partition in reader.assigned():
            reader.seek(partition, None)
        ahead = reader.lag()[before.partition]
        reader.close()
        return msgspec.structs.replace(before, offset=ahead - 1)

    def _topic(self, topic: str) -> list[bytes]:
        reader = KafkaReader(self.broker.bootstrap, topic, uuid.uuid4().hex)
        values: list[bytes] = []

        def all_read() -> bool:
            values.extend(e.value for e in reader.poll(100))
            return bool(reader.assigned()) and not any(reader.lag().values())

        wait_until(all_read, 30, f"{topic} to its end")
        reader.close()
        return values

    def _compare(
        self, last: Position, journal: list[tuple[str, bytes]], actions: list[tuple[str, bytes]], gateway: Gateway
    ) -> None:
        peaceful = self._peaceful(last)
        assert live_bytes(self.redis) == live_bytes(peaceful.redis), f"state differs after {self.killed}"
        assert _document(self.redis) == _document(peaceful.redis), f"/api/v1/state differs after {self.killed}"
        decided = [fields for _, fields in peaceful.redis.xrange(keys.outbox("lanting"))]
        for topic, seen in ((keys.JOURNAL, journal), (keys.ACTIONS, actions)):
            expected = entries_once([f[b"value"] for f in decided if f[b"topic"] == topic.encode()])
            missing, others = _differences(seen, expected)
            assert not missing and not others, f"{topic} after {self.killed}: missing {missing}, too many {others}"
        late = gateway.expired.difference(gateway.sent)  # one that is written twice may be sent, and expired after that
        due = sorted(id_ for id_, _ in actions if id_ not in late)
        assert sorted(gateway.sent) == due, f"orders not sent once each after {self.killed}"
        assert len(journal) > 100 and len(due) > 20, "the run was too quiet to prove anything"
        # and once more from nothing: delete the live state, replay the log
        for name in live_bytes(peaceful.redis):
            peaceful.redis.delete(name)
        peaceful.close()
        again = self._peaceful(last)
        assert live_bytes(self.redis) == live_bytes(again.redis), "a replay gives other bytes"
        again.close()

    def _peaceful(self, last: Position) -> Yard:
        """One worker, one log, nobody dies: in another database of the same Redis."""
        url = self.url.rsplit("/", 1)[0] + "/1"
        reader = KafkaReader(self.broker.bootstrap, keys.LOG, uuid.uuid4().hex)
        yard = Yard(url, KafkaWriter(self.broker.bootstrap), reader)
        yard.fold_until(last.token())
        return yard


def _differences(seen: list[tuple[str, bytes]], expected: list[tuple[str, bytes]]) -> tuple[list[str], list[str]]:
    """Entries that are missing, or others than they should be; and those that are too many."""
    here, due = dict(seen), dict(expected)
    return [id_ for id_ in due if here.get(id_) != due[id_]], [id_ for id_ in here if id_ not in due]


def _document(client: redis.Redis) -> bytes:
    """The body of /api/v1/state."""
    return msgspec.json.encode(state_document(LiveWriter(client).load(LANTING), "zh"))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
