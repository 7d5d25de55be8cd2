"""Twilio's list over a script, and attempts that are kept in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from email.utils import format_datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode

from msgspec.structs import replace

from async_messaging.errors import MessagingError, NotFound
from async_messaging.models import Content, Message
from async_messaging.operation import Answer, Call, Download, PageBody, last_answer
from async_messaging.resources.messages import Messages
from async_messaging.settling.attempts import Canary, Change, OpenAttempt, Sent, Standing
from async_messaging.settling.changes import Policy
from async_messaging.settling.contents import Contents
from async_messaging.settling.driver import Beside, Settler
from async_messaging.settling.server_clock import ServerClock
from async_messaging.testing import FakeClock
from tests.unit.settling.scenes import DAY

T = TypeVar("T")

REALM = "AC1 us1"


class TwilioList:
    """Twilio's messages, as a `Run` that answers list and fetch.

    Attributes:
        messages: what it lists, first page first.
        hidden: sids that are there and not listed.
        pages: the filter of each page asked for: a number, or None.
        fetched: sids asked for.
        fails: raises an error for a call, or doesn't.
        dated: its answers carry a date.
    """

    def __init__(self, clock: FakeClock, server: ServerClock) -> None:
        self.clock = clock
        self.server = server
        self.messages: list[Message] = []
        self.hidden: set[str] = set()
        self.pages: list[str | None] = []
        self.fetched: list[str] = []
        self.fails: Callable[[Call[Any]], MessagingError | None] = lambda _call: None
        self.dated = True
        self.loops = False

    def now(self) -> float:
        return DAY + self.clock.monotonic()

    async def __call__(self, call: Call[T], /) -> Answer[T]:
        if (error := self.fails(call)) is not None:
            raise error
        value: Any = self._page(call) if call.operation == "ListMessage" else self._one(call)
        headers: dict[str, str] = {}
        if self.dated:
            moment = dt.datetime.fromtimestamp(int(self.now()), dt.UTC)
            headers["date"] = format_datetime(moment, usegmt=True)
            m = self.clock.monotonic()
            self.server.saw(headers["date"], m, m)
        answer: Answer[T] = Answer(value, 200, headers, b"", 1, 0.0)
        if (record := last_answer.get()) is not None:
            record.answer = answer
        return answer

    def _page(self, call: Call[Any]) -> PageBody[Message]:
        asked = {name: values[0] for name, values in parse_qs(call.query).items()}
        to, size, start = asked.get("To"), int(asked["PageSize"]), int(asked.get("Page", "0"))
        self.pages.append(to)
        listed = [m for m in self.messages if to in {None, m.to} and m.sid not in self.hidden]
        end = start + size
        following = urlencode({**asked, "Page": 0 if self.loops else end})
        more = self.loops or end < len(listed)
        return PageBody(tuple(listed[start:end]), f"{call.path}?{following}" if more else None)

    def _one(self, call: Call[Any]) -> Message:
        sid = call.path.rsplit("/", 1)[1].removesuffix(".json")
        self.fetched.append(sid)
        for message in self.messages:
            if message.sid == sid:
                return message
        raise NotFound("there is none", status=404)


class Memory:
    """`Attempts` kept in a dict by their key; states beside them."""

    realm: str = REALM

    def __init__(self, *attempts: OpenAttempt) -> None:
        self.attempts = {one.key: one for one in attempts}
        self.states: dict[object, str] = {}
        self.sids: dict[object, str] = {}
        self.why: dict[object, str] = {}
        self.claimed: set[str] = set()
        self.witnesses: dict[str, Sent] = {}
        self.birds: list[Canary] = []
        self.readable = True
        self.stale = False
        self.asked: list[tuple[float, float, int]] = []

    async def due(self, *, held: bool = False) -> Sequence[OpenAttempt]:
        return [
            one
            for one in self.attempts.values()
            if one.own and not one.live and (held or not one.held)
        ]

    async def canaries(self, since: float, until: float, limit: int) -> Sequence[Canary]:
        self.asked.append((since, until, limit))
        return [bird for bird in self.birds if since <= bird.created <= until][:limit]

    async def conclude(
        self, to: Collection[str], decide: Callable[[Standing], Sequence[Change]]
    ) -> Sequence[Change]:
        standing = Standing(
            attempts=[one for one in self.attempts.values() if one.to in to],
            claimed=self.claimed.intersection,
            witnesses=lambda sids: {s: w for s, w in self.witnesses.items() if s in sids},
            readable=self.readable,
        )
        changes = decide(standing)
        if self.stale:
            return ()
        for change in changes:
            self._write(change)
        return changes

    def _write(self, change: Change) -> None:
        key = change.attempt.key
        self.why[key] = change.why
        if change.state in {"ACCEPTED", "READY"}:
            del self.attempts[key]
        else:
            self.attempts[key] = replace(
                self.attempts[key],
                negatives=change.negatives,
                looks=change.looks,
                looked_at=change.looked_at,
                held=change.state == "HELD",
            )
        if change.state is not None:
            self.states[key] = change.state
        if change.message is not None:
            self.sids[key] = change.message.sid
            self.claimed.add(change.message.sid)


class Scene:
    """A settler of attempts over Twilio's list, and a clock."""

    def __init__(
        self, *attempts: OpenAttempt, policy: Policy | None = None, beside: Beside | None = None
    ) -> None:
        self.clock = FakeClock()
        self.server = ServerClock(self.clock)
        self.twilio = TwilioList(self.clock, self.server)
        self.kept = Memory(*attempts)
        messages = Messages(self.twilio, no_stream)
        self.templates: dict[str, Content | MessagingError] = {}
        self.templates_asked: list[str] = []
        policy = policy or Policy("resend")
        self.settler = Settler(
            self.kept,
            messages,
            Contents(self._template),
            self.server,
            policy,
            realm=REALM,
            beside=beside,
        )

    async def _template(self, sid: str) -> Content:
        self.templates_asked.append(sid)
        found = self.templates[sid]
        if isinstance(found, MessagingError):
            raise found
        return found

    async def until_settled(self, most: int = 20) -> list[float]:
        """Step until nothing is due; the moments at which it looked."""
        moments: list[float] = []
        for _ in range(most):
            before = len(self.twilio.pages)
            wait = (await self.settler.step()).wait
            if len(self.twilio.pages) > before:
                moments.append(self.clock.monotonic())
            if wait is None:
                return moments
            await self.clock.advance(wait)
        raise AssertionError("it never ends")


def no_stream(_call: Call[Any], /) -> AbstractAsyncContextManager[Download]:
    """Nothing is downloaded."""
    raise AssertionError("nothing is downloaded")
