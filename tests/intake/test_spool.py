"""The spool: first in first out, bounded, and whole after a kill at any byte."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import spool as spool_module
from ingest.spool import Spool, Spooled, SpoolFull, SpoolInUse

ROOT = Path(__file__).resolve().parents[2]


def message(n: int, size: int = 20) -> Spooled:
    return Spooled("vendor.ocpp16", f"EV-{n % 3}", f"id-{n}", f"{n}:".encode().ljust(size, b"."))


def ids(messages: list[Spooled]) -> list[int]:
    return [int(m.id.removeprefix("id-")) for m in messages]


def drain(spool: Spool, batch: int = 7) -> list[int]:
    found: list[int] = []
    while some := spool.peek(batch):
        found += ids(some)
        spool.advance(len(some))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def opened(folder: Path) -> Iterator[Spool]:
    spool = Spool(folder)
    yield spool
    spool.close()


def test_what_goes_in_comes_out_in_order_and_leaves_nothing_on_disk(folder: Path) -> None:
    spool = Spool(folder, segment_bytes=300)
    for n in range(50):
        spool.append([message(n)])
    assert len(spool) == 50
    assert len(list(folder.glob("*.seg"))) > 5
    assert drain(spool) == list(range(50))
    assert len(spool) == 0 and spool.size_bytes == 0
    assert list(folder.glob("*.seg")) == []
    spool.append([message(50)])
    assert drain(spool) == [50]
    spool.close()


def test_a_restart_goes_on_where_the_log_had_it(folder: Path) -> None:
    expected = 0
    for round_ in range(8):
        spool = Spool(folder, segment_bytes=400)
        spool.append([message(n) for n in range(round_ * 10, round_ * 10 + 10)])
        some = spool.peek(7)
        assert ids(some) == list(range(expected, expected + len(some)))
        spool.advance(len(some) - 1)
        expected += len(some) - 1
        assert len(spool) == round_ * 10 + 10 - expected
        spool.close()
    spool = Spool(folder)
    assert drain(spool) == list(range(expected, 80))
    spool.close()


def test_two_processes_cannot_own_one_spool(folder: Path, opened: Spool) -> None:
    with pytest.raises(SpoolInUse, match="another running process"):
        Spool(folder)


def test_full_refuses_all_of_a_batch_and_takes_again_when_drained(folder: Path) -> None:
    spool = Spool(folder, limit_bytes=1000, segment_bytes=200)
    taken = 0
    with pytest.raises(SpoolFull, match="1000 bytes"):
        while True:
            spool.append([message(taken), message(taken + 1)])
            taken += 2
    assert spool.size_bytes <= 1000
    assert drain(spool) == list(range(taken))
    spool.append([message(0)])
    spool.close()


def test_a_message_no_log_would_take_is_refused_for_good(opened: Spool) -> None:
    with pytest.raises(ValueError, match="blob store"):
        opened.append([message(0, size=spool_module.MAX_BODY_BYTES + 1)])
    assert len(opened) == 0


def test_a_write_that_fails_half_way_leaves_no_trace(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk takes some bytes of a batch, then says so."""
    spool = Spool(folder, segment_bytes=400)
    real = os.write
    failing = {4, 5, 9}
    calls = 0

    def write(file: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls in failing:
            real(file, bytes(data[: len(data) // 2]))
            raise OSError(28, "No space left on device")
        return real(file, data)

    monkeypatch.setattr(spool_module.os, "write", write)
    accepted = []
    for n in range(12):
        try:
            spool.append([message(n)])
            accepted.append(n)
        except SpoolFull as error:
            assert "No space left" in str(error)
    assert len(accepted) == 9
    spool.close()
    spool = Spool(folder)
    assert drain(spool) == accepted
    spool.close()


def test_a_torn_tail_is_cut_at_every_byte(folder: Path) -> None:
    spool = Spool(folder)
    sizes = []
    for n in range(4):
        spool.append([message(n, size=15 + n)])
        sizes.append(spool.size_bytes)
    spool.close()
    [path] = folder.glob("*.seg")
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        spool = Spool(folder)
        sound = sum(size <= length for size in sizes)
        assert [ids([m]) for m in spool.peek(9)] == [[n] for n in range(sound)]
        spool.append([message(99)])
        assert ids(spool.peek(9)) == [*range(sound), 99]
        assert not list(folder.glob("*.damaged*")), "a kill is no damage"
        spool.close()
        (folder / "cursor").unlink()
        for left in folder.glob("*.seg"):
            left.unlink()


@pytest.mark.parametrize("seed", range(20))
def test_damage_never_stops_the_rest_and_is_kept_for_a_person(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    spool = Spool(folder, segment_bytes=300)
    spool.append([message(0)])
    for n in range(1, 40):
        spool.append([message(n)])
    spool.close()
    segments = sorted(folder.glob("*.seg"))
    victim = segments[-1] if seed % 3 == 0 else chance.choice(segments[:-1])
    content = bytearray(victim.read_bytes())
    content[chance.randrange(len(content))] ^= 0xFF
    victim.write_bytes(content)
    spool = Spool(folder, segment_bytes=300)
    found = drain(spool)
    assert found == sorted(found) and len(found) >= 40 - 8 and (39 in found or victim == segments[-1])
    assert victim.with_suffix(".damaged").read_bytes() == bytes(content)
    spool.close()


@pytest.mark.parametrize("at", range(0, 160))
def test_a_flipped_bit_in_the_last_segment_loses_nothing_unseen(folder: Path, at: int) -> None:
    """Frames behind it were acknowledged: they are cut, and kept, twice when it happens twice."""
    spool = Spool(folder)
    for n in range(8):
        spool.append([message(n)])
    spool.close()
    [path] = folder.glob("*.seg")
    whole = path.read_bytes()
    frame = len(whole) // 8
    for bit, copy in ((0, ".damaged"), (7, ".damaged.1")):
        content = bytearray(whole)
        content[at] ^= 1 << bit
        path.write_bytes(content)
        spool = Spool(folder)
        assert drain(spool) == list(range(at // frame))
        spool.close()
        assert (folder / f"{path.stem}{copy}").read_bytes() == bytes(content)
        (folder / "cursor").unlink()


def test_damage_while_running_is_survived(folder: Path) -> None:
    spool = Spool(folder, segment_bytes=300)
    for n in range(20):
        spool.append([message(n)])
    victim = sorted(folder.glob("*.seg"))[1]
    victim.write_bytes(b"\x00" * len(victim.read_bytes()))
    found = drain(spool)
    assert found == sorted(found) and found[0] == 0 and found[-1] == 19 and len(found) < 20
    spool.append([message(20)])
    assert drain(spool) == [20]
    spool.close()


@pytest.mark.parametrize("garbage", [b"", b"x", b"\xff" * 24, b"\x00" * 24, b"\xff" * 500])
def test_a_torn_cursor_only_repeats(folder: Path, garbage: bytes) -> None:
    spool = Spool(folder)
    spool.append([message(n) for n in range(5)])
    spool.peek(2)
    spool.advance(2)
    spool.close()
    (folder / "cursor").write_bytes(garbage)
    spool = Spool(folder)
    assert drain(spool) == list(range(5))
    spool.close()


_WRITER = """
import sys
from pathlib import Path
from ingest.spool import Spool, Spooled
spool = Spool(Path(sys.argv[1]), segment_bytes=2000)
n = int(sys.argv[2])
while True:
    spool.append([Spooled("t", "k", f"id-{n}", b"." * (n % 50))])
    print("took", n, flush=True)
    n += 1
    if n % 3 == 0:
        some = spool.peek(2)
        print("moving", *(m.id[3:] for m in some), flush=True)
        spool.advance(len(some))
"""


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_loses_nothing_acknowledged_and_keeps_the_order(folder: Path, seed: int) -> None:
    """Three lives, each killed at a random moment: acknowledged = moved + still there, each once, in order."""
    chance = random.Random(seed)
    took: list[int] = []
    moving: list[int] = []
    for life in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder), str(life * 1_000_000)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(chance.randrange(20, 300))]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines(keepends=True)
        process.stdout.close()
        process.wait()
        for line in lines:
            if line.endswith("\n"):
                word, *numbers = line.split()
                (took if word == "took" else moving).extend(map(int, numbers))
    spool = Spool(folder)
    found = drain(spool)
    spool.close()
    assert found == sorted(set(found)), "in order, each once"
    assert set(took) <= {*moving, *found}, "nothing acknowledged is lost"
    again = set(moving) & set(found)
    assert len(again) <= 2, "only what was in flight at the last kill may come twice"
    assert [n for i, n in enumerate(moving) if n not in moving[:i]] == sorted(set(moving))
