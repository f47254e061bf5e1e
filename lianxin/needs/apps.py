from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "lianxin.needs"
    label = "needs"

    def ready(self) -> None:
        from lianxin.needs import (  # noqa: F401 - they register themselves
            counting,
            desk,
            events,
            figures,
            helping,
            jobs,
            notices,
            panels,
            regridding,
            searching,
            sheets,
            tallying,
        )
        from lianxin.needs.operations import handing  # noqa: F401 - it registers itself
