"""The states of a need and of a commitment, and the ways between them (DOMAIN §4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    """Where a need stands."""

    FILED = "filed", _("Filed")
    VERIFIED = "verified", _("Verified")
    PUBLISHED = "published", pgettext_lazy("state of a need", "Waiting for a giver")
    CLAIMED = "claimed", _("Taken on")
    UNDER_WAY = "under_way", _("Under way")
    DELIVERED = "delivered", _("Done, waiting for the asker")
    CONFIRMED = "confirmed", _("Confirmed by the asker")
    CLOSED_UNANSWERED = "closed_unanswered", _("Closed without an answer")
    DECLINED = "declined", _("Declined")
    MERGED = "merged", _("Merged")
    WITHDRAWN = "withdrawn", _("Withdrawn")


S = Status
# A claimed part that was given to its giver, who has not begun: nobody has taken anything on yet.
ASSIGNED = pgettext_lazy("state of a need", "Assigned")

OPEN = (S.FILED, S.VERIFIED, S.PUBLISHED, S.CLAIMED, S.UNDER_WAY, S.DELIVERED)
ENDED = (S.CONFIRMED, S.CLOSED_UNANSWERED, S.DECLINED, S.MERGED, S.WITHDRAWN)

TRANSITIONS: dict[str, tuple[str, ...]] = {
    S.FILED: (S.VERIFIED, S.DECLINED, S.MERGED, S.WITHDRAWN),
    S.VERIFIED: (S.PUBLISHED, S.CLAIMED, S.DECLINED, S.MERGED, S.WITHDRAWN),
    S.PUBLISHED: (S.VERIFIED, S.CLAIMED, S.DECLINED, S.MERGED, S.WITHDRAWN),
    S.CLAIMED: (S.VERIFIED, S.PUBLISHED, S.UNDER_WAY, S.DELIVERED, S.WITHDRAWN),
    S.UNDER_WAY: (S.VERIFIED, S.PUBLISHED, S.CLAIMED, S.DELIVERED, S.WITHDRAWN),
    S.DELIVERED: (S.CONFIRMED, S.UNDER_WAY, S.CLOSED_UNANSWERED),
    S.CONFIRMED: (S.UNDER_WAY, S.DELIVERED),
    S.CLOSED_UNANSWERED: (S.CONFIRMED, S.UNDER_WAY),
    S.DECLINED: (S.FILED, S.VERIFIED, S.PUBLISHED),
    S.MERGED: (S.FILED, S.VERIFIED, S.PUBLISHED),
    S.WITHDRAWN: (S.FILED, S.VERIFIED, S.PUBLISHED),
}


class CommitmentStatus(models.TextChoices):
    """Where one giver's part stands."""

    CLAIMED = "claimed", _("Taken on")
    UNDER_WAY = "under_way", _("Under way")
    DELIVERED = "delivered", _("Done, waiting for the asker")
    CONFIRMED = "confirmed", _("Confirmed by the asker")
    CLOSED_UNANSWERED = "closed_unanswered", _("Closed without an answer")
    GIVEN_BACK = "given_back", _("Given back")
    LAPSED = "lapsed", _("Lapsed")
    CALLED_OFF = "called_off", _("Called off")


C = CommitmentStatus

UNDELIVERED = (C.CLAIMED, C.UNDER_WAY)
ACTIVE = (*UNDELIVERED, C.DELIVERED)
DONE = (C.DELIVERED, C.CONFIRMED, C.CLOSED_UNANSWERED)
HOLDING = (*UNDELIVERED, *DONE)

COMMITMENT_TRANSITIONS: dict[str, tuple[str, ...]] = {
    C.CLAIMED: (C.UNDER_WAY, C.DELIVERED, C.GIVEN_BACK, C.LAPSED, C.CALLED_OFF),
    C.UNDER_WAY: (C.DELIVERED, C.GIVEN_BACK, C.LAPSED, C.CALLED_OFF),
    C.DELIVERED: (C.CONFIRMED, C.UNDER_WAY, C.CLOSED_UNANSWERED),
    C.CONFIRMED: (C.UNDER_WAY, C.DELIVERED),
    C.CLOSED_UNANSWERED: (C.CONFIRMED, C.UNDER_WAY),
    C.GIVEN_BACK: (),
    C.LAPSED: (),
    C.CALLED_OFF: (),
}


class Urgency(models.TextChoices):
    """How soon; each has its clocks (clocks.py)."""

    EMERGENCY = "emergency", _("Emergency")
    URGENT = "urgent", _("Urgent")
    NORMAL = "normal", _("Normal")
    LONG = "long", _("Takes longer")


class Channel(models.TextChoices):
    """How a need came in."""

    WEB = "web", _("Web")
    PHONE = "phone", _("Telephone")
    VISIT = "visit", _("Visit to the office")
    GRID_WORKER = "grid_worker", _("Grid worker")
    STATION = "station", _("Station")
    HOTLINE = "hotline", _("Hotline 12345")


class Satisfaction(models.TextChoices):
    SATISFIED = "satisfied", _("Satisfied")
    FAIRLY = "fairly", _("Fairly satisfied")
    UNSATISFIED = "unsatisfied", _("Not satisfied")


class Via(models.TextChoices):
    SELF = "self", _("The asker")
    PROXY = "proxy", _("Recorded for the asker")


class Escalation(models.TextChoices):
    """Why a need goes to the next level by itself."""

    NO_DUTY = "no_duty", _("nobody was on duty")
    RESPONSE = "response", _("no answer in time")
    SOLUTION = "solution", _("not done in time")
    NOT_ASKED = "not_asked", _("done, but nobody asked the asker")
    REOPENED = "reopened", _("not solved, again and again")
    REFUSED = "refused", _("given back again and again")


class SecondCallResult(models.TextChoices):
    """What the asker said when the town called about an answer that was recorded for them."""

    AGREES = "agrees", _("It is as it was recorded")
    DIFFERS = "differs", _("The asker says otherwise")
    NOT_REACHED = "not_reached", _("Not reached, on two days")


class SubjectKind(models.TextChoices):
    """What a complaint is about."""

    OFFICE = "office", _("The community office")
    GRID_WORKER = "grid_worker", _("The grid worker")
    COMPANY = "company", _("A property company")
    UNIT = "unit", _("A member unit")
    SYSTEM = "system", _("This system")


class DeclineReason(models.TextChoices):
    NOT_OURS = "not_ours", _("It is somebody else's task")
    UNCLEAR = "unclear", _("It could not be understood or found")
    NOT_POSSIBLE = "not_possible", _("It can't be done")
    MISUSE = "misuse", _("It is not a request")


class GiveBackReason(models.TextChoices):
    NO_TIME = "no_time", _("No time")
    NO_MEANS = "no_means", _("It needs something we do not have")
    NOT_OURS = "not_ours", _("It is somebody else's task")
    ASKER = "asker", _("The asker wants it otherwise")


class ExclusionReason(models.TextChoices):
    """Why a need is to count in no rate."""

    DUPLICATE = "duplicate", _("Counted elsewhere already")
    BEYOND = "beyond", _("Beyond anybody's power: weather, a fault of the whole city")
    TEST = "test", _("Filed for a test or by mistake")
    OTHER = "other", _("Another reason")


class ExclusionState(models.TextChoices):
    """Where the wish to exclude a need stands."""

    ASKED = "asked", _("Waits for a second person")
    APPROVED = "approved", _("Excluded")
    REFUSED = "refused", _("Refused")
    TAKEN_BACK = "taken_back", _("Taken back")
