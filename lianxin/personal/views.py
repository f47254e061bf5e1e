"""Who looked at what, and what was erased: for those who answer for it."""

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from lianxin.accounts.guards import posts
from lianxin.accounts.models import Role
from lianxin.core.clock import day_range
from lianxin.core.listing import as_workbook, listing, wants_workbook
from lianxin.personal.models import Erasure, Look

LABELS: list[tuple[str, str | Promise]] = [
    ("at", gettext_lazy("When")),
    ("user", pgettext_lazy("of a look", "Who")),
    ("purpose", gettext_lazy("What for")),
    ("object", gettext_lazy("Which")),
]
ERASED: list[tuple[str, str | Promise]] = [
    ("at", gettext_lazy("When")),
    ("what", gettext_lazy("What")),
    ("count", gettext_lazy("How many")),
    ("before", gettext_lazy("Ended before")),
    ("by", gettext_lazy("By")),
    ("clean", gettext_lazy("No trace left since")),
]
SORTS = {"at": "at"}


class LookFilter(forms.Form):
    """What the list of looks can be narrowed to."""

    q = forms.CharField(label=gettext_lazy("User name or number"), required=False, max_length=60)
    purpose = forms.ChoiceField(label=gettext_lazy("What for"), required=False)
    first = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    last = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["purpose"].choices = [("", _("All")), *Look.Purpose.choices]  # type: ignore[attr-defined]


def _filtered(rows: QuerySet[Look], form: LookFilter) -> QuerySet[Look]:
    data = form.cleaned_data if form.is_valid() else {}
    if words := data.get("q"):
        said = words.strip()
        by_number = rows.filter(object_key__in=[f"need:{said.upper()}", f"helper:{said.lower()}"])
        rows = by_number | rows.filter(user__username__iexact=said)
    if purpose := data.get("purpose"):
        rows = rows.filter(purpose=purpose)
    if first := data.get("first"):
        rows = rows.filter(at__gte=day_range(first, first)[0])
    if last := data.get("last"):
        rows = rows.filter(at__lt=day_range(last, last)[1])
    return rows


@posts(Role.ADMIN, Role.CITY)
@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at whose contact, and what for; newest first. Never whose contact it was."""
    form = LookFilter(request.GET or None)
    rows = _filtered(Look.objects.select_related("user"), form)
    if wants_workbook(request):
        return as_workbook(
            "looks",
            [str(label) for _code, label in LABELS],
            rows.order_by("-at", "-pk"),
            lambda look: [look.at, look.user.username, look.get_purpose_display(), look.what],
        )
    shown = listing(request, rows, sorts=SORTS, labels=LABELS, default="-at")
    context = {"list": shown, "page": shown.page, "filter": form}
    return render(request, "personal/looks.html", context)


@posts(Role.ADMIN, Role.CITY)
@require_safe
def erasures(request: HttpRequest) -> HttpResponse:
    """The proof of what was erased; newest first."""
    rows = Erasure.objects.select_related("user")
    if wants_workbook(request):
        return as_workbook(
            "erasures",
            [str(label) for _code, label in ERASED],
            rows.order_by("-at", "-pk"),
            lambda e: [e.at, e.get_what_display(), e.count, e.before, e.user.username if e.user else "", e.clean_at],
        )
    shown = listing(request, rows, sorts=SORTS, labels=ERASED, default="-at")
    context = {"list": shown, "page": shown.page}
    return render(request, "personal/erasures.html", context)
