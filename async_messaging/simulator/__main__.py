"""`python -m async_messaging.simulator`: Twilio on a loopback port until Ctrl-C.

It says where it is before the port opens, and ends on SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from . import Simulator
from .accounts import MAGIC_SENDER
from .identities import SimulatedAccount
from .server import SimulatorServer

_PROG = "python -m async_messaging.simulator"


def _speed(text: str) -> float:
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0 < speed < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not such as 10x or 0.5x")
    return speed


def parser(prog: str = _PROG) -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(
        prog=prog,
        description="Twilio's messaging API on localhost.",
        epilog="What reserved numbers do, such as +15005550004 and +1 NPA 999 3003, is a table in"
        " `python -m pydoc async_messaging.simulator`.",
    )
    add = made.add_argument
    many = partial(add, action="append", default=[])
    add("--host", default="127.0.0.1", help="address to bind (loopback, unless --allow-remote)")
    add("--port", type=int, default=8010, help="port to bind; 0 takes a free one")
    add("--seed", type=int, help="fixes credentials, sids and faults")
    text = 'such as "429=5%%,500_after=1%%,undelivered=3%%,callback.twice=5%%"'
    add("--faults", default="", help=text)
    add("--latency", help="such as 80ms or 80ms±30")
    add("--concurrency", type=int, help="calls in flight before 429 is answered")
    add("--rate", type=float, help="messages a second before 429 with code 63017 is answered")
    add("--retry-after", type=int, help="seconds for the Retry-After header of a 429")
    many(
        "--number", dest="numbers", metavar="NUMBER", help="a number the account owns (repeatable)"
    )
    many("--opted-out", help="recipient refused with 21610")
    many("--landline", dest="landlines", metavar="LANDLINE", help="recipient refused with 21614")
    add("--speed", type=_speed, default=1.0, help="how many times faster messages live: 10x")
    _add_credentials(made)
    add("--announce", type=Path, metavar="FILE", help="also write what is printed to this file")
    text = "keeps everything in this file, for the next start"
    add("--state", default="", metavar="FILE", help=text)
    add("--alter", default="", help="such as trial,links,smart,template,redact,obfuscate")
    text = "where handsets' messages are posted to, signed"
    add("--webhook", default="", metavar="URL", help=text)
    text = "told of the statuses of a service's messages that name no StatusCallback"
    add("--status-callback", default="", metavar="URL", help=text)
    text = "a host besides this machine that callbacks may go to (repeatable)"
    many("--callback-host", dest="callback_hosts", metavar="HOST", help=text)
    text = "let other machines in, who need the --auth-token given"
    add("--allow-remote", action="store_true", help=text)
    return made


def _add_credentials(made: argparse.ArgumentParser) -> None:
    """The options that say who may call."""
    add = made.add_argument
    many = partial(add, action="append", default=[])
    add("--account-sid", help="AC sid to use instead of a made-up one")
    add("--auth-token", help="token to use instead of a made-up one")
    text = "an API key of the account (repeatable)"
    many("--api-key", dest="api_keys", metavar="SID:SECRET", help=text)
    text = "an OAuth client, which may ask for bearer tokens of the account (repeatable)"
    many("--oauth-client", dest="oauth_clients", metavar="ID:SECRET", help=text)
    text = "a further account; with the sid of its parent, a subaccount (repeatable)"
    many("--account", dest="accounts", metavar="SID:TOKEN[:PARENT]", help=text)


def read_pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """Reads `name:secret` texts. An error does not repeat them."""
    split = (text.partition(":") for text in texts)
    pairs = {name: secret for name, _, secret in split}
    if not all(name and secret for name, secret in pairs.items()):
        raise ValueError(f"{option} must be a name and a secret with a colon between")
    return pairs


def read_accounts(texts: Iterable[str]) -> list[SimulatedAccount]:
    """Reads `sid:token` and `sid:token:parent` texts. An error does not repeat them."""
    accounts: list[SimulatedAccount] = []
    for text in texts:
        sid, *rest = text.split(":")
        if len(rest) not in (1, 2) or not all(rest):
            raise ValueError("--account must be SID:TOKEN or SID:TOKEN:PARENT")
        parent = rest[1] if len(rest) == 2 else ""
        accounts.append(SimulatedAccount(sid=sid, auth_token=rest[0], parent=parent))
    return accounts


def simulator_from(options: argparse.Namespace) -> Simulator:
    """Builds the simulator that the options describe."""
    given = {name: value for name, value in vars(options).items() if name != "announce"}
    if latency := given.pop("latency"):
        given["faults"] += f",latency={latency}"
    given["api_keys"] = read_pairs("--api-key", given["api_keys"])
    given["oauth_clients"] = read_pairs("--oauth-client", given["oauth_clients"])
    given["accounts"] = read_accounts(given["accounts"])
    return Simulator(**given)


def main(arguments: Sequence[str] | None = None, *, prog: str = _PROG) -> int:
    """Runs the command; returns its exit status: 0 when stopped by a signal, 2 when it can't start."""
    options = parser(prog).parse_args(arguments)
    try:
        asyncio.run(serve(simulator_from(options), sys.stdout, options.announce))
    except (PortTakenError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201  # the command's own message
        return 2
    return 0


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
    """Serves until SIGINT or SIGTERM. The announcement is out, and in the file `announce`, before the port opens."""
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


if __name__ == "__main__":
    sys.exit(main())
