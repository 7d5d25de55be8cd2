"""One request and its answer, and what limiter, breaker and counters learn from it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from ..codec.addresses import is_sent_to
from ..codec.codes import TOO_FAST, CodeFacts
from ..errors import MessagingError, RateLimited
from ..operation import ANSWER_CAP, FORM, Answer, Call, request_id_of
from ..settings import Options, Settings
from ..transport.base import Request, Response
from .answers import error_of, of_another_send, value_of
from .auth import Authorization
from .events import DEBUG, Responded, log, logger, tell
from .sends import Sends
from .shared import Shared
from .turn import Turn

T = TypeVar("T")

_USER_AGENT = "async-messaging"
_PREPARED = 64

_Kind: TypeAlias = tuple[str, str, str, str, str | None]
"""What requests that share a URL and headers have in common."""


class Exchange:
    """Makes requests and reads answers, for one set of credentials."""

    def __init__(
        self,
        settings: Settings,
        codes: Mapping[int, CodeFacts],
        shared: Shared,
        sends: Sends,
    ) -> None:
        self.auth: Authorization = Authorization(
            settings.credentials, self._exchange_token, shared.clock, shared.stop
        )
        self._settings = settings
        self._transport = shared.transport
        self._clock = shared.clock
        self._codes = codes
        self._counts = shared.counts
        self._events = shared.events
        self._sends = sends
        self._prepared: dict[_Kind, tuple[str, Mapping[str, str]]] = {}

    def request(self, call: Call[Any], auth: str | None, options: Options) -> Request:
        """The HTTP request of a call."""
        key = (call.product, call.path, call.method, call.content_type, auth)
        prepared = None if call.query or call.headers else self._prepared.get(key)
        if prepared is None:
            prepared = self._url(call), self._headers(call, auth)
            if not call.query and not call.headers:
                if len(self._prepared) >= _PREPARED:
                    self._prepared.clear()
                self._prepared[key] = prepared
        url, headers = prepared
        return Request(call.method, url, headers, call.body, options.attempt_timeout, call.cap)

    def _url(self, call: Call[Any]) -> str:
        path = call.path.replace("{AccountSid}", self._settings.credentials.account_sid)
        query = f"?{call.query}" if call.query else ""
        return f"{self._settings.origin(call.product)}{path}{query}"

    def _headers(self, call: Call[Any], auth: str | None) -> Mapping[str, str]:
        headers = {"Accept": "application/json", "User-Agent": _USER_AGENT, **call.headers}
        if auth is not None:
            headers["Authorization"] = auth
        if call.method in {"POST", "PUT"}:
            headers["Content-Type"] = call.content_type
        return MappingProxyType(headers)

    async def _exchange_token(self, form: bytes) -> Response:
        """Post client credentials to the token endpoint."""
        headers = {"Accept": "application/json", "User-Agent": _USER_AGENT, "Content-Type": FORM}
        url = f"{self._settings.origin('oauth')}/v2/token"
        timeout = self._settings.options.attempt_timeout
        return await self._transport.send(Request("POST", url, headers, form, timeout, ANSWER_CAP))

    def read(self, turn: Turn[T], response: Response, /) -> Answer[T]:
        """The answer of an attempt."""
        call, sent_at, now = turn.call, turn.sent_at, self._clock.monotonic()
        status, headers, bulk, slot = response.status, response.headers, turn.bulk, turn.slot
        self._sends.answered(headers, sent_at, now)
        if self._events.responded or logger.isEnabledFor(DEBUG):
            self._tell(turn, status, headers, now - sent_at)
        if not 200 <= status < 300:
            raise self.failure(turn, response, now)
        if slot is not None:
            slot.admission.in_flight.answered()
        value = value_of(call, response)
        if call.safety == "creates":
            to = getattr(value, "to", None)
            if to != call.to and to is not None and not is_sent_to(call.body, to):
                raise of_another_send(call, value, response, "it names another recipient")
            if not self._sends.made(call, value, sent_at, now, kept=turn.kept):
                reason = "an earlier send was given the same sid"
                raise of_another_send(call, value, response, reason)
        if bulk is not None and bulk.took is not None:
            bulk.took(now - sent_at)
        attempts, elapsed = turn.plan.attempts, now - turn.caller.started
        return Answer(value, status, headers, response.content, attempts, elapsed)

    def heard(
        self, turn: Turn[Any], status: int, headers: Mapping[str, str], elapsed: float
    ) -> None:
        """Twilio has answered with a head; whole answers are heard as they are read."""
        self._sends.answered(headers, turn.sent_at, turn.sent_at + elapsed)
        self._tell(turn, status, headers, elapsed)

    def _tell(
        self, turn: Turn[Any], status: int, headers: Mapping[str, str], elapsed: float
    ) -> None:
        operation = turn.call.operation
        if logger.isEnabledFor(DEBUG):
            log(DEBUG, "%s: %d %s %.3f s", operation, status, request_id_of(headers), elapsed)
        if self._events.responded:
            named, attempt = request_id_of(headers), turn.plan.attempts
            tell(self._events.responded, Responded(operation, status, named, attempt, elapsed))

    def failure(self, turn: Turn[Any], response: Response, now: float) -> MessagingError:
        """The error that an answer outside 2xx means; the limits learn from it."""
        wall, secrets = self._clock.time(), self.auth.secrets
        error = error_of(turn.call, response, wall, secrets, self._codes)
        if isinstance(error, RateLimited):
            self._slow_down(turn, error, now)
        elif turn.slot is not None:
            turn.slot.admission.in_flight.answered()
        return error

    def _slow_down(self, turn: Turn[Any], error: RateLimited, now: float) -> None:
        self._counts.throttled += 1
        if turn.bulk is not None:
            turn.bulk.throttled += 1
        turn.plan.attempts -= 1
        if turn.slot is None:
            return
        admission = turn.slot.admission
        if error.code in TOO_FAST:
            admission.lanes.slow_down(turn.slot.lanes)
            return
        reported = error.headers.get("twilio-concurrent-requests", "")
        known = len(reported) <= 9 and reported.isdecimal()
        seen = int(reported) if known else None
        admission.in_flight.throttled(turn.sent_at, now, seen)
