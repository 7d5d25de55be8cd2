"""``async-messaging outbox``: keys whose outcome is unknown, settled from outside the program."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from pathlib import Path

from async_messaging import MessagingClient, Outbox, OutcomeUnknown
from tests.acceptance.programs import Cli, Record, Server, eventually, finished

FILE = "codes.outbox"
FAST = ("--settle", "0.3", "--scan-interval", "0.1")


def send(cli: Cli, server: Server, keys: int, *, first: int = 0) -> int:
    """A program that sends, and ends; how many outcomes it did not learn."""

    async def program() -> int:
        unknown = 0
        account, token = (
            server.environment["TWILIO_ACCOUNT_SID"],
            server.environment["TWILIO_AUTH_TOKEN"],
        )
        async with (
            MessagingClient(
                account_sid=account, auth_token=token, base_url=server.url, attempt_timeout=0.5
            ) as client,
            Outbox.open(cli.directory / FILE, client) as outbox,
        ):
            for number in range(first, first + keys):
                try:
                    await outbox.send(
                        key=f"login:{number}",
                        to=f"+1415555{number:04}",
                        from_=server.environment["TWILIO_FROM"],
                        body="Your code is 123456",
                    )
                except OutcomeUnknown:
                    unknown += 1
        return unknown

    return asyncio.run(program())


def shown(done: subprocess.CompletedProcess[str]) -> Record:
    """The last object that a command printed."""
    found: Record = json.loads(done.stdout.splitlines()[-1])
    return found


def status(cli: Cli) -> Record:
    return shown(cli.run("outbox", "status", FILE, "--json"))


def test_a_message_that_was_accepted_is_found(cli: Cli, server: Server) -> None:
    server.reset("500_after@2")
    assert send(cli, server, 3) == 1
    assert cli.run("outbox", "status", FILE).returncode == 7
    done = cli.run("outbox", "settle", FILE, *FAST)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 key had been accepted.\n\n  accepted  3\n"
    assert server.stats()["requests"] == 3


def test_one_that_was_not_is_looked_for_again_and_held(cli: Cli, server: Server) -> None:
    server.reset("500_before@1")
    assert send(cli, server, 1) == 1
    first = cli.run("outbox", "settle", FILE)
    assert first.returncode == 7
    assert re.search(r"1 key to look for again in [12]:\d\d\.", first.stdout)
    done = cli.run("outbox", "settle", FILE, *FAST, "--until-settled")
    assert done.returncode == 3, done.stderr
    assert "1 key: can't be settled, held now." in done.stdout
    assert "415555" not in done.stdout + done.stderr
    held = cli.run("outbox", "held", FILE)
    assert held.returncode == 3
    assert "login:0" in held.stdout
    assert "not in Twilio's list" in held.stdout


def test_resend_frees_it_for_the_next_call(cli: Cli, server: Server) -> None:
    server.reset("500_before@1")
    assert send(cli, server, 1) == 1
    done = cli.run(
        "outbox", "settle", FILE, *FAST, "--until-settled", "--on-unknown", "resend", "--json"
    )
    assert done.returncode == 0, done.stderr
    told = shown(done)
    assert (told["freed"], told["ready"], told["wait"]) == (1, 1, None)
    assert send(cli, server, 1) == 0
    assert server.stats()["accepted"] == 1
    assert status(cli)["accepted"] == 1


def test_a_decision_lets_the_next_call_send(cli: Cli, server: Server) -> None:
    server.reset("500_before@1")
    send(cli, server, 1)
    cli.run("outbox", "settle", FILE, *FAST, "--until-settled")
    asked = cli.run("outbox", "decide", FILE, "login:0", "--resend")
    assert (asked.returncode, "may have accepted it before" in asked.stderr) == (2, True)
    assert cli.run("outbox", "decide", FILE, "login:0", "--resend", "--yes").returncode == 0
    assert send(cli, server, 1) == 0
    assert server.stats()["accepted"] == 1


def test_a_list_that_cannot_be_read_decides_nothing(cli: Cli, server: Server) -> None:
    server.reset("500_before@1,get.503_before@1-99")
    send(cli, server, 1)
    done = cli.run("outbox", "settle", FILE, *FAST)
    assert done.returncode == 7
    assert done.stderr.startswith("async-messaging: ")
    assert status(cli)["unknown"] == 1


def test_watch_settles_what_others_leave_unknown(cli: Cli, server: Server) -> None:
    send(cli, server, 1)
    watching = cli.start("outbox", "settle", FILE, *FAST, "--watch", "--json")
    server.reset("500_after@1")
    assert send(cli, server, 2, first=1) == 1
    eventually(lambda: bool(status(cli)["accepted"] == 3))
    watching.send_signal(signal.SIGTERM)
    done = finished(watching)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[0]["accepted"] >= 1
    assert set(told[0]) >= {"at", "outbox", "accepted", "unknown", "held"}


def test_a_file_that_cannot_be_read_is_a_matter_of_storage(cli: Cli, server: Server) -> None:
    Path(cli.directory / FILE).write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    done = cli.run("outbox", "status", FILE)
    assert done.returncode == 74
    assert "the outbox can't be" in done.stderr
