"""The kinds of need. Lists, pages, statistics and the API know no kind by name; a kind answers for itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianxin.core.errors import Refusal
from lianxin.core.registry import Registry

if TYPE_CHECKING:
    from lianxin.accounts.actors import Actor
    from lianxin.needs.models import Commitment, Need
    from lianxin.organisations.models import Organisation

Words = str | Promise


@dataclass(frozen=True)
class Change:
    """What an operation just did to a need: its verb, the states before and after."""

    verb: str
    before: str
    after: str


class Kind:
    """A kind of need; an area registers a subclass's instance in KINDS.

    `label`: what a resident reads on the tile; `noun`: what staff read in lists, where it is another word.
    `tile`: offered to residents. `publishable`: may go on the wish wall. `needs_subject`: names whom it is about.
    `needs_phone`: cannot be filed without a telephone number. `needs_text`: cannot be filed without words.
    `begins_with`: the verb that staff are offered first on a new one.
    `giver_calls`: whoever does the work usually has to call first, so that the form proposes to allow it.
    """

    code = ""
    label: Words = ""
    noun: Words = ""
    hint: Words = ""
    ask: Words = ""
    icon = "i-dots"
    tile = False
    publishable = True
    needs_subject = False
    needs_phone = False
    needs_text = True
    giver_calls = False
    begins_with = "verify"

    @property
    def staff_label(self) -> Words:
        """The kind as staff call it."""
        return self.noun or self.label

    def may(self, need: "Need", verb: str, actor: "Actor", giver: "Organisation | None" = None) -> Refusal | None:
        """A veto: why `verb` can't be done to `need` now, or None. Asked after permission and state."""
        return None

    def after(self, need: "Need", change: Change) -> None:
        """Called inside the operation's transaction once `need` is saved."""

    def may_confirm(self, need: "Need", commitment: "Commitment", actor: "Actor") -> bool:
        """Whether `actor` is a confirmer of its own right, beside the asker and the proxies of DOMAIN §4."""
        return False


KINDS: Registry[Kind] = Registry("kind")


class Wish(Kind):
    """A small wish (微心愿)."""

    code = "wish"
    label = _("A small wish")
    noun = _("Wish")
    hint = _("Something is missing, a helping hand is wanted")
    ask = _("What do you wish for?")
    icon = "i-star"
    tile = True
    begins_with = "publish"


class Repair(Kind):
    """Something is broken (报修)."""

    code = "repair"
    label = _("Something broken")
    noun = _("Repair")
    hint = _("Water, power, heating, sewer, road")
    ask = _("What is broken, and since when?")
    icon = "i-wrench"
    tile = True
    giver_calls = True


class Complaint(Kind):
    """A complaint (投诉): its subject and the subject's office neither see nor handle it."""

    code = "complaint"
    label = _("A complaint")
    noun = _("Complaint")
    hint = _("About the office, a company, a unit or this system")
    ask = _("What happened?")
    icon = "i-speaker"
    tile = True
    publishable = False
    needs_subject = True

    def may(self, need: "Need", verb: str, actor: "Actor", giver: "Organisation | None" = None) -> Refusal | None:
        if giver is not None and need.hidden_path:
            owner = giver.scope.path
            if owner.startswith(need.hidden_path):
                return Refusal(_("A complaint can't be given to the one it is about."))
        return None


class CommunityNeed(Kind):
    """Something the whole community needs (社区需求), filed by staff."""

    code = "community_need"
    label = _("A need of the community")
    noun = _("Community need")
    hint = _("Something many residents need")
    ask = _("What does the community need?")
    icon = "i-people"


class Other(Kind):
    """Anything else (别的事)."""

    code = "other"
    label = _("Something else")
    hint = _("Tell us, we find the right people")
    ask = _("What is it about?")
    icon = "i-dots"
    tile = True


class CallBack(Kind):
    """Please call me back (请回电): a telephone number is enough; the office learns the rest."""

    code = "call_back"
    label = _("Call me back")
    hint = _("Leave a number, we call you")
    ask = _("When is a good time to call?")
    icon = "i-phone"
    tile = True
    publishable = False
    needs_phone = True
    needs_text = False
    begins_with = "on_spot"


for _kind in (Wish(), Repair(), Complaint(), Other(), CallBack(), CommunityNeed()):
    KINDS.add(_kind.code, _kind)


def kind_of(need: "Need") -> Kind:
    """The kind that answers for `need`; a plain one where its area is not installed."""
    return KINDS.get(need.kind) or Kind()
