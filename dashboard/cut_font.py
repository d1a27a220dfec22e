"""python -m dashboard.cut_font SOURCE RANGES FILE PARENT: one slice of an installed font as woff2.

A process of its own: the Chinese font takes 90 MB and two seconds to open, which no event loop should feel.
SOURCE is `barlow:Medium` or `cjk` (variable, every weight in one file); RANGES as in CSS `unicode-range`;
PARENT is the process with which it ends.
"""

from __future__ import annotations

import os
import sys
from importlib import resources
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from store.children import end_with

SIMPLIFIED = 2
"""Index of Noto Sans CJK SC in the collection (JP, KR, SC, TC, HK)."""


def main(source: str, ranges: str, target: Path) -> None:
    font = _open(source)
    options = subset.Options()
    options.flavor = "woff2"
    options.hinting = False
    options.layout_features = ["kern", "tnum", "lnum"] if source.startswith("barlow") else []
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for part in ranges.split(",") for code in _codes(part)])
    cutter.subset(font)
    font.flavor = "woff2"
    partial = target.with_suffix(f".{os.getpid()}")
    font.save(partial)
    os.replace(partial, target)


def _open(source: str) -> TTFont:
    family, _, style = source.partition(":")
    if family == "barlow":
        files = resources.files("fontpkg_barlow_semi_condensed") / "files"
        return TTFont(str(files / f"BarlowSemiCondensed-{style}.ttf"), lazy=True)
    path = resources.files("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc"
    return TTFont(str(path), fontNumber=SIMPLIFIED, lazy=True)


def _codes(part: str) -> range:
    first, _, last = part.removeprefix("U+").partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)


if __name__ == "__main__":
    end_with(int(sys.argv[4]))
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
