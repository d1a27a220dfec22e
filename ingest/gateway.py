"""python -m ingest gateway: every way in of the installation, in one process with one intake and one spool.

Charge points always have their central system (OCPP); what else there is says the file CONNECTIONS. One process,
because intake, spool and log are most of its memory; a way that trips over a mistake of ours is begun anew by itself
and takes no other along (`inlet.kept`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import redis
from redis.exceptions import RedisError

from community.site import Site
from ingest import adapters
from ingest.actions import Orders
from ingest.connections import read
from ingest.gateways.dialects import dialects_of
from ingest.gateways.gates import feeds_up, gates_of, outlets_of, shown
from ingest.gateways.inlet import Inlet, kept
from ingest.gateways.ocpp import Gateway, listen
from ingest.gateways.outlet import Outlets
from ingest.gateways.transactions import Ledger
from ingest.intake import Intake
from ingest.process import Stop, run
from ingest.pulse import Beat, Pulse
from ingest.spool import Spool, SpoolInUse
from ingest.tasks import until
from ingest.ways import Connection, Ocpp, address
from store import connection_faults, keys
from store.described import EVERY_S, InForce
from store.log.open import open_writer
from store.log.streams import connect
from store.settings import Settings

log = logging.getLogger("shouwang.gateway")


async def work_async(settings: Settings, connections: list[Connection], faults: list[str], stop: Stop) -> int:
    client = connect(settings.redis_url)
    in_force = InForce(client, settings.load_sites())
    ledger = Ledger(settings.var / "ocpp16" / "transactions.jsonl")

    def beats() -> Iterator[Beat]:
        live = {id for id, site in in_force.sites.items() if site.clock == "live"}
        for community in live:
            for source in in_force.sites[community].source_by_id.keys() & set(gateway.sources):
                yield Beat(keys.vendor(source), community, source, {"devices": gateway.connected(community, source)})
        for source, community, feed in feeds_up(gates):
            if community in live:  # one on a recorded clock is not told what time it is here
                yield Beat(keys.vendor(source), community, feed)

    pulse = Pulse(beats)
    try:
        spool = Spool(_spool_folder(settings.var))
    except SpoolInUse as error:
        log.error("another gateway runs already: %s", error)
        return 1
    intake = Intake(lambda: open_writer(settings), spool, origin="gateway", on_change=pulse.changed)
    await asyncio.to_thread(intake.start)
    gateway = Gateway(intake, dialects_of(settings.var, ledger), in_force.sites)
    gates = gates_of(connections, lambda way: Inlet(way, intake, settings.var), settings.var)
    at = ""
    try:
        async with AsyncExitStack() as listening:
            for more in (c for c in connections if isinstance(c, Ocpp)):
                at = more.listen
                server = await listen(gateway, *address(at), passwords=more.table, tls=more.tls)
                await listening.enter_async_context(server)
                log.info("charge points connect to %s://%s/<id>", "wss" if more.certificate else "ws", at)
            at = f"{settings.ocpp_host}:{settings.ocpp_port}"
            await listening.enter_async_context(await listen(gateway, settings.ocpp_host, settings.ocpp_port))
            log.info("charge points connect to ws://%s/<id>", at)
            await until(
                stop,
                intake.failed(),
                pulse.run(intake),
                Orders(settings, "gateway", Outlets([gateway, *outlets_of(gates)])).run(),
                follow(in_force, lambda: gateway.describe(in_force.sites)),
                follow_mappings(),
                tell_faults(client, faults),
                *map(kept, gates),
                *shown(connections, lambda: in_force.sites, settings.video / "gateway.sock"),
            )
    except OSError as error:
        log.error("cannot listen on %s: %s", at, error.strerror or error)
        return 1
    finally:
        await asyncio.to_thread(intake.close)
        ledger.close()
    return 0


async def follow(in_force: InForce, describe: Callable[[], None]) -> None:
    """Until cancelled: `describe` at every change of a description. While Redis is away nothing changes."""
    while True:
        try:
            if await asyncio.to_thread(in_force.look):
                describe()
        except (RedisError, OSError) as error:
            log.debug("the descriptions in force are not known: %s", error)
        await asyncio.sleep(EVERY_S)


async def follow_mappings() -> None:
    """Until cancelled: what a mapping calls personal is left out from the payload on that comes after its change. The
    normaliser says what came into force and what was refused."""
    while True:
        await asyncio.to_thread(adapters.look)
        await asyncio.sleep(EVERY_S)


def _spool_folder(var: Path) -> Path:
    """One for all ways. It was the charge points' alone: what an older version has left there is moved along."""
    folder, before = var / "spool" / "gateway", var / "spool" / "ocpp16"
    if before.is_dir() and not folder.exists():
        before.rename(folder)
    return folder


async def tell_faults(client: redis.Redis, faults: Sequence[str]) -> None:
    """Until cancelled: to the page, for as long as this gateway lives."""
    while True:
        again_s = connection_faults.EVERY_S
        try:
            await asyncio.to_thread(connection_faults.tell, client, faults)
        except (RedisError, OSError) as error:
            log.debug("the page does not know what is wrong with CONNECTIONS: %s", error)
            again_s = EVERY_S
        await asyncio.sleep(again_s)


def described(settings: Settings, sites: Mapping[str, Site]) -> tuple[list[Connection], list[str]]:
    """The connections that can be used, and why others cannot, each with its line: those are a line in the log, on
    /mappings, and a feed that does not beat. What can be heard is heard."""
    if settings.connections is None:
        return [], []
    found, faults = read(settings.connections, sites)
    for fault in faults:
        log.error("CONNECTIONS: this is not connected: %s", fault)
    return found, faults


def work(settings: Settings, stop: Stop) -> int:
    adapters.own(settings.mappings, settings.var / "mappings-kept")
    connections, faults = described(settings, settings.load_sites())
    return asyncio.run(work_async(settings, connections, faults, stop))


def main(argv: list[str]) -> int:
    return run("gateway", work, argv)
