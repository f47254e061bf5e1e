from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "lianxin.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        from lianxin.webhooks import jobs, notices  # noqa: F401 - they register themselves
