"""`rig`: the gateway process on an embedded Valkey."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.children import Children
from tests.engines.redis import RedisServer
from tests.gateways.rig import Rig


@pytest.fixture
def rig(redis_server: RedisServer, tmp_path: Path, children: Children) -> Iterator[Rig]:
    redis_server.wipe()
    rig = Rig(redis_server, tmp_path / "var", children)
    rig.start()
    yield rig
    rig.kill()
    redis_server.wipe()
