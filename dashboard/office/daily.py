"""每日运行: a day, a week, a month or any days."""

from __future__ import annotations

from .page import office
from .panels import PANELS

VIEW = office("/daily", "daily", PANELS, days=1, with_files=True)
