"""Which community is the demo's: simulated, toured, and open on its own machine without a sign-in."""

from __future__ import annotations

from .site import Site

DEMO = "lanting"


def is_demo(site: Site) -> bool:
    return site.id == DEMO and site.clock == "live"
