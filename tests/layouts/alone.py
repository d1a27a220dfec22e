"""The plan's page by itself, without a server: a page around it, and its files from the disk."""

from __future__ import annotations

from pathlib import Path

from xstatic.pkg import leaflet

ORIGIN = "http://plan.test"
ASSETS = Path(__file__).resolve().parents[2] / "assets"

HOST = """<!DOCTYPE html><html style="font-size:16px"><body style="margin:0;background:#000"><script>
window.SW = { words: {}, mapReady: () => { document.body.dataset.ready = "yes"; } };
</script><iframe id="plan" src="/map" style="border:0;width:1292px;height:588px"></iframe></body></html>"""

APPLY = """(delta) => new Promise(done => {
  document.getElementById("plan").contentWindow.applyDelta({ ...delta, clock: { now: () => 1000 } });
  requestAnimationFrame(() => requestAnimationFrame(() => done(null)));
})"""
"""Hands the plan a change, as a wall does, and waits until it is painted."""


def answer(url: str, plan: str) -> tuple[str, str] | None:
    """Content and type of an address of ORIGIN; None: there is none."""
    path = url.removeprefix(ORIGIN)
    if path in ("/host", "/map"):
        return (HOST if path == "/host" else plan), "text/html"
    folder, _, name = path.rpartition("/")
    file = Path(leaflet.BASE_DIR) / name if folder == "/vendor/leaflet" else ASSETS / path.removeprefix("/assets/")
    kinds = {".js": "text/javascript", ".css": "text/css"}
    return (file.read_text("utf-8"), kinds[file.suffix]) if file.suffix in kinds and file.is_file() else None
