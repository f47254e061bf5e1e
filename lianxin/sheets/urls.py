"""Importing."""

from django.urls import path

from lianxin.sheets import views

urlpatterns = [
    path("import/", views.imports, name="imports"),
    path("import/done/", views.import_done, name="import_done"),
    path("import/template/<slug:code>.xlsx", views.import_template, name="import_template"),
    path("import/<slug:token>/", views.import_now, name="import_now"),
    path("import/<slug:token>/errors.xlsx", views.import_errors, name="import_errors"),
]
