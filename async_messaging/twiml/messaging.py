"""The verbs of a reply: `Message`, with its text and media, and `Redirect`.

Texts are checked where they are given, because Twilio drops a whole document that is no XML: most
control characters and lone surrogates can't stand in XML at all, escaped or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias
from xml.etree.ElementTree import Element, SubElement, tostring

from ..errors import InvalidInput

__all__ = ["CONTENT_TYPE", "Message", "MessagingResponse", "Method", "Redirect"]

CONTENT_TYPE = "text/xml; charset=utf-8"
"""The header with which a document is answered."""

Method: TypeAlias = Literal["GET", "POST"]
"""How Twilio asks a URL."""

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Message:
    """A message to send: a text, pictures, or both.

    A text given at first stands in the verb itself, each further one in a `Body`, as
    twilio-python writes it.

    Args:
        body: the text; further ones by `body`.
        to: to whom; whoever wrote, if not given.
        from_: the sender; the number that was written to, if not given.
        action: where Twilio reports the statuses of this message; may be relative.
        method: how it reports them, POST if not given.
        status_callback: an older name of `action`, which replies may ignore.
        media: URLs of media; further ones by `media`.

    Raises:
        InvalidInput: a text holds what XML can't hold; `.field` names it.
    """

    __slots__ = ("_attributes", "_own", "_parts")

    def __init__(
        self,
        body: str | None = None,
        *,
        to: str | None = None,
        from_: str | None = None,
        action: str | None = None,
        method: Method | None = None,
        status_callback: str | None = None,
        media: Iterable[str] = (),
    ) -> None:
        given = {
            "action": action,
            "from": from_,
            "method": method,
            "statusCallback": status_callback,
        }
        self._attributes = _checked({**given, "to": to})
        self._own = None if body is None else _text(body, "body")
        self._parts: list[tuple[str, str]] = []
        for url in (media,) if isinstance(media, str) else media:
            self.media(url)

    def __repr__(self) -> str:
        media = sum(tag == "Media" for tag, _ in self._parts)
        return (
            f"<Message, {len(self._parts) - media + (self._own is not None)} texts, {media} media>"
        )

    def body(self, text: str) -> Message:
        """Add a text; returns the message itself.

        Raises:
            InvalidInput: the text holds what XML can't hold.
        """
        self._parts.append(("Body", _text(text, "body")))
        return self

    def media(self, url: str) -> Message:
        """Add a picture or another medium by its URL; returns the message itself.

        Raises:
            InvalidInput: the URL holds what XML can't hold.
        """
        self._parts.append(("Media", _text(url, "media")))
        return self

    def element(self) -> Element:
        """The verb as an element."""
        verb = Element("Message", self._attributes)
        verb.text = self._own or None
        for tag, text in self._parts:
            SubElement(verb, tag).text = text
        return verb


class Redirect:
    """Ask another URL what to answer; verbs after it are not read.

    Args:
        url: whom to ask; may be relative.
        method: how, POST if not given.

    Raises:
        InvalidInput: the URL holds what XML can't hold.
    """

    __slots__ = ("_attributes", "_url")

    def __init__(self, url: str, *, method: Method | None = None) -> None:
        self._url = _text(url, "url")
        self._attributes = _checked({"method": method})

    def __repr__(self) -> str:
        return "<Redirect>"

    def element(self) -> Element:
        """The verb as an element."""
        verb = Element("Redirect", self._attributes)
        verb.text = self._url
        return verb


class MessagingResponse:
    """The answer to a message that came in: its verbs, in order. Without any, nothing is sent.

    Attributes:
        verbs: what the answer holds.
    """

    __slots__ = ("verbs",)

    def __init__(self, *verbs: Message | Redirect) -> None:
        self.verbs: list[Message | Redirect] = list(verbs)

    def __repr__(self) -> str:
        return f"<MessagingResponse, {len(self.verbs)} verbs>"

    def __str__(self) -> str:
        return self.to_xml()

    def append(self, verb: Message | Redirect) -> MessagingResponse:
        """Add a verb; returns the response itself."""
        self.verbs.append(verb)
        return self

    def message(
        self,
        body: str | None = None,
        *,
        to: str | None = None,
        from_: str | None = None,
        action: str | None = None,
        method: Method | None = None,
        status_callback: str | None = None,
        media: Iterable[str] = (),
    ) -> Message:
        """Add a message; returns it. Its arguments are those of `Message`.

        Raises:
            InvalidInput: a text holds what XML can't hold; `.field` names it.
        """
        verb = Message(
            body,
            to=to,
            from_=from_,
            action=action,
            method=method,
            status_callback=status_callback,
            media=media,
        )
        self.verbs.append(verb)
        return verb

    def redirect(self, url: str, *, method: Method | None = None) -> Redirect:
        """Add a redirect; returns it.

        Raises:
            InvalidInput: the URL holds what XML can't hold.
        """
        verb = Redirect(url, method=method)
        self.verbs.append(verb)
        return verb

    def to_xml(self) -> str:
        """The document, with its declaration."""
        root = Element("Response")
        root.extend(verb.element() for verb in self.verbs)
        return _DECLARATION + tostring(root, encoding="unicode")

    def __bytes__(self) -> bytes:
        """The document in UTF-8, to be answered with `CONTENT_TYPE`."""
        return self.to_xml().encode()

    def __iter__(self) -> Iterator[Message | Redirect]:
        return iter(self.verbs)


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput("must be text", field=field)
    if _NOT_XML.search(value):
        raise InvalidInput("holds a character that XML can't hold", field=field)
    return value


def _checked(attributes: dict[str, str | None]) -> dict[str, str]:
    given = {name: value for name, value in attributes.items() if value is not None}
    return {name: _text(given[name], "from_" if name == "from" else name) for name in sorted(given)}
