"""How long history keeps what: {"numbers": {"history": {"passes_days": 90}}}."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from ..numbers import Numbers

Days = Annotated[int, msgspec.Meta(ge=1, le=36_600)]
Audited = Annotated[int, msgspec.Meta(ge=180, le=36_600)]
"""The Cybersecurity Law of the PRC, article 21 (3), wants network logs kept for six months at least."""
Recorded = Annotated[int, msgspec.Meta(ge=1, le=3_660)]


class Retention(Numbers, frozen=True):
    """Local days that a row is kept after its own. The journal is the audit: less than 180 days are refused.

    Raw records: 30 days, as far as time travel reaches. What names a person's subject id (door passes) is kept for half
    a year, what concerns a household (meters, orders) for two. Rollups hold sums only and stay for ten years.
    """

    section: ClassVar[str] = "history"

    journal_days: Audited = 1_095
    passes_days: Days = 180
    sessions_days: Days = 1_095
    orders_days: Days = 1_095
    calls_days: Days = 365
    broadcasts_days: Days = 365
    patrol_days: Days = 365
    meters_days: Days = 1_095
    presence_days: Days = 400
    rollups_days: Days = 3_650
    raw_days: Recorded = 30
    snapshots_days: Recorded = 30
