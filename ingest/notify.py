"""Notices on their way: what is due is read off the live state, sent by apprise, tried again, and told to the log.

A thread of the `tick` process. A notice is marked before it is tried and again when it is done, so that a restart
neither forgets nor repeats one that was sent. Nobody is told anything by a channel that has not passed its test.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol, cast

import msgspec
import redis
from redis.exceptions import RedisError

from community.model import encode_event
from community.notice_log import DELIVERY
from community.notices import SAID, Notice, admitted, due, words
from community.site import Site
from community.state import Alarm, DeviceState, State
from community.words import Lang
from ingest.notice_file import Channel, Plan, load_plan
from ingest.process import Stop
from store import keys
from store.log import LogUnavailable, LogWriter
from store.notices import Book, guardian_link
from store.settings import Settings

log = logging.getLogger("shouwang.notices")

LOOK_S = 2.0
MINUTE_S = 60.0
PAUSES_S = (5.0, 15.0, 45.0, 120.0)
"""Between tries; after the last one it has failed, and the log says so."""


Tell = Callable[[str, dict[str, object]], None]
"""Alarm key, what became of a notice of it. Raises LogUnavailable."""

_alarm = msgspec.json.Decoder(Alarm).decode
_device = msgspec.json.Decoder(DeviceState).decode


class Sender(Protocol):
    def send(self, url: str, title: str, body: str) -> bool: ...


class ByApprise:
    """The library is loaded when there is something to send: with all its services it takes 30 MB."""

    def send(self, url: str, title: str, body: str) -> bool:
        import apprise

        service = apprise.Apprise()
        return bool(service.add(url)) and bool(service.notify(title=title, body=body))


class Trying(NamedTuple):
    notice: Notice
    title: str
    body: str
    tries: int
    next_s: float


class Notifier:
    def __init__(self, site: Site, plan: Plan, settings: Settings, client: redis.Redis, sender: Sender) -> None:
        self._site, self._plan, self._sender = site, plan, sender
        self._settings = settings
        self._redis = client
        self._book = Book(client, site.id)
        self._channels: Mapping[str, Channel] = {channel.id: channel for channel in plan.channels}
        own: Lang = "en" if site.language == "en" else "zh"
        self._langs: Mapping[str, Lang] = {channel.id: channel.language or own for channel in plan.channels}
        self._trying: dict[str, Trying] = {}
        self._sent_s: dict[str, list[float]] = {}
        """Channel -> when it was handed a message within the last minute, tests of channels left out."""

    def begin(self) -> None:
        """The pages learn which channels there are; the outbox on the own machine needs no test. Raises RedisError."""
        self._book.describe({c.id: (c.name, c.url is None) for c in self._plan.channels})

    def step(self, now_ms: int, now_s: float, tell: Tell) -> None:
        """Once around. Raises RedisError; LogUnavailable out of `tell`."""
        self._tests()
        state = self._standing()
        usable = self._book.usable()
        for notice in due(state, self._plan.rules, self._plan.guardians, usable, now_ms):
            if notice.id not in self._trying and self._book.mark(notice.id):
                lang = self._langs[notice.channel]
                title, body = words(state, notice, lang)
                if notice.guardian and self._plan.address:
                    link = guardian_link(self._settings.var, self._plan.address, self._site.id, notice, now_ms)
                    body += "\n" + SAID["guardian"].get(lang).replace("{}", link)
                self._trying[notice.id] = Trying(notice, title, body, 0, now_s)
        for channel in self._channels:
            self._send_waiting(channel, now_ms, now_s, tell)

    def _send_waiting(self, channel: str, now_ms: int, now_s: float, tell: Tell) -> None:
        """As many as the channel takes in a minute; the last of them says how many are held back."""
        due_now = [one.notice for one in self._trying.values() if one.next_s <= now_s and one.notice.channel == channel]
        waiting = sorted(due_now, key=lambda notice: (notice.priority, notice.id))
        sent = self._sent_s[channel] = [at_s for at_s in self._sent_s.get(channel, ()) if at_s > now_s - MINUTE_S]
        going, held = admitted(waiting, self._channels[channel].most_per_min - len(sent))
        if going and len(going) < len(waiting):
            last = self._trying[going[-1].id]
            said = SAID["held"].get(self._langs[channel]).replace("{}", str(len(waiting) - len(going)))
            self._trying[last.notice.id] = last._replace(body=f"{last.body}\n{said}")
        for notice in going:
            sent.append(now_s)
            self._try(self._trying[notice.id], now_ms, now_s, tell)
        for notice in held:
            tell(notice.alarm, {"channel": channel, "outcome": "held", "occurrence": notice.occurrence})
            self._book.done(notice.id, channel, True, now_ms)
            del self._trying[notice.id]

    def _standing(self) -> State:
        """The alarms that stand, and of the devices only the residents whose guardians ask: not thousands of them."""
        state = State(self._site)
        stored = cast("list[bytes]", self._redis.hvals(keys.alarms(self._site.id)))
        state.alarms.update((alarm.key, alarm) for alarm in map(_alarm, stored))
        subjects = sorted({guardian.subject for guardian in self._plan.guardians})
        if subjects:
            held = cast("list[bytes | None]", self._redis.hmget(keys.devices(self._site.id), subjects))
            state.devices.update((device.id, device) for device in (_device(one) for one in held if one is not None))
        return state

    def _tests(self) -> None:
        while (asked := self._book.next_test()) is not None:
            channel = self._channels.get(asked.channel)
            if channel is not None:
                lang = self._langs[channel.id]
                title = SAID["test_title"].get(lang)
                ok = self._send(channel, title, SAID["test"].get(lang).replace("{}", asked.code), "", 0)
                self._book.tested(channel.id, ok)

    def _try(self, trying: Trying, now_ms: int, now_s: float, tell: Tell) -> None:
        notice, tries = trying.notice, trying.tries + 1
        ok = self._send(self._channels[notice.channel], trying.title, trying.body, notice.alarm, now_ms)
        if not ok and tries <= len(PAUSES_S):
            self._trying[notice.id] = trying._replace(tries=tries, next_s=now_s + PAUSES_S[tries - 1])
            return
        said = {"channel": notice.channel, "outcome": "sent" if ok else "failed", "occurrence": notice.occurrence}
        tell(notice.alarm, {**said, "tries": tries, "escalated": notice.escalated})
        self._book.done(notice.id, notice.channel, ok, now_ms)
        del self._trying[notice.id]

    def _send(self, channel: Channel, title: str, body: str, alarm: str, now_ms: int) -> bool:
        if channel.url is None:
            self._book.into_outbox(title, body, alarm, now_ms or time.time_ns() // 1_000_000)
            return True
        return self._sender.send(channel.url.value, title, body)


def plans_of(settings: Settings, sites: Iterable[Site]) -> list[tuple[Site, Plan]]:
    """Of the communities that tell anybody anything. Raises SettingsError."""
    plans = [(site, load_plan(settings, site)) for site in sites]
    return [(site, plan) for site, plan in plans if plan.channels]


def deliver(
    settings: Settings, plans: Iterable[tuple[Site, Plan]], open_log: Callable[[], LogWriter], stop: Stop
) -> None:
    """Until told to stop. What is away is waited for."""
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=2)
    notifiers = {site.id: Notifier(site, plan, settings, client, ByApprise()) for site, plan in plans}
    writer: LogWriter | None = None
    begun: set[str] = set()
    while not stop.wait(LOOK_S):
        for community, notifier in notifiers.items():

            def tell(subject: str, data: dict[str, object], community: str = community) -> None:
                nonlocal writer
                writer = writer or open_log()
                id_ = f"notice/{community}/{time.time_ns()}"
                record = encode_event(
                    id=id_, source="shouwang/notices", type=DELIVERY, community=community, subject=subject, data=data
                )
                writer.append(keys.LOG, community, record).result(5.0)

            try:
                if community not in begun:
                    notifier.begin()
                    begun.add(community)
                notifier.step(time.time_ns() // 1_000_000, time.monotonic(), tell)
            except (RedisError, OSError, msgspec.DecodeError) as error:
                log.debug("no notices of %s: %s", community, error)
            except LogUnavailable as error:
                log.warning("what became of a notice is not told yet: %s", error)
                writer = None
    if writer is not None:
        writer.close()
