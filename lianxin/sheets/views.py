"""Importing: templates out, workbooks in, with a dry run and a workbook of errors."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.core.clock import now
from lianxin.sheets import drafts
from lianxin.sheets.forms import WorkbookField
from lianxin.sheets.operations import Outcome, import_workbook
from lianxin.sheets.registry import SHEETS, in_order
from lianxin.sheets.writing import WORKBOOK_TYPE, template, with_errors

SHOWN_ERRORS = 100
MINE = "sheets_drafts"


class UploadForm(forms.Form):
    """One workbook."""

    workbook = WorkbookField(
        label=_("Workbook"),
        help_text=_("An Excel file (.xlsx) made from one of the templates. It is checked first; nothing is saved yet."),
    )


def _workbook_response(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=WORKBOOK_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@posts(Role.ADMIN, Role.CITY)
def imports(request: HttpRequest) -> HttpResponse:
    """The templates, and the form that checks a workbook."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["workbook"]
        outcome = import_workbook(data, actor=actor_of(request), at=now(), dry_run=True)
        if not outcome.parts:
            return _result(request, outcome, "", 422)
        token = drafts.keep(data, with_errors(outcome.parts, outcome.errors) if outcome.errors else b"")
        request.session[MINE] = [*request.session.get(MINE, [])[-9:], token]
        status = 422 if outcome.errors else 200
        return _result(request, outcome, token, status)
    status = 422 if request.method == "POST" else 200
    return render(request, "sheets/imports.html", {"sheets": in_order(), "form": form}, status=status)


def _result(request: HttpRequest, outcome: Outcome, token: str, status: int) -> HttpResponse:
    context = {"outcome": outcome, "errors": outcome.errors[:SHOWN_ERRORS], "token": token}
    return render(request, "sheets/result.html", context, status=status)


def _own(request: HttpRequest, token: str, what: str = "xlsx") -> bytes:
    """The draft that this session uploaded; 404 for anybody else's."""
    data = drafts.read(token, what) if token in request.session.get(MINE, []) else None
    if data is None:
        raise Http404
    return data


@posts(Role.ADMIN, Role.CITY)
@require_POST
def import_now(request: HttpRequest, token: str) -> HttpResponse:
    """Save the workbook that was checked."""
    outcome = import_workbook(_own(request, token), actor=actor_of(request), at=now())
    if outcome.errors:
        return _result(request, outcome, token, 422)
    drafts.forget(token)
    request.session["sheets_done"] = [outcome.created, outcome.changed, outcome.unchanged]
    return redirect("import_done")


@posts(Role.ADMIN, Role.CITY)
@require_safe
def import_done(request: HttpRequest) -> HttpResponse:
    """What the last import of this session did."""
    done = request.session.get("sheets_done")
    if not done:
        return redirect("imports")
    created, changed, unchanged = done
    context = {"created": created, "changed": changed, "unchanged": unchanged}
    return render(request, "sheets/done.html", context)


@posts(Role.ADMIN, Role.CITY)
@require_safe
def import_template(request: HttpRequest, code: str) -> HttpResponse:
    """The empty workbook of a sheet, with one example row."""
    sheet = SHEETS.get(code)
    if sheet is None:
        raise Http404
    return _workbook_response(template(sheet), f"{code}.xlsx")


@posts(Role.ADMIN, Role.CITY)
@require_safe
def import_errors(request: HttpRequest, token: str) -> HttpResponse:
    """The workbook that came in, wrong cells in red, with the reasons."""
    return _workbook_response(_own(request, token, "errors.xlsx"), "errors.xlsx")
