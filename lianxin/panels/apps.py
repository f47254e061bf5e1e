from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "lianxin.panels"
    label = "panels"
