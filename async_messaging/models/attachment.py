"""What hangs on a message: its media, and feedback on its delivery."""

from __future__ import annotations

from ..codec.dates import Timestamp
from .shown import Kept, Shown

__all__ = ["Feedback", "Media"]


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
