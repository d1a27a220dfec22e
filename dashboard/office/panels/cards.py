"""Figures beside the day before and the same weekday."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from community.figures import CATALOGUE, Figure
from community.figures.answers import comparable
from community.office import said
from community.office.periods import before, compared
from community.office.words import OFFICE
from community.site import Text
from community.words import UNKNOWN, say
from layouts.office.cards import Beside, Card, cards
from layouts.office.parts import titled
from store.history.figures import Answer
from store.history.records import Of

from ..ask import Ask, by_id, counted, drill
from .along import Drawn

CARDS: Mapping[str, Of] = {
    "alarms": "alarms",
    "acknowledge_p50": "acknowledged",
    "recover_p50": "returned",
    "passes": "passes",
    "charging_energy": "ended",
    "cameras_online": "presence",
    "orders_taken_in_time": "due",
}
"""Figure -> the records that it is of."""
POINTS = 7


def kpis(ask: Ask) -> Drawn:
    others = compared(ask.period)
    periods = list(dict.fromkeys([*(before(ask.period, n) for n in range(POINTS)), *(one.period for one in others)]))
    reports = ask.reports(periods, *CARDS)
    asked = {period: by_id(told) for period, told in zip(periods, reports, strict=True)}
    report = reports[0]  # of the period itself: no step before it
    alike = {period: comparable(report, told) for period, told in zip(periods, reports, strict=True)}
    shown = []
    for id_, of in CARDS.items():
        figure, found = CATALOGUE[id_], asked[ask.period][id_]
        value = said.value(figure, found.value, ask.lang)
        points = [asked[before(ask.period, n)][id_].value for n in range(POINTS)][::-1]
        beside = [
            _beside(ask, figure, found, asked[other.period][id_], other.name, alike[other.period]) for other in others
        ]
        if figure.target is not None:
            judged = said.judged(figure, found.value, ask.lang)
            words = f"{OFFICE['target'].get(ask.lang)} {said.plain(figure, figure.target.at, ask.lang)}"
            beside.append(Beside(words, judged.words, judged.miss))
        note = OFFICE["not_recorded"].get(ask.lang) if found.why in ("not_recorded", "no_devices") else ""
        if found.left_out and not figure.systems == ("cameras",):
            note = say(OFFICE["left_out"], ask.lang, f"{found.left_out:,}")
        asked_for = drill(of=of, from_ms=report.from_ms, to_ms=report.to_ms) if found.value is not None else ""
        shown.append(Card(figure.name.get(ask.lang), value.number, value.unit, points, beside, note, asked_for))
    return [cards(shown), *titled_how(counted(report), ask)]


def titled_how(figures: Sequence[Mapping[str, Any]], ask: Ask) -> Drawn:
    return titled("", "", [], figures, ask.lang)[1:]


def _beside(ask: Ask, figure: Figure, found: Answer, other: Answer, name: Text, alike: bool) -> Beside:
    words = said.difference(figure, found.value, other.value, ask.lang) if alike else UNKNOWN
    return Beside(f"{name.get(ask.lang)} {said.plain(figure, other.value, ask.lang)}", words)
