"""A paper as PDF, set by typst with the fonts of installed packages: no browser, no system font, nothing fetched.

A 日报 has at most two pages, its correction as many as the changes take: where lists are long the print shows their
first rows and says how many more the XLSX has; what is left of the first page goes between its lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TypeVar

import msgspec
import typst

from community.reports.model import Paper

from .printed import Back, Front, picture_words, printed

Level = TypeVar("Level", "Front", "Back")
TEMPLATE = Path(__file__).parent / "paper.typ"
DAILY_PAGES = 2


FRONTS = (
    Front(rows=9, chart_height=170, room=1.35),
    Front(rows=9, chart_height=160, room=1.2),
    Front(rows=9, chart_height=150, room=1.0),
    Front(rows=6, chart_height=125, room=0.8),
    Front(rows=4, chart_height=105, room=0.6),
    Front(rows=2, chart_height=90, room=0.45),
    Front(rows=2, chart_height=80, room=0.4),
)
BRIEF = (
    Front(rows=2, chart_height=80, room=0.4, sentences=10, characters=100),
    Front(rows=2, chart_height=80, room=0.4, sentences=5, characters=100),
)
"""Where more is said than a page can hold, by rules on a bad day or by a person who writes much."""
SEEN = (
    Front(rows=9, chart_height=150, room=1.0),
    Front(rows=9, chart_height=125, room=0.8, picture_pt=64),
    Front(rows=9, chart_height=105, room=0.6, picture_pt=58),
    Front(rows=6, chart_height=90, room=0.5, picture_pt=54),
    Front(rows=4, chart_height=90, room=0.45, picture_pt=50),
    Front(rows=2, chart_height=80, room=0.4, picture_pt=46),
)
"""The same where a row of pictures stands below the alarms: these stay longer than all else is large."""
BACKS = (
    Back(wide=6, narrow=8),
    Back(wide=6, narrow=6, notes=False),
    Back(wide=6, narrow=4, notes=False),
    Back(wide=4, narrow=4, tables=8, notes=False),
    Back(wide=4, narrow=4, tables=6, notes=False),
    Back(wide=4, narrow=3, tables=4, notes=False),
    Back(wide=3, narrow=3, tables=2, notes=False),
    Back(wide=3, narrow=0, notes=False),
    Back(wide=1, narrow=0, notes=False),
)
"""What goes first is what the XLSX has as well and nobody decides by; what stands open goes last."""
WHOLE = Front(rows=60, chart_height=150, room=0.9), Back(wide=60, narrow=40, inset=4)
"""Of a report without a limit of pages."""

_COUNT = re.compile(rb"/Count (\d+)")
"""Pages, as the root of the page tree says; typst writes one level."""


class TooLong(RuntimeError):
    """A 日报 did not fit on two pages at any level."""


def pdf(paper: Paper, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """`pictures`: as JPEG, by SHA-256. The same paper gives the same bytes."""
    if paper.kind != "daily":
        return _compiled(paper, *WHOLE, pictures)[0]
    room, fronts = dict.fromkeys(pictures or (), b""), SEEN if pictures else FRONTS

    def pages(front: Front, back: Back) -> int:
        return _compiled(paper, front, back, room)[1]

    if paper.changes:  # as many pages as they take, and none for the signatures alone
        least = pages(fronts[-1], WHOLE[1])
        front = _first(fronts, lambda one: pages(one, WHOLE[1]) <= least) or fronts[-1]
        return _compiled(paper, front, WHOLE[1], pictures)[0]
    back = _first(BACKS, lambda one: pages(fronts[-1], one) <= DAILY_PAGES)
    if back is None and pictures:
        return pdf(paper)  # a picture is the first that goes
    if back is None:
        fronts = BRIEF
        back = _first(BACKS, lambda one: pages(fronts[-1], one) <= DAILY_PAGES)
    if back is None:
        raise TooLong(f"{paper.number} does not fit on {DAILY_PAGES} pages")
    # the first page has a break after it
    front = _first(fronts, lambda one: pages(one, back) <= DAILY_PAGES)
    assert front is not None  # the last of them fitted
    return _compiled(paper, front, back, pictures)[0]


def _first(levels: Sequence[Level], fits: Callable[[Level], bool]) -> Level | None:
    """The first that fits, where each takes less room than the one before: setting a page costs a tenth of a second."""
    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(levels[middle]) else (middle + 1, high)
    return levels[low] if low < len(levels) else None


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """Opening the fonts costs more than setting a page."""
    barlow = resources.files("fontpkg_barlow_semi_condensed") / "files"
    cjk = resources.files("manimgx_fonts_cjk")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(barlow), str(cjk)])
    return typst.Compiler(input=TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def _compiled(paper: Paper, front: Front, back: Back, pictures: Mapping[str, bytes] | None = None) -> tuple[bytes, int]:
    """And its pages."""
    said = printed(paper, front, back) | {"pictures": picture_words(paper, pictures or {})}
    inputs = {"paper": msgspec.json.encode(said).decode()}
    content = _compiler().compile(format="pdf", sys_inputs=inputs, timestamp=paper.made_ms // 1000, pdf_tags=False)
    assert isinstance(content, bytes)
    return content, int(_COUNT.findall(content)[-1])
