"""What a kiosk says of itself in the top bar: muted, sound held back, visitors."""

from __future__ import annotations

from dash import html


def chips(visit: str) -> list[html.Span]:
    """`visit`: the words of 参观模式; '' for people on duty. assets/kiosk/sound.js fills the other one."""
    shown = [html.Span(visit, className="chip")] if visit else []
    return [*shown, html.Span(id="sound", className="sound", hidden=True, role="status")]
