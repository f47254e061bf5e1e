"""What an operation says when it will not do what it was asked.

Each error carries a sentence for a person (already translatable) and a stable code for the API.
"""

from typing import Any

from django.utils.functional import Promise

Words = str | Promise


class Refusal(Exception):
    """An operation was not carried out; nothing was changed."""

    code = "refused"
    status = 409
    # What a program is told beside the words: fields of the API's problem.
    told: dict[str, Any] = {}

    def __init__(self, words: Words, *, code: str | None = None, field: str | None = None) -> None:
        """`words`: why, and who can or what to do. `field`: the form field it belongs to, if any."""
        super().__init__(words)
        self.words = words
        self.field = field
        if code:
            self.code = code

    def __str__(self) -> str:
        return str(self.words)


class NotAllowed(Refusal):
    """The actor's posts do not allow this verb on this object."""

    code = "not_allowed"
    status = 403


class WrongState(Refusal):
    """The object is not in a state from which this verb starts."""

    code = "wrong_state"


class Stale(Refusal):
    """Somebody changed the object since the form was opened; both versions are shown."""

    code = "stale"

    def __init__(self, words: Words, *, theirs: dict[str, Any], mine: dict[str, Any]) -> None:
        super().__init__(words)
        self.theirs = theirs
        self.mine = mine


class AlreadySent(Refusal):
    """The form's key was used before with another body."""

    code = "already_sent"
    status = 422

    def __init__(self, words: Words, *, number: str) -> None:
        super().__init__(words)
        self.number = number
        self.told = {"number": number}


class Invalid(Refusal):
    """A value that no form would have let through."""

    code = "invalid"
    status = 422
