"""The life of one need: when each step happened, in believable hours, up to the end of the sample."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tongren_data.book import END
from tongren_data.categories import Category

IN_TIME_RESPONSE, IN_TIME_SOLUTION = 0.945, 0.925
NOT_SOLVED, SILENT = 0.088, 0.072
SOLUTION = {
    "emergency": timedelta(hours=24),
    "urgent": timedelta(hours=24),
    "normal": timedelta(days=7),
    "long": timedelta(days=15),
}
STEPS = ("responded_at", "verified_at", "published_at", "claimed_at", "started_at", "delivered_at", "answered_at")


@dataclass
class Life:
    """The dates of a need's steps, None where a step has not been taken, and how it ended."""

    filed_at: datetime
    responded_at: datetime | None = None
    verified_at: datetime | None = None
    published_at: datetime | None = None
    claimed_at: datetime | None = None
    started_at: datetime | None = None
    delivered_at: datetime | None = None
    answered_at: datetime | None = None
    solved: bool | None = None
    satisfaction: str = ""
    end: str = ""
    ended_at: datetime | None = None
    reopened_count: int = 0

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


def response_limit(urgency: str, category: Category) -> timedelta:
    """Within what time the asker must have heard something."""
    if urgency == "emergency":
        return timedelta(hours=1)
    return timedelta(hours=2 if category.around_the_clock else 24)


def live(filed: datetime, urgency: str, category: Category, rng: random.Random, *, publish: bool, fate: str) -> Life:
    """Play out a need. `fate`: "" (delivered and asked), declined, withdrawn; what lies after END is cut off."""
    life = Life(filed)
    day_and_night = category.around_the_clock or urgency == "emergency"
    life.responded_at = _response(filed, response_limit(urgency, category), day_and_night, rng)
    if fate == "declined":
        life.end = "declined"
        life.ended_at = _by_day(life.responded_at + _hours(rng, 0.1, 40), life.responded_at, rng)
        return _cut(life)
    due = SOLUTION[urgency]
    if rng.random() < IN_TIME_SOLUTION:
        delivered = filed + due * max(0.03, min(0.96, rng.betavariate(2.1, 2.4)))
    else:
        delivered = filed + due * rng.uniform(1.08, 2.4)
    delivered = max(delivered, life.responded_at + _hours(rng, 0.2, 3))
    delivered = _floor(delivered)
    if not day_and_night:
        by_day = _by_day(delivered, life.responded_at, rng)
        delivered = delivered if delivered <= filed + due < by_day else by_day
    _steps_between(life, delivered, rng, publish=publish)
    if not day_and_night:
        _steps_by_day(life, delivered, rng)
    if fate == "withdrawn":
        return _cut(_withdraw(life, rng))
    life.delivered_at = delivered
    _answer(life, due, rng)
    return _cut(life)


def _hours(rng: random.Random, low: float, high: float) -> timedelta:
    return timedelta(minutes=int(60 * rng.uniform(low, high)))


def _floor(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _by_day(moment: datetime, not_before: datetime, rng: random.Random) -> datetime:
    """`moment` on the same day between half past eight and seven, but never before `not_before`."""
    if not 9 <= moment.hour < 19:
        moment = moment.replace(hour=rng.randint(9, 18), minute=rng.randint(0, 59))
    return _floor(max(moment, not_before + timedelta(minutes=rng.randint(2, 25))))


def _response(filed: datetime, limit: timedelta, day_and_night: bool, rng: random.Random) -> datetime:
    """First contact; an ordinary one that falls into the night waits for the morning."""
    if rng.random() >= IN_TIME_RESPONSE:
        return _floor(filed + limit * rng.uniform(1.15, 2.8))
    moment = filed + limit * (0.02 + 0.9 * rng.betavariate(1.1, 4.5))
    if not day_and_night and not 8 <= moment.hour < 21:
        morning = moment.replace(hour=8, minute=rng.randint(20, 59))
        moment = morning if moment.hour < 8 else morning + timedelta(days=1)
    return _floor(min(moment, filed + limit))


def _steps_between(life: Life, delivered: datetime, rng: random.Random, *, publish: bool) -> None:
    """Verified, published, claimed and started, each between the first contact and the delivery."""
    assert life.responded_at
    left = delivered - life.responded_at
    life.verified_at = _floor(life.responded_at + left * rng.choice((0, 0, 0.01, 0.04, 0.12)))
    life.claimed_at = life.verified_at
    if publish:
        life.published_at = _floor(life.verified_at + left * rng.choice((0, 0, 0, 0.02, 0.08)))
        life.claimed_at = _floor(life.published_at + (delivered - life.published_at) * rng.uniform(0.08, 0.7))
    elif rng.random() < 0.6:
        life.claimed_at = _floor(life.verified_at + left * rng.uniform(0.02, 0.3))
    left = delivered - life.claimed_at
    life.started_at = _floor(life.claimed_at + left * rng.choice((0, 0.05, 0.2, 0.4, 0.6)))


def _steps_by_day(life: Life, delivered: datetime, rng: random.Random) -> None:
    """What would fall into the night waits for the morning where there is time."""
    assert life.responded_at
    previous = life.responded_at
    for step in STEPS[1:5]:
        at = getattr(life, step)
        if at is None:
            continue
        if at > previous and not 8 <= at.hour < 20:
            morning = at.replace(hour=8, minute=rng.randint(20, 59)) + timedelta(days=1 if at.hour >= 20 else 0)
            at = morning if morning <= delivered else at
        previous = max(at, previous)
        setattr(life, step, previous)


def _withdraw(life: Life, rng: random.Random) -> Life:
    """The asker takes it back, before or after somebody took it on."""
    assert life.responded_at and life.verified_at and life.started_at
    since = rng.choice((life.responded_at, life.verified_at, life.published_at or life.verified_at, life.started_at))
    life.end, life.ended_at = "withdrawn", _floor(since + _hours(rng, 0.5, 40))
    for step in STEPS[1:]:
        if (at := getattr(life, step)) and at > since:
            setattr(life, step, None)
    return life


def _answer(life: Life, due: timedelta, rng: random.Random) -> None:
    """Silence, solved, or not solved: then done again and confirmed, or taken back by the asker."""
    assert life.delivered_at
    delivered = life.delivered_at
    luck = rng.random()
    if luck < SILENT:
        life.end = "closed_unanswered"
        life.ended_at = (delivered + timedelta(days=rng.randint(15, 19))).replace(hour=9, minute=rng.randint(0, 59))
        if life.ended_at < delivered + timedelta(days=15):
            life.ended_at += timedelta(days=1)
        return
    life.answered_at = _answer_time(delivered, rng)
    if luck < SILENT + (1 - SILENT) * NOT_SOLVED:
        if life.answered_at <= END:
            _not_solved(life, rng)
            life.delivered_at = None
            life.end = "withdrawn"
            life.ended_at = _by_day(life.answered_at + timedelta(days=rng.randint(2, 16)), life.answered_at, rng)
        return
    if rng.random() < 0.035 and life.answered_at <= END:
        again = _by_day(life.answered_at + due * rng.uniform(0.2, 0.9), life.answered_at, rng)
        if again > END:
            _not_solved(life, rng)
            life.delivered_at = None
            return
        life.delivered_at, life.reopened_count = again, 1
        life.answered_at = _answer_time(again, rng)
    life.solved = True
    life.satisfaction = rng.choices(("satisfied", "fairly", "unsatisfied", ""), (66, 31.5, 2, 0.5))[0]
    life.ended_at = life.answered_at


def _answer_time(delivered: datetime, rng: random.Random) -> datetime:
    if rng.random() < 0.22:
        return _floor(delivered + _hours(rng, 0.1, 3))
    return _by_day(delivered + timedelta(days=min(14, 0.4 + rng.expovariate(1 / 3.4))), delivered, rng)


def _not_solved(life: Life, rng: random.Random) -> None:
    life.solved, life.reopened_count = False, 1
    life.satisfaction = rng.choices(("unsatisfied", "fairly", ""), (55, 42, 3))[0]


def _cut(life: Life) -> Life:
    """Nothing after END has happened yet."""
    if life.ended_at and life.ended_at > END:
        life.end, life.ended_at = "", None
    for step in STEPS:
        at = getattr(life, step)
        if at and at > END:
            setattr(life, step, None)
    if life.answered_at is None:
        life.solved, life.satisfaction = None, ""
        if life.delivered_at is None:
            life.reopened_count = 0
    return life
