"""Running a command: errors end as one sentence and an exit status, without a traceback."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

import typer

from ..errors import MessagingError
from .exits import Exit, status_of
from .records import error_record
from .screen import say, say_json

__all__ = ["errors_said", "log_to_stderr", "run"]


@contextmanager
def errors_said(*, as_json: bool = False, creates: bool = False) -> Generator[None]:
    """Say the library's errors in a sentence, and leave with their exit status.

    Args:
        as_json: also print them as a JSON object on stdout.
        creates: the command sends a message: say whether it may have gone out.
    """
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


def run(
    work: Callable[[], Coroutine[Any, Any, None]],
    *,
    as_json: bool = False,
    verbose: bool = False,
    creates: bool = False,
) -> None:
    """Run a command's coroutine to its end, its errors said as `errors_said` does."""
    if verbose:
        log_to_stderr()
    with errors_said(as_json=as_json, creates=creates):
        asyncio.run(work())


def log_to_stderr(level: int = logging.DEBUG) -> None:
    """Show the library's log; it holds no numbers, texts or secrets."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("async_messaging")
    logger.addHandler(handler)
    logger.setLevel(level)
