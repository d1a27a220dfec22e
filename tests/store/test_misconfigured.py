"""A topic whose records carry their producers' clocks must not become the community's clock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from store import keys
from store.log import LogMisconfigured
from store.log.kafka import KafkaWriter, ensure_topics
from tests.engines.kafka import Broker, admin_client


def make_by_hand(bootstrap: str) -> None:
    admin = admin_client(bootstrap)
    admin.create_topics({keys.LOG: {"num_partitions": 4, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()


def test_a_topic_made_by_hand_is_refused_with_the_command_that_mends_it(kraft: Broker, redis_url: str, tmp_path: Path):
    kraft.wipe()
    make_by_hand(kraft.bootstrap)
    with pytest.raises(LogMisconfigured, match="kafka-configs.sh .*--add-config message.timestamp.type=LogAppendTime"):
        ensure_topics(kraft.bootstrap, [keys.LOG])
    environ = {
        **os.environ,
        "REDIS_URL": redis_url,
        "KAFKA_BOOTSTRAP_SERVERS": kraft.bootstrap,
        "SHOUWANG_VAR": str(tmp_path),
    }
    for program in ("tick", "live", "relay", "normalise"):
        ended = subprocess.run(
            [sys.executable, "-m", "ingest", program], env=environ, capture_output=True, text=True, timeout=60
        )
        assert ended.returncode == 2, (program, ended.stderr)
        assert "LogAppendTime" in ended.stderr and "Traceback" not in ended.stderr, (program, ended.stderr)


def test_our_own_topic_is_accepted(kafka: Broker) -> None:
    kafka.wipe()
    for _ in range(2):
        KafkaWriter(kafka.bootstrap).close()
