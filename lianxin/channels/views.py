"""The administrator's pages: which channels there are, whether they work, what did not go out."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.channels import operations, queries
from lianxin.channels.forms import ChannelForm, DeliveryFilter
from lianxin.channels.models import PERSONAL, Channel, ChannelKind, Delivery, State
from lianxin.core.clock import now
from lianxin.core.edits import refuse_edit
from lianxin.core.errors import Refusal
from lianxin.core.listing import as_workbook, listing, wants_workbook
from lianxin.core.refusals import refuse

TROUBLE = (State.FAILED, State.UNCLEAR)
SORTS = {"due": "due_at"}
LABELS: list[tuple[str, str | Promise]] = [
    ("due", gettext_lazy("When")),
    ("channel", gettext_lazy("Channel")),
    ("reader", gettext_lazy("To whom")),
    ("what", gettext_lazy("What")),
    ("state", gettext_lazy("State")),
    ("again", pgettext_lazy("heading of buttons", "Do")),
]


@posts(Role.ADMIN)
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel, what it did in the last day, and what can be added."""
    at = now()
    rows = list(queries.channels_there().order_by(F("scope__path").asc(nulls_first=True), "kind", "pk"))
    counts = queries.counts_since(at - timedelta(days=1))
    tests = Delivery.objects.filter(notice=None, digest_on=None).order_by("channel", "-pk")
    last_test: dict[int, Delivery] = {}
    for test in tests.filter(due_at__gte=at - timedelta(days=7)):
        last_test.setdefault(test.channel_id, test)
    there = {row.kind for row in rows if row.is_personal}
    context = {
        "rows": [(row, counts.get(row.pk, {}), last_test.get(row.pk)) for row in rows],
        "addable": [kind for kind in ChannelKind if kind not in there],
        "troubled": queries.troubled(at),
    }
    return render(request, "channels/channels.html", context)


@sensitive_post_parameters()
@posts(Role.ADMIN)
def channel_add(request: HttpRequest, kind: str) -> HttpResponse:
    """Set up a channel of a kind."""
    if kind not in ChannelKind.values:
        raise Http404
    form = ChannelForm(request.POST or None, kind=kind, is_new=True)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        wanted = {"scope": data.get("scope"), "address": data["address"], "language": data.get("language", "")}
        try:
            operations.add_channel(kind, actor=actor_of(request), at=now(), **wanted)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Set up. Send a test now."))
            return redirect("channels")
    return _form_page(request, form, ChannelKind(kind), None)


def _form_page(request: HttpRequest, form: ChannelForm, kind: ChannelKind, channel: Channel | None) -> HttpResponse:
    context = {"form": form, "kind": kind, "channel": channel, "is_group": kind not in PERSONAL}
    response = render(request, "channels/channel.html", context, status=422 if form.is_bound else 200)
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters()
@posts(Role.ADMIN)
def channel_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a channel another address or language."""
    channel = get_object_or_404(queries.channels_there(), pk=pk)
    initial = {"language": channel.language, "version": channel.version}
    form = ChannelForm(request.POST or None, kind=channel.kind, is_new=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            operations.change_channel(
                channel,
                actor=actor_of(request),
                at=now(),
                version=data["version"] or 0,
                address=data["address"],
                language=data.get("language", ""),
            )
        except Refusal as refusal:
            refuse_edit(form, refusal, Channel.objects.get(pk=pk).version)
        else:
            messages.success(request, _("Saved."))
            return redirect("channels")
    return _form_page(request, form, ChannelKind(channel.kind), channel)


@posts(Role.ADMIN)
@require_POST
def channel_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a channel on or off."""
    channel = get_object_or_404(queries.channels_there(), pk=pk)
    operations.switch_channel(channel, actor=actor_of(request), at=now(), on=request.POST.get("on") == "1")
    messages.success(request, _("Saved."))
    return redirect("channels")


@posts(Role.ADMIN)
def channel_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, then take a channel away."""
    channel = get_object_or_404(queries.channels_there(), pk=pk)
    if request.method == "POST":
        operations.remove_channel(channel, actor=actor_of(request), at=now())
        messages.success(request, _("The channel is removed."))
        return redirect("channels")
    waiting = channel.deliveries.filter(state=State.WAITING).count()
    return render(request, "channels/channel_remove.html", {"channel": channel, "waiting": waiting})


@posts(Role.ADMIN)
@require_POST
def channel_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the worker send a test."""
    channel = get_object_or_404(queries.channels_there(), pk=pk)
    try:
        operations.try_channel(channel, actor=actor_of(request), at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The test goes out within a minute; what came of it stands here then."))
    return redirect("channels")


def what_of(delivery: Delivery) -> str:
    """What a delivery tells, in a word."""
    if delivery.is_test:
        return _("Test")
    if delivery.digest_on is None:
        return _("Emergency")
    return _("Digest of %(day)s") % {"day": formats.date_format(delivery.digest_on, "SHORT_DATE_FORMAT")}


def _line(delivery: Delivery) -> list[object]:
    to = delivery.user.name if delivery.user else _("the group")
    state = State(delivery.state).label
    label = ChannelKind(delivery.channel.kind).label
    return [delivery.due_at, str(label), to, what_of(delivery), str(state), delivery.tries, delivery.error]


@posts(Role.ADMIN)
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """What went out and what did not; first what needs a look."""
    form = DeliveryFilter(request.GET or None)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    rows = Delivery.objects.select_related("channel__scope", "user", "notice")
    if state != "all":
        rows = rows.filter(state__in=[state] if state else TROUBLE)
    if wants_workbook(request):
        heads = [label for code, label in LABELS if code != "again"]
        return as_workbook("deliveries", [*heads, _("Tries"), _("Why")], rows.order_by("-due_at", "-pk"), _line)
    shown = listing(request, rows, sorts=SORTS, labels=LABELS, default="-due")
    at = now()
    context = {
        "list": shown,
        "page": shown.page,
        "lines": [(row, what_of(row), row.state in TROUBLE, queries.too_old(row, at)) for row in shown.page.rows],
        "filter": form,
    }
    return render(request, "channels/deliveries.html", context)


@posts(Role.ADMIN)
@require_POST
def delivery_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send again what failed or is unclear."""
    delivery = get_object_or_404(Delivery.objects.select_related("channel"), pk=pk)
    try:
        operations.send_again(delivery, actor=actor_of(request), at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It goes out within a minute."))
    return redirect("deliveries")
