from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "lianxin.board"
    label = "board"

    def ready(self) -> None:
        from lianxin.board import sheets  # noqa: F401 - it registers itself
