"""All communities over one stream: the worst first, a silent one as silent, no rooms."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from community.board.lens import Lens
from community.board.line import line_board
from community.site import Site, Text
from community.state import State
from dashboard.city import City, line_of
from dashboard.frames import Channel, Client
from dashboard.pages import page_of
from dashboard.views import VIEWS
from tests.dashboard.serve import serving, until
from tests.layouts.scenes import SECOND, Scene, lanting

KEPT = ("SOS-021", "SOS-022", "C-004", *(f"C-{n:03}" for n in range(1, 34)), *(f"EV-{n:02}" for n in range(1, 9)))
SMALL = replace(lanting(), devices=tuple(d for d in lanting().devices if d.id in KEPT))
"""Not every device of the demo: a dozen communities are made here."""


def channel(name: str, state: State | None, still_s: float = 0) -> Channel:
    site = replace(SMALL, id=name, name=Text(name, name))
    found = Channel(site, "build")
    if state is not None:
        state.site = site
        found.replace(state)
        found.moved_at -= still_s
    return found


def calm() -> Scene:
    return Scene(site=SMALL).everything()


def rush() -> Scene:
    scene = calm()
    for n in range(1, 13):
        scene.alarm("CAM_OFFLINE", f"C-{n:03}", "P3", 60 * SECOND - n)
    return scene


def test_the_worst_comes_first() -> None:
    channels = [
        channel("calm", calm().state),
        channel("in hand", calm().alarm("SOS", "SOS-021", "P1", 9 * SECOND, "ack").state),
        channel("P2", calm().alarm("CAM_BLIND", "C-004", "P2", 9 * SECOND).state),
        channel("P3", calm().alarm("CAM_OFFLINE", "C-004", "P3", 90 * SECOND).state),
        channel("new P1", calm().alarm("SOS", "SOS-021", "P1", 9 * SECOND).state),
        channel("older P1", calm().alarm("SOS", "SOS-021", "P1", 90 * SECOND).state),
        channel("flood", rush().state),
        channel("dead feed", calm().feed("fire", 60 * SECOND).state),
        channel("silent", calm().state, still_s=40),
        channel("never", None),
        channel("waiting", Scene(site=SMALL).state),
        channel("late", calm().feed("fire", 9 * SECOND).state),
    ]
    lines = {c.site.id: line_of(c, "zh") for c in channels}
    order = sorted(lines, key=lambda id_: (lines[id_]["order"], id_))
    assert order == [
        "never", "silent", "older P1", "new P1", "flood", "in hand", "dead feed", "P2", "P3", "waiting", "late", "calm",
    ]  # fmt: skip


def test_a_line_says_what_where_and_how_many_and_no_room() -> None:
    state = calm().alarm("SOS", "SOS-021", "P1", 9 * SECOND).alarm("CAM_BLIND", "C-004", "P2", 9 * SECOND).state
    line = line_board(state, "zh", Lens(state.site))
    assert (line["name"], line["title"], line["place"]) == ("澜庭花园", "一键报警", "5号楼1单元")
    assert line["line"].startswith("未确认 · 尚无人接")
    assert line["counts"] == [1, 1, 0, 0]
    state = calm().alarm("SOS", "SOS-021", "P1", 9 * SECOND).feed("bins", 360 * SECOND).state
    assert line_board(state, "zh", Lens(state.site))["line"].endswith("垃圾桶无数据，未计入"), "what counts leave out"


def test_of_a_silent_site_nothing_is_shown_as_of_now() -> None:
    silent = line_of(channel("silent", calm().alarm("SOS", "SOS-021", "P1", 9 * SECOND).state, still_s=40), "zh")
    assert (silent["title"], silent["line"], silent["counts"]) == ("数据中断", "画面停在 14:32:07", [None] * 4)
    assert line_of(channel("never", None), "en")["line"] == "no data yet"
    broken = channel("broken", calm().state)
    broken.fail("its board cannot be drawn", ValueError("x"))
    assert line_of(broken, "zh")["look"] == "lost"


def test_how_long_ago_is_counted_by_the_communitys_own_clock() -> None:
    alarmed = channel("a", calm().alarm("SOS", "SOS-021", "P1", 9 * SECOND).state)
    snapshot = City({"a": alarmed, "b": channel("b", calm().state, 40)}, "build").snapshot("zh").decode()
    assert '"ago_ms":9000' in snapshot
    assert re.search(r'"ago_ms":4\d{4}\D', snapshot), "of a silent one since when it is silent"


def test_only_what_differs_is_sent() -> None:
    async def watch() -> None:
        shown = channel("a", calm().state)
        city = City({"a": shown, "b": channel("b", calm().state)}, "build")
        client = Client("zh")
        city.clients.add(client)
        city.snapshot("zh")
        running = asyncio.create_task(city.run())
        assert (await city.next_frame(client)).startswith(b"event: hb"), "nothing has changed"
        assert shown.state is not None
        worse = calm().alarm("SOS", "SOS-021", "P1", 9 * SECOND).state
        worse.site = shown.site
        shown.replace(worse)
        frame = await city.next_frame(client)
        while frame.startswith(b"event: hb"):
            frame = await city.next_frame(client)
        assert frame.startswith(b"event: delta") and b'"a":' in frame and b'"b":' not in frame
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(watch())


def test_who_may_see_one_community_gets_its_line_alone() -> None:
    city = City({"a": channel("a", calm().state), "b": channel("b", calm().state)}, "build")
    snapshot = city.snapshot("zh", mine=frozenset(["b"]))
    assert b'"b":' in snapshot and b'"a":' not in snapshot


@pytest.mark.parametrize("name", ["/city"])
def test_it_is_a_page_of_its_own(name: str) -> None:
    sites: dict[str, Site] = {"lanting": lanting()}
    view = next(view for view in VIEWS if view.path == name)
    assert "city-lines" in str(view.layout(page_of(sites, name, "lang=zh", {})))


def test_the_stream_begins_with_all_of_them(redis_url: str, tmp_path: Path) -> None:
    async def look() -> None:
        async with serving(redis_url, tmp_path) as web:
            web.hub.channels["lanting"].moved_at -= 60  # nothing has ever been said there, and that for a minute
            async with web.stream("?lang=en", "/city/live") as events:
                told = await until(events, "snap")
                assert told.data["lines"]["lanting"]["title"] == "Feed lost"

    asyncio.run(look())
