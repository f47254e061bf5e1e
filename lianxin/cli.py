"""The `lianxin` command: Django's commands and ours, under one name."""

import os
import sys


def main() -> None:
    """Run a management command: `lianxin stats --json`, `lianxin migrate`, …"""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
