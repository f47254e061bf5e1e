"""Asking: tiles, the form, and what the asker gets."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lianxin.core.clock import now
from lianxin.core.errors import AlreadySent, Refusal
from lianxin.core.qr import track_address, track_qr
from lianxin.core.refusals import new_key
from lianxin.needs import tracking
from lianxin.needs.kinds import KINDS, Kind
from lianxin.needs.operations import file_need
from lianxin.needs.public_forms import AskForm, add_refusal
from lianxin.places.lookup import Spot, chosen_community, find_spot, remember_community


def tiles() -> list[dict[str, Any]]:
    """What a resident can ask for, as tiles."""
    return [
        {"code": k.code, "label": k.label, "hint": k.hint, "icon": k.icon.removeprefix("i-")} for k in KINDS if k.tile
    ]


def _spot_of(request: HttpRequest) -> Spot | None:
    """Where the visitor is: from the link they followed, else the community they chose before."""
    if spot := find_spot(request.GET.get("at", "")[:40]):
        return spot
    community = chosen_community(request)
    return Spot(community) if community else None


@require_safe
def ask_tiles(request: HttpRequest) -> HttpResponse:
    """What do you need?"""
    spot = find_spot(request.GET.get("at", "")[:40])
    at = f"?{urlencode({'at': request.GET['at'][:40]})}" if spot else ""
    return render(request, "needs/public/ask_tiles.html", {"tiles": tiles(), "spot": spot, "at": at})


@require_safe
def from_poster(request: HttpRequest, code: str) -> HttpResponse:
    """A poster's QR code: the place is filled in, and its community remembered."""
    spot = find_spot(code)
    if spot is None:
        raise Http404
    response = redirect(f"{reverse('ask_tiles')}?{urlencode({'at': code})}")
    remember_community(response, spot.community)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of one kind of need; filing it leads to the slip."""
    found = KINDS.get(kind)
    if found is None or not found.tile:
        raise Http404
    if request.method == "POST":
        return _file(request, found)
    spot = _spot_of(request)
    initial = {"key": new_key()}
    if spot:
        initial |= {"community": spot.community.code, "spot": spot.value}
    return _show(request, AskForm(found, initial=initial))


def _file(request: HttpRequest, kind: Kind) -> HttpResponse:
    at = now()
    if wait := tracking.FILINGS.wait(request, at):
        return tracking.too_many(request, "filing", wait)
    form = AskForm(kind, request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        filed = file_need(
            form.asked(),
            actor=request.actor,  # type: ignore[attr-defined]
            at=at,
            key=form.cleaned_data["key"],
            photos=form.cleaned_data.get("photos", []),
        )
    except AlreadySent as sent:
        return _show(request, form, status=422, sent=sent.number)
    except Refusal as refusal:
        add_refusal(form, refusal, AskForm.REFUSED)
        return _show(request, form, status=422)
    tracking.FILINGS.count(request, at)
    response = redirect("asked")
    tracking.remember_code(response, filed.code, at)
    remember_community(response, form.cleaned_data["community"])
    return response


def _show(request: HttpRequest, form: AskForm, *, status: int = 200, sent: str = "") -> HttpResponse:
    if sent:
        # A new key: sending what is shown now files it as a new need.
        data: Any = form.data.copy()  # type: ignore[attr-defined]
        data["key"] = new_key()
        form.data = data
    context = {
        "form": form.fill(),
        "kind": form.kind,
        "icon": form.kind.icon.removeprefix("i-"),
        "sent": sent,
        "more_open": any(n in form.errors or form.data.get(n) for n in ("name", "photos", "place_detail")),
        "photos_lost": bool(form.files),
    }
    return render(request, "needs/public/ask.html", context, status=status)


@never_cache
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """The slip: number, code, QR code, and what happens next."""
    at = now()
    found = tracking.need_in(request, at)
    if found is None:
        words = _("The slip was shown for %(n)s minutes. Type in your code to see where it stands.")
        messages.info(request, words % {"n": tracking.MINUTES})
        return redirect("track")
    need, reader = found
    code = tracking.code_in(request, at)
    # The number is read over by whoever has just sent it, by nobody who comes later with the code.
    just_sent = need.filed_by_id == reader.user_id and at - need.filed_at < tracking.KEPT
    context = {
        "need": need,
        "code": code,
        "qr": track_qr(code),
        "address": track_address(code),
        "own_phone": need.asker_phone if just_sent else "",
        "minutes": tracking.MINUTES,
    }
    return render(request, "needs/public/asked.html", context)
