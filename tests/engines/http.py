"""HTTP without TLS. Whoever makes a client reads the certificates of the whole world, 70 ms each time."""

from __future__ import annotations

import ssl
from functools import partial

import httpx

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: for addresses of this machine. `verify=PLAIN`."""

get = partial(httpx.get, verify=PLAIN)
post = partial(httpx.post, verify=PLAIN)
stream = partial(httpx.stream, verify=PLAIN)
