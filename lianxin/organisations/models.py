"""Whoever can take something on: units, departments, companies, committees, stations, offices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianxin.places.models import Community, Compound, Place


class OrganisationKind(models.TextChoices):
    UNIT = "unit", _("Unit")
    DEPARTMENT = "department", _("City department")
    COMPANY = "company", _("Property company")
    COMMITTEE = "committee", _("Owners' committee")
    STATION = "station", _("Station")
    COMMUNITY_OFFICE = "community_office", _("Community office")
    TOWN_OFFICE = "town_office", _("Town office")
    CITY_OFFICE = "city_office", _("City office")


class Level(models.TextChoices):
    PREFECTURE = "prefecture", _("Prefecture")
    CITY = "city", _("City")
    TOWN = "town", _("Town")
    COMPANY = "company", _("Company")
    SOCIAL = "social", _("Social organisation")


class Organisation(Place):
    """A body that takes needs on, or runs a place (单位). Its key is its scope's key."""

    kind = models.CharField(_("kind"), max_length=20, choices=OrganisationKind.choices)
    level = models.CharField(_("level"), max_length=12, choices=Level.choices, blank=True)
    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, null=True, blank=True, related_name="organisations"
    )
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "name", "scope"], name="organisations_kind")]


class Serves(models.Model):
    """A property company serves a compound; the contract itself belongs to `property`."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="serves")
    compound = models.ForeignKey(Compound, on_delete=models.CASCADE, related_name="served_by")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "compound"], name="organisations_serves_once")]

    def __str__(self) -> str:
        return f"{self.organisation} → {self.compound}"
