"""What an address or a form says, as values."""


def whole(text: str) -> int | None:
    """A whole number that a database can keep; None for anything else, however long."""
    return int(text) if text.isdecimal() and len(text) < 19 else None
