"""What every resource shares: a way to run calls, and a draft's fields as keywords."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..errors import InvalidInput
from ..operation import Run

__all__ = ["Resource", "fields_of", "page_size_of", "sid"]

P = ParamSpec("P")
D = TypeVar("D")
R = TypeVar("R")
S = TypeVar("S", bound="Resource")

_HEX = frozenset("0123456789abcdefABCDEF")
_LONGEST_PAGE = 1000


class Resource:
    """A set of operations that run through one client."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run


def fields_of(
    draft: Callable[P, D],
) -> Callable[
    [Callable[[S, D], Coroutine[Any, Any, R]]],
    Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
]:
    """Let a method that takes one draft be called with the draft's own fields."""

    def decorate(
        method: Callable[[S, D], Coroutine[Any, Any, R]],
    ) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
        @wraps(method)
        def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
            return method(self, draft(*args, **kwargs))

        own = signature(draft)
        this = Parameter("self", Parameter.POSITIONAL_ONLY)
        shown = own.replace(parameters=[this, *own.parameters.values()])
        vars(call)["__signature__"] = shown  # for help(), IPython and the docs
        return call

    return decorate


def sid(value: object, *prefixes: str, field: str = "sid") -> str:
    """The sid, if it is one of the expected kind.

    Raises:
        InvalidInput: it is not; nothing reaches the wire.
    """
    if (
        isinstance(value, str)
        and len(value) == 34
        and value[:2] in prefixes
        and _HEX.issuperset(value[2:])
    ):
        return value
    raise InvalidInput(f"must be {' or '.join(prefixes)} and 32 hexadecimal digits", field=field)


def page_size_of(page_size: int | None, limit: int | None) -> int:
    """How many items to ask for a page: the caller's wish, else no more than the limit needs.

    Raises:
        InvalidInput: the wish is not within 1 to 1,000, or the limit is below 0.
    """
    if limit is not None and limit < 0:
        raise InvalidInput("must be 0 or more", field="limit")
    if page_size is None:
        return 50 if limit is None else max(1, min(limit, _LONGEST_PAGE))
    if not 1 <= page_size <= _LONGEST_PAGE:
        raise InvalidInput("must be 1 to 1,000", field="page_size")
    return page_size
