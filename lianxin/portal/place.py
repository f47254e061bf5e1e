"""The community that a visitor belongs to: chosen once, kept in their own browser."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from lianxin.places.lookup import PLACE_COOKIE, chosen_community, communities, remember_community
from lianxin.places.models import Town


def place_of(request: HttpRequest) -> dict[str, Any]:
    """Name and telephone for the frame: the chosen community's, else the town's where there is one only.

    One query for visitors, none for whoever is logged in and has a post.
    """
    actor = getattr(request, "actor", None)
    if actor is not None and request.user.is_authenticated and actor.posts:
        return {"place_name": actor.posts[0].label}
    if community := chosen_community(request):
        return {"place_name": community.label, "phone": community.phone or community.town.phone}
    towns = list(Town.objects.select_related("city").order_by("pk")[:2])
    if not towns:
        return {}
    return {"place_name": towns[0].city.label, "phone": towns[0].phone if len(towns) == 1 else ""}


@require_POST
def choose_place(request: HttpRequest) -> HttpResponse:
    """Remember the visitor's community, or forget it."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    found = communities().filter(code=request.POST.get("community", "")[:40]).first()
    if found:
        remember_community(response, found)
    else:
        response.delete_cookie(PLACE_COOKIE)
    return response
