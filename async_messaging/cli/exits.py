"""Exit statuses: one table for the code, ``--help`` and the README."""

from __future__ import annotations

import asyncio
import enum
import inspect
import logging
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, get_type_hints

import msgspec
import typer

from ..errors import InvalidInput, LedgerError, MessagingError, Outcome, SettingsError
from .options import Verbose
from .screen import error_record, say, say_json


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


def command(
    *,
    verbose: bool = False,
    creates: bool = False,
    options: type[msgspec.Struct] | None = None,
) -> Callable[[Callable[..., object]], Callable[..., None]]:
    """Makes a command of a function: a coroutine is run to its end, errors are said in a sentence, or as JSON too.

    Args:
        verbose: adds ``--verbose``; a function that asks for it itself has it already.
        creates: the command sends a message: say whether it may have gone out.
        options: each of its fields is an option; the function gets them together, as *given*.
    """
    added = [_option("verbose", Verbose, default=False)] if verbose else []
    if options is not None:
        kinds = get_type_hints(options, include_extras=True)
        found = msgspec.structs.fields(options)
        added += [_option(one.name, kinds[one.name], default=one.default) for one in found]

    def made(function: Callable[..., object]) -> Callable[..., None]:
        @wraps(function)
        def run(**given: Any) -> None:
            if given.pop("verbose") if verbose else given.get("verbose"):
                log_to_stderr()
            as_json = given.get("as_json", False)
            if options is not None:
                fields = options.__struct_fields__
                given["given"] = options(**{field: given.pop(field) for field in fields})
            with _errors_said(as_json=as_json, creates=creates):
                done = function(**given)
                if inspect.iscoroutine(done):
                    asyncio.run(done)

        shown: Any = run
        if added:
            signature = inspect.signature(function, eval_str=True)
            own = [one for name, one in signature.parameters.items() if name != "given"]
            shown.__signature__ = signature.replace(parameters=[*own, *added])
        return run

    return made


def _option(name: str, annotation: object, *, default: object) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


@contextmanager
def _errors_said(*, as_json: bool, creates: bool) -> Generator[None]:
    try:
        yield
    except MessagingError as error:
        status = status_of(error)
        if as_json:
            say_json(error_record(error))
        outcome = f"{error.outcome.replace('_', ' ')}: " if creates and status != Exit.USAGE else ""
        say(f"{outcome}{error}")
        raise typer.Exit(status) from None
    except KeyboardInterrupt:
        say("interrupted")
        raise typer.Exit(Exit.INTERRUPTED) from None


def log_to_stderr(level: int = logging.DEBUG) -> None:
    """Show the library's log; it holds no numbers, texts or secrets."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("async_messaging")
    logger.addHandler(handler)
    logger.setLevel(level)
