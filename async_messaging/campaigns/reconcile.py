"""Settling rows of which nobody knows, by what Twilio shows. The heart of "never twice, never lost".

A row is UNKNOWN when its attempt may have reached Twilio and no answer says so: a time-out, a 5xx,
a broken connection, a process that died. Two things are evidence: a status callback that carries
the row's token (the spool brings those), and Twilio's list, which this module reads.

```text
              +--- a candidate that is this message beyond doubt ---------> ACCEPTED   (T7)
              |
UNKNOWN ------+--- two complete scans without any candidate:  resend ----> READY      (T8)
   |          |                                               hold ------> HELD
   |          +--- after two scans, candidates that decide nothing -------> HELD
   |                                                                        |
   +--- repeat: at once, may double --> READY        late evidence: ACCEPTED, T10: a person
```

What a candidate is, and when it is evidence, is in `bulk.matching`: **absence alone is a negative,
never a differing text**, because Twilio stores other texts than were sent.

*When.* A message is listed some time after it was accepted. So the first scan that may count as a
negative comes no earlier than `settle` after the attempt's latest possible end, and the second no
earlier than `scan_interval` after the first. An attempt ends when its answer or its error came; that
of a process that died ended, at the latest, one whole attempt's time after the next run took the
ledger over (its socket may have outlived it), and is never reckoned from the intent, because a wait
may follow it.

*Complete.* A negative is a scan that read every page back to the beginning of the window. A page
that can't be read makes no negative. Nor does a list that hides numbers, nor a key that may not
read it: then rows end HELD.

*Whose.* A sid that any row has, in this ledger or in another of its folder, is no candidate: two
campaigns may write to the same person. While a call to a row's number is under way, a message may
be that call's, and nothing is concluded; nor from one that a held row could be.

Where this is weaker than reality: if Twilio lists a message later than `settle` says, `resend` sends
it again. `hold` never does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from ..bulk.matching import Attempt, attempt_of, findings
from ..client import ClientView
from ..clock import Clock
from ..codec.dates import parse_date
from ..errors import InvalidInput, LedgerError, MessagingError, NotFound
from ..models import Message
from ..models.draft import is_address
from ..operation import Page
from .content import Content
from .ledger import GROUP, Ledger
from .options import OnUnknown, RowEvent
from .rows import Outcome, Row, settlement_of
from .states import State

__all__ = ["MARGIN", "Reconciler", "Scan", "all_before", "skew_of"]

_NEGATIVES = 2
_LOOKS = 2
_PAGE = 1_000
_FEW_NUMBERS = 20
MARGIN = 4.0
"""Seconds beyond clock skew: whole-second dates on both sides."""

_AGAIN = 5.0
"""Seconds until a list that could not be read is asked for again, at least."""


class Scan(msgspec.Struct, frozen=True):
    """What one reading of the list gave.

    Attributes:
        messages: those to the numbers in question.
        skew: by how many seconds Twilio's clock and ours differ.
        hides: numbers are hidden, so absence says nothing.
    """

    messages: list[Message]
    skew: float
    hides: bool


class Reconciler:
    """Settles the unknown rows of one ledger.

    Args:
        ledger: this run's.
        content: makes the drafts that were sent.
        client: reads Twilio's list.
        clock: where time comes from.
        on_unknown: what becomes of rows that can't be settled.
        settle: seconds until an accepted message is listed.
        scan_interval: seconds between two scans.
        attempt_time: seconds that one attempt may take in all.
        elsewhere: which sids other campaigns' ledgers have.
        tell: told of each row that changes, and of the state that it had.

    Attributes:
        miscounted: some row had changed meanwhile, so whoever counts must count anew.
    """

    def __init__(
        self,
        ledger: Ledger,
        content: Content,
        client: ClientView,
        clock: Clock,
        *,
        on_unknown: OnUnknown,
        settle: float,
        scan_interval: float,
        attempt_time: float,
        elsewhere: Callable[[Collection[str]], set[str]],
        tell: Callable[[State, RowEvent], None],
    ) -> None:
        self._ledger = ledger
        self._content = content
        self._client = client
        self._clock = clock
        self._on_unknown = on_unknown
        self._settle = settle
        self._interval = scan_interval
        self._attempt_time = attempt_time
        self._elsewhere = elsewhere
        self._tell = tell
        self.miscounted: bool = False
        self._hints: dict[int, str] = {}
        self._looks: dict[tuple[int, int], tuple[int, float]] = {}
        self._not_before = 0.0

    def hint(self, row: int, sid: str) -> None:
        """A sid that stood in an answer which could not be read: worth a look."""
        self._hints[row] = sid

    async def step(self, *, held: bool = False) -> float | None:
        """Do what is due.

        Args:
            held: look for late evidence of held rows too.

        Returns:
            Seconds until something more is due; None when no row is unknown.

        Raises:
            LedgerError: the ledger failed.
            MessagingError: the list can't be read, and no row is unknown.
        """
        unknown = await self._all("UNKNOWN")
        if self._on_unknown == "repeat" and unknown:
            await self._move(unknown, "READY", "repeated at once, as asked")
            unknown = []
        if not unknown and not held:
            return None
        now = self._clock.time()
        wait = max(self._not_before - now, min(map(self._due, unknown), default=now) - now)
        if wait > 0 and not held:
            return wait
        try:
            await self._look(unknown, now, held=held)
        except LedgerError:
            raise
        except MessagingError as error:
            if not unknown:
                raise
            await self._cannot_read(unknown, error, now)
        self._not_before = self._clock.time() + min(_AGAIN, self._interval)
        left = await self._all("UNKNOWN")
        if not left:
            return None
        now = self._clock.time()
        return max(0.0, self._not_before - now, min(map(self._due, left)) - now)

    async def _all(self, state: State) -> list[Row]:
        rows: list[Row] = []
        while found := await self._ledger.rows_in(state, rows[-1].row if rows else 0):
            rows.extend(found)
        return rows

    def _latest(self, row: Row) -> float:
        """When the row's last attempt had ended at the latest."""
        if row.dead_at is not None:
            return row.dead_at + self._attempt_time
        return row.ended_at if row.ended_at is not None else self._clock.time()

    def _due(self, row: Row) -> float:
        """When a scan may count for this row."""
        due = self._latest(row) + self._settle
        if row.negative_at is not None:
            due = max(due, row.negative_at + self._interval)
        if (look := self._looks.get((row.row, row.attempt))) is not None:
            due = max(due, look[1] + self._interval)
        return due

    async def _look(self, unknown: Sequence[Row], began: float, *, held: bool) -> None:
        """Look for these rows, and for held ones too: a message may be theirs."""
        numbers = {row.to for row in unknown}
        beside = [row for row in await self._all("HELD") if held or row.to in numbers]
        attempts = await self._attempts([*unknown, *beside])
        rows = [row for row in [*unknown, *beside] if row.row in attempts]
        rows = await self._follow_hints(rows)
        if rows:
            await self._scan(rows, [attempts[row.row] for row in rows], began)

    async def _attempts(self, rows: Sequence[Row]) -> dict[int, Attempt]:
        """What was sent, by row; a row of which that can't be told any more is held."""
        attempts: dict[int, Attempt] = {}
        for row in rows:
            try:
                draft = self._content.draft(row)
            except InvalidInput as error:
                if row.state == "UNKNOWN":
                    await self._move([row], "HELD", f"what it sent can't be told: {error}")
            else:
                latest = self._latest(row)
                attempts[row.row] = attempt_of(row.row, draft, row.intent_at or 0.0, latest)
        return attempts

    async def _follow_hints(self, rows: Sequence[Row]) -> list[Row]:
        """Settle rows by the sids that are known; give the others."""
        left: list[Row] = []
        for row in rows:
            message = await self._hinted(row)
            if message is None or await self._is_claimed(message.sid):
                left.append(row)
            else:
                await self._accept([(row, message)])
        self._hints = {row.row: self._hints[row.row] for row in left if row.row in self._hints}
        return left

    async def _hinted(self, row: Row) -> Message | None:
        if (sid := self._hints.get(row.row)) is None:
            return None
        try:
            message = await self._client.messages.fetch(sid)
        except NotFound:
            return None  # it may be listed later
        ours = message.to == row.to and message.direction == "outbound-api"
        return message if ours else None

    async def _is_claimed(self, sid: str) -> bool:
        return bool(await self._ledger.claimed([sid]) | self._elsewhere([sid]))

    async def _scan(self, rows: list[Row], attempts: list[Attempt], began: float) -> None:
        scan = await self._read(attempts)
        # A message may be that of a call under way, whose row does not have its sid yet: asked
        # before the sids are, so that none is between the two.
        busy = {row.to for row in await self._all("INTENT")}
        rows = [row for row in rows if row.to not in busy]
        attempts = [attempt for attempt in attempts if attempt.to not in busy]
        sids = [message.sid for message in scan.messages]
        claimed = await self._ledger.claimed(sids) | self._elsewhere(sids)
        verdicts = findings(attempts, scan.messages, claimed, skew=scan.skew, settle=self._settle)
        by_sid = {message.sid: message for message in scan.messages}
        accepted: list[tuple[Row, Message]] = []
        negatives: list[Row] = []
        undecided: list[Row] = []
        for row in rows:
            verdict = verdicts[row.row]
            if verdict.sid is not None:
                accepted.append((row, by_sid[verdict.sid]))
            elif row.state == "UNKNOWN" and self._due(row) <= began:
                sure = verdict.finding == "absent" and not scan.hides
                (negatives if sure else undecided).append(row)
        await self._accept(accepted)
        await self._note(negatives)
        await self._look_again(undecided, "the list decides nothing: other messages could be it")

    async def _note(self, rows: list[Row]) -> None:
        """Negatives; the second one resolves a row."""
        if not rows:
            return
        await self._ledger.note_negatives(rows, self._clock.time())
        absent = [row for row in rows if row.negatives + 1 >= _NEGATIVES]
        if self._on_unknown == "resend":
            await self._move(absent, "READY", "not in Twilio's list: sent again")
        else:
            await self._move(absent, "HELD", "not in Twilio's list: perhaps never accepted")

    async def _look_again(self, rows: list[Row], reason: str) -> None:
        """Scans that decide nothing; the second one holds a row."""
        now = self._clock.time()
        hold: list[Row] = []
        for row in rows:
            looks = self._looks.get((row.row, row.attempt), (0, 0.0))[0] + 1
            self._looks[row.row, row.attempt] = looks, now
            if looks >= _LOOKS:
                hold.append(row)
        await self._move(hold, "HELD", reason)

    async def _cannot_read(self, rows: list[Row], error: MessagingError, began: float) -> None:
        """The list can't be read: for now, or at all."""
        if error.outcome == "refused" or error.stops:
            due = [row for row in rows if self._due(row) <= began]
            await self._look_again(due, f"Twilio's list can't be read: {error}")

    async def _accept(self, found: Sequence[tuple[Row, Message]]) -> None:
        now = self._clock.time()
        outcomes = [
            settlement_of(
                row,
                "ACCEPTED",
                now,
                sid=message.sid,
                status=message.status,
                code=message.error_code,
                segments=message.num_segments or 0,
            )
            for row, message in found
        ]
        await self._settle_all([row for row, _ in found], outcomes)

    async def _move(self, rows: Sequence[Row], state: State, reason: str) -> None:
        now = self._clock.time()
        outcomes = [settlement_of(row, state, now, code=row.code, error=reason) for row in rows]
        await self._settle_all(rows, outcomes)

    async def _settle_all(self, rows: Sequence[Row], outcomes: Sequence[Outcome]) -> None:
        """Write down what was found; what the ledger has otherwise by now changes nothing."""
        for start in range(0, len(rows), GROUP):
            part = outcomes[start : start + GROUP]
            if await self._ledger.settle(part) != len(part):
                self.miscounted = True
        for row, outcome in zip(rows, outcomes, strict=True):
            self._looks.pop((row.row, row.attempt), None)
            event = RowEvent(row.row, outcome.state, outcome.sid, outcome.code, outcome.error)
            self._tell(row.state, event)

    async def _read(self, attempts: list[Attempt]) -> Scan:
        """Read the list, complete back to the earliest attempt's window."""
        since = min(attempt.earliest for attempt in attempts)
        numbers = {attempt.to for attempt in attempts}
        if len(numbers) > _FEW_NUMBERS:
            return await self._read_pages(None, since, numbers)
        control = await self._client.messages.list(page_size=50).page()
        scans = [await self._read_pages(to, since, numbers) for to in sorted(numbers)]
        return Scan(
            [message for scan in scans for message in scan.messages],
            max(scan.skew for scan in scans),
            any(_hides_number(message) for message in control.items),
        )

    async def _read_pages(self, to: str | None, since: float, numbers: Collection[str]) -> Scan:
        listing = self._client.messages.list(to=to, page_size=_PAGE)
        answer = await self._client.with_raw_response(listing.page())
        skew = skew_of(answer.headers.get("date", ""), self._clock.time())
        kept: list[Message] = []
        hides = False
        page: Page[Message] | None = answer.value
        while page is not None:
            kept += (m for m in page.items if m.to in numbers)
            hides = hides or any(map(_hides_number, page.items))
            if all_before(page.items, since - skew - MARGIN):
                break
            page = await page.next()
        return Scan(kept, skew, hides)


def _hides_number(message: Message) -> bool:
    if message.direction != "outbound-api":
        return False
    return message.to is None or not is_address(message.to)


def all_before(messages: Sequence[Message], moment: float) -> bool:
    """Whether a page of the list has messages, and all were created before the moment."""
    created = [message.date_created for message in messages]
    return bool(created) and all(date is not None and date.timestamp() < moment for date in created)


def skew_of(date: str, now: float) -> float:
    """Seconds between the answer's date and ours; 5 where it has none."""
    try:
        return abs(parse_date(date).timestamp() - now) if date else 5.0
    except ValueError:
        return 5.0
