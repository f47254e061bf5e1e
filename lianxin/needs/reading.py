"""What a reader of a need gets to see: whose words, which contact, where it stands."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.desk import queue
from lianxin.needs.kinds import kind_of
from lianxin.needs.models import Commitment, Need
from lianxin.needs.rules import acts_for, handles, is_asker, is_named_on, on_call, on_grid, refusal
from lianxin.needs.states import ACTIVE, ASSIGNED
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.states import Status as S


def in_place(actor: Actor, need: Need) -> bool:
    """The need lies in a place of the actor's posts, as grid worker, office, town or city."""
    return (
        actor.has(Role.CITY)
        or actor.holds(need.town_id, Role.TOWN)
        or actor.holds(need.community_id, Role.OFFICE)
        or actor.holds(need.grid_id, Role.GRID_WORKER)
    )


def holding(actor: Actor, need: Need) -> list[Commitment]:
    """The commitments on `need` that the actor acts for; uses what is prefetched."""
    return [c for c in need.held() if acts_for(actor, c)]


def reads_words(actor: Actor, need: Need) -> bool:
    """May read the asker's words: the place, whoever is on call, and whoever holds it. The pool: the public text."""
    return in_place(actor, need) or on_call(actor, need) or bool(holding(actor, need))


def title_for(actor: Actor, need: Need) -> str:
    """The need's first line as `actor` may read it."""
    if in_place(actor, need) or holding(actor, need):
        return title_for_holder(actor, need)
    return need.public_text or str(need.category)


def title_for_holder(actor: Actor, need: Need) -> str:
    """The same for who holds it or has it in its place: a giver reads what was published, the words stand below."""
    if need.published_at and need.public_text and not in_place(actor, need):
        return need.public_text
    return need.title


def place_for(actor: Actor, need: Need) -> str:
    """Where, as exactly as `actor` may know: the pool knows the community only."""
    if reads_words(actor, need):
        return str((need.compound or need.grid or need.community).label)
    return need.community.label


def place_id_for(actor: Actor, need: Need) -> int:
    """The scope of the same place, for lists that look the names up together."""
    exactly: int | None = need.compound_id or need.grid_id if reads_words(actor, need) else None
    return exactly or need.community_id


@dataclass(frozen=True)
class ContactField:
    """One personal value: its label, and the value or its mask."""

    name: str
    label: str
    value: str


LABELS = {
    "asker_name": pgettext_lazy("of a person", "Name"),
    "asker_phone": gettext_lazy("Telephone"),
    "place_detail": gettext_lazy("Where exactly"),
}


def contact_fields(actor: Actor, need: Need) -> tuple[str, ...]:
    """Which personal values `actor` may ask to see: the office, the grid worker and who is on call all; a giver where
    it is, and whom to call only when the asker allowed it."""
    if handles(actor, need) or on_grid(actor, need) or on_call(actor, need):
        return ("asker_name", "asker_phone", "place_detail")
    if any(c.status in ACTIVE for c in holding(actor, need)):
        if need.giver_may_call:
            return ("asker_name", "asker_phone", "place_detail")
        return ("place_detail",)
    return ()


def may_ask(actor: Actor, need: Need) -> bool:
    """May record the asker's answer to what is done."""
    return any(refusal(actor, need, "confirm", c) is None for c in need.held())


def had_a_part(actor: Actor, need: Need) -> bool:
    """Did, or acts for whoever did, what waits for the asker's answer."""
    return any(c.status == C.DELIVERED and (is_named_on(actor, c) or acts_for(actor, c)) for c in need.held())


def others_ask(actor: Actor, need: Need) -> str:
    """Why the actor does not record the answer, and who asks instead; '' where that is no question.

    One query for staff of the place, who know the other posts.
    """
    if may_ask(actor, need) or not had_a_part(actor, need):
        return ""
    waits = queue.posts_with("need", need.pk, "ask_asker") if in_place(actor, need) else []
    others = [str(item.scope.label) for item in waits if not actor.holds(item.scope_id, item.role)]
    return _("You had a part in it: %(who)s asks the asker.") % {
        "who": _(", ").join(others) or _("somebody who had none")
    }


def masked(name: str, value: str) -> str:
    """A personal value as it stands before *Show*."""
    if name == "asker_phone" and len(value) >= 7:
        return f"{value[:3]}****{value[-2:]}"
    if name == "asker_name":
        return value[:1] + "**"
    return "••••"


def contact(actor: Actor, need: Need, *, opened: bool) -> list[ContactField]:
    """The contact of `need` for `actor`, masked unless `opened` by a look of the last minutes."""
    found = []
    for name in contact_fields(actor, need):
        if value := getattr(need, name):
            found.append(ContactField(name, str(LABELS[name]), value if opened else masked(name, value)))
    return found


@dataclass(frozen=True)
class Step:
    """A step of the bar: label, class (`past`, `now` or empty), what stands below it."""

    label: str
    state: str
    at: datetime | None = None
    note: str = ""


def steps(need: Need) -> list[Step]:
    """Where `need` stands, as a bar of steps; an end without an answer is its last step."""
    held = next(iter(need.held()), None)
    started = held.started_at if held else None
    ways: list[tuple[S, str, datetime | None]] = [(S.FILED, _("Filed"), need.filed_at)]
    if need.published_at and need.status != S.VERIFIED:
        ways.append((S.PUBLISHED, _("On the wall"), need.published_at))
    else:
        ways.append((S.VERIFIED, _("Verified"), need.verified_at))
    if need.status in (S.DECLINED, S.MERGED, S.WITHDRAWN):
        done = [Step(label, "past", at) for _s, label, at in ways if at]
        return [*done, Step(str(S(need.status).label), "now", need.ended_at)]
    ways += [
        (
            S.CLAIMED,
            str(ASSIGNED) if held and held.assigned else _("Taken on"),
            held.claimed_at if held else None,
        ),
        (S.UNDER_WAY, _("Under way"), started),
        (S.DELIVERED, _("Done"), need.delivered_at if held and held.delivered_at else None),
    ]
    closed = need.status == S.CLOSED_UNANSWERED
    last = S.CLOSED_UNANSWERED if closed else S.CONFIRMED
    ways.append((last, _("Closed") if closed else _("Confirmed"), need.ended_at))
    at_now = [s for s, _label, _at in ways].index(S(need.status))
    if need.status == last:
        at_now = len(ways)
    return [
        Step(label, "past" if i < at_now else "now" if i == at_now else "", at if i <= at_now else None)
        for i, (_s, label, at) in enumerate(ways)
    ]


def who_sees(need: Need) -> str:
    """Who may see this need, in a sentence."""
    if need.walled:
        return _("Only the named parties of this case.")
    if need.hidden_path:
        return _("The level that handles it. Not the one it is about, nor that one's office.")
    words = _("The community office, its grid worker, the town and the city; whoever is on duty; whoever takes it on.")
    if need.status == S.PUBLISHED:
        words += " " + _("Everybody may read the public text.")
    return words


def meta_line(actor: Actor, need: Need) -> str:
    """Kind · category · place · how it came in."""
    parts = [str(kind_of(need).staff_label)]
    if need.category.label != parts[0]:
        parts.append(need.category.label)
    parts.append(place_for(actor, need))
    if reads_words(actor, need):
        parts.append(str(need.get_channel_display()))
        if need.outside_number:
            parts.append(need.outside_number)
    return " · ".join(parts)


def is_staff_reader(actor: Actor, need: Need) -> bool:
    """Reads history, messages and photos: the place and whoever holds it; the pool does not."""
    return reads_words(actor, need) and not is_asker(actor, need)
