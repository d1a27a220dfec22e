"""Moving pictures of cameras and recorders that are called: MJPEG by one long GET with the connection's login."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

import httpx

from community.pictures import picture_type
from community.site import Site
from ingest.gateways.caller import AWAY, CONNECT_S, client_of
from ingest.gateways.parts import Parts, boundary_of
from ingest.gateways.showing import SILENT_S
from ingest.gateways.templates import filled, parts_of
from ingest.ways import Called, Connection
from store.video import PICTURE_BYTES, Ended

REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class Shot(NamedTuple):
    way: Called
    path: str


class CalledFilm:
    """A `Film` of all connections that say where their channels show one."""

    def __init__(self, connections: Sequence[Connection], sites: Callable[[], Mapping[str, Site]]) -> None:
        self._ways = [way for way in connections if isinstance(way, Called) and way.video]
        self._sites = sites

    def cameras(self, community: str) -> Iterable[str]:
        return self._shots(community).keys() if self._ways else ()

    async def pictures(self, community: str, camera: str) -> AsyncIterator[bytes]:
        shot = self._shots(community).get(camera)
        if shot is None:
            raise Ended("unknown")
        within = httpx.Timeout(SILENT_S, connect=CONNECT_S)
        try:
            async with client_of(shot.way) as client, client.stream("GET", shot.path, timeout=within) as answer:
                answer.raise_for_status()
                boundary = boundary_of(answer.headers.get("content-type", ""))
                if boundary is None:
                    raise Ended("none")
                parts = Parts(boundary, PICTURE_BYTES)
                async for chunk in answer.aiter_bytes():
                    for part in parts.feed(chunk):
                        if picture_type(part.body) is not None:  # a broken one is left out
                            yield part.body
        except httpx.HTTPStatusError as error:
            raise Ended("refused" if error.response.status_code in REFUSED else "none") from error
        except httpx.ReadTimeout as error:
            raise Ended("silent") from error
        except AWAY as error:
            raise Ended("away") from error

    def _shots(self, community: str) -> dict[str, Shot]:
        """Camera -> where it is shown, by the vendor's id that the site gives it."""
        site = self._sites().get(community)
        found: dict[str, Shot] = {}
        for camera in site.devices if site is not None else ():
            for way in self._ways:
                vendor_id = camera.vendor.get(way.source, "") if camera.kind == "camera" else ""
                values = parts_of(vendor_id)
                if vendor_id and way.community == community and values["device"] == way.device:
                    found[camera.id] = Shot(way, filled(way.video, values, lambda value: quote(value, safe="")))
        return found
