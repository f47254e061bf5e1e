from django.apps import AppConfig


class StaffingConfig(AppConfig):
    name = "lianxin.staffing"
    label = "staffing"

    def ready(self) -> None:
        from lianxin.staffing import duty, jobs, notices, regridding, sheets  # noqa: F401 - they register themselves
