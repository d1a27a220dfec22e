"""Fonts from the installed packages, cut to what a page needs and kept under var/fonts.

Figures and Latin are Barlow Semi Condensed. Chinese is the kiosk's own font; where it has none, slices of Noto Sans CJK
are served, each with its `unicode-range`, so that a browser fetches a slice only for characters no local font has.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from community.board.alarm_words import CARE_TITLE, CAUSES, FIGURES, SHORT
from community.board.tiles import TILES
from community.catalogue import CATALOGUE
from community.site import SITES, Site, Text
from community.tour_words import TOUR
from community.words import CLIENT, PRIORITIES, TILE, WALL
from layouts.site_plan import labels, site_plan

LATIN = "U+0020-007E,U+00A0-00FF,U+2013-2014,U+2018-201D,U+2022,U+2026,U+2103,U+2190-2193,U+2212"
LOCAL = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei")
BLOCKS = (0x30, *range(0x4E, 0xA0), 0xFF)
"""Rows of 256 characters: Chinese punctuation, the unified ideographs, full-width forms."""


class Face(msgspec.Struct, frozen=True):
    """One file: where it is cut from and which characters it holds (as `unicode-range` writes them)."""

    name: str
    family: str
    weight: str
    source: str
    """`barlow:Medium` or `cjk`."""
    ranges: str


class FontUnavailable(RuntimeError):
    """The slice could not be cut; the page goes on with what the browser has."""


def faces(sites: Iterable[Site], plans: Sequence[Path] = (SITES,)) -> dict[str, Face]:
    """Every face by name. The last one wins where ranges overlap: the product's own words come in one file."""
    found = [
        Face("latin-400", "BSC", "400", "barlow:Medium", LATIN),
        Face("latin-700", "BSC", "700", "barlow:SemiBold", LATIN),
        *(Face(f"cjk-{row:02x}", "CJK slices", "100 900", "cjk", f"U+{row:02X}00-{row:02X}FF") for row in BLOCKS),
    ]
    words = _words(sites, plans)
    mark = hashlib.sha256(words.encode()).hexdigest()[:8]
    ranges = ",".join(f"U+{ord(c):X}" for c in words)
    found.append(Face(f"cjk-words-{mark}", "CJK slices", "100 900", "cjk", ranges))
    return {face.name: face for face in found}


def style_sheet(known: dict[str, Face]) -> str:
    return "\n".join(_rule(face) for face in known.values())


def _rule(face: Face) -> str:
    sources = [f'url(/fonts/{face.name}.woff2) format("woff2")']
    if face.source == "cjk":
        sources = [f'local("{name}")' for name in LOCAL] + sources
    return (
        f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};font-display:swap;'
        f"src:{','.join(sources)};unicode-range:{face.ranges}}}"
    )


def _words(sites: Iterable[Site], plans: Sequence[Path]) -> str:
    """The Chinese characters the product and its communities are known to use, in order."""
    texts = [text.zh for table in (WALL, TILE, CLIENT, PRIORITIES, SHORT, TOUR) for text in table.values()]
    texts += [text.zh for said in (*TILES.values(), FIGURES, CAUSES, CARE_TITLE) for text in _texts(said)]
    texts += [definition.name.zh for definition in CATALOGUE.values()]
    texts += ["月日周一二三四五六时分秒天小号楼单元室岗中控巡逻门：，。、·（）"]
    for site in sites:
        texts += [site.name.zh, site.duty.zh, *(line.zh for line in site.fallback)]
        texts += [post.name.zh for post in site.posts]
        texts += [str(label["text"]) for label in labels(site_plan(site, plans)["features"], "zh")]
        texts += [source.name.zh for source in site.sources]
        texts += [text for device in site.devices for text in (device.name.zh, device.area)]
    return "".join(sorted({c for text in texts for c in text if ord(c) >= 0x2E80}))


def _texts(value: object) -> Iterator[Text]:
    """Every text in it, however deep."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _texts(getattr(value, field))
    elif isinstance(value, Mapping):
        yield from _texts(tuple(value.values()))
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)


class Fonts:
    """Cuts a face the first time somebody asks for it, in a process of its own, and keeps it."""

    def __init__(self, folder: Path, sites: Iterable[Site], plans: Sequence[Path] = (SITES,)) -> None:
        self._plans = plans
        self.known: dict[str, Face] = {}
        self.describe(sites)
        self._folder = folder
        self._cutting: dict[str, asyncio.Task[Path]] = {}

    def describe(self, sites: Iterable[Site]) -> None:
        """What the pages of these communities need. Faces of before stay for the pages that are still open."""
        found = faces(sites, self._plans)
        self.known |= found
        self.sheet = style_sheet(found)

    async def file(self, name: str) -> Path:
        """Raises KeyError for a name nobody has, FontUnavailable when it could not be cut."""
        face = self.known[name]
        path = self._folder / f"{name}.woff2"
        if path.exists():
            return path
        if name not in self._cutting:
            self._cutting[name] = asyncio.create_task(self._cut(face, path))
        try:
            return await asyncio.shield(self._cutting[name])
        finally:
            self._cutting.pop(name, None)

    async def close(self) -> None:
        """Ends what is being cut."""
        cutting = list(self._cutting.values())
        for task in cutting:
            task.cancel()
        await asyncio.gather(*cutting, return_exceptions=True)

    async def _cut(self, face: Face, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "dashboard.cut_font", face.source, face.ranges, str(path), str(os.getpid())]
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        try:
            _, errors = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.communicate()
            raise
        if process.returncode:
            raise FontUnavailable(errors.decode(errors="replace").strip().rpartition("\n")[2])
        return path
