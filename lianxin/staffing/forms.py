"""Forms of people, posts and one's own account."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role, Scope, TokenScope, User
from lianxin.core.refusals import OnceForm
from lianxin.staffing.queries import posts_open_to
from lianxin.staffing.tokens import days_offered


class PostField(forms.TypedChoiceField):
    """A post: role and place in one choice, grouped by role. Gives (role, Scope)."""

    def offer(self, actor: Actor) -> None:
        """Offer the posts that the actor may give."""
        open_posts = posts_open_to(actor)
        by_id = {s.pk: s for _role, scopes in open_posts for s in scopes}
        named = {s.pk: self._label(s, by_id) for s in by_id.values()}
        self.choices = [
            ("", _("Choose a post")),
            *((Role(role).label, [(f"{role}:{s.pk}", named[s.pk]) for s in scopes]) for role, scopes in open_posts),
        ]
        self.coerce = lambda value: (value.split(":")[0], by_id[int(value.split(":")[1])])

    def _label(self, scope: Scope, by_id: dict[int, Scope]) -> str:
        above = by_id.get(scope.parent_id or 0)
        if scope.kind == "grid" and above is not None:
            return f"{above.label} · {scope.label}"
        return scope.label


class PostForm(forms.Form):
    """One more post for somebody."""

    post = PostField(label=_("Post"), empty_value=None)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].offer(actor)  # type: ignore[attr-defined]


class InviteForm(OnceForm):
    """A new user with a first post."""

    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        help_text=_("Small letters, digits, dots, hyphens; it can't be changed later."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("To log in with; leave it empty if there is none.")
    )
    phone = forms.CharField(
        label=_("Work telephone"),
        required=False,
        max_length=30,
        help_text=_("To log in with; leave it empty if there is none."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    post = PostField(label=_("Post"), empty_value=None)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].offer(actor)  # type: ignore[attr-defined]


class EndForm(forms.Form):
    """The last day of a post."""

    last_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class HandOverForm(forms.Form):
    """Who takes a post's work on: for a time, or for good."""

    to = forms.ModelChoiceField(label=_("To whom"), queryset=User.objects.none(), empty_label=_("Choose"))
    how = forms.ChoiceField(
        label=_("For how long"),
        choices=[("time", _("For a time: both hold the post")), ("good", _("For good: this post ends today"))],
        initial="time",
        widget=forms.RadioSelect,
    )
    from_on = forms.DateField(
        label=_("First day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    to_on = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """For a time, both days are needed."""
        data = super().clean() or {}
        if data.get("how") == "time":
            for field in ("from_on", "to_on"):
                if not data.get(field) and field not in self.errors:
                    self.add_error(field, _("Say from which day to which."))
        return data


class StaffFilter(forms.Form):
    """What the list of people can be narrowed to."""

    q = forms.CharField(label=_("Name or user name"), required=False, max_length=60)
    role = forms.ChoiceField(label=_("Role"), required=False)
    place = forms.ChoiceField(label=_("Place"), required=False)
    held = forms.ChoiceField(
        label=_("Posts"),
        required=False,
        choices=[("", _("Held now")), ("ended", _("Ended")), ("all", _("All"))],
    )

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", _("All roles")), *Role.choices]  # type: ignore[attr-defined]
        self.fields["place"].choices = [("", _("All places")), *places]  # type: ignore[attr-defined]


class AcceptForm(forms.Form):
    """A one-time code and the password to set with it, twice."""

    code = forms.CharField(
        label=_("Code on the slip"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    new_password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least 10 characters; three or four words that only you put together are good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    new_password2 = forms.CharField(
        label=_("The same once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_new_password2(self) -> str:
        """Both must be the same."""
        second = str(self.cleaned_data.get("new_password2", ""))
        if self.cleaned_data.get("new_password1") != second:
            raise forms.ValidationError(_("The two are not the same."))
        return second


class PasswordForm(forms.Form):
    """One's own password."""

    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least 10 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    new_password2 = forms.CharField(
        label=_("The same once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    clean_new_password2 = AcceptForm.clean_new_password2


class AccountForm(forms.Form):
    """One's own name and language."""

    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As chosen on the page")), *settings.LANGUAGES]
    )


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("What is it for?"), max_length=60, help_text=_("For example: the monthly report."))
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"),
        choices=TokenScope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("No more than your own posts allow, and of that only what you tick."),
    )
    days = forms.TypedChoiceField(label=_("For how long?"), coerce=int, widget=forms.RadioSelect, initial=30)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(days, _("%(n)s days") % {"n": days}) for days in days_offered()]
        cast(forms.ChoiceField, self.fields["days"]).choices = offered
