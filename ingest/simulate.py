"""`python -m ingest simulate [--seed N] [--rate X]`: keeps the shipped demo community alive, on the real road.

The day of `community/world/` in real time, for every device of the site: chargers for cars are real OCPP clients of the
gateway, all others speak canonical records through the same durable intake as every gateway. It simulates only the
community it was made for: when the first site is another one, it says so and ends.

With `--days D [--site S] [--speed N|max] [--out FILE] [--truth FILE]`: so many days of any site in one go, and the
truth about them.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from datetime import date

from community.demo import DEMO, is_demo
from community.site import Site
from community.world.base import Planned
from community.world.stream import Wire
from ingest.actions import Orders
from ingest.gateways.showing import Showing
from ingest.intake import Intake
from ingest.process import Stop, heeded, leave, log_to_stderr
from ingest.pulse import Beat, Pulse
from ingest.replay import speed_of
from ingest.simulation import batch
from ingest.simulation.batch import load_site
from ingest.simulation.cars import Station, drive
from ingest.simulation.demo import Demo
from ingest.simulation.guard import Guard
from ingest.simulation.lens import Lens
from ingest.simulation.live import Life
from ingest.spool import Spool, SpoolInUse
from ingest.tasks import until
from store import keys
from store.history.demo import SEED
from store.log.open import open_writer
from store.settings import Settings, SettingsError, read_settings

log = logging.getLogger("shouwang.simulate")

FIRST_DAY = date(2026, 1, 1)
"""Simulated days begin here unless another day is given: the same command gives the same bytes, next year too."""

OCPP = "ocpp16"
"""The one feed that the simulator does not speak for: it is the gateway's own, and the chargers are its clients."""

FIRST_PRESS_MS = 5 * 60_000
"""The tour takes two minutes and a page to open: what a newcomer sees happen by itself comes after it."""

BEFORE_MS = 10 * 60_000
"""What began just before would come to light while the newcomer is shown round."""

LIVELY = 12.0
"""A demo is lived in for minutes, and life has three incidents a day: so many times as many happen."""


async def simulate(settings: Settings, site: Site, seed: int, rate: float, stop: Stop) -> int:
    sources = [source.id for source in site.sources if source.id != OCPP]
    counts = {source: sum(device.source == source for device in site.devices) for source in sources}
    pulse = Pulse(lambda: [Beat(keys.LOG, site.id, source, {"devices": counts[source]}) for source in sources])
    try:
        spool = Spool(settings.var / "spool" / "simulate")
    except SpoolInUse as error:
        log.error("another simulator runs already: %s", error)
        return 1
    intake = Intake(lambda: open_writer(settings), spool, origin="simulate", on_change=pulse.changed)
    await asyncio.to_thread(intake.start)
    try:
        demo = Demo(site, intake, settings.var, time.time_ns() // 1_000_000)
        demo.url = f"ws://{settings.ocpp_host}:{settings.ocpp_port}"
        if demo.fresh:
            demo.memory.script = welcome(site, demo.started_ms)
            demo.memory.quiet = (demo.started_ms - BEFORE_MS, demo.started_ms + FIRST_PRESS_MS)
            demo.remember()
        stations = [Station(demo, device) for device in site.devices if device.kind == "car_charger"]
        by_device = {device: station for station in stations for device in (station.charger.id, *station.plugs)}

        def over_ocpp(wire: Wire) -> None:
            if wire.subject in by_device:
                by_device[wire.subject].hear(wire)

        life = Life(demo, settings.var / "simulate", seed, rate, {OCPP: over_ocpp})
        orders = Orders(settings, "simulate", life)
        cars = [drive(station, index) for index, station in enumerate(stations)]
        guard = Guard(demo, settings.redis_url)
        showing = Showing(Lens(demo, life.alive)).run(settings.video / "simulate.sock")
        at_work = (pulse.run(intake), life.run(), life.beats(), orders.run(), guard.run(), showing)
        await until(stop, intake.failed(), *at_work, *cars)
    finally:
        await asyncio.to_thread(intake.close)
    return 0


def welcome(site: Site, now_ms: int) -> tuple[Planned, ...]:
    """What a visitor of a fresh demo sees soon: somebody presses a help button at home."""
    button = next((device for device in site.devices if device.kind == "button"), None)
    return () if button is None else (Planned("calls_for_help", button.id, now_ms + FIRST_PRESS_MS),)


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
    parser.add_argument("--seed", type=int, default=SEED, help=f"the same seed gives the same life ({SEED})")
    parser.add_argument("--rate", type=_rate, default=LIVELY, help=f"how often things happen, times life ({LIVELY:g})")
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
    days.add_argument(
        "--script", default="", metavar="FILE", help='JSON lines {"plot", "device", "at"} to plant as well'
    )
    days.add_argument("--coarse", action="store_true", help="only what an archive keeps; no signs of life, no samples")
    options = parser.parse_args(argv)
    try:
        settings = read_settings()
        if options.days:
            given = load_site(options.site) if options.site else next(iter(settings.load_sites().values()))
            names = ("seed", "days", "first", "plots", "coarse", "out", "truth", "site_out", "speed")
            script = batch.load_script(options.script, given) if options.script else ()
            asked = {name: getattr(options, name) for name in names}
            return batch.run(batch.Batch(given, script=script, **asked), settings)
        site = next(iter(settings.load_sites().values()))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if not is_demo(site):
        print(f"nothing to simulate: {site.id} is not the demo community {DEMO} on a live clock")
        return 0
    stop = Stop()
    came = heeded(stop.set)
    return leave(asyncio.run(simulate(settings, site, options.seed, options.rate, stop)), came)
