"""What is done to a person of the register: into the log by id, into SQL by name. The log comes first: what it does not
take has not happened."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from community.care_flow import RESULTS, SELF, Step, evidence_of, said, step_of
from community.clock import zone_of
from community.personal import CONSENTS
from community.resident.reports import PHASE, code_of, desk_at, order_of
from community.site import Site
from community.state import Alarm, State
from community.systems.care import Band, bad_band
from community.veil import without_numbers
from store.residents.persons import Consent, Persons, Resident
from store.residents.reports import Report, Reports

from ..access import LEADS
from ..commands import Comment
from ..desk import since_ms, timeline
from ..facts import Facts
from ..pages import Page
from ..paper import Paper
from ..signing import signed
from ..view import House
from .look import Shown, shown, standing
from .words import CARE

FOLDED = ("care", "health", "guardian")
REASON = 4
SETTLED_S, LOOK_S = 3.0, 0.05
"""A person waits so long for what was said to be seen: history hears of it a moment after the log."""

Write = Callable[[str, str, str, Any], Awaitable[str]]
"""`Commands.write`: community, type, subject, data. Raises LogUnavailable."""


class Asked(NamedTuple):
    """A form about one person. `by`: who sent it."""

    at: Page
    state: State
    subject: str
    form: Mapping[str, str]
    by: str


class Came(NamedTuple):
    """What came of a form. `plain`: the one answer that is uncovered. `late`: the log has it, the page does not show it
    yet."""

    notice: str
    status: int = 200
    plain: bool = False
    late: bool = False


class NotDone(Exception):
    """`args`: the key of the sentence, and the status."""


class Acts:
    """Every method raises NotDone, LogUnavailable, HistoryUnavailable, HistoryMisconfigured, Unsealable."""

    def __init__(
        self, house: House, engine: Callable[[], sa.Engine], persons: Persons, reports: Reports, facts: Facts
    ) -> None:
        self._house, self._engine = house, engine
        self._persons, self._reports, self._facts = persons, reports, facts

    def state_of(self, at: Page) -> State | None:
        channel = self._house.hub.channels[at.site.id]
        return channel.state.glance() if channel.state is not None and not channel.broken else None

    async def steps(self, site: Site, alarm: Alarm) -> list[Step]:
        """Calls and visits about what stands now. Raises HistoryUnavailable, HistoryMisconfigured."""
        rows = await asyncio.to_thread(timeline, self._engine(), site, alarm.key, since_ms(alarm))
        return [found for row in rows if (found := step_of(row.at_ms, row.data)) is not None]

    async def known(self, site: Site, subject: str) -> bool:
        device = site.by_id.get(subject)
        if device is not None and device.system == "care":
            return True
        return await asyncio.to_thread(self._persons.find, site.id, subject) is not None

    async def add(self, at: Page, form: Mapping[str, str], by: str) -> str:
        """Raises NotDone, Known, LogUnavailable, HistoryUnavailable."""
        name, phone = form.get("name", "").strip()[:40], form.get("phone", "").strip()[:20]
        if not name or not phone:
            raise NotDone("missing", 400)
        if form.get("by") not in ("self", "guardian") or "care" not in form.get("category", ""):
            raise NotDone("needs_consent", 400)
        subject = form.get("subject", "") or new_subject()
        device = at.site.by_id.get(subject)
        kind = device.kind if device is not None else form.get("kind", "")
        if kind == "child" and form["by"] == "self":
            raise NotDone("needs_consent", 400)
        at_ms = now_ms()
        given = consents_of(subject, ("care",), form["by"], by, at_ms)
        row = Resident(at.site.id, subject, name, phone, form.get("home", "").strip()[:40], kind, at_ms)
        await self._facts.surely("care.register", by, at.site.id, subject)
        await asyncio.to_thread(self._persons.add, row, given)
        await tell_consent(self._house.commands.write, at.site.id, subject, "care", given=True)
        return subject

    # ---- what may be done to one person, each with the action that `access.py` has a row for
    async def plain(self, asked: Asked) -> Came:
        at, paper = asked.at, Paper(asked.at, CARE)
        reason = without_numbers(asked.form.get("reason", "").strip())[:200]
        if len(reason) < REASON:
            raise NotDone("too_short", 400)
        assert at.who is not None
        if not at.who.may(LEADS, at.site.id) and not standing(asked.state, asked.subject):
            self._facts.tell("care.plain", "denied", asked.by, at.site.id, asked.subject)
            raise NotDone("only_alarm", 403)
        await self._facts.surely("care.plain", asked.by, at.site.id, asked.subject, reason)
        return Came(paper.plain("is_plain", reason), plain=True)

    async def step(self, asked: Asked) -> Came:
        """A call or a visit: a comment on the alarm that stands, and what the fold hears of the person by it."""
        at, form = asked.at, asked.form
        alarm = next((a for a in standing(asked.state, asked.subject) if a.key == form.get("alarm")), None)
        kind, _, result = form.get("said", "").partition("_")
        if alarm is None or kind not in RESULTS or result not in RESULTS[kind]:
            raise NotDone("no_such", 404)
        whom = form.get("whom", SELF) if kind == "phone" else ""
        contacts = await asyncio.to_thread(self._persons.contacts, at.site.id, asked.subject)
        relation = next((one.relation for one in contacts if one.id == whom), SELF if whom == SELF else "")
        if kind == "phone" and not relation:
            raise NotDone("no_such", 404)
        text = said(kind, relation, result, at.site.language)
        comment = Comment(alarm.key, text=text, occurrence=alarm.occurrence, step=kind, whom=whom, result=result)
        order = signed(comment, at.who, at.site, at.now_ms)
        before = len(await self.steps(at.site, alarm))
        await self._house.commands.send(at.site.id, order, asked.by)
        if (evidence := evidence_of(alarm.id, kind, result)) is not None:
            await self._house.commands.write(at.site.id, "care.evidence", asked.subject, evidence)
        deadline_s = asyncio.get_running_loop().time() + SETTLED_S
        while late := len(await self.steps(at.site, alarm)) == before:
            if asyncio.get_running_loop().time() >= deadline_s:
                break
            await asyncio.sleep(LOOK_S)
        return Came(Paper(at, CARE).plain("step_taken"), late=late)

    async def away(self, asked: Asked) -> Came:
        until, absent = asked.form.get("until", ""), asked.form.get("do") == "announce"
        data: dict[str, Any] = {"absent": absent}
        if absent and until:
            until_ms = _moment_ms(until, asked.at.site.timezone)
            if until_ms is None or until_ms <= asked.state.clock_ms:
                raise NotDone("bad_time", 400)
            data["until_ms"] = until_ms
        await self._facts.surely("care.absence", asked.by, asked.at.site.id, asked.subject)
        await self._house.commands.write(asked.at.site.id, "care.absence", asked.subject, data)
        return await self.folded(asked, "done", lambda s: s.away == absent)

    async def band(self, asked: Asked) -> Came:
        limits = {name: asked.form[name].strip() for name in Band.__struct_fields__ if asked.form.get(name, "").strip()}
        try:
            data = {name: float(text) for name, text in limits.items()}
        except ValueError as error:
            raise NotDone("bad_band", 400) from error
        if bad_band(data) or not all(map(math.isfinite, data.values())):
            raise NotDone("bad_band", 400)
        await self._facts.surely("care.band", asked.by, asked.at.site.id, asked.subject)
        await self._house.commands.write(asked.at.site.id, "care.band", asked.subject, data)
        return Came(Paper(asked.at, CARE).plain("done"))

    async def contact(self, asked: Asked) -> Came:
        form, site = asked.form, asked.at.site
        fields = [form.get(name, "").strip()[:40] for name in ("relation", "name", "phone")]
        await self._facts.surely("care.contact", asked.by, site.id, asked.subject, form["do"])
        if form["do"] == "drop_contact":
            if not await asyncio.to_thread(self._persons.drop_contact, site.id, asked.subject, form.get("contact", "")):
                raise NotDone("no_such", 404)
        elif not fields[1] or not fields[2]:
            raise NotDone("missing", 400)
        else:
            await self._give(asked, "guardian", "guardian")
            await asyncio.to_thread(self._persons.add_contact, site.id, asked.subject, *fields, now_ms())
        return Came(Paper(asked.at, CARE).plain("done"))

    async def consent(self, asked: Asked) -> Came:
        form, site = asked.form, asked.at.site
        category, given = form.get("category", ""), form["do"] == "give"
        if category not in CONSENTS or (given and form.get("by") not in ("self", "guardian")):
            raise NotDone("no_such", 400)
        await self._facts.surely(f"care.{form['do']}", asked.by, site.id, asked.subject, category)
        if given:
            await self._give(asked, category, form["by"])
        else:
            # into the log first: what stands in SQL alone would be watched on
            await tell_consent(self._house.commands.write, site.id, asked.subject, category, given=False)
            await asyncio.to_thread(self._persons.withdraw, site.id, asked.subject, category, now_ms())
        if category == "face" and not given:
            await self._unlearn(asked)
            return Came(Paper(asked.at, CARE).plain("face_ordered"))
        if category != "care":
            return Came(Paper(asked.at, CARE).plain("done"))
        return await self.folded(asked, "done" if given else "withdrawn", lambda s: s.withdrawn is not given)

    async def _give(self, asked: Asked, category: str, by: str) -> None:
        await tell_consent(self._house.commands.write, asked.at.site.id, asked.subject, category, given=True)
        one = Consent(asked.subject, category, now_ms(), by, asked.by, None)
        await asyncio.to_thread(self._persons.give, asked.at.site.id, one)

    async def _unlearn(self, asked: Asked) -> None:
        """A face is known to the doors' own platform alone, under a number that this house has never learned: somebody
        has to delete it there. An order against its clock, which names the id and nothing else of the person."""
        site, draft = asked.at.site, secrets.token_urlsafe(18)
        text = CARE["face_order"].get("en" if site.language == "en" else "zh").replace("{}", asked.subject)
        order = order_of(draft)
        report = Report(site.id, order, "other", "", text, (), now_ms())
        await asyncio.to_thread(self._reports.put, report, code_of(draft))
        data = {"order": order, "phase": "published", "category": "other"}
        await self._house.commands.write(site.id, PHASE, desk_at(site), data)

    async def erase(self, asked: Asked) -> Came:
        site, paper = asked.at.site, Paper(asked.at, CARE)
        if asked.form.get("confirm", "").strip() != asked.subject:
            raise NotDone("not_confirmed", 400)
        await self._facts.surely("care.erase", asked.by, site.id, asked.subject)
        await tell_consent(self._house.commands.write, site.id, asked.subject, "care", given=False)
        if await asyncio.to_thread(face_stands, self._persons, site.id, asked.subject):
            await self._unlearn(asked)
        one = await asyncio.to_thread(self._persons.find, site.id, asked.subject)
        gone = await asyncio.to_thread(erase_rows, self._persons, self._reports, one, site.id, asked.subject)
        self._facts.tell("care.erased", "allowed", asked.by, site.id, asked.subject, f"rows={gone.rows}")
        return Came(paper.plain("erased", gone.rows, len(gone.reports)))

    async def folded(self, asked: Asked, key: str, seen: Callable[[Shown], bool]) -> Came:
        """Waits until the fold has heard of it, as long as a person would."""
        deadline_s = asyncio.get_running_loop().time() + SETTLED_S
        while asyncio.get_running_loop().time() < deadline_s:
            state = self.state_of(asked.at)
            if state is not None and seen(shown(state, asked.subject, None)):
                return Came(Paper(asked.at, CARE).plain(key))
            await asyncio.sleep(LOOK_S)
        return Came(Paper(asked.at, CARE).plain(key), late=True)


Act = Callable[[Acts, Asked], Awaitable[Came]]

TABLE: Mapping[str, tuple[str, Act]] = {
    "plain": ("care.plain", Acts.plain),
    "step": ("care.step", Acts.step),
    "announce": ("care.absence", Acts.away),
    "returned": ("care.absence", Acts.away),
    "band": ("care.band", Acts.band),
    "add_contact": ("care.contact", Acts.contact),
    "drop_contact": ("care.contact", Acts.contact),
    "give": ("care.consent", Acts.consent),
    "withdraw": ("care.consent", Acts.consent),
    "erase": ("care.erase", Acts.erase),
}
"""What a form asks for -> the row of `access.ACTIONS`, and who does it."""


class Erased(NamedTuple):
    rows: int
    reports: list[str]


def new_subject() -> str:
    """As random as the log's ids have to be: nobody guesses it, nothing of the person is in it."""
    return f"p-{secrets.token_hex(6)}"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def tell_consent(write: Write, community: str, subject: str, category: str, *, given: bool) -> None:
    """What the fold judges by: of the other consents the log knows nothing. Raises LogUnavailable."""
    if category in FOLDED:
        more = {} if category == "care" else {"category": category}
        await write(community, "care.consent", subject, {"given": given, **more})


def erase_rows(persons: Persons, reports: Reports, one: Resident | None, community: str, subject: str) -> Erased:
    """Blocking. What residents wrote that names the person goes as a whole: nobody can tell what else it says of them.
    Raises HistoryUnavailable, Unsealable."""
    contacts = persons.contacts(community, subject)
    words = [word for of in ((one,) if one else (), contacts) for each in of for word in (each.name, each.phone)]
    orders = reports.forget(community, [word for word in words if len(word) > 1])
    return Erased(persons.erase(community, subject), orders)


def face_stands(persons: Persons, community: str, subject: str) -> bool:
    """Whether the doors may still know the face. Raises HistoryUnavailable."""
    mine = (one for one in persons.consents(community, subject) if one.category == "face")
    return any(one.withdrawn_ms is None for one in mine)


def consents_of(subject: str, categories: Sequence[str], by: str, recorded: str, at_ms: int) -> list[Consent]:
    return [Consent(subject, category, at_ms, by, recorded, None) for category in categories]


def _moment_ms(text: str, zone: str) -> int | None:
    """`2026-03-12T22:00` of the community's own clock."""
    try:
        return int(datetime.fromisoformat(text[:16]).replace(tzinfo=zone_of(zone)).timestamp() * 1000)
    except ValueError:
        return None
