from django.apps import AppConfig


class PersonalConfig(AppConfig):
    name = "lianxin.personal"
    label = "personal"
