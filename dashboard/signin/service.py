"""What happens at the door: passwords, second factors, sessions. Blocking: called from threads.

A session is asked for in SQL at most every two seconds; so long after it was revoked it still opens a door of another
web process, of this one not at all. A database that is away must not lock guards out in the middle of an alarm: who was
signed in stays so for ten minutes.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from community.roles import EVERYWHERE, SESSION_H, Grant, Role, idle_ms, in_force, regions_of, second_factor
from community.site import Site
from store.history import HistoryUnavailable
from store.history.database import migrate
from store.people import Engines
from store.people.register import Person, Register, Taken
from store.people.sessions import Session, Sessions, digest
from store.seal import Seal, Unsealable

from .secrets import factor_step, hashed, matches, new_factor, one_time_password, pairing_code, too_weak
from .who import Who

log = logging.getLogger("shouwang.web")

TRIES = 5
LOCKED_MS = 15 * 60_000
"""Five tries, then a quarter of an hour: a guesser gets 480 a day, a guard who mistypes asks for help or waits."""
ASK_AGAIN_S = 2.0
WITHOUT_SQL_S = 600.0
NOTED_MS = 60_000
"""How often a session's last use is written."""
WALL_MS = 3650 * 86_400_000
"""A kiosk stays paired until somebody ends it."""
PAIRING_MS = 12 * 60_000
PAIRING_TRIES_PER_MIN = 10
REMEMBERED = 10_000

DEMO_ROLES: tuple[Role, ...] = ("guard", "supervisor", "manager", "sysadmin", "secadmin", "auditor")

COOKIE = re.compile(r"[A-Za-z0-9_-]{43}")


class Tried(NamedTuple):
    """What a try led to: `cookie` of a session, or a reason: wrong (with the tries left), locked (with the minutes),
    replayed, weak, off."""

    cookie: str = ""
    stage: str = ""
    why: str = ""
    left: int = 0
    person: str = ""


class Checked(NamedTuple):
    """The person, or why there is none."""

    person: Person | None
    tried: Tried


class _Known(NamedTuple):
    who: Who
    asked_s: float
    idle_ms: int
    seen_ms: int
    noted_ms: int


class Service:
    def __init__(
        self,
        engines: Engines,
        seal: Seal,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        sites: Callable[[], Mapping[str, Site]] = dict,
    ) -> None:
        """`sites`: the communities that are served, as they are described now."""
        self._engines = engines
        self._seal = seal
        self.register = Register(engines)
        self.sessions = Sessions(engines)
        self.now_ms = now_ms
        self._sites = sites
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()
        self._pairings: list[int] = []
        self.closed = threading.Event()

    def begin(self) -> str:
        """Makes the schema; on the first start of all the first administrator, whose password is returned.

        Raises HistoryUnavailable, HistoryMisconfigured.
        """
        migrate(self._engines.write)
        self.register.seal_factors(self._seal.seal)
        if not self.register.empty():
            return ""
        password = one_time_password()
        grants = (Grant("secadmin", EVERYWHERE),)
        try:
            self.register.add("admin", "安全管理员", hashed(password), self.now_ms(), grants)
        except Taken:  # by another web process that started at the same moment
            return ""
        return password

    def close(self) -> None:
        self.closed.set()
        for engine in self._engines:
            engine.dispose()

    # ---- at the door
    def password(self, account: str, password: str, came_from: str) -> Tried:
        """Raises HistoryUnavailable."""
        checked = self.check(account, password)
        if checked.person is None:
            return checked.tried
        return self._enter(checked.person, self._stage(checked.person, "password"), came_from)

    def check(self, account: str, password: str) -> Checked:
        """Whose account and password these are; wrong tries count. Raises HistoryUnavailable."""
        account = account.strip().lower()[:64]
        if locked := self._locked(account):
            return Checked(None, Tried(why="locked", left=locked))
        person = self.register.by_account(account)
        known = person is not None and person.disabled_ms is None
        if not matches(person.password if known and person is not None else "", password[:1024]):
            return Checked(None, self._failed(account, person.id if person is not None else ""))
        assert person is not None
        if not second_factor(grant.role for grant in person.grants):  # else what forgives is the code
            self.register.forgive(account)
        return Checked(person, Tried(person=person.id))

    def second(self, person: Person, code: str) -> bool:
        """Whether the second factor is given where one is asked for; wrong codes count. Raises HistoryUnavailable."""
        if not second_factor(grant.role for grant in person.grants):
            return True
        step = factor_step(self._factor(person), code, self.now_ms() / 1000) if person.factor else None
        if step is None or not self.register.use_step(person.id, step):
            self._failed(person.account, person.id)
            return False
        self.register.forgive(person.account)
        return True

    def _stage(self, person: Person, done: str) -> str:
        """What is missing after `done`: the factor comes before a new password, so that a password alone, however it
        was come by, changes nothing."""
        if done == "password" and second_factor(grant.role for grant in person.grants):
            return "code" if person.factor else "enrol"
        return "password" if person.must_change else ""

    def _enter(self, person: Person, stage: str, came_from: str) -> Tried:
        now = self.now_ms()
        ends = now + (600_000 if stage else SESSION_H * 3_600_000)
        cookie = self.sessions.begin(now, ends, person=person.id, stage=stage, came_from=came_from[:100])
        return Tried(cookie, stage, person=person.id)

    def code(self, who: Who, secret: str, code: str, came_from: str) -> Tried:
        """The second factor: of an enrolment (`secret` is what the page showed), or of the one that is kept."""
        person = self.register.by_id(who.id)
        if person is None or who.stage not in ("code", "enrol"):
            return Tried(why="off")
        if who.stage == "enrol" and person.factor:  # enrolled meanwhile, elsewhere: that one holds
            return Tried(why="off")
        if locked := self._locked(person.account):
            return Tried(why="locked", left=locked)
        held = self._factor(person) if who.stage == "code" else secret
        step = factor_step(held, code, self.now_ms() / 1000)
        if step is None:
            return self._failed(person.account, person.id)
        if who.stage == "enrol":
            self.register.set_factor(person.id, self._seal.seal(secret), step)
        elif not self.register.use_step(person.id, step):
            return Tried(why="replayed")
        self.register.forgive(person.account)
        self.end(who.session)
        return self._enter(person, self._stage(person, "code"), came_from)

    def new_password(self, who: Who, password: str, came_from: str) -> Tried:
        person = self.register.by_id(who.id)
        if person is None:
            return Tried(why="off")
        if too_weak(password, person.account) or matches(person.password, password):
            return Tried(why="weak")
        self.register.set_password(person.id, hashed(password), must_change=False)
        self.end_all(person.id)
        return self._enter(person, "", came_from)

    def _factor(self, person: Person) -> str:
        """One that this machine's key does not open matches no code: the person's factor has to be reset."""
        try:
            return self._seal.open(person.factor)
        except Unsealable as error:
            log.error("the second factor of %s cannot be read: %s", person.id, error)
            return new_factor()

    def enrolment(self) -> str:
        return new_factor()

    def _locked(self, account: str) -> int:
        """Minutes that it still lasts; 0: it is not."""
        times, last_ms = self.register.failures(account)
        rest_ms = last_ms + LOCKED_MS - self.now_ms()
        return -(-rest_ms // 60_000) if times >= TRIES and rest_ms > 0 else 0

    def _failed(self, account: str, person: str) -> Tried:
        now = self.now_ms()
        times = self.register.failed(account, now, now - LOCKED_MS)
        if times >= TRIES:
            return Tried(why="locked", left=LOCKED_MS // 60_000, person=person)
        return Tried(why="wrong", left=TRIES - times, person=person)

    # ---- walls and the demo
    def offer_wall(self, community: str, by: str) -> str:
        code, now = pairing_code(), self.now_ms()
        self.sessions.offer(code, community, by, now, now + PAIRING_MS)
        return code

    def pair(self, code: str, came_from: str) -> Tried:
        """Ten tries a minute for all kiosks together: a code of eight digits holds that for its twelve minutes."""
        now = self.now_ms()
        with self._lock:
            self._pairings = [at for at in self._pairings if at > now - 60_000]
            if len(self._pairings) >= PAIRING_TRIES_PER_MIN:
                return Tried(why="locked", left=1)
            self._pairings.append(now)
        community = self.sessions.redeem(code.replace(" ", "").replace("-", ""), now)
        if community is None:
            return Tried(why="wrong")
        cookie = self.sessions.begin(now, now + WALL_MS, role="wall", community=community, came_from=came_from[:100])
        return Tried(cookie)

    def demo(self, role: str, came_from: str) -> Tried:
        """Only where the caller has made sure that the demo alone is served, on its own machine."""
        if role not in DEMO_ROLES:
            return Tried(why="off")
        now = self.now_ms()
        ends = now + SESSION_H * 3_600_000
        return Tried(
            self.sessions.begin(now, ends, role=f"demo:{role}", community=EVERYWHERE, came_from=came_from[:100])
        )

    def demo_person(self, role: Role) -> Who:
        return Who(f"demo:{role}", (Grant(role, EVERYWHERE),), demo=True)

    # ---- who is it
    def remembered(self, cookie: str, *, active: bool = True) -> Who | None:
        """What is known without asking the database; None: it has to be asked."""
        known = self._known.get(cookie)
        if known is None or time.monotonic() - known.asked_s > ASK_AGAIN_S:
            return None
        now = self.now_ms()
        if now > known.seen_ms + known.idle_ms or (known.who.ends_ms or 0) <= now:
            return None
        if active:
            with self._lock:
                self._known[cookie] = known._replace(seen_ms=now)
        return known.who

    def who(self, cookie: str, *, active: bool = True) -> Who | None:
        """`active`: a person did something; a stream that goes on is no sign of one. Raises HistoryUnavailable."""
        if not COOKIE.fullmatch(cookie):
            return None
        try:
            found = self._ask(cookie)
        except HistoryUnavailable:
            known = self._known.get(cookie)
            if known is None or time.monotonic() - known.asked_s > WITHOUT_SQL_S:
                raise
            return known.who
        if found is None:
            with self._lock:
                self._known.pop(cookie, None)
            return None
        who, session, idle = found
        now = self.now_ms()
        before = self._known.get(cookie)
        seen_ms = max(session.seen_ms, before.seen_ms if before is not None else 0)
        if now > seen_ms + idle:
            return None
        noted_ms = session.seen_ms
        if active:
            seen_ms = now
        if seen_ms - noted_ms > NOTED_MS:  # also what was remembered since the database was asked last
            self.sessions.seen(session.id, seen_ms)
            noted_ms = seen_ms
        with self._lock:
            self._known[cookie] = _Known(who, time.monotonic(), idle, seen_ms, noted_ms)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return who

    def _ask(self, cookie: str) -> tuple[Who, Session, int] | None:
        now = self.now_ms()
        session = self.sessions.find(digest(cookie))
        if session is None or session.revoked_ms is not None or session.ends_ms <= now:
            return None
        if not session.person:
            role: Role = session.role.removeprefix("demo:")  # type: ignore[assignment]  # written by this class alone
            demo = session.role.startswith("demo:")
            id_ = f"demo:{role}" if demo else f"wall:{session.id[:8]}"
            who = Who(
                id_,
                (Grant(role, session.community),),
                session.id,
                demo=demo,
                ends_ms=session.ends_ms,
                lang=session.lang,
            )
            return who, session, WALL_MS
        person = self.register.by_id(session.person)
        if person is None or person.disabled_ms is not None:
            return None
        grants = self.in_force(person) if not session.stage else ()
        who = Who(person.id, grants, session.id, person.name, session.stage, ends_ms=session.ends_ms, lang=person.lang)
        return who, session, idle_ms(grant.role for grant in person.grants)

    def in_force(self, person: Person) -> tuple[Grant, ...]:
        return in_force(person.grants, regions_of((site.id, site.region) for site in self._sites().values()))

    # ---- endings
    def end(self, session: str) -> None:
        if session:
            self.sessions.revoke(session, self.now_ms())
            self._forget(lambda who: who.session == session)

    def end_all(self, person: str) -> None:
        self.sessions.revoke_all(person, self.now_ms())
        self._forget(lambda who: who.id == person)

    def changed(self, person: str) -> None:
        """Grants or the account are others now: the next request asks anew."""
        self._forget(lambda who: who.id == person)

    def _forget(self, which: Callable[[Who], bool]) -> None:
        with self._lock:
            for cookie in [cookie for cookie, known in self._known.items() if which(known.who)]:
                del self._known[cookie]
