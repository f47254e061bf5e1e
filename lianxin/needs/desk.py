"""How needs read on a desk."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.core.clock import day_start, local_day, now
from lianxin.desk.models import DeskItem
from lianxin.desk.queue import LOADERS, Line
from lianxin.needs.answers import CallAttempt, Exclusion, SecondCall
from lianxin.needs.kinds import kind_of
from lianxin.needs.models import Need
from lianxin.needs.reading import title_for_holder
from lianxin.needs.states import Urgency

# verb → (what is due, the label of the one main action)
VERB_LABELS = {
    "verify": (gettext_lazy("verify"), gettext_lazy("Verify")),
    "arrange": (gettext_lazy("publish or assign"), gettext_lazy("Arrange")),
    "find_giver": (gettext_lazy("on the wall, nobody yet"), gettext_lazy("Look")),
    "start": (gettext_lazy("begin"), gettext_lazy("Begin")),
    "deliver": (gettext_lazy("deliver"), gettext_lazy("Done")),
    "redo": (gettext_lazy("not solved, again"), gettext_lazy("Look")),
    "ask_asker": (gettext_lazy("ask the asker"), gettext_lazy("Ask")),
    "ask_joined": (gettext_lazy("ask the asker"), gettext_lazy("Ask")),
    "second_call": (gettext_lazy("call about a recorded answer"), gettext_lazy("Call")),
    "decide_exclusion": (gettext_lazy("leave out of the rates? A second person decides"), gettext_lazy("Decide")),
    "decide": (gettext_lazy("decide on the objection"), gettext_lazy("Decide")),
}
# verb of the desk → the form on the need's page that it opens
VERB_FORMS = {
    "verify": "next",
    "arrange": "next",
    "find_giver": "next",
    "start": "start",
    "deliver": "deliver",
    "redo": "deliver",
    "ask_asker": "confirm",
    "ask_joined": "answer_merged",
    "second_call": "second_call",
    "decide": "uphold",
    "decide_exclusion": "decide_exclusion",
}


def place_line(need: Need) -> str:
    """Kind and place in one line."""
    place = need.compound or need.grid or need.community
    return _("%(kind)s · %(place)s") % {"kind": kind_of(need).staff_label, "place": place.label}


def load(items: list[DeskItem], actor: Actor) -> list[Line]:
    """The lines of desk items that point at needs, of those the actor may see. One query."""
    today = CallAttempt.objects.filter(need_id=OuterRef("pk"), at__gte=_today())
    needs = Need.objects.visible_to(actor).for_lists().annotate(tried=Exists(today))
    found = needs.in_bulk([i.object_id for i in items])
    return _lines(items, found, actor, {pk for pk, need in found.items() if need.tried})  # type: ignore[attr-defined]


def load_second_calls(items: list[DeskItem], actor: Actor) -> list[Line]:
    """The same of items that point at second calls. Two queries."""
    rows = SecondCall.objects.filter(pk__in=[i.object_id for i in items]).values_list("pk", "need_id", "tried_at")
    tried = {call for call, _need, at in rows if at and at >= _today()}
    return _about({call: need for call, need, _at in rows}, items, actor, tried)


def load_exclusions(items: list[DeskItem], actor: Actor) -> list[Line]:
    """The same of items that point at exclusions. Two queries."""
    things = Exclusion.objects.filter(pk__in=[i.object_id for i in items])
    return _about(dict(things.values_list("pk", "need_id")), items, actor, set())


def _today() -> datetime:
    return day_start(local_day(now()))


def _about(need_of: dict[int, int], items: list[DeskItem], actor: Actor, tried: set[int]) -> list[Line]:
    needs = Need.objects.visible_to(actor).for_lists().in_bulk(need_of.values())
    return _lines(items, {call: needs[need] for call, need in need_of.items() if need in needs}, actor, tried)


def _lines(items: list[DeskItem], needs: dict[int, Need], actor: Actor, tried: set[int]) -> list[Line]:
    lines = []
    for item in items:
        need = needs.get(item.object_id)
        if need is None:
            continue
        due, action = VERB_LABELS[item.verb]
        form = VERB_FORMS.get(item.verb, "")
        lines.append(
            Line(
                title=title_for_holder(actor, need),
                where=place_line(need),
                number=need.number,
                url=f"/workspace/needs/{need.number}/" + (f"#{form}" if form else ""),
                verb=item.verb,
                verb_label=str(due),
                due_at=item.due_at,
                action=str(action),
                urgent=need.urgency == Urgency.EMERGENCY,
                tried=item.object_id in tried and item.verb in ("ask_asker", "ask_joined", "second_call"),
            )
        )
    return lines


LOADERS.add("need", load)
LOADERS.add("second_call", load_second_calls)
LOADERS.add("exclusion", load_exclusions)
