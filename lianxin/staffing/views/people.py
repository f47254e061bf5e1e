"""People and their posts."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from lianxin.accounts.actors import Actor
from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Appointment, Scope, ScopeKind, User
from lianxin.core.clock import local_day, now
from lianxin.core.crypto import decrypt, encrypt
from lianxin.core.errors import Refusal
from lianxin.core.listing import as_workbook, listing, wants_workbook
from lianxin.core.refusals import refuse
from lianxin.core.values import value
from lianxin.staffing import handing, operations, resets
from lianxin.staffing.forms import EndForm, HandOverForm, InviteForm, PostForm, StaffFilter
from lianxin.staffing.queries import appointments_for, held_on, may_manage, person_for
from lianxin.staffing.rules import MANAGERS, may_appoint
from lianxin.staffing.security_forms import ResetForm
from lianxin.staffing.steps import has_ended

SLIP = "staffing.slip"
SORTS = {"name": "person", "role": "role", "place": "place", "from": "from_on"}
LABELS = [
    ("name", pgettext_lazy("of a person", "Name")),
    ("role", gettext_lazy("Role")),
    ("place", gettext_lazy("Place")),
    ("from", gettext_lazy("From")),
    ("to", gettext_lazy("Last day")),
]


def _filtered(rows: QuerySet[Appointment], form: StaffFilter) -> QuerySet[Appointment]:
    data = form.cleaned_data if form.is_valid() else {}
    today = local_day(now())
    if words := data.get("q"):
        rows = rows.filter(
            Q(user__name__icontains=words) | Q(user__name_en__icontains=words) | Q(user__username__icontains=words)
        )
    if role := data.get("role"):
        rows = rows.filter(role=role)
    if place := data.get("place"):
        rows = rows.filter(
            Q(scope__path__startswith=place) | Q(scope__organisation__community__scope__path__startswith=place)
        )
    if data.get("held") == "all":
        return rows
    return rows.filter(to_on__lt=today) if data.get("held") == "ended" else held_on(rows, today)


def _places(rows: QuerySet[Appointment]) -> list[tuple[str, str]]:
    kinds = (ScopeKind.TOWN, ScopeKind.COMMUNITY)
    paths = {p.path for p in Scope.objects.filter(pk__in=rows.values("scope_id"))}
    places = Scope.objects.filter(kind__in=kinds).order_by("path")
    return [(s.path, s.label) for s in places if any(p.startswith(s.path) for p in paths)]


@posts(*MANAGERS)
def staff(request: HttpRequest) -> HttpResponse:
    """Who holds which post, in the places that the reader looks after."""
    actor = actor_of(request)
    mine = appointments_for(actor)
    form = StaffFilter(request.GET or None, places=_places(mine))
    rows = _filtered(mine, form)
    if wants_workbook(request):
        return as_workbook(
            "staff",
            [_("User name"), *(label for _code, label in LABELS)],
            rows.order_by("user__name", "pk"),
            lambda a: [a.user.username, a.user.name, a.get_role_display(), a.scope.label, a.from_on, a.to_on],
        )
    shown = listing(request, rows, sorts=SORTS, labels=LABELS, default="name")
    context = {"list": shown, "page": shown.page, "filter": form}
    return render(request, "staffing/staff.html", context)


@posts(*MANAGERS)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a new user; the code then stands on a slip, once."""
    actor = actor_of(request)
    form = InviteForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        role, scope = data["post"]
        try:
            done = operations.invite_user(
                actor=actor,
                at=now(),
                key=data["key"],
                username=data["username"],
                name=data["name"],
                name_en=data["name_en"],
                email=data["email"],
                phone=data["phone"],
                role=role,
                scope=scope,
            )
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return to_slip(request, done.user, done.code)
    status = 422 if form.is_bound else 200
    return render(request, "staffing/invite.html", {"form": form}, status=status)


def to_slip(request: HttpRequest, user: User, code: str | None) -> HttpResponse:
    """On to the slip, which shows the code once."""
    if code:
        request.session[SLIP] = encrypt(f"{user.username} {code}")
    return redirect("invitation")


@posts(*MANAGERS)
def invitation(request: HttpRequest) -> HttpResponse:
    """The slip with a one-time code, shown once and kept nowhere."""
    username, _space, code = decrypt(request.session.pop(SLIP, "")).partition(" ")
    user = User.objects.filter(username=username).first()
    is_reset = bool(code) and resets.is_reset(code)
    valid = value(resets.RESET_DAYS if is_reset else operations.INVITATION_DAYS)
    context = {
        "is_reset": is_reset,
        "person": user,
        "code": code,
        "valid_days": valid,
        "where": request.build_absolute_uri("/invited/"),
    }
    response = render(request, "staffing/invitation.html", context)
    response["Cache-Control"] = "no-store"
    return response


def find_person(request: HttpRequest, username: str) -> User:
    """The person, if the reader looks after them; 404 otherwise."""
    found = person_for(actor_of(request), username)
    if found is None:
        raise Http404
    return found


@posts(*MANAGERS)
def person(request: HttpRequest, username: str) -> HttpResponse:
    """A person's posts, and what the reader may change about them."""
    return _show(request, find_person(request, username), PostForm(actor=actor_of(request)))


def _colleagues(actor: Actor, user: User) -> QuerySet[User]:
    """Who can take over from `user`: everybody else with a post in the places that the actor looks after."""
    held = held_on(appointments_for(actor), local_day(now()))
    found = User.objects.filter(is_active=True, pk__in=held.order_by().values("user_id"))
    return found.exclude(pk=user.pk).order_by("name", "pk")


def _show(
    request: HttpRequest,
    user: User,
    form: PostForm,
    *,
    sent: tuple[int, HandOverForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    rows = Appointment.objects.filter(user=user).select_related("scope__organisation__community__scope")
    rows = rows.select_related("stands_in_for__user")
    theirs = handing.running(now()).select_related("user").order_by("from_on", "pk")
    rows = rows.prefetch_related(Prefetch("stand_ins", queryset=theirs, to_attr="substitutes"))
    people = _colleagues(actor, user)
    held = [_line(actor, a, people, sent) for a in rows.order_by("-from_on", "-pk")]
    waiting = user.invitations.filter(used_at=None, expires_at__gt=now()).first()
    context = {
        "person": user,
        "held": held,
        "form": form,
        "waiting": waiting,
        "reset": resets.open_resets(user, now()).first(),
        "reset_form": ResetForm(),
        "may_manage": actor.user_id != user.pk and may_manage(actor, user, local_day(now())),
        "today": local_day(now()),
        "has_password": user.has_usable_password(),
    }
    return render(request, "staffing/person.html", context, status=status)


def _line(
    actor: Actor, post: Appointment, people: QuerySet[User], sent: tuple[int, HandOverForm] | None
) -> dict[str, Any]:
    body = getattr(post.scope, "organisation", None)
    home = body.community.scope.path if body is not None and body.community else ""
    if not may_appoint(actor, post.role, post.scope.path, home):
        return {"post": post}
    over = has_ended(post, now())
    if over or post.stands_in_for_id is not None:
        return {"post": post, "may_stop": post.stands_in_for_id is not None and not over}
    mine = sent[1] if sent and sent[0] == post.pk else None
    first = {"from_on": local_day(now())}
    return {
        "post": post,
        "form": EndForm(initial={"last_on": post.to_on or local_day(now())}, prefix=f"post-{post.pk}"),
        "hand_over": mine or HandOverForm(people=people, initial=first, prefix=f"hand-{post.pk}"),
        "open": mine is not None,
    }


@posts(*MANAGERS)
@require_POST
def person_appoint(request: HttpRequest, username: str) -> HttpResponse:
    """Give a person one more post."""
    user = find_person(request, username)
    form = PostForm(request.POST, actor=actor_of(request))
    if form.is_valid():
        role, scope = form.cleaned_data["post"]
        try:
            operations.appoint(user, actor=actor_of(request), at=now(), role=role, scope=scope)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("%(name)s has the new post.") % {"name": user.name})
            return redirect("person", user.username)
    return _show(request, user, form, status=422)


@posts(*MANAGERS)
@require_POST
def person_end(request: HttpRequest, username: str, pk: int) -> HttpResponse:
    """End one of a person's posts."""
    user = find_person(request, username)
    post = get_object_or_404(user.appointments, pk=pk)
    form = EndForm(request.POST, prefix=f"post-{pk}")
    last = form.cleaned_data["last_on"] if form.is_valid() else None
    try:
        post = operations.end_appointment(post, actor=actor_of(request), at=now(), last_on=last)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The post ends on %(day)s.") % {"day": post.to_on})
    return redirect("person", user.username)


@posts(*MANAGERS)
@require_POST
def person_hand_over(request: HttpRequest, username: str, pk: int) -> HttpResponse:
    """Somebody else takes a post's work on: as a substitute, or for good."""
    actor, user = actor_of(request), find_person(request, username)
    post = get_object_or_404(user.appointments.select_related("scope"), pk=pk)
    form = HandOverForm(request.POST, people=_colleagues(actor, user), prefix=f"hand-{pk}")
    if form.is_valid():
        data = form.cleaned_data
        to = data["to"]
        try:
            if data["how"] == "good":
                _post, passed = handing.hand_over(post, actor=actor, at=now(), to=to)
            else:
                days = {"from_on": data["from_on"], "to_on": data["to_on"]}
                _post, passed = handing.stand_in(post, actor=actor, at=now(), to=to, **days)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            said = ngettext(
                "%(name)s takes over. %(n)s thing in hand has passed.",
                "%(name)s takes over. %(n)s things in hand have passed.",
                passed,
            )
            messages.success(request, said % {"name": to.name, "n": passed})
            return redirect("person", user.username)
    return _show(request, user, PostForm(actor=actor), sent=(pk, form), status=422)


@posts(*MANAGERS)
@require_POST
def person_back(request: HttpRequest, username: str, pk: int) -> HttpResponse:
    """Whoever was away is back before the day; what a substitute has passes back."""
    user = find_person(request, username)
    post = get_object_or_404(user.appointments, pk=pk)
    try:
        passed = handing.stop_stand_in(post, actor=actor_of(request), at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext("%(n)s thing in hand has passed back.", "%(n)s things in hand have passed back.", passed)
        messages.success(request, said % {"n": passed})
    return redirect("person", user.username)


@posts(*MANAGERS)
@require_POST
def person_renew(request: HttpRequest, username: str) -> HttpResponse:
    """A new one-time code for a person who never set a password."""
    user = find_person(request, username)
    try:
        done = operations.renew_invitation(user, actor=actor_of(request), at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("person", user.username)
    return to_slip(request, done.user, done.code)


@posts(*MANAGERS)
@require_POST
def person_close(request: HttpRequest, username: str) -> HttpResponse:
    """Shut a person's account out at once."""
    user = find_person(request, username)
    try:
        operations.deactivate_user(user, actor=actor_of(request), at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The account of %(name)s is closed.") % {"name": user.name})
    return redirect("person", user.username)
