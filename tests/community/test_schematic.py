"""A plan from a list of buildings: everything has its place, nothing lies on anything else."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.place import Building, Device
from community.schematic import WIDTH_M, Box, Schematic, lay_out

LISTS = st.lists(st.integers(1, 6), max_size=60)


def estate(units: list[int], areas: dict[str, int]) -> Schematic:
    devices = [
        Device(f"{area}-{n}", "cameras", "camera", "x", area=area)
        for area, count in areas.items()
        for n in range(count)
    ]
    return lay_out([Building(str(n), units=count) for n, count in enumerate(units, 1)], devices)


def apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@given(
    units=LISTS,
    areas=st.dictionaries(st.text("东西南北门卫室A棚", min_size=1, max_size=6), st.integers(1, 40), max_size=12),
)
def test_every_building_and_device_has_a_place_of_its_own(units: list[int], areas: dict[str, int]) -> None:
    found = estate(units, areas)
    assert list(found.buildings) == [str(n) for n in range(1, len(units) + 1)], "in the order of the list"
    assert set(found.devices) == {f"{area}-{n}" for area, count in areas.items() for n in range(count)}
    west, south, east, north = found.extent
    boxes = [*found.buildings.values(), *found.places.values()]
    for box in boxes:
        assert west <= box[0] < box[2] <= east and south <= box[1] < box[3] <= north, box
    assert all(apart(one, other) for one, other in combinations(boxes, 2))
    assert len(set(found.devices.values())) == len(found.devices)
    assert not any(
        box[0] < x < box[2] and box[1] < y < box[3]
        for x, y in found.devices.values()
        for box in found.buildings.values()
    )


@pytest.mark.parametrize(("buildings", "rows"), [(1, 1), (5, 1), (16, 3), (60, 9)])
def test_as_many_rows_as_make_the_buildings_large(buildings: int, rows: int) -> None:
    found = estate([3] * buildings, {"大门": 2})
    assert len(found.rows) == rows
    assert all(box[2] - box[0] >= 30 for box in found.buildings.values()), "room for a number"


def test_a_building_of_six_units_is_six_times_as_wide_as_one_of_one() -> None:
    found = estate([6, 1, 1], {})
    wide = [box[2] - box[0] for box in found.buildings.values()]
    assert wide[0] == pytest.approx(6 * wide[1], abs=0.1) and sum(wide) < WIDTH_M
