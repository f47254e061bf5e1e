from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "lianxin.organisations"
    label = "organisations"

    def ready(self) -> None:
        from lianxin.organisations import panels, sheets  # noqa: F401 - they register themselves
