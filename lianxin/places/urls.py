"""Pages of places; included under workspace/."""

from django.urls import path

from lianxin.places import regrid_views, views

urlpatterns = [
    path("places/", views.places, name="places"),
    path("places/add/<slug:kind>/", views.place_add, name="place_add"),
    path("places/grid/<slug:code>/split/", regrid_views.grid_split, name="grid_split"),
    path("places/grid/<slug:code>/merge/", regrid_views.grid_merge, name="grid_merge"),
    path("places/<slug:kind>/<slug:code>/edit/", views.place_edit, name="place_edit"),
    path("places/<slug:code>/", views.place, name="place"),
]
