"""What Twilio reports, as structs: a message that came in, and a status of one that went out.

The sets of parameters grow without notice: what has no field here is kept in `extra`, by Twilio's
own name. Nothing but the sid and the account is certain; a number that can't be read is None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from ..models.shown import Shown
from .keywords import Keyword

_NONE: Mapping[str, str] = MappingProxyType({})


class InboundMedia(Shown, frozen=True, kw_only=True, gc=False):
    """A medium of a message that came in.

    Attributes:
        url: where it lies; asking for it needs the account's credentials, see
            `client.messages(sid).media`.
        content_type: what it is, as the sender's carrier says.
    """

    url: str
    content_type: str | None = None


class _Event(Shown, frozen=True, kw_only=True, gc=False):
    sid: str
    account_sid: str
    from_: str = ""
    to: str = ""
    api_version: str | None = None
    messaging_service_sid: str | None = None
    query: Mapping[str, str] = _NONE
    extra: Mapping[str, str] = _NONE
    token: str = ""

    def __hash__(self) -> int:
        return hash(self.sid)


class InboundMessage(_Event, frozen=True, kw_only=True, gc=False):
    """A message that came in. Twilio's reference: Messaging webhooks, request parameters.

    Attributes:
        sid: the message's own sid.
        from_: who wrote; a channel's address keeps its prefix, ``whatsapp:+...``.
        to: the number or sender that was written to.
        body: the text, empty for a picture alone.
        media: its pictures and other media.
        keyword: STOP, START or HELP, as Twilio says or by the table of keywords.
        opt_out_type: what Twilio says of it, where Advanced Opt-Out is set up.
        referral: what an advertisement added, by Twilio's names (``ReferralHeadline``).
        query: the parameters of the webhook's own URL.
        extra: parameters that have no field here, by Twilio's names.
        token: Twilio's idempotency token of this delivery; no signature covers it.
    """

    body: str = ""
    status: str = ""
    num_media: int | None = None
    num_segments: int | None = None
    media: tuple[InboundMedia, ...] = ()
    keyword: Keyword | None = None
    opt_out_type: str | None = None
    from_city: str | None = None
    from_state: str | None = None
    from_zip: str | None = None
    from_country: str | None = None
    to_city: str | None = None
    to_state: str | None = None
    to_zip: str | None = None
    to_country: str | None = None
    message_type: str | None = None
    profile_name: str | None = None
    wa_id: str | None = None
    button_text: str | None = None
    button_payload: str | None = None
    original_replied_message_sid: str | None = None
    original_replied_message_sender: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None
    label: str | None = None
    forwarded: bool | None = None
    frequently_forwarded: bool | None = None
    referral: Mapping[str, str] = _NONE

    @property
    def key(self) -> str:
        """What tells this event from every other."""
        return f"message|{self.account_sid}|{self.sid}"


class StatusCallback(_Event, frozen=True, kw_only=True, gc=False):
    """A status of a message. Twilio's reference: Track the message status of outbound messages.

    Callbacks come in any order and more than once; `merge_status` tells which status holds.

    Attributes:
        sid: the message's sid.
        status: as Twilio writes it, an open set.
        error_code: why it failed or was not delivered.
        raw_dlr_done_date: the carrier's date as it came, see `raw_dlr_date`.
        event_type: ``READ`` where a channel reports that.
        query: the parameters of the callback's own URL: what the sender of the message put there.
        extra: parameters that have no field here, by Twilio's names.
        token: Twilio's idempotency token of this delivery; no signature covers it.
    """

    status: str
    error_code: int | None = None
    error_message: str | None = None
    raw_dlr_done_date: str | None = None
    channel_install_sid: str | None = None
    channel_status_message: str | None = None
    channel_prefix: str | None = None
    event_type: str | None = None

    @property
    def key(self) -> str:
        """What tells this event from every other."""
        parts = (self.status, self.error_code or "", self.raw_dlr_done_date or "")
        return f"status|{self.account_sid}|{self.sid}|{parts[0]}|{parts[1]}|{parts[2]}"

    @property
    def raw_dlr_date(self) -> dt.datetime | None:
        """When the carrier says the message was done with, to the minute.

        It has no time zone: carriers write their own, and don't say which.
        """
        text = self.raw_dlr_done_date or ""
        if len(text) != 10 or not text.isascii():
            return None
        try:
            return dt.datetime.strptime(text, "%y%m%d%H%M")  # noqa: DTZ007 - there is no zone
        except ValueError:
            return None


Event: TypeAlias = InboundMessage | StatusCallback
"""Either of them."""
