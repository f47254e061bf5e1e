"""Where a need stands, as its asker reads it: steps, what comes next, and what the asker can do now."""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.refusals import new_key
from lianxin.needs import clocks
from lianxin.needs.answers import Thanks
from lianxin.needs.kinds import Kind, kind_of
from lianxin.needs.models import Commitment, Message, Need, Photo
from lianxin.needs.public_forms import AnswerForm, ThanksForm, WordForm
from lianxin.needs.rules import answered_by_another, refusal
from lianxin.needs.states import ASSIGNED, CommitmentStatus, DeclineReason, Status, Via
from lianxin.needs.states import Status as S

# How a status looks: waiting, running, done, shut (classes of .lx-is).
LOOKS: dict[str, str] = {
    S.FILED: "wait",
    S.VERIFIED: "wait",
    S.PUBLISHED: "wait",
    S.CLAIMED: "run",
    S.UNDER_WAY: "run",
    S.DELIVERED: "wait",
    S.CONFIRMED: "done",
    S.CLOSED_UNANSWERED: "shut",
    S.DECLINED: "shut",
    S.MERGED: "shut",
    S.WITHDRAWN: "shut",
}
STEPS: list[tuple[str | Promise, tuple[str, ...]]] = [
    (pgettext_lazy("step of a need", "Filed"), (S.FILED,)),
    (pgettext_lazy("step of a need", "Checked"), (S.VERIFIED, S.PUBLISHED)),
    (pgettext_lazy("step of a need", "Taken on"), (S.CLAIMED, S.UNDER_WAY)),
    (pgettext_lazy("step of a need", "Done"), (S.DELIVERED,)),
    (pgettext_lazy("step of a need", "You confirmed"), (S.CONFIRMED,)),
]
# Where a need or a commitment stands, said to the asker; else as everybody reads it.
TO_ASKER: dict[str, str | Promise] = {
    S.DELIVERED: gettext_lazy("Done, waits for your answer"),
    S.CONFIRMED: gettext_lazy("You confirmed it"),
}
TAKEN_ON = 2
ROLES: dict[str, str | Promise] = {**dict(Role.choices), "asker": gettext_lazy("You")}


@dataclass(frozen=True)
class Step:
    """One step of the bar: past, now or still to come."""

    label: str | Promise
    state: str
    at: datetime | None


@dataclass(frozen=True)
class Said:
    """A message as the asker reads it."""

    who: str | Promise
    mine: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """Everything the tracking page shows."""

    need: Need
    kind: Kind
    look: str
    status: str | Promise
    steps: list[Step]
    next: str
    held: list[tuple[Commitment, str | Promise]]
    said: list[Said]
    photos: list[Photo]
    thanks: Thanks | None
    answers: list[tuple[Commitment, forms.Form]]
    again: list[tuple[Commitment, forms.Form]]
    answer_merged: forms.Form | None
    merged_again: forms.Form | None
    word: forms.Form | None
    thank: forms.Form | None
    can_withdraw: bool
    can_contest: bool
    can_reopen: bool
    decline_reason: str
    bad: forms.Form | None

    @property
    def answer_due(self) -> bool:
        """The asker's answer is what it waits for: the question goes before everything else."""
        waits = any(commitment.status == CommitmentStatus.DELIVERED for commitment, _form in self.answers)
        return waits or self.answer_merged is not None

    @property
    def icon(self) -> str:
        """The kind's icon, as the sprite names it without its prefix."""
        return self.kind.icon.removeprefix("i-")


def standing_of(need: Need, actor: Actor, *, at: datetime, sent: forms.Form | None = None) -> Standing:
    """The asker's page of `need` (from `queries.need_for`). `sent`: a form to show again with its errors."""

    def may(verb: str, commitment: Commitment | None = None) -> bool:
        return refusal(actor, need, verb, commitment) is None

    def shown(form: forms.Form) -> forms.Form:
        return sent if type(sent) is type(form) and sent and sent.prefix == form.prefix else form

    def answer(commitment: Commitment) -> forms.Form:
        return shown(AnswerForm(prefix=f"c{commitment.pk}"))

    held = list(need.commitments.all())
    messages = need.messages.filter(audience=Message.Audience.ASKER).order_by("at", "pk")
    thanks = getattr(need, "thanks", None) if need.status == S.CONFIRMED else None
    into = need.joint
    merged = shown(AnswerForm(prefix="merged")) if may("answer_merged") and into and into.is_done else None
    late = need.answered_at is not None and at > need.answered_at + clocks.answers_late()
    instead = merged is not None and need.answered_at is not None and not late and answered_by_another(actor, need)
    again = [(c, answer(c)) for c in held if may("answer_again", c) and not _too_late(c, at)]
    return Standing(
        need=need,
        kind=kind_of(need),
        look=LOOKS[need.status],
        status=_status(need, need.answered_via),
        steps=steps_of(need),
        next=next_of(need, held, into, may_object=bool(again) or instead),
        held=[(c, _status(c, need.answered_via)) for c in held],
        said=[Said(ROLES.get(m.role, m.role), m.role == "asker", m.text, m.at) for m in messages],
        photos=list(need.photos.order_by("pk")),
        thanks=thanks,
        answers=[(c, answer(c)) for c in held if may("confirm", c) and not _too_late(c, at)],
        again=again,
        answer_merged=merged if need.answered_at is None else None,
        merged_again=merged if instead else None,
        word=shown(WordForm(initial={"key": new_key()})) if may("add_word") else None,
        thank=shown(ThanksForm(prefix="thanks")) if may("thank") and not thanks and held else None,
        can_withdraw=may("withdraw"),
        can_reopen=may("still_wanted") and not _too_late(need, at),
        can_contest=may("contest") and need.contested_at is None,
        decline_reason=str(DeclineReason(need.decline_reason).label) if need.decline_reason else "",
        bad=sent if sent is not None and sent.errors else None,
    )


def _status(thing: Need | Commitment, via: str) -> str | Promise:
    """Where it stands in words to the asker, who need not be the one who answered."""
    if thing.status == S.CONFIRMED and via == Via.PROXY:
        return _("Confirmed, recorded for you")
    return TO_ASKER.get(thing.status) or thing.status_label


def _too_late(thing: Need | Commitment, at: datetime) -> bool:
    closed = thing.ended_at
    return closed is not None and at > closed + clocks.answers_late()


def steps_of(need: Need) -> list[Step]:
    """The step bar; empty for a need that ended on the way."""
    status = S.DELIVERED if need.status == S.CLOSED_UNANSWERED else need.status
    now = next((i for i, (_label, of) in enumerate(STEPS) if status in of), None)
    if now is None:
        return []
    labels = [label for label, _of in STEPS]
    held = list(need.commitments.all())
    if held and all(c.assigned for c in held):
        labels[TAKEN_ON] = ASSIGNED
    claimed = min((c.claimed_at for c in held), default=None)
    times = [need.filed_at, need.verified_at, claimed, need.delivered_at, need.answered_at]
    last = len(STEPS) - 1
    return [
        Step(
            labels[i],
            "past" if i < now or i == now == last else "now" if i == now else "",
            times[i] if i <= now else None,
        )
        for i in range(len(STEPS))
    ]


def _when(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")


def _day(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATE_FORMAT")


def next_of(need: Need, held: list[Commitment], into: Need | None, *, may_object: bool) -> str:
    """What happens next, or what the end means, in a sentence or two.

    `into`: in which a merged one is handled. `may_object`: what was recorded for the asker can still be put right.
    """
    giver = " · ".join(dict.fromkeys(c.giver.label for c in held))
    words = {
        S.FILED: _("It was filed. You hear from us by %(response)s."),
        S.VERIFIED: _("It was checked. Now we find the right people. It should be done by %(solution)s."),
        S.PUBLISHED: _("It is on the wish wall and waits for somebody to take it on."),
        S.CLAIMED: _("It was given to %(giver)s. It should be done by %(solution)s.")
        if need.is_assigned
        else _("%(giver)s has taken it on. It should be done by %(solution)s."),
        S.UNDER_WAY: _("%(giver)s is at work on it. It should be done by %(solution)s."),
        S.DELIVERED: _("%(giver)s says that it is done. Only your answer counts: is it solved?"),
        S.CONFIRMED: _("Solved. Thank you for telling us on %(answered)s."),
        S.CLOSED_UNANSWERED: _(
            "It was done, but we could not reach you, so it was closed without an answer. "
            "You can still say until %(until)s whether it is solved."
        ),
        S.DECLINED: _("It was not taken on. You can read why below."),
        S.MERGED: _(
            "Others asked for the same, so it is handled together as %(into)s (%(into_status)s). "
            "You will be asked for your own answer here."
        ),
        S.WITHDRAWN: _("It was withdrawn on %(ended)s. Nothing more happens. You can ask again at any time."),
    }[Status(need.status)]
    if need.status == S.CONFIRMED and need.answered_via == Via.PROXY:
        words = _("Solved. Your answer was recorded for you on %(answered)s.")
        if may_object:
            words = _("Solved. Your answer was recorded for you on %(answered)s. If that is wrong, say so here.")
    if need.status in (S.FILED, S.VERIFIED, S.PUBLISHED) and need.solved is False:
        words = _("You said that it is not solved. It is with your community again, to be done by %(solution)s.")
    if need.status == S.MERGED and into and into.is_done:
        words = _(
            "It was handled together with others as %(into)s, which is done. Your own answer counts: is it solved?"
        )
        if need.answered_at:
            words = _("It was handled together with others as %(into)s. Thank you for telling us on %(answered)s.")
            if may_object:
                words = _(
                    "It was handled together with others as %(into)s. Your answer was recorded for you on "
                    "%(answered)s. If that is wrong, say so here."
                )
    if need.status == S.WITHDRAWN and need.end_reason:
        words = _("Somebody recorded on %(ended)s that you no longer want it. Nothing more happens.")
    if need.waiting_since and need.is_open:
        words = _("We asked you something and wait for your answer; until then the clock stands still.")
    return words % {
        "giver": giver,
        "response": _when(need.response_due_at),
        "solution": _when(need.solution_due_at),
        "answered": _day(need.answered_at) if need.answered_at else "",
        "until": _day(need.ended_at + clocks.answers_late()) if need.ended_at else "",
        "ended": _day(need.ended_at) if need.ended_at else "",
        "into": into.number if into else "",
        "into_status": S(into.status).label if into else "",
    }
