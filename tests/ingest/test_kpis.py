"""KPIs from the journal, on every log: killed at bad moments, told everything twice, they equal one count of all."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
import redis
from msgspec.structs import replace

from community.kpi import Kpis, of_journal
from community.state import Entry
from ingest.kpis import Keeper
from store import keys
from store.kpis import KpiWriter
from store.live import LiveUnavailable, Moved, encode_entry
from store.log import LogReader, LogWriter
from tests.community.story import SITE, T0_MS, Story
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until

KILLS = 0.3
"""How likely a keeper is killed after a step."""


class Log(NamedTuple):
    writer: LogWriter
    reader: Callable[[], LogReader]
    redis: redis.Redis
    kills: float = KILLS


@pytest.fixture(params=["streams-valkey", "streams-redis", "tansu", "kraft"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    if request.param.startswith("streams"):
        from store.log.streams import StreamsReader, StreamsWriter

        url = request.getfixturevalue("redis_url" if request.param == "streams-valkey" else "real_redis_url")
        client = redis.Redis.from_url(url)
        opened = Log(StreamsWriter(url), lambda: StreamsReader(url, keys.JOURNAL, "kpis"), client)
    else:
        from store.log.kafka import KafkaReader, KafkaWriter

        bootstrap = request.getfixturevalue(request.param).bootstrap
        client = redis.Redis.from_url(request.getfixturevalue("redis_url"))
        group = f"kpis-{uuid.uuid4().hex[:8]}"
        kills = 0.0 if request.param == "tansu" else KILLS  # a new member waits there for up to twenty seconds
        opened = Log(KafkaWriter(bootstrap), lambda: KafkaReader(bootstrap, keys.JOURNAL, group), client, kills)
    yield opened
    opened.writer.close()
    opened.redis.close()


class House:
    """Two communities with their keeper; on a broker that other tests use too they are nobody else's."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.sites = {id_: replace(SITE, id=id_) for id_ in (f"g-{uuid.uuid4().hex[:8]}" for _ in range(2))}
        self.readers: list[LogReader] = []

    def keeper(self) -> Keeper:
        self.readers.append(self.log.reader())
        partitions = self.log.writer.partitions(keys.JOURNAL)
        keeper = Keeper(self.readers[-1], KpiWriter(self.log.redis), self.sites, partitions)
        wait_until(lambda: keeper.step(50) or keeper._held, 30, "a reader that holds the journal")
        return keeper

    def relay(self, community: str, entries: list[Entry]) -> None:
        """As the relay produces them."""
        appended = [self.log.writer.append(keys.JOURNAL, community, encode_entry(community, e)) for e in entries]
        for each in appended:
            each.result()

    def clock(self, at_ms: int) -> None:
        for community in self.sites:
            self.log.redis.hset(keys.meta(community), "clock_ms", at_ms)

    def kept(self) -> dict[str, Any]:
        """What Redis holds, without the place in the journal."""
        found = {}
        for community in self.sites:
            kept = KpiWriter(self.log.redis).load(community, SITE.timezone)
            found[community] = msgspec.to_builtins(kept.kpis)
        return found

    def as_of(self) -> set[int]:
        return {KpiWriter(self.log.redis).load(community, SITE.timezone).as_of_ms for community in self.sites}

    def close(self) -> None:
        for reader in self.readers:
            reader.close()


@pytest.fixture
def house(log: Log) -> Iterator[House]:
    opened = House(log)
    yield opened
    opened.close()


def days(seed: int) -> list[Entry]:
    """What the fold writes in three days of presses, covers and commands, some of them refused."""
    rng, story = random.Random(seed), Story()
    at_s = 0.0
    for _ in range(300):
        at_s += rng.choice((1, 5, 20, 600, 3000))
        camera = rng.choice(("C-1", "C-2"))
        said = rng.randrange(5)
        if said == 0:
            story.tell("sos.press", rng.choice(("SOS-1", "SOS-2")), {"press": "short"}, at_s=at_s)
        elif said == 1:
            active = rng.random() < 0.6
            story.tell("camera.event", camera, {"event": "occluded", "active": active}, at_s=at_s, device_s=at_s - 700)
        else:
            key = rng.choice(("SOS/SOS-1", "SOS/SOS-2", f"CAM_BLIND/{camera}"))
            command = rng.choice(("acknowledge", "acknowledge", "reset"))
            story.tell(f"command.alarm.{command}", key, {"by": "post:a"}, at_s=at_s)
        story.tell("clock.tick", community="", at_s=at_s)
    return story.entries


def counted(entries: list[Entry]) -> Any:
    kpis = Kpis(timezone=SITE.timezone)
    for entry in entries:
        said = of_journal(entry.type, entry.subject, entry.at_ms, entry.data)
        if said is not None:
            kpis.note(said)
    return msgspec.to_builtins(kpis)


def until(house: House, keeper: Keeper, at_ms: int) -> None:
    """Steps until all is counted up to a moment of the community's clock."""
    house.clock(at_ms)

    def there() -> bool:
        keeper._marked_s = 0.0  # do not wait five seconds for each look
        keeper.step(50)
        return house.as_of() == {at_ms}

    wait_until(there, 30, "everything is counted")


def test_the_journal_is_counted_once_whatever_happens(house: House) -> None:
    told = {community: days(seed) for seed, community in enumerate(house.sites)}
    whole = {community: counted(entries) for community, entries in told.items()}
    assert all(len(entries) > 100 for entries in told.values())
    keeper, rng = house.keeper(), random.Random(7)
    for begin in range(0, max(map(len, told.values())), 40):
        for community, entries in told.items():
            house.relay(community, entries[begin : begin + 40])
            if rng.random() < 0.5:  # killed between produce and trim
                house.relay(community, entries[max(0, begin - 5) : begin + 40])
        keeper.step(50)
        if rng.random() < house.log.kills:  # killed, with what was not stored
            house.readers.pop().close()
            keeper = house.keeper()
    until(house, keeper, T0_MS + 1)
    assert house.kept() == whole

    for community, entries in told.items():  # the live state was deleted and folded again
        house.relay(community, entries)
    until(house, keeper, T0_MS + 2)
    assert house.kept() == whole

    for community in house.sites:  # and counted from nothing
        house.log.redis.delete(keys.kpis(community))
    house.readers.pop().close()
    until(house, house.keeper(), T0_MS + 3)
    assert house.kept() == whole


@pytest.fixture
def streams(redis_url: str) -> Iterator[House]:
    from store.log.streams import StreamsReader, StreamsWriter

    log = Log(
        StreamsWriter(redis_url),
        lambda: StreamsReader(redis_url, keys.JOURNAL, "kpis"),
        redis.Redis.from_url(redis_url),
    )
    opened = House(log)
    yield opened
    opened.close()
    log.writer.close()
    log.redis.close()


def test_a_second_reader_changes_nothing(streams: House) -> None:
    community = next(iter(streams.sites))
    entries = days(1)
    zombie = streams.keeper()
    streams.relay(community, entries[:50])
    zombie.step(50)
    zombie.save()
    streams.relay(community, entries[50:])
    until(streams, streams.keeper(), T0_MS)
    streams.relay(community, [replace(entries[-1], id="0009.0000.00000000000000000001/0")])
    zombie.step(50)
    with pytest.raises(Moved):
        zombie.save()
    assert streams.kept()[community] == counted(entries)
    zombie.reload()
    until(streams, zombie, T0_MS + 1)
    assert streams.kept()[community] == counted([*entries, entries[-1]])


def test_as_of_waits_for_what_was_decided(streams: House) -> None:
    community = next(iter(streams.sites))
    keeper = streams.keeper()
    until(streams, keeper, T0_MS)
    streams.log.redis.xadd(keys.outbox(community), {"topic": "t", "id": "i", "value": "v"})
    streams.clock(T0_MS + 1)
    keeper._marked_s = 0.0
    keeper.step(1)
    assert streams.as_of() == {T0_MS, T0_MS + 1}, "its relay is behind; the other community's is not"


def test_what_the_fold_did_not_write_is_passed_over(streams: House) -> None:
    community = next(iter(streams.sites))
    entries = days(2)
    keeper = streams.keeper()
    alarm = next(entry for entry in entries if entry.type == "alarm.activated")
    for value in (b"\xff", b"{}", encode_entry(community, replace(alarm, id="not of the fold"))):
        streams.log.writer.append(keys.JOURNAL, community, value).result()
    streams.log.writer.append(keys.JOURNAL, "elsewhere", encode_entry("elsewhere", alarm)).result()
    streams.relay(community, entries)
    until(streams, keeper, T0_MS)
    assert keeper.damaged == 3
    assert streams.kept()[community] == counted(entries)


def test_old_days_go_from_redis_too(streams: House) -> None:
    community = next(iter(streams.sites))
    entries = [
        Entry(keys.JOURNAL, f"0001.0000.{day:020d}/0", "alarm.activated", "SOS/1", T0_MS + day * 86_400_000, {})
        for day in range(40)
    ]
    keeper = streams.keeper()
    for entry in entries:
        streams.relay(community, [entry])
        keeper.step(10)
        keeper.save()
    fields = [name.decode() for name in streams.log.redis.hkeys(keys.kpis(community)) if name.startswith(b"day:")]
    assert len(fields) == 31 and min(fields) == "day:2026-03-21"


def test_redis_that_goes_away(streams: House, redis_server: RedisServer) -> None:
    community = next(iter(streams.sites))
    entries, keeper = days(3), streams.keeper()
    streams.relay(community, entries[:60])
    until(streams, keeper, T0_MS)
    streams.relay(community, entries[60:])
    keeper.step(50)
    redis_server.kill()
    with pytest.raises(LiveUnavailable):
        keeper.save()
    redis_server.restart()
    keeper.reload()
    until(streams, keeper, T0_MS + 1)
    assert streams.kept()[community] == counted(entries)
