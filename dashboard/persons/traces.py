"""Where somebody can still be found: a search of log, Redis, SQL and all files below var/ for words that name a person.

What is packed is unpacked (gzip, zlib, base64 of the site's description); what is sealed is not opened: whoever has no
key does not find it either. Blocking, and it reads everything: for a person at a terminal.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import uuid
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import redis
import sqlalchemy as sa
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from store import keys
from store.history.database import open_engine, reaching
from store.log import Entry, LogUnavailable
from store.log.open import open_reader
from store.log.streams import connect
from store.people import people_url
from store.settings import Settings

CHUNK = 1 << 22
GZIP = b"\x1f\x8b"
LONGEST = 512
"""Bytes of a word at most: chunks of a file overlap by so much."""
PACKED = re.compile(rb'"packed":\s*"([A-Za-z0-9+/=]{40,})"')
UNREAD = {".key", ".woff2"}
"""Our own keys and fonts."""


def traces(settings: Settings, words: Iterable[str]) -> list[str]:
    """Each place in which one of the words stands, once. Raises RedisError, LogUnavailable, HistoryUnavailable."""
    wanted = [word.encode() for word in words if word]
    wanted += [escaped for word in wanted if (escaped := _ascii(word)) != word]
    found = (*in_redis(settings, wanted), *in_kafka(settings, wanted), *in_sql(settings, wanted))
    return list(dict.fromkeys([*found, *in_files(settings.var, wanted)]))


def _ascii(word: bytes) -> bytes:
    """As a JSON writer that knows no other letters has it."""
    return word.decode().encode("ascii", "backslashreplace")


def holds(content: bytes, wanted: Iterable[bytes]) -> bool:
    forms = list(_forms(content))
    return any(word in form for word in wanted for form in forms)


def _forms(content: bytes) -> Iterator[bytes]:
    """As it stands, and unpacked."""
    yield content
    try:
        if content[:2] == GZIP:
            yield gzip.decompress(content)
        elif content[:1] == b"\x78":
            yield zlib.decompress(content)
    except (OSError, EOFError, zlib.error):
        return
    for match in PACKED.finditer(content):
        try:
            yield zlib.decompress(base64.b64decode(match[1]))
        except (binascii.Error, zlib.error):
            continue


def in_redis(settings: Settings, wanted: list[bytes]) -> Iterator[str]:
    """Keys and values of every kind; the streams are the log where there is no Kafka."""
    client = connect(settings.redis_url)
    try:
        for key in client.scan_iter(count=1000):
            name = key.decode("utf-8", "replace")
            if holds(key, wanted):
                yield f"redis: the name of {name}"
            if any(holds(value, wanted) for value in _values(client, key)):
                yield f"redis: {name}"
    finally:
        client.close()


def _values(client: redis.Redis, key: bytes) -> Iterator[bytes]:
    kind = cast("bytes", client.type(key)).decode()
    if kind == "string":
        yield cast("bytes | None", client.get(key)) or b""
    elif kind == "list":
        yield from cast("list[bytes]", client.lrange(key, 0, -1))
    elif kind == "set":
        yield from client.sscan_iter(key)
    elif kind == "zset":
        yield from (member for member, _ in client.zscan_iter(key))
    elif kind == "hash":
        for field, value in client.hscan_iter(key):
            yield field
            yield value
    elif kind == "stream":
        yield from _entries(client, key)


def _entries(client: redis.Redis, key: bytes) -> Iterator[bytes]:
    after: Any = "-"
    while page := cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(key, after, "+", 500)):
        for _, fields in page:
            for field, value in fields.items():
                yield field
                yield value
        after = b"(" + page[-1][0]


def in_kafka(settings: Settings, wanted: list[bytes]) -> Iterator[str]:
    if not settings.kafka_bootstrap_servers:
        return
    for topic in _topics(settings):
        reader = open_reader(settings, topic, f"traces-{uuid.uuid4().hex}")
        try:
            reader.poll(2000, limit=1)
            for partition in reader.assigned():
                reader.seek(partition, None)
            while True:
                entries = reader.poll(2000)
                if any(holds(part, wanted) for entry in entries for part in _parts(entry)):
                    yield f"kafka: {topic}"
                    break
                if not entries and not any(reader.lag().values()):
                    break
        finally:
            reader.close()


def _parts(entry: Entry) -> Iterator[bytes]:
    """What whoever produced it has said beside the record counts too: a tracer puts its baggage there."""
    yield from (entry.value, entry.key)
    for name, value in entry.headers:
        yield from (name.encode(), value or b"")


def _topics(settings: Settings) -> list[str]:
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers.split(","))
    try:
        return sorted(name for name in admin.list_topics() if name.startswith(("community.", keys.vendor(""))))
    except KafkaError as error:
        raise LogUnavailable(f"Kafka does not say which topics there are: {error}") from error
    finally:
        admin.close()


def in_sql(settings: Settings, wanted: list[bytes]) -> Iterator[str]:
    """Every column of every table that there is, whoever made it."""
    for url in dict.fromkeys((settings.database_url, people_url(settings.database_url))):
        engine = open_engine(url)
        try:
            with reaching(), engine.connect() as connection:
                for name in sa.inspect(connection).get_table_names():
                    rows = connection.execution_options(yield_per=1000).execute(sa.text(f'SELECT * FROM "{name}"'))
                    columns = {column for row in rows for column in _columns(row, wanted)}
                    yield from (f"sql: {name}.{column}" for column in sorted(columns))
        finally:
            engine.dispose()


def _columns(row: Any, wanted: list[bytes]) -> Iterator[str]:
    for column, value in row._mapping.items():
        if isinstance(value, memoryview):
            value = bytes(value)
        if value is not None and holds(value if isinstance(value, bytes) else str(value).encode(), wanted):
            yield column


def in_files(folder: Path, wanted: list[bytes]) -> Iterator[str]:
    """Spool, raw records, the files of databases, what programs have written: whatever lies there."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.suffix in UNREAD:
            continue
        try:
            if _in_file(path, wanted):
                yield f"file: {path.relative_to(folder)}"
        except FileNotFoundError:  # swept meanwhile
            continue


def _in_file(path: Path, wanted: list[bytes]) -> bool:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    tail, opened = b"", gzip.open(path, "rb") if packed else path.open("rb")
    with opened as file:
        try:
            while chunk := file.read(CHUNK):
                if holds(tail + chunk, wanted):
                    return True
                tail = chunk[-LONGEST:]
        except EOFError:  # an hour that is being written
            return False
    return False
