"""The texts of content templates, which Twilio fills in: fetched once, to be held against its list.

A text that is known so is evidence that a message is ours, and never that it is not: a template may
have been edited since (see `likeness`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from ..errors import MessagingError, NotFound
from .attempts import Sent, Standing
from .likeness import PrintOf


class Template(Protocol):
    """What is read of `models.Content`, which a client loads only where it is asked for."""

    @property
    def types(self) -> Iterable[object]:
        """What it says, by content type."""
        ...


S = TypeVar("S", bound=Sent)

_PLACE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
_PLAIN = PrintOf()
_values = msgspec.json.Decoder(dict[str, str | int | float]).decode


class Contents:
    """What the templates of one account say, read by their sids; without a way to fetch one none is known."""

    def __init__(self, fetch: Callable[[str], Awaitable[Template]] | None = None) -> None:
        self._fetch = fetch
        self._texts: dict[str, str | None] = {}

    async def learn(self, sent: Iterable[Sent]) -> None:
        """Fetch the templates of these that are not known; one that can't be had is left unknown."""
        if (fetch := self._fetch) is None:
            return
        for sid in {one.template for one in sent if one.template} - self._texts.keys():
            try:
                self._texts[sid] = _text_of(await fetch(sid))
            except (NotFound, ValueError):
                self._texts[sid] = None
            except MessagingError:
                continue  # asked for again with the next look

    def told(self, sent: S) -> S:
        """The same with its text, if its template says it."""
        text = self._texts.get(sent.template) if sent.template else None
        if text is None or sent.print.exact is not None:
            return sent
        filled = _filled(text, sent.variables)
        return (
            sent
            if filled is None
            else replace(sent, print=_PLAIN.text(filled, sent.options), media=0)
        )

    def read(self, standing: Standing) -> Standing:
        """The same with all texts that are known."""
        return Standing(
            attempts=[self.told(one) for one in standing.attempts],
            claimed=standing.claimed,
            witnesses=lambda sids: {
                sid: self.told(one) for sid, one in standing.witnesses(sids).items()
            },
            readable=standing.readable,
        )


def _text_of(content: Template) -> str | None:
    """What it says as a text message; None if its types say different things, or show media."""
    texts = {getattr(one, "body", None) for one in content.types}
    if len(texts) != 1 or any(getattr(one, "media", None) for one in content.types):
        return None
    text = texts.pop()
    return text if isinstance(text, str) else None


def _filled(text: str, variables: str) -> str | None:
    """The text with its variables; None if one has no value."""
    try:
        values = _values(variables) if variables else {}
        return _PLACE.sub(lambda found: str(values[found[1]]), text)
    except (KeyError, msgspec.MsgspecError):
        return None
