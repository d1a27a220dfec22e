"""GB/T 28181: SIPp registers and speaks; a peer of our own repeats itself, restarts us, lists its channels."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gateways import sip
from ingest.gateways.gb_wire import NoMessage, read_message
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.house import House

SERVER, REALM, PASSWORD = "34020000002000000001", "3402000000", "12345678"
NVR = "34020000001180000001"
CAMERA = "34020000001320000001"
SECRETS = {"GB": PASSWORD}
KEEPALIVE = f"<?xml version='1.0'?><Notify><CmdType>Keepalive</CmdType><SN>1</SN><DeviceID>{NVR}</DeviceID></Notify>"
ALARM = (
    f'<?xml version="1.0" encoding="GB2312"?><Notify><CmdType>Alarm</CmdType><SN>7</SN><DeviceID>{CAMERA}</DeviceID>'
    "<AlarmMethod>2</AlarmMethod><AlarmTime>2026-03-12T21:14:36</AlarmTime><AlarmDescription>东门遮挡</AlarmDescription>"
    "<Info><AlarmType>2</AlarmType></Info></Notify>"
)


def connection(port: int, more: str = ", poll_s: 0") -> str:
    return f"""
- {{way: gb28181, id: gb, listen: "127.0.0.1:{port}", server: "{SERVER}",
   realm: "{REALM}", password: {{env: GB}} {more}}}
"""


# ---- SIPp
def scenario() -> bytes:
    """REGISTER with its challenge, a keepalive, an alarm in GB2312: each must be answered 200."""

    def head(method: str, number: int) -> str:
        return (
            f"{method} sip:{SERVER}@{REALM} SIP/2.0\n"
            "Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[branch]\n"
            f"From: <sip:{NVR}@{REALM}>;tag=[call_number]\nTo: <sip:{NVR}@{REALM}>\nCall-ID: [call_id]\n"
            f"CSeq: {number} {method}\nContact: <sip:{NVR}@[local_ip]:[local_port]>\nMax-Forwards: 70\n"
        )

    def send(text: str) -> str:
        return f'<send retrans="500"><![CDATA[\n{text}\n]]></send>'

    def message(number: int, body: str) -> str:
        return (
            send(f"{head('MESSAGE', number)}Content-Type: Application/MANSCDP+xml\nContent-Length: [len]\n\n{body}")
            + '<recv response="200"/>'
        )

    login = f"[authentication username={NVR} password={PASSWORD}]\n"
    steps = [
        send(f"{head('REGISTER', 1)}Expires: 3600\nContent-Length: 0\n"),
        '<recv response="401" auth="true"/>',
        send(f"{head('REGISTER', 2)}{login}Expires: 3600\nContent-Length: 0\n"),
        '<recv response="200"/>',
        message(3, KEEPALIVE),
        message(4, ALARM),
    ]
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="GB/T 28181">' + "\n".join(steps) + "</scenario>"
    )
    return text.encode("gb2312")


async def sipp(port: int, folder: Path, *more: str) -> tuple[int, str]:
    (folder / "gb.xml").write_bytes(scenario())
    options = ["-i", "127.0.0.1", "-p", str(free_port()), "-timeout", "20", "-timeout_error", "-nostdin", *more]
    command = ["sipp", "-sf", str(folder / "gb.xml"), f"127.0.0.1:{port}", *options]
    done = await asyncio.to_thread(
        lambda: subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=40, check=False)
    )
    return done.returncode, done.stdout[-2000:] + done.stderr


@pytest.mark.parametrize("transport", ["u1", "t1", "tn"])
def test_sipp_registers_keeps_alive_and_tells_alarms(house: House, tmp_path: Path, transport: str) -> None:
    """By datagrams, on one connection, on a connection of its own for each device."""
    if shutil.which("sipp") is None:
        pytest.skip("no SIPp here: apt-get install sip-tester")
    port = free_port()

    async def run() -> None:
        async with house.open(connection(port), SECRETS):
            code, said = await sipp(port, tmp_path, "-m", "20", "-r", "20", "-t", transport, "-max_socket", "100")
            assert code == 0, said
        told = house.envelopes("gb28181")
        assert len(told) == 40 and {envelope["device"] for envelope in told} == {NVR}
        assert sum("东门遮挡" in envelope["payload"] for envelope in told) == 20

    asyncio.run(run())


# ---- a peer of our own
class Peer(asyncio.DatagramProtocol):
    """One device; `answers` are what came to its questions, `asked` what it was asked."""

    def __init__(self, port: int, id_: str = NVR) -> None:
        self.id = id_
        self.server = ("127.0.0.1", port)
        self.answers: list[sip.Message] = []
        self.asked: list[sip.Message] = []
        self.deaf = 0
        """So many of the questions it leaves without an answer."""
        self.number = 0
        self.transport: asyncio.DatagramTransport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.read(data)
        if not message.method:
            self.answers.append(message)
            return
        self.asked.append(message)
        if self.deaf:
            self.deaf -= 1
            return
        self.transport.sendto(sip.answer(message, "200 OK", addr), addr)

    def text(self, method: str, body: bytes = b"", *more: str, number: int = 0) -> bytes:
        """A new request, or with `number` one of before again."""
        self.number += not number
        number = number or self.number
        lines = [
            f"{method} sip:{SERVER}@{REALM} SIP/2.0",
            f"v: SIP/2.0/UDP 192.168.1.64:5060;rport;branch=z9hG4bK{number}",
            f"f: <sip:{self.id}@{REALM}>;tag=1",
            f"t: <sip:{SERVER}@{REALM}>",
            f"i: call-{self.id[-4:]}@192.168.1.64",
            f"CSeq: {number} {method}",
            *more,
            f"l: {len(body)}",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def ask(self, datagram: bytes) -> sip.Message:
        count = len(self.answers)
        self.transport.sendto(datagram, self.server)
        await wait_until_async(lambda: len(self.answers) > count, 10, "an answer")
        return self.answers[-1]

    async def register(self, password: str = PASSWORD, expires: int = 3600) -> sip.Message:
        challenge = (await self.ask(self.text("REGISTER"))).first("www-authenticate")
        return await self.ask(self.text("REGISTER", b"", login(challenge, password, self.id), f"Expires: {expires}"))


def login(challenge: str, password: str, id_: str = NVR) -> str:
    nonce = re.search(r'nonce="([^"]+)"', challenge)
    assert nonce
    uri = f"sip:{SERVER}@{REALM}"
    ours, theirs = md5(f"{id_}:{REALM}:{password}"), md5(f"REGISTER:{uri}")
    response = md5(f"{ours}:{nonce[1]}:{theirs}")
    told = f'username="{id_}", realm="{REALM}", nonce="{nonce[1]}", uri="{uri}", response="{response}", algorithm=MD5'
    return f"Authorization: Digest {told}"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@asynccontextmanager
async def peer(port: int, id_: str = NVR) -> AsyncIterator[Peer]:
    made = Peer(port, id_)
    made.transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: made, local_addr=("127.0.0.1", 0)
    )
    try:
        yield made
    finally:
        made.transport.close()


def test_who_has_not_the_password_is_not_heard(house: House) -> None:
    port = free_port()

    async def run() -> None:
        async with house.open(connection(port), SECRETS), peer(port) as device:
            assert (await device.register("guessed")).status == 401
            assert (await device.ask(device.text("MESSAGE", KEEPALIVE.encode()))).status == 403
            assert (await device.ask(device.text("INVITE"))).status == 405
            right = await device.register()
            assert right.status == 200 and right.first("expires") == "3600" and right.first("date")
            assert ";rport=" in right.first("via") and "received=127.0.0.1" in right.first("via")
            assert (await device.ask(device.text("MESSAGE", KEEPALIVE.encode()))).status == 200
            assert (await device.register(expires=0)).status == 200
            assert (await device.ask(device.text("MESSAGE", KEEPALIVE.encode()))).status == 403
        assert len(house.envelopes("gb28181")) == 1

    asyncio.run(run())


def test_what_is_repeated_is_kept_once_and_answered_again(house: House) -> None:
    port = free_port()

    async def run() -> None:
        async with house.open(connection(port), SECRETS), peer(port) as device:
            await device.register()
            first = device.text("MESSAGE", KEEPALIVE.encode())
            for _ in range(5):
                device.transport.sendto(first, device.server)
            assert (await device.ask(first)).status == 200
            assert (await device.ask(first)).status == 200
        assert len(house.envelopes("gb28181")) == 1

    asyncio.run(run())


def test_no_answer_while_neither_log_nor_spool_takes_it(
    redis_server: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(redis_server, tmp_path, limit_bytes=2000)  # type: ignore[arg-type]
    port = free_port()
    big = KEEPALIVE.replace("<SN>1", "<Info>" + "x" * 700 + "</Info><SN>1").encode()

    async def run() -> None:
        async with house.open(connection(port), SECRETS), peer(port) as device:
            await device.register()
            house.server.kill()
            kept = 0
            while "gets no answer" not in caplog.text:
                message, answers = device.text("MESSAGE", big), len(device.answers)
                device.transport.sendto(message, device.server)
                await wait_until_async(
                    lambda n=answers: len(device.answers) > n or "gets no answer" in caplog.text,
                    20,
                    "an answer, or none",
                )
                kept += len(device.answers) > answers
                assert kept < 10
            assert kept
            house.server.restart()
            await wait_until_async(lambda: house.intake.spooled == 0, 20, "the spool is drained")
            assert (await device.ask(message)).status == 200, "the device repeats it until it is heard"
            assert len(house.envelopes("gb28181")) == kept + 1

    try:
        asyncio.run(run())
    finally:
        house.intake.close()
        house.server.wipe()


def test_a_registration_outlives_a_restart_and_channels_are_asked_for(house: House) -> None:
    port = free_port()

    async def run() -> None:
        async with peer(port) as device:
            async with house.open(connection(port, ", poll_s: 0.2, arm: true"), SECRETS):
                device.deaf = 1
                await device.register()
                await wait_until_async(lambda: any(b"SetGuard" in m.body for m in device.asked), 10, "it is armed")
            async with house.open(connection(port, ", poll_s: 0.2"), SECRETS):
                device.asked.clear()
                await wait_until_async(lambda: device.asked, 10, "it is asked without registering anew")
                asked = device.asked[0]
                assert asked.method == "MESSAGE" and b"<CmdType>Catalog</CmdType>" in asked.body
                assert f"sip:{NVR}@" in asked.start and asked.sender == SERVER
                assert (await device.ask(device.text("MESSAGE", ALARM.encode("gb2312")))).status == 200
                await wait_until_async(
                    lambda: any(b"<Result>OK</Result>" in m.body for m in device.asked), 10, "the alarm is confirmed"
                )
                confirmed = next(m for m in device.asked if b"<Result>" in m.body)
                assert b"<SN>7</SN>" in confirmed.body and CAMERA.encode() in confirmed.body

    asyncio.run(run())
    assert ["东门遮挡" in envelope["payload"] for envelope in house.envelopes("gb28181")] == [True]


# ---- connections and subscriptions
class Line:
    """One device on a TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.words = Peer(0)
        self.asked: list[sip.Message] = []

    async def ask(self, message: bytes, *, pieces: int = 1) -> sip.Message:
        """What it is asked meanwhile is answered, as a device does."""
        for n in range(pieces):
            part = len(message) // pieces + 1
            self.writer.write(message[n * part : (n + 1) * part])
            await self.writer.drain()
            await asyncio.sleep(0)
        while True:
            said = await self.hear()
            if not said.method:
                return said

    async def hear(self) -> sip.Message:
        async with asyncio.timeout(10):
            said = sip.read(await read_message(self.reader))
        if said.method:
            self.asked.append(said)
            self.writer.write(sip.answer(said, "200 OK", ("127.0.0.1", 1)))
        return said


def test_a_device_on_a_connection_and_what_it_is_subscribed_to(house: House) -> None:
    port = free_port()
    notify = ALARM.replace("<CmdType>Alarm", "<CmdType>Catalog").encode("gb2312")

    async def run() -> None:
        subscribed = ", poll_s: 0, subscribe: [Catalog, Alarm]"
        async with house.open(connection(port, subscribed), SECRETS):
            line = Line(*await asyncio.open_connection("127.0.0.1", port))
            challenge = (await line.ask(line.words.text("REGISTER"), pieces=7)).first("www-authenticate")
            right = line.words.text("REGISTER", b"", login(challenge, PASSWORD), "Expires: 3600")
            assert (await line.ask(b"\r\n\r\n" + right)).status == 200, "blank lines between messages are none"
            while len(line.asked) < 2:
                await line.hear()
            events = {asked.first("event").partition(";")[0]: asked for asked in line.asked}
            assert set(events) == {"Catalog", "Alarm"}
            for asked in events.values():
                assert asked.method == "SUBSCRIBE" and asked.first("expires") == "3600" and asked.first("contact")
                assert asked.first("via").startswith("SIP/2.0/TCP")
            assert b"<AlarmMethod>0</AlarmMethod>" in events["Alarm"].body
            keepalive, notified = line.words.text("MESSAGE", KEEPALIVE.encode()), line.words.text("NOTIFY", notify)
            assert (await line.ask(keepalive + notified)).status == 200, "two messages in one piece"
            assert (await line.hear()).status == 200
            line.writer.write(b"MESSAGE sip:a@b SIP/2.0\r\nVia: x\r\n\r\n")
            async with asyncio.timeout(10):
                assert await line.reader.read() == b"", "who does not say how long a message is cannot be followed"
            line.writer.close()
        assert len(house.envelopes("gb28181")) == 2

    asyncio.run(run())


@given(st.binary(max_size=400), st.integers(1, 7))
def test_any_stream_is_messages_or_ends(said: bytes, pieces: int) -> None:
    async def run() -> None:
        reader = asyncio.StreamReader(limit=200)
        for n in range(0, len(said), pieces):
            reader.feed_data(said[n : n + pieces])
        reader.feed_eof()
        with contextlib.suppress(NoMessage, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                await read_message(reader)

    asyncio.run(run())


# ---- the text
def test_a_nonce_grows_old_and_is_nobody_elses() -> None:
    digests, other = sip.Digests(REALM, PASSWORD, b"a"), sip.Digests(REALM, PASSWORD, b"b")
    at_s = 1_773_321_276.0
    register = Peer(1).text("REGISTER", b"", login(digests.challenge(at_s), PASSWORD))
    assert digests.is_right(sip.read(register), at_s + 10) is True
    assert digests.is_right(sip.read(register), at_s + 301) is None
    assert other.is_right(sip.read(register), at_s + 10) is None
    wrong = Peer(1).text("REGISTER", b"", login(digests.challenge(at_s), "x"))
    assert digests.is_right(sip.read(wrong), at_s) is False
    assert digests.is_right(sip.read(Peer(1).text("REGISTER")), at_s) is False


def test_expiry_is_read_where_devices_write_it() -> None:
    assert sip.read(Peer(1).text("REGISTER", b"", "Expires: 60")).expires_s == 60
    assert sip.read(Peer(1).text("REGISTER", b"", "m: <sip:a@b>;expires=0", "Expires: 60")).expires_s == 0
    assert sip.read(Peer(1).text("REGISTER")).expires_s is None


@given(st.binary(max_size=600) | st.integers(0, 400).map(lambda n: Peer(1).text("MESSAGE", b"x" * 20)[:n]))
def test_any_datagram_is_sip_or_not(datagram: bytes) -> None:
    try:
        message = sip.read(datagram)
    except sip.NotSip:
        return
    sip.answer(message, "200 OK", ("127.0.0.1", 5060))
    assert message.sender is not None and message.status >= 0
