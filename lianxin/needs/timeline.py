"""The history of a need as sentences in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.accounts.models import Role
from lianxin.core.registry import Registry
from lianxin.history.models import Entry
from lianxin.needs.kinds import KINDS
from lianxin.needs.states import (
    Channel,
    DeclineReason,
    Escalation,
    ExclusionReason,
    GiveBackReason,
    Satisfaction,
    SecondCallResult,
    Urgency,
    Via,
)
from lianxin.organisations.models import Organisation

Params = dict[str, Any]
Render = Callable[[Params], str]

# history code → function(params with labels) → what was done, following who did it
SENTENCES: Registry[Render] = Registry("timeline sentence")

GOOD = {"need.confirmed", "need.delivered", "need.handled"}
BAD = {"need.not_solved", "need.lapsed", "need.closed_unanswered", "need.declined", "need.given_back"}


@dataclass(frozen=True)
class Happened:
    """One line of the timeline: who (role or organisation), what, when, good or bad news."""

    who: str
    what: str
    at: datetime
    look: str
    person: str = ""
    imported: bool = False


def _said(words: Promise) -> Render:
    return lambda params: str(words) % params


def _of(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


def _filed(params: Params) -> str:
    kind = KINDS.get(params.get("kind", ""))
    return __("filed it (%(kind)s, by %(channel)s)") % {
        "kind": kind.staff_label if kind else params.get("kind", ""),
        "channel": _of(Channel, params.get("channel", "")),
    }


def _with_reason(words: Promise, choices: Any) -> Render:
    return lambda params: str(words) % {**params, "reason": _of(choices, params.get("reason", ""))}


def _verified(params: Params) -> str:
    urgency = params.get("urgency")
    return (
        __("verified it; urgency: %(urgency)s") % {"urgency": _of(Urgency, urgency)} if urgency else __("verified it")
    )


FIELD_LABELS: dict[str, str | Promise] = {
    "urgency": _("urgency"),
    "category": _("category"),
    "public_text": _("public text"),
    "grid": _("grid"),
    "compound": _("compound"),
    "publish_ok": _("consent to publication"),
    "place_detail": _("where exactly"),
    "asker_name": pgettext_lazy("of a person", "name"),
    "asker_phone": _("telephone"),
    "giver_may_call": _("whether the giver may call"),
}


def _corrected(params: Params) -> str:
    fields = params.get("fields") or []
    if not fields:
        return __("looked through it again")
    names = __(", ").join(str(FIELD_LABELS.get(f, f)) for f in fields)
    return __("corrected: %(fields)s") % {"fields": names}


def _confirmed(params: Params) -> str:
    words = __("confirmed: solved")
    if satisfaction := params.get("satisfaction"):
        words += __(", %(how)s") % {"how": _of(Satisfaction, satisfaction)}
    return words + (__(" (recorded for the asker)") if params.get("via") == Via.PROXY else "")


def _not_solved(params: Params) -> str:
    return __("said it is not solved") + (__(" (recorded for the asker)") if params.get("via") == Via.PROXY else "")


STEPS: dict[str, str | Promise] = {
    "declined": _("declining it"),
    "withdrawn": _("withdrawing it"),
    "delivered": _("saying that it is done"),
    "handled": _("saying that it is done"),
    "attempt": _("a call in vain"),
    "confirmed": _("the recorded answer"),
    "not_solved": _("the recorded answer"),
}


def _answered_merged(params: Params) -> str:
    words = __("answered too: solved") if params.get("solved") else __("answered too: not solved")
    return words + (__(" (recorded for the asker)") if params.get("via") == Via.PROXY else "")


def _taken_back(params: Params) -> str:
    step = params.get("step", "")
    return __("took back, as done by mistake: %(step)s") % {"step": STEPS.get(step, step)}


for _code, _render in {
    "filed": _filed,
    "verified": _verified,
    "corrected": _corrected,
    "corrected_own": _corrected,
    "declined": _with_reason(_("declined it: %(reason)s"), DeclineReason),
    "merged": _said(_("merged it with %(into)s, which asks the same")),
    "unmerged": _said(_("took it apart from %(number)s: it is something else")),
    "left_alone": _said(_("opened it again: %(number)s, in which it was handled, has ended")),
    "let_go": _said(_("took %(number)s apart from this one")),
    "absorbed": _said(_("merged %(number)s into this one")),
    "published": _said(_("put it on the wish wall")),
    "unpublished": _said(_("took it off the wall")),
    "assigned": _said(_("gave it to %(giver)s")),
    "erased": _said(_("had everything personal erased")),
    "regridded": _said(_("put it into the grid %(to)s: the grids were drawn anew")),
    "passed_on": _said(_("named somebody else for the work")),
    "passed_up": _said(_("passed it to the next level")),
    "passed_down": _said(_("passed it to the community office")),
    "claimed": _said(_("took it on for %(giver)s")),
    "helpers_named": _said(_("named %(count)s helpers")),
    "started": _said(_("began (%(giver)s)")),
    "delivered": _said(_("says it is done (%(giver)s)")),
    "handled": _said(_("handled it on the spot (%(giver)s)")),
    "given_back": _with_reason(_("gave it back: %(reason)s"), GiveBackReason),
    "called_off": _said(_("took it back from %(giver)s")),
    "lapsed": _said(_("the claim of %(giver)s lapsed: nothing was delivered in time")),
    "confirmed": _confirmed,
    "not_solved": _not_solved,
    "thanks_agreed": lambda params: (
        __("lets the thanks be shown") if params.get("agrees") else __("keeps the thanks from being shown")
    ),
    "answered_merged": _answered_merged,
    "escalated": _with_reason(_("handed it to the next level: %(reason)s"), Escalation),
    "overdue": _with_reason(_("found it overdue: %(reason)s"), Escalation),
    "waited": _said(_("let the time run again; no answer came")),
    "heard": _said(_("heard from the asker; the time runs again")),
    "asked": _said(_("asked the asker something; the time stands still")),
    "hotline_replied": _said(_("replied to the hotline")),
    "second_call": _with_reason(_("called the asker about the recorded answer: %(reason)s"), SecondCallResult),
    "second_call_tried": _said(_("called the asker about the recorded answer, in vain")),
    "exclusion_asked": _with_reason(_("asked to leave it out of the rates: %(reason)s"), ExclusionReason),
    "exclusion_approved": _with_reason(_("left it out of the rates: %(reason)s"), ExclusionReason),
    "exclusion_refused": _said(_("did not leave it out of the rates")),
    "exclusion_taken_back": _said(_("lets it count again")),
    "taken_back": _taken_back,
    "attempt": _said(_("tried to reach the asker, in vain")),
    "closed_unanswered": _said(_("closed it: the asker could not be reached")),
    "withdrawn": _said(_("withdrew it")),
    "still_wanted": _said(_("says that it is still wanted: it is open again")),
    "contested": _said(_("does not accept that it was declined")),
    "decline_overturned": _said(_("sided with the asker: it is open again")),
    "decline_upheld": _said(_("upheld that it was declined")),
    "thanked": _said(_("said thanks")),
    "word_added": _said(_("added something")),
    "answered": _said(_("wrote to the asker")),
    "contact_erased": _said(_("erased the contact: it is no longer needed")),
    "words_erased": _said(_("erased words and photos: they are no longer needed")),
    "commented": _said(_("left a remark inside")),
}.items():
    SENTENCES.add(f"need.{_code}", _render)


WHO: dict[str, str | Promise] = {
    "system": _("The clock"),
    "asker": _("The asker"),
    "public": _("The asker"),
}


def who_of(entry: Entry) -> str:
    """Who did it, as a role; a workbook does not say."""
    if entry.imported:
        return __("As recorded:")
    if entry.role in WHO:
        return str(WHO[entry.role])
    return _of(Role, entry.role)


def _names(entries: list[Entry], known: dict[str, str]) -> dict[str, str]:
    """Labels of the organisations that entries name by code; asks for the unknown ones. One query at most."""
    missing = {e.params["giver"] for e in entries if e.params.get("giver")} - set(known)
    if missing:
        known = known | {o.code: o.label for o in Organisation.objects.filter(code__in=missing)}
    return known


def render(entries: list[Entry], known: dict[str, str] | None = None) -> list[Happened]:
    """`entries` as lines, newest first. `known`: organisation code → label of those already loaded."""
    names = _names(entries, known or {})
    lines = []
    for entry in reversed(entries):
        params = dict(entry.params)
        if code := params.get("giver"):
            params["giver"] = names.get(code, code)
        sentence = SENTENCES.get(entry.code)
        look = "done" if entry.code in GOOD else "late" if entry.code in BAD else ""
        person = str(entry.actor) if entry.actor and entry.role not in WHO else ""
        lines.append(
            Happened(
                who=who_of(entry),
                what=sentence(params) if sentence else entry.code,
                at=entry.at,
                look=look,
                person=person,
                imported=entry.imported,
            )
        )
    return lines
