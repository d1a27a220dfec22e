"""The engines that other tests lean on: do they keep, forget and come back as they say?"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from playwright.sync_api import Page

from store.children import Children, end
from store.embedded import EmbeddedRedis, EmbeddedRedisError, explain, server_binary, serves
from store.settings import read_settings
from tests.engines.kafka import Broker, admin_client
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until

FULL_DISK = """\
1234:M 12 Mar 2026 13:14:36.000 # Error writing to the AOF file: No space left on device
1234:M 12 Mar 2026 13:14:36.000 # Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...
"""


def test_embedded_valkey_loses_nothing_acknowledged_when_killed(tmp_path: Path, children: Children) -> None:
    server = RedisServer(tmp_path, children)
    with server as url, redis.Redis.from_url(url) as client:
        for n in range(300):
            client.xadd("log", {"n": n})
        server.restart()
        assert [int(fields[b"n"]) for _, fields in client.xrange("log")] == list(range(300))


def test_the_console_finds_the_server_whatever_its_port(tmp_path: Path, children: Children) -> None:
    with EmbeddedRedis(tmp_path / "redis", free_port(), children=children) as url:
        assert read_settings({"SHOUWANG_VAR": str(tmp_path)}).redis_url == url
    assert read_settings({"SHOUWANG_VAR": str(tmp_path)}).redis_url == "redis://127.0.0.1:8051/0"
    (tmp_path / "redis" / "address").write_text("")  # a power cut
    assert read_settings({"SHOUWANG_VAR": str(tmp_path)}).redis_url == "redis://127.0.0.1:8051/0"


def test_one_folder_serves_one_run(tmp_path: Path, children: Children) -> None:
    with EmbeddedRedis(tmp_path, free_port(), children=children):
        with pytest.raises(EmbeddedRedisError, match="another run already uses"):
            EmbeddedRedis(tmp_path, free_port(), children=children).start()


def test_a_taken_port_is_named(tmp_path: Path, children: Children) -> None:
    port = free_port()
    with EmbeddedRedis(tmp_path / "first", port, children=children):
        with pytest.raises(EmbeddedRedisError, match=f"port {port} .* taken"):
            EmbeddedRedis(tmp_path / "second", port, children=children).start()


def test_last_words_become_a_sentence(tmp_path: Path) -> None:
    plenty = 1 << 40
    assert "disk is full" in explain(FULL_DISK, plenty, tmp_path, 8051)
    assert "disk is full" in explain("", 0, tmp_path, 8051)
    assert "damaged" in explain("# Bad file format reading the append only file x.aof", plenty, tmp_path, 8051)
    assert explain("one\ntwo\n\n", plenty, tmp_path, 8051) == "Valkey ended: two"


def test_a_server_that_still_loads_does_not_serve_yet() -> None:
    assert serves(b"process_id:77\r\nloading:0\r\nasync_loading:0\r\n", 77)
    assert not serves(b"process_id:77\r\nloading:1\r\nasync_loading:0\r\n", 77)
    assert not serves(b"process_id:778\r\nloading:0\r\n", 77)
    assert not serves(b"", 77)


PARENT = """
import sys, time
from pathlib import Path
from store.children import Children
child = Children(watcher=sys.argv[1] == "watcher").start([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


ALONE = """
import os, subprocess, sys, time
child = "import sys, time; from store.children import end_with; end_with(int(sys.argv[1])); time.sleep(600)"
parent = str(os.getpid()) if sys.argv[1] == "asks" else "1234567"
print(subprocess.Popen([sys.executable, "-c", child, parent]).pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("way", ["asks", "late"])
def test_a_program_asks_after_its_parent(way: str) -> None:
    """`late`: by the time it asks its parent is another one, the first is gone."""
    parent = subprocess.Popen([sys.executable, "-c", ALONE, way], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        if way == "asks":
            parent.send_signal(signal.SIGKILL)
        wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 20, "the child's end")
        parent.kill()


@pytest.mark.parametrize("way", ["kernel", "watcher"])
def test_a_child_dies_with_a_killed_parent(way: str) -> None:
    if way == "kernel" and sys.platform != "linux":
        way = "watcher"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, way], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 5, "the child's end")


def test_a_child_that_ended_is_no_longer_watched() -> None:
    children = Children(watcher=True)
    child = children.start([sys.executable, "-c", "import time; time.sleep(600)"])
    end(child, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    children.forget(child)
    end(child, signal.SIGKILL)  # gone already: no error
    children.close()


def test_the_binary_is_the_packages_own() -> None:
    assert server_binary().name == "valkey-server"


def test_system_redis_answers(real_redis_url: str) -> None:
    with redis.Redis.from_url(real_redis_url) as client:
        assert client.dbsize() == 0
        assert client.ping()


def test_broker_keeps_or_forgets_as_it_says(kafka: Broker) -> None:
    kafka.wipe()
    _write(kafka.bootstrap, b"before")
    kafka.restart()
    if kafka.durable:
        assert _read(kafka.bootstrap) == [b"before"]
    kafka.wipe()
    _write(kafka.bootstrap, b"after")
    assert _read(kafka.bootstrap) == [b"after"]


def _write(bootstrap: str, value: bytes) -> None:
    admin = admin_client(bootstrap)
    admin.create_topics([NewTopic("engine.check", num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    producer.send("engine.check", value, partition=0).get(20)
    producer.close()


def _read(bootstrap: str) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None)
    consumer.assign([TopicPartition("engine.check", 0)])
    found: list[bytes] = []

    def some() -> bool:
        for records in consumer.poll(200).values():
            found.extend(record.value for record in records)
        return bool(found)

    wait_until(some, 20, "a record in engine.check")
    consumer.close()
    return found


def test_chromium_shows_a_page(page: Page) -> None:
    page.set_content("<p>守望</p>")
    assert page.locator("p").inner_text() == "守望"
