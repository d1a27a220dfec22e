"""Every adapter by the name of its source. A new vendor is a mapping in `ingest/mappings/`, found by itself; where a
protocol needs more, one file here and one line below."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from community.site import Site
from ingest.mapping.folder import sources

from .base import Adapter
from .frigate import Frigate
from .isapi import Isapi
from .ocpp16 import Ocpp16

CODE: dict[str, Callable[[Site | None], Adapter]] = {
    "ocpp16": Ocpp16,
    "isapi": Isapi,
    "frigate": Frigate,
}
"""Adapters that are programs: their protocols have a memory, or pictures."""


def _mapped(source: str, site: Site | None) -> Adapter:
    from ingest.mapping.catalogue import (
        mapped,
    )  # a mapping is compiled when it is needed, and needs this package itself

    return mapped(source, site)


ADAPTERS: dict[str, Callable[[Site | None], Adapter]] = {
    **CODE,
    **{source: partial(_mapped, source) for source in sources()},
}
