"""The language of whoever is signed in: kept with the person, with the session where that is no person's (a wall's, or
one of the demo's people). Blocking: called from threads."""

from __future__ import annotations

from community.words import Lang, language_named
from store.people.sessions import digest

from .service import Service, Tried
from .who import Who


def enters(service: Service, tried: Tried, chosen: str, shown: Lang) -> Lang:
    """Which language whoever has just signed in reads from here on: the one chosen at the door, else the one that is
    kept, else the door's, which is kept from now on. Raises HistoryUnavailable."""
    person = service.register.by_id(tried.person) if tried.person else None
    if person is None:
        lang = language_named(chosen)
        if lang is not None:
            service.sessions.speaks(digest(tried.cookie), lang)
        return lang or shown
    kept = language_named(person.lang)
    lang = language_named(chosen) or kept or shown
    if lang != kept:
        service.register.speaks(person.id, lang)
        service.changed(person.id)
    return lang


def speaks(service: Service, who: Who, lang: Lang) -> None:
    """From now on. Without a session there is nothing to keep it with. Raises HistoryUnavailable."""
    if who.session:
        if not service.register.speaks(who.id, lang):
            service.sessions.speaks(who.session, lang)
        service.changed(who.id)
