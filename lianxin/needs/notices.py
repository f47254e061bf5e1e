"""The notices of the pipeline as sentences."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianxin.notifications.notices import SENTENCES


def _sentence(words: Promise) -> Any:
    def render(params: dict[str, Any]) -> str:
        return str(words) % params

    return render


for _code, _words in {
    "need.emergency": _("%(number)s came in as an emergency."),
    "need.assigned": _("%(number)s was given to you."),
    "need.claimed": _("%(number)s was taken on."),
    "need.delivered": _("%(number)s is done; the asker is to be asked."),
    "need.confirmed": _("%(number)s was confirmed by the asker."),
    "need.not_solved": _("%(number)s is not solved, says the asker. It is yours again."),
    "need.not_done": _("%(number)s is not done after all: it was marked by mistake."),
    "need.answer_taken_back": _("The answer about %(number)s was recorded by mistake; the asker is still to be asked."),
    "need.second_call_differs": _("%(number)s: the asker says otherwise than was recorded."),
    "need.escalated": _("%(number)s came up to you by itself."),
    "need.on_duty": _("%(number)s is to be answered now; you are on duty."),
    "need.due_soon": _("%(number)s is due soon."),
    "need.given_back": _("%(number)s was given back."),
    "need.lapsed": _("%(number)s lapsed: nothing was delivered in time."),
    "need.called_off": _("%(number)s was called off."),
    "need.withdrawn": _("%(number)s was withdrawn by the asker."),
    "need.still_wanted": _("The asker of %(number)s says that it is still wanted; it is open again."),
    "need.passed_up": _("%(number)s was passed to you."),
    "need.contested": _("The asker of %(number)s does not accept that it was declined."),
    "need.corrected_own": _("The asker of %(number)s has corrected the contact or the consent."),
    "need.word": _("The asker of %(number)s added something."),
    "need.around_the_clock": _("%(number)s cannot wait: its clock runs around the clock."),
    "need.joined_not_solved": _(
        "%(number)s was done with another one, and is not solved, says its asker: it stands for itself again."
    ),
    "need.thanked": _("The asker of %(number)s says thanks."),
    "need.exclusion_asked": _("%(number)s is to be left out of the rates; a second person decides."),
    "need.exclusion_approved": _("%(number)s is left out of the rates, as you asked."),
    "need.exclusion_refused": _("%(number)s stays in the rates; a second person decided so."),
    "need.closed_unanswered": _("%(number)s was closed without an answer."),
    "figures.wrong": _("The night's comparison found %(wrong)s figures that do not say what the records say."),
    "batch.claimed": _("%(count)s wishes of batch %(number)s were taken on."),
}.items():
    SENTENCES.add(_code, _sentence(_words))
