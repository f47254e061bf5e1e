"""A city with as many needs as asked for: the sample's places and organisations, needs of five years, their parts,
commitments, desks, tallies and words in the index. History is left out: no page that is measured reads it in lists.
"""

import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction

from lianxin.core.clock import now
from lianxin.desk.models import DeskItem
from lianxin.figures import tallies
from lianxin.figures.models import Delta, Tally
from lianxin.needs import searching
from lianxin.needs.models import Category, Commitment, Need, NeedPart
from lianxin.needs.states import ENDED, HOLDING
from lianxin.organisations.models import Organisation
from lianxin.places.models import Community, Grid

# Share of each state in the needs of five years.
STATES = {
    "filed": 1,
    "verified": 2,
    "published": 3,
    "claimed": 3,
    "under_way": 4,
    "delivered": 2,
    "confirmed": 62,
    "closed_unanswered": 10,
    "declined": 8,
    "withdrawn": 5,
}
DELIVERED = ("delivered", "confirmed", "closed_unanswered")
YEARS = timedelta(days=5 * 365)
COMMON, RARE = "水管", "望远"
COMMON_SHARE, RARE_COUNT = 0.05, 200
SYLLABLES = "家里孩子老人楼道灯坏门锁路面积水想要书本课外活动帮忙搬柜子暖气不热电梯停用邻居声音垃圾清运车位下水通知"
BATCH = 5_000


def _text(chance: random.Random, number: int, size: int) -> str:
    words = "".join(chance.choices(SYLLABLES, k=chance.randint(12, 40)))
    if chance.random() < COMMON_SHARE:
        words += COMMON
    return words + RARE if number % max(size // RARE_COUNT, 1) == 0 else words


def _rows(size: int, at: datetime) -> Iterator[tuple[Need, NeedPart, Commitment | None, DeskItem | None]]:
    chance = random.Random(1)
    grids = list(Grid.objects.select_related("community__town"))
    categories = list(Category.objects.exclude(kind="complaint"))
    givers = list(Organisation.objects.filter(active=True))
    offices = {c.pk: c.scope_id for c in Community.objects.all()}
    states, weights = list(STATES), list(STATES.values())
    first = (Need.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    for number in range(size):
        pk = first + number
        grid, category = chance.choice(grids), chance.choice(categories)
        status = chance.choices(states, weights)[0]
        ended = status in ENDED
        # What is open is young, what has ended lies anywhere in the five years.
        filed = at - YEARS * chance.random() if ended else at - timedelta(days=60 * chance.random())
        due = filed + timedelta(days=chance.choice([1, 7, 15]))
        need = Need(
            pk=pk,
            number=f"BN-{pk:08d}",
            kind=category.kind if category.kind != "other" else "wish",
            category=category,
            channel="web",
            text=_text(chance, number, size),
            public_text="想请人帮一个忙" if status == "published" else "",
            publish_ok=status == "published",
            town_id=grid.community.town_id,
            community_id=grid.community_id,
            grid=grid,
            handler_id=offices[grid.community_id],
            urgency=chance.choice(["urgent", "normal", "normal", "long"]),
            status=status,
            filed_at=filed,
            verified_at=None if status in ("filed", "declined", "withdrawn") else filed + timedelta(hours=3),
            published_at=filed + timedelta(hours=4) if status == "published" else None,
            delivered_at=filed + timedelta(days=3) if status in DELIVERED else None,
            responded_at=filed + timedelta(hours=3),
            due_at=due,
            response_due_at=filed + timedelta(days=1),
            solution_due_at=due,
            ended_at=filed + timedelta(days=5) if ended else None,
            solved=True if status == "confirmed" else None,
            satisfaction="satisfied" if status == "confirmed" else "",
            answered_via="self" if status == "confirmed" else "",
            answered_at=filed + timedelta(days=5) if status == "confirmed" else None,
            contact_erased_at=at,
            imported=True,
        )
        part = NeedPart(pk=pk, need_id=pk, category=category)
        held = None
        if status in HOLDING:
            held = Commitment(
                need_id=pk,
                part_id=pk,
                giver=chance.choice(givers),
                status=status,
                claimed_at=filed + timedelta(days=1),
                delivered_at=need.delivered_at,
                solved=need.solved,
                answered_at=need.answered_at,
                ended_at=need.ended_at,
            )
        desk = None
        if not ended:
            line: dict[str, Any] = {"role": "office", "verb": "arrange", "object_type": "need", "due_at": due}
            desk = DeskItem(scope_id=offices[grid.community_id], object_id=pk, **line)
        yield need, part, held, desk


def _tally() -> None:
    """All tallies anew from the records: faster than folding a million differences."""
    for model in (Delta, Tally):
        model.objects.all().delete()
    counted = tallies.compare().wrong
    Tally.objects.bulk_create(
        (
            Tally(part=k.part, scope_id=k.scope, day=k.day, of=k.of, value=n)
            for k, (_none, n) in sorted(counted.items())
        ),
        batch_size=5_000,
    )


def fill(size: int) -> None:
    """Add `size` needs to a city that has its places, categories and organisations."""
    rows, done = _rows(size, now()), 0
    while some := list(islice(rows, BATCH)):
        needs = [row[0] for row in some]
        with transaction.atomic():
            Need.objects.bulk_create(needs, batch_size=400)
            NeedPart.objects.bulk_create([row[1] for row in some], batch_size=4_000)
            Commitment.objects.bulk_create([row[2] for row in some if row[2]], batch_size=1_000)
            DeskItem.objects.bulk_create([row[3] for row in some if row[3]], batch_size=2_000)
            searching.put(needs)
        done += len(some)
        if done % 100_000 == 0:
            print(f"  {done:,} needs", file=sys.stderr, flush=True)
    _tally()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Need, NeedPart]):
            cursor.execute(statement)
        # Both plan by what a table holds; the servers do this by themselves now and then.
        cursor.execute("ANALYZE")
