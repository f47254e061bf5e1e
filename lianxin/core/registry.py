"""A named list that higher areas add to and lower areas read."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Things by code, in the order in which they were added."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._things: dict[str, T] = {}

    def add(self, code: str, thing: T) -> T:
        """Register `thing` under `code`. Raises ValueError when the code is taken."""
        if code in self._things:
            raise ValueError(f"{self.what} {code} is registered twice")
        self._things[code] = thing
        return thing

    def remove(self, code: str) -> None:
        """Take `code` out again (tests that bring a thing of their own)."""
        self._things.pop(code, None)

    def get(self, code: str) -> T | None:
        """The thing registered under `code`, or None."""
        return self._things.get(code)

    def __getitem__(self, code: str) -> T:
        return self._things[code]

    def __contains__(self, code: object) -> bool:
        return code in self._things

    def __iter__(self) -> Iterator[T]:
        return iter(self._things.values())

    def codes(self) -> list[str]:
        """All codes, in order."""
        return list(self._things)
