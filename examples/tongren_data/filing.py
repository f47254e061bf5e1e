"""When needs are filed, by which channel and about what: weekdays, hours and seasons."""

import random
from datetime import date, datetime, timedelta

from tongren_data.book import END_DAY, FIRST_DAY
from tongren_data.categories import CATEGORIES, Category

KIND_WEIGHTS = {"repair": 45, "wish": 30, "complaint": 8, "other": 10, "community_need": 5, "call_back": 2}
_WEEKDAY = (1.18, 1.08, 1.02, 1.0, 1.05, 0.78, 0.62)
_MONTH = {12: 1.12, 1: 1.18, 2: 0.95, 6: 0.95, 7: 1.02, 8: 1.04}
_CHANNELS = {
    "repair": {"phone": 34, "grid_worker": 26, "web": 24, "visit": 8, "hotline": 6, "station": 2},
    "wish": {"web": 30, "grid_worker": 34, "visit": 16, "phone": 12, "station": 8},
    "complaint": {"web": 40, "phone": 26, "hotline": 22, "visit": 12},
    "community_need": {"grid_worker": 55, "visit": 45},
    "other": {"phone": 38, "web": 28, "visit": 18, "grid_worker": 12, "hotline": 4},
    "call_back": {"web": 70, "station": 18, "grid_worker": 12},
}
_HOURS = {
    "web": (7, 22),
    "phone": (8, 20),
    "visit": (9, 17),
    "grid_worker": (9, 18),
    "station": (10, 19),
    "hotline": (8, 21),
}
_WEIGHT = {
    "water": 15, "power": 10, "gas": 4, "heating": 3, "sewer": 14, "road": 7, "lighting": 11, "door-lock": 9,
    "lift": 5, "public-facility": 9, "roof-leak": 8, "rubbish": 9,
    "books": 10, "lamp": 7, "clothes": 11, "small-appliance": 12, "help-at-home": 16, "errand": 14,
    "festival-visit": 6, "stationery": 9, "learning": 11,
    "property-service": 30, "fees": 18, "noise-environment": 20, "attitude": 12, "slow-handling": 16, "system": 4,
    "benches": 22, "notice-board": 18, "clean-up": 36, "activity-supplies": 24,
}  # fmt: skip
_SEASON: dict[str, dict[int, float]] = {
    "heating": {10: 5, 11: 12, 12: 11, 1: 11, 2: 8, 3: 5, 4: 2, 5: 0.3, 6: 0.2, 7: 0.3, 8: 0.5, 9: 0.8},
    "sewer": {6: 1.6, 7: 2.1, 8: 2.1, 9: 1.5, 12: 0.7, 1: 0.8},
    "roof-leak": {6: 1.8, 7: 2.4, 8: 2.4, 9: 1.6, 3: 1.4, 12: 0.4, 1: 0.4},
    "power": {12: 1.5, 1: 1.6},
    "water": {12: 1.3, 1: 1.5, 2: 1.2},
    "lighting": {10: 1.3, 11: 1.4, 12: 1.5, 1: 1.4},
    "rubbish": {6: 1.5, 7: 1.8, 8: 1.8},
    "road": {3: 1.6, 4: 1.7, 5: 1.4},
    "clothes": {10: 2.2, 11: 2.6, 12: 2.4, 1: 2.0, 5: 0.4, 6: 0.4, 7: 0.4},
    "stationery": {2: 2.2, 8: 3.2, 9: 2.4},
    "learning": {7: 2.2, 8: 1.8},
    "festival-visit": {1: 4, 2: 4, 6: 1.8, 9: 3, 10: 2.4},
    "small-appliance": {11: 1.5, 12: 1.5, 1: 1.4},
    "noise-environment": {6: 1.6, 7: 2, 8: 2},
    "clean-up": {4: 2, 5: 1.6, 12: 1.4},
    "activity-supplies": {1: 1.8, 7: 1.5},
}
_BY_KIND: dict[str, list[Category]] = {kind: [c for c in CATEGORIES if c.kind == kind] for kind in KIND_WEIGHTS}


def days(count: int, rng: random.Random) -> list[date]:
    """`count` days of the sample's 400.

    More on Mondays, in winter, as the service becomes known, and in the last three weeks, when heating starts.
    """
    span = (END_DAY - FIRST_DAY).days
    calendar = [FIRST_DAY + timedelta(days=n) for n in range(span + 1)]
    weights = [
        _WEEKDAY[d.weekday()] * _MONTH.get(d.month, 1.0) * (0.82 + 0.36 * i / span + (0.4 if span - i < 21 else 0))
        for i, d in enumerate(calendar)
    ]
    return sorted(rng.choices(calendar, weights, k=count))


def category(on: date, rng: random.Random) -> Category:
    """What it is about, by kind and season."""
    kind = rng.choices(list(KIND_WEIGHTS), list(KIND_WEIGHTS.values()))[0]
    choices = _BY_KIND[kind]
    weights = [_WEIGHT.get(c.code, 1) * _SEASON.get(c.code, {}).get(on.month, 1.0) for c in choices]
    return rng.choices(choices, weights)[0]


def channel(kind: str, on: date, rng: random.Random) -> str:
    """How it came in; nobody visits a closed office at the weekend."""
    choices = dict(_CHANNELS[kind])
    if on.weekday() >= 5 and len(choices) > 2:
        choices.pop("visit", None)
    return rng.choices(list(choices), list(choices.values()))[0]


def moment(on: date, through: str, day_and_night: bool, rng: random.Random) -> datetime:
    """The minute it was filed. Water, power, gas and heating fail at night too."""
    first, last = _HOURS[through]
    if day_and_night and through in ("web", "phone") and rng.random() < 0.2:
        first, last = rng.choice(((0, 6), (20, 23)))
    if on == END_DAY:
        first, last = min(first, 15), min(last, 16)
    hour = min(max(round(rng.triangular(first, last, first + (last - first) * 0.35)), first), last)
    return datetime(on.year, on.month, on.day, hour, rng.randint(0, 59))
