from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "lianxin.figures"
    label = "figures"
