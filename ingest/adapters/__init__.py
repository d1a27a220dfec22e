"""Every adapter by the name of its source. A new vendor: one file here, one line below, its recorded payloads."""

from __future__ import annotations

from collections.abc import Callable

from community.site import Site

from .base import Adapter
from .frigate import Frigate
from .isapi import Isapi
from .ocpp16 import Ocpp16

ADAPTERS: dict[str, Callable[[Site | None], Adapter]] = {
    "ocpp16": Ocpp16,
    "isapi": Isapi,
    "frigate": Frigate,
}
