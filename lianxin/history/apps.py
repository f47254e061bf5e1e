from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "lianxin.history"
    label = "history"
