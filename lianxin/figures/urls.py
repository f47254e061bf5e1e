"""Addresses of the comparison; included under workspace/."""

from django.urls import path

from lianxin.figures import views

urlpatterns = [
    path("tallies/", views.tallies, name="tallies"),
    path("tallies/<int:comparison>/rebuild/", views.tallies_rebuild, name="tallies_rebuild"),
]
