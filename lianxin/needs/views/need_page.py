"""The page of one need: what is asked, where it stands, the next action, what happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import GIVER_ROLES, Role
from lianxin.core import pdf
from lianxin.core.clock import now
from lianxin.core.errors import Refusal, Stale
from lianxin.core.refusals import refuse
from lianxin.core.said import whole
from lianxin.needs import reading, similar, timeline
from lianxin.needs.actions import ACTIONS, Action, Offer, offers
from lianxin.needs.models import Commitment, Need, Photo
from lianxin.needs.operations import look_at_contact, may_ask_for_erasure
from lianxin.needs.photos import photo_path
from lianxin.needs.queries import exclusion_of, joined, need_for, wall
from lianxin.needs.querysets import NeedQuerySet
from lianxin.needs.rules import VERBS, refusal
from lianxin.needs.staff_forms import ActionForm, LookForm
from lianxin.needs.states import Status as S
from lianxin.panels import registry as panels
from lianxin.personal.operations import VALID, looks_at, opened

READERS = (Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY, *GIVER_ROLES)
BESIDE = 3


def found(request: HttpRequest, number: str) -> Need:
    """The need as the reader may see it. Raises Http404 when there is none for them."""
    need = need_for(actor_of(request), number)
    if need is None:
        raise Http404
    return need


@dataclass(frozen=True)
class Shown:
    """An offer as the page shows it: with its form inline, or as a link to its own page."""

    offer: Offer
    form: ActionForm | None


def _shown(offer: Offer, need: Need, actor: Actor, *, inline: bool) -> Shown:
    if not inline:
        return Shown(offer, None)
    about = offer.commitment.pk if offer.several and offer.commitment else ""
    form = offer.action.form(
        need=need, commitment=offer.commitment, actor=actor, auto_id=f"{offer.action.verb}{about}_%s"
    )
    return Shown(offer, form)


@posts(*READERS)
@require_safe
def need(request: HttpRequest, number: str) -> HttpResponse:
    """One need; reading it writes nothing."""
    context = page_context(found(request, number), actor_of(request), now())
    return pdf.page(request, "needs/need.html", context, name=number)


def page_context(need: Need, actor: Actor, at: datetime) -> dict[str, Any]:
    """Everything the page shows to `actor`."""
    open_to = offers(actor, need)
    staff = reading.reads_words(actor, need)
    context: dict[str, Any] = {
        "need": need,
        "title": reading.title_for(actor, need),
        "meta": reading.meta_line(actor, need),
        "steps": reading.steps(need),
        "who_sees": reading.who_sees(need),
        "joint": need.joint,
        "staff": staff,
        "exclusion": exclusion_of(need) if staff else None,
        "main": _shown(open_to[0], need, actor, inline=True) if open_to else None,
        "beside": [_shown(o, need, actor, inline=False) for o in open_to[1 : 1 + BESIDE]],
        "more": [_shown(o, need, actor, inline=o.action.light) for o in open_to[1 + BESIDE :]],
        "held": need.held(),
        "others_ask": reading.others_ask(actor, need),
        "clock": clock_of(need, at),
        "may_phone_giver": reading.in_place(actor, need),
        "panels": panels.for_page("need", need, actor),
    }
    if staff:
        context |= _inside(need, actor, at)
    return context


def _inside(need: Need, actor: Actor, at: datetime) -> dict[str, Any]:
    looks = looks_at(need.chain_key)
    is_open = opened(looks, actor, at)
    known = {c.giver.code: c.giver.label for c in need.commitments.all()}
    merged, alike = _same(need, Need.objects.visible_to(actor).select_related("category"))
    return {
        "contact": reading.contact(actor, need, opened=is_open),
        "contact_open": is_open,
        "look_form": LookForm(),
        "may_erase": may_ask_for_erasure(actor, need),
        "look_minutes": int(VALID.total_seconds() // 60),
        "looks": looks if reading.in_place(actor, need) else [],
        "line": timeline.render(need.story, known),
        "said": list(need.messages.select_related("author").order_by("at", "id")),
        "thanks": getattr(need, "thanks", None) if need.status == S.CONFIRMED else None,
        "photos": list(need.photos.order_by("at", "id")),
        "merged": merged,
        "similar": alike,
        "may_merge": refusal(actor, need, "merge") is None,
    }


def _same(need: Need, visible: NeedQuerySet) -> tuple[list[Need], list[Need]]:
    """What was merged into the need; and what may be the same, while it still waits to be arranged.

    Of `visible`. One query, and one more for each step of what was merged into what.
    """
    if need.status not in (S.FILED, S.VERIFIED, S.PUBLISHED) or need.hidden_path or need.walled:
        return joined(need, visible), []
    close = similar.nearby(
        need.kind,
        community_id=need.community_id,
        grid_id=need.grid_id,
        compound_id=need.compound_id,
        filed_at=need.filed_at,
    )
    near = visible.filter(close).exclude(pk=need.pk).order_by("-filed_at", "-pk")[: similar.COMPARED]
    # By key, so that each half goes by its own index; a half with a limit has to be wrapped to be joined.
    keys = Need.objects.filter(merged_into=need).values("pk")
    keys = keys.union(Need.objects.filter(pk__in=near.values("pk")).values("pk"))
    found = sorted(visible.filter(pk__in=keys), key=lambda n: (n.filed_at, n.pk), reverse=True)
    merged = joined(need, visible) if any(n.merged_into_id for n in found) else []
    return merged, similar.alike(need.text, need.category, (n for n in found if not n.merged_into_id))


def clock_of(need: Need, at: datetime) -> dict[str, Any] | None:
    """The clock that runs: what is due, by when, and how much of the time is used, in percent."""
    if not need.is_open:
        return None
    due, since = need.due_at, need.filed_at
    if need.status == S.DELIVERED:
        words, since = _("The asker is to be asked"), need.delivered_at or since
    elif need.waiting_since:
        words, since = _("The asker is to answer"), need.waiting_since
    elif need.responded_at is None:
        words = _("First answer due")
    else:
        words = _("Verification due") if need.status == S.FILED else _("Solution due")
    whole = (due - since).total_seconds() or 1
    used = min(100, max(0, round((at - since).total_seconds() / whole * 100)))
    return {"label": words, "due": due, "used": used, "late": due < at}


def _commitment(need: Need, verb: str, said: str | None) -> Commitment | None:
    """The commitment that a form names, or the only one on which the verb can work."""
    held = need.held()
    if said and said.isdecimal():
        return next((c for c in held if c.pk == whole(said)), None)
    wanted = VERBS[verb].commitment
    return next((c for c in held if c.status in wanted), None) or (held[0] if held else None)


def _taken_on(actor: Actor, number: str) -> str:
    """Who was first: the giver of a wish that left the reader's pool, as the public wall names it; else ""."""
    if not actor.has(Role.LIAISON) or Need.objects.visible_to(actor).filter(number=number).exists():
        return ""
    taken = wall("taken_on").filter(number=number).first()
    return taken.commitments.all()[0].giver.label if taken and taken.commitments.all() else ""


@posts(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def need_action(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """The form of one action on a page of its own, and where it is sent to."""
    action = ACTIONS.get(verb)
    if action is None:
        raise Http404
    actor = actor_of(request)
    if verb == "claim" and (first := _taken_on(actor, number)):
        messages.error(request, _("%(giver)s has taken it on already.") % {"giver": first})
        return HttpResponseRedirect(reverse("pool"))
    need = found(request, number)
    data = request.POST if request.method == "POST" else request.GET
    about = _commitment(need, verb, data.get("commitment")) if VERBS[verb].commitment else None
    if refused := refusal(actor, need, verb, about):
        return _refused(request, need, action, refused)
    if request.method != "POST":
        form = action.form(need=need, commitment=about, actor=actor)
        return _action_page(request, need, action, about, form)
    form = action.form(request.POST, request.FILES, need=need, commitment=about, actor=actor)
    return _carry_out(request, need, action, about, form)


def _carry_out(
    request: HttpRequest, need: Need, action: Action, about: Commitment | None, form: ActionForm
) -> HttpResponse:
    if not form.is_valid():
        return _action_page(request, need, action, about, form, status=422)
    try:
        action.run(need, about, form.cleaned_data, actor_of(request), now())  # type: ignore[arg-type]
    except Refusal as refused:
        refuse(form, refused)
        if isinstance(refused, Stale):
            version = Need.objects.values_list("version", flat=True).get(pk=need.pk)
            form.data = {**dict(form.data.items()), "version": str(version)}
        return _action_page(request, need, action, about, form, status=422)
    still = need_for(actor_of(request), need.number)
    messages.success(request, _done(action, still, actor_of(request)))
    if request.POST.get("back") == "calls":
        return HttpResponseRedirect(reverse("calls"))
    return HttpResponseRedirect(reverse("need", args=[need.number]) if still else reverse("desk"))


def _done(action: Action, need: Need | None, actor: Actor) -> str:
    """What is said after a step; with the way back where it was pressed by mistake."""
    if need is None or refusal(actor, need, "take_back"):
        return str(action.done)
    back = reverse("need_action", args=[need.number, "take_back"])
    return format_html('{} <a href="{}">{}</a>', action.done, back, _("By mistake? Take it back"))


def _action_page(
    request: HttpRequest,
    need: Need,
    action: Action,
    about: Commitment | None,
    form: ActionForm | None,
    *,
    refused: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "need": need,
        "title": reading.title_for(actor, need),
        "meta": reading.meta_line(actor, need),
        "text": need.text if reading.reads_words(actor, need) else "",
        "action": action,
        "commitment": about,
        "form": form,
        "refused": refused,
    }
    return render(request, "needs/action.html", context, status=status)


def _refused(request: HttpRequest, need: Need, action: Action, refused: Refusal) -> HttpResponse:
    """Why not, and who can: 422 keeps the reader on the page with the words."""
    status = 200 if request.method != "POST" else refused.status
    return _action_page(request, need, action, None, None, refused=refused, status=status)


def look(request: HttpRequest, need: Need) -> None:
    """Open the contact for ten minutes, for the purpose that was sent and is kept; without one, say so."""
    form = LookForm(request.POST)
    if form.is_valid():
        look_at_contact(need, actor=actor_of(request), at=now(), purpose=form.cleaned_data["purpose"])
    else:
        messages.error(request, _("Say what you need it for."))


@posts(*READERS)
@require_POST
def need_look(request: HttpRequest, number: str) -> HttpResponse:
    """Show the contact, on the page or in the list of calls."""
    need = found(request, number)
    look(request, need)
    if request.POST.get("back") == "calls":
        return HttpResponseRedirect(reverse("calls"))
    return HttpResponseRedirect(reverse("need", args=[need.number]) + "#contact")


@posts(*READERS)
@require_safe
def need_photo(request: HttpRequest, number: str, photo_id: int) -> FileResponse:
    """A photo of a need, for those who may read its words."""
    need = found(request, number)
    if not reading.reads_words(actor_of(request), need):
        raise PermissionDenied
    photo = Photo.objects.filter(need=need, pk=photo_id).first()
    path = photo_path(photo.file) if photo else None
    if path is None or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type="image/jpeg")
    response["Content-Disposition"] = f'inline; filename="{need.number}-{photo_id}.jpg"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
