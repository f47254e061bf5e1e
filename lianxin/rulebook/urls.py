"""Addresses of the city's values."""

from django.urls import path

from lianxin.rulebook import views

urlpatterns = [
    path("settings/", views.values, name="values"),
    path("settings/<str:code>/", views.value_page, name="value"),
    path("settings/<str:code>/call-off/", views.value_call_off, name="value_call_off"),
]
