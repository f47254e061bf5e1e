"""The mark of an operation: one verb, one transaction, who and when said by name."""

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from django.db import transaction

from lianxin.core import values

P = ParamSpec("P")
R = TypeVar("R")


class SentMeanwhile(Exception):
    """The same form was carried out before, or by another process meanwhile: begin anew and find its answer."""


# Whether this is an operation's second try, begun after SentMeanwhile.
begun_anew: ContextVar[bool] = ContextVar("begun_anew", default=False)

OPERATIONS: dict[str, Callable[..., Any]] = {}


def in_one_go(work: Callable[[], R]) -> R:
    """Carry out `work` in a transaction; once more from the start when its form turns out to have been sent before."""
    try:
        with transaction.atomic():
            return work()
    except SentMeanwhile:
        token = begun_anew.set(True)
        try:
            with transaction.atomic():
                return work()
        finally:
            begun_anew.reset(token)


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
        with values.read_once():
            return in_one_go(lambda: func(*args, **kwargs))

    OPERATIONS[f"{func.__module__.removeprefix('lianxin.')}.{func.__name__}"] = run
    return run
