"""`rig`: the gateway process on an embedded Valkey. `house`: gates in the test's own loop. `broker`: Mosquitto."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.children import Children
from tests.engines.mosquitto import Mosquitto, mosquitto
from tests.engines.redis import RedisServer
from tests.gateways.house import House
from tests.gateways.rig import Rig


@pytest.fixture
def rig(redis_server: RedisServer, tmp_path: Path, children: Children) -> Iterator[Rig]:
    redis_server.wipe()
    rig = Rig(redis_server, tmp_path / "var", children)
    rig.start()
    yield rig
    rig.kill()
    redis_server.wipe()


@pytest.fixture
def house(redis_server: RedisServer, tmp_path: Path) -> Iterator[House]:
    redis_server.wipe()
    house = House(redis_server, tmp_path)
    yield house
    house.intake.close()
    redis_server.wipe()


@pytest.fixture
def broker(tmp_path: Path, children: Children) -> Iterator[Mosquitto]:
    if mosquitto() is None:
        pytest.skip("no Mosquitto here: apt-get install mosquitto")
    broker = Mosquitto(tmp_path / "mosquitto", children)
    broker.start()
    yield broker
    broker.kill()
