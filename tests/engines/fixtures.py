"""Fixtures for every test. Servers start when a test first asks for them and die with the run.

redis_url            URL of an embedded Valkey, empty at the start of each test
redis_server         the same server, with url, kill(), restart(), wipe()
real_redis_url       the system's redis-server, empty at the start of each test; real_redis the server
kafka                a broker, twice: Apache Kafka (`kraft`) and Tansu; bootstrap, kill(), restart(), wipe(), durable
kafka_bootstrap      its host:port;  `kraft` and `tansu` are the brokers by name
postgres             a PostgreSQL server: database(name), kill(), restart()
history_url          URL of a database without a schema, twice: SQLite and PostgreSQL
history_engine       empty history in each of them
chromium             path of the system's Chromium, headless; Playwright's `page` uses it
fixtures_dir         ../shared/fixtures: payloads recorded from real devices
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store.children import Children
from store.history.database import migrate, open_engine
from store.residents.tables import metadata
from tests.engines.browser import ARGS, find_browser
from tests.engines.kafka import Broker, Kraft, Tansu, kraft_missing, tansu_missing
from tests.engines.postgres import PostgresServer, postgres_missing
from tests.engines.redis import RedisServer, system_redis

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT.parent / "shared" / "fixtures"


@pytest.fixture(scope="session")
def children() -> Children:
    """Starts processes that cannot outlive the test run."""
    return Children()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory, children: Children) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("valkey"), children)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    redis_server.wipe()
    return redis_server.url


@pytest.fixture(scope="session")
def real_redis(tmp_path_factory: pytest.TempPathFactory, children: Children) -> Iterator[RedisServer]:
    binary = system_redis()
    if binary is None:
        pytest.skip("no redis-server here: apt-get install redis-server")
    server = RedisServer(tmp_path_factory.mktemp("redis"), children, binary=binary)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def real_redis_url(real_redis: RedisServer) -> str:
    real_redis.wipe()
    return real_redis.url


@pytest.fixture(scope="session")
def kraft(tmp_path_factory: pytest.TempPathFactory, children: Children) -> Iterator[Broker]:
    if missing := kraft_missing():
        pytest.skip(missing)
    broker = Kraft(tmp_path_factory.mktemp("kraft"), children)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="session")
def tansu(tmp_path_factory: pytest.TempPathFactory, children: Children) -> Iterator[Broker]:
    if missing := tansu_missing():
        pytest.skip(missing)
    broker = Tansu(tmp_path_factory.mktemp("tansu"), children)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="session", params=["kraft", "tansu"])
def kafka(request: pytest.FixtureRequest) -> Broker:
    broker: Broker = request.getfixturevalue(request.param)
    return broker


@pytest.fixture(scope="session")
def kafka_bootstrap(kafka: Broker) -> str:
    return kafka.bootstrap


@pytest.fixture(scope="session")
def postgres(children: Children) -> Iterator[PostgresServer]:
    if missing := postgres_missing():
        pytest.skip(missing)
    server = PostgresServer(children)
    server.start()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgres"])
def history_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'history.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database("history")


@pytest.fixture(params=["sqlite", "postgres"])
def history_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'history.db'}", write=True)
        migrate(engine)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        if not server.shared:  # one schema for all tests: making it takes a second
            server.shared = server.database("shared")
        engine = open_engine(server.shared, write=True)
        migrate(engine)
        with engine.begin() as connection:
            for table in metadata.sorted_tables:
                connection.execute(table.delete())
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def chromium() -> str:
    found = find_browser()
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium fonts-noto-cjk")
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium: str) -> dict[str, Any]:
    """pytest-playwright's options: the system's browser."""
    return {**browser_type_launch_args, "executable_path": chromium, "headless": True, "args": list(ARGS)}


@pytest.fixture(scope="session")
def fixtures_dir() -> Path:
    if not FIXTURES.is_dir():
        pytest.skip("the recorded payloads are not here: ../shared/fixtures beside the checkout")
    return FIXTURES
