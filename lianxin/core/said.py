"""What an address or a form says, as values."""


def whole(text: str) -> int | None:
    """A whole number that a database can keep; None for anything else, however long."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def keepable(text: str) -> bool:
    """Can a database keep it? PostgreSQL takes no NUL, and half of a pair of surrogates can't be encoded at all."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
