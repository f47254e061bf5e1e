"""Notices in the workspace."""

from django.urls import path

from lianxin.notifications import views

urlpatterns = [path("notices/", views.notices_page, name="notices")]
