"""Runs a simulator as a program: says where it is before the port opens, and ends on SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TextIO

from .accounts import MAGIC_SENDER
from .identities import SimulatedAccount
from .server import SimulatorServer


class PortTakenError(Exception):
    """The port can't be had; the text is one sentence for the user."""


def announcement(simulator: SimulatorServer) -> str:
    """The lines that tell a program and its user how to reach the simulator; the first three are fixed."""
    world = simulator.world
    _, *others = world.identities.accounts.values()
    state = world.conditions.state
    return (
        f"URL: {simulator.url}\n"
        f"Account SID: {world.account_sid}\n"
        f"Auth token: {world.auth_token}\n"
        f"Inbox: {simulator.url}/\n"
        "\n"
        f"export TWILIO_ACCOUNT_SID={world.account_sid}\n"
        f"export TWILIO_AUTH_TOKEN={world.auth_token}\n"
        f"export TWILIO_FROM={MAGIC_SENDER}\n"
        f"export ASYNC_MESSAGING_BASE_URL={simulator.url}\n"
        + "".join(map(_describe, others))
        + (f"\nKept in {state}: {len(world.stored())} messages\n" if state else "")
    )


def _describe(account: SimulatedAccount) -> str:
    parent = f", a subaccount of {account.parent}" if account.parent else ""
    return f"\nAlso account {account.sid}{parent}\nwith token   {account.auth_token}\n"


async def serve(simulator: SimulatorServer, out: TextIO, announce: Path | None = None) -> None:
    """Serves until SIGINT or SIGTERM. The announcement is out, and in the file `announce`, before the port opens.

    Raises:
        PortTakenError: The port can't be had.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        try:
            simulator.bind()
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise PortTakenError(f"Can't listen on {simulator.url}: {reason}.") from error
        text = announcement(simulator)
        if announce is not None:
            _write_private(announce, text)
        out.write(text)
        out.flush()
        async with simulator:
            await stopped.wait()
    finally:
        await simulator.close()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _write_private(path: Path, text: str) -> None:
    """Replaces the file at once, so that nobody reads half of it; only its owner may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
