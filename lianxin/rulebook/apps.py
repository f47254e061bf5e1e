from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "lianxin.rulebook"
    label = "rulebook"
