"""One call under a key, in a task of its own, so that no caller can take its outcome along.

The caller waits for what is *told*; the task ends when the outcome is *kept*. The two differ where
the caller's time is over after the request was written: the caller is told `AnswerTimeout`, and the
task waits for the late answer. A caller that is cancelled leaves the task as it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from .. import errors
from ..client import ClientView
from ..codec.codes import advice_of
from ..errors import (
    AnswerTimeout,
    APIError,
    Blocked,
    ClientClosed,
    KeyReused,
    LedgerError,
    MessagingError,
    NotSent,
    OutcomeUnknown,
)
from ..models import Message
from ..operation import Call
from ..settling.candidates import created_at
from ..settling.states import State
from .entries import Claim, Entry, Evidence, Wanted
from .results import OutboxResult
from .rules import claim, finish, give_up, is_under_way, withdraw
from .store import Store

logger: logging.Logger = logging.getLogger("async_messaging")

_ASKING = 10.0
_FIRST_LOOK, _LOOKS_GROW, _LAST_LOOK = 0.02, 1.5, 0.25
_PAUSES = (0.5, 5.0, 30.0)
_STATES: dict[str, State] = {"refused": "REJECTED", "unknown": "UNKNOWN"}
_INFINITE = float("inf")


class Sending:
    """A call under a key: once it has begun, its task, and what the caller is *told*.

    Args:
        due: when the caller's time is over, by the monotonic clock.
    """

    def __init__(
        self,
        store: Store,
        client: ClientView,
        wanted: Wanted,
        call: Call[Message],
        due: float,
        settles: Callable[[OutcomeUnknown, str], None],
        undated: MutableMapping[tuple[str, int], tuple[float, float]],
    ) -> None:
        self._store = store
        self._client = client
        self._clock = client.clock
        self._settles = settles
        self._undated = undated
        self.wanted = wanted
        self._call = call
        self.due = due

    def begin(self) -> None:
        """Send it, in a task of its own."""
        self._began = self._clock.monotonic()
        loop = asyncio.get_running_loop()
        self.told: asyncio.Future[OutboxResult] = loop.create_future()
        self.task: asyncio.Task[None] = loop.create_task(self._run())

    @property
    def key(self) -> str:
        """The key."""
        return self.wanted.key

    async def _run(self) -> None:
        try:
            found = await self._claimed()
            if found.verdict == "send":
                await self._send(found.entry)
            else:
                self.tell(self._answer(found))
        except asyncio.CancelledError:
            self.tell(self._doubt("the outbox was closed before the outcome was known"))
            raise
        except Exception as error:  # noqa: BLE001 - the caller is told, whatever it is
            self.tell(error)

    def tell(self, what: OutboxResult | Exception) -> None:
        """Tell the caller, if it still waits and does not know yet."""
        if self.told.done():
            return
        if isinstance(what, OutboxResult):
            self.told.set_result(what)
        else:
            self.told.set_exception(what)
            self.told.exception()  # whoever waits may be cancelled at the same moment, and never ask

    # The claim.

    async def _claimed(self) -> Claim:
        """Claim the key; wait while another process's call goes on."""
        asked = False
        while (found := await self._claim(asked=asked)).verdict in {"under_way", "time"}:
            if found.verdict == "under_way":
                await self._other_ends()
            else:
                asked = True
                await self._ask_time()
        return found

    async def _ask_time(self) -> None:
        """Any answer carries Twilio's time; whoever gets none goes on without it."""
        left = self.due - self._clock.monotonic()
        view = self._client.with_options(timeout=max(0.001, min(_ASKING, left / 2)), retries=0)
        with suppress(MessagingError):
            await view.balance.fetch()

    async def _claim(self, *, asked: bool) -> Claim:
        now, since = self._clock.time(), self._client.sends.server.now_low()
        wanted = replace(self.wanted, now=now, since=since, asked=asked)
        try:
            return await self._store.write(partial(claim, wanted=wanted))
        except asyncio.CancelledError:  # it may become durable: then nobody will send
            self._store.post(partial(withdraw, key=self.key, now=wanted.now))
            raise

    async def _other_ends(self) -> None:
        look, looks = partial(is_under_way, key=self.key), _FIRST_LOOK
        while await self._store.read(look):
            left = self.due - self._clock.monotonic()
            if left <= 0:
                raise self._doubt(
                    "another process sends the message under this key; no time is left"
                )
            await self._clock.sleep(min(looks, left))
            looks = min(looks * _LOOKS_GROW, _LAST_LOOK)

    def _answer(self, found: Claim) -> OutboxResult | MessagingError:
        """What a key says that is not to be sent now."""
        entry = found.entry
        match found.verdict:
            case "reused":
                return KeyReused("the key was used for another message")
            case "blocked":
                error = Blocked(f"the sending policy forbids this message: {found.rule}")
                error.rule = found.rule
                return error
            case "unknown":
                what = "a person has to decide" if entry.state == "HELD" else "it is looked for"
                return self._doubt(
                    f"an earlier call may have sent this message ({entry.error}); {what}"
                )
            case _:
                return _refusal(entry) if entry.state == "REJECTED" else _result(entry, again=True)

    def _doubt(self, text: str) -> OutcomeUnknown:
        error = OutcomeUnknown(text)
        self._settles(error, self.key)
        return error

    # The send.

    async def _send(self, entry: Entry) -> None:
        left = self.due - self._clock.monotonic()
        if left <= 0:
            await self._keep(self._failed(entry, NotSent()))
            raise NotSent("no time was left to send the message")
        timeout = None if left == _INFINITE else left
        view = self._client.with_options(timeout=timeout, on_unknown="raise")
        self._began = self._clock.monotonic()
        try:
            message = (await view.run(self._call, kept=True)).value
        except AnswerTimeout as error:
            await self._timed_out(entry, error)
        except MessagingError as error:
            await self._ended(entry, error)
        except asyncio.CancelledError:
            self._leave()
            raise
        except Exception as failure:  # noqa: BLE001 - a defect; what it says may show the message
            await self._failed_oddly(entry, type(failure).__name__)
        else:
            await self._accepted(entry, message)

    async def _failed_oddly(self, entry: Entry, name: str) -> None:
        doubt = self._doubt(f"the send failed in an unforeseen way ({name})")
        await self._keep(self._failed(entry, doubt, entry.grace), doubt)
        self.tell(doubt)

    async def _accepted(self, entry: Entry, message: Message) -> None:
        now = self._clock.time()
        ended = replace(
            entry,
            state="ACCEPTED",
            ended_at=now,
            created=created_at(message),
            sid=message.sid,
            status=message.status,
            evidence=self._dated(entry, entry.evidence.latest),
        )
        result = OutboxResult(key=entry.key, sid=message.sid, status=message.status, at=now)
        await self._keep(ended, result)
        self.tell(result)

    async def _ended(self, entry: Entry, error: MessagingError) -> None:
        if isinstance(error, OutcomeUnknown):
            self._settles(error, self.key)
        await self._keep(self._failed(entry, error), error)
        self.tell(error)

    async def _timed_out(self, entry: Entry, error: AnswerTimeout) -> None:
        """The caller has no more time; the request may go on."""
        if not error.still_runs:
            await self._ended(entry, error)
            return
        self._settles(error, self.key)
        self.tell(error)
        try:
            message = await error.late_answer()
        except ClientClosed:  # it was written all the same
            await self._keep(self._failed(entry, error, entry.grace))
        except MessagingError as late:
            await self._keep(self._failed(entry, late))
        except asyncio.CancelledError:
            self._leave()
            raise
        except Exception as failure:  # noqa: BLE001 - as in `_send`; else the key would stay under way
            await self._failed_oddly(entry, type(failure).__name__)
        else:
            await self._accepted(entry, message)

    def _leave(self) -> None:
        """The outbox is closed, or the loop ends, while the request may be under way."""
        now, until = self._clock.time(), self._client.sends.server.now_high()
        self._store.post(partial(give_up, key=self.key, now=now, until=until))

    def _dated(self, entry: Entry, latest: float | None) -> Evidence:
        """Its evidence, with Twilio's time before which the call did not begin: known only now, perhaps."""
        found = self._client.sends.server.bounds(self._began)
        earliest = entry.evidence.earliest if found is None else found[0]
        return replace(entry.evidence, earliest=earliest, latest=latest)

    def _failed(self, entry: Entry, error: MessagingError, grace: float = 0.0) -> Entry:
        until = self._client.sends.server.now_high()
        if until is None:
            ended = self._clock.monotonic() + grace
            self._undated[entry.key, entry.attempt] = self._began, ended
        return replace(
            entry,
            state=_STATES.get(error.outcome, "READY"),
            ended_at=self._clock.time(),
            hint=(error.sid or "") if isinstance(error, OutcomeUnknown) else "",
            http=error.status,
            code=error.code,
            kind=type(error).__name__,
            error=str(error),
            evidence=self._dated(entry, None if until is None else until + grace),
        )

    async def _keep(self, ended: Entry, known: OutboxResult | Exception | None = None) -> None:
        """Write an outcome down. Where that fails, the caller has it all the same."""
        for pause in (*_PAUSES, None):
            try:
                kept = await self._store.write(partial(finish, ended=ended))
            except LedgerError as error:
                logger.error("outbox: an outcome (%s) can't be kept: %s", _shown(ended), error)  # noqa: TRY400 - a trace shows values
                if known is not None:
                    self.tell(known)
                if pause is None:
                    break
                await self._clock.sleep(pause)
            else:
                if not kept:
                    logger.warning("outbox: %s, but its key says otherwise", _shown(ended))
                return
        await self._store.aclose()  # the claim's owner ends, so that others settle the key


def _shown(ended: Entry) -> str:
    return f"{ended.state} {ended.sid}".strip()


def _result(entry: Entry, *, again: bool) -> OutboxResult:
    status = "assumed_sent" if entry.state == "SKIPPED" else entry.status
    return OutboxResult(
        key=entry.key, sid=entry.sid, status=status, at=entry.ended_at or 0.0, again=again
    )


def _refusal(entry: Entry) -> APIError:
    """The refusal that an earlier call got."""
    kind: object = getattr(errors, entry.kind, None)
    made = kind if isinstance(kind, type) and issubclass(kind, APIError) else errors.BadRequest
    error = made(entry.error, status=entry.http, code=entry.code)
    error.advice = advice_of(entry.code, status=entry.http)
    return error
