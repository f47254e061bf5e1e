"""`lianxin invite USER`: a one-time code for the first administrator of a new city, or for one who is locked out."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lianxin.accounts.actors import SYSTEM
from lianxin.accounts.models import User
from lianxin.core.clock import now
from lianxin.core.errors import Refusal
from lianxin.staffing.operations import renew_invitation
from lianxin.staffing.resets import take_factors_off


class Command(BaseCommand):
    help = "Prints a one-time code with which a user of the staff workbook sets a password. Kept in history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--without-factors", action="store_true", help="take the second factor off, too")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username__iexact=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']}. Import the staff workbook first.")
        try:
            if options["without_factors"]:
                take_factors_off(user, actor=SYSTEM, at=now())
            invited = renew_invitation(user, actor=SYSTEM, at=now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{user.username}: {invited.code}  ({settings.BASE_URL}/invited/)")
