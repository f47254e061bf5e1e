"""The forms of staff and givers on a need. A form asks only for what nobody has typed before."""

from typing import Any

from django import forms
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.alliance.models import Helper
from lianxin.core.once import MAX_KEY
from lianxin.core.refusals import new_key
from lianxin.needs.models import Category, Commitment, Need
from lianxin.needs.operations.filing import MAX_PHOTOS
from lianxin.needs.public_text import MAX_PUBLIC
from lianxin.needs.states import DeclineReason, ExclusionReason, GiveBackReason, Satisfaction, SecondCallResult, Urgency
from lianxin.organisations.models import Organisation, OrganisationKind
from lianxin.personal.models import Look
from lianxin.places.models import Compound, Grid

YES_NO = [("yes", _("Yes, solved")), ("no", _("No, not solved"))]


def area(rows: int = 3, **attrs: Any) -> forms.Textarea:
    """A field for words."""
    return forms.Textarea(attrs={"rows": rows, **attrs})


def day(**attrs: Any) -> forms.DateInput:
    """A field for a day, with the browser's calendar."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **attrs})


class ActionForm(forms.Form):
    """Base of all: knows the need, the commitment it is about, and the actor."""

    def __init__(self, *args: Any, need: Need, commitment: Commitment | None, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.need, self.commitment, self.actor = need, commitment, actor
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and initial values."""


class NothingForm(ActionForm):
    """A tap is enough."""


class VerifyForm(ActionForm):
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency.choices)
    note = forms.CharField(label=_("Remark, inside only"), required=False, max_length=1000, widget=area(2))

    def prepare(self) -> None:
        self.fields["urgency"].initial = self.need.urgency


class PublishForm(ActionForm):
    public_text = forms.CharField(
        label=_("Public text"),
        max_length=MAX_PUBLIC,
        help_text=_("In your words: no name, number, address, age or health. Everybody can read it."),
        widget=area(2),
    )

    def prepare(self) -> None:
        self.fields["public_text"].initial = self.need.public_text


class AssignForm(ActionForm):
    giver = forms.ModelChoiceField(label=_("Give it to"), queryset=Organisation.objects.none(), empty_label=_("Choose"))
    asked = forms.CharField(
        label=_("What is to be done"), required=False, max_length=300, help_text=_("The asker reads it too.")
    )

    def prepare(self) -> None:
        self.fields["giver"].queryset = givers_for(self.need)  # type: ignore[attr-defined]


def givers_for(need: Need) -> Any:
    """Whom a need can be given to: the company that serves its compound first, then the own office, then
    companies and departments, then the units of the community's alliance. One query."""
    alliance = Q(kind=OrganisationKind.UNIT, memberships__community_id=need.community_id)
    office = Q(kind=OrganisationKind.COMMUNITY_OFFICE, community_id=need.community_id)
    bodies = Q(kind__in=[OrganisationKind.COMPANY, OrganisationKind.DEPARTMENT])
    upper = Q(
        kind__in=[OrganisationKind.TOWN_OFFICE, OrganisationKind.CITY_OFFICE],
        scope__parent_id=need.handler_id,
    )
    ids = Organisation.objects.filter(alliance | office | bodies | upper).filter(active=True)
    if need.batch:
        ids = ids.exclude(pk=need.batch.organisation_id)
    # Of no compound it would be whoever serves none.
    serving = Organisation.objects.filter(serves__compound_id=need.compound_id or 0).values("pk")
    first = Case(
        When(kind=OrganisationKind.COMPANY, pk__in=serving, then=Value(0)),
        When(kind=OrganisationKind.COMMUNITY_OFFICE, then=Value(1)),
        When(kind=OrganisationKind.DEPARTMENT, then=Value(2)),
        When(kind=OrganisationKind.COMPANY, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    return Organisation.objects.filter(pk__in=ids.values("pk")).annotate(rank=first).order_by("rank", "name")


class DeclineForm(ActionForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=DeclineReason.choices, widget=forms.RadioSelect)
    words = forms.CharField(label=_("What the asker reads"), max_length=300, widget=area(2))
    right_owner = forms.CharField(
        label=_("Whose task it is"),
        required=False,
        max_length=120,
        help_text=_("Name and telephone, where it is somebody else's task."),
    )


class MergeForm(ActionForm):
    into = forms.ChoiceField(
        label=_("The same as"),
        help_text=_("Open needs of the same community and kind. Both askers hear the result and answer."),
    )

    def prepare(self) -> None:
        same = (
            Need.objects.visible_to(self.actor)
            .open()
            .filter(
                community_id=self.need.community_id,
                kind=self.need.kind,
                hidden_path=self.need.hidden_path,
            )
            .exclude(pk=self.need.pk)
            .select_related("category")
            .order_by("-filed_at")[:50]
        )
        self.same = {n.number: n for n in same}
        self.fields["into"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((n.number, f"{n.number} · {n.title}") for n in self.same.values()),
        ]

    def clean_into(self) -> Need:
        found: Need = self.same[self.cleaned_data["into"]]
        return found


class NoteForm(ActionForm):
    note = forms.CharField(label=_("Why"), max_length=1000, widget=area(2))


class WordsForm(ActionForm):
    words = forms.CharField(label=_("Why"), max_length=300, widget=area(2))


class WithdrawForm(ActionForm):
    words = forms.CharField(
        label=_("How the asker told you"),
        max_length=300,
        widget=area(2),
        help_text=_("The asker reads it, and can say that it is still wanted."),
    )


class UpholdForm(ActionForm):
    words = forms.CharField(label=_("What the asker reads"), max_length=300, widget=area(2))


class TextForm(ActionForm):
    # Sent twice it is said once.
    key = forms.CharField(widget=forms.HiddenInput, max_length=MAX_KEY, required=False)
    text = forms.CharField(label=_("Your words"), max_length=1000, widget=area(3))

    def prepare(self) -> None:
        self.fields["key"].initial = new_key()


class ThanksShownForm(ActionForm):
    agrees = forms.ChoiceField(
        label=_("May they stand on the wish wall, beside the wish?"),
        choices=[("yes", _("Yes, show them")), ("no", _("No, they stay between us"))],
        widget=forms.RadioSelect,
    )

    def prepare(self) -> None:
        if self.need.thanks.giver_agrees is not None:
            self.fields["agrees"].initial = "yes" if self.need.thanks.giver_agrees else "no"

    def clean_agrees(self) -> bool:
        return bool(self.cleaned_data["agrees"] == "yes")


class RemarkForm(TextForm):
    heard = forms.BooleanField(
        label=_("The asker has answered, by telephone or in person: the clock runs again"), required=False
    )

    def prepare(self) -> None:
        super().prepare()
        if self.need.waiting_since is None:
            del self.fields["heard"]


class AskForm(TextForm):
    ask = forms.BooleanField(
        label=_("It can't go on without an answer: the clock waits for the asker"),
        required=False,
    )


class CorrectForm(ActionForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.none(), empty_label=None)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency.choices)
    grid = forms.ModelChoiceField(label=_("Grid"), queryset=Grid.objects.none(), required=False)
    compound = forms.ModelChoiceField(label=_("Compound"), queryset=Compound.objects.none(), required=False)
    public_text = forms.CharField(label=_("Public text"), required=False, max_length=MAX_PUBLIC, widget=area(2))
    publish_ok = forms.BooleanField(label=_("The asker agrees that it is published"), required=False)
    place_detail = forms.CharField(
        label=_("Where exactly"),
        required=False,
        max_length=200,
        help_text=_("Leave empty to keep what is there."),
    )
    asker_name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        required=False,
        max_length=80,
        help_text=_("Leave empty to keep what is there."),
    )
    asker_phone = forms.CharField(
        label=_("Telephone"), required=False, max_length=30, help_text=_("Leave empty to keep what is there.")
    )

    def prepare(self) -> None:
        self.fields["category"].queryset = Category.objects.filter(active=True).order_by("kind", "id")  # type: ignore[attr-defined]
        around = {"community_id": self.need.community_id}
        self._place("grid", Grid.objects.standing().filter(**around))
        self._place("compound", Compound.objects.filter(**around))
        for name in ("version", "category", "urgency", "public_text", "publish_ok"):
            self.fields[name].initial = getattr(self.need, name)

    def _place(self, name: str, places: Any) -> None:
        """Offer the community's; what is known can be changed and not taken away."""
        field: Any = self.fields[name]
        known = getattr(self.need, f"{name}_id")
        field.empty_label = None if known else _("Not known")
        field.queryset = places.order_by("code")
        field.initial = known


class TakeOnForm(forms.Form):
    """For which of the actor's units something is taken on, how and when: a need, or a batch of wishes."""

    giver = forms.ChoiceField(label=_("For which unit"))
    plan = forms.CharField(
        label=_("How you will do it"),
        required=False,
        max_length=300,
        help_text=_("The asker and the office read it."),
        widget=area(2),
    )
    planned_on = forms.DateField(label=_("On which day"), required=False, widget=day())

    def offer_units(self, actor: Actor) -> None:
        """Offer the units for which the actor is the liaison; an only one is not asked for."""
        choices = [(str(p.scope_id), p.label) for p in actor.posts if p.role == Role.LIAISON]
        field: Any = self.fields["giver"]
        field.choices = choices
        if len(choices) == 1:
            field.widget, field.initial = forms.HiddenInput(), choices[0][0]


class ClaimForm(TakeOnForm, ActionForm):
    helpers = forms.ModelMultipleChoiceField(
        label=_("Who helps"),
        queryset=Helper.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        self.offer_units(self.actor)
        units = self.actor.scope_ids(Role.LIAISON)
        helpers = Helper.objects.offered().filter(organisation_id__in=units).order_by("name", "id")
        self.fields["helpers"].queryset = helpers  # type: ignore[attr-defined]


class StartForm(ActionForm):
    plan = forms.CharField(
        label=_("When and how"), required=False, max_length=300, help_text=_("The asker and the office read it.")
    )


class PhotosInput(forms.ClearableFileInput):
    """Several pictures at once."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Pictures; a list, empty without any."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(PhotosField, self).clean(f, initial) for f in files]


def ask_for_photos(field: forms.Field) -> None:
    """Let the field take pictures from the camera or the album; too many are refused before they are sent."""
    field.widget.attrs |= {
        "accept": "image/*",
        "data-max-files": MAX_PHOTOS,
        "data-max-files-text": __("At the most %(n)s photos, please.") % {"n": MAX_PHOTOS},
    }


class DeliverForm(ActionForm):
    note = forms.CharField(label=_("What was done"), max_length=500, widget=area(2))
    photos = PhotosField(
        label=_("Photos"),
        required=False,
        help_text=_("No photo is needed; never one of a person."),
    )

    def prepare(self) -> None:
        ask_for_photos(self.fields["photos"])


class GiveBackForm(ActionForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=GiveBackReason.choices, widget=forms.RadioSelect)
    words = forms.CharField(label=_("A few words"), required=False, max_length=300)


class HelpersForm(ActionForm):
    helpers = forms.ModelMultipleChoiceField(
        label=_("Who helps"),
        queryset=Helper.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        if self.commitment is None:
            return
        mine = Helper.objects.held().filter(organisation_id=self.commitment.giver_id).order_by("name", "id")
        mine = mine.filter(Q(ended_at=None) | Q(commitments=self.commitment)).distinct()
        self.fields["helpers"].queryset = mine  # type: ignore[attr-defined]
        self.fields["helpers"].initial = self.commitment.helpers.values_list("pk", flat=True)


class AnswerForm(ActionForm):
    solved = forms.ChoiceField(label=_("Is it solved, says the asker?"), choices=YES_NO, widget=forms.RadioSelect)
    satisfaction = forms.ChoiceField(
        label=_("How satisfied"), choices=Satisfaction.choices, required=False, widget=forms.RadioSelect
    )
    words = forms.CharField(label=_("In the asker's words"), required=False, max_length=500, widget=area(2))

    def clean_solved(self) -> bool:
        return bool(self.cleaned_data["solved"] == "yes")


class SecondCallForm(ActionForm):
    """What came of the town's second call."""

    result = forms.ChoiceField(label=_("What came of it?"), choices=SecondCallResult.choices, widget=forms.RadioSelect)
    solved = forms.ChoiceField(
        label=_("If the asker says otherwise: is it solved?"),
        choices=YES_NO,
        required=False,
        widget=forms.RadioSelect,
    )
    satisfaction = forms.ChoiceField(
        label=_("How satisfied"), choices=Satisfaction.choices, required=False, widget=forms.RadioSelect
    )
    words = forms.CharField(label=_("Remark, inside only"), required=False, max_length=500, widget=area(2))

    def clean_solved(self) -> bool | None:
        said = self.cleaned_data["solved"]
        return said == "yes" if said else None


class ExcludeForm(ActionForm):
    """Why a need is to count in no rate."""

    reason = forms.ChoiceField(label=_("Reason"), choices=ExclusionReason.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("The second person reads it; no name, please."), widget=area(2)
    )


class DecideForm(ActionForm):
    """Leave it out, or not."""

    approved = forms.ChoiceField(
        label=_("Leave it out of every rate?"),
        choices=[("yes", _("Yes, leave it out")), ("no", _("No, it counts"))],
        widget=forms.RadioSelect,
    )

    def clean_approved(self) -> bool:
        return bool(self.cleaned_data["approved"] == "yes")


class LookForm(forms.Form):
    """What the contact is needed for."""

    purpose = forms.ChoiceField(label=_("What for?"), choices=Look.Purpose.choices)
