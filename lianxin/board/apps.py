from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "lianxin.board"
    label = "board"

    def ready(self) -> None:
        from lianxin.board import jobs, sheets  # noqa: F401 - they register themselves
