"""Heat and rain of a day, by season and chance. A temperate city with hot summers and cold winters (Yangtze delta)."""

from __future__ import annotations

from math import cos, pi

import msgspec

from .chance import chance

MEAN_C, SEASON_C, DAY_C = 17.0, 12.5, 4.5
"""Mean of the year, half the difference between July and January, half that between 14 h and 2 h."""

HOTTEST_DAY, HOTTEST_HOUR = 205, 14
WET_SHARE = 0.33
"""Days with rain in a year, as in Shanghai (120 or so)."""


class Weather(msgspec.Struct, frozen=True):
    mean_c: float
    rain_from_h: float = 0.0
    rain_until_h: float = 0.0

    def outdoors_c(self, hour: float) -> float:
        return self.mean_c + DAY_C * cos(2 * pi * (hour - HOTTEST_HOUR) / 24)

    def rains(self, hour: float) -> bool:
        return self.rain_from_h <= hour < self.rain_until_h


def weather_of(seed: int, number: int, day_of_year: int) -> Weather:
    """Spells of warm and cold last some days: each week has a bend of its own, each day a little more."""
    spell, share = divmod(number, 7)
    bends = [chance(seed, "spell", spell + n).gauss(0, 3.0) for n in (0, 1)]
    dice = chance(seed, "weather", number)
    season = MEAN_C + SEASON_C * cos(2 * pi * (day_of_year - HOTTEST_DAY) / 365.25)
    mean_c = season + bends[0] + (bends[1] - bends[0]) * share / 7 + dice.gauss(0, 1.2)
    if dice.random() >= WET_SHARE:
        return Weather(mean_c)
    begins_h = dice.uniform(0, 20)
    return Weather(mean_c - 2.0, begins_h, min(24.0, begins_h + dice.uniform(1, 10)))
