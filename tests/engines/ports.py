"""Ports for servers that must come back on the same one after a kill."""

from __future__ import annotations

import os
import random
import socket

# Below the range from which systems hand out ports for outgoing connections (32768 on Linux, 49152 on macOS):
# a killed server's port is not given to somebody's client before the server is back.
_FIRST, _LAST = 10_000, 32_000
_given: set[int] = set()

# of tests that run side by side each process has ports of its own: gw0, gw1, .. by pytest-xdist
_SHARES = 8
_share = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _SHARES


def free_port() -> int:
    """A port nobody listens on now, never given twice in this run."""
    while True:
        port = random.SystemRandom().randrange(_FIRST + _share, _LAST, _SHARES)
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
