"""One request and its answer, and what limiter, breaker and counters learn from it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from ..clock import Clock
from ..codec.codes import CODES, TOO_FAST, CodeFacts
from ..errors import MessagingError, RateLimited
from ..operation import ANSWER_CAP, FORM, Answer, Call, request_id_of
from ..settings import Options, Settings
from ..transport.base import Request, Response, Transport
from .adaptive import InFlight
from .answers import error_of, value_of
from .auth import Authorization
from .events import Events, Responded, tell
from .lanes import Lanes
from .stats import Counters
from .turn import Turn

__all__ = ["Exchanges"]

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("async_messaging")

_USER_AGENT = "async-messaging"
_PREPARED = 64

_Kind: TypeAlias = tuple[str, str, str, str, str | None]
"""What requests that share a URL and headers have in common."""


class Exchanges:
    """Carries admitted calls over one transport.

    Args:
        settings: credentials, hosts, limits.
        transport: carries the requests.
        clock: where time comes from.
        codes: facts of Twilio's codes that go before the table's.
    """

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        clock: Clock,
        codes: Mapping[int, CodeFacts] = CODES,
    ) -> None:
        limits = settings.limits
        self.settings = settings
        self.transport = transport
        self.clock = clock
        self.codes = codes
        self.events: Events = Events()
        self.auth: Authorization = Authorization(settings.credentials, self._exchange_token, clock)
        self.lanes: Lanes = Lanes(limits.account, {**limits.sender, **limits.service}, clock)
        self.in_flight: InFlight = InFlight(limits.max_connections, limits.in_flight)
        self.counts: Counters = Counters()
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
        path = call.path.replace("{AccountSid}", self.settings.credentials.account_sid)
        query = f"?{call.query}" if call.query else ""
        return f"{self.settings.origin(call.product)}{path}{query}"

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
        url = f"{self.settings.origin('oauth')}/v2/token"
        timeout = self.settings.options.attempt_timeout
        return await self.transport.send(Request("POST", url, headers, form, timeout, ANSWER_CAP))

    def give_back(self, turn: Turn[Any]) -> None:
        """Return the segments of a call that was not written."""
        if turn.call.weight:
            self.lanes.give_back(turn.lanes, turn.call.weight)

    def read(self, turn: Turn[T], response: Response, sent_at: float) -> Answer[T]:
        """The answer of an attempt.

        Raises:
            MessagingError: with what is known of the call's effect.
        """
        call, now = turn.call, self.clock.monotonic()
        status, headers = response.status, response.headers
        if logger.isEnabledFor(logging.DEBUG):
            request_id = request_id_of(headers)
            logger.debug("%s: %d %s %.3f s", call.operation, status, request_id, now - sent_at)
        if self.events.responded:
            named, attempt = request_id_of(headers), turn.plan.attempts
            event = Responded(call.operation, status, named, attempt, now - sent_at)
            tell(self.events.responded, event)
        if not 200 <= status < 300:
            raise self._failure(turn, response, sent_at, now)
        self.in_flight.answered()
        value = value_of(call, response)
        if turn.bulk is not None and turn.bulk.took is not None:
            turn.bulk.took(now - sent_at)
        attempts, elapsed = turn.plan.attempts, now - turn.caller.started
        return Answer(value, status, headers, response.content, attempts, elapsed)

    def _failure(
        self, turn: Turn[Any], response: Response, sent_at: float, now: float
    ) -> MessagingError:
        error = error_of(turn.call, response, self.clock.time(), self.auth.secrets, self.codes)
        if isinstance(error, RateLimited):
            self._slow_down(turn, error, sent_at, now)
        else:
            self.in_flight.answered()
        return error

    def _slow_down(self, turn: Turn[Any], error: RateLimited, sent_at: float, now: float) -> None:
        self.counts.throttled += 1
        if turn.bulk is not None:
            turn.bulk.throttled += 1
        turn.plan.attempts -= 1
        if error.code in TOO_FAST:
            self.lanes.slow_down(turn.lanes)
            return
        reported = error.headers.get("twilio-concurrent-requests", "")
        known = len(reported) <= 9 and reported.isdecimal()
        self.in_flight.throttled(sent_at, now, int(reported) if known else None)
