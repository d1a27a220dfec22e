"""What the tests of the intake share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.redis import RedisServer
from tests.intake.bench import Bench


@pytest.fixture
def bench(redis_server: RedisServer, tmp_path: Path) -> Iterator[Bench]:
    redis_server.wipe()
    bench = Bench(redis_server, tmp_path)
    yield bench
    bench.client.close()
