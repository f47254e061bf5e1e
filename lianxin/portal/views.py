"""How pages are displayed."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from lianxin.portal import demo

VIEW_COOKIE = "lx_view"
TOKEN = "csrfmiddlewaretoken"
RESIDENTS = ("/ask/", "/track/need/")
YEAR = 365 * 24 * 60 * 60


@require_safe
def demo_page(request: HttpRequest) -> HttpResponse:
    """The accounts that can be tried; in demo mode only."""
    if not settings.DEMO:
        raise Http404
    return render(request, "portal/demo.html", {"accounts": demo.accounts()})


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is too old. What a resident typed is offered for sending again, with a fresh token.

    Only where the browser says that our own page sent it: a form of somebody else's must not come out of here.
    """
    ours = same_origin(request) and request.path.startswith(RESIDENTS)
    typed = [(name, value) for name in request.POST if name != TOKEN for value in request.POST.getlist(name)]
    context = {"typed": typed if ours else [], "photos_lost": bool(request.FILES)}
    return render(request, "403_csrf.html", context, status=403)


def same_origin(request: HttpRequest) -> bool:
    """The browser says that a page of this site sent the request."""
    own = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") in (own, *settings.CSRF_TRUSTED_ORIGINS)


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
