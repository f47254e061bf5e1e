from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "lianxin.search"
    label = "search"
