"""Pages of categories."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lianxin.accounts.guards import actor_of, posts
from lianxin.core.clock import now
from lianxin.core.edits import refuse_edit
from lianxin.core.errors import Refusal
from lianxin.core.listing import as_workbook, listing, wants_workbook
from lianxin.core.refusals import refuse
from lianxin.needs.category_forms import AddCategory, CategoryFilter, CorrectCategory
from lianxin.needs.kinds import KINDS
from lianxin.needs.models import Category
from lianxin.needs.operations import categories as operations

SORTS = {"name": "name", "kind": "kind", "urgency": "urgency"}
LABELS = [
    ("name", gettext_lazy("Name")),
    ("kind", gettext_lazy("Kind")),
    ("urgency", gettext_lazy("Usual urgency")),
    ("clock", gettext_lazy("Around the clock")),
    ("active", gettext_lazy("Offered")),
]


def _kind_label(category: Category) -> str:
    kind = KINDS.get(category.kind)
    return str(kind.staff_label) if kind else category.kind


def _line(category: Category) -> list[Any]:
    yes, no = _("yes"), _("no")
    return [
        category.code,
        category.label,
        _kind_label(category),
        category.get_urgency_display(),
        yes if category.around_the_clock else no,
        yes if category.active else no,
    ]


@posts(*operations.EDITORS)
def categories(request: HttpRequest) -> HttpResponse:
    """What needs are about."""
    form = CategoryFilter(request.GET or None)
    data = form.cleaned_data if form.is_valid() else {}
    rows = Category.objects.all()
    if words := data.get("q"):
        rows = rows.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(code=words))
    if kind := data.get("kind"):
        rows = rows.filter(kind=kind)
    if data.get("active"):
        rows = rows.filter(active=data["active"] == "on")
    if wants_workbook(request):
        heads = [_("Code"), *(str(label) for _code, label in LABELS)]
        return as_workbook("categories", heads, rows.order_by("kind", "pk"), _line)
    shown = listing(request, rows, sorts=SORTS, labels=LABELS, default="kind")
    context = {
        "list": shown,
        "page": shown.page,
        "rows": [(category, _kind_label(category)) for category in shown.page.rows],
        "filter": form,
    }
    return render(request, "needs/categories.html", context)


@posts(*operations.EDITORS)
def category_add(request: HttpRequest) -> HttpResponse:
    """A new category."""
    form = AddCategory(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        named = {name: values.pop(name) for name in ("key", "kind", "code")}
        try:
            operations.add_category(actor=actor_of(request), at=now(), values=values, **named)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Added."))
            return redirect("categories")
    return render(request, "needs/category.html", {"form": form}, status=422 if form.is_bound else 200)


@posts(*operations.EDITORS)
def category_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Correct a category."""
    category = get_object_or_404(Category, code=code)
    initial = {name: getattr(category, name) for name in operations.FIELDS} | {"version": category.version}
    form = CorrectCategory(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            operations.correct_category(category, actor=actor_of(request), at=now(), version=version, values=values)
        except Refusal as refusal:
            category.refresh_from_db()
            refuse_edit(form, refusal, category.version)
        else:
            messages.success(request, _("Saved."))
            return redirect("categories")
    context = {"form": form, "category": category}
    return render(request, "needs/category.html", context, status=422 if form.is_bound else 200)


@posts(*operations.EDITORS)
@require_POST
def category_switch(request: HttpRequest, code: str) -> HttpResponse:
    """Offer a category, or no longer."""
    category = get_object_or_404(Category, code=code)
    try:
        operations.switch_category(
            category, actor=actor_of(request), at=now(), active=request.POST.get("active") == "on"
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect("categories")
