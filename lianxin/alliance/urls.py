"""Units and helpers; included under workspace/."""

from django.urls import path

from lianxin.alliance import helper_views, views

urlpatterns = [
    path("units/", views.units, name="units"),
    path("units/<slug:code>/", views.unit, name="unit"),
    path("units/<slug:code>/join/", views.unit_join, name="unit_join"),
    path("units/<slug:code>/leave/<slug:community>/", views.unit_leave, name="unit_leave"),
    path("units/<slug:code>/registration/", views.unit_report, name="unit_report"),
    path("units/<slug:code>/registration/accept/", views.unit_accept, name="unit_accept"),
    path("units/<slug:code>/helpers/", views.helper_add, name="helper_add"),
    path("helpers/", helper_views.helpers, name="helpers"),
    path("helpers/<slug:helper>/", helper_views.helper_held, name="helper_held"),
    path("helpers/<slug:helper>/look/", helper_views.helper_look, name="helper_look"),
    path("helpers/<slug:helper>/file/", helper_views.helper_file, name="helper_file"),
    path("helpers/<slug:helper>/end/", helper_views.helper_end, name="helper_end"),
    path("helpers/<slug:helper>/erase/", helper_views.helper_erase, name="helper_erase"),
]
