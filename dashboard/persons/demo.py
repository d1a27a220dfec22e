"""Names, telephones and contacts of the demo's residents in care: invented, so that its pages can be tried."""

from __future__ import annotations

from community.board.privacy import SYSTEM as CARE
from community.site import Site
from store.residents.persons import Persons, Resident

from .acts import consents_of

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = ("桂英", "秀兰", "建国", "淑珍", "玉梅", "德明", "志强", "凤英")
RELATIONS = ("女儿", "儿子", "邻居")
UNUSED = "1000000"
"""No mobile telephone begins with 10: nobody is called by a demo."""


def invent(persons: Persons, site: Site, now_ms: int) -> None:
    """Once: where anybody is registered, or was and has been erased beside others, nothing is added. Raises
    HistoryUnavailable."""
    if persons.all(site.id):
        return
    for n, device in enumerate(one for one in site.devices if one.system == CARE):
        name = SURNAMES[n % len(SURNAMES)] + GIVEN[n % len(GIVEN)]
        home = "/".join((device.building, device.unit, device.room))
        by = "guardian" if device.kind == "child" else "self"
        given = consents_of(device.id, ("care", "health", "guardian"), by, "house", now_ms)
        persons.add(Resident(site.id, device.id, name, f"{UNUSED}{2 * n:04}", home, device.kind, now_ms), given)
        relation, relative = RELATIONS[n % len(RELATIONS)], name[0] + GIVEN[(n + 3) % len(GIVEN)]
        persons.add_contact(site.id, device.id, relation, relative, f"{UNUSED}{2 * n + 1:04}", now_ms)
