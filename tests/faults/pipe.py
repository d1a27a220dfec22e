"""python -m tests.faults.pipe PORT TARGET_PORT: a wire that can be cut, stopped, or made deaf.

Stopped (SIGSTOP) it is a network that swallows everything without a word. After SIGUSR1 it is deaf: of connections
that have subscribed in Redis nothing comes back any more, as behind a router that has forgotten them; a second SIGUSR1
ends that.
"""

from __future__ import annotations

import asyncio
import signal
import sys

deaf = asyncio.Event()


async def main(port: int, target: int) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: deaf.clear() if deaf.is_set() else deaf.set())
    server = await asyncio.start_server(lambda r, w: join(r, w, target), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: int) -> None:
    subscribed = asyncio.Event()
    try:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
    except OSError:
        writer.close()
        return
    there = asyncio.create_task(carry(reader, far_writer, subscribed, sees=True))
    back = asyncio.create_task(carry(far_reader, writer, subscribed))
    await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
    for task in (there, back):
        task.cancel()
    writer.close()
    far_writer.close()


async def carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, subscribed: asyncio.Event, sees: bool = False
) -> None:
    try:
        while data := await reader.read(1 << 16):
            if sees and b"SUBSCRIBE" in data:
                subscribed.set()
            if not sees and subscribed.is_set() and deaf.is_set():
                continue
            writer.write(data)
            await writer.drain()
    except OSError:
        return


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
