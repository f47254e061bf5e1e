"""Forms of channels and of one's own choice."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.models import Scope, User
from lianxin.channels.models import PERSONAL, ChannelKind, Choice, State
from lianxin.channels.operations.setting_up import GROUP_SCOPES

EMAIL, SMS = PERSONAL
# What an address looks like; {phone} stands in an SMS gateway's address where the number goes.
EXAMPLES: dict[str, str] = {
    ChannelKind.EMAIL: "mailtos://user:password@mail.example:465/?from=lianxin@mail.example",
    ChannelKind.SMS: "jsons://user:password@gateway.example/send?:mobile={phone}&:message=content",
    ChannelKind.WECOM: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    ChannelKind.DINGTALK: "https://oapi.dingtalk.com/robot/send?access_token=…",
    ChannelKind.FEISHU: "https://open.feishu.cn/open-apis/bot/v2/hook/…",
}


class ScopeField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A place or an organisation, named in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class ChannelForm(forms.Form):
    """A channel's address; for a group also whose it is and its language."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    scope = ScopeField(
        label=_("Whose group"),
        queryset=Scope.objects.filter(kind__in=GROUP_SCOPES).order_by("path"),
        empty_label=_("Choose one"),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the group"), required=False, choices=[("", _("The city's")), *settings.LANGUAGES]
    )

    def __init__(self, *args: Any, kind: str, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        address = self.fields["address"]
        address.help_text = EXAMPLES[kind]
        if kind in PERSONAL or not is_new:
            del self.fields["scope"]
        if kind in PERSONAL:
            del self.fields["language"]
        if not is_new:
            address.required = False
            address.label = _("New address; empty: the same as before")


class DeliveryFilter(forms.Form):
    """What the list of deliveries can be narrowed to."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Failed or unclear")), ("all", _("All")), *State.choices],
    )


class ChoiceForm(forms.Form):
    """What one wants to get outside, and where to."""

    phone = forms.CharField(
        label=_("Another number for text messages"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    ways = forms.MultipleChoiceField(label=_("Tell me outside by"), required=False, widget=forms.CheckboxSelectMultiple)
    digest = forms.BooleanField(label=_("Once a day, what is new"), required=False)
    emergencies = forms.BooleanField(label=_("Emergencies at once, also in quiet hours"), required=False)

    def __init__(self, *args: Any, user: User, choice: Choice, kinds: list[str], **kwargs: Any) -> None:
        self.before = {
            "phone": choice.phone,
            "ways": [kind.value for kind, on in ((EMAIL, choice.by_email), (SMS, choice.by_sms)) if on],
            "digest": choice.digest,
            "emergencies": choice.emergencies,
        }
        self.work_phone, self.email = user.phone, user.email
        # E-mail is on until somebody says no, but not ticked for who has no address.
        shown = [way for way in self.before["ways"] if user.email or way != EMAIL]
        super().__init__(*args, **kwargs, initial=self.before | {"ways": shown})  # type: ignore[misc]
        self.fields["ways"].choices = [(kind, ChannelKind(kind).label) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["phone"].help_text = (
            __("Empty: text messages go to your work telephone, %(number)s.") % {"number": user.phone}
            if user.phone
            else __("Your account has no work telephone (see Security); text messages need a number here.")
        )
        if EMAIL in kinds:
            self.fields["ways"].help_text = (
                __("E-mail goes to %(address)s (see Security).") % {"address": user.email}
                if user.email
                else __("Your account has no e-mail address: add one under Security.")
            )
        if SMS not in kinds:
            del self.fields["phone"]
        if not kinds:
            for name in ("ways", "digest", "emergencies"):
                del self.fields[name]
        self.kinds = kinds

    def clean(self) -> dict[str, Any]:
        """A way that is chosen needs an address."""
        data = super().clean() or {}
        if EMAIL in data.get("ways", []) and not self.email:
            self.add_error("ways", __("Your account has no e-mail address: add one under Security."))
        numbers = data.get("phone") or self.work_phone
        if SMS in data.get("ways", []) and not numbers and "phone" not in self.errors:
            self.add_error("phone", __("There is no work telephone: say where to, or do not choose text messages."))
        return data

    def wanted(self) -> dict[str, Any]:
        """What was chosen; what could not be chosen here stays as it was. Call when the form is valid."""
        kept = [way for way in self.before["ways"] if way not in self.kinds]
        chosen = self.before | self.cleaned_data
        if "ways" in self.cleaned_data:
            chosen["ways"] = [*self.cleaned_data["ways"], *kept]
        return chosen
