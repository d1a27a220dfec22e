"""Another description comes into force: board, page, plan and fonts follow without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from community.description import Description, description, pack
from community.site import SITES, Site, Text
from community.state import Changes, Described, Entry
from store import keys
from tests.dashboard.serve import Web, serving, until
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import normal
from tests.layouts.stage import Stage

FILE = (SITES / "lanting.json").read_bytes()
SOURCE = msgspec.json.decode(FILE)


def described(**changed: object) -> Description:
    return description(msgspec.json.encode({**SOURCE, **changed}))


def put_in_force(stage: Stage, told: Description, forgotten: tuple[str, ...] = ()) -> None:
    position = stage.next_position()
    said = Described(told.hash, position, pack(told.text))
    clock_ms = stage.state.clock_ms + 100
    entry = Entry(keys.JOURNAL, f"{position}/0", "site.described", "lanting", clock_ms, {"hash": told.hash})
    changes = Changes(clock_ms, position, entries=[entry], site=told.site, described=said, forgotten=forgotten)
    stage.change(changes)


def watch(redis_url: str, var: Path, what: Callable[[Web], Awaitable[None]]) -> None:
    async def run() -> None:
        async with serving(redis_url, var) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            await what(web)

    asyncio.run(run())


def test_the_board_follows_and_the_page_is_told_to_load_itself_again(redis_url: str, var: Path) -> None:
    stage = Stage(redis_url, normal())
    renamed = {"zh": "新澜庭鑫园", "en": "New Lanting"}
    kept = [device for device in SOURCE["devices"] if device["id"] != "SOS-021"]

    async def look(web: Web) -> None:
        page = (await web.client.get("/?lang=en")).text
        async with web.stream("?lang=en") as events:
            first = await until(events, "snap")
            assert f'data-build="{first.data["build"]}"' in page
            ((_, buttons),) = first.data["parts"]["tiles"]["sos"]["bar"]
            await asyncio.to_thread(put_in_force, stage, described(name=renamed, devices=kept), ("SOS-021",))
            again = await until(events, "snap")
        assert again.data["parts"]["head"]["name"] == "New Lanting"
        assert again.data["parts"]["tiles"]["sos"]["bar"] == [["ok", buttons - 1]]
        assert again.data["build"] != first.data["build"]
        later = (await web.client.get("/?lang=en")).text
        assert f'data-build="{again.data["build"]}"' in later and "· New Lanting</title>" in later
        listed = {device["id"] for device in (await web.client.get("/api/v1/state")).json()["devices"]}
        assert "SOS-021" not in listed and "SOS-001" in listed
        sheet = (await web.client.get("/fonts/fonts.css")).text
        assert f"U+{ord('鑫'):X}" in sheet, "the new name is written in the wall's own font"

    watch(redis_url, var, look)


def test_the_plan_is_drawn_anew(redis_url: str, var: Path) -> None:
    stage = Stage(redis_url, normal())
    moved = [{**d, "xy": [d["xy"][0] + 1.5, d["xy"][1]]} if d["id"] == "C-001" else d for d in SOURCE["devices"]]

    async def look(web: Web) -> None:
        before = (await web.client.get("/map")).text
        await asyncio.to_thread(put_in_force, stage, described(devices=moved))
        channel = web.hub.channels["lanting"]
        await wait_until_async(lambda: channel.revision == stage.state.position, 10, "the hub is where the state is")
        after = (await web.client.get("/map")).text
        assert (after == before) is False and "28.21" in after  # no comparison of long texts by pytest

    watch(redis_url, var, look)


def test_a_web_process_that_starts_later_shows_what_is_in_force_and_not_its_file(redis_url: str, var: Path) -> None:
    stage = Stage(redis_url, normal())
    put_in_force(stage, described(name={"zh": "别名", "en": "Another name"}))

    async def look(web: Web) -> None:
        async with web.stream("?lang=en") as events:
            assert (await until(events, "snap")).data["parts"]["head"]["name"] == "Another name"

    watch(redis_url, var, look)


def test_the_same_description_from_the_log_reloads_no_page(redis_url: str, var: Path) -> None:
    """The first start: the log is told what the file says, while the first page is already open."""
    stage = Stage(redis_url, normal())

    async def look(web: Web) -> None:
        async with web.stream() as events:
            first = await until(events, "snap")
            await asyncio.to_thread(put_in_force, stage, described())
            assert (await until(events, "snap")).data["build"] == first.data["build"]

    watch(redis_url, var, look)


def test_what_tells_two_descriptions_apart_is_what_they_say() -> None:
    from dashboard.frames import Channel

    site: Site = described().site
    assert Channel(site, "p").build == Channel(described().site, "p").build
    assert Channel(site, "p").build != Channel(site, "q").build
    assert Channel(site, "p").build != Channel(replace(site, duty=Text("值班", "On duty")), "p").build
