"""Who may do what: one table of addresses, one of actions. The guard asks it before anything else runs, and every
action asks it again where it is carried out, with the community that it is about.

An address that no row names is for people who have signed in; `tests/dashboard/test_access.py` demands a row for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from community.actions import ACTIONS as ORDERS
from community.roles import ROLES, Role

from .signin.who import Who

Roles = frozenset[Role]

ALL: Roles = frozenset(ROLES)
PEOPLE: Roles = ALL - {"wall"}
DESK: Roles = frozenset(("guard", "supervisor", "manager"))
LEADS: Roles = frozenset(("supervisor", "manager"))
WALL: Roles = DESK | {"wall", "sysadmin"}
FIGURES: Roles = DESK | {"sysadmin", "auditor"}
SECURITY: Roles = frozenset(("secadmin",))
PRIVACY: Roles = LEADS | {"secadmin", "auditor"}
REPORTS: Roles = DESK | {"auditor"}
"""The house's own edition names rooms."""
NOTICES: Roles = LEADS | {"sysadmin"}
AUDIT: Roles = frozenset(("auditor",))
PAIRERS: Roles = LEADS | SECURITY
SYSTEM: Roles = frozenset(("sysadmin",))
DESCRIBERS: Roles = SYSTEM | {"manager"}
"""Who says which devices a community has."""
PAST: Roles = DESK | AUDIT
"""The wall as it was, with the wall's own masks. No kiosk: what hangs there has to show now."""


BODY_BYTES = 8 << 20
"""The largest that anybody sends who has signed in is a guard's photo."""
PHOTOS_BYTES = 64 << 20
"""Three photos of a resident's phone as they are, and larger ones: whoever sends such is told so on the form, with all
that was typed. They are read in pieces and lie on disk, not in memory."""


class Rule(NamedTuple):
    """`path` ends with `/`: everything below it. `roles` None: everybody, before signing in too. `page`: a browser is
    led to the sign-in."""

    method: str
    path: str
    roles: Roles | None
    page: bool = False
    everywhere: bool = False
    """It is about all communities at once: for whom has the role in each of them."""
    body_bytes: int = BODY_BYTES


RULES: tuple[Rule, ...] = (
    # the program itself, the same for everybody
    Rule("GET", "/assets/", None),
    Rule("GET", "/fonts/", None),
    Rule("GET", "/vendor/", None),
    Rule("GET", "/_dash-component-suites/", None),
    Rule("GET", "/_favicon.ico", None),
    # is it alive? said without a word about any community's people
    Rule("GET", "/healthz", None),
    Rule("GET", "/readyz", None),
    # open data asks for a reader's token by itself
    Rule("GET", "/api/open/", None),
    # a guardian's answer: whoever has the link, which is signed and runs out after a day
    Rule("GET", "/g/", None),
    Rule("POST", "/g/", None),
    # the door
    Rule("GET", "/login", None),
    Rule("GET", "/login/", None),
    Rule("POST", "/login", None),
    Rule("POST", "/login/", None),
    Rule("POST", "/logout", None),
    Rule("GET", "/home", ALL, page=True),
    Rule("GET", "/api/v1/session", ALL),
    Rule("POST", "/language", ALL),
    # the wall
    Rule("GET", "/", WALL, page=True),
    Rule("GET", "/city", WALL, page=True, everywhere=True),
    Rule("GET", "/city/live", WALL, everywhere=True),
    Rule("GET", "/map", WALL | PAST),
    Rule("GET", "/live", WALL),
    Rule("GET", "/api/v1/state", WALL),
    Rule("GET", "/metrics", WALL, everywhere=True),
    # the wall as it was
    Rule("GET", "/past", PAST, page=True),
    Rule("GET", "/api/v1/past", PAST),
    Rule("GET", "/api/v1/past/day", PAST),
    # Dash's own addresses; whose layout it is says the page, and each callback asks for itself
    Rule("GET", "/_dash-layout", ALL),
    Rule("GET", "/_dash-dependencies", ALL),
    Rule("GET", "/_reload-hash", ALL),
    Rule("POST", "/_dash-update-component", PEOPLE),
    # residents, without an account: nothing in it is about a person
    Rule("GET", "/r", None),
    Rule("GET", "/r/", None),
    Rule("POST", "/r/", None),
    Rule("POST", "/r/report", None, body_bytes=PHOTOS_BYTES),
    Rule("GET", "/qr", DESK | {"sysadmin"}, page=True),
    # the desk
    Rule("GET", "/desk", DESK, page=True),
    Rule("GET", "/phone", DESK, page=True),
    Rule("POST", "/api/v1/photos", DESK),
    Rule("GET", "/api/v1/desk", DESK),
    Rule("GET", "/operate", DESK, page=True),
    Rule("GET", "/notices", NOTICES, page=True),
    Rule("POST", "/notices", NOTICES),
    Rule("GET", "/api/v1/operate", DESK),
    Rule("GET", "/api/v1/device", DESK),
    Rule("GET", "/handover", DESK, page=True),
    Rule("POST", "/handover", DESK),
    Rule("GET", "/orders", DESK, page=True),
    Rule("POST", "/orders", DESK),
    Rule("GET", "/patrol", DESK, page=True),
    Rule("POST", "/patrol", LEADS),
    Rule("GET", "/patrol/", DESK, page=True),
    Rule("POST", "/patrol/", DESK),
    Rule("GET", "/bulletin", DESK, page=True),
    Rule("POST", "/bulletin", LEADS),
    Rule("GET", "/api/v1/desk/alarm", DESK),
    Rule("GET", "/api/v1/desk/ended", DESK),
    Rule("GET", "/api/v1/card", DESK | {"sysadmin"}),
    Rule("GET", "/api/v1/kpis", FIGURES),
    Rule("GET", "/api/v1/figures", FIGURES),
    Rule("GET", "/api/v1/pictures/", DESK),
    Rule("GET", "/api/v1/video/", DESK),
    Rule("POST", "/api/v1/commands", DESK),
    Rule("POST", "/api/v1/tour", DESK),
    # the manager's pages
    Rule("GET", "/daily", FIGURES, page=True),
    Rule("GET", "/alarms", FIGURES, page=True),
    Rule("GET", "/reports", REPORTS, page=True),
    Rule("POST", "/reports", DESK),
    Rule("GET", "/api/v1/reports", REPORTS),
    Rule("POST", "/api/v1/reports", DESK),
    Rule("GET", "/api/v1/reports/", REPORTS),
    # what was done
    Rule("GET", "/audit", AUDIT, page=True),
    Rule("GET", "/audit.csv", AUDIT),
    # what is connected, and what of it nobody has described or could read
    Rule("GET", "/letters", SYSTEM, page=True, everywhere=True),
    Rule("POST", "/letters", SYSTEM, everywhere=True),
    Rule("GET", "/devices", DESCRIBERS, page=True),
    Rule("POST", "/devices", DESCRIBERS),
    Rule("GET", "/devices.csv", DESCRIBERS),
    Rule("GET", "/site", DESCRIBERS, page=True),
    Rule("POST", "/site", DESCRIBERS),
    Rule("GET", "/site.json", DESCRIBERS),
    Rule("GET", "/mappings", DESCRIBERS, page=True),
    Rule("POST", "/mappings", DESCRIBERS),
    Rule("GET", "/room", DESK, page=True),
    Rule("POST", "/room", LEADS),
    # residents in care, and the register of personal data
    Rule("GET", "/care", DESK, page=True),
    Rule("POST", "/care", LEADS),
    Rule("GET", "/care/", DESK, page=True),
    Rule("POST", "/care/", DESK),
    Rule("GET", "/privacy", PRIVACY, page=True),
    Rule("GET", "/privacy.csv", PRIVACY),
    # people
    Rule("GET", "/people", PAIRERS, page=True),
    Rule("POST", "/people", PAIRERS),
)

UNLISTED = Rule("", "", PEOPLE)

ACTIONS: Mapping[str, Roles] = {
    "alarm.acknowledge": DESK,
    "alarm.reset": DESK,
    "alarm.take": DESK,
    "alarm.assign": DESK,
    "alarm.comment": DESK,
    "alarm.close": DESK,
    "alarm.shelve": DESK,
    "alarm.unshelve": DESK,
    "device.out_of_service": LEADS,
    "device.return_to_service": LEADS,
    **dict.fromkeys(ORDERS, DESK),
    "report.read": REPORTS,
    "order.move": DESK,
    "order.plain": DESK,
    "bulletin.publish": LEADS,
    "patrol.plan": LEADS,
    "patrol.scan": DESK,
    "report.make": LEADS,
    "report.words": LEADS,
    "report.sign": DESK,
    "report.issue": frozenset(("manager",)),
    "handover": DESK,
    "notices.test": NOTICES,
    "room.plain": LEADS,
    "care.register": LEADS,
    "care.plain": DESK,
    "care.step": DESK,
    "care.absence": DESK,
    "care.band": LEADS,
    "care.contact": LEADS,
    "care.consent": LEADS,
    "care.erase": frozenset(("manager",)),
    "letters.replay": SYSTEM,
    "devices.adopt": DESCRIBERS,
    "site.change": DESCRIBERS,
    "people.pair": PAIRERS,
    "people.add": SECURITY,
    "people.grant": SECURITY,
    "people.ungrant": SECURITY,
    "people.reset": SECURITY,
    "people.unlock": SECURITY,
    "people.disable": SECURITY,
    "people.enable": SECURITY,
    "people.end_session": PAIRERS,
}
"""What is done, by the name under which it is asked for. Which orders are a supervisor's goes by the device, and is
decided where the record is folded (community/actions.py)."""


class Denied(PermissionError):
    """Not this person, or not in this community. `what`: the action or address."""

    def __init__(self, who: Who | None, what: str, community: str, why: str = "") -> None:
        super().__init__(why or f"{what} is not for you in {community or 'any community'}")
        self.who, self.what, self.community, self.explained = who, what, community, bool(why)


_EXACT = {(rule.method, rule.path): rule for rule in RULES if rule.path == "/" or not rule.path.endswith("/")}
_BELOW = [rule for rule in RULES if rule.path.endswith("/") and rule.path != "/"]


def rule_of(method: str, path: str) -> Rule:
    method = "GET" if method in ("HEAD", "OPTIONS") else method
    exact = _EXACT.get((method, path))
    if exact is not None:
        return exact
    return next((rule for rule in _BELOW if rule.method == method and path.startswith(rule.path)), UNLISTED)


def require(who: Who | None, action: str, community: str) -> Who:
    """Raises Denied. `community`: EVERYWHERE where the action reaches into all of them."""
    if who is None or not who.may(ACTIONS[action], community):
        raise Denied(who, action, community)
    return who
