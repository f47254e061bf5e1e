"""Addresses of the schedule."""

from django.urls import path

from lianxin.jobs import views

urlpatterns = [
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<str:code>/again/", views.job_again, name="job_again"),
]
