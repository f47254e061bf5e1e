"""The forms of the public door: asking, and what the asker says afterwards."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.names import normal_phone, phone_fault
from lianxin.core.errors import Refusal
from lianxin.core.values import value
from lianxin.needs import clocks
from lianxin.needs.kinds import Kind, kind_of
from lianxin.needs.models import Category, Need
from lianxin.needs.operations import MAX_PHOTOS, Asked
from lianxin.needs.operations.filing import MAX_TEXT
from lianxin.needs.operations.talking import MAX_WORDS
from lianxin.needs.states import Satisfaction, SubjectKind
from lianxin.organisations.models import Organisation, OrganisationKind
from lianxin.places.lookup import communities
from lianxin.places.models import Community, Compound, Grid

MAX_CHIPS = 9
# Shorter than any code, so that none is taken for a number.
NUMBER = re.compile(r"[A-Za-z]{1,6}[-–—]?\d{2}[-–—]?\d{4,6}")

Choices = list[tuple[Any, Any]]
YES_NO: Choices = [("yes", _("Yes")), ("no", _("No"))]


class ChildSelect(forms.Select):
    """A select that narrows to the value of another one; groups serve where scripts do not."""

    def __init__(self, parent: str) -> None:
        super().__init__(attrs={"data-parent": parent})
        self.parents: dict[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if parent := self.parents.get(str(value)):
            option["attrs"]["data-parent"] = parent
        return option


class PhotoInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several pictures; what is wrong with one is said by the operation."""

    widget = PhotoInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [f for f in (data if isinstance(data, list | tuple) else [data]) if f]
        return [super(PhotosField, self).clean(f, initial) for f in files]


def add_refusal(form: forms.Form, refusal: Refusal, names: dict[str, str] | None = None) -> None:
    """Say an operation's refusal beside its field, or on top. `names`: the operation's → ours."""
    field = (names or {}).get(refusal.field or "", refusal.field)
    form.add_error(field if field in form.fields else None, str(refusal.words))


class PublicForm(forms.Form):
    """Says in its own words what is missing, above the form and beside the field."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            choice = isinstance(field.widget, forms.Select | forms.RadioSelect)
            field.error_messages["required"] = _("Please choose.") if choice else _("Please fill this in.")


def checked_phone(typed: str) -> str:
    """A telephone number as it is kept. Raises ValidationError, in words, for one that can't be one."""
    phone = unicodedata.normalize("NFKC", typed).strip()
    if phone and not normal_phone(phone):
        raise forms.ValidationError(gettext("Please write the number in digits, like 138 0000 0000."))
    if fault := phone_fault(phone):
        raise forms.ValidationError(fault)
    return phone


def _about_phone(*, needed: bool) -> str:
    days = value(clocks.CONTACT_KEPT)
    if needed:
        words = ngettext("It is erased %(n)s day after the end.", "It is erased %(n)s days after the end.", days)
    else:
        words = ngettext(
            "Only if you want a call. It is erased %(n)s day after the end.",
            "Only if you want a call. It is erased %(n)s days after the end.",
            days,
        )
    return words % {"n": days}


class AskForm(PublicForm):
    """What a resident asks for. Choices are read from the database only when the form is shown."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    subject_kind = forms.ChoiceField(
        label=_("Whom or what is it about?"),
        choices=SubjectKind.choices,
        widget=forms.RadioSelect,
        help_text=_("They and their office will not see it; the next level reads it."),
    )
    subject = forms.CharField(
        label=_("Which company or unit?"),
        required=False,
        widget=forms.Select,
        help_text=_("Only for a complaint about a company or a unit."),
    )
    category = forms.CharField(label=_("What is it about?"), widget=forms.RadioSelect)
    text = forms.CharField(
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In your own words, one or two sentences are enough."),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    may_call = forms.ChoiceField(
        label=_("May whoever does the work call you?"),
        required=False,
        choices=YES_NO,
        widget=forms.RadioSelect,
        help_text=_("If not, the office calls you for them."),
    )
    community = forms.CharField(label=_("Community"), widget=forms.Select)
    spot = forms.CharField(
        label=_("Compound or grid"),
        required=False,
        widget=ChildSelect("id_community"),
        help_text=_("If you know it. It helps us to find the right person."),
    )
    place_detail = forms.CharField(
        label=_("Where exactly"),
        required=False,
        max_length=120,
        help_text=_("Building, floor, or what stands nearby."),
    )
    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    photos = PhotosField(label=_("Photos"), required=False)
    publish_ok = forms.ChoiceField(
        label=_("May we publish this as a short text on the wish wall?"),
        required=False,
        choices=YES_NO,
        widget=forms.RadioSelect,
        help_text=_(
            "So that a unit or neighbour can take it on. The office writes the text: no name, no number, no address."
        ),
    )

    REFUSED = {"grid": "spot", "compound": "spot", "kind": "category"}

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.chosen_category: Category | None = None
        self.chosen_subject: Organisation | None = None
        text = self.fields["text"]
        text.label = str(kind.ask)
        text.required = kind.needs_text
        if not kind.needs_text:
            text.help_text = ""
        self.fields["phone"].help_text = _about_phone(needed=kind.needs_phone)
        if kind.giver_calls:
            self.fields["may_call"].initial = "yes"
        if kind.needs_phone:
            self.fields["phone"].required = True
            for name in ("photos", "category"):
                del self.fields[name]
        if not kind.needs_subject:
            del self.fields["subject_kind"], self.fields["subject"]
        if not kind.publishable:
            del self.fields["publish_ok"]
        if "photos" in self.fields:
            self.fields["photos"].help_text = _("Up to %(n)s, only if they help.") % {"n": MAX_PHOTOS}
            self.fields["photos"].widget.attrs |= {
                "accept": "image/*",
                "data-max-files": MAX_PHOTOS,
                "data-max-files-text": _("At the most %(n)s photos, please.") % {"n": MAX_PHOTOS},
            }

    # --- choices, for showing ---------------------------------------------------------------------
    def fill(self) -> "AskForm":
        """Read what can be chosen: four queries, five for a complaint."""
        self._fill_places()
        if "category" in self.fields:
            self._fill_categories()
        if "subject" in self.fields:
            self.fields["subject"].widget.choices = _subjects()
        return self

    def _fill_categories(self) -> None:
        found = list(Category.objects.filter(kind__in=(self.kind.code, "other"), active=True).order_by("pk"))
        own = [c for c in found if c.kind == self.kind.code] or found
        choices: Choices = [(c.code, c.label) for c in own]
        rest = next((c for c in found if c.kind == "other" and c not in own), None)
        if rest:
            choices.append((rest.code, _("None of these, or I do not know")))
        field = self.fields["category"]
        if len(own) == 1:
            field.widget = forms.HiddenInput()
            field.initial = own[0].code
        elif len(own) > MAX_CHIPS:
            field.widget = forms.Select(choices=[("", _("Please choose")), *choices])
        else:
            field.widget.choices = choices

    def _fill_places(self) -> None:
        homes = list(communities())
        label = {c.pk: (c.code, c.label) for c in homes}
        widget = self.fields["community"].widget
        widget.choices = [("", _("Please choose")), *label.values()]
        if len(homes) == 1:
            self.fields["community"].initial = homes[0].code
        spots = self.fields["spot"].widget
        groups: dict[str, Choices] = {name: [] for _code, name in label.values()}
        for word, rows in (("compound", Compound.objects.all()), ("grid", Grid.objects.standing())):
            for row in rows.order_by("pk"):
                code, name = label[row.community_id]
                value = f"{word}:{row.code}"
                groups[name].append((value, row.label))
                spots.parents[value] = code
        spots.choices = [("", _("I do not know")), *groups.items()]

    # --- what was sent --------------------------------------------------------------------------------
    def clean_phone(self) -> str:
        return checked_phone(self.cleaned_data["phone"])

    def clean_category(self) -> str:
        code = self.cleaned_data["category"]
        self.chosen_category = Category.objects.filter(code=code, active=True).first()
        if self.chosen_category is None:
            raise forms.ValidationError(gettext("Choose what it is about."))
        return str(code)

    def clean_community(self) -> Community:
        rows = communities().select_related("scope", "town__scope", "town__city__scope")
        found = rows.filter(code=self.cleaned_data["community"]).first()
        if found is None:
            raise forms.ValidationError(gettext("Choose a community."))
        return found

    def clean_spot(self) -> Grid | Compound | None:
        word, _colon, code = self.cleaned_data["spot"].partition(":")
        if not code:
            return None
        rows: Any = Compound.objects.all() if word == "compound" else Grid.objects.standing()
        found: Grid | Compound | None = rows.filter(code=code).select_related("scope").first()
        if found is None:
            raise forms.ValidationError(gettext("Choose one from the list."))
        return found

    def clean_subject(self) -> str:
        code = self.cleaned_data["subject"]
        if code and self.cleaned_data.get("subject_kind") in (SubjectKind.COMPANY, SubjectKind.UNIT):
            kind = self.cleaned_data["subject_kind"]
            rows = Organisation.objects.filter(code=code, kind=kind, active=True).select_related("scope")
            self.chosen_subject = rows.first()
            if self.chosen_subject is None:
                raise forms.ValidationError(gettext("Choose one from the list that fits your answer above."))
        return str(code)

    def asked(self) -> Asked:
        """What the operation is told; call on a valid form."""
        said = self.cleaned_data
        spot = said.get("spot")
        category = self.chosen_category or Category.objects.filter(kind=self.kind.code, active=True).first()
        if category is None:
            category = Category.objects.filter(kind="other", active=True).order_by("pk")[0]
        return Asked(
            kind=self.kind.code,
            category=category,
            community=said["community"],
            text=said["text"],
            grid=spot if isinstance(spot, Grid) else None,
            compound=spot if isinstance(spot, Compound) else None,
            publish_ok=said.get("publish_ok") == "yes",
            name=said["name"],
            phone=said["phone"],
            place_detail=said["place_detail"],
            giver_may_call=said["may_call"] == "yes" and bool(said["phone"]),
            subject_kind=said.get("subject_kind", ""),
            subject=self.chosen_subject,
        )


def _subjects() -> Choices:
    kinds = {OrganisationKind.COMPANY: _("Property companies"), OrganisationKind.UNIT: _("Member units")}
    rows: Iterable[Organisation] = Organisation.objects.filter(kind__in=kinds, active=True).order_by(
        "kind", "name", "pk"
    )
    groups: dict[Any, Choices] = {}
    for row in rows:
        groups.setdefault(kinds[OrganisationKind(row.kind)], []).append((row.code, row.label))
    return [("", _("Please choose")), *groups.items()]


class CodeForm(PublicForm):
    """A tracking code, typed from a slip."""

    code = forms.CharField(
        label=_("Tracking code"),
        max_length=64,
        widget=forms.TextInput(
            attrs={
                "class": "lx-code-in",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        help_text=_("16 letters and digits from your slip. Dashes and small letters do not matter."),
    )

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if NUMBER.fullmatch(unicodedata.normalize("NFKC", code).replace(" ", "")):
            raise forms.ValidationError(
                gettext(
                    "This is the number of your request. The tracking code is longer: 16 letters and digits in four "
                    "groups; on your slip it stands below the QR code."
                )
            )
        return code


class WordForm(PublicForm):
    """Something the asker adds."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Your message"), max_length=MAX_WORDS, widget=forms.Textarea(attrs={"rows": 3}))


class CorrectOwnForm(PublicForm):
    """How to be reached and whether it may be published, as it stands; emptied is taken away."""

    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    may_call = forms.ChoiceField(
        label=_("May whoever does the work call you?"), choices=YES_NO, widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    place_detail = forms.CharField(label=_("Where exactly"), required=False, max_length=120)
    publish_ok = forms.ChoiceField(
        label=_("May we publish this as a short text on the wish wall?"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        help_text=_("“No” takes it off the wall at once; whoever has taken it on goes on."),
    )

    def __init__(self, need: Need, data: Any = None) -> None:
        yes_no = {True: "yes", False: "no"}
        super().__init__(
            data,
            initial={
                "phone": need.asker_phone,
                "may_call": yes_no[need.giver_may_call],
                "name": need.asker_name,
                "place_detail": need.place_detail,
                "publish_ok": yes_no[need.publish_ok],
            },
        )
        if not kind_of(need).publishable:
            del self.fields["publish_ok"]

    def clean_phone(self) -> str:
        return checked_phone(self.cleaned_data["phone"])

    def said(self) -> dict[str, Any]:
        """What the operation is told; call on a valid form."""
        found = {name: self.cleaned_data[name] for name in ("name", "phone", "place_detail")}
        found["giver_may_call"] = self.cleaned_data["may_call"] == "yes"
        if "publish_ok" in self.fields:
            found["publish_ok"] = self.cleaned_data["publish_ok"] == "yes"
        return found


class AnswerForm(PublicForm):
    """Is it solved, and how satisfied is the asker."""

    solved = forms.ChoiceField(
        label=_("Is it solved?"),
        choices=[("yes", _("Solved")), ("no", _("Not solved"))],
        widget=forms.RadioSelect,
    )
    satisfaction = forms.ChoiceField(
        label=_("How satisfied are you?"),
        required=False,
        choices=Satisfaction.choices,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("Anything to add?"),
        required=False,
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def said(self) -> dict[str, Any]:
        """The answer as the operations take it. Call when the form is valid."""
        data = self.cleaned_data
        return {"solved": data["solved"] == "yes", "satisfaction": data["satisfaction"], "words": data["words"]}


class ThanksForm(PublicForm):
    """Words of thanks to the giver."""

    text = forms.CharField(label=_("Your words of thanks"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    agrees = forms.BooleanField(label=_("They may be shown publicly, without my name"), required=False)
