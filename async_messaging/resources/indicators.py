"""Typing indicators. Twilio's reference: Typing Indicators resource.

An indicator is gone after some seconds, or with the next message. It is sent again where it may
not have arrived: shown twice, it looks the same.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

from ..codec.reading import reads
from ..models.checks import Typed
from ..models.message import TypingIndicator
from .base import Resource, sid

_V2 = "/v2/Indicators/Typing.json"
_V3 = "/v3/Indicators/Typing.json"

_indicator = reads(TypingIndicator)


class _WhatsApp(Typed, frozen=True, kw_only=True, omit_defaults=False):
    channel: str = "WHATSAPP"
    message_sid: str = field(name="messageId")


class _Older(Struct, frozen=True, kw_only=True):
    channel: str
    message_sid: str = field(name="messageId")


class _Apple(Typed, frozen=True, kw_only=True, omit_defaults=False):
    channel: str = "APPLE"
    from_: str = field(name="from")
    to: str
    event: str | UnsetType = UNSET


class Indicators(Resource):
    """Tell a recipient that an answer is being written: ``client.indicators``."""

    async def create_whatsapp(self, message_sid: str) -> TypingIndicator:
        """Show it in WhatsApp. Twilio's reference: Typing Indicators v3, WhatsApp.

        The message that is being answered is marked as read.

        Args:
            message_sid: the message received, ``SM...`` or ``MM...``.
        """
        own = sid(message_sid, "SM", "MM", field="message_sid")
        return await self._v3(_WhatsApp(message_sid=own))

    async def create_apple(
        self, *, from_: str, to: str, event: str | UnsetType = UNSET
    ) -> TypingIndicator:
        """Show it in Apple Messages for Business. Twilio's reference: Typing Indicators v3, Apple.

        Args:
            from_: the business's address.
            to: the recipient's address.
            event: ``START``, or ``END`` to take it away.

        Raises:
            InvalidInput: a field has the wrong type; nothing was sent.
        """
        return await self._v3(_Apple(from_=from_, to=to, event=event))

    async def create_v2(self, message_sid: str, *, channel: str = "whatsapp") -> TypingIndicator:
        """Show it in WhatsApp, the older way. Twilio's reference: Typing Indicators v2.

        Args:
            message_sid: the message received, ``SM...`` or ``MM...``.
            channel: ``whatsapp``.
        """
        own = sid(message_sid, "SM", "MM", field="message_sid")
        given = _Older(channel=channel, message_sid=own)
        return await self._send("CreateTypingIndicator", _V2, _indicator, "repeatable", given)

    async def _v3(self, body: _WhatsApp | _Apple) -> TypingIndicator:
        return await self._send("CreateV3TypingIndicator", _V3, _indicator, "repeatable", body)
