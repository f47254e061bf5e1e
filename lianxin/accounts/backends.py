"""Who a name and a password, or a session, stand for."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from lianxin.accounts.actors import held_by, remember_posts
from lianxin.accounts.models import User
from lianxin.accounts.names import find_user


class Backend(BaseBackend):
    """Reads a session's user together with the user's posts: one query a request."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **kwargs: Any
    ) -> User | None:
        """The user with this name, e-mail address or work telephone and this password; None otherwise."""
        user = find_user(username)
        if user is None:
            # Takes as long as a wrong password, so that names can't be guessed by the clock.
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The user behind a session, None when inactive."""
        held = list(held_by(user_id))
        user = held[0].user if held else User.objects.filter(pk=user_id).first()
        if user is None or not user.is_active:
            return None
        remember_posts(user, held)
        return user
