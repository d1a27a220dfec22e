"""When reports are made: {"numbers": {"reports": {"draft_at": "00:10", "issue_at": "08:00"}}}."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from ..numbers import ClockTime, Numbers
from .model import Edition


class Schedule(Numbers, frozen=True):
    """A 日报 is drafted when the day is over and its late records are in, and issued before the office opens; a 周报
    on Mondays, a 月报 on the first, at the same hours (DOMAIN.md). `editions`: which are made by themselves.
    `handover_at`: when shifts change. `number_prefix`: before every report's number; empty: the community's id.
    """

    section: ClassVar[str] = "reports"

    draft_at: ClockTime = "00:10"
    issue_at: ClockTime = "08:00"
    handover_at: tuple[ClockTime, ...] = ("08:00", "20:00")
    editions: tuple[Edition, ...] = ("internal", "owners", "street")
    number_prefix: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{0,12}\Z")] = ""

    def __post_init__(self) -> None:
        if not self.draft_at < self.issue_at:
            raise ValueError(f"draft_at {self.draft_at} must be before issue_at {self.issue_at}")
