"""The control: what Django alone takes for one insert and for fifty rows of one table, served in the same way.

`granian bench.bare:application`: no middleware, no forms, no rights; each insert is a transaction of its own.
"""

import os
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.settings")
settings.ROOT_URLCONF = __name__
settings.MIDDLEWARE = []
application = get_wsgi_application()


def insert(request: HttpRequest) -> HttpResponse:
    """One row of about the size of a need's answer."""
    from lianxin.core.clock import now
    from lianxin.core.models import SentForm

    key = request.headers["Idempotency-Key"]
    SentForm.objects.create(operation="bench", key=key, body_digest="", answer="x" * 400, created_at=now())
    return JsonResponse({"number": key}, status=201)


def rows(request: HttpRequest) -> HttpResponse:
    """Fifty rows of one table by its primary key."""
    from lianxin.core.models import SentForm

    found: list[Any] = list(SentForm.objects.order_by("-pk").values("pk", "key", "created_at")[:50])
    return JsonResponse({"rows": found})


urlpatterns = [path("insert", insert), path("rows", rows)]
