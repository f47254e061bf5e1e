from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "lianxin.needs"
    label = "needs"

    def ready(self) -> None:
        from lianxin.needs import desk, figures, notices, panels, sheets  # noqa: F401 - they register themselves
