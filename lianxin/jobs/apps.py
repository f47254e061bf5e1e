from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "lianxin.jobs"
    label = "jobs"
