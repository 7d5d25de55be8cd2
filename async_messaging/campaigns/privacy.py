"""Personal data: a campaign that is over is purged, and somebody can be forgotten everywhere.

Both put a keyed hash (see `pseudonyms`) where the number was, and drop the variables: what was
said to whom. Row, sid, outcome, status, code, segments, price and times stay, so that counts and
bills can still be made, and the random token, so that a late status callback still counts.

Erased is erased from the bytes of the ledger, its log, its spool and its rescue files (see
`erasing`). Other copies are not looked for: the source that a campaign was imported from, reports,
backups. Twilio has its own copy of each message, which `client.messages` can redact or delete.

Nothing can be sent to a hash. So a ledger with rows to go is not purged, and a person who is
forgotten is skipped where nothing was sent yet.
"""

from __future__ import annotations

import datetime as dt
from os import PathLike
from pathlib import Path

from ..clock import Clock, SystemClock
from ..errors import LedgerError
from ..models.shown import Shown
from ..storage.locks import InUse
from .erasing import (
    Eraser,
    erasing,
    forget_line,
    purge_line,
    rewrite_rescues,
    rows_of,
)
from .pseudonyms import Person, Pseudonyms, is_pseudonym
from .reading import LedgerView
from .rows import Note
from .spool import Spool

_IMPORTING = "the import has not ended: when it goes on, the number may come in again"


class PurgeResult(Shown, frozen=True, kw_only=True):
    """What a purge took out.

    Attributes:
        rows: rows of the ledger whose number and variables went.
        rescued: lines that were changed in rescue files of earlier campaigns of that name; the
            ledger takes its own in.
    """

    rows: int
    rescued: int = 0


class ForgetResult(Shown, frozen=True, kw_only=True):
    """What became of one person in one ledger.

    Attributes:
        ledger: the ledger's file name.
        rows: the person's rows.
        skipped: those of them that were to go and won't.
        held: those of them that were unknown and are held now.
        rescued: lines that were changed in rescue files of earlier campaigns of that name; the
            ledger takes its own in.
        running: a run has the ledger: it was told to send nothing more to this person, and nothing
            is erased. Forget the person again when it has ended.
        error: what could not be done, and why.
    """

    ledger: str
    rows: int = 0
    skipped: int = 0
    held: int = 0
    rescued: int = 0
    running: bool = False
    error: str = ""


def purge(
    path: str | PathLike[str],
    *,
    older_than: dt.timedelta | None = None,
    held: bool = False,
    clock: Clock | None = None,
) -> PurgeResult:
    """Take every number and every variable out of a ledger whose campaign is over.

    Args:
        path: the ledger.
        older_than: refuse if something became of a row since; None for whenever that was.
        held: purge held rows too, which can't be sent again then.
        clock: where time comes from.

    Raises:
        LedgerError: the campaign is not over, has held rows, or is too young; a run has it; it is
            missing, damaged, no ledger, or can't be written.
    """
    ledger, now = Path(path), (clock or SystemClock()).time()
    with erasing(ledger, now) as eraser:
        with eraser.transaction():
            _check_over(eraser, held=held)
            _check_age(eraser, older_than, now)
            pseudonyms = Pseudonyms(ledger.parent)
            rows = eraser.purge(pseudonyms)
        eraser.wipe()
        rescued = rewrite_rescues(ledger, purge_line(pseudonyms))
    return PurgeResult(rows=rows, rescued=rescued)


def _check_over(eraser: Eraser, *, held: bool) -> None:
    counts = eraser.counts()
    if to_go := counts.ready + counts.intent + counts.unknown:
        raise LedgerError(f"the campaign is not over: {_count(to_go)} to go")
    if not eraser.sealed():
        raise LedgerError("the campaign is not over: its import has not ended")
    if counts.held and not held:
        raise LedgerError(
            f"{_count(counts.held)} held and could not be sent again: settle them, or purge them too"
        )


def _count(rows: int) -> str:
    return "1 row is" if rows == 1 else f"{rows} rows are"


def _check_age(eraser: Eraser, older_than: dt.timedelta | None, now: float) -> None:
    last = max(eraser.active_at(), eraser.facts().created_at)
    if older_than is not None and last + older_than.total_seconds() > now:
        moment = dt.datetime.fromtimestamp(last, dt.UTC)
        raise LedgerError(f"the campaign is too young to be purged: it was active {moment:%F %TZ}")


def forget(
    folder: str | PathLike[str], number: str, *, clock: Clock | None = None
) -> list[ForgetResult]:
    """Take one person out of every ledger (``*.campaign``) of a folder.

    Rows that were to go are skipped; unknown ones are held, since nobody can look for their message
    without the number. A ledger that fails does not keep the others from being done.

    Args:
        folder: where the ledgers are.
        number: the person's number, or an address on a channel.
        clock: where time comes from.

    Raises:
        InvalidInput: it is no number and no channel address.
        LedgerError: the folder's key can't be read or made.
    """
    place, now = Path(folder), (clock or SystemClock()).time()
    person = Person(number, place)
    return [_forget(ledger, person, now) for ledger in sorted(place.glob("*.campaign"))]


def _forget(ledger: Path, person: Person, now: float) -> ForgetResult:
    try:
        return _erase(ledger, person, now)
    except InUse:
        return _tell_run(ledger, person, now)
    except LedgerError as error:
        return ForgetResult(ledger=ledger.name, error=str(error))


def _erase(ledger: Path, person: Person, now: float) -> ForgetResult:
    with erasing(ledger, now) as eraser:
        with eraser.transaction():
            rows, skipped, held = eraser.forget(person, now)
        if rows:
            eraser.wipe()
        open_end = "" if eraser.sealed() else _IMPORTING
        rescued = rewrite_rescues(ledger, forget_line(person))
    return ForgetResult(
        ledger=ledger.name,
        rows=rows,
        skipped=skipped,
        held=held,
        rescued=rescued,
        error=open_end,
    )


def _tell_run(ledger: Path, person: Person, now: float) -> ForgetResult:
    """Tell the run to send nothing more, at each address that it has of this person."""
    try:
        with LedgerView(ledger) as view:
            rows = rows_of(view, person)
            addresses = {to for _, to in rows if not is_pseudonym(to)}
            if not view.sealed():
                addresses.add(person.number)
        if addresses:
            with Spool(ledger) as spool:
                spool.post(Note(kind="stop", at=now, to=to) for to in sorted(addresses))
    except LedgerError as error:
        return ForgetResult(ledger=ledger.name, running=True, error=str(error))
    return ForgetResult(ledger=ledger.name, rows=len(rows), running=True)


def number_hash(folder: str | PathLike[str], number: str) -> str:
    """What stands for this number or channel address in the purged ledgers of a folder."""
    return Person(number, Path(folder)).pseudonym
