"""`python -m ingest tour [--pace X]`: two minutes in which the demo shows a newcomer what the wall is for.

It plays on the running house, on the real road: devices speak through the durable intake, the fold decides, the pages
show. Captions stand in Redis and travel with the pages' heartbeats; a page that shows the first one starts it. Where
it has been seen or skipped it waits until somebody asks for it: `python -m ingest tour --again` does, by way of the web
process. Another community has no tour.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

import redis
from redis.exceptions import RedisError

from community.demo import is_demo
from community.site import Site
from ingest.intake import Intake
from ingest.process import leave, log_to_stderr
from ingest.spool import Spool, SpoolInUse
from ingest.tasks import ended
from ingest.tour.guide import Guide, Skipped
from ingest.tour.outage import Outage
from ingest.tour.scenes import SCENES, Play, Scene, outage_switch
from ingest.tour.stage import Stage
from store import keys
from store.log.open import open_writer
from store.settings import Settings, SettingsError, read_settings

log = logging.getLogger("shouwang.tour")

SEEN = "tour-seen"
"""File in `var/`: the tour has been shown, or somebody did not want it."""

OUTAGE, SCENES_BEFORE = "switch_fails", 3
"""So many scenes before, about a minute, the switch stops answering that this one shows."""

WITHOUT_A_CUT = ("data_cut",)
"""Left out where the database is not this house's own: others may live on it."""


def program(stage: Stage, settings: Settings) -> list[Scene]:
    """The scenes that this site has the devices for."""
    own = urlsplit(settings.redis_url).hostname in ("127.0.0.1", "localhost", "::1")
    return [scene for scene in SCENES if scene.fits(stage) and (own or scene.name not in WITHOUT_A_CUT)]


async def play(stage: Stage, guide: Guide, scenes: Sequence[Scene]) -> None:
    names = [scene.name for scene in scenes]
    outage_at = max(0, names.index(OUTAGE) - SCENES_BEFORE) if OUTAGE in names else None
    switch = outage_switch(stage)
    outage = Outage(stage, switch) if switch is not None else None
    failing: list[asyncio.Task[None]] = []
    try:
        for number, scene in enumerate(scenes, 1):
            guide.scene(number, len(scenes))
            log.info("scene %d: %s", number, scene.name)
            if outage is not None and number - 1 == outage_at:
                failing.append(asyncio.create_task(outage.run()))
            await scene.play(Play(stage, guide, outage))
            if scene.name == OUTAGE:
                await ended(failing)
    finally:
        await ended(failing)


async def tour(settings: Settings, site: Site, pace: float, came: list[int]) -> int:
    """Until it is told to stop: by which signal stands in `came` then."""
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=30)
    try:
        spool = Spool(settings.var / "spool" / "tour")
    except SpoolInUse as error:
        log.error("a tour is under way already: %s", error)
        return 1
    intake = Intake(lambda: open_writer(settings), spool, origin="tour")
    await asyncio.to_thread(intake.start)
    here = asyncio.current_task()
    assert here is not None

    def told(signum: int) -> None:
        came.append(signum)
        here.cancel()

    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, told, signum)
    stage = Stage(site, intake, client)
    guide = Guide(client, site.id, pace)
    seen = settings.var / SEEN
    try:
        while not client.hget(keys.meta(site.id), "position"):  # the house is only just waking up
            await asyncio.sleep(0.5)
        while True:
            with suppress(Skipped):
                if seen.exists():
                    await guide.asked_again()
                else:
                    await guide.invited()
                await play(stage, guide, program(stage, settings))
            guide.silence()
            seen.touch()
    except RedisError as error:
        log.error("the tour ends: %s", error)
        return 1
    except asyncio.CancelledError:
        with suppress(RedisError):
            guide.silence()
        return 0
    finally:
        await asyncio.to_thread(intake.close)


def ask_again(settings: Settings) -> int:
    """Asks the running house for the tour."""
    link = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=5)
    try:
        link.request("POST", "/api/v1/tour", b'{"do":"again"}', {"content-type": "application/json"})
        answer = link.getresponse()
        said = answer.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        print(f"no wall answers on port {settings.port}: is `make run` running? ({error})", file=sys.stderr)
        return 1
    finally:
        link.close()
    if answer.status != 202:
        print(said, file=sys.stderr)
        return 1
    print(f"导览开始 the tour begins: http://127.0.0.1:{settings.port}/")
    return 0


def _pace(text: str) -> float:
    pace = float(text)
    if not 0 <= pace <= 10:
        raise argparse.ArgumentTypeError("a factor from 0 to 10")
    return pace


def main(argv: list[str]) -> int:
    log_to_stderr("tour")
    parser = argparse.ArgumentParser(prog="python -m ingest tour", description="a tour of the demo's wall")
    parser.add_argument("--again", action="store_true", help="asks the running house to show it once more")
    parser.add_argument("--pace", type=_pace, default=1.0, help="how long captions stand, times the usual (1)")
    options = parser.parse_args(argv)
    try:
        settings = read_settings()
        site = next(iter(settings.load_sites().values()))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if options.again:
        return ask_again(settings)
    if not is_demo(site):
        print(f"no tour: {site.id} is not the demo community on a live clock")
        return 0
    came: list[int] = []
    return leave(asyncio.run(tour(settings, site, options.pace, came)), came)
