"""Which night the panel of the night's flow is of."""

from __future__ import annotations

import pytest

from dashboard.office.panels.water import told_last


@pytest.mark.parametrize(
    ("read", "night"),
    [
        ({"2026-03-10": 21, "2026-03-11": 20, "2026-03-12": 21}, "2026-03-12"),
        ({"2026-03-10": 21, "2026-03-11": 20, "2026-03-12": 1}, "2026-03-11"),  # the others tell it in the morning
        ({"2026-03-01": 21, "2026-03-12": 1}, "2026-03-12"),  # so far back nobody looks
        ({}, "2026-03-12"),
    ],
)
def test_the_last_night_that_the_meters_have_told(read: dict[str, int], night: str) -> None:
    assert told_last(read, "2026-03-12") == night
