from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "lianxin.core"
    label = "core"

    def ready(self) -> None:
        from lianxin.core import checks  # noqa: F401 - they register themselves
