"""The place tree: city, town, community, grid, household; and compounds, which lie across grids."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.models import Scope
from lianxin.history.models import Chained


class Named(Chained):
    """Mixin: a code that never changes, and names in three languages."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    name_bo = models.CharField(_("name in Tibetan"), max_length=160, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language; Chinese where there is none."""
        language = get_language() or ""
        if language.startswith("en") and self.name_en:
            return self.name_en
        if language.startswith("bo") and self.name_bo:
            return self.name_bo
        return self.name

    @property
    def chain_key(self) -> str:
        return f"{self._meta.model_name}:{self.code}"


class Place(Named):
    """Mixin: a place. Its key is its scope's key, so a post's scope id is the place's id."""

    scope = models.OneToOneField(Scope, on_delete=models.PROTECT, primary_key=True, related_name="%(class)s")

    class Meta:
        abstract = True


class City(Place):
    """The city (市); exactly one row: the database or schema is the city."""

    prefix = models.CharField(_("letters before numbers"), max_length=4)
    timezone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")


class Town(Place):
    """A town (镇)."""

    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="towns")
    phone = models.CharField(_("telephone"), max_length=30, blank=True)


class Community(Place):
    """A community (社区), the administrative tier below a town. Not to be mixed up with a compound."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="communities")
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    low_income_households = models.PositiveIntegerField(_("low-income households"), default=0)
    migrants = models.PositiveIntegerField(_("migrants"), default=0)


class GridQuerySet(models.QuerySet["Grid"]):
    """Grids, in sentences."""

    def standing(self) -> "GridQuerySet":
        """Those that have not ended in another one; only these are offered anywhere."""
        return self.filter(ended_at=None)


class Grid(Place):
    """A grid (网格): the part of a community that one grid worker looks after. One that ended keeps its past needs."""

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="grids")
    ended_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="absorbed")

    objects = GridQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at=None, merged_into=None)
                | models.Q(ended_at__isnull=False, merged_into__isnull=False),
                name="places_grid_ended",
            )
        ]


class Compound(Place):
    """A residential estate (小区) inside a community; companies and owners' committees hang on it."""

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="compounds")
    address = models.CharField(_("address"), max_length=160, blank=True)
    no_manager = models.BooleanField(_("no managing unit"), default=False)
    no_property_service = models.BooleanField(_("no property service"), default=False)
    no_security = models.BooleanField(_("no security"), default=False)

    @property
    def is_three_no(self) -> bool:
        """A "three-no" compound (三无小区): all three are missing."""
        return self.no_manager and self.no_property_service and self.no_security


class Household(Chained):
    """An address label and a head count (户). Counts are shown as sums of five households or more."""

    chain_related = ("grid",)

    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="households")
    compound = models.ForeignKey(Compound, on_delete=models.PROTECT, null=True, related_name="households")
    label = models.CharField(_("address label"), max_length=80)
    head_count = models.PositiveSmallIntegerField(_("head count"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grid", "label"], name="places_household_once"),
            models.CheckConstraint(
                condition=models.Q(head_count__gte=0, head_count__lte=99), name="places_household_heads"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def chain_key(self) -> str:
        return f"household:{self.grid.code}:{self.label}"
