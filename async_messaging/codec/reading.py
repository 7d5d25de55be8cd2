"""Answers to values. Decoders are built on first use, so that imports stay light.

An answer that msgspec refuses is not lost at once: a creation's answer with a sid means that the
message was accepted, whatever else is odd in it. So bad UTF-8 and lone surrogates are replaced,
and a field of the wrong type is dropped where the model can do without it. Only then is the
answer `Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Generic, TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from ..operation import PageBody
from .dates import dec_hook

T = TypeVar("T")

_ESCAPE = re.compile(
    rb"(?P<fine>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|(?P<other>\\.)"
)
"""A pair of surrogates, a lone one, any other escape: read in turn, an escaped backslash fools none."""

_MARK = b"\xef\xbb\xbf"
_LINK = re.compile(r"/[!-~]*")
_AT = re.compile(r"at `\$\.([A-Za-z0-9_]+)")
_REFUSALS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Unreadable(ValueError):
    """The bytes are not an answer of the expected form. Its text shows none of them."""


class Reads(Generic[T]):
    """Decodes one object of a model. Call it with the answer's bytes."""

    def __init__(self, model: type[T]) -> None:
        self.model = model

    @cached_property
    def _decode(self) -> Callable[[bytes], T]:
        return msgspec.json.Decoder(self.model, strict=False, dec_hook=dec_hook).decode

    def __call__(self, content: bytes, /) -> T:
        """Decode *content*; raises `Unreadable`."""
        try:
            return self._decode(content)
        except _REFUSALS:
            repaired = _repaired(content)
        return _lenient(_loaded(repaired, dict[str, object]), self.model)


def _loaded(content: bytes, kind: type[T]) -> T:
    """Decode what can't be mended further.

    msgspec's error may hold the answer: it is not even the context of ours.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except _REFUSALS as error:
        reason = type(error).__name__
    raise Unreadable(f"not a JSON object of the expected form ({reason})")


def _lenient(fields: dict[str, object], model: type[T]) -> T:
    """Convert an object, leaving out fields of the wrong type that have a default."""
    while True:
        try:
            return msgspec.convert(fields, model, strict=False, dec_hook=dec_hook)
        except msgspec.ValidationError as error:
            wrong = _AT.search(str(error))
        if wrong is None or wrong[1] not in fields:
            raise Unreadable(f"not a {model.__name__}")
        del fields[wrong[1]]


def _repaired(content: bytes) -> bytes:
    """Bad UTF-8 and lone surrogates become U+FFFD; a byte order mark goes."""
    return _ESCAPE.sub(_escape, content.removeprefix(_MARK).decode("utf-8", "replace").encode())


def _escape(found: re.Match[bytes]) -> bytes:
    return found[0] if found["fine"] or found["other"] else rb"\ufffd"


def reads(model: type[T]) -> Reads[T]:
    """A decoder for one object."""
    return Reads(model)


def nothing(content: bytes, /) -> None:
    """A decoder for answers without a body, a 204."""


class _Meta(msgspec.Struct, frozen=True):
    next_page_url: str | None = None


class _Envelope(msgspec.Struct, frozen=True):
    next_page_uri: str | None = None
    meta: _Meta | None = None


class _Pages(Generic[T]):
    def __init__(self, model: type[T], key: str) -> None:
        self.model = model
        self.key = key

    @cached_property
    def _decode(self) -> Callable[[bytes], msgspec.Struct]:
        items = msgspec.defstruct(
            f"{self.model.__name__}Page",
            [(self.key, tuple.__class_getitem__((self.model, ...)))],
            bases=(_Envelope,),
            kw_only=True,
        )
        return msgspec.json.Decoder(items, strict=False, dec_hook=dec_hook).decode

    def __call__(self, content: bytes, /) -> PageBody[T]:
        """Decode a page; raises `Unreadable`."""
        try:
            page = self._decode(content)
        except _REFUSALS:
            repaired = _repaired(content)
        else:
            items = cast("tuple[T, ...]", getattr(page, self.key))
            return PageBody(items, _next(cast("_Envelope", page)))
        return self._mended(repaired)

    def _mended(self, content: bytes) -> PageBody[T]:
        """Item by item, as `Reads` mends one object."""
        found = _loaded(content, dict[str, object]).get(self.key)
        if not isinstance(found, list):
            raise Unreadable(f"not a page of {self.key}")
        items = [_object(item) for item in cast("list[object]", found)]
        envelope = _loaded(content, _Envelope)
        return PageBody(tuple(_lenient(item, self.model) for item in items), _next(envelope))


def _object(item: object) -> dict[str, object]:
    if not isinstance(item, dict):
        raise Unreadable("an item that is no object")
    return cast("dict[str, object]", item)


def _next(envelope: _Envelope) -> str | None:
    meta = envelope.meta
    return _local((meta and meta.next_page_url) or envelope.next_page_uri)


def _local(url: str | None) -> str | None:
    """Path and query of a link: credentials never follow it to another host."""
    if not url:
        return None
    with suppress(ValueError):
        parts = urlsplit(url)
        link = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if _LINK.fullmatch(link):
            return link
    raise Unreadable("a link to the next page that has no plain path")


def pages(model: type[T], key: str) -> Callable[[bytes], PageBody[T]]:
    """A decoder for both of Twilio's page forms: ``next_page_uri`` and ``meta``."""
    return _Pages(model, key)
