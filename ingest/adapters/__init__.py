"""Every adapter by the name of its source. A new vendor is a mapping in `ingest/mappings/`, found by itself; where a
protocol needs more, one file here and one line below."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from community.site import Site
from ingest.mapping.folder import sources
from ingest.mapping.personal import Personal

from . import frigate, isapi, ocpp201
from .base import Adapter
from .cloudevents import CloudEvents
from .frigate import Frigate
from .isapi import Isapi
from .ocpp16 import Ocpp16
from .ocpp201 import Ocpp201

CODE: dict[str, Callable[[Site | None], Adapter]] = {
    "ocpp16": Ocpp16,
    "ocpp201": Ocpp201,
    "isapi": Isapi,
    "frigate": Frigate,
    "cloudevents": CloudEvents,
}
"""Adapters that are programs: their protocols have a memory or pictures, or there is nothing to map."""

CODE_PERSONAL = {"isapi": isapi.PERSONAL, "frigate": frigate.PERSONAL, "ocpp201": ocpp201.PERSONAL}


def _mapped(source: str, site: Site | None) -> Adapter:
    from ingest.mapping.catalogue import (
        mapped,
    )  # a mapping is compiled when it is needed, and needs this package itself

    return mapped(source, site)


ADAPTERS: dict[str, Callable[[Site | None], Adapter]] = {
    **CODE,
    **{source: partial(_mapped, source) for source in sources()},
}


def own(folder: Path, kept: Path | None = None) -> None:
    """The mappings of this installation, beside those that come with the program; `catalogue.py` says how."""
    from ingest.mapping.catalogue import CATALOGUE

    _name(CATALOGUE.bring(folder, kept, CODE))


def look() -> tuple[set[str], dict[str, str]]:
    """(sources whose mapping is another since the last look, those whose file was refused and why)."""
    from ingest.mapping.catalogue import CATALOGUE

    came, refused = CATALOGUE.look()
    _name(came)
    return came, refused


def _name(sources: Iterable[str]) -> None:
    for source in sources:
        ADAPTERS.setdefault(source, partial(_mapped, source))


def personal_of(source: str) -> Personal:
    """The fields of that vendor's payloads that must not leave the gateway as they came."""
    if source in CODE:
        return CODE_PERSONAL.get(source, Personal())
    if source not in ADAPTERS:  # recorded before it has a mapping
        return Personal()
    from ingest.mapping.catalogue import mapping

    return mapping(source).personal
