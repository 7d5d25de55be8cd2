"""Senders of WhatsApp and RCS. Twilio's reference: Senders resource."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ..codec.reading import pages, reads
from ..errors import InvalidInput
from ..models.channel_sender import (
    ChannelSender,
    SenderConfiguration,
    SenderProfile,
    SenderWebhook,
)
from ..models.checks import Typed
from ..operation import Listing
from .base import Resource

_PATH = "/v2/Channels/Senders"

_sender = reads(ChannelSender)
_senders = pages(ChannelSender, "senders")


class _Body(Typed, frozen=True, kw_only=True):
    sender_id: str | UnsetType = UNSET
    configuration: SenderConfiguration | UnsetType = UNSET
    webhook: SenderWebhook | UnsetType = UNSET
    profile: SenderProfile | UnsetType = UNSET
    friendly_name: str | UnsetType = UNSET


class ChannelSenders(Resource):
    """The account's senders of WhatsApp and RCS: ``client.channel_senders``.

    Those that a messaging service may choose are at ``client.services(sid).channel_senders``.
    """

    _one, _prefixes = f"{_PATH}/{{sid}}", ("XE",)

    async def create(
        self,
        *,
        sender_id: str,
        configuration: SenderConfiguration | UnsetType = UNSET,
        webhook: SenderWebhook | UnsetType = UNSET,
        profile: SenderProfile | UnsetType = UNSET,
        friendly_name: str | UnsetType = UNSET,
    ) -> ChannelSender:
        """Register a sender. Twilio's reference: Create a Sender.

        Twilio takes the request and goes on by itself: `fetch` tells by `status` when a WhatsApp
        sender waits for its verification code (given by `update`), and when it is online.

        Args:
            sender_id: its address: ``whatsapp:+15017122661``.
            configuration: the WhatsApp Business Account, and how the number is verified.
            webhook: where Twilio tells of messages.
            profile: what recipients see.
            friendly_name: a name for it in Twilio's console.

        Raises:
            InvalidInput: a field has the wrong type; nothing was sent.
            OutcomeUnknown: it may be registered; `list` tells.
        """
        body = _Body(
            sender_id=sender_id,
            configuration=configuration,
            webhook=webhook,
            profile=profile,
            friendly_name=friendly_name,
        )
        return await self._send("CreateChannelsSender", _PATH, _sender, "creates", body)

    async def fetch(self, sender_sid: str) -> ChannelSender:
        """Read one sender, or raise `NotFound`. Twilio's reference: Fetch a Sender."""
        return await self._read("FetchChannelsSender", self._at(sender_sid), _sender)

    def list(
        self,
        *,
        channel: str | None = None,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> Listing[ChannelSender]:
        """List senders. Twilio's reference: Retrieve a list of Senders.

        Args:
            channel: only those of this channel: ``whatsapp`` or ``rcs``.
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        return self._list(
            "ListChannelsSender", _PATH, _senders, limit, page_size, {"channel": channel}
        )

    async def update(
        self,
        sender_sid: str,
        *,
        configuration: SenderConfiguration | UnsetType = UNSET,
        webhook: SenderWebhook | UnsetType = UNSET,
        profile: SenderProfile | UnsetType = UNSET,
        friendly_name: str | UnsetType = UNSET,
    ) -> ChannelSender:
        """Change a sender, or verify its number. Twilio's reference: Update a Sender.

        Args:
            sender_sid: the sender's.
            configuration: ``SenderConfiguration(verification_code=...)`` verifies the number.
            webhook: where Twilio tells of messages.
            profile: what recipients see.
            friendly_name: a name for it in Twilio's console.

        Raises:
            InvalidInput: a field has the wrong type, or none is given; nothing was sent.
        """
        body = _Body(
            configuration=configuration,
            webhook=webhook,
            profile=profile,
            friendly_name=friendly_name,
        )
        if body == _Body():
            raise InvalidInput(
                "must be given, or webhook, profile, friendly_name", field="configuration"
            )
        return await self._send(
            "UpdateChannelsSender", self._at(sender_sid), _sender, "repeatable", body
        )

    async def delete(self, sender_sid: str) -> None:
        """Delete a WhatsApp sender. Twilio's reference: Delete a Sender."""
        await self._delete("DeleteChannelsSender", self._at(sender_sid))
