"""Messages: send, read, list, redact, cancel, delete. Twilio's reference: Messages resource."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial

from ..codec.form import form
from ..codec.reading import pages, reads
from ..errors import InvalidInput
from ..models.draft import MessageDraft
from ..models.message import Message
from ..operation import Call, Done, Listing, Run, Stream
from .base import Resource, date_filters, fields_of, sid
from .media import FeedbackOf, MediaOf

_PATH = "/2010-04-01/Accounts/{AccountSid}/Messages.json"

_message = reads(Message)
_messages = pages(Message, "messages")


def creation(draft: MessageDraft) -> Call[Message]:
    """The call that sends *draft*. Pure: bulk sends and ledgers use it too."""
    return Call(
        "CreateMessage",
        "POST",
        "api",
        _PATH,
        _message,
        "creates",
        body=form(draft),
        lanes=draft.lanes,
        weight=draft.weight,
        to=draft.to,
    )


class MessageContext(Resource):
    """What hangs on one message: ``client.messages(sid)``."""

    def __init__(self, run: Run, stream: Stream, message_sid: str) -> None:
        super().__init__(run)
        self._stream = stream
        self.sid: str = sid(message_sid, "SM", "MM")

    @property
    def media(self) -> MediaOf:
        """The message's media."""
        return MediaOf(self._run, self._stream, self.sid)

    @property
    def feedback(self) -> FeedbackOf:
        """Feedback on the message's delivery."""
        return FeedbackOf(self._run, self.sid)


class Messages(Resource):
    """The account's messages: ``client.messages``."""

    _product = "api"
    _one, _prefixes = _PATH.replace(".json", "/{sid}.json"), ("SM", "MM")

    def __init__(self, run: Run, stream: Stream) -> None:
        super().__init__(run)
        self._stream = stream

    def __call__(self, sid: str) -> MessageContext:
        """One message: its media and feedback."""
        return MessageContext(self._run, self._stream, sid)

    async def send(self, draft: MessageDraft) -> Message:
        """Send a prepared message; the same as `create` with the draft's fields.

        Twilio's reference: Create a Message.

        Raises:
            NotSent: certainly not sent, and may be tried again.
            OutcomeUnknown: it may have been sent.
            APIError: Twilio refused it.
        """
        return (await self._run(creation(draft))).value

    @fields_of(MessageDraft)
    async def create(self, draft: MessageDraft) -> Message:
        """Send one message. Twilio's reference: Create a Message.

        Takes the fields of `MessageDraft` as keywords. It is sent at most once: what may have been
        accepted is not sent again.

        Returns:
            The message as Twilio accepted it: queued, and not yet sent to a phone.

        Raises:
            InvalidInput: a field is wrong; nothing was sent.
            NotSent: certainly not sent, and may be tried again.
            OutcomeUnknown: it may have been sent.
            APIError: Twilio refused it.
        """
        call = creation(draft)
        del draft  # 0.3 KB of a call that waits
        return (await self._run(call)).value

    async def fetch(self, message_sid: str) -> Message:
        """Read one message, or raise `NotFound`. Twilio's reference: Fetch a Message."""
        return await self._read("FetchMessage", self._at(message_sid), _message)

    def list(
        self,
        *,
        to: str | None = None,
        from_: str | None = None,
        date_sent: dt.date | None = None,
        date_sent_before: dt.date | None = None,
        date_sent_after: dt.date | None = None,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> Listing[Message]:
        """List messages, newest first. Twilio's reference: List all Messages.

        Args:
            to: only those to this address.
            from_: only those from this sender.
            date_sent: only those sent on this day (UTC).
            date_sent_before: only those sent on or before this day or moment.
            date_sent_after: only those sent on or after this day or moment.
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        filters: dict[str, object] = {"to": to, "from_": from_}
        filters |= date_filters("date_sent", date_sent, date_sent_before, date_sent_after)
        return self._list("ListMessage", _PATH, _messages, limit, page_size, filters)

    async def redact(self, message_sid: str) -> Message:
        """Empty a message's body for good. Twilio's reference: Update a Message."""
        return await self._update(message_sid, {"body": ""})

    async def cancel(self, message_sid: str) -> Message:
        """Cancel a scheduled message. Twilio's reference: Update a Message.

        Raises:
            BadRequest: it can't be canceled any more (30409).
        """
        return await self._update(message_sid, {"status": "canceled"})

    async def update(
        self, message_sid: str, *, body: str | None = None, status: str | None = None
    ) -> Message:
        """Redact (``body=""``) or cancel (``status="canceled"``) a message.

        Twilio's reference: Update a Message.

        Raises:
            InvalidInput: neither is given.
        """
        given = {"body": body, "status": status}
        wanted = {name: value for name, value in given.items() if value is not None}
        if not wanted:
            raise InvalidInput("must be given, or status", field="body")
        return await self._update(message_sid, wanted)

    async def _update(self, message_sid: str, wanted: Mapping[str, str]) -> Message:
        where = self._at(message_sid)
        done = Done(self._reading("FetchMessage", where, _message), partial(_shows, wanted=wanted))
        return await self._send("UpdateMessage", where, _message, "repeatable", wanted, done=done)

    async def delete(self, message_sid: str) -> None:
        """Delete a message from the account's log. Twilio's reference: Delete a Message.

        Raises:
            Conflict: it is still under way (20009).
        """
        await self._delete("DeleteMessage", self._at(message_sid))


def _shows(message: Message, *, wanted: Mapping[str, str]) -> bool:
    """Whether the message is as an update wants it."""
    return wanted.get("status", message.status) == message.status and (
        wanted.get("body", message.body or "") == (message.body or "")
    )
