"""`python -m ingest simulate [--seed N] [--rate X]`: keeps the shipped demo community alive, on the real road.
With `--days D [--site S] [--speed N|max] [--out FILE] [--truth FILE]`: so many days of the simulated place in one go
(`community/world/`), and the truth about them.

Car chargers are real OCPP clients of the gateway; cameras, e-bike piles and SOS buttons speak canonical records
through the same durable intake as every gateway. It simulates only the community it was made for: when the first site
is another one, it says so and ends.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import time
from datetime import date

from community.site import Site
from ingest.intake import Intake
from ingest.process import Stop, log_to_stderr
from ingest.pulse import Pulse
from ingest.replay import speed_of
from ingest.simulation import DEMO, batch, is_demo
from ingest.simulation.agenda import Agenda
from ingest.simulation.batch import load_site
from ingest.simulation.buttons import Buttons
from ingest.simulation.cameras import Cameras
from ingest.simulation.cars import drive
from ingest.simulation.guard import Guard
from ingest.simulation.piles import Piles
from ingest.simulation.scene import Scene
from ingest.spool import Spool, SpoolInUse
from ingest.tasks import until
from store.log.open import open_writer
from store.settings import Settings, SettingsError, read_settings

log = logging.getLogger("shouwang.simulate")

FIRST_DAY = date(2026, 1, 1)
"""Simulated days begin here unless another day is given: the same command gives the same bytes, next year too."""

SOURCES = ("isapi", "ebike_pile", "lorawan")
"""Feeds the simulator speaks for; the fourth, ocpp16, is the gateway's own."""


async def simulate(settings: Settings, site: Site, seed: int, rate: float, stop: Stop) -> int:
    counts = {source: sum(device.source == source for device in site.devices) for source in SOURCES}
    pulse = Pulse(
        {site.id: [source for source in SOURCES if source in site.source_by_id]},
        lambda _, source: {"devices": counts[source]},
    )
    try:
        spool = Spool(settings.var / "spool" / "simulate")
    except SpoolInUse as error:
        log.error("another simulator runs already: %s", error)
        return 1
    intake = Intake(lambda: open_writer(settings), spool, origin="simulate", on_change=pulse.changed)
    await asyncio.to_thread(intake.start)
    try:
        scene = Scene(site, intake, settings.var, seed, rate, time.time_ns() // 1_000_000)
        scene.url = f"ws://{settings.host}:{settings.ocpp_port}"
        agenda = Agenda()
        for part in (Cameras, Piles, Buttons):
            part(scene, agenda)
        Guard(scene, agenda, settings.redis_url)
        cars = [drive(scene, charger, index) for index, charger in enumerate(scene.of_kind("car_charger"))]
        await until(stop, intake.failed(), pulse.run(intake), agenda.run(), *cars)
    finally:
        await asyncio.to_thread(intake.close)
    return 0


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= 1000:
        raise argparse.ArgumentTypeError("a factor above 0, at most 1000")
    return rate


def _days(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 3660:
        raise argparse.ArgumentTypeError("1 to 3660 days")
    return int(text)


def _plots(text: str) -> str:
    if text not in ("life", "none") and not (text.isdigit() and 0 < int(text) <= 100):
        raise argparse.ArgumentTypeError("life, none, or a number from 1 to 100")
    return text


def main(argv: list[str]) -> int:
    log_to_stderr("simulate")
    parser = argparse.ArgumentParser(prog="python -m ingest simulate", description="keeps the demo community alive")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same life (1)")
    parser.add_argument("--rate", type=_rate, default=1.0, help="how often things happen, times the usual (1)")
    days = parser.add_argument_group("days in one go", "of a site of one's own, too; nothing of it is live")
    days.add_argument("--days", type=_days, default=0, help="so many days, then the end")
    days.add_argument("--site", default="", help="a shipped site by its id, or a file (the first of SITE)")
    days.add_argument("--from", dest="first", type=date.fromisoformat, default=FIRST_DAY, help=f"({FIRST_DAY})")
    days.add_argument("--speed", type=speed_of, default=None, metavar="N|max", help="times real time (max)")
    days.add_argument("--out", default="", metavar="FILE", help="JSON lines instead of the log; - is stdout")
    days.add_argument("--truth", default="", metavar="FILE", help="what happened, and what only looked like it")
    days.add_argument("--site-out", default="", metavar="FILE", help="the site as the records want it: clock: log")
    days.add_argument(
        "--plots",
        type=_plots,
        default="life",
        metavar="life|none|N",
        help="incidents as in life, or each N times",
    )
    days.add_argument("--coarse", action="store_true", help="only what an archive keeps; no signs of life, no samples")
    options = parser.parse_args(argv)
    try:
        settings = read_settings()
        if options.days:
            given = load_site(options.site) if options.site else next(iter(settings.load_sites().values()))
            names = ("seed", "days", "first", "plots", "coarse", "out", "truth", "site_out", "speed")
            return batch.run(batch.Batch(given, **{name: getattr(options, name) for name in names}), settings)
        site = next(iter(settings.load_sites().values()))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if not is_demo(site):
        print(f"nothing to simulate: {site.id} is not the demo community {DEMO} on a live clock")
        return 0
    stop = Stop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    return asyncio.run(simulate(settings, site, options.seed, options.rate, stop))
