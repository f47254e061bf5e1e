"""The mark of an operation: one verb, one transaction, who and when said by name."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")

OPERATIONS: dict[str, Callable[..., Any]] = {}


def operation(func: Callable[P, R]) -> Callable[P, R]:
    """Make `func` an operation: atomic, and listed so that tests can ask for its documentation.

    The function must take `actor` and `at` (aware datetime, UTC) as keyword-only arguments.
    Raises TypeError at import when it does not.
    """
    parameters = inspect.signature(func).parameters
    for name in ("actor", "at"):
        if name not in parameters or parameters[name].kind is not inspect.Parameter.KEYWORD_ONLY:
            raise TypeError(f"operation {func.__name__} needs the keyword-only argument {name}")

    @functools.wraps(func)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic():
            return func(*args, **kwargs)

    OPERATIONS[f"{func.__module__.removeprefix('lianxin.')}.{func.__name__}"] = run
    return run
