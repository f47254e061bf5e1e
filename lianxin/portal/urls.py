"""Home, desk, display."""

from django.urls import path
from django.views.i18n import set_language

from lianxin.portal import open_figures, place, public, staff_figures, views, workspace

urlpatterns = [
    path("", public.home, name="home"),
    path("place/", place.choose_place, name="choose_place"),
    path("figures/", open_figures.open_figures, name="open_figures"),
    path("figures/csv/", open_figures.open_figures_csv, name="open_figures_csv"),
    path("figures/json/", open_figures.open_figures_json, name="open_figures_json"),
    path("figures/data/", open_figures.open_data, name="open_data"),
    path("privacy/", public.privacy, name="privacy"),
    path("accessibility/", public.accessibility, name="accessibility"),
    path("demo/", views.demo_page, name="demo"),
    path("display/", views.elder, name="elder"),
    path("language/", set_language, name="set_language"),
    path("workspace/", workspace.desk, name="desk"),
    path("workspace/menu/", workspace.menu, name="menu"),
    path("workspace/figures/", staff_figures.figures, name="figures"),
]
