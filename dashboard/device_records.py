"""/api/v1/device: what was of one device: 30 days of alarms and orders, each with who, the last day, its papers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.alarm_words import name, title
from community.board.desk_words import DESK
from community.board.naming import where
from community.board.operate_words import OPERATE, ORDERS
from community.catalogue import CATALOGUE
from community.clock import local
from community.history.lives import lives
from community.site import Device, Site
from community.words import Lang, duration, post
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.database import reaching
from store.history.looks import Heard, heard_of
from store.history.tables import journal

from .ended import DAY_MS, is_cared, names_of
from .pages import current
from .routes import Json
from .signin.service import Service

DAYS = 30
MOST_ROWS = 2000
"""Of the journal: a device that chatters for a month."""
SHOWN = 60

ENDED = {"action.confirmed": "confirmed", "action.expired": "expired"}


def make_device(engine: Callable[[], sa.Engine], service: Service) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/api/v1/device")
    async def records(request: Request) -> Response:
        """`?device=EB-05-07`: the newest record first. Of residents in care nothing is told here."""
        at = current.get()
        device = at.site.by_id.get(request.query_params.get("device", ""))
        if device is None or is_cared(at.site, "", device.id):
            return Json({"error": DESK["nothing_found"].get(at.lang)}, 404)
        now_ms = at.now_ms - at.now_ms % 60_000

        def look() -> tuple[list[Any], Heard | None, Mapping[str, str]]:
            rows = _rows(engine(), at.site, device.id, at.now_ms - DAYS * DAY_MS)
            speaks = at.site.by_id.get(device.parent, device) if device.parent else device
            heard = heard_of(engine(), at.site, device, now_ms - DAY_MS, now_ms)
            return rows, heard or heard_of(engine(), at.site, speaks, now_ms - DAY_MS, now_ms), names_of(service)

        said: dict[str, Any] = {"papers": papers(at.site, device, at.lang)}
        try:
            rows, heard, names = await asyncio.to_thread(look)
        except (HistoryUnavailable, HistoryMisconfigured):
            return Json(said | {"error": OPERATE["records_away"].get(at.lang)}, 503)
        told = [*_alarms(rows, at.site, at.lang, names), *_orders(rows, at.site, at.lang, names)]
        told.sort(key=lambda one: -one[0])
        said["records"] = [record for _, record in told[:SHOWN]]
        if heard is not None:
            away = [stretch._asdict() for stretch in heard.stretches]
            said["heard"] = heard._asdict() | {"stretches": away, "from_ms": now_ms - DAY_MS, "to_ms": now_ms}
        return Json(said, headers={"cache-control": "no-store"})

    return router


def _rows(engine: sa.Engine, site: Site, device: str, from_ms: int) -> list[Any]:
    """Raises HistoryUnavailable."""
    table = journal.c
    subjects = [device, *(f"{alarm}/{device}" for alarm in CATALOGUE)]
    found = sa.select(journal).where(table.community == site.id, table.subject.in_(subjects), table.at_ms >= from_ms)
    with reaching(), engine.connect() as connection:
        return list(connection.execute(found.order_by(table.at_ms.desc(), table.record_id).limit(MOST_ROWS)))[::-1]


Told = Iterable[tuple[int, dict[str, str]]]


def _alarms(rows: list[Any], site: Site, lang: Lang, names: Mapping[str, str]) -> Told:
    measured = {row.occurrence: row.data.get("detail", {}) for row in rows if row.type == "alarm.activated"}
    verdicts = {row.occurrence: row.data["verdict"] for row in rows if row.data.get("verdict")}
    people = {row.occurrence: row.data["person"] for row in rows if row.data.get("person")}
    for life in lives(rows):
        plain = name(life.alarm, lang)
        whole = title(life.alarm, measured.get(life.occurrence, {}), lang, big=True)
        verdict = DESK.get(f"verdict_{verdicts.get(life.occurrence, '')}")
        how = [OPERATE["stands"].get(lang)]
        if life.closed_ms is not None:
            how = [OPERATE["took"].get(lang).replace("{}", duration(life.closed_ms - life.began_ms, lang))]
        how += [verdict.get(lang)] if verdict is not None else []
        by = life.closed_by or life.acknowledged_by
        who = names.get(people.get(life.occurrence, ""), "") or (post(by, lang, site.posts) if by else "")
        value = whole.removeprefix(plain).strip()
        yield life.began_ms, _record(site, life.began_ms, plain, value, " · ".join(how), who)


def _orders(rows: list[Any], site: Site, lang: Lang, names: Mapping[str, str]) -> Told:
    ended = {row.data.get("action"): ENDED[row.type] for row in rows if row.type in ENDED}
    for row in rows:
        if row.type != "action.ordered" or row.data.get("type") not in ORDERS:
            continue
        what = ORDERS[row.data["type"]].get(lang)
        outcome = ended.get(row.data.get("action"), "")
        how = OPERATE[outcome].get(lang).replace("{}", what) if outcome else ""
        who = names.get(row.data.get("person", ""), "") or (post(row.by, lang, site.posts) if row.by else "")
        yield row.at_ms, _record(site, row.at_ms, what, "", how, who)


def _record(site: Site, at_ms: int, what: str, value: str, how: str, who: str) -> dict[str, str]:
    at = local(at_ms, site.timezone).strftime("%m-%d %H:%M:%S")
    return {"at": at, "what": what, "value": value, "how": how, "who": who}


def papers(site: Site, device: Device, lang: Lang) -> list[dict[str, str]]:
    """What the description says of it."""
    source = site.source_by_id.get(device.source)
    zones = [zone.name.get(lang) for zone in site.zones if zone.id in site.zones_of.get(device.id, ())]
    told = (
        ("paper_id", device.id),
        ("paper_kind", device.kind),
        ("paper_source", source.name.get(lang) if source is not None else device.source),
        ("paper_parent", f"{where(site, device.parent, lang)} · {device.parent}" if device.parent else ""),
        ("paper_zones", " · ".join(zones)),
        ("paper_vendor", " · ".join(f"{adapter} {id_}" for adapter, id_ in sorted(device.vendor.items()))),
    )
    return [{"name": OPERATE[key].get(lang), "value": value} for key, value in told if value]
