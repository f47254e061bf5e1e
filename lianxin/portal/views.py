"""How pages are displayed."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from lianxin.portal import demo

VIEW_COOKIE = "lx_view"
YEAR = 365 * 24 * 60 * 60


@require_safe
def demo_page(request: HttpRequest) -> HttpResponse:
    """The accounts that can be tried; in demo mode only."""
    if not settings.DEMO:
        raise Http404
    return render(request, "portal/demo.html", {"accounts": demo.accounts()})


@require_POST
def elder(request: HttpRequest) -> HttpResponse:
    """Switch between the standard view and large text; remembered for a year."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    if request.POST.get("view") == "elder":
        response.set_cookie(VIEW_COOKIE, "elder", max_age=YEAR, samesite="Lax", httponly=True)
    else:
        response.delete_cookie(VIEW_COOKIE)
    return response
