from django.apps import AppConfig


class AllianceConfig(AppConfig):
    name = "lianxin.alliance"
    label = "alliance"

    def ready(self) -> None:
        from lianxin.alliance import figures, jobs, notices, sheets  # noqa: F401 - they register themselves
