"""Addresses of looks and erasures."""

from django.urls import path

from lianxin.personal import views

urlpatterns = [
    path("looks/", views.looks, name="looks"),
    path("erasures/", views.erasures, name="erasures"),
]
