"""`make prove`: within ten seconds of any fault no screen shows an untruth; the figures of each go into its JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser

from tests.engines.kafka import kraft_missing
from tests.faults.chain import Chain, whole_house
from tests.faults.kiosk import frozen_page
from tests.faults.table import Proof

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    if missing := kraft_missing():
        pytest.skip(missing)
    with whole_house(tmp_path_factory.mktemp("house")) as chain:
        yield chain


def test_within_ten_seconds_no_screen_shows_an_untruth(
    house: Chain, browser: Browser, tmp_path: Path, record_property: Any
) -> None:
    rows = [*Proof(house, browser).rows(), frozen_page(house.url, tmp_path)]
    record_property("faults", msgspec.to_builtins(rows))
    assert [row for row in rows if not row.met] == []
