"""The search for a person's words on Kafka: in keys, values and headers of every topic of ours."""

from __future__ import annotations

from pathlib import Path

from dashboard.persons.traces import in_kafka
from store.log.kafka import KafkaWriter
from store.settings import read_settings
from tests.engines.kafka import Broker

NAME, PHONE = "欧阳静好", "13900001234"


def test_keys_values_and_headers_are_searched(kafka: Broker, redis_url: str, tmp_path: Path) -> None:
    kafka.wipe()
    told = {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap, "REDIS_URL": redis_url, "SHOUWANG_VAR": str(tmp_path)}
    settings = read_settings(told)
    writer = KafkaWriter(kafka.bootstrap, timeout_s=20)
    plain = [("id", b"r-1"), ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    writer.append("community.log", "lanting", b'{"subject":"p-0123456789ab"}', headers=plain).result(20)
    assert list(in_kafka(settings, [NAME.encode(), PHONE.encode()])) == []
    baggage = [("id", b"r-2"), ("baggage", f"user={NAME}".encode())]
    writer.append("vendor.isapi", "D-1", b"{}", headers=baggage).result(20)
    assert list(in_kafka(settings, [NAME.encode(), PHONE.encode()])) == ["kafka: vendor.isapi"]
    writer.append("community.journal", "lanting", b"{}", headers=[(PHONE, b"")]).result(20)
    writer.append("community.actions", PHONE, b"{}").result(20)
    writer.append("community.log", "lanting", f'{{"text":"{NAME}"}}'.encode()).result(20)
    writer.close()
    found = list(in_kafka(settings, [NAME.encode(), PHONE.encode()]))
    assert found == [f"kafka: {topic}" for topic in ("community.actions", "community.journal", "community.log")] + [
        "kafka: vendor.isapi"
    ]
