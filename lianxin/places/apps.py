from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "lianxin.places"
    label = "places"

    def ready(self) -> None:
        from lianxin.places import figures, sheets  # noqa: F401 - they register themselves
