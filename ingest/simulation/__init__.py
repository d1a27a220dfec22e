"""The demo's devices: what they would say, on the same roads real devices take."""

from __future__ import annotations

from community.site import Site

DEMO = "lanting"


def is_demo(site: Site) -> bool:
    return site.id == DEMO and site.clock == "live"
