"""/qr: sheets to print. The code on a port leads a resident to it, the one at a checkpoint a guard to the scan."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import segno
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.naming import where
from community.place import Device
from community.site import Text

from .pages import Page, current
from .signin.pages import document
from .tongue import switch

WORDS = {
    "title": Text("二维码", "QR codes"),
    "what": Text("内容", "What"),
    "ebike_port": Text("两轮充电口", "E-bike ports"),
    "car_connector": Text("汽车充电枪", "Car connectors"),
    "checkpoint": Text("巡更点", "Checkpoints"),
    "base": Text("网址开头（手机能打开的地址）", "Begin of the address (as phones reach it)"),
    "show": Text("生成", "Make"),
    "print": Text("用浏览器打印，每页 12 个", "Print it with the browser, 12 a page"),
    "not_base": Text("网址要以 http:// 或 https:// 开头", "An address begins with http:// or https://"),
    "scan_port": Text("扫码看充电进度", "Scan to follow your charge"),
    "scan_checkpoint": Text("巡更扫码", "Patrol: scan"),
    "place": Text("位置", "Place"),
}
KINDS = ("ebike_port", "car_connector", "checkpoint")


class Label(NamedTuple):
    address: str
    name: str
    hint: str


def make_qr() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/qr")
    async def sheet(request: Request) -> Response:
        at = current.get()
        kind = at.asked.get("what", KINDS[0])
        kind = kind if kind in KINDS else KINDS[0]
        base = at.asked.get("base") or f"{request.url.scheme}://{request.url.netloc}"
        if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).netloc:
            return _answer(_page(at, kind, base, [], WORDS["not_base"].get(at.lang)), 400)
        places = list(dict.fromkeys(place_of(device) for device in at.site.devices if device.kind == kind))
        place = at.asked.get("place", "")
        place = place if place in places else next(iter(places), "")
        devices = [d for d in at.site.devices if d.kind == kind and place_of(d) == place]
        return _answer(_page(at, kind, base, labels(at, base, devices), "", places, place))

    return router


def place_of(device: Device) -> str:
    """What is stuck on in one walk; checkpoints are one round."""
    if device.kind == "checkpoint":
        return ""
    return f"{device.building}/{device.area}" if device.building else device.area


def labels(at: Page, base: str, devices: Iterable[Device]) -> list[Label]:
    """The community stands in the address only where another one would answer without it."""
    found = []
    for device in devices:
        path = "/patrol/" if device.kind == "checkpoint" else "/r/"
        query = "?" + urlencode({"community": at.site.id}) if "community" in at.asked else ""
        hint = WORDS["scan_checkpoint" if device.kind == "checkpoint" else "scan_port"].get(at.lang)
        address = base.rstrip("/") + path + quote(device.id, safe="") + query
        found.append(Label(address, where(at.site, device.id, at.lang), hint))
    return found


def _answer(body: str, status: int = 200) -> Response:
    return Response(body, status, media_type="text/html", headers={"cache-control": "no-store"})


def _page(
    at: Page, kind: str, base: str, found: list[Label], notice: str, places: Iterable[str] = (), place: str = ""
) -> str:
    def say(key: str) -> str:
        return escape(WORDS[key].get(at.lang))

    def choice(name: str, values: Iterable[tuple[str, str]], chosen: str) -> str:
        options = "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
            for value, words in values
        )
        return f'<select name="{name}" aria-label="{say(name)}">{options}</select>'

    kept = {name: at.asked[name] for name in ("community", "lang") if name in at.asked}
    hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in kept.items())
    form = (
        f'<form class="ask">{hidden}{choice("what", [(k, WORDS[k].get(at.lang)) for k in KINDS], kind)}'
        f"{choice('place', [(p, p) for p in places], place) if place else ''}"
        f'<input name="base" value="{escape(base)}" aria-label="{say("base")}"><button>{say("show")}</button></form>'
    )
    said = f'<p role="alert">{escape(notice)}</p>' if notice else f"<p>{say('print')}</p>"
    codes = "".join(
        f"<figure>{segno.make(label.address, error='m', micro=False).svg_inline(scale=4, omitsize=True)}"
        f"<figcaption><b>{escape(label.name)}</b><small>{escape(label.hint)}</small></figcaption></figure>"
        for label in found
    )
    body = (
        f'<header><h1>{say("title")}</h1><p></p>{switch(at.lang)}</header>{form}{said}<div class="codes">{codes}</div>'
    )
    title = f"{WORDS['title'].get(at.lang)} · {at.site.name.get(at.lang)}"
    return document(at.lang, title, f'<main class="people qr">{body}</main>', "papers", ("shared", "people", "qr"))
