"""Reviewed pictures of the wall, small in bytes, and the comparison with what the product draws now.

Both happen in the browser itself, which reads and writes WebP. A picture is compared by the mean of blocks of 8 x 8 px,
so that the grain of a compressed picture and the edge of a letter are no difference, and a changed word is.
`make pictures` writes them anew: look at them before you commit them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from playwright.sync_api import FloatRect, Page

FOLDER = Path(__file__).parent / "golden"
MADE_WITH = FOLDER / "made_with.json"
RENEW = os.environ.get("UPDATE_PICTURES") == "1"
EVERYWHERE = os.environ.get("REQUIRE_ALL") == "1"

WIDTHS = {1920: 1280, 1366: 1280, 3840: 960, 5760: 2560}
"""Width of the screen -> width of its picture: all words can be read on it."""

DIFFERENCE, BLOCKS = 22, 6
"""Of 255, how much a block's mean may differ, and in how many blocks it may differ more."""

PAINT = """({ shot, width }) => new Promise((done, fail) => {
  const image = new Image();
  image.onerror = () => fail(new Error("not a picture"));
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = Math.round((width * image.height) / image.width);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    done(canvas);
  };
  image.src = shot;
})"""

ENCODE = f"""async (given) => (await ({PAINT})(given)).toDataURL("image/webp", 0.46)"""

COMPARE = f"""async ({{ shot, golden, width, most }}) => {{
  const SIDE = 8, paint = {PAINT};
  const [now, then] = await Promise.all([paint({{ shot, width }}), paint({{ shot: golden, width }})]);
  if (now.height !== then.height) throw new Error(`${{now.height}} px high, not ${{then.height}}`);
  const read = (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const [a, b] = [read(now), read(then)];
  const found = [];
  for (let y = 0; y + SIDE <= now.height; y += SIDE)
    for (let x = 0; x + SIDE <= now.width; x += SIDE) {{
      const sum = [0, 0, 0];
      for (let dy = 0; dy < SIDE; dy++)
        for (let dx = 0; dx < SIDE; dx++)
          for (let c = 0; c < 3; c++) {{
            const at = 4 * ((y + dy) * now.width + x + dx) + c;
            sum[c] += a[at] - b[at];
          }}
      const off = Math.max(...sum.map(Math.abs)) / (SIDE * SIDE);
      if (off > most) found.push(`${{x}},${{y}}: ${{off.toFixed(0)}}`);
    }}
  return found;
}}"""

FONTS = """() => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [480, 60];
  const pen = canvas.getContext("2d");
  pen.font = '40px "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
  pen.fillText("守望 Shouwang 0123", 0, 44);
  return canvas.toDataURL();
}"""


def made_with(page: Page) -> dict[str, str]:
    """What the look of a letter depends on."""
    browser = page.context.browser
    assert browser is not None
    drawn = hashlib.sha256(page.evaluate(FONTS).encode()).hexdigest()[:16]
    return {"chromium": browser.version.partition(".")[0], "letters": drawn}


class Reviewer:
    """Compares with the reviewed pictures, or writes them; `wrong` says where they differ."""

    def __init__(self, page: Page) -> None:
        self._desk = page.context.new_page()  # a page of its own: the wall's content policy lets no script in
        here = made_with(self._desk)  # a blank page: the language of a page changes its letters
        if RENEW:
            FOLDER.mkdir(exist_ok=True)
            MADE_WITH.write_text(json.dumps(here) + "\n", "utf-8")
        self._compares = EVERYWHERE or here == json.loads(MADE_WITH.read_text("utf-8"))
        self.wrong: list[str] = []

    def look(self, page: Page, name: str, part: FloatRect | None = None, width: int = 0) -> None:
        """The whole page, or a part of it; `width` of its picture, where it is not that of WIDTHS."""
        if not (RENEW or self._compares):
            return  # other letters than those of the reviewed pictures: what can be measured has been
        size = page.viewport_size
        assert size is not None
        path = FOLDER / f"{name}.webp"
        wide = {"width": width or WIDTHS[size["width"]]}
        if RENEW:
            shot = page.screenshot(animations="disabled", clip=part)
            given: dict[str, Any] = wide | {"shot": _url(shot, "png")}
            path.write_bytes(base64.b64decode(self._desk.evaluate(ENCODE, given).partition(",")[2]))
            return
        shot = page.screenshot(animations="disabled", clip=part, type="jpeg", quality=90)  # in a third of a PNG's time
        given = wide | {"shot": _url(shot, "jpeg"), "golden": _url(path.read_bytes(), "webp"), "most": DIFFERENCE}
        off = self._desk.evaluate(COMPARE, given)
        if len(off) > BLOCKS:
            kept = Path(os.environ.get("PICTURES_OUT", "test-results")) / f"{name}.jpg"
            kept.parent.mkdir(exist_ok=True)
            kept.write_bytes(shot)
            self.wrong.append(f"{name}: {len(off)} blocks differ, {off[:4]}; what was drawn is {kept}")


def _url(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
