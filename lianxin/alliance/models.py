"""Units around a community: who belongs, who reported for service, who helps."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lianxin.history.models import Chained
from lianxin.organisations.models import Organisation
from lianxin.places.models import Community


class Membership(models.Model):
    """A unit belongs to a community's alliance (党建联盟成员单位)."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "community"], name="alliance_membership_once")]
        indexes = [models.Index(fields=["community", "organisation"], name="alliance_membership_place")]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.community}"


class Registration(Chained):
    """A unit's branch or a two-new organisation reported to a community (报到)."""

    chain_related = ("organisation",)

    class Kind(models.TextChoices):
        BRANCH = "branch", _("Party branch of a unit")
        TWO_NEW = "two_new", _("Two-new organisation")

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="registration")
    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="registrations")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    members = models.PositiveIntegerField(_("members who reported"))
    handed_in_on = models.DateField(_("handed in on"))
    accepted_on = models.DateField(_("accepted on"), null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_on=None) | Q(accepted_on__gte=models.F("handed_in_on")),
                name="alliance_registration_order",
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)

    @property
    def chain_key(self) -> str:
        return f"registration:{self.organisation.code}"


class HelperQuerySet(models.QuerySet["Helper"]):
    """Helpers, by what is left of them."""

    def held(self) -> Self:
        """Those whose name is not erased."""
        return self.filter(erased_at=None)

    def offered(self) -> Self:
        """Those who still help and can be named."""
        return self.filter(erased_at=None, ended_at=None)


class Helper(Chained):
    """A person who gives time by their own consent, for a unit or for none (志愿者)."""

    code = models.SlugField(max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="helpers")
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    yearly_duty = models.BooleanField(_("yearly duty"), default=False)
    can_do = models.CharField(_("can do"), max_length=200, blank=True)
    registered_at = models.DateTimeField(help_text=_("when the person agreed to be named"))
    ended_at = models.DateTimeField(null=True, help_text=_("helps no longer"))
    erased_at = models.DateTimeField(null=True)

    objects = HelperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(name="", name_en="", can_do=""), name="alliance_helper_erased"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "name", "id"], name="alliance_helper_unit"),
            models.Index(fields=["registered_at", "id"], name="alliance_helper_kept"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def chain_key(self) -> str:
        return f"helper:{self.code}"
