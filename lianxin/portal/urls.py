"""Home, desk, display."""

from django.urls import path
from django.views.i18n import set_language

from lianxin.portal import staff_figures, views, workspace

urlpatterns = [
    path("", views.home, name="home"),
    path("display/", views.elder, name="elder"),
    path("language/", set_language, name="set_language"),
    path("work/", workspace.desk, name="desk"),
    path("work/menu/", workspace.menu, name="menu"),
    path("work/figures/", staff_figures.figures, name="figures"),
]
