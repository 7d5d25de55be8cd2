"""A message as it arrived on a phone."""

from __future__ import annotations

from ..codec.masking import mask_number
from ..simulator import InboxMessage
from .codes import find_codes, find_links

__all__ = ["ArrivedMessage", "CodeNotFound"]


class CodeNotFound(AssertionError):
    """A message has no one-time code, or several."""


class ArrivedMessage(InboxMessage, frozen=True, kw_only=True):
    """A message as the simulator's inbox shows it, for tests to read.

    Its text is in `body`; it shows in no repr.
    """

    def __repr__(self) -> str:
        return f"<ArrivedMessage {self.sid} to {mask_number(self.to)}, {len(self.body)} characters>"

    def code(self, digits: int | None = None) -> str:
        """The one-time code in its text, digits only: 4 to 8 of them, also ``123-456``, ``G-123456``.

        Args:
            digits: how many it has, where the text holds more numbers.

        Raises:
            CodeNotFound: there is none, or more than one.
        """
        found = [code for code in find_codes(self.body) if digits in (None, len(code))]
        if len(found) == 1:
            return found[0]
        wanted = "4 to 8" if digits is None else str(digits)
        if not found:
            raise CodeNotFound(f"no code of {wanted} digits is in {self!r}")
        hint = "; code(digits=...) takes one" if digits is None else ""
        lengths = ", ".join(str(len(code)) for code in found)
        raise CodeNotFound(f"{len(found)} codes ({lengths} digits) are in {self!r}, not one{hint}")

    def links(self) -> list[str]:
        """The links in its text, in their order."""
        return find_links(self.body)
