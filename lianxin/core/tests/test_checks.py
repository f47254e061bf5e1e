"""`lianxin check --deploy` refuses unsafe settings."""

import pytest
from django.core.checks import run_checks

SAFE = {
    "DEMO": False,
    "SECURE": True,
    "SECRET_KEY": "s" * 50,
    "FIELD_KEY": "f" * 50,
    "ALLOWED_HOSTS": ["lianxin.example"],
}


def errors() -> set[str]:
    return {str(m.id) for m in run_checks(include_deployment_checks=True) if str(m.id).startswith("lianxin.")}


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("DEMO", True, "lianxin.E001"),
        ("SECURE", False, "lianxin.E002"),
        ("SECRET_KEY", "short", "lianxin.E003"),
        ("FIELD_KEY", "s" * 50, "lianxin.E004"),
        ("ALLOWED_HOSTS", ["127.0.0.1"], "lianxin.E005"),
    ],
)
def test_each_unsafe_setting_is_refused(settings: object, name: str, value: object, error: str) -> None:
    for key, safe in SAFE.items():
        setattr(settings, key, safe)
    assert errors() == set()
    setattr(settings, name, value)
    assert errors() == {error}
