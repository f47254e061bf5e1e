"""What every page's frame needs: view, place, telephone, menus."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from lianxin.portal import menu
from lianxin.portal.place import place_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html; costs the posts of the actor, or one query for visitors."""
    view = "elder" if request.COOKIES.get("lx_view") == "elder" else ""
    return {"view": view, "demo": settings.DEMO, **place_of(request), **menu.of(request)}
