"""What every page's frame needs: view, place, telephone, menus."""

from typing import Any

from django.http import HttpRequest

from lianxin.portal import menu


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html; costs no query beyond the posts of the actor."""
    return {"view": "elder" if request.COOKIES.get("lx_view") == "elder" else "", **menu.of(request)}
