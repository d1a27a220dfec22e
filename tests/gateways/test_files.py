"""Files that somebody drops: taken whole, in order, once; what cannot be read is named."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ingest.gateways import files
from tests.engines.wait import wait_until_async
from tests.gateways.house import House


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOOK_S", 0.05)


def connection(folder: Path, source: str = "work_orders") -> str:
    folder.mkdir(exist_ok=True)
    return f'- {{way: files, id: drop, source: {source}, folder: "{folder}"}}\n'


def rows(first: int, count: int) -> str:
    lines = "".join(f"{n},HPD,Open\n" for n in range(first, first + count))
    return f"Unique Key,Agency,Status\n{lines}"


def test_a_table_in_chinese_a_recording_and_the_same_name_again(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "drop"

    async def run() -> None:
        async with house.open(connection(folder), {}):
            (folder / "day.csv").write_bytes("Unique Key,Agency\n1,物业\n".encode("gb18030"))
            await house.heard("work_orders", 1)
            await wait_until_async(lambda: (folder / "done" / "day.csv").exists(), 10, "it is moved")
            (folder / "day.csv").write_text("Unique Key,Agency\n2,HPD\n", "utf-8")
            (folder / "night.jsonl").write_text('{"device": "desk", "payload": {"Unique Key": "3"}}\n', "utf-8")
            await house.heard("work_orders", 3)
            await wait_until_async(lambda: len(list((folder / "done").iterdir())) == 3, 10, "all are moved")
        assert {p.name for p in (folder / "done").iterdir()} == {"day.csv", "day.1.csv", "night.jsonl"}
        told = {e["payload"]["Unique Key"]: e for e in house.envelopes("work_orders")}
        assert told["1"]["payload"]["Agency"] == "物业" and told["3"]["device"] == "desk"

    asyncio.run(run())


def test_a_restart_in_the_middle_goes_on_there(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "drop"
    monkeypatch.setattr(files, "CHUNK", 10)
    chunks = 0
    store = files.FilesGate._store

    def breaks(gate: files.FilesGate, progress: files.Progress) -> None:
        nonlocal chunks
        chunks += 1
        store(gate, progress)
        if chunks == 4:
            raise OSError("the power goes")

    async def run() -> None:
        text = connection(folder)
        (folder / "big.csv").write_text(rows(0, 95), "utf-8")
        monkeypatch.setattr(files.FilesGate, "_store", breaks)
        async with house.open(text, {}):
            await wait_until_async(lambda: (folder / "done" / "big.csv").exists(), 20, "it is moved")
        numbers = [int(envelope["payload"]["Unique Key"]) for envelope in house.envelopes("work_orders")]
        assert numbers == list(range(95))

    asyncio.run(run())


def test_what_cannot_be_read_is_named_and_the_rest_is_taken(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "drop"

    async def run() -> None:
        async with house.open(connection(folder), {}):
            (folder / "bad.csv").write_text("Unique Key,Agency\n1,HPD\n2\n3,HPD\n", "utf-8")
            await wait_until_async(lambda: (folder / "failed" / "bad.csv").exists(), 20, "it is set aside")
        assert [e["payload"]["Unique Key"] for e in house.envelopes("work_orders")] == ["1", "3"]

    asyncio.run(run())
    assert "bad.csv:3: a row of 1 cells" in caplog.text


def test_the_feed_is_down_while_the_folder_is_not_there(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = connection(tmp_path / "drop")
    (tmp_path / "drop").rmdir()

    async def run() -> None:
        opening = asyncio.ensure_future(once_open())
        await wait_until_async(lambda: "drop: [Errno 2]" in caplog.text, 20, "it says so")
        (tmp_path / "drop").mkdir()
        await opening

    async def once_open() -> None:
        async with house.open(text, {}):
            return

    asyncio.run(run())
