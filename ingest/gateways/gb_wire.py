"""SIP's two ways on one address: datagrams, and connections where Content-Length tells messages apart (RFC 3261, 18).

A connection's far end is an address like a datagram's: whoever answers need not know by which of both it came.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable

log = logging.getLogger("shouwang.gb28181")

Address = tuple[str, int]

HEAD_BYTES, BODY_BYTES = 16 * 1024, 1024 * 1024
"""A catalogue of a thousand channels has 400 kB; over UDP nothing is larger than 64."""
CONNECTIONS = 1000
IDLE_S = 2 * 3600.0
"""A device keeps alive every minute; one that says nothing for two hours has gone without a word."""

_LENGTH = re.compile(rb"^(?:content-length|l)\s*:\s*(\d{1,9})\s*$", re.IGNORECASE | re.MULTILINE)


class NoMessage(ValueError):
    """The connection carries no SIP: it is closed."""


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """The next message. Raises NoMessage, IncompleteReadError (the far end has gone), LimitOverrunError."""
    head = b""
    while not head.strip():  # blank lines keep a way through routers open
        head = await reader.readuntil(b"\r\n\r\n")
    found = _LENGTH.search(head.replace(b"\r\n", b"\n"))
    if found is None or int(found[1]) > BODY_BYTES:
        raise NoMessage("it does not say how long it is" if found is None else f"a body of {int(found[1])} bytes")
    return head + await reader.readexactly(int(found[1]))


class Wire:
    """`take` gets each message with its sender's address, in the event loop."""

    def __init__(self, take: Callable[[bytes, Address], None]) -> None:
        self._take = take
        self._streams: dict[Address, asyncio.StreamWriter] = {}
        self._datagrams: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Raises OSError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._datagrams, _ = await loop.create_datagram_endpoint(lambda: _Protocol(self._take), (host, port))
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=HEAD_BYTES)
        except OSError:
            self._datagrams.close()
            raise

    def is_stream(self, to: Address) -> bool:
        return to in self._streams

    def send(self, message: bytes, to: Address) -> None:
        """To whoever has gone nothing is sent: SIP repeats, or registers anew."""
        stream = self._streams.get(to)
        if stream is not None:
            stream.write(message)
        elif self._datagrams is not None:
            self._datagrams.sendto(message, to)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for stream in self._streams.values():
            stream.close()
        if self._datagrams is not None:
            self._datagrams.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source: Address = writer.get_extra_info("peername")[:2]
        if len(self._streams) >= CONNECTIONS:
            log.warning("a connection from %s is one too many", source[0])
            writer.close()
            return
        self._streams[source] = writer
        try:
            while True:
                async with asyncio.timeout(IDLE_S):
                    message = await read_message(reader)
                self._take(message, source)
                await writer.drain()
        except (NoMessage, asyncio.LimitOverrunError) as error:
            log.info("the connection of %s ends: %s", source[0], error)
        except (asyncio.IncompleteReadError, TimeoutError, OSError):
            pass  # it has gone, or says nothing any more
        finally:
            del self._streams[source]
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, Address], None]) -> None:
        self._receive = take

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._receive(data, addr)
