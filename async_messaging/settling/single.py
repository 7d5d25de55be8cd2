"""A client's own sends: what `error.settle()` looks up, and what competes with it.

Every creation of the client whose outcome is unknown stays an open attempt here until `settle()` has
found it out; those under way are live; the sids that creations returned are evidence of nothing else.
What stands between an answer and its outcome (`answered`, `made`, `doubted`, `ended`) only writes
down: it reads no form, imports nothing and can't fail.

Sends that a ledger or an outbox keeps are known here too, since they compete, but are settled there.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ..clock import Clock
from ..codec.dates import parse_date
from ..errors import MessagingError, OutcomeUnknown, SettingsError
from ..models import Message
from ..operation import Call
from ..resources.messages import Messages
from .attempts import Attempts, Canary, Change, OpenAttempt, Sent, Standing, realm_of
from .candidates import created_at
from .changes import Policy
from .contents import Contents, Template
from .driver import Beside, Settler
from .returned import Returned
from .sent import Doubt, sent_in
from .server_clock import ServerClock

MOST = 10_000
"""Open attempts that are kept; then the oldest are given up."""

_CREATION = "CreateMessage"
_RETURNED = 200_000
_KEPT = 1_000_000
_KEPT_FOR = 300.0
_WITNESSES = 100
_ROUNDING = 3.0
_NEVER = float("-inf")


class OwnSends:
    """The memory of one account's creations (`pipeline.sends.Sends`), and settling's `Beside`."""

    def __init__(
        self,
        clock: Clock,
        account_sid: str,
        base_url: str | None = None,
        region: str | None = None,
        server: ServerClock | None = None,
        remembers: int = _RETURNED,
    ) -> None:
        self._clock = clock
        self._place = base_url, region
        self.realm: str = realm_of(account_sid, base_url, region)
        self.server: ServerClock = ServerClock(clock) if server is None else server
        self.lock: threading.Lock = threading.Lock()
        self._under_way: Callable[[], Iterable[tuple[Call[Any], float, bool]]] = tuple
        self._messages: Messages | None = None
        self._contents = Contents()
        self._doubts: OrderedDict[tuple[int, float], Doubt] = OrderedDict()
        self._returned = Returned(remembers, lambda _now: _NEVER)
        self._kept = Returned(_KEPT, self._needed)
        self.claimed: set[str] = set()
        self._witnesses: deque[tuple[str, Call[Any]]] = deque(maxlen=_WITNESSES)
        self._created: tuple[str, float] = "", 0.0

    def __repr__(self) -> str:
        return f"<OwnSends: {len(self._doubts)} open, {len(self._returned)} sids>"

    def answered(self, headers: Mapping[str, str], sent_at: float, now: float) -> None:
        """An answer's date tells Twilio's clock, unless a cache kept the answer."""
        if now < self.server.knows_until:
            return  # most headers are not even read
        date = headers.get("date")
        if date is not None and "age" not in headers:
            self.server.saw(date, sent_at, now)

    def made(
        self, call: Call[Any], value: object, sent_at: float, now: float, *, kept: bool
    ) -> bool:
        """A creation returned its message, unless one of the last 8,192, at least, returned it too."""
        if not isinstance(value, Message):
            return True
        sid, text = value.sid, value.date_created_text
        if text is not None and text != self._created[0]:
            self._dated(text, sent_at, now)
        if kept:
            return not self._returned.has(sid) and self._kept.add(sid, self._created[1])
        if self._kept.has(sid) or not self._returned.add(sid, self._created[1]):
            return False
        self._witnesses.append((sid, call))
        return True

    def _dated(self, text: str, sent_at: float, now: float) -> None:
        try:
            self._created = text, parse_date(text).timestamp()
        except (ValueError, OverflowError):
            self._created = text, self.server.now_low() or 0.0
        else:
            self.server.created(self._created[1], sent_at, now)

    def doubted(
        self, call: Call[Any], error: OutcomeUnknown, sent_at: float, now: float, *, kept: bool
    ) -> None:
        """An attempt ended, or was left by its caller, and nobody knows its outcome."""
        if call.operation != _CREATION:
            return
        ended = math.inf if error.still_runs else now
        doubt = self._remember(call, sent_at, ended, kept=kept)
        doubt.hint = error.sid or ""
        if not kept:
            error.settles(partial(self._settled, doubt, error))

    def ended(
        self,
        call: Call[Any],
        value: object,
        error: BaseException | None,
        sent_at: float,
        now: float,
        *,
        kept: bool,
    ) -> None:
        """A creation that its caller had left has ended."""
        if call.operation != _CREATION:
            return
        doubt = self._doubts.get((id(call), sent_at))
        if error is None or (isinstance(error, MessagingError) and error.outcome != "unknown"):
            if doubt is not None:
                self._close(doubt, value if isinstance(value, Message) else None)
            return
        if doubt is None:  # nobody was told, so nobody asks
            doubt = self._remember(call, sent_at, now, kept=True)
        doubt.ended = now
        doubt.hint = getattr(error, "sid", None) or ""
        doubt.reads(self.server)

    def reads(
        self,
        messages: Messages,
        fetch_content: Callable[[str], Awaitable[Template]],
        under_way: Callable[[], Iterable[tuple[Call[Any], float, bool]]],
    ) -> None:
        """Tell what reads Twilio's list and templates, and which creations are under way."""
        self._messages, self._contents, self._under_way = (
            messages,
            Contents(fetch_content),
            under_way,
        )

    def settler(self, attempts: Attempts, policy: Policy, beside: Beside | None = None) -> Settler:
        """What settles attempts by this account's list; `SettingsError` until a client has told what it reads the list by.

        Args:
            beside: the client's own sends, where the attempts are a ledger's.
        """
        if self._messages is None:
            raise SettingsError("these sends are no client's: there is no list to read")
        return Settler(
            attempts,
            self._messages,
            self._contents,
            self.server,
            policy,
            realm=self.realm,
            beside=beside,
        )

    def of_account(self, account_sid: str) -> OwnSends:
        """The memory of another account."""
        return OwnSends(self._clock, account_sid, *self._place, self.server)

    def _remember(self, call: Call[Any], sent_at: float, ended: float, *, kept: bool) -> Doubt:
        doubt = Doubt(call, sent_at, ended, kept=kept)
        doubt.reads(self.server)
        self._doubts[doubt.key] = doubt
        if len(self._doubts) > MOST:
            self._doubts.popitem(last=False)
        return doubt

    def _close(self, doubt: Doubt, message: Message | None) -> None:
        doubt.known = (message,)
        self._doubts.pop(doubt.key, None)

    def _needed(self, now: float) -> float:
        """Since when the sids of sends that a ledger keeps are needed."""
        oldest = (doubt.earliest for doubt in self._doubts.values() if not doubt.kept)
        return min(now - _KEPT_FOR, *(at - _ROUNDING for at in oldest if at is not None), now)

    # Beside a ledger or an outbox

    def standing(self, to: Collection[str]) -> Standing:
        """Open attempts to these numbers, as a ledger's rivals; what a ledger keeps, it knows."""
        return self._standing(to, own=False)

    def rivals(self) -> list[Doubt]:
        """All that is open, and what is under way."""
        living = {
            (id(call), sent_at): Doubt(call, sent_at, math.inf, kept=kept)
            for call, sent_at, kept in tuple(self._under_way())
            if call.operation == _CREATION
        }
        doubts = tuple(self._doubts.values())
        for doubt in doubts:
            if living.pop(doubt.key, None) is None and doubt.ended == math.inf:
                doubt.ended = self._clock.monotonic()  # its loop is gone, and its answer with it
        return [*doubts, *living.values()]

    def _standing(self, to: Collection[str], *, own: bool) -> Standing:
        attempts = [
            attempt
            for doubt in self.rivals()
            if own or not doubt.kept
            if (attempt := doubt.attempt(self.server, own=own and not doubt.kept)) is not None
            if attempt.to in to
        ]
        since = min((one.earliest for one in attempts if one.bounds != "blind"), default=math.inf)
        forgotten = max(self._returned.forgotten, self._kept.forgotten if own else _NEVER)
        return Standing(
            attempts=attempts,
            claimed=partial(self._claims, own=own),
            witnesses=self._known,
            readable=forgotten < since - _ROUNDING,
        )

    def _claims(self, sids: Collection[str], *, own: bool) -> set[str]:
        found = self._returned.among(sids)
        if own:
            found |= self._kept.among(sids) | self.claimed.intersection(sids)
        return found

    def _known(self, sids: Collection[str]) -> dict[str, Sent]:
        wanted = frozenset(sids)
        return {sid: sent_in(call.body) for sid, call in tuple(self._witnesses) if sid in wanted}

    # What a caller asks

    async def _settled(
        self, doubt: Doubt, error: OutcomeUnknown, *, settle: float, scan_interval: float
    ) -> Message | None:
        """The message that the attempt made, or None; *error* again if nobody can tell."""
        if doubt.attempt(self.server, own=True) is None:
            raise error
        doubt.ask_again()
        policy = Policy("resend", settle, scan_interval)
        asked = _Asked(self, doubt)
        settler = self.settler(asked, policy)
        at_once = True
        while doubt.known is None:
            if doubt.held or doubt.key not in self._doubts:
                raise error
            wait = (await settler.step(at_once=at_once)).wait
            at_once = False
            if wait is not None:
                await self._clock.sleep(wait)
        return doubt.known[0]

    def canaries(self, since: float, until: float, limit: int) -> list[Canary]:
        """Sids that were returned between two times."""
        return self._returned.between(since, until, limit)

    def conclude(
        self, to: Collection[str], decide: Callable[[Standing], Sequence[Change]]
    ) -> list[Change]:
        """Decide under the lock, and write."""
        with self.lock:
            return list(filter(self._apply, decide(self._standing(to, own=True))))

    def _apply(self, change: Change) -> bool:
        key = change.attempt.key
        doubt = next((one for one in self._doubts.values() if one.key == key), None)
        if doubt is None:
            return False
        doubt.looks, doubt.negatives = change.looks, change.negatives
        doubt.looked_at, doubt.held = change.looked_at, change.state == "HELD"
        if change.message is not None:
            at = created_at(change.message) or self.server.now_low() or 0.0
            self._returned.add(change.message.sid, at)
            self._close(doubt, change.message)
        elif change.state == "READY":
            self._close(doubt, None)
        return True


class _Asked:
    """Settling's `Attempts`: one that a caller asks for, among all that the client knows."""

    def __init__(self, sends: OwnSends, doubt: Doubt) -> None:
        self._sends = sends
        self._doubt = doubt

    @property
    def realm(self) -> str:
        return self._sends.realm

    async def due(self, *, held: bool = False) -> Sequence[OpenAttempt]:
        doubt = self._doubt
        if doubt.known is not None or (doubt.held and not held):
            return ()
        self._sends.rivals()
        attempt = doubt.attempt(self._sends.server, own=True)
        return () if attempt is None else (attempt,)

    async def canaries(self, since: float, until: float, limit: int) -> Sequence[Canary]:
        return self._sends.canaries(since, until, limit)

    async def conclude(
        self, to: Collection[str], decide: Callable[[Standing], Sequence[Change]]
    ) -> Sequence[Change]:
        return self._sends.conclude(to, decide)
