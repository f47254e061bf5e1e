"""The pipeline's nouns: needs, their parts, the commitments of givers, what was said and answered."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.models import Scope
from lianxin.alliance.models import Helper
from lianxin.core.fields import EncryptedTextField
from lianxin.figures.tallies import Key
from lianxin.history import chain
from lianxin.history.models import Chained, Entry
from lianxin.needs.answers import SecondCall, Thanks
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.states import (
    ACTIVE,
    ASSIGNED,
    ENDED,
    HOLDING,
    Channel,
    CommitmentStatus,
    Satisfaction,
    Status,
    SubjectKind,
    Urgency,
    Via,
)
from lianxin.organisations.models import Organisation
from lianxin.places.models import Community, Compound, Grid, Town


def new_salt() -> bytes:
    """Random salt that lies beside a need's personal values and dies with them."""
    return secrets.token_bytes(16)


class Category(Chained):
    """What a need is about (类别): water, heating, books …"""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    around_the_clock = models.BooleanField(_("answered around the clock"), default=False)
    urgency = models.CharField(_("usual urgency"), max_length=10, choices=Urgency.choices, default=Urgency.NORMAL)
    active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["kind", "id"], name="needs_category_kind")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name

    @property
    def chain_key(self) -> str:
        return f"category:{self.code}"


class WishBatch(Chained):
    """Wishes of a company's staff, handed in together (微心愿批次); the company sees numbers only."""

    number = models.CharField(max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="batches")
    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="batches")
    handed_in_at = models.DateTimeField()
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-handed_in_at", "-id"], name="needs_batch_unit"),
            models.Index(fields=["community", "-handed_in_at", "-id"], name="needs_batch_place"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def chain_key(self) -> str:
        return f"batch:{self.number}"


def _lists(name: str, *place: str) -> list[models.Index]:
    """A place's need lists, newest first and by due time: of all states, of one, and of what is open."""
    orders = {"filed": ("-filed_at", "-id"), "due": ("due_at", "id")}
    found = []
    for order, columns in orders.items():
        found.append(models.Index(fields=[*place, *columns], name=f"needs_{name}_{order}"))
        found.append(models.Index(fields=[*place, "status", *columns], name=f"needs_{name}_status_{order}"))
        is_open = Q(ended_at__isnull=True)
        found.append(models.Index(fields=[*place, *columns], condition=is_open, name=f"needs_{name}_open_{order}"))
    return found


class Need(Chained):
    """Anything a resident asks for (需求), from asking to confirmed by the one who asked."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=20)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="needs", verbose_name=_("category"))
    channel = models.CharField(_("came in by"), max_length=12, choices=Channel.choices)
    outside_number = models.CharField(_("outside number"), max_length=40, blank=True)
    outside_due_at = models.DateTimeField(null=True)
    outside_replied_at = models.DateTimeField(null=True)
    text = models.TextField(_("in the asker's words"), blank=True)
    public_text = models.CharField(_("public text"), max_length=200, blank=True)
    publish_ok = models.BooleanField(_("may be published"), default=False)

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="+", db_index=False)
    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="needs", db_index=False, verbose_name=_("community")
    )
    grid = models.ForeignKey(
        Grid,
        on_delete=models.PROTECT,
        null=True,
        related_name="needs",
        db_index=False,
        verbose_name=_("grid"),
    )
    compound = models.ForeignKey(
        Compound, on_delete=models.PROTECT, null=True, related_name="needs", verbose_name=_("compound")
    )
    handler = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    hidden_path = models.CharField(max_length=255, blank=True)
    walled = models.BooleanField(default=False)
    subject_kind = models.CharField(max_length=12, choices=SubjectKind.choices, blank=True)
    subject = models.ForeignKey(Scope, on_delete=models.PROTECT, null=True, related_name="+")

    asker_name = EncryptedTextField(_("name"), blank=True)
    asker_phone = EncryptedTextField(_("telephone"), blank=True)
    place_detail = EncryptedTextField(_("where exactly"), blank=True)
    giver_may_call = models.BooleanField(_("the giver may call"), default=False)
    # Beside the words and beside the contact: each dies with what it lies beside (DESIGN §5).
    salt = models.BinaryField(default=new_salt)
    contact_salt = models.BinaryField(default=new_salt)
    contact_erased_at = models.DateTimeField(null=True)
    words_erased_at = models.DateTimeField(null=True)
    # Unique, so that "no code" must be NULL: an imported or erased need has none.
    code_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001

    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.FILED)
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency.choices)
    filed_at = models.DateTimeField(_("filed"))
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(_("due"))
    response_due_at = models.DateTimeField()
    solution_due_at = models.DateTimeField()
    # The clock stands still from here on, because the asker has to say something first; `pauses`: [[from, to], …].
    waiting_since = models.DateTimeField(null=True)
    pauses = models.JSONField(default=list)
    escalates_at = models.DateTimeField(null=True)
    escalated_for = models.JSONField(default=list)
    reminded_for = models.DateTimeField(null=True)
    responded_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, blank=True)
    decline_reason = models.CharField(max_length=16, blank=True)
    right_owner = models.CharField(_("the right owner"), max_length=120, blank=True)
    contested_at = models.DateTimeField(null=True)
    upheld_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    batch = models.ForeignKey(WishBatch, on_delete=models.PROTECT, null=True, related_name="needs")

    solved = models.BooleanField(null=True)
    satisfaction = models.CharField(max_length=12, choices=Satisfaction.choices, blank=True)
    answered_via = models.CharField(max_length=6, choices=Via.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    refused_count = models.PositiveSmallIntegerField(default=0)
    imported = models.BooleanField(default=False)
    # Left out of every rate since then, on two persons' word (needs.Exclusion says why).
    excluded_at = models.DateTimeField(null=True)
    exclusion_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)

    objects = NeedQuerySet.as_manager()
    # What a locked need counted toward before the operation (tallying.py).
    facts_before: frozenset[Key] = frozenset()
    fetched_held: "list[Commitment] | None" = None

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ENDED, ended_at__isnull=False)
                | (~Q(status__in=ENDED) & Q(ended_at__isnull=True)),
                name="needs_need_ended",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["filed", "declined", "merged", "withdrawn"]) | Q(verified_at__isnull=False),
                name="needs_need_verified",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False, publish_ok=True),
                name="needs_need_published",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["delivered", "confirmed", "closed_unanswered"])
                | Q(delivered_at__isnull=False),
                name="needs_need_delivered",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(solved=True, answered_at__isnull=False),
                name="needs_need_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="needs_need_merged",
            ),
        ]
        indexes = [
            *_lists("city"),
            *_lists("town", "town"),
            *_lists("comm", "community"),
            *_lists("grid", "grid"),
            models.Index(fields=["kind", "-filed_at", "-id"], name="needs_kind_filed"),
            models.Index(fields=["-filed_at", "-id"], condition=Q(published_at__isnull=False), name="needs_wall"),
            models.Index(
                fields=["escalates_at", "id"], condition=Q(escalates_at__isnull=False), name="needs_escalates"
            ),
            models.Index(
                fields=["community", "-filed_at", "-id"],
                condition=Q(excluded_at__isnull=False),
                name="needs_excluded",
            ),
            models.Index(fields=["solution_due_at", "id"], condition=~Q(outside_number=""), name="needs_hotline_due"),
            models.Index(fields=["outside_number"], condition=~Q(outside_number=""), name="needs_outside_number"),
            models.Index(fields=["ended_at", "id"], condition=Q(contact_erased_at=None), name="needs_contact_to_erase"),
            models.Index(fields=["ended_at", "id"], condition=Q(words_erased_at=None), name="needs_words_to_erase"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def chain_key(self) -> str:
        return f"need:{self.number}"

    @property
    def is_open(self) -> bool:
        """Not at an end."""
        return self.status not in ENDED

    @property
    def joint(self) -> "Need | None":
        """The need in which a merged one is handled: what it was merged into may have been merged too, and so on.

        None for a need that is not merged. A query for each step.
        """
        into = self.merged_into
        while into is not None and into.merged_into is not None:
            into = into.merged_into
        return into

    @property
    def shown_thanks(self) -> "Thanks | None":
        """The asker's thanks, where the asker lets them be shown; whether the giver does too stands in them."""
        thanks: Thanks | None = getattr(self, "thanks", None)
        return thanks if thanks and thanks.asker_agrees else None

    @cached_property
    def pending_call(self) -> "SecondCall | None":
        """The second call that is still to be made about it, if one was picked; read once."""
        calls = self.second_calls.filter(done_at=None)
        return calls.select_related("answer__commitment__giver__scope", "answer__need__merged_into").first()

    @property
    def is_done(self) -> bool:
        """Done, whether its asker has answered, will, or never did."""
        return self.status in (Status.DELIVERED, Status.CONFIRMED, Status.CLOSED_UNANSWERED)

    @cached_property
    def story(self) -> list[Entry]:
        """The need's history, oldest first, with who did it; read once."""
        return chain.of(self)

    def held(self) -> list["Commitment"]:
        """The commitments that hold a part now, latest first; reads what a list fetched (queries.fetch_held)."""
        if self.fetched_held is not None:
            return self.fetched_held
        return [c for c in self.commitments.all() if c.status in HOLDING]

    @property
    def is_assigned(self) -> bool:
        """Given to somebody who has not begun; asks for nothing that is not there (False then)."""
        if self.status != Status.CLAIMED:
            return False
        # Where a list asked the database (querysets.with_given).
        if "given" in vars(self):
            return bool(vars(self)["given"])
        there = self.fetched_held is not None or "commitments" in getattr(self, "_prefetched_objects_cache", {})
        waiting = [c for c in self.held() if c.status == CommitmentStatus.CLAIMED] if there else []
        return bool(waiting) and all(c.assigned for c in waiting)

    @property
    def status_label(self) -> str:
        """The state in words, as people read it."""
        return str(ASSIGNED if self.is_assigned else Status(self.status).label)

    @property
    def title(self) -> str:
        """The first line as staff lists show it."""
        first = (self.text or self.public_text or str(self.category)).strip().splitlines()[0]
        return first if len(first) <= 60 else first[:59] + "…"


class NeedPart(models.Model):
    """What one giver can take on of a need (需求分项); usually a need has one."""

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="parts")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    count = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.need} · {self.category} × {self.count}"


class Commitment(models.Model):
    """A giver takes on a part of a need (认领): planned, delivered, confirmed by the asker."""

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="commitments")
    part = models.ForeignKey(NeedPart, on_delete=models.PROTECT, related_name="commitments")
    giver = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="commitments", db_index=False)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    helpers = models.ManyToManyField(Helper, related_name="commitments")
    status = models.CharField(max_length=20, choices=CommitmentStatus.choices)
    assigned = models.BooleanField(default=False)
    claimed_at = models.DateTimeField()
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    request = models.CharField(_("what is to be done"), max_length=300, blank=True)
    plan = models.CharField(_("plan"), max_length=300, blank=True)
    planned_on = models.DateField(_("planned for"), null=True)
    lapses_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    delivered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("what was done"), max_length=500, blank=True)
    solved = models.BooleanField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part"], condition=Q(status__in=ACTIVE), name="needs_commitment_one_giver"),
            models.CheckConstraint(
                condition=~Q(status__in=["delivered", "confirmed", "closed_unanswered"])
                | Q(delivered_at__isnull=False),
                name="needs_commitment_delivered",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(solved=True, answered_at__isnull=False),
                name="needs_commitment_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(delivered_at__gte=F("claimed_at")),
                name="needs_commitment_order",
            ),
        ]
        indexes = [
            models.Index(fields=["giver", "status", "-claimed_at", "-id"], name="needs_commitment_giver"),
            # What the clock asks for; SQLite would not use one with a condition, for Django sends the states as values.
            models.Index(fields=["status", "lapses_at", "id"], name="needs_commitment_lapses"),
            models.Index(fields=["status", "delivered_at", "id"], name="needs_commitment_silent"),
        ]

    def __str__(self) -> str:
        return f"{self.need} · {self.giver}"

    @property
    def status_label(self) -> str:
        """The state in words: given to a unit that has not begun is not taken on."""
        waits = self.assigned and self.status == CommitmentStatus.CLAIMED
        return str(ASSIGNED if waits else CommitmentStatus(self.status).label)


class Message(models.Model):
    """Something said about a need (留言): to or by the asker, or inside only."""

    class Audience(models.TextChoices):
        ASKER = "asker", _("The asker sees it")
        INSIDE = "inside", _("Inside only")

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=12)
    audience = models.CharField(max_length=6, choices=Audience.choices)
    text = models.TextField(max_length=2000)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["need", "at", "id"], name="needs_message_need")]

    def __str__(self) -> str:
        return f"{self.need} {self.at:%Y-%m-%d}"


class Photo(models.Model):
    """A photo of a need or of its delivery (照片); staff and the asker see it, the public never."""

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="photos")
    file = models.CharField(max_length=80, unique=True)
    of_delivery = models.BooleanField(default=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.file


class NeedParty(models.Model):
    """A scope that may see a walled need (知情方)."""

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="parties")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["need", "scope"], name="needs_party_once")]

    def __str__(self) -> str:
        return f"{self.need} · {self.scope}"
