from __future__ import annotations

import sqlite3

import pytest

from async_messaging.cli.exits import MEANINGS, Exit, epilog, status_of
from async_messaging.errors import (
    BadRequest,
    ConnectFailed,
    ConnectionLost,
    InvalidInput,
    LedgerError,
    MessagingError,
    SettingsError,
    Unauthorized,
)
from async_messaging.storage.locks import InUse


def _caused(error: LedgerError, cause: Exception) -> LedgerError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SettingsError("x"), 2),
        (InvalidInput("x"), 2),
        (LedgerError("x"), 2),
        (InUse("x"), 2),
        (_caused(LedgerError("x"), sqlite3.OperationalError("disk I/O error")), 74),
        (_caused(LedgerError("x"), OSError(28, "No space left on device")), 74),
        (BadRequest("x"), 5),
        (Unauthorized("x"), 6),
        (ConnectFailed("x"), 6),
        (ConnectionLost("x"), 7),
    ],
)
def test_the_status_follows_what_is_known(error: MessagingError, status: int) -> None:
    assert status_of(error) == status


def test_every_status_is_in_the_table() -> None:
    assert list(MEANINGS) == list(Exit)
    lines = epilog().splitlines()
    assert [int(line.split()[0]) for line in lines[2:]] == sorted(Exit)
