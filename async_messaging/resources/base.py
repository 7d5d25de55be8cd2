"""What every resource shares: a way to run calls, and a draft's fields as keywords."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from inspect import Parameter, signature
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..codec.form import keywords
from ..errors import InvalidInput
from ..operation import Run

__all__ = ["Resource", "fields_of", "listing_query", "page_size_of", "sid", "update_of"]

P = ParamSpec("P")
D = TypeVar("D")
R = TypeVar("R")
S = TypeVar("S", bound="Resource")

_HEX = frozenset("0123456789abcdefABCDEF")
_LONGEST_PAGE = 1000
_NO_FILTERS: Mapping[str, object] = MappingProxyType({})


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


def update_of(
    changes: Callable[P, D],
) -> Callable[
    [Callable[[S, str, D], Coroutine[Any, Any, R]]],
    Callable[Concatenate[S, str, P], Coroutine[Any, Any, R]],
]:
    """Let a method that takes a sid and changes be called with the sid and the changes' fields."""

    def decorate(
        method: Callable[[S, str, D], Coroutine[Any, Any, R]],
    ) -> Callable[Concatenate[S, str, P], Coroutine[Any, Any, R]]:
        @wraps(method)
        def call(
            self: S, own_sid: str, /, *args: P.args, **kwargs: P.kwargs
        ) -> Coroutine[Any, Any, R]:
            return method(self, own_sid, changes(*args, **kwargs))

        first = list(signature(method).parameters.values())[:2]
        ahead = [one.replace(kind=Parameter.POSITIONAL_ONLY) for one in first]
        own = signature(changes)
        shown = own.replace(parameters=[*ahead, *own.parameters.values()])
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


def listing_query(
    limit: int | None, page_size: int | None, filters: Mapping[str, object] = _NO_FILTERS
) -> str:
    """The query of a listing: its filters, of which those that are None don't count, and page size.

    Args:
        limit: how many items the caller wants, None for all.
        page_size: how many a request, None to go by the limit.
        filters: values by our names; Twilio's are made from them.

    Raises:
        InvalidInput: a value can't be used.
    """
    given = {name: value for name, value in filters.items() if value is not None}
    return keywords({**given, "page_size": page_size_of(page_size, limit)})
