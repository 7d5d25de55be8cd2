"""Exit statuses: one table for the code, ``--help`` and the README."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from ..errors import InvalidInput, LedgerError, MessagingError, Outcome, SettingsError

__all__ = ["MEANINGS", "Exit", "epilog", "status_of"]


class Exit(enum.IntEnum):
    """How a command ended; where several fit, the highest."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    HELD = 3
    PAUSED = 4
    REFUSED = 5
    NOT_SENT = 6
    UNKNOWN = 7
    STOPPED = 8
    STORAGE = 74
    INTERRUPTED = 130


MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "done; of many rows: each has an outcome, and none is unknown or held",
    Exit.UNEXPECTED: "an error of the program itself",
    Exit.USAGE: "wrong usage, settings, input file, campaign or outbox",
    Exit.HELD: "campaign complete, with held rows; outbox with held keys",
    Exit.PAUSED: "campaign paused; run it again",
    Exit.REFUSED: "Twilio refused it",
    Exit.NOT_SENT: "certainly not sent",
    Exit.UNKNOWN: "outcome unknown; in bulk, outbox: of at least one row or key",
    Exit.STOPPED: "bulk, campaign: stopped by credentials, account or a redirect",
    Exit.STORAGE: "results, report, campaign or outbox can't be written or read",
    Exit.INTERRUPTED: "bulk: interrupted; campaign: interrupted twice",
}

_BY_OUTCOME: Mapping[Outcome, Exit] = {
    "accepted": Exit.OK,
    "refused": Exit.REFUSED,
    "not_sent": Exit.NOT_SENT,
    "unknown": Exit.UNKNOWN,
}


def status_of(error: MessagingError) -> Exit:
    """The exit status of a command that made one call and got this error."""
    if isinstance(error, SettingsError | InvalidInput):
        return Exit.USAGE
    if isinstance(error, LedgerError):
        # one that fails has the system's or SQLite's error behind it; else it is the wrong ledger
        return Exit.USAGE if error.__cause__ is None else Exit.STORAGE
    return _BY_OUTCOME[error.outcome]


def epilog() -> str:
    """The table as ``--help`` shows it; the first character keeps the lines as they are."""
    rows = (f"  {status.value:>3}  {meaning}" for status, meaning in MEANINGS.items())
    return "\n".join(("\b", "Exit statuses (where several fit, the highest):", *rows))
