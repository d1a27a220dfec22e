"""A frame through the lens is the frame without it; a difference carries what changed, and is quick."""

from __future__ import annotations

import time
from itertools import islice

import msgspec
import pytest

from community.board import Lens, board, diff
from community.board.tiles import TILES
from community.fold import fold
from community.site import Device, Site, Source
from community.state import Changes, State
from community.world.day import Day, Sort
from community.world.stream import PLOTS, stream
from tests.layouts.scenes import (
    HOUR,
    Scene,
    incident,
    lanting,
)
from tests.world.small import DAY
from tests.world.works import whole as place


def test_the_lens_never_changes_what_is_said() -> None:
    every_eighth = tuple(lanting().devices[::8])  # the other side looks at all of them at every step
    scene = Scene(site=msgspec.structs.replace(lanting(), devices=every_eighth)).everything().history()
    lens = Lens(scene.site)
    for step in range(400):
        clock_ms = scene.state.clock_ms + 1000
        heard = {}
        if step % 7 == 0:
            id_ = scene.site.devices[step % len(scene.site.devices)].id
            heard[id_] = msgspec.structs.replace(scene.state.devices[id_], seen_ms=clock_ms)
        scene.state.apply(Changes(clock_ms, "p", devices=heard))
        assert board(scene.state, "zh", lens) == board(scene.state, "zh"), f"after {step} s"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_lens_keeps_up_with_a_place_that_wakes_up_and_falls_silent(seed: int) -> None:
    """From nothing on: devices come one by one, some that nobody has described; panels and piles speak for theirs,
    doors count, and for an hour half of all feeds and a fifth of all devices say nothing."""
    whole = place()
    site = msgspec.structs.replace(
        whole, tiles=tuple(TILES), devices=tuple(d for n, d in enumerate(whole.devices) if n % 9)
    )
    deaf, mute = {s.id for s in whole.sources[::2]}, {d.id for d in whole.devices[::5]}
    state, lens = State(site), Lens(site)
    day = Day(Sort(whole, seed), DAY)
    woke_ms = day.start_ms + 6 * HOUR
    morning = (w for w in stream(Sort(whole, seed, PLOTS, each=1), DAY, 1) if w.appended_ms > woke_ms)
    silent = range(woke_ms + HOUR // 2, woke_ms + 3 * HOUR // 2)
    of = {d.id: d.source for d in whole.devices} | {s.id: s.id for s in whole.sources}
    for n, wire in enumerate(islice(morning, 20_000)):
        if wire.appended_ms in silent and (wire.subject in mute or of.get(wire.subject) in deaf):
            continue
        state.apply(fold(state, wire.record(site.id, n)))
        if n % 97 == 0:
            assert board(state, "zh", lens) == board(state, "zh"), f"after record {n}"
    assert state.clock_ms > silent.stop and len(lens.passes()) > 4


def test_a_difference_carries_only_what_changed_and_can_be_applied() -> None:
    before = board(Scene("21:14:36").everything().history().state, "zh")
    after = board(incident(), "zh")
    changed = diff(before, after)
    assert "head" not in changed and "setup" not in changed
    assert set(changed["tiles"]) == {"cameras", "sos", "ebike", "ev"}
    for part, value in changed.items():
        if part in ("tiles", "devices", "areas"):
            before[part] = {k: v for k, v in {**before[part], **value}.items() if v is not None}
        else:
            before[part] = value
    assert before == after
    assert diff(after, after) == {}


def big(devices: int) -> State:
    sites = tuple(
        Device(f"C-{n}", "cameras", "camera", "isapi", xy=(n % 400, n / 40), heading_deg=0) for n in range(devices)
    )
    scene = Scene(
        site=Site(
            "big", Scene().site.name, sources=(Source("isapi", Scene().site.name),), devices=sites, tiles=("cameras",)
        )
    )
    scene.feed("isapi")
    for device in sites:
        scene.device(device.id, status="online")
    return scene.state


def test_a_frame_of_5000_devices_costs_less_than_3_ms() -> None:
    """The best of many: a busy machine makes single frames slower, never faster."""
    state = big(5000)
    lens = Lens(state.site)
    board(state, "zh", lens)
    best = 1.0
    for step in range(30):
        moved = {
            f"C-{n}": msgspec.structs.replace(state.devices[f"C-{n}"], seen_ms=state.clock_ms)
            for n in range(step, step + 5)
        }
        state.apply(Changes(state.clock_ms + 50, "p", devices=moved))
        started = time.perf_counter()
        board(state, "zh", lens)
        best = min(best, time.perf_counter() - started)
    assert best < 0.003
