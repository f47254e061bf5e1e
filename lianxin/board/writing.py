"""Workspace pages: writing on the public column, and posters with a QR code."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.board import operations, queries
from lianxin.board.forms import CorrectPost, PosterForm, PostFilter, PublishForm, communities_of
from lianxin.board.models import Post
from lianxin.board.rules import WRITERS, looks_like_a_name, may_post
from lianxin.core import pdf
from lianxin.core.clock import now
from lianxin.core.edits import refuse_edit
from lianxin.core.errors import Refusal
from lianxin.core.listing import as_workbook, listing, wants_workbook
from lianxin.core.qr import qr_uri
from lianxin.core.refusals import refuse
from lianxin.places.models import Community, Compound, Grid

SORTS = {"published": "published_on", "title": "title", "category": "category"}
LABELS = [
    ("title", gettext_lazy("Title")),
    ("category", gettext_lazy("Category")),
    ("where", gettext_lazy("Where")),
    ("published", gettext_lazy("Published on")),
    ("state", gettext_lazy("State")),
]


def _mine(request: HttpRequest) -> QuerySet[Post]:
    actor = actor_of(request)
    rows = Post.objects.select_related("community__town", "compound")
    return rows if actor.has(Role.CITY) else rows.filter(community__in=communities_of(actor))


def _filtered(rows: QuerySet[Post], form: PostFilter) -> QuerySet[Post]:
    data = form.cleaned_data if form.is_valid() else {}
    rows = queries.search(rows, data.get("q", ""))
    if place := data.get("community"):
        rows = rows.filter(Q(community=None) if place == "-" else Q(community__code=place))
    if category := data.get("category"):
        rows = rows.filter(category=category)
    if data.get("state") == "all":
        return rows
    return rows.filter(taken_down_at__isnull=data.get("state") != "down")


def _where(post: Post) -> str:
    place = post.compound or post.community
    return place.label if place else _("The whole city")


@posts(*WRITERS)
def post_list(request: HttpRequest) -> HttpResponse:
    """The notices of the reader's communities."""
    form = PostFilter(request.GET or None, actor=actor_of(request))
    rows = _filtered(_mine(request), form)
    if wants_workbook(request):
        return as_workbook(
            "public-column",
            [label for _code, label in LABELS],
            rows.order_by("-published_on", "-pk"),
            lambda p: [
                p.label,
                p.get_category_display(),
                _where(p),
                p.published_on,
                _("down") if p.taken_down_at else "",
            ],
        )
    shown = listing(request, rows, sorts=SORTS, labels=LABELS, default="-published")
    context = {
        "list": shown,
        "page": shown.page,
        "rows": [(post, _where(post)) for post in shown.page.rows],
        "filter": form,
    }
    return render(request, "board/posts.html", context)


def _warn_of_names(request: HttpRequest, post: Post) -> None:
    if words := looks_like_a_name(f"{post.title}\n{post.body}"):
        messages.warning(
            request,
            _("“%(words)s” looks like a person's name. Correct the notice if that person did not agree.")
            % {"words": words},
        )


@posts(*WRITERS)
def post_new(request: HttpRequest) -> HttpResponse:
    """Publish a notice."""
    actor = actor_of(request)
    form = PublishForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        named = {name: values.pop(name) for name in ("key", "community", "compound")}
        try:
            post = operations.publish_post(actor=actor, at=now(), values=values, **named)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("It is on the public column now."))
            _warn_of_names(request, post)
            return redirect("posts")
    return render(request, "board/post_form.html", {"form": form}, status=422 if form.is_bound else 200)


def _post(request: HttpRequest, code: str) -> Post:
    post = get_object_or_404(_mine(request), code=code)
    if not may_post(actor_of(request), post.community):
        raise PermissionDenied
    return post


@posts(*WRITERS)
def post_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Correct a notice."""
    post = _post(request, code)
    initial = {name: getattr(post, name) for name in operations.FIELDS} | {"version": post.version}
    form = CorrectPost(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            post = operations.correct_post(post, actor=actor_of(request), at=now(), version=version, values=values)
        except Refusal as refusal:
            post.refresh_from_db()
            refuse_edit(form, refusal, post.version)
        else:
            messages.success(request, _("Saved."))
            _warn_of_names(request, post)
            return redirect("posts")
    context = {"form": form, "post": post}
    return render(request, "board/post_form.html", context, status=422 if form.is_bound else 200)


@posts(*WRITERS)
@require_POST
def post_take_down(request: HttpRequest, code: str) -> HttpResponse:
    """Take a notice off the public column."""
    operations.take_down_post(_post(request, code), actor=actor_of(request), at=now())
    messages.success(request, _("The notice is off the public column."))
    return redirect("posts")


@posts(Role.GRID_WORKER, *WRITERS)
def posters(request: HttpRequest) -> HttpResponse:
    """Choose which posters to print."""
    return render(request, "board/posters.html", {"form": PosterForm(actor=actor_of(request))})


def _spots(community: Community, which: str) -> list[Any]:
    if which == "compounds":
        return list(Compound.objects.filter(community=community).order_by("code"))
    return (
        list(Grid.objects.standing().filter(community=community).order_by("code")) if which == "grids" else [community]
    )


@posts(Role.GRID_WORKER, *WRITERS)
def posters_print(request: HttpRequest) -> HttpResponse:
    """The posters, one on each A4 page."""
    form = PosterForm(request.GET, actor=actor_of(request))
    if not form.is_valid():
        return render(request, "board/posters.html", {"form": form}, status=422)
    community = form.cleaned_data["community"]
    sheets = [
        {"place": spot, "qr": qr_uri(f"{settings.BASE_URL}/q/{spot.code}/")}
        for spot in _spots(community, form.cleaned_data["which"])
    ]
    context = {"community": community, "sheets": sheets, "address": settings.BASE_URL}
    return pdf.page(request, "board/posters_print.html", context, name="posters")
