"""`python -m ingest kpi`: figures equal to pandas', on recorded and generated lists; journals; every mistake named."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from community.state import Entry
from ingest.__main__ import main
from store.live import encode_entry
from tests.community.story import Story

HEAD = "Begin Date,Begin Time,End Date,End Time,Alarm Tag,Alarm Id,Alarm Priority"


def ask(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[dict[str, Any]], str]:
    code = main(["kpi", "--json", *map(str, arguments)])
    said = capsys.readouterr()
    return code, [json.loads(line) for line in said.out.splitlines()], said.err


def independently(path: Path) -> dict[str, Any]:
    """The same figures by pandas, from the file's own words."""
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    begin = pd.to_datetime(rows["Begin Date"] + " " + rows["Begin Time"], format="%d/%m/%Y %H:%M:%S")
    end = pd.to_datetime(rows["End Date"] + " " + rows["End Time"], format="%d/%m/%Y %H:%M:%S", errors="coerce")
    name = rows["Alarm Tag"] + "/" + rows["Alarm Id"]
    last = max(begin.max(), end.max())
    ones = pd.Series(1, index=begin).sort_index()
    # resample leaves out what is after the last alarm: the windows up to the last end are empty ones
    edges = pd.date_range(begin.min().floor("10min"), last.floor("10min"), freq="10min")
    windows = ones.resample("10min").sum().reindex(edges, fill_value=0)
    top = name.value_counts()
    gaps = [times.sort_values().diff(2) for _, times in begin.groupby(name)]
    took = (end - begin).dropna().dt.total_seconds()
    return {
        "alarms": len(rows),
        "span_s": (last - begin.min()).total_seconds(),
        "most_in_10_minutes": windows.max(),
        "most_in_any": ones.rolling("600s").sum().max(),
        "windows_over_10": (windows > 10).sum(),
        "windows": len(windows),
        "top_10_share": pytest.approx(top.nlargest(10).sum() / len(rows)),
        "chattering": sum((gap <= pd.Timedelta(seconds=60)).any() for gap in gaps),
        "mttr_s": pytest.approx(took.mean()) if len(took) else None,
        "priorities": rows["Alarm Priority"].replace("N/A", "").value_counts().to_dict(),
    }


def ours(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, Any]:
    code, (figures,), errors = ask(capsys, path)
    assert (code, errors) == (0, "")
    assert main(["kpi", str(path)]) == 0
    printed = capsys.readouterr().out
    any_ten = re.search(r"most in any 10 min +(\d+)", printed)
    assert any_ten and f"{figures['windows_over_10']} of {figures['windows']}" in printed
    kept = {name: figures[name] for name in figures if name in independently(path)}
    return {**kept, "most_in_any": int(any_ten[1]), "span_s": (figures["to_ms"] - figures["from_ms"]) / 1000}


@pytest.mark.parametrize(("name", "rows"), [("flood_one", 228), ("flood_two", 240)])
def test_recorded_floods(fixtures_dir: Path, capsys: pytest.CaptureFixture[str], name: str, rows: int) -> None:
    path = fixtures_dir / "alarms" / f"{name}.csv"
    figures = ours(capsys, path)
    assert figures == independently(path)
    assert (figures["alarms"], figures["windows_over_10"], figures["windows"]) == (rows, 5, 5)


@pytest.mark.parametrize("seed", range(12))
def test_generated_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int) -> None:
    """In any order of rows, over midnights, with alarms that still stand and hours in which nothing comes."""
    rng = random.Random(seed)
    at = pd.Timestamp("2024-02-28 22:10:03")
    rows = []
    for _ in range(rng.randrange(5, 600)):
        at += pd.Timedelta(seconds=int(rng.choice((0, 1, 5, 20, 60, 599, 600, 4000))))
        end = at + pd.Timedelta(seconds=rng.randrange(5000))
        ended = f"{end.day}/{end.month}/{end.year},{end:%H:%M:%S}" if rng.random() < 0.8 else ","
        priority = rng.choice(("P1", "P2", "N/A"))
        rows.append(
            f"{at.day}/{at.month}/{at.year},{at:%H:%M:%S},{ended},T{rng.randrange(16)},X{rng.randrange(2)},{priority}"
        )
    rng.shuffle(rows)
    path = tmp_path / "list.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    assert ours(capsys, path) == independently(path)


def story() -> list[Entry]:
    told = Story()
    for minute in range(0, 30, 3):
        told.tell("sos.press", "SOS-1", {"press": "short"}, at_s=60 * minute)
        told.tell("command.alarm.acknowledge", "SOS/SOS-1", {"by": "post:a"}, at_s=60 * minute + 20)
        told.tell("command.alarm.reset", "SOS/SOS-1", {"by": "post:a"}, at_s=60 * minute + 80)
        told.tell("command.alarm.reset", "SOS/SOS-1", {"by": "post:a"}, at_s=60 * minute + 81)  # refused
    return told.entries


def test_a_journal_with_repetitions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [encode_entry("garden", entry) for entry in story()]
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"\n".join([*lines, b"", *lines[5:], lines[0].replace(b"garden", b"other")]) + b"\n")
    code, (garden, other), errors = ask(capsys, path)
    assert (code, errors) == (0, "")
    assert (garden["name"], garden["alarms"], garden["windows"]) == (f"{path}, garden", 10, 4)
    assert (garden["mtta_s"], garden["mttr_s"], garden["priorities"]) == (20, 80, {"P1": 10})
    assert (other["name"], other["alarms"]) == (f"{path}, other", 1)


def test_every_mistake_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        f"{HEAD}\n1/2/2024,10:00:00,,,T,X,\n31/2/2024,10:00:00,,,T,X,\nyesterday,10:00:00,,,T,X,\n"
        '1/2/2024,25:00:00,,,T,X,\n1/2/2024,10,,,T,X,\n1/2/2024,10:00:00,1/2/2024,09:59:59,"T\n2",X,\n1/2/2024,9:00,,,,,\n'
    )
    code, (figures,), errors = ask(capsys, path)
    assert (code, figures["alarms"]) == (1, 1)
    assert [int(line.removeprefix(f"{path}:").split(":")[0]) for line in errors.splitlines()] == [3, 4, 5, 6, 8, 9]
    journal = tmp_path / "journal.jsonl"
    good = encode_entry("garden", story()[0]).decode()
    journal.write_text("\n".join([good, "{", good.replace('"time"', '"thyme"'), good.replace("SOS/SOS-1@", "@x"), "7"]))
    code, (figures,), errors = ask(capsys, journal)
    assert (code, figures["alarms"]) == (1, 1)
    assert [line.removeprefix(f"{journal}:").split(":")[0] for line in errors.splitlines()] == ["2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no column Begin Date, Begin Time, Alarm Tag, Alarm Id"),
        (b"a,b\n1,2\n", "no column"),
        (HEAD.encode() + b"\n", "no alarm in it"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"nothing": 1}\n', "no alarm in it"),
    ],
)
def test_files_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, says: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    code, figures, errors = ask(capsys, path)
    assert (code, figures) == (2, [])
    assert says in errors and str(path) in errors


def test_called_wrongly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, tmp_path / "nowhere")[0] == 2
    assert ask(capsys, tmp_path)[0] == 2
    with pytest.raises(SystemExit, match="2"):
        main(["kpi"])
