"""About 6,000 past and present needs, each with its whole life, and the batches of wishes."""

import random
from datetime import date, datetime, timedelta

from tongren_data import filing, texts
from tongren_data.book import END_DAY, Row, minute
from tongren_data.categories import BY_CODE, Category
from tongren_data.endings import describe_end, leave_a_few_open, merge_into, merge_repeats
from tongren_data.givers import Givers, Subject
from tongren_data.life import Life, live
from tongren_data.need import Need
from tongren_data.organisations import Ties
from tongren_data.places import COMMUNITIES, Grid, Places

COUNT = 5_945
_PUBLISH = {"wish": 0.88, "community_need": 0.8, "repair": 0.3, "other": 0.6}
_DECLINED = {"repair": 0.025, "wish": 0.03, "complaint": 0.06, "other": 0.07, "community_need": 0.03, "call_back": 0.01}
_WITHDRAWN = 0.016
_IN_COMPOUND = ("lift", "door-lock", "property-service", "fees")
# number, company, community, claimed as a whole by (or ""), days before the end, how many wishes
_BATCHES = (
    ("B-25-001", "lx-crafts", "horga", "zhou-bureau-emergency", 344, 9),
    ("B-26-001", "lx-transport", "longwu-street", "zhou-bureau-water", 66, 18),
    ("B-26-002", "lx-building", "beiyuan", "shi-library", 39, 12),
    ("B-26-003", "lx-hotel", "nanyuan", "", 9, 7),
)


class Needs:
    """Builds the needs and the batches: `needs` in order of filing, `batch_rows` for their sheet."""

    def __init__(self, places: Places, ties: Ties) -> None:
        self.rng = random.Random("tongren needs")
        self.givers = Givers(ties, self.rng)
        self.ties = ties
        self.grids = {c.code: places.grids_of(c.code) for c in COMMUNITIES}
        self.weights = [c.people * self.rng.uniform(0.85, 1.2) for c in COMMUNITIES]
        self.batch_rows: list[Row] = []
        needs = [self._need(day) for day in filing.days(COUNT, self.rng)] + self._boiler_failure()
        merge_repeats(needs, self.rng)
        leave_a_few_open(needs, self.rng)
        needs += self._batches()
        for need in needs:
            describe_end(need, self.rng)
        self.needs = sorted(needs, key=lambda need: need.life.filed_at)
        self._number()

    def rows(self) -> list[Row]:
        """The sheet of needs."""
        return [need.row() for need in self.needs]

    def _need(self, on: date) -> Need:
        rng = self.rng
        category = filing.category(on, rng)
        channel = filing.channel(category.kind, on, rng)
        community = rng.choices(COMMUNITIES, self.weights)[0].code
        grid, compound = self._place(category, community, channel)
        text = texts.choose(category.code, on.month, rng, in_compound=bool(compound))
        words = texts.asked(category.kind, category.code, text, rng)
        subject = Subject()
        if category.kind == "complaint":
            subject = self.givers.subject(category, community, compound, words)
            if subject.kind == "grid_worker" and not grid:
                grid = rng.choice(self.grids[community]).code
        publish = bool(text.public) and rng.random() < _PUBLISH.get(category.kind, 0)
        urgency = _urgency(category, words, rng)
        filed = filing.moment(on, channel, category.around_the_clock, rng)
        fate = rng.choices(
            ("declined", "withdrawn", ""),
            (_DECLINED[category.kind], _WITHDRAWN, 1 - _DECLINED[category.kind] - _WITHDRAWN),
        )[0]
        life = live(filed, urgency, category, rng, publish=publish, fate=fate)
        willing = category.kind not in ("complaint", "call_back") and rng.random() < 0.35
        return self._finish(
            Need(category, channel, community, grid, compound, words, publish or willing, urgency, life, subject),
            texts.shown(text, rng),
        )

    def _finish(self, need: Need, public_text: str) -> Need:
        """What the office and the giver add."""
        rng = self.rng
        need.public_text = public_text
        need.giver = self.givers.giver(need.category, need.community, need.compound, need.subject)
        need.note = rng.choice(texts.NOTES[need.category.code])
        by_self = {"web": 0.82, "station": 0.8, "hotline": 0.4}.get(need.channel, 0.42)
        need.via = "self" if rng.random() < by_self else "proxy"
        return need

    def _place(self, category: Category, community: str, channel: str) -> tuple[str, str]:
        """Grid and compound; from the web the grid is not always known."""
        rng = self.rng
        grids = self.grids[community]
        if category.code in _IN_COMPOUND:
            served = category.code in ("property-service", "fees")
            grids = [g for g in grids if g.compound and (not served or g.compound in self.ties.company_of)]
        grid: Grid = rng.choices(grids, [g.size for g in grids])[0]
        keep = category.code in _IN_COMPOUND or rng.random() < 0.88
        compound = grid.compound if keep else ""
        if category.kind == "community_need":
            compound = compound if rng.random() < 0.4 else ""
        known = channel == "grid_worker" or rng.random() < 0.93
        return (grid.code if known else ""), compound

    def _boiler_failure(self) -> list[Need]:
        """One cold evening the boiler of the prefecture compound stopped: many reports, one cause."""
        rng = self.rng
        heating = BY_CODE["heating"]
        start = datetime.combine(END_DAY - timedelta(days=285), datetime.min.time()).replace(hour=19, minute=4)
        grids = [g.code for g in self.grids["qingnian-road"] if g.compound == "zhou-nongmu"]
        out: list[Need] = []
        for i in range(15):
            filed = start + timedelta(minutes=i * 11 + rng.randint(0, 8))
            life = live(filed, "urgent", heating, rng, publish=False, fate="")
            text = texts.choose("heating", filed.month, rng)
            words = texts.asked("repair", "heating", text, rng)
            channel = rng.choice(("phone", "phone", "web", "grid_worker"))
            need = Need(
                heating, channel, "qingnian-road", rng.choice(grids), "zhou-nongmu", words, False, "urgent", life
            )
            out.append(self._finish(need, ""))
            if i:
                merge_into(need, out[0], start + timedelta(hours=3, minutes=30 + i))
                life.responded_at = filed + timedelta(minutes=rng.randint(4, 70))
                life.ended_at = max(life.ended_at or filed, life.responded_at)
        first = out[0].life
        at = [start + timedelta(minutes=m) for m in (6, 15, 15, 40, 14 * 60 + 22, 16 * 60 + 3)]
        first.responded_at, first.verified_at, first.claimed_at, first.started_at = at[:4]
        first.delivered_at, first.answered_at = at[4:]
        first.ended_at, first.end, first.solved, first.satisfaction = at[5], "", True, "fairly"
        first.reopened_count = 0
        out[0].giver, out[0].note = self.ties.company_of["zhou-nongmu"], "锅炉检修后恢复供暖，逐户回访"
        return out

    def _batches(self) -> list[Need]:
        """Wishes of companies' staff; three batches were taken on whole, the last is new."""
        out: list[Need] = []
        wishes = texts.batch()
        for number, company, community, unit, before, count in _BATCHES:
            self._join(company, community)
            handed_in = datetime.combine(END_DAY - timedelta(days=before), datetime.min.time())
            handed_in = handed_in.replace(hour=10, minute=25)
            self.batch_rows.append((number, company, community, minute(handed_in)))
            for code, text in wishes[:count] if count == len(wishes) else self.rng.sample(wishes, count):
                need = self._wish_of_batch(code, text, community, handed_in, unit)
                need.batch = number
                out.append(need)
            if unit:
                self._join(unit, community)
        return out

    def _join(self, unit: str, community: str) -> None:
        if unit not in self.ties.members[community]:
            raise ValueError(f"{unit} is not in the alliance of {community}")

    def _wish_of_batch(self, code: str, text: texts.Text, community: str, handed_in: datetime, unit: str) -> Need:
        rng = self.rng
        category = BY_CODE[code]
        life = live(handed_in, "long", category, rng, publish=True, fate="")
        if unit:
            life = _granted(handed_in, rng)
        else:
            life.responded_at = handed_in + timedelta(hours=2)
            life.verified_at = life.published_at = handed_in + timedelta(hours=4, minutes=30)
        words = texts.asked("wish", code, text, rng)
        need = Need(category, "station", community, "", "", words, True, category.urgency, life)
        self._finish(need, texts.shown(text, rng))
        need.giver = unit or need.giver
        need.via = "self"
        return need

    def _number(self) -> None:
        """Running numbers within the year, in order of filing; hotline cases have one of their own too."""
        last: dict[int, int] = {}
        outside = 1200
        for need in self.needs:
            year = need.life.filed_at.year % 100
            last[year] = last.get(year, 0) + 1
            need.number = f"TR-{year:02d}-{last[year]:05d}"
            if need.channel == "hotline":
                outside += self.rng.randint(1, 40)
                need.outside_number = f"12345-{year:02d}-{outside:06d}"


def _granted(handed_in: datetime, rng: random.Random) -> Life:
    """A wish of a batch that one unit took on whole: each closes on its own, all are confirmed."""
    claimed = handed_in + timedelta(days=2, hours=4, minutes=40)
    delivered = claimed + timedelta(days=rng.randint(2, 10), hours=rng.randint(-4, 2), minutes=rng.randint(0, 59))
    answered = delivered + timedelta(days=rng.randint(0, 4), hours=rng.randint(0, 3), minutes=rng.randint(3, 50))
    satisfaction = rng.choices(("satisfied", "fairly"), (80, 20))[0]
    return Life(
        handed_in,
        responded_at=handed_in + timedelta(hours=1, minutes=10),
        verified_at=handed_in + timedelta(hours=5),
        published_at=handed_in + timedelta(hours=5),
        claimed_at=claimed,
        started_at=claimed + timedelta(days=1),
        delivered_at=delivered,
        answered_at=answered,
        solved=True,
        satisfaction=satisfaction,
        ended_at=answered,
    )


def _urgency(category: Category, words: str, rng: random.Random) -> str:
    """The category's usual urgency, changed now and then; a smell of gas or someone stuck is an emergency."""
    if "困在" in words or any(danger in words for danger in ("冒火花", "塌了一块")):
        return "emergency"
    if category.code == "gas":
        return "emergency" if any(sign in words for sign in ("味", "嘶嘶", "报警")) else "urgent"
    if category.urgency == "urgent":
        return rng.choices(("urgent", "normal", "emergency"), (88, 9, 3))[0]
    if category.urgency == "normal":
        return rng.choices(("normal", "urgent", "long"), (89, 6, 5))[0]
    return rng.choices(("long", "normal"), (86, 14))[0]
