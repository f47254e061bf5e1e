"""Changing organisations; included under workspace/."""

from django.urls import path

from lianxin.organisations import views

urlpatterns = [
    path("units/add/", views.unit_add, name="unit_add"),
    path("units/<slug:code>/edit/", views.unit_edit, name="unit_edit"),
    path("units/<slug:code>/serves/", views.unit_serve, name="unit_serve"),
    path("units/<slug:code>/serves/<slug:compound>/end/", views.unit_stop_serving, name="unit_stop_serving"),
]
