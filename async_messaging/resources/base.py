"""What every resource shares: the kinds of calls, and a draft's fields as keywords."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, signature
from types import MappingProxyType
from typing import ClassVar, Concatenate, ParamSpec, TypeVar

from msgspec import Struct

from ..codec.body import JSON, json_body
from ..codec.dates import to_filter
from ..codec.form import form, keywords, path
from ..codec.reading import nothing
from ..errors import InvalidInput
from ..models.checks import Typed
from ..operation import (
    ANSWER_CAP,
    FORM,
    PAGE_CAP,
    Call,
    Done,
    Listing,
    Method,
    PageBody,
    Product,
    Run,
    Safety,
)

P = ParamSpec("P")
D = TypeVar("D")
R = TypeVar("R")
S = TypeVar("S", bound="Resource")
T = TypeVar("T")
C = TypeVar("C", bound=Callable[..., object])

_HEX = frozenset("0123456789abcdefABCDEF")
_LONGEST_PAGE = 1000
_NONE: Mapping[str, object] = MappingProxyType({})


class Resource:
    """A set of operations that run through one client: a method says what its request has of its own."""

    _product: ClassVar[Product] = "messaging"
    _prefixes: ClassVar[tuple[str, ...]] = ()
    _one: str = ""
    """The path of one of them; `_prefixes` begin its sid."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def _at(self, own_sid: str) -> str:
        return path(self._one, sid=sid(own_sid, *self._prefixes))

    def _reading(
        self,
        operation: str,
        where: str,
        decode: Callable[[bytes], T],
        query: str = "",
        cap: int = ANSWER_CAP,
    ) -> Call[T]:
        return Call(operation, "GET", self._product, where, decode, "read", query, cap=cap)

    async def _read(
        self, operation: str, where: str, decode: Callable[[bytes], T], query: str = ""
    ) -> T:
        return (await self._run(self._reading(operation, where, decode, query))).value

    async def _send(
        self,
        operation: str,
        where: str,
        decode: Callable[[bytes], T],
        safety: Safety,
        given: Struct | Mapping[str, object] = _NONE,
        *,
        method: Method = "POST",
        done: Done[T] | None = None,
    ) -> T:
        """Send keywords or a draft as a form, and a `Typed` struct as JSON."""
        body, content_type = _encoded(given)
        call = Call(
            operation,
            method,
            self._product,
            where,
            decode,
            safety,
            body=body,
            content_type=content_type,
            done=done,
        )
        return (await self._run(call)).value

    async def _delete(self, operation: str, where: str) -> None:
        await self._run(Call(operation, "DELETE", self._product, where, nothing, "repeatable"))

    def _list(
        self,
        operation: str,
        where: str,
        decode: Callable[[bytes], PageBody[T]],
        limit: int | None,
        page_size: int | None,
        filters: Mapping[str, object] = _NONE,
    ) -> Listing[T]:
        query = listing_query(limit, page_size, filters)
        return Listing(self._run, self._reading(operation, where, decode, query, PAGE_CAP), limit)


def _encoded(given: Struct | Mapping[str, object]) -> tuple[bytes, str]:
    if isinstance(given, Typed):
        return json_body(given), JSON
    if isinstance(given, Struct):
        return form(given), FORM
    return keywords(given).encode("ascii"), FORM


def fields_of(
    draft: Callable[P, D],
) -> Callable[[Callable[[S, D], R]], Callable[Concatenate[S, P], R]]:
    """Let a method that takes one draft be called with the draft's own fields."""

    def decorate(method: Callable[[S, D], R]) -> Callable[Concatenate[S, P], R]:
        @wraps(method)
        def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            return method(self, draft(*args, **kwargs))

        return _shown(call, method, draft)

    return decorate


def update_of(
    changes: Callable[P, D],
) -> Callable[[Callable[[S, str, D], R]], Callable[Concatenate[S, str, P], R]]:
    """Let a method that takes a sid and changes be called with the sid and the changes' fields."""

    def decorate(method: Callable[[S, str, D], R]) -> Callable[Concatenate[S, str, P], R]:
        @wraps(method)
        def call(self: S, own_sid: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
            return method(self, own_sid, changes(*args, **kwargs))

        return _shown(call, method, changes)

    return decorate


def _shown(call: C, method: Callable[..., object], draft: Callable[..., object]) -> C:
    """The call, whose signature has the draft's fields: for help(), IPython and the docs."""
    own, first = signature(draft), list(signature(method).parameters.values())[:-1]
    ahead = [one.replace(kind=Parameter.POSITIONAL_ONLY) for one in first]
    vars(call)["__signature__"] = own.replace(parameters=[*ahead, *own.parameters.values()])
    return call


def sid(value: object, *prefixes: str, field: str = "sid") -> str:
    """The sid, if it is one of the expected kind; else `InvalidInput`, and nothing reaches the wire."""
    if (
        isinstance(value, str)
        and len(value) == 34
        and value[:2] in prefixes
        and _HEX.issuperset(value[2:])
    ):
        return value
    raise InvalidInput(f"must be {' or '.join(prefixes)} and 32 hexadecimal digits", field=field)


def page_size_of(page_size: int | None, limit: int | None) -> int:
    """How many items to ask for a page: the caller's wish, else no more than the limit needs."""
    if limit is not None and limit < 0:
        raise InvalidInput("must be 0 or more", field="limit")
    if page_size is None:
        return 50 if limit is None else max(1, min(limit, _LONGEST_PAGE))
    if not 1 <= page_size <= _LONGEST_PAGE:
        raise InvalidInput("must be 1 to 1,000", field="page_size")
    return page_size


def listing_query(
    limit: int | None, page_size: int | None, filters: Mapping[str, object] = _NONE
) -> str:
    """The query of a listing: its filters, of which those that are None don't count, and page size."""
    given = {name: value for name, value in filters.items() if value is not None}
    return keywords({**given, "page_size": page_size_of(page_size, limit)})


def date_filters(
    name: str, on: dt.date | None, before: dt.date | None, after: dt.date | None
) -> dict[str, str]:
    """Filters by date, `date_sent<` and the like: a date gives its day, a datetime its moment in UTC."""
    given = ((name, "", on), (f"{name}_before", "<", before), (f"{name}_after", ">", after))
    return {
        f"{name}{sign}": to_filter(value, field=field)
        for field, sign, value in given
        if value is not None
    }
