"""People and their posts."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Appointment, Scope, ScopeKind, User
from lianxin.core.clock import local_day, now
from lianxin.core.crypto import decrypt, encrypt
from lianxin.core.errors import Refusal
from lianxin.core.listing import as_workbook, listing, wants_workbook
from lianxin.core.refusals import refuse
from lianxin.staffing import operations
from lianxin.staffing.forms import EndForm, InviteForm, PostForm, StaffFilter
from lianxin.staffing.queries import appointments_for, held_on, may_manage, person_for
from lianxin.staffing.rules import MANAGERS, may_appoint

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
    context = {"list": shown, "page": shown.page, "count_text": shown.count_text, "filter": form}
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
                role=role,
                scope=scope,
            )
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return _to_slip(request, done)
    status = 422 if form.is_bound else 200
    return render(request, "staffing/invite.html", {"form": form}, status=status)


def _to_slip(request: HttpRequest, done: operations.Invited) -> HttpResponse:
    if done.code:
        request.session[SLIP] = encrypt(f"{done.user.username} {done.code}")
    return redirect("invitation")


@posts(*MANAGERS)
def invitation(request: HttpRequest) -> HttpResponse:
    """The slip with a one-time code, shown once and kept nowhere."""
    username, _space, code = decrypt(request.session.pop(SLIP, "")).partition(" ")
    user = User.objects.filter(username=username).first()
    valid = operations.INVITATION_LASTS.days
    context = {
        "person": user,
        "code": code,
        "valid_days": valid,
        "where": request.build_absolute_uri("/invited/"),
    }
    response = render(request, "staffing/invitation.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _person(request: HttpRequest, username: str) -> User:
    found = person_for(actor_of(request), username)
    if found is None:
        raise Http404
    return found


@posts(*MANAGERS)
def person(request: HttpRequest, username: str) -> HttpResponse:
    """A person's posts, and what the reader may change about them."""
    return _show(request, _person(request, username), PostForm(actor=actor_of(request)))


def _show(request: HttpRequest, user: User, form: PostForm, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    rows = Appointment.objects.filter(user=user).select_related("scope__organisation__community__scope")
    held = [_line(actor, a) for a in rows.order_by("-from_on", "-pk")]
    waiting = user.invitations.filter(used_at=None, expires_at__gt=now()).first()
    context = {
        "person": user,
        "held": held,
        "form": form,
        "waiting": waiting,
        "may_manage": actor.user_id != user.pk and may_manage(actor, user, local_day(now())),
        "today": local_day(now()),
        "has_password": user.has_usable_password(),
    }
    return render(request, "staffing/person.html", context, status=status)


def _line(actor: Any, post: Appointment) -> dict[str, Any]:
    body = getattr(post.scope, "organisation", None)
    home = body.community.scope.path if body is not None and body.community else ""
    form = EndForm(initial={"last_on": local_day(now())}, prefix=f"post-{post.pk}")
    may = post.to_on is None and may_appoint(actor, post.role, post.scope.path, home)
    return {"post": post, "form": form if may else None}


@posts(*MANAGERS)
@require_POST
def person_appoint(request: HttpRequest, username: str) -> HttpResponse:
    """Give a person one more post."""
    user = _person(request, username)
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
    user = _person(request, username)
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
def person_renew(request: HttpRequest, username: str) -> HttpResponse:
    """A new one-time code for a person who lost the password."""
    user = _person(request, username)
    return _to_slip(request, operations.renew_invitation(user, actor=actor_of(request), at=now()))


@posts(*MANAGERS)
@require_POST
def person_close(request: HttpRequest, username: str) -> HttpResponse:
    """Shut a person's account out at once."""
    user = _person(request, username)
    try:
        operations.deactivate_user(user, actor=actor_of(request), at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The account of %(name)s is closed.") % {"name": user.name})
    return redirect("person", user.username)
