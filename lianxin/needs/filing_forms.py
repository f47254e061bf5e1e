"""The forms with which staff file for someone, and a unit hands in a batch."""

from typing import Any

from django import forms
from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.core.forms import moment
from lianxin.core.refusals import OnceForm
from lianxin.needs.kinds import Kind
from lianxin.needs.models import Category, Need
from lianxin.needs.operations import Asked, Wished
from lianxin.needs.operations.batches import MAX_BATCH
from lianxin.needs.operations.filing import MAX_PHOTOS, MAX_TEXT
from lianxin.needs.staff_forms import PhotosField, TakeOnForm, area, ask_for_photos
from lianxin.needs.states import Channel, SubjectKind, Urgency
from lianxin.organisations.models import Organisation, OrganisationKind
from lianxin.places.models import Community, Compound, Grid

CHANNELS = [c for c in Channel.choices if c[0] != Channel.WEB]


def communities_of(actor: Actor) -> QuerySet[Community]:
    """The communities for which `actor` files, now also on duty, with what filing reads of them."""
    rows = Community.objects.select_related("scope", "town__city").order_by("code")
    if actor.has(Role.CITY):
        return rows
    duty = actor.duty_ids
    held = Q(pk__in=actor.scope_ids(Role.OFFICE)) | Q(town_id__in=actor.scope_ids(Role.TOWN))
    return rows.filter(held | Q(pk__in=duty) | Q(town_id__in=duty) | Q(town__city_id__in=duty))


def own_grids(actor: Actor) -> QuerySet[Grid]:
    """A grid worker's own grids, with what filing reads of their communities."""
    mine = Grid.objects.standing().filter(pk__in=actor.scope_ids(Role.GRID_WORKER)).order_by("code")
    return mine.select_related("community__scope", "community__town__city")


class PlaceSelect(forms.Select):
    """A select whose options know which community they lie in, so that a script can narrow them."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        place = getattr(value, "instance", None)
        if place is not None:
            option["attrs"]["data-parent"] = str(place.community_id)
        return option


class FileForm(OnceForm):
    """Filing for someone: what, in their words, where; the rest is optional.

    `on_call`: also for callers from all of the place for which one is on duty now.
    """

    on_call = True
    kind = forms.CharField(widget=forms.HiddenInput)
    category = forms.ModelChoiceField(
        label=_("What it is about"),
        queryset=Category.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label=_("In the asker's words"), max_length=MAX_TEXT, widget=area(3))
    subject_kind = forms.ChoiceField(label=_("Whom the complaint is about"), choices=SubjectKind.choices)
    subject = forms.ModelChoiceField(
        label=_("Which company or unit"), queryset=Organisation.objects.none(), required=False
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    publish_ok = forms.BooleanField(
        label=_("The asker agrees: a text without names may go on the wish wall"), required=False
    )
    photos = PhotosField(label=_("Photos"), required=False)
    community = forms.ModelChoiceField(label=_("Community"), queryset=Community.objects.none(), empty_label=None)
    grid = forms.ModelChoiceField(
        label=_("Grid"),
        queryset=Grid.objects.none(),
        required=False,
        widget=PlaceSelect,
        empty_label=_("Not known"),
    )
    compound = forms.ModelChoiceField(
        label=_("Compound"),
        queryset=Compound.objects.none(),
        required=False,
        widget=PlaceSelect,
        empty_label=_("Not known"),
    )
    place_detail = forms.CharField(
        label=_("Where exactly"), max_length=200, required=False, help_text=_("Building, floor, door.")
    )
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=80, required=False)
    giver_may_call = forms.BooleanField(label=_("Whoever takes it on may call"), required=False)
    urgency = forms.ChoiceField(
        label=_("Urgency"), choices=[("", _("As usual for this category")), *Urgency.choices], required=False
    )
    channel = forms.ChoiceField(label=_("How it came in"), choices=CHANNELS)
    outside_number = forms.CharField(
        label=_("Number at the hotline"), max_length=40, required=False, help_text=_("For 12345 cases.")
    )
    outside_due_at = moment(label=_("Due at the hotline"), required=False)
    # Whether what may be the same has been shown, and which of it is the same.
    seen = forms.BooleanField(required=False, widget=forms.HiddenInput)
    same_as = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: Kind, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filed_kind = kind
        self.similar: list[Need] = []
        self.fields["kind"].initial = kind.code
        self._places(actor)
        self._words(kind)
        grid_worker = actor.has(Role.GRID_WORKER) and not actor.has(Role.OFFICE, Role.TOWN, Role.CITY)
        self.fields["channel"].initial = Channel.GRID_WORKER if grid_worker else Channel.PHONE

    def _places(self, actor: Actor) -> None:
        community, grid, compound = (self.fields[n] for n in ("community", "grid", "compound"))
        if actor.has(Role.OFFICE, Role.TOWN, Role.CITY) or (self.on_call and actor.duty_ids):
            rows = list(communities_of(actor))
            ids = [c.pk for c in rows]
            grid.queryset = Grid.objects.standing().filter(community_id__in=ids).order_by("community_id", "code")  # type: ignore[attr-defined]
        else:
            # A grid worker's own grids bring their communities along: one query for both.
            own = list(own_grids(actor))
            rows = list({g.community_id: g.community for g in own}.values())
            ids = [c.pk for c in rows]
            _from_list(grid, own)
            grid.initial, grid.required = (own[0].pk if own else None), True
        _from_list(community, rows)
        community.initial = rows[0].pk if len(rows) == 1 else None
        compound.queryset = Compound.objects.filter(community_id__in=ids).order_by("code")  # type: ignore[attr-defined]
        for field in (grid, compound):
            field.label_from_instance = lambda place: place.label  # type: ignore[attr-defined]
            field.widget.attrs["data-parent"] = "id_community"

    def _words(self, kind: Kind) -> None:
        fitting = [kind.code] if kind.needs_phone else [kind.code, "other"]
        last = Case(When(kind="other", then=1), default=0)
        categories = Category.objects.filter(active=True, kind__in=fitting).order_by(last, "id")
        self.fields["category"].queryset = categories  # type: ignore[attr-defined]
        self.fields["text"].label = str(kind.ask) or self.fields["text"].label
        self.fields["text"].required = kind.needs_text
        self.fields["phone"].required = kind.needs_phone
        if kind.needs_phone:
            del self.fields["photos"]
        else:
            ask_for_photos(self.fields["photos"])
            self.fields["photos"].help_text = __("Up to %(n)s, only if they help; never one of a person.") % {
                "n": MAX_PHOTOS
            }
        if not kind.publishable:
            del self.fields["publish_ok"]
        if kind.needs_subject:
            about = Organisation.objects.filter(kind__in=[OrganisationKind.COMPANY, OrganisationKind.UNIT])
            self.fields["subject"].queryset = about.order_by("kind", "name")  # type: ignore[attr-defined]
        else:
            del self.fields["subject_kind"], self.fields["subject"]

    def show_similar(self, near: list[Need]) -> None:
        """Show the form again with what may be the same; the next sending files."""
        self.similar = near
        data: Any = self.data
        self.data = data.copy()
        self.data["seen"] = "on"  # type: ignore[index]
        del self.fields["same_as"]

    @property
    def first(self) -> list[forms.BoundField]:
        """The fields in front: what a filing needs."""
        return [f for f in self.visible_fields() if f.name not in self.later_names]

    @property
    def later(self) -> list[forms.BoundField]:
        """The fields that may stay as they are."""
        return [f for f in self.visible_fields() if f.name in self.later_names]

    @property
    def later_names(self) -> set[str]:
        """Names of the fields behind "More": preset or optional, and without an error."""
        names = {
            "name",
            "place_detail",
            "giver_may_call",
            "urgency",
            "channel",
            "outside_number",
            "outside_due_at",
            "compound",
        }
        if self.fields["community"].initial is not None:
            names.add("community")
        if self.fields["grid"].initial is not None:
            names.add("grid")
        return {n for n in names if not (self.is_bound and n in self.errors)}

    def asked(self) -> Asked:
        """What was said, for the operation."""
        said = {k: v for k, v in self.cleaned_data.items() if k not in ("key", "note", "photos", "seen", "same_as")}
        return Asked(**{k: v for k, v in said.items() if v not in ("", None)})


def _from_list(field: forms.Field, places: list[Any]) -> None:
    """Let a model field choose among places that are loaded already, without asking again."""
    by_id = {str(place.pk): place for place in places}

    def clean(value: Any) -> Any:
        if str(value) not in by_id:
            raise forms.ValidationError(__("Choose a place."))
        return by_id[str(value)]

    field.choices = [(place.pk, place.label) for place in places]  # type: ignore[attr-defined]
    field.clean = clean  # type: ignore[method-assign]


class SpotForm(FileForm):
    """Filed and done at once, where it is one's own task."""

    on_call = False
    note = forms.CharField(label=_("What was done"), max_length=500, widget=area(2))


class BatchForm(OnceForm):
    """Wishes of a company's staff: one on each line."""

    organisation = forms.ModelChoiceField(label=_("Your unit"), queryset=Organisation.objects.none(), empty_label=None)
    community = forms.ModelChoiceField(label=_("Community"), queryset=Community.objects.none(), empty_label=None)
    category = forms.ModelChoiceField(
        label=_("What they are about"), queryset=Category.objects.none(), empty_label=None
    )
    wishes = forms.CharField(
        label=_("The wishes, one on each line"),
        max_length=20_000,
        help_text=_("No names: each colleague gets a slip with a code and confirms alone. At most 60 at once."),
        widget=area(10),
    )
    publish_ok = forms.BooleanField(label=_("They agree: a text without names may go on the wish wall"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = actor.scope_ids(Role.LIAISON)
        around = Community.objects.filter(memberships__organisation_id__in=units).distinct().order_by("code")
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=units)  # type: ignore[attr-defined]
        self.fields["community"].queryset = around.select_related("scope", "town__city")  # type: ignore[attr-defined]
        self.fields["category"].queryset = Category.objects.filter(active=True, kind="wish").order_by("id")  # type: ignore[attr-defined]

    def clean_wishes(self) -> list[str]:
        lines = [" ".join(line.split()) for line in self.cleaned_data["wishes"].splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > MAX_BATCH:
            raise forms.ValidationError(
                __("These are %(n)s wishes; at most %(max)s at once.") % {"n": len(lines), "max": MAX_BATCH}
            )
        return lines

    def wished(self) -> list[Wished]:
        """The wishes, for the operation."""
        said = self.cleaned_data
        return [Wished(text, said["category"], said["publish_ok"]) for text in said["wishes"]]


class ClaimBatchForm(TakeOnForm):
    """Take every waiting wish of a batch on."""

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_units(actor)
