"""Time travel: the state at a moment is the one the live wall had then; what is not there is not made up."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.fold import fold
from community.model import FOLD_VERSION, LAST_MS, Position, decode, encode_event
from community.state import State
from store import keys
from store.history import snapshots, tables
from store.history.book import Book
from store.history.coverage import coverage, runs
from store.history.database import migrate, open_engine
from store.history.segments import SegmentDamaged, Segments
from store.history.snapshots import pairs, state_bytes
from store.history.travel import Journey, Untold, follow, meets
from store.log import Entry
from tests.history.pages import HOUR_MS, MINUTE_MS, SITE, Pages
from tests.history.told import NIGHT_MS, at_night, tell

KEPT = [NIGHT_MS + minutes * MINUTE_MS for minutes in (1, 30, 60, 95)]
LINE = [entry for entry in at_night(SITE.id).entries if entry.topic == keys.LOG]


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    engine = open_engine(f"sqlite:///{tmp_path / 'h.db'}", write=True)
    migrate(engine)
    return engine


@pytest.fixture
def night(engine: sa.Engine, tmp_path: Path) -> Callable[[], Journey]:
    tell(engine, tmp_path / "raw", SITE, at_night(SITE.id).entries, KEPT)
    return lambda: Journey(engine, tmp_path / "raw", SITE)


@cache
def lived(at_ms: int) -> bytes:
    """What the live worker had, folding every record from the first."""
    state = State(SITE)
    for entry in LINE:
        changes = fold(state, decode(entry.value, position=entry.position, appended_ms=entry.appended_ms))
        if changes.clock_ms > at_ms:
            break
        state.apply(changes)
    return state_bytes(state)


def test_every_moment_is_what_it_was_forwards_backwards_and_again(night: Callable[[], Journey]) -> None:
    journey, now_ms = night(), NIGHT_MS + 119 * MINUTE_MS
    moments = [NIGHT_MS + 1000 * second for second in (59, 2465, 2466, 3600, 70 * 60 + 7, 1801, 1800, 5701, 60, 7139)]
    for at_ms in [*moments, *sorted(moments), *sorted(moments, reverse=True)]:
        state, next_ms = journey.to(at_ms)
        assert state_bytes(state) == lived(at_ms) and state.clock_ms <= at_ms
        assert (next_ms is None) == (at_ms >= now_ms + 30_000)
        assert next_ms is None or next_ms > at_ms
    assert "DOOR_HELD/D-1" in night().to(NIGHT_MS + 42 * MINUTE_MS).state.alarms
    assert "DOOR_HELD/D-1" not in night().to(NIGHT_MS + 39 * MINUTE_MS).state.alarms


def test_raw_records_fold_into_the_bytes_that_were_kept(engine: sa.Engine, tmp_path: Path) -> None:
    kept = tell(engine, tmp_path / "raw", SITE, at_night(SITE.id).entries, KEPT)
    found = pairs(engine, SITE.id, 9)
    assert [pair.after for pair in found] == kept[1:] and len(pairs(engine, SITE.id, 2)) == 2
    assert all(meets(engine, tmp_path / "raw", SITE, pair) for pair in found)
    first = min((tmp_path / "raw").iterdir())
    changed = gzip.decompress(first.read_bytes()).replace(b'\\"card\\"', b'\\"face\\"', 40)
    whole = gzip.compress(changed, mtime=0)
    first.write_bytes(whole)
    with engine.begin() as connection:
        connection.execute(tables.segment.update().where(tables.segment.c.file == first.name).values(bytes=len(whole)))
    assert [meets(engine, tmp_path / "raw", SITE, pair) for pair in found].count(False) == 1
    first.unlink()
    with pytest.raises(SegmentDamaged, match="cannot be read"):
        meets(engine, tmp_path / "raw", SITE, found[0])


def test_what_is_not_there_is_said(engine: sa.Engine, tmp_path: Path, night: Callable[[], Journey]) -> None:
    def why(at_ms: int) -> tuple[str, int | None]:
        with pytest.raises(Untold) as untold:
            night().to(at_ms)
        return untold.value.why, untold.value.to_ms

    first, second, third, _ = [row.clock_ms for row in _kept(engine)]
    assert why(first - 1) == ("before", first)
    assert why(0) == ("before", first)
    with engine.begin() as connection:  # the second was kept by a program that judged otherwise
        old = tables.snapshot.update().where(tables.snapshot.c.clock_ms == second)
        connection.execute(old.values(fold_version=FOLD_VERSION - 1))
    assert why(second) == why(third - 1) == ("other_fold", third)
    assert night().to(second - 1).state.clock_ms < second
    assert night().to(third).state.clock_ms == third
    assert [pair.after.clock_ms for pair in pairs(engine, SITE.id, 1)] == [_kept(engine)[3].clock_ms]
    with engine.begin() as connection:
        connection.execute(tables.snapshot.update().values(fold_version=FOLD_VERSION - 1))
    assert why(third) == ("other_fold", None)
    with engine.begin() as connection:
        connection.execute(tables.snapshot.delete())
    assert why(third) == ("nothing", None)


def _kept(engine: sa.Engine) -> list[sa.Row[tuple[object, ...]]]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(tables.snapshot).order_by(tables.snapshot.c.position)))


@pytest.mark.parametrize("harm", ["missing", "short", "no gzip", "snapshot"])
def test_damage_is_said_and_other_moments_stay(
    engine: sa.Engine, tmp_path: Path, night: Callable[[], Journey], harm: str
) -> None:
    journey, second = night(), _kept(engine)[1].clock_ms
    last = max((tmp_path / "raw").iterdir(), key=lambda path: path.name)
    if harm == "missing":
        last.unlink()
    elif harm == "short":
        last.write_bytes(last.read_bytes()[:-9])
    elif harm == "no gzip":
        last.write_bytes(b"x" * len(last.read_bytes()))
    else:
        with engine.begin() as connection:
            later = tables.snapshot.c.clock_ms > NIGHT_MS + HOUR_MS
            connection.execute(tables.snapshot.update().where(later).values(body=gzip.compress(b"{}")))
    with pytest.raises(Untold) as untold:
        journey.to(NIGHT_MS + 100 * MINUTE_MS)
    assert untold.value.why == "damaged"
    assert state_bytes(journey.to(second + 5000).state) == lived(second + 5000)


def test_silence_is_known_by_the_record_after_it(night: Callable[[], Journey]) -> None:
    state, next_ms = night().to(NIGHT_MS + 80 * MINUTE_MS)
    assert state.clock_ms == NIGHT_MS + 69 * MINUTE_MS + 30_000
    assert next_ms == NIGHT_MS + 90 * MINUTE_MS


def test_a_journey_goes_on_where_segments_have_grown(engine: sa.Engine, tmp_path: Path) -> None:
    half = len(LINE) // 2
    tell(engine, tmp_path / "raw", SITE, LINE[:half], KEPT[:1])
    journey = Journey(engine, tmp_path / "raw", SITE)
    end_ms = LINE[-1].appended_ms
    assert journey.to(end_ms).state.position == LINE[half - 1].position.token()
    book = Book(engine, {SITE.id: SITE}, Segments(tmp_path / "raw"))
    book.positions(keys.LOG)
    book.take(LINE[half:])
    assert state_bytes(journey.to(end_ms).state) == lived(end_ms)


def test_a_recording_s_own_clock_is_travelled_by(engine: sa.Engine, tmp_path: Path) -> None:
    """Replayed within a second, months later: its records say themselves when they came."""
    site = replace(SITE, clock="log")
    told = [replace(entry, appended_ms=LAST_MS - 1) for entry in LINE]
    state = State(site)
    folder = tmp_path / "raw"
    book = Book(engine, {site.id: site}, Segments(folder))
    book.positions(keys.LOG)
    book.take(told)
    for entry in told[:200]:
        follow(state, entry, LAST_MS)
    snapshots.keep(engine, state)
    journey = Journey(engine, folder, site)
    for minutes in (50, 100, 51):
        at_ms = NIGHT_MS + minutes * MINUTE_MS + 5
        moment = journey.to(at_ms)
        assert at_ms - MINUTE_MS < moment.state.clock_ms <= at_ms and moment.next_ms is None


def test_what_the_worker_passed_over_is_passed_over() -> None:
    """Another community's, unreadable, of an unknown type, folded already, and of a log that was left."""
    state = State(SITE)
    follow(state, LINE[0], LAST_MS)
    at_ms = LINE[0].appended_ms
    foreign = Pages("elsewhere").log("source.heartbeat", "gates", at_ms=at_ms)
    unknown = encode_event(id="x", source="t", type="no.such", community=SITE.id, time_ms=at_ms)
    before = state_bytes(state)
    for value, position in (
        (foreign.value, Position(1, 0, 9)),
        (b"no json", Position(1, 0, 10)),
        (unknown, Position(1, 0, 11)),
        (LINE[1].value, Position(1, 0, 0)),
        (LINE[1].value, Position(2, 0, 0)),
    ):
        assert follow(state, Entry(keys.LOG, position, at_ms, b"", value, ()), LAST_MS)
        assert state_bytes(state) == before
    assert not follow(state, LINE[1], LINE[1].appended_ms - 1) and state_bytes(state) == before


def test_of_older_states_every_tenth_minute_stays(engine: sa.Engine, tmp_path: Path) -> None:
    tell(engine, tmp_path / "raw", SITE, LINE, [NIGHT_MS + minutes * MINUTE_MS for minutes in range(1, 120, 4)])
    held = [row.clock_ms for row in _kept(engine)]
    before_ms = NIGHT_MS + 105 * MINUTE_MS
    old, young = [ms for ms in held if ms < before_ms], [ms for ms in held if ms >= before_ms]
    stay: dict[int, int] = {}
    for clock_ms in old:
        stay.setdefault(clock_ms // snapshots.THINNED_MS, clock_ms)
    assert len(stay) < len(old) and young
    assert snapshots.thin(engine, SITE.id, before_ms) == len(old) - len(stay)
    assert [row.clock_ms for row in _kept(engine)] == [*stay.values(), *young]
    assert snapshots.thin(engine, SITE.id, before_ms) == 0


def test_the_scrubber_knows_what_of_a_day_can_be_shown(engine: sa.Engine, tmp_path: Path) -> None:
    tell(engine, tmp_path / "raw", SITE, at_night(SITE.id).entries, KEPT)
    first, second, third, fourth = [row.clock_ms for row in _kept(engine)]
    with engine.begin() as connection:
        other = tables.snapshot.update().where(tables.snapshot.c.clock_ms == second)
        connection.execute(other.values(fold_version=FOLD_VERSION - 1))
    found = coverage(engine, SITE, NIGHT_MS - 2 * HOUR_MS, NIGHT_MS + 22 * HOUR_MS)
    before = coverage(engine, SITE, NIGHT_MS - 26 * HOUR_MS, NIGHT_MS - 2 * HOUR_MS)
    assert (before.spans, before.marks, before.first_ms) == ([], [], first)
    gap = (NIGHT_MS + 70 * MINUTE_MS, NIGHT_MS + 90 * MINUTE_MS)
    assert found.spans == [
        (first, second, "there"),
        (second, third, "other_fold"),
        (third, gap[0], "there"),
        (gap[1], NIGHT_MS + 120 * MINUTE_MS, "there"),
    ]
    assert fourth > gap[1] and found.first_ms == first
    assert found.marks == [(NIGHT_MS + 41 * MINUTE_MS, 2)]


def test_minutes_that_were_heard_become_runs() -> None:
    assert runs([]) == []
    assert runs([(0, 0b1011)]) == [(0, 2 * MINUTE_MS), (3 * MINUTE_MS, 4 * MINUTE_MS)]
    assert runs([(0, 1 << 59), (HOUR_MS, 1)]) == [(59 * MINUTE_MS, 61 * MINUTE_MS)]
