"""How pages are displayed."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

VIEW_COOKIE = "lx_view"
YEAR = 365 * 24 * 60 * 60


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
