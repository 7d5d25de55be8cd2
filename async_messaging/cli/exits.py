"""Exit statuses: one table for the code, ``--help`` and the README."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from ..errors import InvalidInput, MessagingError, Outcome, SettingsError

__all__ = ["MEANINGS", "Exit", "epilog", "status_of"]


class Exit(enum.IntEnum):
    """How a command ended; where several fit, the highest."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    REFUSED = 5
    NOT_SENT = 6
    UNKNOWN = 7
    STOPPED = 8
    STORAGE = 74
    INTERRUPTED = 130


MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "done; in bulk: every row has an outcome, and none is unknown",
    Exit.UNEXPECTED: "an error of the program itself",
    Exit.USAGE: "wrong usage, settings or input file",
    Exit.REFUSED: "Twilio refused it",
    Exit.NOT_SENT: "certainly not sent",
    Exit.UNKNOWN: "outcome unknown; in bulk: of at least one row",
    Exit.STOPPED: "bulk: stopped by credentials, account or a redirect",
    Exit.STORAGE: "bulk: the results can't be written",
    Exit.INTERRUPTED: "interrupted; bulk has let calls in flight finish",
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
    return _BY_OUTCOME[error.outcome]


def epilog() -> str:
    """The table as ``--help`` shows it; the first character keeps the lines as they are."""
    rows = (f"  {status.value:>3}  {meaning}" for status, meaning in MEANINGS.items())
    return "\n".join(("\b", "Exit statuses (where several fit, the highest):", *rows))
