"""The `lianxin` command: Django's commands and ours, under one name."""

import os
import sys


def main() -> None:
    """Run a management command: `lianxin stats --json`, `lianxin demo-accounts`, `lianxin migrate`, …"""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.settings")
    if sys.argv[1:2] == ["demo"]:
        os.environ.setdefault("LIANXIN_DEMO", "1")
    from django.core.management import execute_from_command_line

    arguments = sys.argv[:]
    if len(arguments) > 1 and not arguments[1].startswith("-"):
        arguments[1] = arguments[1].replace("-", "_")
    execute_from_command_line(arguments)


if __name__ == "__main__":
    main()
