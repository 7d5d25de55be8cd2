"""Every error of the library, ordered by what is known about the send.

```text
MessagingError             .call .outcome .stops .status .code .request_id .headers .retry_after
├── SettingsError          credentials, hosts or options are wrong; nothing was sent
├── InvalidInput           a value is wrong, .field and .row say which (also a ValueError)
├── KeyReused              one outbox key, two different messages
├── InvalidSignature       a webhook that Twilio did not sign
├── LedgerError            a campaign's file can't be read or written
├── NotSent                no byte of the message was processed
│   ├── ConnectFailed      no connection, or it closed before the request was written
│   ├── WaitTooLong        the lanes have no room before `max_wait`
│   ├── CircuitOpen        Twilio is failing; single calls don't pile up
│   ├── ClientClosed       the client was closed
│   ├── Redirected         a 307 or 308, never followed
│   └── Blocked            a policy of yours forbids it
├── OutcomeUnknown         it may have been sent; never repeated by itself
│   ├── AnswerTimeout      written, and no answer in time
│   ├── ConnectionLost     written, and the connection broke
│   ├── ServerFailed       a 5xx on a creation
│   └── UnexpectedAnswer   an answer that Twilio does not give
└── APIError               Twilio answered
    ├── BadRequest         refused
    ├── Forbidden          refused
    ├── NotFound           refused
    ├── Conflict           refused
    ├── Unauthorized       not sent: the credentials are wrong
    ├── AccountStopped     not sent: the account may not send
    ├── RateLimited        not sent: too fast
    ├── SenderQueueFull    not sent: the sender's queue is full (21611)
    ├── DailyLimitReached  not sent: the daily cap is reached (63038)
    └── ServerError        a 5xx on a read or a repeatable call
```

`outcome` speaks of the effect of the call; the class says how we know. `stops` is true where every
further call would end the same way: a bulk send then takes no more messages.

No error shows a token, a whole phone number or a message body; only `error.raw()` does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol, Self, TypeVar

Outcome = Literal["accepted", "refused", "not_sent", "unknown"]
"""What is known about a call's effect."""

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class CallFacts(Protocol):
    """What an error tells of the call it belongs to."""

    @property
    def operation(self) -> str:
        """The operation's name in Twilio's specification."""
        ...

    @property
    def method(self) -> str:
        """The HTTP method."""
        ...

    @property
    def path(self) -> str:
        """The path, without the query."""
        ...


class CallSummary(NamedTuple):
    """The facts of a call that may leave the process: no body, no query, no headers."""

    operation: str
    method: str
    path: str


class MessagingError(Exception):
    """Root of everything this library raises on purpose.

    Attributes:
        call: the call that failed; after pickling, a summary without body and query.
        outcome: ``refused``, ``not_sent`` or ``unknown``.
        stops: every further call would end the same way.
        status: HTTP status, if an answer came.
        code: Twilio's error code, if the answer has one.
        request_id: Twilio's ``Twilio-Request-Id``.
        headers: the answer's headers, names in lower case; empty after pickling.
        retry_after: seconds that the answer asks to wait.
        attempts: requests that were made, those answered 429 not counted.
        elapsed: seconds from the call to the error.
        advice: what Twilio's refusal means and what to do, in a sentence; every `APIError` has one.
    """

    outcome: Outcome = "not_sent"
    stops: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        call: CallFacts | None = None,
        status: int | None = None,
        code: int | None = None,
        request_id: str | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        retry_after: float | None = None,
        raw: str | None = None,
    ) -> None:
        message = message.encode("utf-8", "replace").decode()  # no log takes a lone surrogate
        super().__init__(message or _first_line(type(self)))
        self.call = call
        self.status = status
        self.code = code
        self.request_id = request_id
        self.headers = headers
        self.retry_after = retry_after
        self.attempts = 0
        self.elapsed: float = 0.0
        self.advice: str | None = None
        self._raw = raw

    def raw(self) -> str | None:
        """Twilio's own text, unmasked: it may hold phone numbers. Never log it."""
        return self._raw

    def __repr__(self) -> str:
        facts = (("status", self.status), ("code", self.code), ("request_id", self.request_id))
        shown = "".join(f", {name}={value!r}" for name, value in facts if value is not None)
        return f"{type(self).__name__}({str(self)!r}{shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: value for name, value in self.__dict__.items() if name not in _STAYS_HERE}
        if (call := self.call) is not None:
            state["call"] = CallSummary(call.operation, call.method, call.path)
        return _revive, (type(self), self.args, state)

    def __copy__(self) -> Self:
        """The same error, within the process: nothing is left out."""
        return _revive(type(self), self.args, self.__dict__)

    def __deepcopy__(self, memo: object) -> Self:
        return self.__copy__()


_STAYS_HERE = frozenset({"_raw", "_late", "_settle", "headers"})
"""Attributes that don't leave the process: what a server wrote, unmasked, and live tasks."""

E = TypeVar("E", bound=MessagingError)


def _revive(cls: type[E], args: tuple[object, ...], state: dict[str, object]) -> E:
    error = cls.__new__(cls, *args)
    Exception.__init__(error, *args)
    error.__dict__.update({"_raw": None, "headers": _NO_HEADERS, **state})
    return error


def _first_line(cls: type) -> str:
    return (cls.__doc__ or cls.__name__).splitlines()[0]


class SettingsError(MessagingError):
    """Credentials, hosts or options can't be used."""

    stops = True


class InvalidInput(MessagingError, ValueError):
    """A value was refused before anything was sent.

    Attributes:
        field: the parameter or column that is wrong.
        row: its row in the source, counted from 1, or None outside a file.
        reason: why, in a few words.
    """

    def __init__(self, reason: str, *, field: str = "", row: int | None = None) -> None:
        where = f"row {row}, " if row is not None else ""
        super().__init__(f"{where}{field}: {reason}" if field else f"{where}{reason}")
        self.reason = reason
        self.field = field
        self.row = row

    def at(self, row: int) -> InvalidInput:
        """The same error, with its row."""
        return InvalidInput(self.reason, field=self.field, row=row)


class KeyReused(MessagingError):
    """The outbox key was used for another message."""


class InvalidSignature(MessagingError):
    """The request does not carry a valid signature of Twilio's."""


class LedgerError(MessagingError):
    """The campaign's file can't be read or written."""


class NotSent(MessagingError):
    """The message was certainly not processed by Twilio."""


class ConnectFailed(NotSent):
    """No connection to Twilio, or it closed before the request was written."""


class WaitTooLong(NotSent):
    """The rate limits leave no room within the allowed wait."""


class CircuitOpen(NotSent):
    """Twilio has failed repeatedly; calls wait for a probe to succeed."""


class ClientClosed(NotSent):
    """The client was closed."""


class Redirected(NotSent):
    """The API answered with a redirect, which is never followed."""

    stops = True


class Blocked(NotSent):
    """A sending policy forbids this message: `rule` names its rule."""

    rule: str = ""


class OutcomeUnknown(MessagingError):
    """The message may have been sent; it was not sent again.

    Attributes:
        sid: the message's sid, where one could be read from a broken answer.
    """

    outcome: Outcome = "unknown"
    sid: str | None = None
    _settle: Callable[..., Awaitable[object]] | None = None
    _late: Callable[[], Awaitable[object]] | None = None

    @property
    def still_runs(self) -> bool:
        """Whether the request goes on, and its answer may still come."""
        return self._late is not None

    def settles(self, settle: Callable[..., Awaitable[object]]) -> None:
        """Tell how the outcome can be found out."""
        self._settle = settle

    async def settle(self, *, settle: float = 120.0, scan_interval: float = 60.0) -> Any:
        """Find out by Twilio's list of messages whether the message was accepted.

        A message that is listed is found at once; that there is none is known after two looks,
        `settle` seconds after the attempt's end and `scan_interval` seconds later.

        Returns:
            The `Message`, or None if it was not accepted: it may then be sent again.

        Raises:
            OutcomeUnknown: this error itself, where the list decides nothing.
            MessagingError: the list can't be read.
        """
        if self._settle is None:
            raise self
        return await self._settle(settle=settle, scan_interval=scan_interval)


class AnswerTimeout(OutcomeUnknown):
    """The request was written and no answer came in time."""

    def goes_on(self, late: Callable[[], Awaitable[object]]) -> None:
        """Tell where the call that still runs brings its result."""
        self._late = late

    async def late_answer(self) -> Any:
        """Wait for what the call, which still runs, brings back.

        Returns:
            What the call would have returned.

        Raises:
            MessagingError: what the call ended with; this error itself if it was this time-out.
        """
        if self._late is None:
            raise self
        return await self._late()


class ConnectionLost(OutcomeUnknown):
    """The connection broke after the request was written."""


class ServerFailed(OutcomeUnknown):
    """Twilio answered a creation with a server error."""


class UnexpectedAnswer(OutcomeUnknown):
    """The answer is not one that Twilio gives."""


class APIError(MessagingError):
    """Twilio answered with an error."""

    outcome: Outcome = "refused"


class BadRequest(APIError):
    """Twilio refused the request."""


class Forbidden(APIError):
    """The account may not do this."""


class NotFound(APIError):
    """There is no such resource."""


class Conflict(APIError):
    """The resource is in a state that does not allow this."""


class Unauthorized(APIError):
    """The credentials were not accepted."""

    outcome: Outcome = "not_sent"
    stops = True


class AccountStopped(APIError):
    """The account is suspended, closed or may not send."""

    outcome: Outcome = "not_sent"
    stops = True


class RateLimited(APIError):
    """Too many requests; this one was not processed."""

    outcome: Outcome = "not_sent"


class SenderQueueFull(APIError):
    """The sender's queue at Twilio is full; it drains in minutes."""

    outcome: Outcome = "not_sent"


class DailyLimitReached(APIError):
    """The daily cap of messages is reached; it opens again tomorrow."""

    outcome: Outcome = "not_sent"


class ServerError(APIError):
    """Twilio failed to answer a read or a repeatable call."""

    outcome: Outcome = "unknown"
