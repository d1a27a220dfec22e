"""What every client that calls a device shares: one HTTP client, digest login, short time-outs."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from http import HTTPStatus

import httpx

from ingest.ways import Called

CONNECT_S = 10.0
ANSWER_S = 20.0

AWAY = (httpx.HTTPError, OSError)
"""The device is not there, refuses us or broke off: said in a line, and tried again."""

PART_BYTES = 4 * 1024 * 1024
"""The largest alert with its pictures that was seen has 2 MB."""


class Login(httpx.DigestAuth):
    """Digest, and Basic for a device that offers nothing else."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        flow = super().auth_flow(request)
        asked = next(flow)
        while True:
            response = yield asked
            offers = [offer.lower() for offer in response.headers.get_list("www-authenticate")]
            try:
                asked = flow.send(response)
            except StopIteration:
                break
        if response.status_code == HTTPStatus.UNAUTHORIZED and offers and all(o.startswith("basic") for o in offers):
            yield from httpx.BasicAuth(self._username, self._password).auth_flow(request)


def client_of(way: Called) -> httpx.AsyncClient:
    """Devices of this kind ask for a digest; to one that asks for nothing no password is sent."""
    password = way.password.value if way.password is not None else ""
    return httpx.AsyncClient(
        base_url=way.url,
        auth=Login(way.user, password) if way.user else None,
        verify=ssl.create_default_context(cafile=way.ca or None) if way.url.startswith("https") else True,
        timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
        headers={"Accept-Encoding": "identity"},
        trust_env=False,
    )
