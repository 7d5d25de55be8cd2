"""What ``doctor`` looks at. Nothing here sends or changes anything."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from ..campaigns.database import process_of
from ..campaigns.reading import LedgerView
from ..client import MessagingClient
from ..errors import LedgerError, MessagingError, SettingsError
from ..operation import Answer
from ..settling.states import STATES
from ..storage.place import refuse_network
from .doctor import Check, Verdict
from .exits import Exit, status_of
from .sending import sentence_of
from .tally import Where

_FLUSHES = 100
_SLOW_FLUSH = 0.05
_SKEW = 2.0
_OLD_SQLITE = (3, 51, 3)


def disk_checks(folder: Path) -> Iterator[Check]:
    """SQLite's version, and the disk that campaigns are on."""
    old = sqlite3.sqlite_version_info < _OLD_SQLITE
    note = (
        ", whose bug with several checkpointing connections can't strike: one writes" if old else ""
    )
    yield Check("SQLite", "ok", f"{sqlite3.sqlite_version}{note}")
    try:
        refuse_network(folder / "x")
        worst = _flush_time(folder)
    except LedgerError as error:
        yield Check("disk", "FAIL", str(error), Exit.STORAGE)
    except OSError as error:
        yield Check("disk", "FAIL", f"nothing can be written: {sentence_of(error)}", Exit.STORAGE)
    else:
        slow = worst > _SLOW_FLUSH
        said = f"99 of {_FLUSHES} flushes took at most {worst * 1000:.1f} ms"
        more = "; a campaign waits for one before each group of sends" if slow else ""
        yield Check("disk", "warn" if slow else "ok", said + more)


def _flush_time(folder: Path) -> float:
    """The 99th of a hundred times that a small write takes to be on the disk."""
    times: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_FLUSHES):
            file.write(bytes(4096))
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return sorted(times)[_FLUSHES - 2]


def ledger_check(path: Path) -> Check:
    """A campaign's file: SQLite's own check, the invariants, and what contradicted it."""
    try:
        verdict, said, status = _looked_at(path)
    except LedgerError as error:
        verdict, said, status = "FAIL", str(error), Exit.STORAGE
    return Check("campaign", verdict, f"{path.name}: {said}", status)


def _looked_at(path: Path) -> tuple[Verdict, str, Exit]:
    if not path.exists():
        return "FAIL", "there is no such campaign", Exit.USAGE
    with LedgerView(path) as view:
        wrong, facts, counts = view.check(), view.facts(), view.counts()
        events = len(view.events())
    process = process_of(path)
    if wrong:
        return "FAIL", "; ".join(wrong), Exit.STORAGE
    if facts.rows is None:
        return "warn", "its import has not ended: campaign create goes on with it", Exit.OK
    named = [f"{n:,} {state.lower()}" for state in STATES if (n := getattr(counts, state.lower()))]
    said = f"whole; {counts.total:,} rows: {', '.join(named)}"
    if process is not None:
        said += f"; process {process or '?'} runs it"
    elif counts.intent:
        return "warn", f"{said}; its run was killed: campaign run goes on with it", Exit.OK
    if events:
        return "warn", f"{said}; {events:,} events contradicted it and were kept", Exit.OK
    if path.stat().st_mode & 0o077:
        return "warn", f"{said}; others than its owner may read it: chmod 600", Exit.OK
    return "ok", said, Exit.OK


async def remote_checks(base_url: str | None) -> list[Check]:
    """Credentials, what they may do, the way to Twilio, and the clock."""
    try:
        client = MessagingClient(base_url=base_url)
    except SettingsError as error:
        return [Check("credentials", "FAIL", str(error), Exit.USAGE)]
    async with client:
        where = str(Where.of(client.settings))
        page = client.messages.list(page_size=1).page()
        listed, balance = await asyncio.gather(
            _asked(client, page), _asked(client, client.balance.fetch())
        )
    checks = [Check("account", "ok", where)]
    answer = listed if isinstance(balance, MessagingError) else balance
    if isinstance(answer, MessagingError):
        return [*checks, _unreachable(answer)]
    checks.append(Check("Twilio", "ok", f"answers in {answer.elapsed * 1000:.0f} ms"))
    checks.append(_may("list messages", listed, "unknown rows can't be settled, and end held"))
    checks.append(_may("fetch the balance", balance, "only its answer's status is needed"))
    checks.append(_clock_check(answer))
    return checks


async def _asked(
    client: MessagingClient, call: Coroutine[Any, Any, object]
) -> Answer[object] | MessagingError:
    try:
        return await client.with_raw_response(call)
    except MessagingError as error:
        return error


def _unreachable(error: MessagingError) -> Check:
    if error.status in {401, 403}:
        return Check("credentials", "FAIL", str(error), Exit.STOPPED)
    return Check("Twilio", "FAIL", str(error), status_of(error))


def _may(what: str, found: Answer[object] | MessagingError, without: str) -> Check:
    if isinstance(found, MessagingError):
        return Check("credentials", "warn", f"may not {what} ({found}); {without}")
    return Check("credentials", "ok", f"may {what}")


def _clock_check(answer: Answer[object]) -> Check:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return Check("clock", "warn", "the answer has no date to compare with")
    ahead = (datetime.now(UTC) - theirs).total_seconds()
    skew = 0.0 if 0 <= ahead < 1 + answer.elapsed else ahead
    side = "ahead of" if skew > 0 else "behind"
    said = f"{abs(skew):.0f} s {side} Twilio's" if abs(skew) >= 1 else "agrees with Twilio's"
    return Check("clock", "warn" if abs(skew) > _SKEW else "ok", said)
