"""Tracking: the code for a cookie, the page of one's own need, and what its asker can do there."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.accounts.actors import Actor
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.core.known import remember_browser
from lianxin.needs import tracking
from lianxin.needs.models import Need
from lianxin.needs.operations import (
    add_word,
    answer_merged,
    contest_decline,
    record_answer,
    still_wanted,
    thank_giver,
    withdraw_need,
)
from lianxin.needs.photos import photo_path
from lianxin.needs.public_forms import AnswerForm, CodeForm, ThanksForm, WordForm, add_refusal
from lianxin.needs.queries import need_by_code
from lianxin.needs.views.standing import Standing, standing_of

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Need, Actor, P], HttpResponseBase]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Type a code, or come with one from a QR code; it is exchanged for a cookie of half an hour."""
    if request.method != "POST":
        return render(request, "needs/public/track.html", {"form": CodeForm()})
    at = now()
    if wait := tracking.WRONG_CODES.wait(request, at):
        return tracking.too_many(request, "code", wait)
    form = CodeForm(request.POST)
    if form.is_valid():
        code = form.cleaned_data["code"]
        if need_by_code(code) is not None:
            response = redirect("tracked")
            tracking.remember_code(response, code, at)
            remember_browser(request, response, at)
            return response
        tracking.WRONG_CODES.count(request, at)
        form.add_error("code", _("No request has this code. Please compare it with your slip."))
    return render(request, "needs/public/track.html", {"form": form}, status=422)


def with_code(page: Page[P]) -> Any:
    """Give `page` the need whose code the browser holds and its asker; without one, ask for the code."""

    @functools.wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        found = tracking.need_in(request, now())
        if found is None:
            words = _("For your safety a code is kept for %(n)s minutes. Please type it in again.")
            messages.info(request, words % {"n": tracking.MINUTES})
            return redirect("track")
        return page(request, *found, *args, **kwargs)

    return never_cache(guarded)


@require_safe
@with_code
def tracked(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """Where one's own need stands, and what one can do."""
    return _page(request, standing_of(need, actor, at=now()))


def _page(request: HttpRequest, standing: Standing, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "needs/public/tracked.html", {"s": standing, **more}, status=status)


def _done(request: HttpRequest, words: str) -> HttpResponse:
    """Back to the page with a word that it was done; the half hour begins anew."""
    at = now()
    messages.success(request, words)
    response = redirect("tracked")
    tracking.remember_code(response, tracking.code_in(request, at), at)
    return response


def _run(
    request: HttpRequest,
    need: Need,
    actor: Actor,
    form: forms.Form | None,
    run: Callable[[], Any],
    words: str,
) -> HttpResponse:
    """Carry out one operation of the asker's; a refusal is shown on the page, with what was typed."""
    refused = ""
    if form is None or form.is_valid():
        try:
            run()
            return _done(request, words)
        except Refusal as refusal:
            if form is None:
                refused = str(refusal.words)
            else:
                add_refusal(form, refusal)
    fresh = tracking.need_in(request, now())
    standing = standing_of(*(fresh or (need, actor)), at=now(), sent=form)
    return _page(request, standing, status=422, refused=refused)


@require_POST
@with_code
def tracked_word(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """The asker adds a word."""
    form = WordForm(request.POST)

    def run() -> None:
        said = form.cleaned_data
        add_word(need, actor=actor, at=now(), text=said["text"], key=said["key"])

    return _run(request, need, actor, form, run, _("Your message was passed on."))


@require_POST
@with_code
def tracked_withdraw(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """The asker no longer needs it."""

    def run() -> None:
        withdraw_need(need, actor=actor, at=now())

    return _run(request, need, actor, None, run, _("Your request was withdrawn."))


@require_POST
@with_code
def tracked_answer(request: HttpRequest, need: Need, actor: Actor, pk: int) -> HttpResponse:
    """Solved or not, for one commitment of the need."""
    commitment = get_object_or_404(need.commitments, pk=pk)
    form = AnswerForm(request.POST, prefix=f"c{pk}")

    def run() -> None:
        record_answer(commitment, actor=actor, at=now(), **form.said())

    return _run(request, need, actor, form, run, _("Thank you. Your answer counts."))


@require_POST
@with_code
def tracked_answer_merged(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """Solved or not, for a need that was merged into another."""
    form = AnswerForm(request.POST, prefix="merged")

    def run() -> None:
        answer_merged(need, actor=actor, at=now(), **form.said())

    return _run(request, need, actor, form, run, _("Thank you. Your answer counts."))


@require_POST
@with_code
def tracked_still_wanted(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """The office recorded that the asker no longer wants it, and the asker does."""

    def run() -> None:
        still_wanted(need, actor=actor, at=now())

    return _run(request, need, actor, None, run, _("It is open again, and the office was told."))


@require_POST
@with_code
def tracked_contest(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """The asker does not accept that it was declined."""

    def run() -> None:
        contest_decline(need, actor=actor, at=now())

    return _run(request, need, actor, None, run, _("The level above will look at it and tell you here."))


@require_POST
@with_code
def tracked_thanks(request: HttpRequest, need: Need, actor: Actor) -> HttpResponse:
    """Thanks to whoever helped."""
    form = ThanksForm(request.POST, prefix="thanks")

    def run() -> None:
        said = form.cleaned_data
        thank_giver(need, actor=actor, at=now(), text=said["text"], agrees=said["agrees"])

    return _run(request, need, actor, form, run, _("Your thanks were passed on."))


@require_safe
@with_code
def tracked_photo(request: HttpRequest, need: Need, actor: Actor, pk: int) -> HttpResponseBase:
    """A photo of one's own need or of its delivery."""
    photo = get_object_or_404(need.photos, pk=pk)
    path = photo_path(photo.file)
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg")


@require_POST
def tracked_forget(request: HttpRequest) -> HttpResponse:
    """Forget the code on this device."""
    messages.success(request, _("This device has forgotten your code. Keep your slip."))
    response = redirect("track")
    tracking.forget_code(response)
    return response
