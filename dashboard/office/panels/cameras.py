"""Cameras: what each of them did not show."""

from __future__ import annotations

from community.clock import local
from community.office import findings
from community.office.words import OFFICE
from community.words import say
from layouts.office import charts
from layouts.office.charts import Span
from layouts.office.parts import Row, legend, nothing, plainly, ranked, titled
from store.history import looks

from ..ask import Ask, counted, device_name, drill
from .along import Drawn


def cameras(ask: Ask) -> Drawn:
    if ask.period.kind != "day":
        return _worst_cameras(ask)
    report = ask.report("cameras_by_minutes")
    told = looks.cameras(ask.engine, ask.site, ask.period.from_day, report.as_of_ms)
    broken = [camera for camera in told if any(s.what != "unknown" for s in camera.stretches)]
    unknown = sum(1 for camera in told if not camera.known_min and camera not in broken)
    title = findings.cameras(len(broken), len(told) - len(broken) - unknown, unknown).get(ask.lang)
    broken.sort(
        key=lambda camera: (-sum(s.to_ms - s.from_ms for s in camera.stretches if s.what != "unknown"), camera.device)
    )
    until_ms = min(report.to_ms, max(report.from_ms, report.as_of_ms))
    rows = {camera.device: device_name(ask, camera.device) for camera in broken[:8]}
    drills = {
        device: drill(of="interruptions", from_ms=report.from_ms, to_ms=until_ms, devices=(device,)) for device in rows
    }
    spans = []
    for camera in broken[:8]:
        for stretch in camera.stretches:
            begin, end = ((ms - report.from_ms) / 3_600_000 for ms in (stretch.from_ms, stretch.to_ms))
            what, when = (
                OFFICE[stretch.what].get(ask.lang),
                f"{_clock(ask, stretch.from_ms)}–{_clock(ask, stretch.to_ms)}",
            )
            words = f"{rows[camera.device]} {what} {when}"
            spans.append(Span(rows[camera.device], begin, end, stretch.what, words, drills[camera.device]))
    hours = (report.to_ms - report.from_ms) / 3_600_000
    ticks = [(h, say(OFFICE["hour"], ask.lang, 0) if not h else str(h)) for h in range(0, 25, 6)]
    items = [(f"span-{what}", OFFICE[what].get(ask.lang)) for what in ("offline", "blind", "unknown")]
    body: Drawn
    if rows:
        body = [legend(items), charts.spans("cameras", list(rows.values()), hours, spans, ticks, ask.lang, title)]
    else:
        body = [plainly(OFFICE["no_cameras"].get(ask.lang)) if told and unknown < len(told) else nothing(ask.lang)]
    return titled(title, say(OFFICE["cameras"], ask.lang, len(told)), body, counted(report), ask.lang)


def _worst_cameras(ask: Ask) -> Drawn:
    report = ask.report("cameras_by_minutes")
    lines = report.figures[0].lines or []
    broken = [line for line in lines if line.value]
    cameras = sum(1 for device in ask.site.devices if device.system == "cameras" and device.kind == "camera")
    title = findings.cameras(len(broken), len(lines) - len(broken), max(0, cameras - len(lines))).get(ask.lang)
    most = max((line.value or 0 for line in broken), default=1)
    rows = [
        Row(
            device_name(ask, line.keys["device"]),
            (line.value or 0) / most,
            f"{line.value:,.0f}",
            "",
            drill(of="presence", from_ms=report.from_ms, to_ms=report.to_ms, devices=(line.keys["device"],)),
        )
        for line in broken[:10]
    ]
    body = (
        ranked(rows, ask.lang) if rows else plainly(OFFICE["no_cameras"].get(ask.lang)) if lines else nothing(ask.lang)
    )
    return titled(title, OFFICE["cameras_minutes"].get(ask.lang), [body], counted(report), ask.lang)


def _clock(ask: Ask, at_ms: int) -> str:
    return local(at_ms, ask.zone).strftime("%H:%M")
