"""Addresses that are told of events, and what they were told; for the administrator."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lianxin.accounts.guards import actor_of, posts
from lianxin.accounts.models import Role
from lianxin.core.clock import now
from lianxin.core.crypto import decrypt, encrypt
from lianxin.core.errors import Refusal
from lianxin.core.paging import by_key
from lianxin.core.refusals import refuse
from lianxin.webhooks import operations
from lianxin.webhooks.forms import WebhookForm
from lianxin.webhooks.models import Delivery, Webhook
from lianxin.webhooks.registry import EVENTS

PAGE = 50
SECRET = "webhooks.secret"


def _show_once(request: HttpRequest, hook: Webhook) -> HttpResponse:
    request.session[SECRET] = encrypt(f"{hook.pk} {hook.secret}")
    return redirect("webhook", hook.pk)


@posts(Role.ADMIN)
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every address, and a form for one more."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            hook = operations.register_webhook(actor=actor_of(request), at=now(), **form.cleaned_data)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return _show_once(request, hook)
    context = {"hooks": Webhook.objects.select_related("scope").order_by("name", "pk"), "form": form}
    return render(request, "webhooks/webhooks.html", context, status=422 if form.errors else 200)


@posts(Role.ADMIN)
@require_safe
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One address: what it is told, and what came of each event."""
    hook = get_object_or_404(Webhook.objects.select_related("scope"), pk=pk)
    own, _space, secret = decrypt(request.session.get(SECRET, "")).partition(" ")
    if own == str(pk):
        del request.session[SECRET]
    rows = hook.deliveries.all()
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = by_key(rows, field="at", descending=True, size=PAGE, after=after, before=before)
    context = {
        "hook": hook,
        "page": page,
        "lines": [(row, EVENTS.get(row.event) or row.event) for row in page.rows],
        "told": [EVENTS.get(code) or code for code in hook.events],
        "secret": secret if own == str(pk) else "",
        "old": hook.old_until if hook.old_until and hook.old_until > now() else None,
    }
    response = render(request, "webhooks/webhook.html", context)
    response["Cache-Control"] = "no-store"
    return response


@posts(Role.ADMIN)
@require_POST
def webhook_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop telling an address, or begin again."""
    hook, on = get_object_or_404(Webhook, pk=pk), request.POST.get("on") == "yes"
    operations.switch_webhook(hook, actor=actor_of(request), at=now(), on=on)
    messages.success(request, _("It is told again.") if on else _("It is told nothing any more."))
    return redirect("webhook", pk)


@posts(Role.ADMIN)
@require_POST
def webhook_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret; it is shown once."""
    hook = get_object_or_404(Webhook, pk=pk)
    return _show_once(request, operations.renew_secret(hook, actor=actor_of(request), at=now()))


@posts(Role.ADMIN)
@require_POST
def webhook_again(request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
    """Send one event once more."""
    row = get_object_or_404(Delivery.objects.select_related("hook"), pk=delivery, hook_id=pk)
    try:
        operations.send_again(row, actor=actor_of(request), at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is sent within a few seconds."))
    return redirect("webhook", pk)
