"""A message and what hangs on it, and the account's balance, as Twilio last described them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from ..codec.dates import Timestamp, parse_date
from .shown import Kept, Shown, Sid


class Message(Shown, frozen=True, kw_only=True, gc=False):
    """A message. Twilio's reference: Messages resource.

    Only `sid` is certain to be there. `status`, `direction` and `account_sid` are empty where the
    answer has none; `status` is an open set. Sent through a messaging service, a message has no
    `from_` and 0 segments until Twilio has chosen a sender. `price` is negative, and None until
    the message is billed.

    The dates are read when asked for: `date_created`, `date_updated`, `date_sent`.
    """

    sid: Sid
    account_sid: str = ""
    status: str = ""
    direction: str = ""
    to: str | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    messaging_service_sid: str | None = None
    body: str | None = None
    num_segments: int | None = None
    num_media: int | None = None
    price: Decimal | None = None
    price_unit: str | None = None
    error_code: int | None = None
    error_message: str | None = None
    api_version: str | None = None
    uri: str | None = None
    subresource_uris: Mapping[str, str] | None = None
    tags: Mapping[str, str] | None = None
    date_created_text: str | None = msgspec.field(default=None, name="date_created")
    date_updated_text: str | None = msgspec.field(default=None, name="date_updated")
    date_sent_text: str | None = msgspec.field(default=None, name="date_sent")

    def __hash__(self) -> int:
        return hash(self.sid)

    @property
    def date_created(self) -> dt.datetime | None:
        """When Twilio took the message."""
        return _date(self.date_created_text)

    @property
    def date_updated(self) -> dt.datetime | None:
        """When Twilio last changed the message."""
        return _date(self.date_updated_text)

    @property
    def date_sent(self) -> dt.datetime | None:
        """When the message left Twilio; None before."""
        return _date(self.date_sent_text)


def _date(text: str | None) -> dt.datetime | None:
    """The date, or None where Twilio gave none or one that can't be read."""
    try:
        return None if text is None else parse_date(text)
    except ValueError:
        return None


class Balance(Shown, frozen=True, kw_only=True, gc=False):
    """The account's balance. Twilio's reference: Balance resource."""

    account_sid: str | None = None
    balance: Decimal | None = None
    currency: str | None = None


class TypingIndicator(Shown, frozen=True, kw_only=True, gc=False):
    """Whether the indicator was shown."""

    success: bool | None = None


class Media(Kept, frozen=True, kw_only=True, gc=False):
    """A picture, sound or file of a message. Twilio's reference: Media resource."""

    parent_sid: str | None = None
    content_type: str | None = None
    uri: str | None = None


class Feedback(Shown, frozen=True, kw_only=True, gc=False):
    """Whether the recipient acted on a message. Twilio's reference: MessageFeedback resource."""

    message_sid: str | None = None
    account_sid: str | None = None
    outcome: str = ""
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    uri: str | None = None
