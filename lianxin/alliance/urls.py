"""Units; included under workspace/."""

from django.urls import path

from lianxin.alliance import views

urlpatterns = [
    path("units/", views.units, name="units"),
    path("units/<slug:code>/", views.unit, name="unit"),
    path("units/<slug:code>/join/", views.unit_join, name="unit_join"),
    path("units/<slug:code>/leave/<slug:community>/", views.unit_leave, name="unit_leave"),
    path("units/<slug:code>/registration/", views.unit_report, name="unit_report"),
    path("units/<slug:code>/registration/accept/", views.unit_accept, name="unit_accept"),
    path("units/<slug:code>/helpers/", views.helper_add, name="helper_add"),
    path("units/<slug:code>/helpers/<slug:helper>/remove/", views.helper_remove, name="helper_remove"),
]
