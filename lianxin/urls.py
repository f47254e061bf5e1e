"""Every address; each has a row in the permission table (tests/test_permissions.py)."""

from django.urls import include, path

from lianxin.portal import api

urlpatterns = [
    path("", include("lianxin.portal.urls")),
    path("", include("lianxin.accounts.urls")),
    path("", include("lianxin.needs.urls.public")),
    path("", include("lianxin.board.urls")),
    path("workspace/", include("lianxin.needs.urls.work")),
    path("workspace/", include("lianxin.notifications.urls")),
    path("workspace/", include("lianxin.channels.urls")),
    path("workspace/", include("lianxin.sheets.urls")),
    path("workspace/", include("lianxin.rulebook.urls")),
    path("workspace/", include("lianxin.jobs.urls")),
    path("workspace/", include("lianxin.figures.urls")),
    path("workspace/", include("lianxin.personal.urls")),
    path("workspace/", include("lianxin.webhooks.urls")),
    path("api/v1/", api.urls),
    path("api", api.nothing_here, name="api-root"),
    path("api/", api.nothing_here, name="api-root"),
    path("api/<path:rest>", api.nothing_here, name="api-nothing"),
    path("", include("lianxin.staffing.urls")),
    path("workspace/", include("lianxin.places.urls")),
    path("workspace/", include("lianxin.organisations.urls")),
    path("workspace/", include("lianxin.alliance.urls")),
]
