"""What hangs on a message: its media, and feedback on its delivery."""

from __future__ import annotations

from ..codec.dates import Timestamp
from .shown import Shown, Sid

__all__ = ["Feedback", "Media"]


class Media(Shown, frozen=True, kw_only=True, gc=False):
    """A picture, sound or file of a message. Twilio's reference: Media resource."""

    sid: Sid
    account_sid: str | None = None
    parent_sid: str | None = None
    content_type: str | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    uri: str | None = None


class Feedback(Shown, frozen=True, kw_only=True, gc=False):
    """Whether the recipient acted on a message. Twilio's reference: MessageFeedback resource."""

    message_sid: str | None = None
    account_sid: str | None = None
    outcome: str = ""
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    uri: str | None = None
