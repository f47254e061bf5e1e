from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "lianxin.channels"
    label = "channels"

    def ready(self) -> None:
        from lianxin.channels import jobs  # noqa: F401 - it registers itself
