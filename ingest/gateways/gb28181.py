"""GB/T 28181 by SIP over UDP and TCP: recorders and platforms register here, keep alive, list their channels and tell
alarms. What a connection names under `subscribe` is subscribed to, and renewed.

A MESSAGE is answered 200 only when it is durable; without an answer the device sends it again (RFC 3261, timer E), and
what was durable already is answered again and not kept twice. Registrations outlive a restart: a device that believes
itself registered is heard.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Coroutine
from pathlib import Path

import msgspec

from ingest.adapters.base import Refused
from ingest.adapters.markup import decoded
from ingest.gateways import sip
from ingest.gateways.gb_wire import Address, Wire
from ingest.gateways.inlet import Inlet, again
from ingest.ways import Gb28181, Way, address

log = logging.getLogger("shouwang.gb28181")

REMEMBERED = 5000
"""Transactions: a device repeats one for 32 s, and a thousand devices say five things in that time."""

AT_ONCE = 500
"""Messages that wait for the log. What comes beyond is not answered and comes again."""

RESEND_S = (0.5, 1.0, 2.0, 4.0)
"""RFC 3261: our question is repeated so, until the device has answered it."""

EXPIRES_S = 3600
RENEW_S = 30.0
ALARMS = ("StartAlarmPriority", "EndAlarmPriority", "AlarmMethod")
"""0: all of them (GB/T 28181, 9.11)."""
_ID = re.compile(r"\d{20}")
_COMMAND = re.compile(rb"<CmdType>\s*(\w+)\s*</CmdType>")
_NUMBER = re.compile(rb"<SN>\s*(\d+)\s*</SN>")
_CHANNEL = re.compile(rb"<DeviceID>\s*(\w+)\s*</DeviceID>")


class Registered(msgspec.Struct):
    host: str
    port: int
    until_s: float
    """By the wall clock: it outlives a restart."""


class GbGate:
    def __init__(self, way: Gb28181, inlet: Inlet, var: Path) -> None:
        self._way = way
        self._inlet = inlet
        self._digests = sip.Digests(way.realm, way.password.value, secrets.token_bytes(32))
        self._file = var / "gb28181" / f"{way.id}.json"
        self._devices = _loaded(self._file)
        self._answers: OrderedDict[tuple[str, str], bytes | None] = OrderedDict()
        """Of each transaction what was answered; None: it is under way."""
        self._waiting: dict[str, asyncio.Future[int]] = {}
        """Call-IDs of our questions that the device has not answered yet; the status of the answer."""
        self._subscribed: dict[tuple[str, str], float] = {}
        """(device, event) -> until when, by the clock of this process."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._wire: Wire | None = None
        self._number = int(time.time()) % 100_000

    @property
    def ways(self) -> list[Way]:
        return [self._way]

    def is_up(self, way: Way) -> bool:
        return self._wire is not None

    async def run(self) -> None:
        await again(self._once, self._way.id, (OSError,))

    async def _once(self) -> None:
        """Raises OSError when the address cannot be had."""
        wire = Wire(self._take)
        await wire.open(*address(self._way.listen))
        self._wire = wire
        log.info("%s: SIP on udp and tcp %s as %s", self._way.id, self._way.listen, self._way.server)
        try:
            await asyncio.gather(self._ask_all(), self._renew_all())
        finally:
            self._wire = None
            wire.close()
            for task in self._tasks:
                task.cancel()

    # ---- what devices say
    def _take(self, datagram: bytes, source: Address) -> None:
        try:
            message = sip.read(datagram)
        except sip.NotSip as error:
            log.debug("%s from %s: %s", self._way.id, source[0], error)
            return
        if not message.method:
            waiting = self._waiting.get(message.first("call-id"))
            if message.status >= 200 and waiting is not None and not waiting.done():
                waiting.set_result(message.status)
            return
        if message.transaction in self._answers:
            if (said := self._answers[message.transaction]) is not None:
                self._send(said, source)
            return
        match message.method:
            case "REGISTER":
                self._send(self._register(message, source), source)
            case "MESSAGE" | "NOTIFY" if self._is_known(message.sender, source):
                self._begin(self._keep(message, source))
            case "MESSAGE" | "NOTIFY":
                self._send(sip.answer(message, "403 Forbidden", source), source)
            case "ACK":
                return
            case _:
                more = ("Allow", "REGISTER, MESSAGE, NOTIFY")
                self._send(sip.answer(message, "405 Method Not Allowed", source, more), source)

    def _register(self, message: sip.Message, source: Address) -> bytes:
        now_s = time.time()
        right = self._digests.is_right(message, now_s) if _ID.fullmatch(message.sender) else False
        if not right:
            challenge = ("WWW-Authenticate", self._digests.challenge(now_s, stale=right is None))
            return sip.answer(message, "401 Unauthorized", source, challenge)
        said_s = message.expires_s
        life_s = EXPIRES_S if said_s is None else min(said_s, 24 * EXPIRES_S)
        if life_s:
            new = message.sender not in self._devices
            self._devices[message.sender] = Registered(*source[:2], now_s + life_s)
            if new:
                log.info("%s: %s registered from %s", self._way.id, message.sender, source[0])
            self._begin(self._greet(message.sender))
        else:
            self._devices.pop(message.sender, None)
        _store(self._file, self._devices)
        date = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(now_s)) + ".000"  # GB/T 28181, 9.10: it sets clocks
        contact = ("Contact", message.first("contact"))
        return sip.answer(message, "200 OK", source, ("Date", date), contact, ("Expires", str(life_s)))

    def _is_known(self, device: str, source: Address) -> bool:
        """Registered with the password, and still the same host; its port may change behind a router."""
        known = self._devices.get(device)
        if known is None or known.host != source[0] or known.until_s < time.time():
            return False
        known.port = source[1]
        return True

    async def _keep(self, message: sip.Message, source: Address) -> None:
        """No answer until it is durable."""
        self._answers[message.transaction] = None
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        try:
            await self._inlet.take(_text(message.body), device=message.sender)
        except OSError as error:
            log.warning("%s: %s gets no answer: %s", self._way.id, message.sender, error)
            del self._answers[message.transaction]
            return
        said = sip.answer(message, "200 OK", source)
        self._answers[message.transaction] = said
        self._send(said, source)
        if b"<Notify>" in message.body and _first(_COMMAND, message.body) == "Alarm":
            await self._tell(message.sender, "Response", "Alarm", message.body, "<Result>OK</Result>")

    # ---- what we ask
    async def _ask_all(self) -> None:
        """Of every device that is there, every `poll_s`: which channels it has, and whether they are on."""
        while True:
            await asyncio.sleep(self._way.poll_s or 3600)
            if self._way.poll_s:
                for device in self._there():
                    self._begin(self._tell(device, "Query", "Catalog"))

    async def _renew_all(self) -> None:
        """Subscriptions, when half of their life is over; one that was refused is asked for again."""
        while True:
            await asyncio.sleep(RENEW_S)
            for device in self._there():
                self._begin(self._subscribe(device))

    def _there(self) -> list[str]:
        now_s = time.time()
        return [device for device, known in self._devices.items() if known.until_s >= now_s]

    async def _subscribe(self, device: str) -> None:
        """To what the device has not confirmed yet, or what ends soon."""
        for event in self._way.subscribe:
            if self._subscribed.get((device, event), 0.0) > time.monotonic() + EXPIRES_S / 2:
                continue
            more = "".join(f"<{name}>0</{name}>\r\n" for name in ALARMS) if event == "Alarm" else ""
            status = await self._tell(device, "Query", event, more=more, event=event)
            if 200 <= status < 300:
                self._subscribed[device, event] = time.monotonic() + EXPIRES_S
            elif status:
                log.info("%s: %s refuses to be subscribed to %s: %d", self._way.id, device, event, status)

    async def _greet(self, device: str) -> None:
        if self._way.poll_s:
            await self._tell(device, "Query", "Catalog")
        if self._way.arm:
            await self._tell(device, "Control", "DeviceControl", more="<GuardCmd>SetGuard</GuardCmd>")
        for event in self._way.subscribe:  # who registers anew has forgotten them
            self._subscribed.pop((device, event), None)
        await self._subscribe(device)

    async def _tell(
        self, device: str, kind: str, command: str, to: bytes = b"", more: str = "", event: str = ""
    ) -> int:
        """Repeated until the device has the request; the status of its answer, 0: none. `to` is the message that it
        answers: its number and channel. `event`: a subscription."""
        known = self._devices.get(device)
        if known is None:
            return 0
        self._number += 1
        number, channel = _first(_NUMBER, to) or str(self._number), _first(_CHANNEL, to) or device
        text = f'<?xml version="1.0" encoding="GB2312"?>\r\n<{kind}>\r\n<CmdType>{command}</CmdType>\r\n'
        text += f"<SN>{number}</SN>\r\n<DeviceID>{channel}</DeviceID>\r\n{more}</{kind}>\r\n"
        call_id = f"{secrets.token_hex(8)}@{self._way.realm}"
        there = (known.host, known.port)
        stream = self._wire is not None and self._wire.is_stream(there)
        asked = sip.request(
            "SUBSCRIBE" if event else "MESSAGE",
            f"sip:{device}@{known.host}:{known.port}",
            ours=f"sip:{self._way.server}@{self._way.realm}",
            theirs=f"sip:{device}@{self._way.realm}",
            via=self._way.listen,
            branch=secrets.token_hex(8),
            call_id=call_id,
            number=self._number,
            body=text.encode(),
            transport="TCP" if stream else "UDP",
            more=self._subscription(event, number) if event else (),
        )
        self._waiting[call_id] = answered = asyncio.get_running_loop().create_future()
        try:
            for pause_s in (sum(RESEND_S),) if stream else RESEND_S:
                self._send(asked, there)
                await asyncio.wait([answered], timeout=pause_s)
                if answered.done():
                    return answered.result()
            log.info("%s: %s does not answer %s", self._way.id, device, command)
            return 0
        finally:
            del self._waiting[call_id]

    def _subscription(self, event: str, number: str) -> tuple[tuple[str, str], ...]:
        contact = f"<sip:{self._way.server}@{self._way.listen}>"
        return (("Contact", contact), ("Event", f"{event};id={number}"), ("Expires", str(EXPIRES_S)))

    # ---- both
    def _begin(self, work: Coroutine[None, None, None]) -> None:
        if len(self._tasks) >= AT_ONCE:
            work.close()
            return
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s: a mistake of ours", self._way.id, exc_info=error)

    def _send(self, datagram: bytes, to: Address) -> None:
        if self._wire is not None:
            self._wire.send(datagram, to)


def _text(body: bytes) -> str:
    """Devices write GB2312 also where they declare UTF-8, or nothing."""
    try:
        return decoded(body)
    except Refused:
        return body.decode("gb18030", "replace")


def _first(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return found[1].decode() if found else ""


def _loaded(path: Path) -> dict[str, Registered]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Registered])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read, devices register again: %s", path, error)
        return {}


def _store(path: Path, devices: dict[str, Registered]) -> None:
    """Lost with a full disk: then a device registers once more after the next restart."""
    temporary = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(msgspec.json.encode(devices))
        os.replace(temporary, path)
    except OSError as error:
        log.warning("%s: registrations are not stored: %s", path, error)
