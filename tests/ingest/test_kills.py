"""Killed at random moments under 500 records a second, a community loses nothing and does nothing twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store.children import Children
from tests.engines.kafka import Broker
from tests.ingest.chaos import Chaos


def test_five_kills_change_nothing(kraft: Broker, redis_url: str, children: Children) -> None:
    kraft.wipe()
    Chaos(kraft, redis_url, children, seed=20260312).run(kills=5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_thirty_kills_change_nothing(
    kraft: Broker, redis_url: str, children: Children, seed: int, record_property: Callable[[str, object], None]
) -> None:
    kraft.wipe()
    for name, count in Chaos(kraft, redis_url, children, seed).run(kills=5).items():
        record_property(name, count)
