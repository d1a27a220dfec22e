"""Every adapter and mapping on mutated and arbitrary bytes, for minutes: known errors only, and memory stays bounded.

The short form takes a second in every run; `make prove` goes on for FUZZ_MINUTES (3). The seed is said when it fails.
"""

from __future__ import annotations

import gc
import os
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from community.model import BadRecord, Position, decode
from community.systems import REDUCERS
from ingest.adapters import ADAPTERS, personal_of
from ingest.adapters.base import Adapter, Ignored, Refused, content_id, encode, unwrap, zone_of
from ingest.adapters.files import payloads_of
from ingest.envelope import as_json
from ingest.mapping.check import samples_of
from ingest.mapping.folder import FOLDER
from ingest.mapping.personal import redacted

ZONE = zone_of(None)
OWN = Path(__file__).parent / "samples"
MINUTES = float(os.environ.get("FUZZ_MINUTES") or 3)
LARGEST = 64 * 1024
GROWTH_MB = 64
"""What the process may grow by after the first tenth: caches are bounded, garbage is collected."""
SLOWEST_S = 5.0
"""One payload on a machine with other work; a pattern that runs away takes minutes."""

BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    + "]><l>&j;</l>"
)
TRICKS = (
    BILLION_LAUGHS,
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><EventNotificationAlert>&e;</EventNotificationAlert>',
    '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><Notify><CmdType>Alarm</CmdType></Notify>',
    "<a>" * 5000 + "</a>" * 5000,
    "[" * 20_000 + "]" * 20_000,
    '{"a":' * 5000 + "1" + "}" * 5000,
    '{"payload":' + '"' + "9" * 60_000 + '"}',
)
PIECES = (b"\x00", b"\xff\xfe", b"<", b">", b'"', b"{", b"}", b"[", b"]", b"&", b"-", b"e308", b"NaN", b"null", b"\r\n")


def seeds() -> list[bytes]:
    """What devices say, as the samples have it."""
    files = [path for folder in FOLDER.iterdir() if folder.is_dir() for path in samples_of(folder)]
    files += [path for path in OWN.iterdir() if path.suffix not in (".golden", ".said")]
    found = [trick.encode() for trick in TRICKS]
    for path in files:
        text = path.read_bytes()
        found += [line for line in text.splitlines() if 1 < len(line) <= LARGEST]
        if len(text) <= LARGEST:
            found.append(text)
    return found


def mutated(dice: random.Random, known: list[bytes]) -> Iterator[bytes]:
    """Cut, doubled, spliced, bits turned, pieces put in; every tenth is nothing but noise."""
    while True:
        said = bytearray(dice.choice(known))
        if dice.random() < 0.1:
            said = bytearray(dice.randbytes(dice.randrange(400)))
        for _ in range(dice.choice((0, 1, 1, 2, 4, 16))):
            at = dice.randrange(len(said) + 1)
            match dice.randrange(5):
                case 0:
                    del said[at : at + dice.randrange(1, 40)]
                case 1 if said:
                    said[at % len(said)] ^= 1 << dice.randrange(8)
                case 2:
                    said[at:at] = dice.choice(PIECES)
                case 3:
                    said[at:at] = said[at : at + dice.randrange(1, 200)]
                case _:
                    other = dice.choice(known)
                    begin = dice.randrange(len(other))
                    said[at:at] = other[begin : begin + dice.randrange(1, 200)]
        yield bytes(said[:LARGEST])


def judged(source: str, adapter: Adapter, said: bytes) -> None:
    """As gateway, normaliser and fold do it; whatever else is raised is a bug."""
    text, _ = as_json(said)
    text, _ = redacted(text, personal_of(source), lambda card: b"t-0123456789abcdef01")
    for value in (said, text):
        try:
            outcome = adapter.adapt(unwrap(value, ZONE, received_ms=1_773_321_276_000))
            if isinstance(outcome, Ignored):
                continue
            lines = [encode(c, id=content_id(source, c), source=source, community="probe") for c in outcome]
        except Refused:
            continue
        for line in lines:
            record = decode(line, position=Position(0, 0, 0), appended_ms=0)
            reducer = REDUCERS.get(record.type)
            if reducer is None:
                continue
            try:
                reducer[1].reduce(record)
            except BadRecord:
                continue


def memory_mb() -> float:
    """The most that this process has had so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def fuzz(seconds: float, seed: int) -> int:
    dice, known = random.Random(seed), seeds()
    adapters = {source: make(None) for source, make in ADAPTERS.items()}
    deadline, count, settled_mb = time.monotonic() + seconds, 0, 0.0
    settle = time.monotonic() + seconds / 10
    for said in mutated(dice, known):
        for source, adapter in adapters.items():
            began = time.thread_time()
            try:
                judged(source, adapter, said)
            except Exception as error:
                error.add_note(f"{source}, seed {seed}, payload {count}: {said[:2000]!r}")
                raise
            assert time.thread_time() - began < SLOWEST_S, (source, seed, count, said[:2000])
        count += 1
        if not settled_mb and time.monotonic() > settle:
            gc.collect()
            settled_mb = memory_mb()
        if time.monotonic() > deadline:
            break
    if settled_mb:
        assert memory_mb() - settled_mb < GROWTH_MB, f"grown from {settled_mb:.0f} to {memory_mb():.0f} MB, seed {seed}"
    return count


def test_a_second_of_anything() -> None:
    assert fuzz(1.0, 1) > 10


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick[:24])
def test_tricks_of_xml_and_depth_are_refused_and_cost_nothing(trick: str) -> None:
    before_mb = memory_mb()
    for source, make in ADAPTERS.items():
        judged(source, make(None), trick.encode())
    assert memory_mb() - before_mb < GROWTH_MB


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY e "intruder">]>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p; <!ENTITY e "x">]>',
)


def documents() -> Iterator[tuple[str, str]]:
    """(source, XML) of every sample that is XML, without its declaration."""
    folders = [(folder.name, samples_of(folder)) for folder in FOLDER.iterdir() if folder.is_dir()]
    folders += [("isapi", sorted(OWN.glob("isapi_*.xml")))]
    for source, paths in folders:
        for path in paths:
            for found in payloads_of(path):
                for text in _texts(found.value):
                    body = re.sub(r"^\s*<\?.*?\?>", "", text).lstrip()
                    if body.startswith("<"):
                        yield source, body


def _texts(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from _texts(value)


def test_a_true_message_that_declares_an_entity_is_refused_by_every_source_that_reads_xml() -> None:
    """Wherever the entity stands: as the text of each element in turn."""
    refused: Counter[str] = Counter()
    for source, body in documents():
        adapter = ADAPTERS[source](None)
        for trick in ENTITIES:
            for found in list(re.finditer(r">[^<>\s][^<>]*<", body))[:20]:
                said = f'<?xml version="1.0"?>{trick}{body[: found.start() + 1]}&e;{body[found.end() - 1 :]}'
                with pytest.raises(Refused, match="DTD or entities"):
                    adapter.adapt(unwrap(said, ZONE))
                refused[source] += 1
    assert refused.keys() >= {"isapi", "onvif", "gb28181"}, refused


@pytest.mark.slow
def test_minutes_of_anything(capsys: pytest.CaptureFixture[str]) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    count = fuzz(60 * MINUTES, seed)
    with capsys.disabled():
        told = f"{count} payloads by {len(ADAPTERS)} sources in {MINUTES:g} min"
        print(f" {told}, at most {memory_mb():.0f} MB, seed {seed}")
    assert count > 1000 * MINUTES
