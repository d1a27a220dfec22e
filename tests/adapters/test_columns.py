"""A table that lacks a column says so: what is needed is refused, the rest is counted, nothing is lost in silence."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from community.model import Record
from ingest.mapping.catalogue import mapping
from ingest.mapping.document import load
from ingest.mapping.folder import FOLDER
from tests.adapters.test_adapt import adapt

ENERGY_WH = 7780 + 4250 + 9000
ROWS = [
    ["1", "900", "2024-02-29 23:10:00", "2024-03-01 01:40:00", "7.78"],
    ["2", "901", "2024-03-01 08:00:00", "2024-03-01 09:00:00", "4.25"],
    ["3", "901", "2024-03-02 08:00:00", "2024-03-02 09:00:00", "9"],
]
DESMARAIS = ["sessionId", "stationId", "created", "ended", "kwhTotal"]
GENERIC = ["session", "station", "started", "ended", "energy_kwh"]
TABLES = [("ev_sessions_desmarais", DESMARAIS), ("ev_sessions_generic", GENERIC)]
ORDERS = FOLDER / "work_orders" / "samples" / "requests.csv"


def table(path: Path, heading: list[str], rows: list[list[str]] = ROWS) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
    return path


def energy(records: Iterable[Record]) -> int:
    return round(sum(record.data.get("energy_wh", 0) for record in records))


@pytest.mark.parametrize(("source", "heading"), TABLES)
@pytest.mark.parametrize("place", range(5))
def test_sessions_need_each_column_and_columns_gives_it(
    tmp_path: Path, source: str, heading: list[str], place: int
) -> None:
    file = table(tmp_path / "year.csv", [*heading[:place], "theirs", *heading[place + 1 :]])
    code, records, said = adapt(source, file)
    assert (code, records) == (1, [])
    first, more, sentence = said.splitlines()
    assert first.startswith(f"{file}:2: no column '{heading[place]}'") and "theirs" in first
    assert f"; --columns {heading[place]}=ITS_NAME" in first
    assert more.startswith(f"{file}: no column ") and more.endswith(" in 2 more rows")
    assert sentence == "3 payloads: 0 mapped to 0 records, 0 ignored, 3 refused"
    code, records, said = adapt(source, file, "--columns", f"{heading[place]}=theirs")
    assert (code, len(records), energy(records)) == (0, 6, ENERGY_WH)


def test_energy_in_kwh_or_in_wh_and_the_one_that_is_named_counts(tmp_path: Path) -> None:
    file = table(tmp_path / "wh.csv", [*GENERIC[:4], "energy_wh"])
    assert energy(adapt("ev_sessions_generic", file)[1]) == round(7.78 + 4.25 + 9)
    code, records, _ = adapt("ev_sessions_generic", file, "--columns", "energy_kwh=energy_wh")
    assert (code, energy(records)) == (0, ENERGY_WH)
    both = table(tmp_path / "both.csv", [*GENERIC[:4], "total", "energy_wh"], [[*row, "1"] for row in ROWS])
    assert energy(adapt("ev_sessions_generic", both, "--columns", "energy_kwh=total")[1]) == ENERGY_WH


def test_what_an_order_can_do_without_is_counted(tmp_path: Path) -> None:
    with ORDERS.open(newline="") as file:
        heading, *rows = list(csv.reader(file))
    rows = [row for row in rows if len(row) == len(heading) and row[0]]
    renamed = {"Complaint Type": "Kind", "Closed Date": "Done", "Resolution Action Updated Date": "Touched"}
    path = table(tmp_path / "orders.csv", [renamed.get(name, name) for name in heading], rows)
    code, records, said = adapt("work_orders", path)
    assert code == 0 and records and not any("category" in record.data for record in records)
    assert f"no column 'Complaint Type': {len(rows)} rows are read without it" in said
    assert f"no column 'Closed Date' or 'Resolution Action Updated Date': {len(rows)} rows" in said
    assert "Room" not in said  # a city's table has streets instead
    path = table(tmp_path / "orders.csv", ["State" if name == "Status" else name for name in heading], rows)
    code, records, said = adapt("work_orders", path)
    assert (code, records) == (1, []) and "no column 'Status', there are Unique Key, " in said


def test_the_recorded_sessions_lose_no_energy(tmp_path: Path, fixtures_dir: Path) -> None:
    heading, rest = (fixtures_dir / "ev_sessions" / "desmarais_workplace.csv").read_text().split("\n", 1)
    file = tmp_path / "c.csv"
    file.write_text(heading.replace("kwhTotal", "kwh") + "\n" + rest)
    code, records, said = adapt("ev_sessions_desmarais", file)
    assert (code, records) == (1, []) and "no column 'kwhTotal' in 3394 more rows" in said
    code, records, _ = adapt("ev_sessions_desmarais", file, "--columns", "kwhTotal=kwh")
    assert (code, energy(records)) == (0, 19_723_690)


def test_a_mapping_s_own_columns_are_found_in_it() -> None:
    own = load(
        """source: probe
format: csv
columns:
  optional: [note, [a, b]]
let:
  who: "body.mac || body.serial"
  said: {template: "{body.made}"}
subject: "{body.house}/{who}"
ignore: [{rule: another table, when: body.Day}]
records:
  - type: meter.reading
    when: body.kind == 'water'
    time: body.at
    data:
      volume_m3: {pick: 'body."volume (L)"', unit_from: body.unit}
      serial: {pick: body.note, words: {pick: body.gone}, replace: {x: "{body.gone}"}}
      power_w: body.a.b
      energy_kwh: body.b[0]
""",
        "probe",
        "probe.yaml",
    )
    needed = {name for group in own.columns.needed for name in group}
    assert needed == {"mac", "serial", "made", "house", "kind", "at", "volume (L)", "unit"}
    assert own.columns.optional == (("note",), ("a", "b"))
    assert not mapping("lorawan").columns.needed  # JSON: what is not said is not there
